"""Commands about letters in processes that tell what they are doing, and are killed at a random moment of it."""

import ctypes
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from pipgrants.errors import RefusedError
from pipgrants.letters.carriers import SmtpCarrier
from pipgrants.services.letter_files import write_letters
from pipgrants.services.letters import Renderer
from pipgrants.services.outbox import send
from pipgrants.services.printing import merge_letters
from pipgrants.services.release import release
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, CALL, as_

NOW = datetime(2026, 6, 23, 15, 0, tzinfo=UTC)
PRINTED = "post.pdf"
RENDERING, WRITING, DONE = "rendering", "writing", "done"
"""What a command does while it makes a letter as text, page or PDF, while a file is half written on a slow disk, and
after all; else it does what it is called by."""
SLOWNESS = 0.003
"""Seconds that a file stays half written."""
Steps = list[tuple[str, float]]
"""What a command does, one thing after the other, each with its seconds."""

_COPIES = multiprocessing.get_context("forkserver")
_COPIES.set_forkserver_preload(
    ["pikepdf", "pytest", "segno", "typst", *(name for name in sys.modules if name.startswith("pipgrants."))]
)
"""Processes begin as copies of one that never used Typst, whose threads are not copied."""


class Moment(NamedTuple):
    """So many seconds after a step began."""

    place: int
    seconds: float


def release_letters(workspace: Workspace) -> None:
    with suppress(RefusedError):
        release(workspace, as_("olga"), AFTER_DRAW, call=CALL, pdf=True)


def write(workspace: Workspace) -> None:
    write_letters(workspace, CALL, NOW)


def print_letters(workspace: Workspace) -> None:
    with suppress(RefusedError):
        merge_letters(workspace, as_("olga"), NOW, call=CALL, path=workspace.folder / PRINTED, everybody=True)


def send_letters(workspace: Workspace) -> None:
    send(workspace, as_("olga"), lambda: NOW, call=CALL, ask_password=str)


COMMANDS: dict[str, Callable[[Workspace], None]] = {
    "release": release_letters,
    "write": write,
    "print": print_letters,
    "send": send_letters,
}
"""Each can be repeated; what is done already is refused, and stays as it is."""


def undisturbed(command: str, folder: Path) -> Steps:
    """Lets a command run to its end."""
    process, told = _begun(command, folder, None)
    steps, times = [], []
    with suppress(EOFError):
        while True:
            steps.append(told.recv())
            times.append(time.monotonic())
    process.join()
    assert process.exitcode == 0
    return [(step, after - before) for step, before, after in zip(steps, times, times[1:], strict=False)]


def random_moment(steps: Steps, wanted: str, moments: random.Random) -> Moment:
    """A moment of those in which a command does what is wanted."""
    durations = [seconds if step == wanted else 0 for step, seconds in steps]
    [place] = moments.choices(range(len(steps)), durations)
    return Moment(place, moments.uniform(0, durations[place]))


def killed(command: str, folder: Path, moment: Moment) -> tuple[str, list[int]]:
    """Lets a command be killed.

    Returns what it was doing, and the processes that it left and that did not end by themselves.
    """
    process, told = _begun(command, folder, moment)
    steps = []
    with suppress(EOFError):
        while True:
            steps.append(told.recv())
    process.join()
    assert process.exitcode == -signal.SIGKILL
    return steps[-1], _left(process.pid or 0)


def _begun(command: str, folder: Path, moment: Moment | None) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    told, tell = _COPIES.Pipe(duplex=False)
    process = _COPIES.Process(target=_run, args=(command, folder, moment, tell))
    process.start()
    tell.close()
    return process, told


def _run(command: str, folder: Path, moment: Moment | None, told: Connection) -> None:
    os.setsid()
    places = iter(range(1_000))

    def tell(step: str) -> None:
        told.send(step)
        if moment is not None and next(places) == moment.place:
            _be_killed_after(moment.seconds)

    def telling(step: str, act: Callable[..., object]) -> Callable[..., object]:
        def acting(*given: object) -> object:
            tell(step)
            try:
                return act(*given)
            finally:
                tell(command)

        return acting

    def write_slowly(path: Path, content: bytes) -> None:
        half = len(content) // 2
        with path.open("wb", buffering=0) as file:
            file.write(content[:half])
            telling(WRITING, time.sleep)(SLOWNESS)
            file.write(content[half:])

    Renderer.whole, Renderer.pdf = telling(RENDERING, Renderer.whole), telling(RENDERING, Renderer.pdf)
    SmtpCarrier.deliver = telling(command, SmtpCarrier.deliver)
    Path.write_bytes = write_slowly
    tell(command)
    COMMANDS[command](Workspace(folder))
    tell(DONE)
    if moment is not None:
        signal.pause()


def _be_killed_after(seconds: float) -> None:
    """Has the kernel kill this process by its own clock, whatever the process does then and others do beside it."""
    libc, timer = ctypes.CDLL(None), ctypes.c_void_p()
    event = (ctypes.c_int * 16)(0, 0, signal.SIGKILL)
    """``struct sigevent``: eight bytes to hand over, the signal, and 0 for sending it."""
    after = (ctypes.c_long * 4)(0, 0, *divmod(int(seconds * 1e9) + 1, 10**9))
    """``struct itimerspec``: not again, and the seconds and nanoseconds."""
    assert libc.timer_create(time.CLOCK_MONOTONIC, event, ctypes.byref(timer)) == 0
    assert libc.timer_settime(timer, 0, after, None) == 0


def _left(session: int, patience: float = 10) -> list[int]:
    """The processes of a session that still run when patience has ended."""
    deadline = time.monotonic() + patience
    while left := [int(path.name) for path in Path("/proc").glob("[0-9]*") if _is_running(path, session)]:
        if time.monotonic() > deadline:
            return left
        time.sleep(0.005)
    return []


def _is_running(process: Path, session: int) -> bool:
    try:
        state, _, _, of_session = (process / "stat").read_text().rpartition(")")[2].split()[:4]
    except OSError:
        return False
    return int(of_session) == session and state not in "ZX"
