"""``explain PROPOSAL``: what was decided on a proposal, by which findings, marks and line, and by which acts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NotRequired, TypedDict

from pipgrants.letters import formatting
from pipgrants.letters.data import AskedData, DecisionData, FindingData, NoteData, ProposalData, ScoreData
from pipgrants.letters.document import Document, Pair, Paragraph, Section, Table
from pipgrants.letters.layout import to_text
from pipgrants.letters.phrasing import Phrasing, Totals
from pipgrants.letters.sandbox import clean
from pipgrants.letters.templates import Templates
from pipgrants.letters.wording import NOTHING


class ExplainedProposal(ProposalData):
    """The proposal with its state, and the currency and time zone of its call."""

    state: str
    currency: NotRequired[str]
    time_zone: NotRequired[str]
    prepared_by: NotRequired[str | None]
    approved_by: NotRequired[str | None]
    synthetic: NotRequired[bool]
    label: NotRequired[str | None]


class LineData(TypedDict):
    """How far the envelope reached."""

    envelope: str
    last_funded_rank: int | None
    last_funded_total: str | None


class TiesData(TypedDict):
    """How ties with the proposal were broken: how many have its total, and the rules in their order.

    ``next_broken_by`` is the rule that placed the next one lower; ``drawn_count`` is how many it was drawn among, with
    ``draw_key``.
    """

    tied_count: int
    rules: Sequence[str]
    next_broken_by: str | None
    drawn_count: int
    draw_key: str | None


class ActData(TypedDict):
    """One act on record: entry number, UTC instant, name of the act, actor, role and tier.

    ``actor`` is None for evaluators, who are not named; ``fingerprint`` is that of the key with which it was signed.
    """

    entry: int
    at: str
    act: str
    actor: str | None
    on_behalf_of: str | None
    role: str
    tier: str | None
    fingerprint: str | None


class AppealWayData(TypedDict):
    """How the letter ``letter`` can be appealed against: ``until`` is None while it is not released."""

    letter: str
    until: str | None
    working_days: int
    clause: str
    addressee: str


class ConsensusData(TypedDict):
    """The consensus by which the proposal was scored: how many evaluators agreed on it, and on which day."""

    participants_count: int
    held_on: str


class AppealToldData(TypedDict):
    """An appeal, against which letter, when it arrived (UTC), and how it stands."""

    number: int
    letter: str
    received_at: str
    standing: str


class DisbursementToldData(TypedDict):
    """A disbursement of which less was certified than was asked for, with the rules that say so."""

    number: int
    asked: str
    certified: str
    findings: Sequence[FindingData]


class ProjectToldData(TypedDict):
    """The project of an award: the award that stands, what of it was paid and is due back, and the counterpart.

    ``realised`` is what counts of the counterpart realised.
    """

    state: str
    award: str
    disbursed: str
    due: str
    counterpart: str
    realised: str
    disbursements: Sequence[DisbursementToldData]


class EndingData(TypedDict):
    """How a proposal ended that no award, reserve or refusal was decided on.

    ``kind`` is ``late``, ``lapsed``, ``withdrawal``, ``call_cancelled`` or ``call_void``; ``at`` the UTC instant at
    which it arrived late, or ended; ``deadline`` the one that was missed.
    """

    kind: str
    at: str
    deadline: NotRequired[str]
    appeal: NotRequired[AppealWayData]


class ExplanationData(TypedDict):
    """Everything on record of one proposal; None and empty lists stand for what has not happened.

    ``asked`` is the clarification that was not answered in time, ``answers`` what the applicant answered to those that
    were; ``names`` says what codes in the findings stand for: parties by number, papers by their identity. ``history``
    has the acts on the proposal and its project, and those that prepared and approved its decision.
    """

    proposal: ExplainedProposal
    findings: Sequence[FindingData]
    scores: Sequence[ScoreData]
    total: str | None
    maximum_total: str | None
    points: NotRequired[str | None]
    threshold_total: NotRequired[str | None]
    rank: int | None
    ranked_count: int | None
    tie_broken_by: str | None
    ties: TiesData | None
    line: LineData | None
    prepared: ActData | None
    approved: ActData | None
    decision: DecisionData | None
    reasons: Sequence[NoteData]
    history: Sequence[ActData]
    ending: NotRequired[EndingData | None]
    asked: NotRequired[AskedData | None]
    answers: NotRequired[Sequence[str]]
    names: NotRequired[Mapping[str, str]]
    consensus: NotRequired[ConsensusData | None]
    appeals: NotRequired[Sequence[AppealToldData]]
    project: NotRequired[ProjectToldData | None]


def explain(templates: Templates, data: ExplanationData, language: str) -> str:
    """The explanation as text of at most 78 columns."""
    return to_text(compose_explanation(templates, data, language))


def compose_explanation(templates: Templates, data: ExplanationData, language: str) -> Document:
    """The explanation as a document, apart from how it looks."""
    wording = templates.wording(language)
    phrasing = Phrasing(wording, data["proposal"].get("currency", ""))
    phrasing.learn({item["criterion"]: item["title"] for item in (*data["findings"], *data["scores"])})
    phrasing.learn(data.get("names", {}))
    every = (
        _section("decision", phrasing, _decision(data, phrasing)),
        _section("findings", phrasing, (), phrasing.findings_table(data["findings"], "", verdicts=True)),
        _section("answers", phrasing, tuple(map(clean, data.get("answers", ())))),
        _section(
            "scores",
            phrasing,
            _consensus(data.get("consensus"), phrasing),
            phrasing.scores_table(data["scores"], _totals(data)),
        ),
        _section("ranking_result", phrasing, _ranking(data, phrasing)),
        _section("approval", phrasing, _approval(data, phrasing)),
        _project(data.get("project"), phrasing),
        _section("history", phrasing, (), _history(data, phrasing)),
    )
    return Document(
        language=language,
        banners=wording.banners(
            synthetic=data["proposal"].get("synthetic", False), own=clean(data["proposal"].get("label") or "")
        ),
        title=wording.sentence("explain_title", number=clean(data["proposal"]["number"])),
        references=tuple(_references(data["proposal"], phrasing)),
        sections=tuple(section for section in every if not section.is_empty),
    )


def _consensus(consensus: ConsensusData | None, phrasing: Phrasing) -> tuple[str, ...]:
    """That the marks were agreed on; who took part is not told."""
    if consensus is None:
        return ()
    count, day = phrasing.number(consensus["participants_count"]) or "", phrasing.day(consensus["held_on"]) or ""
    return (phrasing.wording.sentence("explain_consensus", count=count, day=day),)


def _totals(data: ExplanationData) -> Totals:
    line, decision = data["line"], data["decision"]
    of_profiles = decision is not None and (decision["outcome"] or "").startswith("profile")
    last = line["last_funded_total"] if line else None
    threshold = data.get("threshold_total")
    return Totals(data["total"], data["maximum_total"], last, of_profiles, data.get("points"), threshold)


def _section(name: str, phrasing: Phrasing, sentences: Sequence[str], *tables: Table) -> Section:
    heading = phrasing.wording.label(f"section_{name}")
    return Section(name, heading, tuple(Paragraph(sentence) for sentence in sentences if sentence), tables)


def _references(proposal: ExplainedProposal, phrasing: Phrasing) -> Iterator[Pair]:
    wording = phrasing.wording
    if proposal["title"]:
        yield Pair(wording.label("title"), clean(proposal["title"]))
    yield Pair(wording.label("state"), wording.word(proposal["state"]))
    for role in ("prepared_by", "approved_by"):
        if name := proposal.get(role):
            yield Pair(wording.label(role), clean(str(name)))


def _decision(data: ExplanationData, phrasing: Phrasing) -> tuple[str, ...]:
    decided, ending = tuple(_decided(data, phrasing)), tuple(_ending(data, phrasing))
    open_yet = () if decided or ending else (phrasing.wording.sentence("explain_no_decision"),)
    return (*decided, *ending, *open_yet, *_asked(data.get("asked"), phrasing), *_appealed(data, phrasing))


def _decided(data: ExplanationData, phrasing: Phrasing) -> Iterator[str]:
    wording, decision = phrasing.wording, data["decision"]
    if decision is None or decision["outcome"] is None:
        return
    outcome, amount = wording.word(decision["outcome"]), phrasing.amount(decision["amount"])
    if amount is None:
        yield wording.sentence("explain_decision", outcome=outcome)
    else:
        yield wording.sentence("explain_decision_amount", outcome=outcome, amount=amount)
    yield from map(clean, phrasing.notes(data["reasons"]))


def _appealed(data: ExplanationData, phrasing: Phrasing) -> Iterator[str]:
    """What the applicant contested, and how each appeal stands."""
    zone, wording = data["proposal"].get("time_zone", "UTC"), phrasing.wording
    for appeal in data.get("appeals", ()):
        yield wording.sentence(
            "explain_appealed",
            number=phrasing.number(appeal["number"]) or "",
            letter=appeal["letter"],
            received_at=formatting.instant(appeal["received_at"], zone, wording.language),
            standing=wording.word(f"appeal.{appeal['standing']}"),
        )


def _asked(asked: AskedData | None, phrasing: Phrasing) -> Iterator[str]:
    """That what was missing was asked for, and did not come."""
    if asked is not None:
        released_on, due_on = phrasing.day(asked["released_on"]), phrasing.day(asked["due_on"])
        yield phrasing.wording.sentence(
            "explain_asked", letter=asked["letter"], released_on=released_on or "", due_on=due_on or ""
        )


def _ending(data: ExplanationData, phrasing: Phrasing) -> Iterator[str]:
    """How the proposal ended, and how that can be appealed against."""
    ending, sentence = data.get("ending"), phrasing.wording.sentence
    if ending is None:
        return
    zone, language = data["proposal"].get("time_zone", "UTC"), phrasing.wording.language
    moments = {name: moment for name in ("at", "deadline") if (moment := str(ending.get(name, "")))}
    told = {name: formatting.instant(moment, zone, language) for name, moment in moments.items()}
    yield sentence(f"explain_{ending['kind']}", **told)
    if appeal := ending.get("appeal"):
        to_come = "explain_appeal_to_come_in_a_day" if appeal["working_days"] == 1 else "explain_appeal_to_come"
        yield sentence(
            "explain_appeal" if appeal["until"] else to_come,
            letter=appeal["letter"],
            until=phrasing.day(appeal["until"]) or "",
            days=phrasing.number(appeal["working_days"]) or "",
            clause=clean(appeal["clause"]),
            addressee=clean(appeal["addressee"]),
        )


def _ranking(data: ExplanationData, phrasing: Phrasing) -> tuple[str, ...]:
    wording, line = phrasing.wording, data["line"]
    if data["rank"] is None:
        return (wording.sentence("explain_unranked"),)
    return (
        wording.sentence(
            "explain_rank",
            rank=phrasing.number(data["rank"]) or NOTHING,
            ranked=phrasing.number(data["ranked_count"]) or NOTHING,
            total=phrasing.number(data["total"]) or NOTHING,
        ),
        *_ties(data, phrasing),
        wording.sentence(
            "explain_line",
            envelope=phrasing.amount(line["envelope"]) or NOTHING,
            rank=phrasing.number(line["last_funded_rank"]) or NOTHING,
            total=phrasing.number(line["last_funded_total"]) or NOTHING,
        )
        if line and line["last_funded_rank"] is not None
        else "",
    )


def _ties(data: ExplanationData, phrasing: Phrasing) -> Iterator[str]:
    """How ties were broken, where others have the same total."""
    sentence, ties = phrasing.wording.sentence, data["ties"]
    if ties is None:
        return
    rules = "; ".join(map(phrasing.tie_break, ties["rules"]))
    yield sentence("explain_tied", count=phrasing.number(ties["tied_count"]) or NOTHING, rules=rules)
    for name, rule in (("explain_tie", data["tie_broken_by"]), ("explain_tie_won", ties["next_broken_by"])):
        if rule:
            yield sentence(name, rule=phrasing.tie_break(rule))
    if ties["drawn_count"]:
        drawn = phrasing.number(ties["drawn_count"]) or NOTHING
        yield sentence("explain_drawn", count=drawn, key=ties["draw_key"] or NOTHING)


def _approval(data: ExplanationData, phrasing: Phrasing) -> tuple[str, ...]:
    sentence, prepared, approved = phrasing.wording.sentence, data["prepared"], data["approved"]
    told = []
    if prepared:
        told.append(sentence("explain_prepared", actor=_people(prepared, phrasing), entry=str(prepared["entry"])))
    if approved:
        name = "explain_approved_signed" if approved["fingerprint"] else "explain_approved"
        key, entry = approved["fingerprint"] or NOTHING, str(approved["entry"])
        told.append(sentence(name, actor=_people(approved, phrasing), entry=entry, key=key))
    return tuple(told)


def _project(project: ProjectToldData | None, phrasing: Phrasing) -> Section:
    """Where the money of a project is, and the rules by which less of a tranche was certified than was asked for."""
    if project is None:
        return _section("project", phrasing, ())
    sentence = phrasing.wording.sentence
    names = ("award", "disbursed", "due", "counterpart", "realised")
    amounts = {name: phrasing.amount(str(amount)) or "" for name, amount in project.items() if name in names}
    tables = (
        phrasing.findings_table(
            item["findings"],
            sentence(
                "explain_disbursement",
                number=phrasing.number(item["number"]) or "",
                asked=phrasing.amount(item["asked"]) or "",
                certified=phrasing.amount(item["certified"]) or "",
            ),
            seen="found",
        )
        for item in project["disbursements"]
    )
    told = sentence("explain_project", state=phrasing.wording.word(project["state"]), **amounts)
    return _section("project", phrasing, (told,), *tables)


def _people(act: ActData, phrasing: Phrasing) -> str:
    """Who acted, and for whom; an evaluator is not named."""
    actor = clean(act["actor"]) if act["actor"] else phrasing.wording.word(act["role"])
    if not act["on_behalf_of"]:
        return actor
    return phrasing.wording.sentence("explain_on_behalf", actor=actor, delegator=clean(act["on_behalf_of"]))


def _history(data: ExplanationData, phrasing: Phrasing) -> Table:
    wording = phrasing.wording
    zone = data["proposal"].get("time_zone", "UTC")
    rows = tuple(
        (
            wording.word(act["act"]),
            formatting.instant(act["at"], zone, wording.language),
            _people(act, phrasing),
            wording.word(act["tier"]) if act["tier"] else NOTHING,
            str(act["entry"]),
        )
        for act in data["history"]
    )
    return Table("", tuple(map(wording.label, ("act", "at", "actor", "tier", "entry"))), rows, numeric=(4,))
