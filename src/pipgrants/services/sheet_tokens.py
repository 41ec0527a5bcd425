"""The token of a score sheet: whose marks it holds, told by what nobody else could have written into it.

The name of a file and the names in it are written by whoever sends it. The token is the salted hash of call, stage and
evaluator under a salt of the workspace, so that an evaluator knows the token of the sheet that they were sent, and no
other.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import Problem
from pipgrants.exchange.problems import Place
from pipgrants.services.application_records import paper_salt
from pipgrants.store.unit import Unit
from pipgrants.trail.sealing import seal

_FIELD = "score_sheet"
_DIGITS = 20


class SheetTokens:
    """The tokens of the sheets of a stage; of those ``named``, who imports them says that the marks are theirs."""

    def __init__(self, unit: Unit, call: str, stage: Stage, named: Collection[str] = ()) -> None:
        self._salt = paper_salt(unit)
        self._of = f"{call} {stage.value}"
        self._named = named
        self._told: set[tuple[str, str]] = set()
        self.token = cache(self._token)
        """The token of the sheet of an evaluator, by short name: 80 bits in hexadecimal."""

    def _token(self, evaluator: str) -> str:
        return (seal(self._salt, _FIELD, f"{self._of} {evaluator}") or "")[:_DIGITS]

    def is_named(self, evaluator: str) -> bool:
        """Whether who imports the sheets says that they hold marks of an evaluator."""
        return evaluator in self._named

    def problem(self, place: Place, evaluator: str, owner: str | None, token: str | None) -> Problem | None:
        """What speaks against marks being an evaluator's; None where nothing does.

        ``owner`` is whose marks alone the file can hold, ``token`` None where nobody asks for it. It is said once for
        each evaluator of a file.
        """
        is_theirs = owner in (None, evaluator) and token in (None, self.token(evaluator))
        if is_theirs or self.is_named(evaluator) or (place.file, evaluator) in self._told:
            return None
        self._told.add((place.file, evaluator))
        if owner not in (None, evaluator):
            return place.problem("import.another_evaluator", "evaluator", evaluator)
        code = "import.token_of_another" if token else "import.no_token"
        return place.problem(code, "token" if token else "evaluator", token or evaluator, evaluator=evaluator)
