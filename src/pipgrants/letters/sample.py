"""Invented letters: what templates are checked with, what the golden letters say, and what tests begin with.

``sample_letter`` says all that a letter of its kind can say, ``full_letter`` all that any letter can. ``variations``
of a sample leave out what a letter can lack, one thing at a time and all at once, and have its decision fall for each
of the reasons that there are.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from pipgrants.domain.appeal import Remedy
from pipgrants.domain.disbursement import PACE
from pipgrants.domain.vocabulary import APPEAL_LETTERS, PROJECT_LETTERS, TO_EVALUATORS, Language, LetterKind
from pipgrants.letters.data import (
    CallData,
    ChangeData,
    DecisionData,
    FindingData,
    LetterData,
    ProjectData,
    ProposalData,
    Release,
    ScoreData,
)
from pipgrants.letters.sample_parts import EXHAUSTED, REASONS, TEXTS

SAMPLE_RELEASE: Release = {
    "released_on": "2026-05-04",
    "appeal_until": "2026-05-18",
    "answer_until": "2026-05-19",
    "entry": 1234,
    "size": 5678,
    "root": "hbxR9kFnq0B+OUXDKF1Qw1CHqFLrGiGfgOTyQIq2yqk=",
}

_AWARDED = (LetterKind.AWARD, LetterKind.CONDITIONAL_AWARD)
_OF_PROFILES = (LetterKind.PROFILE_INVITED, LetterKind.PROFILE_NOT_INVITED)
_SCORED = (*_AWARDED, *_OF_PROFILES, LetterKind.RESERVE, LetterKind.DECLINE)
_OF_EITHER_WINDOW = (LetterKind.RECEIPT, LetterKind.LATE, LetterKind.CORRIGENDUM)
_OF_SECOND_DEADLINE = (LetterKind.PROFILE_INVITED, LetterKind.CORRIGENDUM)
_RULED = (LetterKind.APPEAL_INADMISSIBLE, LetterKind.APPEAL_DISMISSED, LetterKind.APPEAL_UPHELD)
_ENDED = (LetterKind.TERMINATION, LetterKind.ABANDONMENT)
_WITH_REASON = (
    LetterKind.WITHDRAWAL,
    LetterKind.CORRIGENDUM,
    LetterKind.CALL_CANCELLED,
    LetterKind.CALL_VOID,
    *_ENDED,
    *_RULED,
)

_NO_PROPOSAL: ProposalData = {
    "number": "",
    "title": None,
    "received_at": None,
    "total_amount": None,
    "grant_amount": None,
}

_DISPENSABLE: Mapping[str, tuple[str, ...]] = {
    "a telephone": ("call.contact.telephone",),
    "a postal address": ("call.contact.postal_address",),
    "a recipient's name": ("recipient.name", "recipient.postal_address", "recipient.email"),
    "a title": ("proposal.title",),
    "the time of receipt": ("proposal.received_at",),
    "amounts asked for": ("proposal.total_amount", "proposal.grant_amount"),
    "a total": ("decision.total", "decision.maximum_total", "decision.line_total"),
    "a last one selected": ("decision.line_total",),
    "a rank": ("decision.rank", "decision.ranked_count"),
    "marks": ("scores",),
}
"""What letters can lack, with its dotted places."""


def full_letter(language: Language) -> LetterData:
    """A letter that has everything that any letter can have."""
    texts = TEXTS[language]
    return {
        "letter": "L-000123",
        "call": _call(texts),
        "recipient": {
            "name": "Cooperativa San Juan de Oriente",
            "postal_address": "Km 42 carretera a Masaya\nSan Juan de Oriente\nNicaragua",
            "email": "coop@sanjuan.example",
        },
        "proposal": {
            "number": "PIP2-014",
            "title": texts["title"],
            "received_at": "2026-03-31T22:59:00Z",
            "total_amount": "100000.00",
            "grant_amount": "50000.00",
        },
        "decision": {
            "outcome": LetterKind.DECLINE.value,
            "amount": "50000.00",
            "rank": 12,
            "ranked_count": 40,
            "total": "22.6667",
            "maximum_total": "30",
            "line_total": "24",
            "reserve_position": 3,
        },
        "findings": [_enterprises(texts), _counterpart(), _agreement(texts, is_condition=True)],
        "scores": _scores(texts),
        "reasons": [EXHAUSTED],
        "clarification": {"working_days": 10},
        "asked": {"letter": "L-000098", "released_on": "2026-04-07", "due_on": "2026-04-21"},
        "appeal": {
            "number": 1,
            "received_at": "2026-05-12T15:00:00Z",
            "letter": "L-000101",
            "until": "2026-05-18",
            "is_late": False,
            "remedy": Remedy.REVERIFY.value,
        },
        "project": _project(texts),
        "deadline": {"closes_at": "2026-03-31T23:00:00Z", "time_zone": "America/Tegucigalpa"},
        "second_deadline": {"closes_at": "2026-08-31T23:00:00Z", "time_zone": "America/Tegucigalpa"},
        "reason": texts["reason"],
        "changes": _changes(),
        "names": {"E-000123": "Cerámica Ortega"},
        "replaces": None,
        "assigned": [{"number": "PIP2-014", "title": texts["title"]}],
    }


def _call(texts: Mapping[str, str]) -> CallData:
    return {
        "call": "pip-2026",
        "title": texts["call"],
        "programme": texts["programme"],
        "currency": "USD",
        "contact": {
            "name": texts["agency"],
            "email": "calls@linkages.example",
            "postal_address": "1 Calle Inventada\nTegucigalpa",
            "telephone": "+504 0000 0000",
        },
        "appeal": {"clause": "7.2", "working_days": 10, "addressee": texts["appeal"]},
        "synthetic": True,
        "time_zone": "America/Tegucigalpa",
        "label": None,
    }


def _changes() -> list[ChangeData]:
    return [
        {
            "part": "window.closes_at",
            "clauses": [],
            "old": {"instant": "2026-03-31T23:00:00Z"},
            "new": {"instant": "2026-04-15T23:00:00Z"},
        },
        {"part": "counterpart.minimum_share", "clauses": ["4.2"], "old": {"share": "0.5"}, "new": {"share": "0.4"}},
        {"part": "prerequisites", "clauses": ["3.2", "3.4"], "old": None, "new": None},
    ]


def sample_letter(kind: LetterKind, language: Language) -> LetterData:
    """A letter that has everything that one of its kind can have."""
    full, texts = full_letter(language), TEXTS[language]
    if kind is LetterKind.LATE:
        full["proposal"]["received_at"] = "2026-03-31T23:05:00Z"
    if kind in _RULED:
        full["reason"] = texts["ruling"]
    if kind in _ENDED:
        full["reason"] = texts[kind]
    if kind is LetterKind.CORRIGENDUM:
        full["reason"] = texts["change"]
        full["deadline"] = {"closes_at": "2026-04-15T23:00:00Z", "time_zone": "America/Tegucigalpa"}
    return {
        **full,
        "decision": _decision(kind) if kind in _SCORED else None,
        "findings": _findings(kind, texts),
        "scores": full["scores"] if kind in _SCORED else [],
        "reasons": list(REASONS.get(kind, {}).values())[:1],
        "clarification": full["clarification"] if kind is LetterKind.CLARIFICATION_REQUEST else None,
        "asked": None,
        "appeal": full.get("appeal") if kind in APPEAL_LETTERS else None,
        "project": full.get("project") if kind in PROJECT_LETTERS else None,
        "second_deadline": full["second_deadline"] if kind in _OF_SECOND_DEADLINE else None,
        "reason": full["reason"] if kind in _WITH_REASON else None,
        "changes": full["changes"] if kind is LetterKind.CORRIGENDUM else [],
        "proposal": _NO_PROPOSAL if kind in TO_EVALUATORS else full["proposal"],
        "assigned": full.get("assigned", ()) if kind in TO_EVALUATORS else [],
    }


def bare_letter(language: Language) -> LetterData:
    """A letter with as little as any letter can have."""
    nothing: dict[str, object] = {"decision": None, "findings": [], "reasons": [], "changes": [], "reason": None}
    nothing["assigned"] = []
    windows = {"clarification": None, "asked": None, "appeal": None, "deadline": None, "second_deadline": None}
    windows["project"] = None
    least_letter = least(full_letter(language))
    call = {**least_letter["call"], "synthetic": False, "time_zone": None}
    return cast(LetterData, {**least_letter, "call": call, **nothing, **windows})


def variations(kind: LetterKind, language: Language) -> Iterator[tuple[str, LetterData]]:
    """Letters of a kind, each with what is particular about it; the first is the sample itself."""
    sample, full = sample_letter(kind, language), full_letter(language)
    yield "with everything in it", sample
    yield "with the least in it", least(sample)
    yield from ((f"without {what}", _without(sample, places)) for what, places in _DISPENSABLE.items())
    for why, reason in list(REASONS.get(kind, {}).items())[1:]:
        yield f"decided {why}", {**sample, "reasons": [reason]}
    yield from _decisions(kind, sample, TEXTS[language])
    if kind is LetterKind.INELIGIBLE:
        yield "after a request without an answer", {**sample, "asked": full["asked"]}
    if kind is LetterKind.APPEAL_UPHELD:
        yield "to be scored again", _appealed(sample, {"remedy": Remedy.RESCORE.value})
    if kind is LetterKind.APPEAL_INADMISSIBLE:
        late = {"is_late": True, "received_at": "2026-05-19T15:00:00Z"}
        yield "that came too late", _appealed({**sample, "reason": None}, late)
    yield from _of_projects(kind, sample, full["reason"])
    if kind in _OF_EITHER_WINDOW:
        yield "of the second stage", {**sample, "deadline": None, "second_deadline": full["second_deadline"]}
    if kind is LetterKind.CORRIGENDUM:
        yield "once no deadline is ahead", {**sample, "deadline": None, "second_deadline": None}


def _decisions(kind: LetterKind, sample: LetterData, texts: Mapping[str, str]) -> Iterator[tuple[str, LetterData]]:
    """What is particular to letters of a kind that tell a decision on a ranked proposal."""
    if kind in (LetterKind.DECLINE, LetterKind.PROFILE_NOT_INVITED):
        yield "decided by a minimum mark", {**sample, "reasons": [], "findings": [_minimum_mark(texts)]}
    if kind in _AWARDED:
        yield "of less than was asked for", _deciding(sample, {"amount": "43210.00"})
    if kind is LetterKind.RESERVE:
        yield "with conditions", {**sample, "findings": [_agreement(texts, is_condition=True)]}
    if kind in _SCORED:
        points = "0.25" if kind in _AWARDED else "-0.25"
        yield "with priority points", _deciding(sample, {"points": "2"})
        yield "near the line", _deciding(sample, {"points_from_line": points, "funded_share": "0.9301"})


def least(data: LetterData) -> LetterData:
    """The letter with as little as one of its kind can have."""
    places = [place for places in _DISPENSABLE.values() for place in places]
    return _without({**data, "findings": data["findings"][:1], "changes": data["changes"][:1]}, places)


def _without(data: LetterData, places: Iterable[str]) -> LetterData:
    """The letter with nothing at some dotted places; a list there is emptied."""
    copied = copy.deepcopy(data)
    for place in places:
        *path, last = place.split(".")
        part = cast(dict[str, Any], copied)
        for name in path:
            part = part[name] or {}
        part[last] = [] if isinstance(part.get(last), list) else None
    return copied


def _deciding(data: LetterData, changed: Mapping[str, str]) -> LetterData:
    return cast(LetterData, {**data, "decision": {**(data["decision"] or {}), **changed}})


def _appealed(data: LetterData, changed: Mapping[str, object]) -> LetterData:
    return cast(LetterData, {**data, "appeal": {**(data.get("appeal") or {}), **changed}})


def _of_projects(kind: LetterKind, sample: LetterData, reason: str | None) -> Iterator[tuple[str, LetterData]]:
    """What is particular about letters about projects."""
    project = sample.get("project")
    if kind is LetterKind.LAUNCH_VALIDATION:
        yield "of a project as it was designed", _of_project(sample, {"components": []})
    if kind in _ENDED:
        yield "with nothing due back", _of_project(sample, {"due": None})
    if kind is LetterKind.DISBURSEMENT_DECISION and project and project["disbursement"]:
        whole = {**project["disbursement"], "certified": project["disbursement"]["asked"]}
        yield "of a request that is approved in full", _of_project({**sample, "findings": []}, {"disbursement": whole})
        for decision in ("returned", "rejected"):
            told = {**project["disbursement"], "decision": decision}
            refused = cast(LetterData, {**sample, "findings": [], "reason": reason})
            yield f"of a request that is {decision}", _of_project(refused, {"disbursement": told})


def _of_project(data: LetterData, changed: Mapping[str, object]) -> LetterData:
    return cast(LetterData, {**data, "project": {**(data.get("project") or {}), **changed}})


def _project(texts: Mapping[str, str]) -> ProjectData:
    return {
        "award": "50000.00",
        "disbursed": "20000.00",
        "realised": "18000.00",
        "starts_on": "2026-08-03",
        "ends_on": "2028-08-02",
        "tranches": [
            {"number": 1, "milestone": texts["milestone"], "due_on": "2026-08-31", "amount": "20000.00"},
            {"number": 2, "milestone": texts["report"], "due_on": "2027-08-31", "amount": "30000.00"},
        ],
        "components": [
            {"component": "cooperation", "change": "kept", "reason": ""},
            {"component": "markets", "change": "scaled_down", "reason": texts["fair"]},
        ],
        "disbursement": {
            "number": 2,
            "tranche": 1,
            "decision": "approved",
            "asked": "20000.00",
            "certified": "18000.00",
        },
        "due": "2000.00",
    }


def _decision(kind: LetterKind) -> DecisionData:
    is_selected = kind in (*_AWARDED, LetterKind.PROFILE_INVITED)
    return {
        "outcome": kind.value,
        "amount": "50000.00" if kind in _AWARDED else None,
        "rank": 4 if is_selected else 12,
        "ranked_count": 40,
        "total": "22.6667",
        "maximum_total": "30",
        "line_total": "21.3333" if is_selected else "24",
        "reserve_position": 3 if kind is LetterKind.RESERVE else None,
    }


def _findings(kind: LetterKind, texts: Mapping[str, str]) -> list[FindingData]:
    if kind is LetterKind.CONDITIONAL_AWARD:
        return [_agreement(texts, is_condition=True)]
    if kind is LetterKind.DISBURSEMENT_DECISION:
        return [_pace()]
    is_checked = kind in (LetterKind.INELIGIBLE, LetterKind.CLARIFICATION_REQUEST)
    return [_enterprises(texts), _counterpart(), _agreement(texts, is_condition=False)] if is_checked else []


def _enterprises(texts: Mapping[str, str]) -> FindingData:
    return {
        "criterion": "prerequisite.minimum_enterprises",
        "title": texts["enterprises"],
        "clause": "3.2",
        "verdict": "not_met",
        "required": {"comparison": "at_least", "number": "5", "member_type": ["enterprise"]},
        "seen": {"number": "3", "possible_number": "4"},
        "remedy": texts["add_enterprises"],
        "notes": [],
        "is_condition": False,
    }


def _counterpart() -> FindingData:
    return {
        "criterion": "counterpart",
        "title": None,
        "clause": "4.2",
        "verdict": "not_met",
        "required": {"comparison": "at_least", "share": "0.5", "of": "proposal"},
        "seen": {
            "share": "0.4999",
            "amount": "49990.00",
            "currency": "USD",
            "cash_amount": "30000.00",
            "in_kind_amount": "19990.00",
        },
        "remedy": None,
        "notes": [
            {
                "code": "counterpart.no_evidence",
                "values": {
                    "amount": "8000.00",
                    "currency": "USD",
                    "form": "in_kind",
                    "source": "own_funds",
                    "party": "E-000123",
                    "evidence": None,
                },
            }
        ],
        "is_condition": False,
    }


def _pace() -> FindingData:
    return {
        "criterion": PACE,
        "title": None,
        "clause": "8.1",
        "verdict": "not_met",
        "required": {"comparison": "at_least", "amount": "20000.00", "currency": "USD"},
        "seen": {"amount": "18000.00", "currency": "USD"},
        "remedy": None,
        "notes": [],
        "is_condition": False,
    }


def _agreement(texts: Mapping[str, str], *, is_condition: bool) -> FindingData:
    return {
        "criterion": "prerequisite.consortium_agreement",
        "title": texts["agreement"],
        "clause": "3.10",
        "verdict": "undetermined",
        "required": {"comparison": "present", "code": "consortium_agreement"},
        "seen": None,
        "remedy": texts["deliver_agreement"],
        "notes": [],
        "is_condition": is_condition,
    }


def _minimum_mark(texts: Mapping[str, str]) -> FindingData:
    return {
        "criterion": "evaluation.minimum.collective",
        "title": texts["collective"],
        "clause": "5.3",
        "verdict": "not_met",
        "required": {"comparison": "at_least", "number": "4"},
        "seen": {"number": "3.6667"},
        "remedy": None,
        "notes": [],
        "is_condition": False,
    }


def _scores(texts: Mapping[str, str]) -> list[ScoreData]:
    marks = (("collective", "3", "3.6667", "2", "11"), ("territory", "2", "3.5", None, "7"))
    return [
        {
            "criterion": code,
            "title": texts[code],
            "weight": weight,
            "mark": mark,
            "minimum": minimum,
            "maximum": "5",
            "points": points,
        }
        for code, weight, mark, minimum, points in (*marks, ("sustainability", "1", "4.6667", "2", "4.6667"))
    ]
