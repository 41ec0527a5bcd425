"""Calls: authorised within their programme, published, closed, cancelled, declared void, archived."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import DefinitionError, NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services import calls, letter_corrections, letters, notices, people, programmes, receive, screen
from pipgrants.services.amend import amend_call
from pipgrants.services.definitions import terms_of
from pipgrants.services.release import release
from pipgrants.services.workspace import Identity, Workspace
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    BEFORE_OPENING,
    CALL,
    FUND,
    LAST_MINUTE,
    LOWER_COUNTERPART,
    SOURCE,
    WHILE_OPEN,
    Round,
    activate,
    application,
    approve,
    as_,
    call_state,
    draft,
    edit,
    hash_of_tables,
)

# Authorising


@pytest.mark.parametrize(
    ("changes", "clause", "words"),
    [
        (LOWER_COUNTERPART, "4.2", "at least 0.5 of the proposal; the call has 0.45"),
        ({"  maximum_share: 0.50\ncounterpart": "  maximum_share: 0.60\ncounterpart"}, "4.1", "0.6"),
        (
            {"maximum_amount: 250000": "maximum_amount: 250001"},
            "4.4",
            r"at most USD 250,000\.00; the call has USD 250,001\.00",
        ),
        ({"  ineligible_sources: [other_public_grant]\n": ""}, "4.3", "other_public_grant"),
        (
            {"envelope_amount: 9000000": "envelope_amount: 40000001"},
            "",
            r"the envelope of USD 40,000,001\.00 exceeds the USD 40,000,000\.00 that the programme has left",
        ),
    ],
)
def test_a_call_laxer_than_its_programme_is_refused_at_draft_naming_the_clause(
    workspace: Workspace, changes: dict[str, str], clause: str, words: str
) -> None:
    activate(workspace)
    edit(workspace, "calls", "pip-one-stage", changes)
    before = hash_of_tables(workspace.folder)
    with pytest.raises(DefinitionError, match=words) as refused:
        draft(workspace)
    assert any(clause in problem.field for problem in refused.value.problems)
    assert hash_of_tables(workspace.folder) == before


def test_a_call_that_became_laxer_is_refused_at_authorisation(workspace: Workspace) -> None:
    activate(workspace)
    package = draft(workspace)
    edit(workspace, "programmes", FUND, {"maximum_grant_amount: 250000": "maximum_grant_amount: 200000"})
    activate(workspace)
    with pytest.raises(RefusedError, match="programme"):
        approve(workspace, package)
    with pytest.raises(DefinitionError, match=r"4\.4"):
        draft(workspace)
    assert call_state(workspace) == "drafted"


def test_two_calls_together_may_not_exceed_the_envelope(workspace: Workspace) -> None:
    activate(workspace)
    edit(workspace, "calls", "pip-one-stage", {"envelope_amount: 9000000": "envelope_amount: 28000000.01"})
    one, two = draft(workspace, "pip-one-stage"), draft(workspace, "pip-two-stage")
    approve(workspace, two)
    with pytest.raises(DefinitionError, match=r"28,000,000\.01 exceeds the USD 28,000,000\.00 that"):
        approve(workspace, one)
    assert [call_state(workspace, call) for call in ("pip-one-stage", "pip-two-stage")] == ["drafted", "authorised"]


def test_a_cancelled_call_gives_its_money_back_to_the_programme(workspace: Workspace) -> None:
    activate(workspace)
    edit(workspace, "calls", "pip-one-stage", {"envelope_amount: 9000000": "envelope_amount: 40000000"})
    approve(workspace, draft(workspace, "pip-two-stage"))
    with pytest.raises(DefinitionError):
        draft(workspace)
    calls.end_call(
        workspace, as_("marcos"), BEFORE_OPENING, call="pip-two-stage", trigger="cancel", reason="Sin demanda"
    )
    approve(workspace, draft(workspace))
    assert call_state(workspace) == "authorised"


def test_a_call_of_an_unknown_programme_is_refused(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="there is no programme 'competitiveness-fund'"):
        draft(workspace)


def test_a_call_is_not_drafted_before_its_programme_is_active(workspace: Workspace) -> None:
    package = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=FUND).package
    with pytest.raises(RefusedError, match="the programme competitiveness-fund is drafted") as refused:
        draft(workspace)
    assert refused.value.next_step == f"pipgrants ratify {package} --as MANAGER puts it in force"


def test_who_drafted_a_call_cannot_authorise_it(workspace: Workspace) -> None:
    activate(workspace)
    package = draft(workspace)
    people.grant_role(workspace, as_("admin"), BEFORE_OPENING, actor="olga", role=Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match="olga prepared package"):
        approve(workspace, package, by="olga")


def test_drafting_again_sets_the_earlier_package_aside(workspace: Workspace) -> None:
    activate(workspace)
    first = draft(workspace)
    edit(workspace, "calls", "pip-one-stage", {"envelope_amount: 9000000": "envelope_amount: 8000000"})
    second = draft(workspace)
    with pytest.raises(RefusedError, match="is superseded"):
        approve(workspace, first)
    approve(workspace, second)
    with workspace.read() as unit:
        assert str(unit.calls.get("pip-one-stage").envelope_amount) == "8000000.00"


def test_an_authorised_call_cannot_be_drafted_again(workspace: Workspace) -> None:
    activate(workspace)
    approve(workspace, draft(workspace))
    with pytest.raises(RefusedError, match="authorised already") as refused:
        draft(workspace)
    assert "call amend" in refused.value.next_step


def test_an_unauthorised_call_cannot_be_published(workspace: Workspace) -> None:
    activate(workspace)
    draft(workspace)
    with pytest.raises(RefusedError, match="is drafted, so that publish is not possible now"):
        notices.publish_call(workspace, as_("olga"), BEFORE_OPENING, call="pip-one-stage")


def test_a_call_whose_deadline_is_past_cannot_be_published(workspace: Workspace) -> None:
    activate(workspace)
    approve(workspace, draft(workspace))
    with pytest.raises(RefusedError, match="the deadline is past"):
        notices.publish_call(workspace, as_("olga"), AFTER_DEADLINE, call="pip-one-stage")


def test_the_published_notice_stands_in_the_trail_by_its_hash(workspace: Workspace) -> None:
    activate(workspace)
    approve(workspace, draft(workspace))
    pages = notices.publish_call(workspace, as_("olga"), BEFORE_OPENING, call="pip-one-stage")
    assert Round(workspace).entries(act="CallPublished")[0]["inputs"] == {
        "notices": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in pages.files}
    }
    assert pages.problem is None


def test_the_notice_is_that_of_an_amendment_ratified_just_before(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    activate(workspace)
    approve(workspace, draft(workspace))
    edit(workspace, "calls", "pip-one-stage", {"minimum_total: 60": "minimum_total: 65"})
    amended = amend_call(workspace, as_("olga"), BEFORE_OPENING, file="pip-one-stage", reason="Errata").package
    act = Workspace.act

    def after_another(self: Workspace, who: Identity, now: datetime, *, dry_run: bool = False) -> object:
        monkeypatch.setattr(Workspace, "act", act)
        approve(self, amended)
        return act(self, who, now, dry_run=dry_run)

    monkeypatch.setattr(Workspace, "act", after_another)
    pages = notices.publish_call(workspace, as_("olga"), BEFORE_OPENING, call="pip-one-stage")
    published = {path.name: path.read_bytes() for path in pages.files}
    notices.write_notices(workspace, "pip-one-stage")
    assert {path.name: path.read_bytes() for path in pages.files} == published
    assert Round(workspace).entries(act="CallPublished")[0]["inputs"]["notices"] == {
        name: hashlib.sha256(content).hexdigest() for name, content in published.items()
    }


def test_a_call_whose_notice_cannot_be_written_is_published_and_says_so(workspace: Workspace) -> None:
    activate(workspace)
    approve(workspace, draft(workspace))
    folder = workspace.folder / "notices"
    folder.rmdir()
    folder.touch()
    pages = notices.publish_call(workspace, as_("olga"), BEFORE_OPENING, call="pip-one-stage")
    assert pages.problem == f"{folder}/pip-one-stage: Not a directory"
    assert call_state(workspace, "pip-one-stage") == "published"
    folder.unlink()
    assert notices.write_notices(workspace, "pip-one-stage") == pages.files


def test_two_calls_do_not_share_a_number_prefix(workspace: Workspace) -> None:
    activate(workspace)
    draft(workspace)
    edit(workspace, "calls", "pip-two-stage", {"number_prefix: PIP2": "number_prefix: PIP1"})
    with pytest.raises(RefusedError, match="PIP1"):
        draft(workspace, "pip-two-stage")


def test_a_published_call_runs_from_the_store(round_: Round) -> None:
    edit(round_.workspace, "calls", round_.call, LOWER_COUNTERPART)
    edit(round_.workspace, "machines", "proposal_one_stage", {"    destination: received\n": "    destination: late\n"})
    edit(round_.workspace, "machines", "call", {"    destination: screened\n": "    destination: void\n"})
    edit(round_.workspace, "programmes", FUND, {"minimum_counterpart_share: 0.50": "minimum_counterpart_share: 0.60"})
    for template in (round_.workspace.folder / "templates" / "letters").glob("*.j2"):
        template.write_text("{{ nothing }}")
    round_.receive([application("A1"), application("A2", counterpart="95000")])
    assert round_.states() == dict.fromkeys(round_.numbers.values(), "received")
    round_.screen()
    assert (round_.state("A1"), round_.state("A2")) == ("eligible", "screened_out")
    assert "A1" in letters.preview(round_.workspace, round_.numbers["A1"]).text
    with round_.workspace.read() as unit:
        assert str(terms_of(unit.calls, round_.call).call.counterpart.minimum_share) == "0.50"


# Closing, cancelling, declaring void


def test_a_call_closes_when_its_last_minute_is_over(round_: Round) -> None:
    with pytest.raises(RefusedError, match="applications can still arrive"):
        calls.close_call(round_.workspace, as_("olga"), LAST_MINUTE + timedelta(seconds=59), call=round_.call)
    calls.close_call(round_.workspace, as_("olga"), LAST_MINUTE + timedelta(seconds=60), call=round_.call)
    assert call_state(round_.workspace) == "closed"


def test_screening_before_the_deadline_is_refused(round_: Round) -> None:
    round_.receive([application("A1")])
    with pytest.raises(RefusedError, match="applications can still arrive"):
        round_.screen(LAST_MINUTE)


def test_cancelling_ends_every_application_with_a_letter(round_: Round) -> None:
    round_.receive([application("A1"), application("A2")])
    ended = calls.end_call(
        round_.workspace, as_("marcos"), WHILE_OPEN, call=round_.call, trigger="cancel", reason="Sin fondos"
    )
    assert ended == 2
    assert call_state(round_.workspace) == "cancelled"
    assert set(round_.states().values()) == {"call_void"}
    assert round_.letter_kinds("A1") == ["receipt", "call_cancelled"]
    with pytest.raises(RefusedError, match="is cancelled"):
        round_.receive([application("A3")])


def test_a_call_past_its_deadline_is_declared_void_not_cancelled(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    with pytest.raises(RefusedError, match="is screened, so that cancel is not possible now"):
        calls.end_call(
            round_.workspace, as_("marcos"), AFTER_DEADLINE, call=round_.call, trigger="cancel", reason="Error"
        )
    calls.end_call(
        round_.workspace, as_("marcos"), AFTER_DEADLINE, call=round_.call, trigger="declare_void", reason="Error"
    )
    assert (call_state(round_.workspace), round_.state("A1")) == ("void", "call_void")


def test_who_was_late_is_told_that_the_call_is_void(round_: Round) -> None:
    round_.receive([application("A1"), application("A2")], AFTER_DEADLINE)
    round_.release()
    round_.receive([application("A3")], AFTER_DEADLINE)
    assert [round_.state(name) for name in ("A1", "A2", "A3")] == ["notified", "notified", "late"]
    calls.close_call(round_.workspace, as_("olga"), AFTER_DEADLINE, call=round_.call)
    ended = calls.end_call(
        round_.workspace, as_("marcos"), AFTER_DEADLINE, call=round_.call, trigger="declare_void", reason="Error"
    )
    assert ended == 3
    assert set(round_.states().values()) == {"call_void"}
    assert [round_.letter_kinds(name) for name in ("A1", "A3")] == [["late", "call_void"]] * 2


def test_nothing_waits_for_approval_once_a_call_is_void(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    calls.end_call(
        round_.workspace, as_("marcos"), AFTER_DRAW, call=round_.call, trigger="declare_void", reason="Error"
    )
    with round_.workspace.read() as unit:
        assert unit.packages.waiting() == []
    with pytest.raises(RefusedError, match="is superseded"):
        round_.ratify(package)


@pytest.mark.parametrize("reason", ["", " "])
def test_ending_a_call_needs_a_reason(round_: Round, reason: str) -> None:
    with pytest.raises(RefusedError, match="needs a reason"):
        calls.end_call(round_.workspace, as_("marcos"), WHILE_OPEN, call=round_.call, trigger="cancel", reason=reason)


def test_an_officer_cannot_cancel_a_call(round_: Round) -> None:
    with pytest.raises(NotAuthorisedError, match="programme_manager"):
        calls.end_call(
            round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, trigger="cancel", reason="Sin fondos"
        )


# Archiving


LAST_DAY = datetime(2026, 7, 6, 15, 0, tzinfo=UTC)
"""Of appealing against what was released ``AFTER_DRAW``."""


def test_a_call_is_archived_once_appeals_are_over(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    round_.ratify(package)
    release(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call)
    with pytest.raises(RefusedError, match="appeals can still be filed"):
        calls.archive(round_.workspace, as_("olga"), LAST_DAY, call=round_.call)
    calls.archive(round_.workspace, as_("olga"), LAST_DAY + timedelta(days=1), call=round_.call)
    assert call_state(round_.workspace) == "archived"


@pytest.fixture
def partly_released(packaged_round: tuple[Round, str]) -> Round:
    """A round whose decisions left, but for the letter about A4, which was corrected and waits for release."""
    round_, package = packaged_round
    round_.ratify(package)
    round_.release(AFTER_DRAW)
    letter = letters.letter_number(round_.letters("A4")[-1].number)
    letter_corrections.correct(round_.workspace, as_("olga"), AFTER_DRAW, letter=letter, reason="Dirección errada")
    return round_


def test_a_call_is_not_archived_while_a_letter_that_can_be_appealed_against_waits(partly_released: Round) -> None:
    number = letters.letter_number(partly_released.letters("A4")[-1].number)
    with pytest.raises(RefusedError, match=rf"not final: {number} \(decline\) waits for release") as refused:
        calls.archive(partly_released.workspace, as_("olga"), LAST_DAY + timedelta(days=30), call=CALL)
    assert refused.value.next_step == f"pipgrants letters release {CALL} --as OFFICER"


def test_the_letter_released_last_says_until_when_a_call_is_not_archived(partly_released: Round) -> None:
    partly_released.release(LAST_DAY)
    number = letters.letter_number(partly_released.letters("A4")[-1].number)
    said = rf"{number} \(decline\), released on 2026-07-06, can be appealed against until 2026-07-20"
    with pytest.raises(RefusedError, match=said):
        calls.archive(partly_released.workspace, as_("olga"), LAST_DAY + timedelta(days=14), call=CALL)
    calls.archive(partly_released.workspace, as_("olga"), LAST_DAY + timedelta(days=15), call=CALL)
    assert partly_released.state("A4") == "final"


def test_screening_a_call_that_is_not_published_is_refused(workspace: Workspace) -> None:
    activate(workspace)
    draft(workspace)
    with pytest.raises(RefusedError, match="is drafted, so that screen is not possible now"):
        screen.screen(workspace, as_("olga"), AFTER_DEADLINE, call="pip-one-stage")
    with pytest.raises(RefusedError, match="is drafted; applications are received once it is published"):
        receive.receive_applications(
            workspace, as_("olga"), WHILE_OPEN, call="pip-one-stage", applications=[application("A1")], source=SOURCE
        )
