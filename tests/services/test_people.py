"""People on record: registered, mapped to operating-system users, given and losing roles; an administrator stays."""

import pytest

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import RefusedError, UsageError
from pipgrants.services import people
from pipgrants.services.workspace import Identity, Workspace
from rounds import WHILE_OPEN, Round, as_, hash_of_tables


def add(workspace: Workspace, who: Identity, actor: str = "nora", os_user: str | None = None, *roles: Role) -> None:
    people.add_actor(workspace, who, WHILE_OPEN, actor=actor, name="Nora Díaz", roles=roles, os_user=os_user)


def map_to(workspace: Workspace, actor: str, os_user: str, who: Identity | None = None) -> None:
    people.map_actor(workspace, who or as_("admin"), WHILE_OPEN, actor=actor, os_user=os_user)


# Mapping


def test_the_first_mapping_keeps_an_administrator(workspace: Workspace) -> None:
    with pytest.raises(RefusedError, match="no administrator is"):
        map_to(workspace, "olga", "uolga")
    with pytest.raises(RefusedError, match="no administrator is"):
        add(workspace, as_("admin"), "nora", "unora", Role.AUDITOR)
    map_to(workspace, "admin", "uadmin")
    map_to(workspace, "olga", "uolga", Identity("admin", "uadmin", "testhost"))


def test_mapping_stands_in_the_trail(mapped: Workspace) -> None:
    entries = Round(mapped).entries(act="ActorMapped")
    assert [(entry["subject"], entry["inputs"]) for entry in entries] == [
        ("actor/admin", {"os_user": "uadmin"}),
        ("actor/olga", {"os_user": "uolga"}),
        ("actor/marcos", {"os_user": "umarcos"}),
    ]


def test_one_person_is_one_actor(mapped: Workspace) -> None:
    administrator, before = Identity("admin", "uadmin", "testhost"), hash_of_tables(mapped.folder)
    with pytest.raises(RefusedError, match="'uolga' is olga already; one person is one actor") as refused:
        map_to(mapped, "marcos", "uolga", administrator)
    assert refused.value.next_step == "give olga the other roles: pipgrants actor grant olga ROLE"
    with pytest.raises(RefusedError, match="'uolga' is olga already"):
        add(mapped, administrator, "nora", "uolga", Role.PROGRAMME_MANAGER)
    assert hash_of_tables(mapped.folder) == before
    map_to(mapped, "olga", "uolga", administrator)


# Roles


def test_a_role_is_granted_and_revoked(workspace: Workspace) -> None:
    add(workspace, as_("admin"))
    people.grant_role(workspace, as_("admin"), WHILE_OPEN, actor="nora", role=Role.AUDITOR)
    with pytest.raises(RefusedError, match="nora is auditor already"):
        people.grant_role(workspace, as_("admin"), WHILE_OPEN, actor="nora", role=Role.AUDITOR)
    people.revoke_role(workspace, as_("admin"), WHILE_OPEN, actor="nora", role=Role.AUDITOR, reason="Fin de contrato")
    assert {row.actor: row.roles for row in people.list_actors(workspace)}["nora"] == ()
    with pytest.raises(RefusedError, match="nora is not auditor"):
        people.revoke_role(workspace, as_("admin"), WHILE_OPEN, actor="nora", role=Role.AUDITOR, reason="Otra vez")


@pytest.mark.parametrize("other", sorted(set(Role) - {Role.AUDITOR}))
def test_an_auditor_holds_no_role_that_changes_something(workspace: Workspace, other: Role) -> None:
    why = f"nora would be auditor and {other.value.replace('_', ' ')}; an auditor reads everything and changes nothing"
    before = hash_of_tables(workspace.folder)
    with pytest.raises(RefusedError, match=why):
        add(workspace, as_("admin"), "nora", None, other, Role.AUDITOR)
    assert hash_of_tables(workspace.folder) == before
    add(workspace, as_("admin"), "nora", None, other)
    with pytest.raises(RefusedError, match=why):
        people.grant_role(workspace, as_("admin"), WHILE_OPEN, actor="nora", role=Role.AUDITOR)
    people.revoke_role(workspace, as_("admin"), WHILE_OPEN, actor="nora", role=other, reason="Cambia de oficina")
    people.grant_role(workspace, as_("admin"), WHILE_OPEN, actor="nora", role=Role.AUDITOR)
    with pytest.raises(RefusedError, match=why):
        people.grant_role(workspace, as_("admin"), WHILE_OPEN, actor="nora", role=other)


def test_the_last_administrator_stays(workspace: Workspace) -> None:
    with pytest.raises(RefusedError, match="nobody would be administrator any more"):
        people.revoke_role(
            workspace, as_("admin"), WHILE_OPEN, actor="admin", role=Role.ADMINISTRATOR, reason="Renuncia"
        )


def test_a_name_is_taken_once(workspace: Workspace) -> None:
    add(workspace, as_("admin"))
    with pytest.raises(RefusedError, match="nora is on record already"):
        add(workspace, as_("admin"))


@pytest.mark.parametrize("actor", ["", "Nora", "nora díaz", "-nora", "n" * 41, "nora\n"])
def test_a_short_name_is_short_and_plain(workspace: Workspace, actor: str) -> None:
    with pytest.raises(UsageError, match="is not a short name"):
        add(workspace, as_("admin"), actor)
