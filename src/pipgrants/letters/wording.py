"""The wording catalogues: words for codes, sentences for notes and reasons, headings, in three languages.

``templates/wording/words.<lang>.yaml`` holds headings and vocabulary, ``findings.<lang>.yaml`` the criteria of
pipgrants itself, notes and reasons, ``explain.<lang>.yaml`` the sentences of explanations, notices and lists.
Placeholders are those of ``string.Template`` (``$amount``). A code without wording is shown as the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import TypeVar

from pipgrants.errors import NotFoundError
from pipgrants.reading import read_text

T = TypeVar("T")

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Words:
    """Headings and labels, words for codes, names of facts, and comparisons (``at least $value``)."""

    labels: Mapping[str, str]
    words: Mapping[str, str]
    facts: Mapping[str, str]
    comparisons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CriterionText:
    """How pipgrants words a criterion of its own."""

    title: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ReasonText:
    """A reason of a decision as a row of a table: what it is about, what was required, and what was found."""

    title: str
    required: str
    seen: str


@dataclass(frozen=True, slots=True)
class FindingTexts:
    """Criteria of pipgrants itself, sentences for notes and reasons, reasons as rows, what notes ask for."""

    criteria: Mapping[str, CriterionText]
    notes: Mapping[str, str]
    reasons: Mapping[str, ReasonText]
    remedies: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences of explanations, notices and lists."""

    sentences: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """The whole catalogue of one language."""

    language: str
    labels: Mapping[str, str]
    words: Mapping[str, str]
    facts: Mapping[str, str]
    comparisons: Mapping[str, str]
    criteria: Mapping[str, CriterionText]
    notes: Mapping[str, str]
    reasons: Mapping[str, ReasonText]
    remedies: Mapping[str, str]
    sentences: Mapping[str, str]

    def banners(self, *, draft: bool = False, synthetic: bool = False, own: str | None = None) -> tuple[str, ...]:
        """What stands above everything: draft, synthetic, and the call's own label."""
        codes = (["draft_banner"] if draft else []) + (["synthetic_banner"] if synthetic else [])
        return (*(self.label(code) for code in codes), *((own,) if own else ()))

    def label(self, code: str) -> str:
        """A heading or label."""
        return self.labels.get(code, code)

    def word(self, code: str) -> str:
        """The word for a code of a closed list, or the name of a fact."""
        return self.words.get(code) or self.facts.get(code, code)

    def sentence(self, code: str, **values: str) -> str:
        """A sentence with its values."""
        return filled(self.sentences.get(code, code), values)

    def note(self, code: str, values: Mapping[str, str]) -> str:
        """The sentence of a note or a reason; one without wording is its code and its values."""
        if code in self.notes:
            return filled(self.notes[code], values)
        listed = ", ".join(f"{name}: {value}" for name, value in values.items())
        return f"{code} ({listed})" if listed else code

    def reason(self, code: str, values: Mapping[str, str]) -> tuple[str, str, str]:
        """A reason as title, what was required and what was found; one without such wording is its sentence."""
        text = self.reasons.get(code)
        if text is None:
            return self.note(code, values), NOTHING, NOTHING
        return text.title, filled(text.required, values), filled(text.seen, values)


class _Values(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return NOTHING


def filled(sentence: str, values: Mapping[str, str]) -> str:
    """The sentence with its placeholders replaced; a value that is missing shows as a dash."""
    return Template(sentence).safe_substitute(_Values(values))


def read_wording(sources: Mapping[str, str], language: str) -> Wording:
    """The catalogue of a language. Raises DefinitionError listing every mistake, NotFoundError without a catalogue."""
    words = _read(sources, f"wording/words.{language}.yaml", Words)
    findings = _read(sources, f"wording/findings.{language}.yaml", FindingTexts)
    sentences = _read(sources, f"wording/explain.{language}.yaml", Sentences)
    return Wording(
        language=language,
        labels=words.labels,
        words=words.words,
        facts=words.facts,
        comparisons=words.comparisons,
        criteria=findings.criteria,
        notes=findings.notes,
        reasons=findings.reasons,
        remedies=findings.remedies,
        sentences=sentences.sentences,
    )


def _read(sources: Mapping[str, str], name: str, cls: type[T]) -> T:
    if name not in sources:
        raise NotFoundError(
            f"there is no wording file {name}",
            next_step="the languages are en, es and pt; restore the file from the package",
        )
    return read_text(sources[name], cls, file=name)
