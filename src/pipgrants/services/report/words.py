"""What a report says in one language, and how it writes numbers there.

Its texts are ``templates/wording/report.<lang>.yaml``; the words for codes are those of letters. Those of the workspace
win, and what they lack is the shipped text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from string import Template

from pipgrants.domain.call import Call
from pipgrants.domain.text import Text, in_language
from pipgrants.domain.vocabulary import Language
from pipgrants.letters.templates import Templates, completed, read_sources
from pipgrants.letters.wording import Wording
from pipgrants.reading import read_text
from pipgrants.reports.numbers import written
from pipgrants.services.shipped import shipped

MOST_NAMED = 8


class ReportWords:
    """The texts of reports by code, and the words for codes of closed lists."""

    def __init__(self, language: Language, texts: Mapping[str, str], wording: Wording) -> None:
        self.language = language.value
        self._texts = texts
        self._wording = wording

    def text(self, code: str, **values: str | int | Decimal) -> str:
        """A text with its values; numbers are written in the language."""
        told = {name: value if isinstance(value, str) else self.number(value) for name, value in values.items()}
        return Template(self._texts[code]).safe_substitute(told)

    def word(self, code: str) -> str:
        """The word for a code of a closed list, or the code itself."""
        return self._wording.word(code)

    def title(self, text: Text) -> str:
        """A text of a definition, in the first language that it has where it lacks this one."""
        return in_language(text, self.language)

    def banners(self, call: Call, *, is_synthetic: bool) -> tuple[str, ...]:
        """What stands above everything: that data are invented, and the call's own label."""
        return self._wording.banners(synthetic=is_synthetic, own=self.title(call.label) or None)

    def number(self, value: Decimal | int, form: str = ",") -> str:
        """A number in the form that ``format`` takes."""
        return written(value, self.language, form)

    def share(self, part: Decimal | None, decimals: int = 1) -> str | None:
        """A share as a percentage."""
        return None if part is None else f"{self.number(100 * part, f'.{decimals}f')}\u00a0%"

    def named(self, numbers: Sequence[str]) -> str:
        """The first of some numbers, and how many more there are."""
        first = ", ".join(numbers[:MOST_NAMED]) or self.text("nobody")
        more = len(numbers) - MOST_NAMED
        return self.text("and_more", named=first, count=more) if more > 0 else first


def report_words(templates: Path, language: Language) -> ReportWords:
    """The words of reports in a workspace's folder of templates. Raises DefinitionError for mistakes in its files."""
    ours = read_sources(shipped("templates"))
    sources = completed(read_sources(shipped("templates"), templates), ours)
    name = f"wording/report.{language.value}.yaml"
    texts = read_text(sources[name], dict[str, str], file=name)
    return ReportWords(language, texts, Templates(sources).wording(language.value))
