"""Amending a call: prepared by one person, approved by another, told to everybody; what may no longer change."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from pipgrants.domain.vocabulary import Language, Role
from pipgrants.errors import DefinitionError, RefusedError
from pipgrants.services import answers, inquiries, notices, people
from pipgrants.services.amend import amend_call
from pipgrants.services.definitions import terms_of
from pipgrants.services.workspace import Workspace
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    BEFORE_OPENING,
    CALL,
    LAST_MINUTE,
    LOWER_COUNTERPART,
    SCORING,
    WHILE_OPEN,
    Round,
    activate,
    application,
    approve,
    as_,
    call_state,
    draft,
    edit,
    publish,
)

LATER = {"closes_at: 2026-03-31 17:00": "closes_at: 2026-04-15 17:00"}
STRICTER = {"  minimum_total: 60": "  minimum_total: 65"}


def prepare(workspace: Workspace, changes: dict[str, str], now: datetime = WHILE_OPEN, reason: str = "Feriado") -> str:
    edit(workspace, "calls", CALL, changes)
    return amend_call(workspace, as_("olga"), now, file=CALL, reason=reason).package


def test_an_authorised_call_is_amended_before_it_is_published(workspace: Workspace) -> None:
    activate(workspace)
    approve(workspace, draft(workspace))
    approve(workspace, prepare(workspace, STRICTER, BEFORE_OPENING))
    notices.publish_call(workspace, as_("olga"), BEFORE_OPENING, call=CALL)
    with workspace.read() as unit:
        assert str(terms_of(unit.calls, CALL).call.rubric.minimum_total) == "65"


def test_a_deadline_that_passed_before_publication_still_moves(workspace: Workspace) -> None:
    activate(workspace)
    approve(workspace, draft(workspace))
    later = {"closes_at: 2026-03-31 17:00": "closes_at: 2026-05-29 17:00"}
    package = prepare(workspace, {**later, "opens_at: 2026-01-12 09:00": "opens_at: 2026-05-04 09:00"}, AFTER_DEADLINE)
    approve(workspace, package, AFTER_DEADLINE)
    notices.publish_call(workspace, as_("olga"), AFTER_DEADLINE, call=CALL)
    assert call_state(workspace) == "published"


def test_a_call_that_is_not_authorised_is_drafted_again_not_amended(workspace: Workspace) -> None:
    activate(workspace)
    draft(workspace)
    with pytest.raises(RefusedError, match="is drafted; its definition cannot be amended then"):
        prepare(workspace, STRICTER, BEFORE_OPENING)


def test_an_extension_moves_the_deadline_and_tells_everybody(round_: Round) -> None:
    numbers = round_.receive([application("A1"), application("A2", language=Language.PORTUGUESE)])
    inquiries.take_form(
        round_.workspace,
        as_("olga"),
        WHILE_OPEN,
        call=round_.call,
        name="Ana Prado",
        email="ana@example.org",
        language=Language.ENGLISH,
    )
    ratified = approve(round_.workspace, prepare(round_.workspace, LATER), WHILE_OPEN)
    assert call_state(round_.workspace) == "extended"
    assert ratified.letters_count == 3
    corrigenda = [letter for letter in round_.letters() if letter.kind == "corrigendum"]
    assert [(letter.proposal, letter.language) for letter in corrigenda] == [
        (numbers["A1"], "es"),
        (numbers["A2"], "pt"),
        (None, "en"),
    ]
    assert "ana@example.org" in str(corrigenda[2].recipient)
    late_before = datetime(2026, 4, 10, 12, 0, tzinfo=UTC)
    round_.receive([application("A3")], late_before)
    assert round_.state("A3") == "received"


def test_an_extended_call_can_be_extended_again(round_: Round) -> None:
    approve(round_.workspace, prepare(round_.workspace, LATER), WHILE_OPEN)
    again = prepare(round_.workspace, {"closes_at: 2026-04-15 17:00": "closes_at: 2026-04-30 17:00"})
    approve(round_.workspace, again, WHILE_OPEN)
    assert [act for act in round_.acts() if act.startswith("CallExt")] == ["CallExtended", "CallExtended"]
    assert round_.acts()[-1] == "NoticeRenewed"


def test_an_amendment_that_moves_no_deadline_leaves_the_call_where_it_is(round_: Round) -> None:
    approve(round_.workspace, prepare(round_.workspace, {"reserve_count: 10": "reserve_count: 12"}), WHILE_OPEN)
    assert call_state(round_.workspace) == "published"
    entry = round_.entries(act="CallAmended")[0]
    assert (entry["reason"], entry["inputs"]["changed"]) == ("Feriado", ["allocation"])


def test_withdrawn_applicants_are_told_nothing_of_an_amendment(round_: Round) -> None:
    round_.receive([application("A1")])
    answers.withdraw(
        round_.workspace, as_("olga"), WHILE_OPEN, proposal=round_.numbers["A1"], reason="Cambio de planes"
    )
    assert approve(round_.workspace, prepare(round_.workspace, LATER), WHILE_OPEN).letters_count == 0


def test_a_deadline_only_moves_later(round_: Round) -> None:
    with pytest.raises(RefusedError, match="it only moves later"):
        prepare(round_.workspace, {"closes_at: 2026-03-31 17:00": "closes_at: 2026-03-31 16:59"})


def test_a_deadline_that_is_past_does_not_move(round_: Round) -> None:
    with pytest.raises(RefusedError, match="is past"):
        prepare(round_.workspace, LATER, AFTER_DEADLINE)


def test_an_extension_prepared_in_time_cannot_be_approved_after_the_deadline(round_: Round) -> None:
    package = prepare(round_.workspace, LATER)
    with pytest.raises(RefusedError, match="is past"):
        approve(round_.workspace, package, AFTER_DEADLINE)


def test_the_last_minute_still_counts_as_before_the_deadline(round_: Round) -> None:
    prepare(round_.workspace, LATER, LAST_MINUTE + timedelta(seconds=59))
    with pytest.raises(RefusedError, match="is past"):
        amend_call(
            round_.workspace,
            as_("olga"),
            LAST_MINUTE + timedelta(seconds=60),
            file=round_.call,
            reason="Demasiado tarde",
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"value: 36\n": "value: 24\n"},
        {"  minimum_total: 60": "  minimum_total: 70"},
        {"rule: skip_and_fill": "rule: stop_at_first"},
        {"rule: skip_and_fill": "rule: optimise\n  objective: sum_of_scores"},
        {"envelope_amount: 9000000": "envelope_amount: 8000000"},
        {"    points: 2": "    points: 3"},
        {"tie_breaks: [priority]": "tie_breaks: []"},
        {"if_unanswered: ineligible": "if_unanswered: decide_on_record"},
    ],
)
def test_selection_rules_do_not_change_after_the_deadline(round_: Round, changes: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match=r"is past: .* cannot change any more"):
        prepare(round_.workspace, changes, AFTER_DEADLINE)


def test_what_is_no_selection_rule_can_be_put_right_after_the_deadline(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    contact = {"en: Agency for Productive Linkages, calls desk (invented)": "en: Calls desk (invented)"}
    approve(round_.workspace, prepare(round_.workspace, contact, AFTER_DEADLINE), AFTER_DEADLINE)
    assert call_state(round_.workspace) == "screened"


def test_an_amendment_cannot_be_laxer_than_the_programme(round_: Round) -> None:
    with pytest.raises(DefinitionError, match=r"clause 4\.2"):
        prepare(round_.workspace, LOWER_COUNTERPART)


def test_an_amendment_that_outgrew_its_programme_cannot_be_approved(round_: Round) -> None:
    package = prepare(round_.workspace, {"envelope_amount: 9000000": "envelope_amount: 28000000.01"})
    approve(round_.workspace, draft(round_.workspace, "pip-two-stage"))
    with pytest.raises(DefinitionError, match=r"28,000,000\.01 exceeds the USD 28,000,000\.00 that"):
        approve(round_.workspace, package, WHILE_OPEN)
    assert call_state(round_.workspace) == "published"


def test_an_amendment_needs_two_persons(round_: Round) -> None:
    package = prepare(round_.workspace, LATER)
    people.grant_role(round_.workspace, as_("admin"), WHILE_OPEN, actor="olga", role=Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match="olga prepared package"):
        approve(round_.workspace, package, WHILE_OPEN, by="olga")


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_amendment_needs_a_reason(round_: Round, reason: str) -> None:
    with pytest.raises(RefusedError, match="reason"):
        approve(round_.workspace, prepare(round_.workspace, LATER, reason=reason), WHILE_OPEN)


def test_a_file_that_changes_nothing_is_no_amendment(round_: Round) -> None:
    with pytest.raises(RefusedError, match="changes nothing"):
        amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=round_.call, reason="Nada")


@pytest.mark.parametrize(
    "changes",
    [{"number_prefix: PIP1": "number_prefix: PIP9"}, {"time_zone: America/Tegucigalpa": "time_zone: America/Lima"}],
)
def test_what_identifies_a_call_is_never_amended(round_: Round, changes: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="an amendment cannot change"):
        prepare(round_.workspace, changes)


@pytest.mark.parametrize("now", [WHILE_OPEN, AFTER_DEADLINE])
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"working_days: 10\n  addressee": "working_days: 9\n  addressee"},
            "appeal.working_days: the call gives 10 working days to appeal; they only grow",
        ),
        (
            {"languages: [es, pt, en]": "languages: [es, en]"},
            f"languages: {CALL} is public, and pt cannot be taken away any more: whoever applies in it",
        ),
        (
            {"non_working_days: [": "weekend: [sunday]\nnon_working_days: ["},
            f"weekend: {CALL} is public, and saturday cannot be taken away any more: a deadline in working days",
        ),
        (
            {"2026-05-01, ": ""},
            f"non_working_days: {CALL} is public, and 2026-05-01 cannot be taken away any more: a deadline in",
        ),
    ],
)
def test_what_applicants_count_on_is_not_taken_away(
    round_: Round, changes: dict[str, str], said: str, now: datetime
) -> None:
    with pytest.raises(RefusedError, match=re.escape(said)):
        prepare(round_.workspace, changes, now)


def test_the_time_to_appeal_may_grow_and_days_that_do_not_count_be_added(round_: Round) -> None:
    more = {
        "working_days: 10\n  addressee": "working_days: 12\n  addressee",
        "non_working_days: [": "weekend: [friday, saturday, sunday]\nnon_working_days: [",
        "2026-05-01, ": "2026-05-01, 2026-05-05, ",
    }
    approve(round_.workspace, prepare(round_.workspace, more, AFTER_DEADLINE), AFTER_DEADLINE)
    assert round_.entries(act="CallAmended")[0]["inputs"]["changed"] == ["appeal", "weekend", "non_working_days"]


# The draw


DRAWN_LATER = {
    "published_on: 2026-06-13": "published_on: 2026-09-12",
    "published_on: 2026-06-16": "published_on: 2026-09-15",
}


def test_a_draw_moves_to_days_to_come_while_the_scores_are_open(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    approve(round_.workspace, prepare(round_.workspace, DRAWN_LATER, SCORING), SCORING)
    assert round_.entries(act="CallAmended")[0]["inputs"]["changed"] == ["ranking"]


@pytest.mark.parametrize(
    "changes",
    [
        {"published_on: 2026-06-13": "published_on: 2026-06-12"},
        {"published_on: 2026-06-13": "published_on: 2026-06-20"},
        {**DRAWN_LATER, "numbers_count: 6": "numbers_count: 5"},
        {**DRAWN_LATER, "name: Powerball": "name: Another lottery"},
        {**DRAWN_LATER, "tie_breaks: [priority]": "tie_breaks: [priority, lower_grant]"},
    ],
    ids=["earlier", "past by then", "fewer numbers", "another source", "another tie-break"],
)
def test_after_the_deadline_a_draw_stays_what_it_is(round_: Round, changes: dict[str, str]) -> None:
    round_.receive([application("A1")])
    round_.screen()
    with pytest.raises(RefusedError, match="ranking cannot change any more"):
        prepare(round_.workspace, changes, AFTER_DRAW)


def test_after_the_deadline_a_draw_is_not_abolished(round_: Round) -> None:
    round_.screen()
    path = round_.workspace.folder / "workflows" / "calls" / f"{round_.call}.yaml"
    text = path.read_text("utf-8")
    draw = text[text.index("  draw:\n") : text.index("\nallocation:")]
    with pytest.raises(RefusedError, match="ranking cannot change any more"):
        prepare(round_.workspace, {draw: ""}, SCORING)


# Who scores, and how


def scoring(settings: str) -> dict[str, str]:
    """A change that gives the call terms for evaluators and their marks."""
    return {"\nranking:\n": f"\n{settings}\nranking:\n"}


DUE = "scoring: {clause: '5.3', due_on: {proposal: %s}, if_late: refused}\nevaluators: {conflict_years: %d}"


@pytest.fixture
def timed(workspace: Workspace) -> Round:
    """A published call whose marks are due on a day."""
    edit(workspace, "calls", CALL, scoring(DUE % ("2026-06-05", 3)))
    return publish(workspace)


def test_evaluators_get_more_days_after_the_deadline(timed: Round) -> None:
    timed.receive([application("A1")])
    timed.screen()
    approve(timed.workspace, prepare(timed.workspace, {"2026-06-05": "2026-06-12"}, SCORING), SCORING)
    assert timed.entries(act="CallAmended")[0]["inputs"]["changed"] == ["scoring"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"2026-06-05": "2026-06-04"}, "scoring"),
        ({"if_late: refused": "if_late: refused, anonymous_at: [proposal]"}, "scoring"),
        ({"conflict_years: 3": "conflict_years: 0"}, "evaluators"),
    ],
)
def test_after_the_deadline_who_scores_and_how_stands(timed: Round, changes: dict[str, str], rule: str) -> None:
    timed.receive([application("A1")])
    timed.screen()
    with pytest.raises(RefusedError, match=f"{rule} cannot change any more"):
        prepare(timed.workspace, changes, SCORING)
