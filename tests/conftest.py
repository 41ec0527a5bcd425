"""Fixtures shared by all tests: real data, and rounds that every test copies and none changes."""

from pathlib import Path

import pytest

from disputed import with_supplier
from pipgrants.services.workspace import Workspace
from points import make_points
from projected import running, told_awards
from rounds import Round, application, copied, open_workspace, publish

PROJECT = Path(__file__).resolve().parents[1]
SHARED = PROJECT.parent / "shared"
MARKS = {"A1": "5", "A2": "4.5", "A3": "4", "A4": "2.5"}
"""The marks of the four proposals of ``packaged_round``; the last one stays below the minimum total."""


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout; tests that need it are skipped where it is absent."""
    data = SHARED / "data"
    if not data.is_dir():
        pytest.skip("needs the real data in ../shared/data, which is not here")
    return data


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


@pytest.fixture(scope="session")
def supplied(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A project in execution, and a service provider on record."""
    return with_supplier(running(told_awards(copied(staffed, tmp_path_factory.mktemp("supplied") / "agency"))))


@pytest.fixture(scope="session")
def ready(published: Round, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Round]:
    """The same round at the points where acts are possible."""
    return make_points(published, tmp_path_factory.mktemp("ready"))
