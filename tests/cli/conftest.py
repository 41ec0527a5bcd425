"""Desks at several points of a round; each test gets a copy of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from desk import Desk
from pipgrants.domain.application import Application
from pipgrants.exchange.export import write_applications
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DEADLINE, AFTER_DRAW, CALL, SCORING, WHILE_OPEN, Round, application, copied
from signing import make_key, public


@pytest.fixture
def desk(staffed: Workspace, tmp_path: Path) -> Desk:
    """A workspace with its people, before the call opens."""
    return Desk(copied(staffed, tmp_path / "agency").folder)


@pytest.fixture
def open_desk(published: Round, tmp_path: Path) -> Desk:
    """A round whose call is open."""
    return Desk(published.copy(tmp_path / "agency").workspace.folder, WHILE_OPEN)


@pytest.fixture
def packaged_desk(packaged: tuple[Round, str], tmp_path: Path) -> tuple[Desk, str]:
    """A round with four proposals whose allocation waits for ratification, and the hash of the package."""
    round_, package = packaged
    return Desk(round_.copy(tmp_path / "agency").workspace.folder, AFTER_DRAW), package


@pytest.fixture
def form(tmp_path: Path) -> Callable[..., Path]:
    """Writes applications as a filled-in form."""

    def write(*applications: Application, name: str = "applications.xlsx") -> Path:
        path = tmp_path / name
        write_applications(list(applications), path)
        return path

    return write


@pytest.fixture
def eligible(open_desk: Desk, form: Callable[..., Path]) -> Desk:
    """A round with two eligible proposals."""
    open_desk.do("proposal", "import", CALL, str(form(application("A1"), application("A2"))), by="olga")
    open_desk.now = AFTER_DEADLINE
    open_desk.do("screen", CALL, "--yes", by="olga")
    open_desk.now = SCORING
    return open_desk


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A private key that is on nobody's record."""
    return make_key(tmp_path / "id_ed25519")


@pytest.fixture
def keyed(packaged_desk: tuple[Desk, str], key: Path) -> tuple[Desk, str]:
    """A round that waits for the ratification of somebody with a key on record."""
    desk, package = packaged_desk
    desk.do("actor", "key", "add", "marcos", str(public(key)), by="admin")
    return desk, package
