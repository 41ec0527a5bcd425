"""Packages: one person prepares, another approves, and nothing in between may change."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import (
    ConcurrentChangeError,
    NotAuthorisedError,
    NotFoundError,
    PipgrantsError,
    RefusedError,
    TrailIntegrityError,
)
from pipgrants.services import answers, calls, parties, people, programmes, ratify
from pipgrants.services.amend import amend_call
from pipgrants.services.release import release
from pipgrants.trail.canonical import text_hash
from rounds import AFTER_DRAW, BEFORE_OPENING, WHILE_OPEN, Round, application, as_, edit, hash_of_tables, tamper

Prepared = tuple[Round, str]


def give_back(round_: Round, package: str, reason: str = "Falta un dictamen") -> None:
    ratify.return_package(round_.workspace, as_("marcos"), AFTER_DRAW, package=package, reason=reason)


def withdraw(round_: Round, reference: str) -> None:
    answers.withdraw(
        round_.workspace, as_("olga"), AFTER_DRAW, proposal=round_.numbers[reference], reason="Cambio de planes"
    )


def states_of_packages(round_: Round) -> list[str]:
    with round_.workspace.read() as unit:
        return [row.state for row in unit.packages.of_call(round_.call) if row.kind == "allocation"]


# Two persons


def test_a_package_is_ratified_by_another_person(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    ratified = round_.ratify(package)
    assert ratified.determinations == {"award": 3, "decline": 1}
    assert [round_.state(name) for name in ("A1", "A2", "A3", "A4")] == ["awarded", "awarded", "awarded", "declined"]
    assert states_of_packages(round_) == ["ratified"]


def test_who_prepared_cannot_ratify_even_as_a_manager(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    people.grant_role(round_.workspace, as_("admin"), AFTER_DRAW, actor="olga", role=Role.PROGRAMME_MANAGER)
    before = hash_of_tables(round_.workspace.folder)
    with pytest.raises(RefusedError, match="preparing and approving are two persons"):
        round_.ratify(package, by="olga")
    assert hash_of_tables(round_.workspace.folder) == before


def test_a_manager_who_is_an_officer_too_ratifies_what_another_prepared(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    people.grant_role(round_.workspace, as_("admin"), AFTER_DRAW, actor="marcos", role=Role.COORDINATION_OFFICER)
    assert round_.ratify(package).determinations == {"award": 3, "decline": 1}


@pytest.mark.parametrize("actor", ["olga", "iris", "eva", "aldo", "admin"])
def test_nobody_but_a_manager_ratifies(packaged_round: Prepared, actor: str) -> None:
    round_, package = packaged_round
    with pytest.raises(NotAuthorisedError, match="programme_manager"):
        round_.ratify(package, by=actor)


def test_who_prepared_is_known_by_the_trail(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    people.grant_role(round_.workspace, as_("admin"), AFTER_DRAW, actor="olga", role=Role.PROGRAMME_MANAGER)
    assert tamper(round_.workspace.folder, "UPDATE package SET prepared_by = 'iris' WHERE hash = ?", (package,))
    with pytest.raises(TrailIntegrityError, match="prepared by iris; the trail says olga"):
        round_.ratify(package, by="olga")


def test_a_package_is_ratified_once(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    round_.ratify(package)
    with pytest.raises(RefusedError, match="is ratified"):
        round_.ratify(package)


def test_a_dry_run_of_ratifying_changes_nothing(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    before = hash_of_tables(round_.workspace.folder)
    would = ratify.ratify(round_.workspace, as_("marcos"), AFTER_DRAW, package=package, dry_run=True)
    assert hash_of_tables(round_.workspace.folder) == before
    assert would == round_.ratify(package)._replace(checkpoint=None)


def test_preparing_the_same_again_gives_the_same_hash(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    give_back(round_, package)
    assert round_.prepare().package == package


# Changed past the program


ALTERED = {
    "a mark": "UPDATE evaluation SET marks = json_set(marks, '$.business_ideas', '0') WHERE evaluator = 'eva'",
    "an amount asked for": "UPDATE proposal SET grant_minor = grant_minor + 1 WHERE reference = 'A1'",
    "a total": "UPDATE proposal SET total_minor = total_minor - 1 WHERE reference = 'A4'",
    "a state": "UPDATE proposal SET state = 'screened_out' WHERE reference = 'A4'",
    "a counterpart line": "UPDATE counterpart_line SET amount_minor = 1 WHERE proposal LIKE '%4'",
    "the source of a counterpart": "UPDATE counterpart_line SET source = 'bank_loan' WHERE proposal LIKE '%1'",
    "a budget line": "DELETE FROM budget_line WHERE proposal LIKE '%1' AND position = 1",
    "a member": "UPDATE member SET member_type = 'other' WHERE proposal LIKE '%1' AND position = 2",
    "a fact of a member": "UPDATE party SET size_class = 'large' WHERE name = 'Taller A1-2'",
    "an objective": "UPDATE objective SET target = '1000' WHERE proposal LIKE '%1' AND position = 1",
    "a paper": "UPDATE evidence SET kind = 'other' WHERE proposal LIKE '%2' AND position = 2",
    "a place of the ranking": "UPDATE ranking_line SET total = '101' WHERE rank = 3",
    "the order of the ranking": "UPDATE ranking_line SET rank = 9 WHERE rank = 1",
    "an evaluation": "DELETE FROM evaluation WHERE evaluator = 'edna' AND proposal LIKE '%1'",
    "an outcome": "UPDATE package_line SET outcome = 'award' WHERE outcome = 'decline'",
    "an award": "UPDATE package_line SET amount_minor = amount_minor * 2 WHERE rank = 1",
    "the reasons of a decision": "UPDATE package_line SET detail = CAST('{}' AS BLOB) WHERE rank = 4",
    "a line left out": "DELETE FROM package_line WHERE rank = 4",
    "the package's envelope": "UPDATE package SET content = replace(content, '9000000', '9000001')",
    "the package's inputs": 'UPDATE package SET content = replace(content, \'"inputs":"\', \'"inputs":"0\')',
}


@pytest.mark.parametrize("statement", ALTERED.values(), ids=ALTERED.keys())
def test_a_package_changed_after_preparation_cannot_be_ratified(packaged_round: Prepared, statement: str) -> None:
    round_, package = packaged_round
    assert tamper(round_.workspace.folder, statement)
    before = hash_of_tables(round_.workspace.folder)
    with pytest.raises(RefusedError, match=r"cannot be ratified: .* changed after it was prepared"):
        round_.ratify(package)
    assert hash_of_tables(round_.workspace.folder) == before


@pytest.mark.parametrize("kind", ["call", "machine", "templates", "programme"])
def test_a_definition_changed_in_the_store_is_noticed(packaged_round: Prepared, kind: str) -> None:
    round_, package = packaged_round
    changed = "UPDATE definition SET content = content || ' ' WHERE kind = ?"
    assert tamper(round_.workspace.folder, changed, (kind,))
    with pytest.raises(TrailIntegrityError, match=f"the stored {kind} .* was changed"):
        round_.ratify(package)
        release(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call)


def test_another_definition_put_in_the_place_of_the_call_is_noticed(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    edit(round_.workspace, "calls", round_.call, {"  minimum_total: 60": "  minimum_total: 10"})
    content = (round_.workspace.folder / "workflows" / "calls" / f"{round_.call}.yaml").read_text(encoding="utf-8")
    row = (text_hash(content), "call", round_.call, content)
    tamper(round_.workspace.folder, "INSERT INTO definition VALUES (?, ?, ?, ?)", row)
    tamper(round_.workspace.folder, 'UPDATE "call" SET definition_hash = ?', (row[0],))
    with pytest.raises(RefusedError, match="the definitions"):
        round_.ratify(package)


# Changed by an act


def revise_the_programme(round_: Round, _: Path) -> None:
    edit(round_.workspace, "programmes", "competitiveness-fund", {"amount: 4000000": "amount: 5000000"})
    drafted = programmes.draft_programme(round_.workspace, as_("olga"), AFTER_DRAW, file="competitiveness-fund")
    round_.ratify(drafted.package)


@pytest.mark.parametrize(
    "act",
    [lambda round_, _: withdraw(round_, "A2"), revise_the_programme],
    ids=["withdrawn", "programme revised"],
)
def test_an_act_in_between_is_noticed_too(
    packaged_round: Prepared, tmp_path: Path, act: Callable[[Round, Path], None]
) -> None:
    round_, package = packaged_round
    act(round_, tmp_path)
    with pytest.raises(RefusedError, match="changed after it was prepared") as refused:
        round_.ratify(package)
    assert "return it" in refused.value.next_step


def test_redacting_a_party_changes_no_decision(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    with round_.workspace.read() as unit:
        lead = unit.proposals.get(round_.numbers["A1"]).lead
    parties.redact(round_.workspace, as_("olga"), AFTER_DRAW, party=lead, reason="Solicitud del titular")
    assert round_.ratify(package).determinations == {"award": 3, "decline": 1}


# Returning


def test_a_returned_package_is_prepared_again_after_the_change(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    withdraw(round_, "A2")
    give_back(round_, package)
    with pytest.raises(RefusedError, match="PIP1-000002 is no longer as ranked") as refused:
        round_.prepare()
    assert "pipgrants rank pip-one-stage" in refused.value.next_step
    round_.rank()
    again = round_.prepare().package
    assert again != package
    assert round_.ratify(again).determinations == {"award": 2, "decline": 1}
    assert sorted(states_of_packages(round_)) == ["ratified", "returned"]


def test_a_package_returned_without_reason_stays(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    with pytest.raises(RefusedError, match="needs a reason"):
        give_back(round_, package, " ")
    assert states_of_packages(round_) == ["prepared"]


def test_a_returned_package_is_not_ratified(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    give_back(round_, package)
    with pytest.raises(RefusedError, match="is returned"):
        round_.ratify(package)
    with pytest.raises(ConcurrentChangeError, match="no longer waits"):
        give_back(round_, package)


def test_the_reason_of_a_return_stands_in_the_trail(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    give_back(round_, package)
    entry = round_.entries(act="PackageReturned")[0]
    assert (entry["reason"], entry["inputs"], entry["actor"]) == ("Falta un dictamen", {"package": package}, "marcos")


# Naming a package


def test_a_package_is_named_by_the_beginning_of_its_hash(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    assert round_.ratify(package[:12]).package == package


@pytest.mark.parametrize("name", ["", "0123456", "f" * 64])
def test_an_unknown_package_is_not_found(packaged_round: Prepared, name: str) -> None:
    round_, _ = packaged_round
    with pytest.raises(NotFoundError, match="no package begins with"):
        round_.ratify(name)


def test_every_package_of_a_round_is_refused_once_its_content_changed(sealed_round: Callable[[str], Round]) -> None:
    """Authorisations, amendments and programmes go the way of allocations."""
    round_ = sealed_round("other kinds")
    edit(round_.workspace, "calls", round_.call, {"reserve_count: 10": "reserve_count: 11"})
    edit(round_.workspace, "programmes", "competitiveness-fund", {"amount: 4000000": "amount: 5000000"})
    packages = [
        amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=round_.call, reason="Errata").package,
        calls.draft_call(round_.workspace, as_("olga"), BEFORE_OPENING, file="pip-two-stage").package,
        programmes.draft_programme(round_.workspace, as_("olga"), WHILE_OPEN, file="competitiveness-fund").package,
    ]
    tamper(round_.workspace.folder, 'UPDATE package SET content = replace(content, \'"facts":{\', \'"facts":{"x":1,\')')
    for package in packages:
        with pytest.raises(PipgrantsError, match="the package changed after it was prepared"):
            round_.ratify(package, WHILE_OPEN)


def test_a_call_redefined_past_the_program_is_not_authorised(sealed_round: Callable[[str], Round]) -> None:
    round_ = sealed_round("redefined")
    package = calls.draft_call(round_.workspace, as_("olga"), BEFORE_OPENING, file="pip-two-stage").package
    other = "(SELECT machine_hash FROM call WHERE call = 'pip-one-stage')"
    tamper(round_.workspace.folder, f"UPDATE call SET proposal_machine_hash = {other} WHERE call = 'pip-two-stage'")
    with pytest.raises(RefusedError, match="the definitions changed"):
        round_.ratify(package, BEFORE_OPENING)


def test_a_proposal_of_the_round_keeps_its_decision_by_package(packaged_round: Prepared) -> None:
    round_, package = packaged_round
    round_.ratify(package)
    with round_.workspace.read() as unit:
        row = unit.proposals.get(round_.numbers["A1"])
        line = unit.packages.line(package, row.number)
    assert row.determination_package == package
    assert line is not None
    assert (line.outcome, line.amount_minor) == ("award", 10_000_000)
    assert application("A1").grant_amount == 100_000


def test_a_call_in_which_nothing_is_to_be_decided_is_not_prepared(round_: Round) -> None:
    round_.screen()
    round_.close_scores()
    round_.rank()
    with pytest.raises(RefusedError, match="there is nothing to decide in pip-one-stage") as refused:
        round_.prepare()
    assert "pipgrants call void pip-one-stage" in str(refused.value.next_step)


def test_a_paper_settled_that_no_proposal_of_the_call_pledges_changes_nothing(
    packaged_round: tuple[Round, str],
) -> None:
    round_, package = packaged_round
    with round_.workspace.act(as_("olga"), AFTER_DRAW) as act:
        act.unit.evidence.settle("paper:of-another-call", next(iter(round_.states())))
    round_.ratify(package)
    assert "award" in round_.letter_kinds("A1")
