"""Two persons acting on one call at the same time: one comes first, and the trail has no gap."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipgrants.errors import ConcurrentChangeError, ImportRefusedError, NotFoundError, RefusedError
from pipgrants.services import answers, calls, inquiries, ratify, receive, screen
from pipgrants.services.audit.verify import verify
from pipgrants.services.release import release
from pipgrants.services.workspace import Workspace
from pipgrants.store import database
from pipgrants.store.unit import Unit
from rounds import AFTER_DEADLINE, AFTER_DRAW, SOURCE, WHILE_OPEN, Round, application, as_

DONE, LOST, BROKEN = 0, 10, 20
CALL = "pip-one-stage"


def both(folder: Path, one: Callable[[Workspace], object], other: Callable[[Workspace], object]) -> list[int]:
    """Does two acts in two processes that begin together; how each ended, in order of their outcome."""
    gate_out, gate_in = os.pipe()
    children = []
    for act in (one, other):
        child = os.fork()
        if child == 0:
            ended = BROKEN
            try:
                os.read(gate_out, 1)
                ended = _outcome(act, folder)
            finally:
                os._exit(ended)
        children.append(child)
    os.write(gate_in, b"go")
    ends = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
    os.close(gate_out)
    os.close(gate_in)
    return ends


def _outcome(act: Callable[[Workspace], object], folder: Path) -> int:
    try:
        act(Workspace(folder))
    except (RefusedError, ImportRefusedError, ConcurrentChangeError):
        return LOST
    return DONE


def sequences(round_: Round) -> list[int]:
    return [entry["sequence"] for entry in round_.entries()]


def receive_file(prefix: str, references: range) -> Callable[[Workspace], object]:
    applications = [application(f"{prefix}{place}") for place in references]
    return lambda workspace: receive.receive_applications(
        workspace, as_("olga"), WHILE_OPEN, call=CALL, applications=applications, source=SOURCE
    )


@pytest.mark.parametrize("_again", range(3))
def test_two_files_with_the_same_references_one_wins(round_: Round, _again: int) -> None:
    same = receive_file("A", range(40))
    assert both(round_.workspace.folder, same, same) == [DONE, LOST]
    assert len(round_.states()) == 40
    assert sequences(round_) == list(range(1, len(sequences(round_)) + 1))


@pytest.mark.parametrize("_again", range(3))
def test_two_different_files_are_both_received(round_: Round, _again: int) -> None:
    ends = both(round_.workspace.folder, receive_file("A", range(40)), receive_file("B", range(40)))
    assert ends == [DONE, DONE]
    assert sorted(round_.states()) == [f"PIP1-{place:06d}" for place in range(1, 81)]
    assert sequences(round_) == list(range(1, len(sequences(round_)) + 1))


def test_a_package_is_ratified_by_one_of_two(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round

    def approve(workspace: Workspace) -> object:
        return ratify.ratify(workspace, as_("marcos"), AFTER_DRAW, package=package)

    assert both(round_.workspace.folder, approve, approve) == [DONE, LOST]
    assert len(round_.entries(act="AllocationRatified")) == 1
    assert sequences(round_) == list(range(1, len(sequences(round_)) + 1))


def test_a_withdrawal_and_a_ratification_do_not_both_decide(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    number = round_.numbers["A2"]
    ends = both(
        round_.workspace.folder,
        lambda workspace: ratify.ratify(workspace, as_("marcos"), AFTER_DRAW, package=package),
        lambda workspace: answers.withdraw(workspace, as_("olga"), AFTER_DRAW, proposal=number, reason="Otro fondo"),
    )
    assert ends == [DONE, LOST]
    assert round_.state("A2") in {"awarded", "withdrawn"}
    assert sequences(round_) == list(range(1, len(sequences(round_)) + 1))


def test_screening_and_cancelling_do_not_both_happen(round_: Round) -> None:
    round_.receive([application(f"A{place}") for place in range(40)])
    ends = both(
        round_.workspace.folder,
        lambda workspace: screen.screen(workspace, as_("olga"), AFTER_DEADLINE, call=CALL),
        lambda workspace: calls.end_call(
            workspace, as_("marcos"), AFTER_DEADLINE, call=CALL, trigger="cancel", reason="Sin fondos"
        ),
    )
    assert ends == [DONE, LOST]
    assert set(round_.states().values()) in ({"eligible"}, {"call_void"})


def test_letters_are_released_once(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    round_.ratify(package)

    def send(workspace: Workspace) -> object:
        return release(workspace, as_("olga"), AFTER_DRAW, call=CALL)

    assert both(round_.workspace.folder, send, send) == [DONE, LOST]
    assert len(round_.entries(act="ApplicantNotified")) == 4


def test_who_waits_too_long_for_the_others_is_told(round_: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    busy, waiting = Workspace(round_.workspace.folder), Workspace(round_.workspace.folder)
    with busy.database.transaction(write=True), pytest.raises(ConcurrentChangeError) as refused:
        receive_file("A", range(1))(waiting)
    assert "run the command again" in refused.value.next_step
    assert refused.value.exit_code == 7


def test_a_reader_sees_the_round_before_or_after(round_: Round) -> None:
    """Reading does not wait for who is writing, and sees nothing of what is not finished."""
    writing = Workspace(round_.workspace.folder)
    with writing.database.transaction(write=True) as connection:
        connection.exec_driver_sql("UPDATE call SET state = 'void'")
        with round_.workspace.read() as unit:
            assert unit.calls.get(CALL).state == "published"
    with round_.workspace.read() as unit:
        assert unit.calls.get(CALL).state == "void"


def test_an_update_of_what_somebody_else_changed_is_noticed(round_: Round) -> None:
    round_.receive([application("A1"), application("A2")])
    one, two = round_.numbers.values()
    with round_.workspace.database.transaction(write=True) as connection:
        unit = Unit(connection)
        with pytest.raises(ConcurrentChangeError, match="1 of 2 records were changed by another command"):
            unit.proposals.move([("eligible", one, "received"), ("eligible", two, "screened_out")])
        with pytest.raises(ConcurrentChangeError, match="pip-one-stage was changed by another command"):
            unit.calls.move(CALL, "closed", "screened")


class Overtaken(Workspace):
    """A workspace in which somebody else acts once, between the look at the record and the act."""

    def __init__(self, folder: Path, other: Callable[[Workspace], object]) -> None:
        super().__init__(folder)
        self._other: Callable[[Workspace], object] | None = other

    def trail_size(self) -> int:
        size = super().trail_size()
        other, self._other = self._other, None
        if other is not None:
            other(Workspace(self.folder))
        return size


def test_an_officer_who_is_overtaken_is_told_by_what(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    size = len(round_.entries())

    def approve(workspace: Workspace) -> object:
        return ratify.ratify(workspace, as_("marcos"), AFTER_DRAW, package=package)

    with pytest.raises(ConcurrentChangeError) as refused:
        approve(Overtaken(round_.workspace.folder, approve))
    assert refused.value.exit_code == 7
    assert refused.value.message == (
        f"package {package[:12]} is ratified. Somebody else acted in the meantime: "
        f"entry {size + 1}, AllocationRatified of call/{CALL}; "
        f"entry {size + 2}, ProposalDetermined of proposal/PIP1-000001; "
        f"entry {size + 3}, ProposalDetermined of proposal/PIP1-000002 and 2 more"
    )


ACTS: dict[str, Callable[[Workspace], object]] = {
    "receive": receive_file("A", range(3)),
    "receive others": receive_file("B", range(2)),
    "screen": lambda workspace: screen.screen(workspace, as_("olga"), AFTER_DEADLINE, call=CALL),
    "withdraw": lambda workspace: answers.withdraw(
        workspace, as_("olga"), AFTER_DEADLINE, proposal="PIP1-000001", reason="Otro fondo"
    ),
    "cancel": lambda workspace: calls.end_call(
        workspace, as_("marcos"), AFTER_DEADLINE, call=CALL, trigger="cancel", reason="Sin fondos"
    ),
    "void": lambda workspace: calls.end_call(
        workspace, as_("marcos"), AFTER_DEADLINE, call=CALL, trigger="declare_void", reason="Reglas erradas"
    ),
    "ask": lambda workspace: inquiries.ask(workspace, as_("olga"), WHILE_OPEN, call=CALL, question="¿Quién puede?"),
    "release": lambda workspace: release(workspace, as_("olga"), AFTER_DEADLINE, call=CALL),
}


def attempt(name: str, workspace: Workspace) -> None:
    with suppress(RefusedError, ImportRefusedError, ConcurrentChangeError, NotFoundError):
        ACTS[name](workspace)


acts = st.sampled_from(sorted(ACTS))


@settings(max_examples=25, deadline=None)
@given(turns=st.lists(st.tuples(acts, acts | st.none()), min_size=1, max_size=6))
def test_whatever_two_officers_do_at_once_the_trail_is_gapless_and_true(
    published: Round, turns: list[tuple[str, str | None]]
) -> None:
    """Each turn one officer acts, or is overtaken by the other between looking and acting."""
    with tempfile.TemporaryDirectory() as temporary:
        round_ = published.copy(Path(temporary) / "agency")
        for name, other in turns:
            overtake = partial(attempt, other) if other else lambda _workspace: None
            attempt(name, Overtaken(round_.workspace.folder, overtake))
        verified = verify(round_.workspace, as_("aldo"), AFTER_DRAW)
        assert verified.faults == ()
        assert sequences(round_) == list(range(1, verified.checkpoint.size + 1))
