"""Delegation: a role held for another person on some days, and every entry written so names both."""

from datetime import UTC, date, datetime

import pytest

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotAuthorisedError, NotFoundError, RefusedError
from pipgrants.services import calls, delegate, people, ratify
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, FUND, Round, activate, application, as_, draft

FIRST, LAST = date(2026, 6, 20), date(2026, 6, 25)


def lend(
    workspace: Workspace,
    *,
    by: str = "marcos",
    of: str = "marcos",
    to: str = "edna",
    role: Role = Role.PROGRAMME_MANAGER,
    from_on: date = FIRST,
    until_on: date = LAST,
    now: datetime = AFTER_DRAW,
) -> int:
    return delegate.delegate_role(
        workspace,
        as_(by),
        now,
        delegator=of,
        delegate=to,
        role=role,
        from_on=from_on,
        until_on=until_on,
        reason="Vacaciones",
    )


def approve(workspace: Workspace, package: str, by: str, now: datetime) -> None:
    ratify.ratify(workspace, as_(by), now, package=package)


def test_a_delegate_acts_and_the_entries_name_both(workspace: Workspace) -> None:
    activate(workspace, FUND)
    package = draft(workspace)
    lend(workspace)
    approve(workspace, package, "edna", AFTER_DRAW)
    [entry] = Round(workspace).entries(act="CallAuthorised")
    assert (entry["actor"], entry["on_behalf_of"], entry["role"], entry["tier"]) == (
        "edna",
        "marcos",
        "programme_manager",
        "management",
    )


def test_the_trail_says_who_delegated_what_to_whom_and_why(workspace: Workspace) -> None:
    number = lend(workspace)
    delegate.end_delegation(workspace, as_("marcos"), AFTER_DRAW, number=number, reason="Volvió")
    given, ended = Round(workspace).entries(subject="actor/edna")[-2:]
    assert (given["act"], given["actor"], given["role"], given["reason"]) == (
        "RoleDelegated",
        "marcos",
        "programme_manager",
        "Vacaciones",
    )
    assert given["inputs"] == {
        "number": 1,
        "delegator": "marcos",
        "role": "programme_manager",
        "from_on": "2026-06-20",
        "until_on": "2026-06-25",
    }
    assert (ended["act"], ended["inputs"], ended["reason"]) == ("DelegationEnded", {"number": 1}, "Volvió")
    [row] = delegate.list_delegations(workspace)
    assert row.ended_at == ended["at"]


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (datetime(2026, 6, 19, 23, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 6, 20, 0, 0, tzinfo=UTC), True),
        (datetime(2026, 6, 25, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 6, 26, 0, 0, tzinfo=UTC), False),
    ],
)
def test_it_holds_from_the_first_day_to_the_last_in_utc(workspace: Workspace, now: datetime, holds: bool) -> None:
    activate(workspace, FUND)
    package = draft(workspace)
    lend(workspace, now=datetime(2026, 6, 1, tzinfo=UTC))
    if holds:
        approve(workspace, package, "edna", now)
    else:
        with pytest.raises(NotAuthorisedError) as refused:
            approve(workspace, package, "edna", now)
        assert str(refused.value).startswith(
            "package ratify is for programme_manager of the management tier; edna has evaluator; the role of "
            "programme_manager delegated by marcos (delegation 1) holds from 2026-06-20 to 2026-06-25, in UTC"
        )


def test_an_ended_delegation_refuses_and_says_since_when(round_: Round) -> None:
    number = lend(round_.workspace, by="olga", of="olga", role=Role.COORDINATION_OFFICER)
    round_.receive([application("A1")])
    delegate.end_delegation(round_.workspace, as_("admin"), AFTER_DRAW, number=number, reason="Volvió")
    with pytest.raises(NotAuthorisedError, match=r"delegated by olga \(delegation 1\) was ended at 2026-06-22T15:00"):
        calls.close_call(round_.workspace, as_("edna"), AFTER_DRAW, call=round_.call)


def test_it_holds_no_longer_than_the_role_of_the_delegator(workspace: Workspace) -> None:
    activate(workspace, FUND)
    package = draft(workspace)
    lend(workspace)
    people.revoke_role(
        workspace, as_("admin"), AFTER_DRAW, actor="marcos", role=Role.PROGRAMME_MANAGER, reason="Fin de contrato"
    )
    with pytest.raises(NotAuthorisedError, match="edna has evaluator"):
        approve(workspace, package, "edna", AFTER_DRAW)


def test_a_delegated_role_goes_no_further(workspace: Workspace) -> None:
    lend(workspace)
    with pytest.raises(NotAuthorisedError, match="a role that is itself delegated goes no further"):
        lend(workspace, by="edna", of="edna", to="emilio")
    with pytest.raises(NotAuthorisedError, match="edna cannot delegate the role of programme_manager of marcos"):
        lend(workspace, by="edna", of="marcos", to="emilio")
    with pytest.raises(RefusedError, match="edna does not hold the role of programme_manager"):
        lend(workspace, by="admin", of="edna", to="emilio")


def test_nobody_delegates_the_role_of_another(workspace: Workspace) -> None:
    with pytest.raises(NotAuthorisedError, match="olga cannot delegate the role of programme_manager of marcos"):
        lend(workspace, by="olga")


def test_an_administrator_delegates_for_somebody(workspace: Workspace) -> None:
    lend(workspace, by="admin")
    [entry] = Round(workspace).entries(act="RoleDelegated")
    assert (entry["actor"], entry["role"], entry["inputs"]["delegator"]) == ("admin", "administrator", "marcos")


@pytest.mark.parametrize(
    ("of", "role"),
    [("eva", Role.EVALUATOR), ("iris", Role.IMPLEMENTING_AGENCY), ("admin", Role.ADMINISTRATOR)],
)
def test_what_is_personal_is_not_delegated(workspace: Workspace, of: str, role: Role) -> None:
    with pytest.raises(RefusedError, match=f"the role of {role} cannot be delegated"):
        lend(workspace, by="admin", of=of, to="aldo", role=role)


def test_an_auditor_holds_no_other_role_for_somebody_either(workspace: Workspace) -> None:
    why = "an auditor reads everything and changes nothing"
    with pytest.raises(RefusedError, match=f"aldo would be auditor and programme manager; {why}"):
        lend(workspace, to="aldo")
    with pytest.raises(RefusedError, match=f"edna would be auditor and evaluator; {why}"):
        lend(workspace, by="aldo", of="aldo", role=Role.AUDITOR)
    for actor in ("nora", "noe"):
        people.add_actor(workspace, as_("admin"), AFTER_DRAW, actor=actor, name=actor, roles=(), os_user=None)
    lend(workspace, by="aldo", of="aldo", to="nora", role=Role.AUDITOR, from_on=LAST)
    with pytest.raises(RefusedError, match=f"nora would be auditor and programme manager; {why}"):
        lend(workspace, to="nora")
    with pytest.raises(RefusedError, match=f"nora would be auditor and evaluator; {why}"):
        people.grant_role(workspace, as_("admin"), AFTER_DRAW, actor="nora", role=Role.EVALUATOR)
    lent = lend(workspace, to="noe")
    with pytest.raises(RefusedError, match=f"noe would be auditor and programme manager; {why}"):
        people.grant_role(workspace, as_("admin"), AFTER_DRAW, actor="noe", role=Role.AUDITOR)
    delegate.end_delegation(workspace, as_("marcos"), AFTER_DRAW, number=lent, reason="Volvió")
    people.grant_role(workspace, as_("admin"), AFTER_DRAW, actor="noe", role=Role.AUDITOR)


@pytest.mark.parametrize(
    ("from_on", "until_on"), [(LAST, FIRST), (date(2026, 6, 1), date(2026, 6, 21)), (LAST, date(2026, 6, 24))]
)
def test_days_that_are_over_or_out_of_order_are_refused(workspace: Workspace, from_on: date, until_on: date) -> None:
    with pytest.raises(RefusedError, match=f"from {from_on} to {until_on}; today is 2026-06-22 in UTC"):
        lend(workspace, from_on=from_on, until_on=until_on)


@pytest.mark.parametrize("to", ["marcos", "pedro"])
def test_who_holds_the_role_is_no_delegate(workspace: Workspace, to: str) -> None:
    people.add_actor(
        workspace,
        as_("admin"),
        AFTER_DRAW,
        actor="pedro",
        name="Pedro",
        roles=(Role.PROGRAMME_MANAGER,),
        os_user=None,
    )
    with pytest.raises(RefusedError, match=f"{to} holds the role of programme_manager already"):
        lend(workspace, to=to)


def test_an_unknown_delegation_is_not_found(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="there is no delegation 1"):
        delegate.end_delegation(workspace, as_("marcos"), AFTER_DRAW, number=1, reason="Volvió")


def test_a_delegation_ends_once(workspace: Workspace) -> None:
    number = lend(workspace)
    with pytest.raises(NotAuthorisedError):
        delegate.end_delegation(workspace, as_("olga"), AFTER_DRAW, number=number, reason="Volvió")
    delegate.end_delegation(workspace, as_("marcos"), AFTER_DRAW, number=number, reason="Volvió")
    with pytest.raises(RefusedError, match="delegation 1 was ended at"):
        delegate.end_delegation(workspace, as_("marcos"), AFTER_DRAW, number=number, reason="Volvió")
    later = lend(workspace)
    with pytest.raises(RefusedError, match="delegation 2 ended with 2026-06-25"):
        delegate.end_delegation(
            workspace, as_("marcos"), datetime(2026, 6, 26, tzinfo=UTC), number=later, reason="Volvió"
        )


@pytest.mark.parametrize("reason", ["", "  "])
def test_ending_a_delegation_needs_a_reason(workspace: Workspace, reason: str) -> None:
    number = lend(workspace)
    with pytest.raises(RefusedError, match=r"DelegationEnded of actor/edna .* needs a reason"):
        delegate.end_delegation(workspace, as_("marcos"), AFTER_DRAW, number=number, reason=reason)
