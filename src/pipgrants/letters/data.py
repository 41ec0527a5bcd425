"""What a letter is made from: the plain JSON that is frozen with the decision, and the release that comes later.

Amounts, shares and marks are decimal text, dates ``YYYY-MM-DD``, instants ISO 8601 in UTC; texts of the call stand in
the letter's language already. ``None`` is what does not apply or is not on record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

TypedValue = Mapping[str, object]
"""A finding's value: ``{"amount", "currency"}``, ``{"share"}``, ``{"number"}``, ``{"date"}``, ``{"code"}``,
``{"codes"}``, ``{"flag"}``, ``{"text"}``, ``{"instant"}``; a requirement adds ``comparison``, a combined rule's value
``parts``. Amendments also have ``{"texts"}`` by language, ``{"dates"}``, and ``{"tie_breaks"}`` with the ``titles``
of criteria."""


class NoteData(TypedDict):
    """A circumstance or a reason as a dotted code with its values."""

    code: str
    values: Mapping[str, object]


class FindingData(TypedDict):
    """One checked criterion; ``title`` and ``remedy`` are the call's, or None for those that pipgrants words itself."""

    criterion: str
    title: str | None
    clause: str
    verdict: str
    required: TypedValue | None
    seen: TypedValue | None
    remedy: str | None
    notes: Sequence[NoteData]
    is_condition: bool


class ScoreData(TypedDict):
    """One criterion of the rubric with the combined mark; None is "not applicable".

    ``points`` are what it adds to the total; those of all criteria and the priority points add up to it. ``given`` are
    the marks that it was combined from, lowest first, so that none says whose it is.
    """

    criterion: str
    title: str
    weight: str
    mark: str | None
    minimum: str | None
    maximum: str | None
    points: str | None
    given: NotRequired[Sequence[str]]


class ContactData(TypedDict):
    """Whom applicants write to."""

    name: str
    email: str
    postal_address: str | None
    telephone: str | None


class AppealData(TypedDict):
    """Where and for how long a decision can be appealed."""

    clause: str
    working_days: int
    addressee: str


class CallData(TypedDict):
    """The call as its letters name it; ``time_zone`` is an IANA name, UTC where absent.

    ``label`` stands above everything that comes from the call.
    """

    call: str
    title: str
    programme: str
    currency: str
    contact: ContactData
    appeal: AppealData
    synthetic: bool
    time_zone: NotRequired[str | None]
    label: NotRequired[str | None]


class RecipientData(TypedDict):
    """Whom the letter is addressed to; lines of the postal address are separated by line ends.

    ``name`` is None where the personal values were redacted.
    """

    name: str | None
    postal_address: str | None
    email: str | None


class ProposalData(TypedDict):
    """The proposal that the letter is about."""

    number: str
    title: str | None
    received_at: str | None
    total_amount: str | None
    grant_amount: str | None


class DecisionData(TypedDict):
    """What was determined.

    ``total`` is the one that it was ranked by; ``threshold_total`` that without the weights in the ranking, where there
    are such. ``points_from_line`` is below zero for who was not funded; ``funded_share`` is the share of admissible
    weights under which it would be.
    """

    outcome: str | None
    amount: str | None
    rank: int | None
    ranked_count: int | None
    total: str | None
    maximum_total: str | None
    line_total: str | None
    reserve_position: int | None
    points: NotRequired[str | None]
    threshold_total: NotRequired[str | None]
    points_from_line: NotRequired[str | None]
    funded_share: NotRequired[str | None]


class ClarificationData(TypedDict):
    """How long the applicant has to answer, from the release of the request."""

    working_days: int


class AskedData(TypedDict):
    """A clarification that was not answered in time: the letter that asked, the day it left, and the last day."""

    letter: str
    released_on: str
    due_on: str


class AppealFiledData(TypedDict):
    """An appeal: its number among those of the proposal, when it arrived, and which letter it contests.

    ``until`` is the last day on which that letter could be contested; ``remedy`` what is done where it was upheld.
    """

    number: int
    received_at: str
    letter: str
    until: str
    is_late: bool
    remedy: str | None


class DeadlineData(TypedDict):
    """The last minute of a window."""

    closes_at: str
    time_zone: str


class ChangeData(TypedDict):
    """One thing that an amendment changes, with what it was and what it becomes.

    ``entry`` is the title of the prerequisite, criterion, priority or source of random numbers, and ``key`` the dotted
    place in the part where the value stands; a part with a name of its own has neither. Letters of earlier versions
    have None for both values where they name only the part.
    """

    part: str
    clauses: Sequence[str]
    old: TypedValue | None
    new: TypedValue | None
    entry: NotRequired[TypedValue]
    key: NotRequired[str]


class AssignedData(TypedDict):
    """A proposal that an evaluator is to score."""

    number: str
    title: str


class TrancheData(TypedDict):
    """A part of the grant, and the milestone that it is paid at."""

    number: int
    milestone: str
    due_on: str
    amount: str


class ComponentData(TypedDict):
    """What launch validation makes of a component."""

    component: str
    change: str
    reason: str


class DisbursementData(TypedDict):
    """What was decided on a request for a tranche: ``decision`` is approved, returned or rejected."""

    number: int
    tranche: int
    decision: str
    asked: str
    certified: str | None


class ProjectData(TypedDict):
    """A project: the award that stands, what was paid of it and is due back, and what a letter tells besides."""

    award: str
    disbursed: str
    realised: str
    starts_on: str | None
    ends_on: str | None
    tranches: Sequence[TrancheData]
    components: Sequence[ComponentData]
    disbursement: DisbursementData | None
    due: NotRequired[str | None]


class LetterData(TypedDict):
    """Everything a letter says but the release.

    ``names`` says what codes in the findings stand for: parties by number, papers by their identity. ``replaces`` is
    the number of the letter in whose place this one is. ``asked`` is the request whose silence led to the decision,
    ``assigned`` the proposals that a letter to an evaluator is about, ``appeal`` the appeal that the letter answers,
    ``project`` the project that it tells of.
    """

    letter: str
    call: CallData
    recipient: RecipientData
    proposal: ProposalData
    decision: DecisionData | None
    findings: Sequence[FindingData]
    scores: Sequence[ScoreData]
    reasons: Sequence[NoteData]
    clarification: ClarificationData | None
    deadline: DeadlineData | None
    second_deadline: DeadlineData | None
    reason: str | None
    changes: Sequence[ChangeData]
    names: NotRequired[Mapping[str, str]]
    replaces: NotRequired[str | None]
    asked: NotRequired[AskedData | None]
    assigned: NotRequired[Sequence[AssignedData]]
    appeal: NotRequired[AppealFiledData | None]
    project: NotRequired[ProjectData | None]


class Release(TypedDict):
    """When the letter left, until when it can be appealed or answered, and which entry of the trail decided.

    ``renderers`` says what made it: the versions by ``letter`` for text and page, and ``pdf`` where it has one.
    ``size`` and ``root``, in base64, are the checkpoint of the trail when the letter left; the entry stands in it.
    """

    released_on: str
    released_at: NotRequired[str]
    appeal_until: str | None
    answer_until: NotRequired[str]
    entry: int
    size: NotRequired[int]
    root: str | None
    renderers: NotRequired[Mapping[str, str]]
