"""Who acts: claimed with ``--as`` until somebody is mapped, then never more than the operating-system user is."""

import pytest

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotAuthorisedError, NotFoundError, RefusedError, UsageError
from pipgrants.services import people
from pipgrants.services.workspace import Identity, Workspace, identity, init
from rounds import BEFORE_OPENING, WHILE_OPEN, Round, application, as_, hash_of_tables


def add(workspace: Workspace, who: Identity, actor: str = "nora", os_user: str | None = None, *roles: Role) -> None:
    people.add_actor(workspace, who, WHILE_OPEN, actor=actor, name="Nora Díaz", roles=roles, os_user=os_user)


def map_to(workspace: Workspace, actor: str, os_user: str, who: Identity | None = None) -> None:
    people.map_actor(workspace, who or as_("admin"), WHILE_OPEN, actor=actor, os_user=os_user)


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


def test_the_identity_of_the_running_command_names_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "uolga")
    running = identity("olga")
    assert (running.claimed, running.os_user) == ("olga", "uolga")
    assert running.host


# Mapped


@pytest.fixture
def mapped(workspace: Workspace) -> Workspace:
    map_to(workspace, "admin", "uadmin")
    for actor, user in (("olga", "uolga"), ("marcos", "umarcos")):
        map_to(workspace, actor, user, Identity("admin", "uadmin", "testhost"))
    return workspace


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


def test_a_user_mapped_to_two_persons_says_which(mapped: Workspace) -> None:
    administrator = Identity("admin", "uadmin", "testhost")
    add(mapped, administrator, "nora", "uadmin", Role.AUDITOR)
    with pytest.raises(NotAuthorisedError, match="is mapped to admin, nora; the command was given no --as"):
        add(mapped, Identity(None, "uadmin", "testhost"), "otra")
    add(mapped, administrator, "otra")


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


def test_the_first_entry_names_the_administrator(workspace: Workspace) -> None:
    entry = Round(workspace).entries()[0]
    assert (entry["sequence"], entry["act"], entry["inputs"]["administrator"]) == (1, "WorkspaceCreated", "admin")


def test_a_folder_that_holds_something_is_no_new_workspace(workspace: Workspace) -> None:
    with pytest.raises(RefusedError, match="is not empty"):
        init(workspace.folder, "otro", "Otro", as_("otro"), BEFORE_OPENING)


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
