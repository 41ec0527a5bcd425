"""Letters: from the frozen data of a decision and its release to a document. A pure function of its arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipgrants.domain.vocabulary import PROJECT_LETTERS, TO_EVALUATORS, LetterKind, Verdict
from pipgrants.letters import formatting
from pipgrants.letters.changes import changes_table
from pipgrants.letters.data import (
    AppealFiledData,
    AskedData,
    AssignedData,
    CallData,
    ClarificationData,
    DeadlineData,
    DecisionData,
    DisbursementData,
    FindingData,
    LetterData,
    ProjectData,
    Release,
)
from pipgrants.letters.document import Code, Document, Pair, Table, one_line, sections
from pipgrants.letters.phrasing import Phrasing, Totals
from pipgrants.letters.sandbox import clean
from pipgrants.letters.templates import Templates
from pipgrants.letters.wording import Wording

SUMMARY_BLOCKS = ("outcome", "amount", "action", "due")
SECTION_BLOCKS = (
    "greeting",
    "decision",
    "reasons",
    "scores",
    "conditions",
    "next_steps",
    "appeal",
    "contact",
    "closing",
    "verification",
)
BLOCKS = ("subject", *SUMMARY_BLOCKS, *SECTION_BLOCKS)
"""What a letter template is made of; the order is that of the letter."""

WITHOUT_HEADING = ("greeting", "decision", "closing")
_SHOWS_CONDITIONS = (LetterKind.CONDITIONAL_AWARD, LetterKind.RESERVE)
"""An award from the reserve list is subject to what is open today."""
_SHOWS_FINDINGS = (
    LetterKind.INELIGIBLE,
    LetterKind.CLARIFICATION_REQUEST,
    LetterKind.PROFILE_NOT_INVITED,
    LetterKind.DECLINE,
    LetterKind.DISBURSEMENT_DECISION,
)


def compose(
    templates: Templates, kind: LetterKind, language: str, data: LetterData, release: Release | None
) -> Document:
    """The letter; without a release it is a preview, marked draft in its subject and body.

    Raises RefusedError naming the template, line and reason where a template cannot be used.
    """
    phrasing = phrasing_of(templates, language, data)
    wording = phrasing.wording
    blocks = templates.blocks.render(
        f"letters/{kind.value}.{language}.j2", view_of(data, release, phrasing), allowed=BLOCKS
    )
    subject = one_line(blocks.get("subject", ""))
    draft = release is None
    return Document(
        language=language,
        title=wording.sentence("draft_subject", subject=subject) if draft else subject,
        draft=draft,
        banners=wording.banners(
            draft=draft, synthetic=data["call"]["synthetic"], own=clean(data["call"].get("label") or "")
        ),
        sender=_sender(data["call"]),
        recipient=_recipient(data, wording),
        references=_references(data, release, phrasing),
        summary_heading=wording.label("summary"),
        summary=_summary(blocks, wording),
        sections=sections(blocks, _headings(wording), _tables(kind, data, phrasing)),
        footer=f"{wording.label('letter')} {clean(data['letter'])}",
        code=_code(data, release, wording),
    )


def _summary(blocks: Mapping[str, str], wording: Wording) -> tuple[Pair, ...]:
    lines = ((wording.label(block), one_line(blocks.get(block, ""))) for block in SUMMARY_BLOCKS)
    return tuple(Pair(label, line) for label, line in lines if line)


def _headings(wording: Wording) -> dict[str, str]:
    return {block: "" if block in WITHOUT_HEADING else wording.label(f"section_{block}") for block in SECTION_BLOCKS}


def phrasing_of(templates: Templates, language: str, data: LetterData) -> Phrasing:
    """How values are put into words in a letter."""
    phrasing = Phrasing(templates.wording(language), data["call"]["currency"], _time_zone(data))
    phrasing.learn({item["criterion"]: item["title"] for item in (*data["findings"], *data["scores"])})
    phrasing.learn(data.get("names", {}))
    return phrasing


def view_of(data: LetterData, release: Release | None, phrasing: Phrasing) -> dict[str, object]:
    """The names that templates may use: every value is ready to print, or None."""
    return {
        "letter": data["letter"],
        "call": _call_view(data["call"]),
        "recipient": {"name": _recipient_name(data, phrasing.wording)},
        "proposal": _proposal_view(data, phrasing),
        "decision": _decision_view(data["decision"], phrasing),
        "reasons": list(phrasing.notes(data["reasons"])),
        "criteria_count": len(_open(data, are_conditions=False)),
        "conditions_count": len(_open(data, are_conditions=True)),
        "clarification": _clarification_view(data["clarification"], release, phrasing),
        "asked": _asked_view(data.get("asked"), phrasing),
        "appeal": _appeal_view(data.get("appeal"), phrasing),
        "project": _project_view(data.get("project"), phrasing),
        "deadline": deadline_in_words(data["deadline"], phrasing),
        "second_deadline": deadline_in_words(data["second_deadline"], phrasing),
        "reason": data["reason"],
        "changes_count": len(data["changes"]),
        "assigned_count": len(data.get("assigned", ())),
        "release": _release_view(release, phrasing),
    }


def _call_view(call: CallData) -> dict[str, object]:
    return {
        "number": call["call"],
        "title": call["title"],
        "programme": call["programme"],
        "contact": {**call["contact"], "postal_address": ", ".join(_address(call["contact"]["postal_address"]))},
        "appeal": call["appeal"],
    }


def _proposal_view(data: LetterData, phrasing: Phrasing) -> dict[str, object]:
    proposal = data["proposal"]
    received = proposal["received_at"]
    return {
        "number": proposal["number"],
        "title": proposal["title"],
        "received_at": None
        if received is None
        else formatting.instant(received, _time_zone(data), phrasing.wording.language),
        "total_amount": phrasing.amount(proposal["total_amount"]),
        "grant_amount": phrasing.amount(proposal["grant_amount"]),
    }


def _time_zone(data: LetterData) -> str:
    deadline = data["deadline"] or data["second_deadline"]
    return data["call"].get("time_zone") or (deadline["time_zone"] if deadline else "UTC")


def _decision_view(decision: DecisionData | None, phrasing: Phrasing) -> dict[str, object]:
    if decision is None:
        return dict.fromkeys((*DecisionData.__annotations__, "is_funded"))
    outcome, share = decision["outcome"], decision.get("funded_share")
    return {
        "outcome": None if outcome is None else phrasing.wording.word(outcome),
        "amount": phrasing.amount(decision["amount"]),
        "rank": phrasing.number(decision["rank"]),
        "ranked_count": phrasing.number(decision["ranked_count"]),
        "total": phrasing.number(decision["total"]),
        "maximum_total": phrasing.number(decision["maximum_total"]),
        "line_total": phrasing.number(decision["line_total"]),
        "reserve_position": phrasing.number(decision["reserve_position"]),
        "is_funded": outcome in (LetterKind.AWARD, LetterKind.CONDITIONAL_AWARD),
        "points_from_line": phrasing.number((decision.get("points_from_line") or "").removeprefix("-") or None),
        "funded_share": None if share is None else formatting.share(share, phrasing.wording.language),
    }


def _clarification_view(
    clarification: ClarificationData | None, release: Release | None, phrasing: Phrasing
) -> dict[str, object] | None:
    if clarification is None:
        return None
    due_on = release.get("answer_until") if release else None
    return {"due_on": phrasing.day(due_on), "working_days": clarification["working_days"]}


def _asked_view(asked: AskedData | None, phrasing: Phrasing) -> dict[str, object] | None:
    if asked is None:
        return None
    released_on, due_on = phrasing.day(asked["released_on"]), phrasing.day(asked["due_on"])
    return {"letter": asked["letter"], "released_on": released_on, "due_on": due_on}


def _appeal_view(appeal: AppealFiledData | None, phrasing: Phrasing) -> dict[str, object] | None:
    if appeal is None:
        return None
    return {
        "number": phrasing.number(appeal["number"]),
        "received_at": formatting.instant(appeal["received_at"], phrasing.time_zone, phrasing.wording.language),
        "letter": appeal["letter"],
        "until": phrasing.day(appeal["until"]),
        "is_late": appeal["is_late"],
        "remedy": appeal["remedy"],
    }


def _project_view(project: ProjectData | None, phrasing: Phrasing) -> dict[str, object] | None:
    if project is None:
        return None
    word = phrasing.wording.word
    return {
        **{name: phrasing.amount(project[name]) for name in ("award", "disbursed", "realised")},
        "due": phrasing.amount(project.get("due")),
        **{name: phrasing.day(project[name]) for name in ("starts_on", "ends_on")},
        "tranches": [
            {
                "number": phrasing.number(item["number"]),
                "milestone": item["milestone"],
                "due_on": phrasing.day(item["due_on"]),
                "amount": phrasing.amount(item["amount"]),
            }
            for item in project["tranches"]
        ],
        "components": [
            {"component": word(item["component"]), "change": word(item["change"]), "reason": item["reason"]}
            for item in project["components"]
        ],
        "disbursement": _disbursement_view(project["disbursement"], phrasing),
    }


def _disbursement_view(disbursement: DisbursementData | None, phrasing: Phrasing) -> dict[str, object] | None:
    if disbursement is None:
        return None
    return {
        "number": phrasing.number(disbursement["number"]),
        "tranche": phrasing.number(disbursement["tranche"]),
        "is_approved": disbursement["decision"] == "approved",
        "is_returned": disbursement["decision"] == "returned",
        "is_reduced": disbursement["certified"] not in (None, disbursement["asked"]),
        "asked": phrasing.amount(disbursement["asked"]),
        "certified": phrasing.amount(disbursement["certified"]),
    }


def deadline_in_words(deadline: DeadlineData | None, phrasing: Phrasing) -> str | None:
    """The last minute of a window, in its own time zone."""
    if deadline is None:
        return None
    return formatting.instant(deadline["closes_at"], deadline["time_zone"], phrasing.wording.language)


def _release_view(release: Release | None, phrasing: Phrasing) -> dict[str, object] | None:
    if release is None:
        return None
    return {
        "released_on": phrasing.day(release["released_on"]),
        "appeal_until": phrasing.day(release["appeal_until"]),
        "entry": release["entry"],
        "size": release.get("size"),
        "root": release["root"],
    }


def _open(data: LetterData, *, are_conditions: bool) -> list[FindingData]:
    """The findings that are not met: conditions of the award, or the others."""
    return [
        finding
        for finding in data["findings"]
        if finding["verdict"] != Verdict.MET and finding["is_condition"] is are_conditions
    ]


def _tables(kind: LetterKind, data: LetterData, phrasing: Phrasing) -> dict[str, tuple[Table, ...]]:
    """The tables that stand in each section."""
    tables: dict[str, tuple[Table, ...]] = {}
    label = phrasing.wording.label
    unmet, conditions = _open(data, are_conditions=False), _open(data, are_conditions=True)
    is_of_project = kind in PROJECT_LETTERS
    caption, seen = ("decision_rests_on", "found") if is_of_project else ("unmet_criteria", "seen")
    unmet_table = phrasing.findings_table(unmet if kind in _SHOWS_FINDINGS else (), label(caption), seen=seen)
    reasons_table = phrasing.reasons_table(data["reasons"], label("decision_rests_on"))
    tables["reasons"] = tuple(table for table in (unmet_table, reasons_table) if table.rows)
    if conditions and kind in _SHOWS_CONDITIONS:
        tables["conditions"] = (phrasing.findings_table(conditions, label("conditions_to_fulfil")),)
    if data["changes"] and kind is LetterKind.CORRIGENDUM:
        tables["decision"] = (changes_table(data["changes"], phrasing),)
    if (assigned := data.get("assigned")) and kind in TO_EVALUATORS:
        tables["decision"] = (_assigned_table(assigned, phrasing),)
    if data["scores"]:
        tables["scores"] = (phrasing.scores_table(data["scores"], _totals(kind, data["decision"])),)
    return tables


def _assigned_table(assigned: Sequence[AssignedData], phrasing: Phrasing) -> Table:
    label = phrasing.wording.label
    rows = tuple((clean(item["number"]), clean(item["title"])) for item in assigned)
    return Table(label("assigned_proposals"), (label("proposal"), label("proposal_title")), rows)


def _totals(kind: LetterKind, decision: DecisionData | None) -> Totals:
    if decision is None:
        return Totals(None, None, None)
    of_profiles = kind in (LetterKind.PROFILE_INVITED, LetterKind.PROFILE_NOT_INVITED)
    return Totals(
        decision["total"],
        decision["maximum_total"],
        decision["line_total"],
        of_profiles,
        decision.get("points"),
        decision.get("threshold_total"),
    )


def _sender(call: CallData) -> tuple[str, ...]:
    return (clean(call["programme"]), clean(call["contact"]["name"]), *_address(call["contact"]["postal_address"]))


def _recipient(data: LetterData, wording: Wording) -> tuple[str, ...]:
    recipient = data["recipient"]
    lines = (_recipient_name(data, wording), *_address(recipient["postal_address"]), clean(recipient["email"] or ""))
    return tuple(line for line in lines if line)


def _recipient_name(data: LetterData, wording: Wording) -> str:
    """The name, or that it was redacted."""
    return clean(data["recipient"]["name"] or "") or wording.label("redacted")


def _address(address: str | None) -> tuple[str, ...]:
    return tuple(clean(line) for line in (address or "").splitlines() if line.strip())


def _code(data: LetterData, release: Release | None, wording: Wording) -> Code | None:
    """What an auditor's scanner needs to find the letter in the trail; a preview stands in none."""
    if release is None:
        return None
    named = {"letter": clean(data["letter"]), **{name: release.get(name) for name in ("entry", "size", "root")}}
    text = "\n".join(f"{name} {value}" for name, value in named.items() if value is not None)
    return Code(text, wording.label("qr_code"))


def _references(data: LetterData, release: Release | None, phrasing: Phrasing) -> tuple[Pair, ...]:
    label = phrasing.wording.label
    proposal, call = data["proposal"], data["call"]
    dated = label("not_released") if release is None else phrasing.day(release["released_on"]) or ""
    named = " — ".join(clean(part) for part in (proposal["number"], proposal["title"]) if part)
    return (
        Pair(label("letter"), clean(data["letter"])),
        Pair(label("date"), dated),
        Pair(label("call"), f"{clean(call['title'])} ({clean(call['call'])})"),
        *((Pair(label("proposal"), named),) if named else ()),
        *((Pair(label("replaces"), clean(replaced)),) if (replaced := data.get("replaces")) else ()),
    )
