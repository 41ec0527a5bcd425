"""No one person scores a proposal and decides on it, or prepares a package and approves it, delegates included."""

from datetime import date
from decimal import Decimal

import pytest

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import RefusedError
from pipgrants.services import delegate, people
from pipgrants.services.allocate import prepare_allocation
from pipgrants.services.ratify import ratify
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, SCORING, Round, application, as_, hash_of_tables

MARKS = {"A1": Decimal(5), "A2": Decimal(4)}


def give(workspace: Workspace, actor: str, role: Role) -> None:
    people.grant_role(workspace, as_("admin"), SCORING, actor=actor, role=role)


def lend(workspace: Workspace, of: str, to: str, role: Role) -> None:
    delegate.delegate_role(
        workspace,
        as_(of),
        SCORING,
        delegator=of,
        delegate=to,
        role=role,
        from_on=SCORING.date(),
        until_on=date(2026, 12, 31),
        reason="Vacaciones",
    )


@pytest.fixture
def ranked(round_: Round) -> Round:
    """A ranked round that eva, emilio and edna have scored."""
    round_.receive([application(reference) for reference in MARKS])
    round_.screen()
    round_.score(MARKS)
    round_.rank()
    return round_


def test_who_scored_does_not_prepare_the_decision(ranked: Round) -> None:
    give(ranked.workspace, "eva", Role.COORDINATION_OFFICER)
    before = hash_of_tables(ranked.workspace.folder)
    with pytest.raises(RefusedError, match=r"eva scored PIP1-00000\d \(entry \d+\); who scores a proposal neither"):
        prepare_allocation(ranked.workspace, as_("eva"), AFTER_DRAW, call=ranked.call)
    assert hash_of_tables(ranked.workspace.folder) == before


def test_a_delegate_who_scored_does_not_prepare_the_decision(ranked: Round) -> None:
    lend(ranked.workspace, "olga", "eva", Role.COORDINATION_OFFICER)
    with pytest.raises(RefusedError, match="eva scored"):
        prepare_allocation(ranked.workspace, as_("eva"), AFTER_DRAW, call=ranked.call)


def test_who_typed_the_marks_of_others_has_not_scored(ranked: Round) -> None:
    assert {entry["actor"] for entry in ranked.entries(act="ProposalScored")} == {"olga"}
    assert ranked.prepare().totals


def test_who_scored_does_not_approve_the_decision(ranked: Round) -> None:
    package = ranked.prepare().package
    give(ranked.workspace, "edna", Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match="edna scored"):
        ranked.ratify(package, by="edna")


def test_who_prepared_does_not_approve_in_another_role(ranked: Round) -> None:
    package = ranked.prepare().package
    give(ranked.workspace, "olga", Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match=r"olga prepared package \w{12} .*, and olga cannot approve") as refused:
        ranked.ratify(package, by="olga")
    assert refused.value.exit_code == 3


def test_who_prepared_does_not_approve_for_another(ranked: Round) -> None:
    package = ranked.prepare().package
    lend(ranked.workspace, "marcos", "olga", Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match="olga prepared package"):
        ranked.ratify(package, by="olga")


def test_who_delegates_the_preparing_does_not_approve(ranked: Round) -> None:
    give(ranked.workspace, "olga", Role.PROGRAMME_MANAGER)
    people.add_actor(ranked.workspace, as_("admin"), SCORING, actor="nora", name="Nora", roles=(), os_user=None)
    lend(ranked.workspace, "olga", "nora", Role.COORDINATION_OFFICER)
    package = prepare_allocation(ranked.workspace, as_("nora"), AFTER_DRAW, call=ranked.call).package
    with pytest.raises(RefusedError, match=r"olga prepared package .* and olga cannot approve"):
        ranked.ratify(package, by="olga")
    assert ratify(ranked.workspace, as_("marcos"), AFTER_DRAW, package=package).determinations == {"award": 2}


def test_a_person_does_not_approve_what_was_prepared_for_them(ranked: Round) -> None:
    give(ranked.workspace, "marcos", Role.COORDINATION_OFFICER)
    package = prepare_allocation(ranked.workspace, as_("marcos"), AFTER_DRAW, call=ranked.call).package
    lend(ranked.workspace, "marcos", "iris", Role.PROGRAMME_MANAGER)
    with pytest.raises(RefusedError, match=r"marcos prepared package .* and iris cannot approve"):
        ranked.ratify(package, by="iris")
