"""Who is acting: claimed with ``--as`` until somebody is mapped, then never more than the operating-system user is."""

import pytest

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotAuthorisedError, NotFoundError, UsageError
from pipgrants.services import people
from pipgrants.services.workspace import Identity, Workspace
from rounds import WHILE_OPEN, Round, application, as_, hash_of_tables, tamper


def add(workspace: Workspace, who: Identity, actor: str = "nora", os_user: str | None = None, *roles: Role) -> None:
    people.add_actor(workspace, who, WHILE_OPEN, actor=actor, name="Nora Díaz", roles=roles, os_user=os_user)


# Unmapped


def test_an_unmapped_actor_is_claimed_with_user_and_host(workspace: Workspace) -> None:
    add(workspace, Identity("admin", "uadmin", "oficina-1"))
    entry = Round(workspace).entries(act="ActorAdded")[-1]
    assert entry["actor"] == "admin"
    assert entry["known_by"] == {"method": "claimed", "user": "uadmin", "host": "oficina-1"}


def test_without_a_name_nobody_acts(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="who is acting") as refused:
        add(workspace, Identity(None, "tester", "testhost"))
    assert "--as" in refused.value.next_step


def test_an_unknown_name_is_not_found(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="there is no actor 'nadie'; on record: admin, aldo"):
        add(workspace, as_("nadie"))


# Mapped


def test_a_mapped_actor_is_known_by_the_operating_system(mapped: Workspace) -> None:
    add(mapped, Identity(None, "uadmin", "oficina-1"))
    entry = Round(mapped).entries(act="ActorAdded")[-1]
    assert (entry["actor"], entry["known_by"]) == (
        "admin",
        {"method": "operating_system", "user": "uadmin", "host": "oficina-1"},
    )


@pytest.mark.parametrize(
    ("claimed", "user"),
    [
        ("admin", "uolga"),
        ("marcos", "uolga"),
        ("olga", "umarcos"),
        ("iris", "uiris"),
        ("admin", "root"),
        (None, "root"),
    ],
)
def test_as_never_exceeds_what_the_user_is_mapped_to(mapped: Workspace, claimed: str | None, user: str) -> None:
    before = hash_of_tables(mapped.folder)
    with pytest.raises(NotAuthorisedError, match=f"the operating-system user '{user}' is mapped to"):
        add(mapped, Identity(claimed, user, "testhost"))
    assert hash_of_tables(mapped.folder) == before


def test_a_user_whom_an_earlier_version_mapped_to_two_persons_says_which(mapped: Workspace) -> None:
    administrator = Identity("admin", "uadmin", "testhost")
    add(mapped, administrator, "nora", None, Role.AUDITOR)
    tamper(mapped.folder, "UPDATE actor SET os_user = 'uadmin' WHERE actor = 'nora'")
    with pytest.raises(NotAuthorisedError, match="is mapped to admin, nora; the command was given no --as"):
        add(mapped, Identity(None, "uadmin", "testhost"), "otra")
    add(mapped, administrator, "otra")


# Roles


def test_a_revoked_officer_cannot_go_on(round_: Round) -> None:
    people.revoke_role(
        round_.workspace,
        as_("admin"),
        WHILE_OPEN,
        actor="olga",
        role=Role.COORDINATION_OFFICER,
        reason="Fin de contrato",
    )
    with pytest.raises(NotAuthorisedError):
        round_.receive([application("A1")])
