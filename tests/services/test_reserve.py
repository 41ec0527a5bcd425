"""The reserve list promotes: an award given up or money that came back funds who waits, and no award is touched."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services import people
from pipgrants.services.allocate import Proposed
from pipgrants.services.answers import withdraw
from pipgrants.services.audit.dossier import write_dossier
from pipgrants.services.audit.duties import review_duties
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.calls import archive
from pipgrants.services.explain import explain
from pipgrants.services.mutual_exclusions import record_mutual_exclusion
from pipgrants.services.ratify import return_package
from pipgrants.services.reserve import prepare_promotion, show_reserve
from pipgrants.services.results import write_results
from pipgrants.services.returned_money import record_return
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, CALL, Round, application, as_, edit, hash_of_tables, open_workspace, publish
from unpacked import check, unpack

DECIDED = datetime(2026, 6, 23, 15, 0, tzinfo=UTC)
LATER = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
EXPIRED = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
MARKS = {"A1": "5", "A2": "4", "A3": "3.5", "A4": "3"}


def decided(workspace: Workspace, changes: dict[str, str], marks: dict[str, str] = MARKS) -> Round:
    """A round of proposals of 100,000 each whose letters are released; the call's file is changed before."""
    edit(workspace, "calls", CALL, changes)
    round_ = publish(workspace)
    round_.receive([application(reference) for reference in marks])
    round_.ratify(round_.to_package(marks))
    round_.release(DECIDED)
    return round_


@pytest.fixture
def reserved(folder_of_call: tuple[Workspace, dict[str, str]]) -> Round:
    """A1 and A2 hold awards, A3 and A4 wait until the end of November."""
    workspace, changes = folder_of_call
    return decided(workspace, changes)


@pytest.fixture
def folder_of_call(tmp_path) -> tuple[Workspace, dict[str, str]]:
    workspace = open_workspace(tmp_path / "fund")
    text = (workspace.folder / "workflows" / "calls" / f"{CALL}.yaml").read_text(encoding="utf-8")
    envelope = next(line for line in text.splitlines() if line.startswith("envelope_amount:"))
    reserve = next(line for line in text.splitlines() if line.startswith("  reserve_count:"))
    return workspace, {
        envelope: "envelope_amount: 250000",
        reserve: "  reserve_count: 5\n  reserve_expires_on: 2026-11-30",
    }


def give_up(round_: Round, reference: str, now: datetime = LATER) -> None:
    withdraw(round_.workspace, as_("olga"), now, proposal=round_.numbers[reference], reason="Otro fondo")


def promote(round_: Round, now: datetime = LATER) -> Proposed:
    return prepare_promotion(round_.workspace, as_("olga"), now, call=CALL)


def outcomes(round_: Round, found: Proposed) -> dict[str, tuple[str, int | None]]:
    references = {number: reference for reference, number in round_.numbers.items()}
    return {references[line.proposal]: (line.outcome, line.amount_minor) for line in found.decisions}


def test_first_of_the_reserve_list_receives_what_was_given_up(reserved: Round) -> None:
    give_up(reserved, "A1")
    assert reserved.letter_kinds("A1") == ["receipt", "award", "withdrawal"]
    found = promote(reserved)
    assert outcomes(reserved, found) == {"A3": ("award", 10_000_000)}
    reserved.ratify(found.package, LATER)
    assert reserved.state("A3") == "awarded"
    assert reserved.letter_kinds("A3") == ["receipt", "reserve", "award"]
    reserved.release(LATER)
    assert {reference: reserved.state(reference) for reference in MARKS} == {
        "A1": "withdrawn",
        "A2": "notified",
        "A3": "notified",
        "A4": "notified",
    }


def test_promotion_stands_in_the_record(reserved: Round) -> None:
    """What is told of it follows from the entries, is derived again, and keeps duties apart."""
    give_up(reserved, "A1")
    reserved.ratify(promote(reserved).package, LATER)
    reserved.release(LATER)
    verified = verify(reserved.workspace, as_("aldo"), LATER)
    assert verified.faults == ()
    replayed = replay(reserved.workspace, as_("aldo"), LATER, call=CALL)
    assert replayed.differences == ()
    assert replayed.derived.packages == 2
    explained = explain(reserved.workspace, reserved.numbers["A3"])
    assert explained.data["decision"]["outcome"] == "award"
    assert explained.data["proposal"]["approved_by"] == "marcos"
    assert review_duties(reserved.workspace, as_("aldo"), LATER, call=CALL).conflicts == []


def test_dossier_of_a_call_with_promotions_is_checked_without_the_program(reserved: Round, tmp_path: Path) -> None:
    give_up(reserved, "A1")
    reserved.ratify(promote(reserved).package, LATER)
    out = tmp_path / "dossier.zip"
    write_dossier(reserved.workspace, as_("aldo"), LATER, subject=CALL, out=out)
    code, told = check(unpack(out, tmp_path), "proofs")
    assert (code, told[-1]) == (0, "Everything above holds.")


def test_results_name_who_was_promoted_and_who_gave_up(reserved: Round) -> None:
    give_up(reserved, "A1")
    reserved.ratify(promote(reserved).package, LATER)
    page = next(path for path in write_results(reserved.workspace, CALL) if path.name == "results.en.txt")
    before = page.read_text(encoding="utf-8")
    reserved.release(LATER)
    write_results(reserved.workspace, CALL)
    after = page.read_text(encoding="utf-8")
    assert "withdrawn" in before
    assert before.count("100,000") + 1 == after.count("100,000")


def test_money_that_came_back_is_free_for_the_reserve_list(reserved: Round) -> None:
    workspace, olga = reserved.workspace, as_("olga")
    left = record_return(
        workspace, olga, LATER, proposal=reserved.numbers["A2"], amount=Decimal(50_000), reason="Costó menos"
    )
    assert left.amount == 50_000
    assert show_reserve(workspace, CALL).free == "100000.00"
    found = promote(reserved)
    assert outcomes(reserved, found) == {"A3": ("award", 10_000_000)}
    reserved.ratify(found.package, LATER)
    assert replay(workspace, as_("aldo"), LATER, call=CALL).differences == ()
    assert verify(workspace, as_("aldo"), LATER).faults == ()


@pytest.mark.parametrize("amount", ["0", "100000.01", "0.001"])
def test_money_that_an_award_does_not_hold_cannot_come_back(reserved: Round, amount: str) -> None:
    with pytest.raises(RefusedError, match="cannot come back"):
        record_return(
            reserved.workspace,
            as_("olga"),
            LATER,
            proposal=reserved.numbers["A2"],
            amount=Decimal(amount),
            reason="Error",
        )


def test_proposal_without_an_award_returns_nothing(reserved: Round) -> None:
    with pytest.raises(RefusedError, match="holds no award"):
        record_return(
            reserved.workspace, as_("olga"), LATER, proposal=reserved.numbers["A3"], amount=Decimal(1), reason="Error"
        )


def test_nobody_is_promoted_with_money_that_the_rule_cannot_spend(reserved: Round) -> None:
    before = hash_of_tables(reserved.workspace.folder)
    with pytest.raises(RefusedError, match=r"USD 50,000.00 is free, .* none of the 2 that wait"):
        promote(reserved)
    assert hash_of_tables(reserved.workspace.folder) == before


def test_expired_reserve_list_promotes_nobody(reserved: Round) -> None:
    give_up(reserved, "A1")
    with pytest.raises(RefusedError, match="expired on 2026-11-30"):
        promote(reserved, EXPIRED)
    package = promote(reserved).package
    with pytest.raises(RefusedError, match="the reserve list has expired"):
        reserved.ratify(package, EXPIRED)


def test_call_is_not_archived_before_its_reserve_list_expires(reserved: Round) -> None:
    with pytest.raises(RefusedError, match="the reserve list has not expired yet"):
        archive(reserved.workspace, as_("olga"), datetime(2026, 11, 30, 15, 0, tzinfo=UTC), call=CALL)
    assert archive(reserved.workspace, as_("olga"), EXPIRED, call=CALL) == len(MARKS)


def test_promotion_is_ratified_by_somebody_else_and_can_be_returned(reserved: Round) -> None:
    give_up(reserved, "A1")
    package = promote(reserved).package
    with pytest.raises(NotAuthorisedError):
        reserved.ratify(package, LATER, by="olga")
    return_package(reserved.workspace, as_("marcos"), LATER, package=package, reason="Falta un papel")
    assert reserved.state("A3") == "notified"
    people.grant_role(reserved.workspace, as_("admin"), LATER, actor="olga", role=Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match="olga prepared package"):
        reserved.ratify(promote(reserved).package, LATER, by="olga")


def test_promotion_whose_ground_changed_is_refused(reserved: Round) -> None:
    give_up(reserved, "A1")
    package = promote(reserved).package
    give_up(reserved, "A3")
    with pytest.raises(RefusedError, match="changed after it was prepared"):
        reserved.ratify(package, LATER)
    assert outcomes(reserved, promote(reserved)) == {"A4": ("award", 10_000_000)}


def test_declined_proposal_has_nothing_to_give_up(folder_of_call: tuple[Workspace, dict[str, str]]) -> None:
    workspace, changes = folder_of_call
    short = {old: new.replace("reserve_count: 5", "reserve_count: 1") for old, new in changes.items()}
    last = decided(workspace, short)
    with pytest.raises(RefusedError, match="holds neither an award nor a place on the reserve list"):
        give_up(last, "A4")


def test_reserve_list_is_not_used_before_the_letters_are_released(
    folder_of_call: tuple[Workspace, dict[str, str]],
) -> None:
    workspace, changes = folder_of_call
    edit(workspace, "calls", CALL, changes)
    round_ = publish(workspace)
    round_.receive([application(reference) for reference in MARKS])
    round_.ratify(round_.to_package(MARKS))
    with pytest.raises(RefusedError, match="used once the letters with the decisions are released"):
        promote(round_)


def test_award_excludes_the_proposals_recorded_as_its_rivals(
    folder_of_call: tuple[Workspace, dict[str, str]],
) -> None:
    workspace, changes = folder_of_call
    edit(workspace, "calls", CALL, changes)
    round_ = publish(workspace)
    round_.receive([application(reference) for reference in MARKS])
    numbers = [round_.numbers[reference] for reference in ("A1", "A2")]
    record_mutual_exclusion(workspace, as_("olga"), AFTER_DRAW, proposals=numbers, reason="El mismo taller")
    package = round_.to_package(MARKS)
    round_.ratify(package)
    assert {reference: round_.state(reference) for reference in MARKS} == {
        "A1": "awarded",
        "A2": "declined",
        "A3": "awarded",
        "A4": "reserved",
    }
    assert replay(workspace, as_("aldo"), AFTER_DRAW, call=CALL).differences == ()
    assert verify(workspace, as_("aldo"), AFTER_DRAW).faults == ()
    with pytest.raises(RefusedError, match="decided already"):
        record_mutual_exclusion(workspace, as_("olga"), AFTER_DRAW, proposals=numbers, reason="Tarde")


def test_reserve_list_is_in_the_order_in_which_territories_without_an_award_come_first(
    folder_of_call: tuple[Workspace, dict[str, str]],
) -> None:
    """A1 and A4 hold awards. A2 was drawn before A3, of a territory that A1 holds until it gives up."""
    workspace, changes = folder_of_call
    edit(workspace, "calls", CALL, {**changes, "tie_breaks: [priority]": "tie_breaks: [territory_not_yet_funded]"})
    round_ = publish(workspace)
    territories = {"A1": "HN-FM", "A2": "HN-FM", "A3": "HN-CR", "A4": "HN-LE"}
    round_.receive([application(name)._replace(territory=code) for name, code in territories.items()])
    round_.screen()
    round_.score({"A1": Decimal(5), "A2": Decimal(4), "A3": Decimal(4), "A4": Decimal(4)})
    round_.draw()
    round_.rank()
    round_.ratify(round_.prepare().package)
    round_.release(DECIDED)
    assert in_turn(round_) == ["A3", "A2"]
    give_up(round_, "A1")
    assert in_turn(round_) == ["A2", "A3"]
    assert outcomes(round_, promote(round_)) == {"A2": ("award", 10_000_000)}


def in_turn(round_: Round) -> list[str]:
    references = {number: reference for reference, number in round_.numbers.items()}
    return [references[item.proposal] for item in show_reserve(round_.workspace, CALL).waiting]
