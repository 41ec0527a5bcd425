"""Rounds at several points of their life; each test gets a copy of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipgrants.services.workspace import Workspace
from rounds import Round, application, copied, open_workspace, publish

MARKS = {"A1": "5", "A2": "4.5", "A3": "4", "A4": "2.5"}
"""The marks of the four proposals of ``packaged_round``; the last one stays below the minimum total."""


@pytest.fixture(scope="session")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return open_workspace(tmp_path_factory.mktemp("staffed") / "agency")


@pytest.fixture(scope="session")
def published(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return publish(copied(staffed, tmp_path_factory.mktemp("published") / "agency"))


@pytest.fixture(scope="session")
def packaged(published: Round, tmp_path_factory: pytest.TempPathFactory) -> tuple[Round, str]:
    round_ = published.copy(tmp_path_factory.mktemp("packaged") / "agency")
    round_.receive([application(reference) for reference in MARKS])
    return round_, round_.to_package(MARKS)


@pytest.fixture
def workspace(staffed: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with its people, and nothing else."""
    return copied(staffed, tmp_path / "agency")


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
