"""Rounds at several points of their life; each test gets a copy of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipgrants.services import people
from pipgrants.services.workspace import Identity, Workspace
from rounds import WHILE_OPEN, Round, as_, copied


@pytest.fixture
def workspace(staffed: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with its people, and nothing else."""
    return copied(staffed, tmp_path / "agency")


@pytest.fixture
def mapped(workspace: Workspace) -> Workspace:
    """The same, where three people are mapped to operating-system users: ``uadmin``, ``uolga`` and ``umarcos``."""
    administrator = as_("admin")
    for actor in ("admin", "olga", "marcos"):
        people.map_actor(workspace, administrator, WHILE_OPEN, actor=actor, os_user=f"u{actor}")
        administrator = Identity("admin", "uadmin", "testhost")
    return workspace


@pytest.fixture
def round_(published: Round, tmp_path: Path) -> Round:
    """A round whose one-stage call is published."""
    return published.copy(tmp_path / "agency")


@pytest.fixture
def packaged_round(packaged: tuple[Round, str], tmp_path: Path) -> tuple[Round, str]:
    """A round with four proposals, prepared for ratification, and the hash of its package."""
    round_, package = packaged
    return round_.copy(tmp_path / "agency"), package


@pytest.fixture
def sealed_round(published: Round, tmp_path: Path) -> Callable[[str], Round]:
    """Makes as many copies of the published round as a test wants, by name."""
    return lambda name: published.copy(tmp_path / name)
