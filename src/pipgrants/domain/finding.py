"""A checked criterion is a value: what was required, what was seen, by which clause, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from pipgrants.domain.vocabulary import Verdict

Plain: TypeAlias = "str | int | bool | list[Plain] | dict[str, Plain] | None"
"""What a finding may hold: text, whole numbers and containers of them. Decimals and dates are written as text."""


class Note(NamedTuple):
    """A circumstance behind a verdict, as a dotted code with its values; sentences are made by who shows it."""

    code: str
    values: dict[str, Plain]


class Finding(NamedTuple):
    """The verdict on one criterion of one proposal.

    ``criterion`` is the code of the criterion in the call (``prerequisite.minimum_members``, ``counterpart``,
    ``grant.maximum_share``). ``required`` and ``seen`` are plain values; ``notes`` say what was left out and why.
    """

    criterion: str
    verdict: Verdict
    required: Plain
    seen: Plain
    clause: str
    notes: tuple[Note, ...] = ()
    is_condition: bool = False
    """Undetermined, but the call lets it be fulfilled as a condition of the award."""

    def as_plain(self) -> dict[str, Plain]:
        """The whole finding, as letters and determinations hold it; empty parts are left out."""
        return {**self.as_recorded(), "required": self.required, "clause": self.clause}

    def as_recorded(self) -> dict[str, Plain]:
        """The finding as an entry of screening holds it: what is required, and where, the definition it names says."""
        plain: dict[str, Plain] = {"criterion": self.criterion, "verdict": str(self.verdict), "seen": self.seen}
        if self.notes:
            plain["notes"] = [{"code": note.code, "values": note.values} for note in self.notes]
        if self.is_condition:
            plain["is_condition"] = True
        return plain


Findings: TypeAlias = tuple[Finding, ...]
"""What a screening found of one proposal, criterion by criterion."""


def read_finding(plain: Mapping[str, Any]) -> Finding:
    """The finding that stands in a determination: the inverse of ``Finding.as_plain``."""
    return Finding(
        criterion=plain["criterion"],
        verdict=Verdict(plain["verdict"]),
        required=plain["required"],
        seen=plain["seen"],
        clause=plain["clause"],
        notes=tuple(Note(note["code"], note["values"]) for note in plain.get("notes", ())),
        is_condition=plain.get("is_condition", False),
    )


def overall(findings: Findings) -> Verdict:
    """The verdict on a whole proposal: one unmet criterion is enough to fail, one open one to wait."""
    verdicts = {finding.verdict for finding in findings if not finding.is_condition}
    if Verdict.NOT_MET in verdicts:
        return Verdict.NOT_MET
    return Verdict.UNDETERMINED if Verdict.UNDETERMINED in verdicts else Verdict.MET
