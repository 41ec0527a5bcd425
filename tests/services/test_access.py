"""Audits, exports and what-ifs are written down before anything is read, and reading writes nothing else."""

from pathlib import Path

import pytest

from pipgrants.domain.vocabulary import Role
from pipgrants.errors import NotAuthorisedError, RefusedError, UsageError
from pipgrants.services import delegate, people
from pipgrants.services.access import ACCESS_LOG, EVERYTHING, log_auditor, permitted_read, read_accesses
from pipgrants.services.imports import export_proposals
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.trail.access_log import Access, check, lines
from rounds import AFTER_DRAW, Round, application, as_, hash_of_tables


def accesses(workspace: Workspace) -> list[Access]:
    return [line.access for line in lines(workspace.folder / ACCESS_LOG)]


def test_a_permitted_read_says_who_what_and_when(workspace: Workspace) -> None:
    with permitted_read(workspace, as_("aldo"), AFTER_DRAW, "audit.replay", "call/x") as unit:
        assert unit.ledger.size() > 0
    assert accesses(workspace) == [
        Access("2026-06-22T15:00:00.000000Z", "aldo", "auditor", "tester", "testhost", "audit.replay", "call/x")
    ]


def test_the_line_is_kept_though_the_reading_fails(workspace: Workspace) -> None:
    with pytest.raises(RefusedError), permitted_read(workspace, as_("aldo"), AFTER_DRAW, "audit.verify"):
        raise RefusedError("something in the reading")
    assert [access.did for access in accesses(workspace)] == ["audit.verify"]


def test_an_auditor_cannot_write_on_any_path(workspace: Workspace) -> None:
    before = hash_of_tables(workspace.folder)
    for statement in ("write", "unlock and write"):
        with (
            pytest.raises(RefusedError, match="this user may only read it"),
            permitted_read(workspace, as_("aldo"), AFTER_DRAW, "audit.verify") as unit,
        ):
            if statement != "write":
                unit._connection.exec_driver_sql("PRAGMA query_only = OFF")
            unit.set("anything", "at all")
    assert hash_of_tables(workspace.folder) == before


def test_nothing_is_read_that_cannot_be_written_down(workspace: Workspace) -> None:
    (workspace.folder / ACCESS_LOG).mkdir()
    has_read = False
    with (
        pytest.raises(RefusedError, match="nothing is read that is not written down"),
        permitted_read(workspace, as_("aldo"), AFTER_DRAW, "audit.verify"),
    ):
        has_read = True
    assert not has_read


def test_who_may_not_read_is_refused_and_nobody_reads_unnamed(workspace: Workspace) -> None:
    with (
        pytest.raises(NotAuthorisedError, match=r"audit verify is for auditor or coordination_officer of the"),
        permitted_read(workspace, as_("eva"), AFTER_DRAW, "audit.verify"),
    ):
        pass
    with (
        pytest.raises(UsageError, match="who is acting"),
        permitted_read(workspace, Identity(None, "tester", "testhost"), AFTER_DRAW, "audit.verify"),
    ):
        pass
    assert accesses(workspace) == []


@pytest.mark.parametrize(("claimed", "count"), [("aldo", 1), ("olga", 0), ("nobody", 0), (None, 0)])
def test_what_is_open_to_all_is_written_down_for_auditors(
    workspace: Workspace, claimed: str | None, count: int
) -> None:
    log_auditor(workspace, Identity(claimed, "tester", "testhost"), AFTER_DRAW, "audit.explain", "proposal/PIP1-000001")
    assert [(access.actor, access.did) for access in accesses(workspace)] == [("aldo", "audit.explain")] * count


def test_an_auditor_known_by_the_operating_system_need_not_say_so(workspace: Workspace) -> None:
    for actor, user in (("admin", "uadmin"), ("aldo", "ualdo")):
        who = as_("admin") if actor == "admin" else Identity("admin", "uadmin", "testhost")
        people.map_actor(workspace, who, AFTER_DRAW, actor=actor, os_user=user)
    for user in ("ualdo", "uolga"):
        log_auditor(workspace, Identity(None, user, "testhost"), AFTER_DRAW, "audit.explain")
    assert [(access.actor, access.os_user) for access in accesses(workspace)] == [("aldo", "ualdo")]


def test_an_export_is_written_down_without_any_applicants_data(round_: Round, tmp_path: Path) -> None:
    round_.receive([application("A1")])
    export_proposals(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call, path=tmp_path / "export.json")
    assert [(access.actor, access.role, access.did, access.subject) for access in accesses(round_.workspace)] == [
        ("olga", "coordination_officer", "proposal.export", f"call/{round_.call}")
    ]
    assert "Taller" not in (round_.workspace.folder / ACCESS_LOG).read_text(encoding="utf-8")


def test_reading_the_log_is_a_line_of_it(workspace: Workspace) -> None:
    for _ in range(2):
        found = read_accesses(workspace, as_("aldo"), AFTER_DRAW)
    assert [(line.number, line.access.did, line.access.subject) for line in found.lines] == [
        (1, "audit.accesses", EVERYTHING),
        (2, "audit.accesses", EVERYTHING),
    ]
    assert found.broken == []
    assert check(workspace.folder / ACCESS_LOG) == []


def test_every_auditor_is_written_down_also_one_by_delegation(workspace: Workspace) -> None:
    for actor, roles in {"zoe": (Role.AUDITOR,), "noe": ()}.items():
        people.add_actor(workspace, as_("admin"), AFTER_DRAW, actor=actor, name=actor, roles=roles, os_user=None)
    delegate.delegate_role(
        workspace,
        as_("aldo"),
        AFTER_DRAW,
        delegator="aldo",
        delegate="noe",
        role=Role.AUDITOR,
        from_on=AFTER_DRAW.date(),
        until_on=AFTER_DRAW.date(),
        reason="Vacaciones",
    )
    for reader in ("aldo", "zoe", "noe", "olga"):
        log_auditor(workspace, as_(reader), AFTER_DRAW, "audit.explain")
    assert [access.actor for access in accesses(workspace)] == ["aldo", "zoe", "noe"]
