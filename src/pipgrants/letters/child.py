"""The child process in which the templates of an agency are rendered, one letter after the other, within limits.

The closed subset of ``sandbox`` bounds what a template can ask for; here the operating system bounds what rendering can
take: time and memory for each letter, no file written, no secret of the environment in reach. A letter that goes beyond
ends the child, and only that letter fails: the next one gets a new child.

Parent and child exchange lines of JSON through pipes. ``python -m pipgrants.letters.child`` is the child's side.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import orjson

from pipgrants.errors import RefusedError
from pipgrants.letters.sandbox import BlockTemplates, freeze

MOST_OPEN_FILES = 16
READ_BYTES = 1 << 20


class Limits(NamedTuple):
    """What rendering one letter may take: seconds, and bytes of memory of the whole child."""

    seconds: int = 10
    memory_bytes: int = 512 * 1024 * 1024


USUAL = Limits()


class ChildTemplates:
    """Text blocks by template name, as ``BlockTemplates``, rendered in the child."""

    def __init__(self, sources: Mapping[str, str], child: Child | None = None) -> None:
        self._sources = dict(sources)
        self._hash = hashlib.sha256(orjson.dumps(self._sources, option=orjson.OPT_SORT_KEYS)).hexdigest()
        self._child = child or SHARED

    def render(self, name: str, data: Mapping[str, object], allowed: Collection[str]) -> dict[str, str]:
        """The text of every block of a template; ``allowed`` are the blocks it may have.

        Raises RefusedError naming file, line and reason where the template cannot be used, and where it went beyond
        the limits.
        """
        try:
            request = orjson.dumps({"templates": self._hash, "name": name, "data": data, "allowed": list(allowed)})
        except TypeError as error:
            freeze(data)
            raise RefusedError(f"{name}: the data cannot be handed over: {error}") from error
        answer = self._child.ask(self._hash, self._sources, request, name)
        if "refused" in answer:
            raise RefusedError(answer["refused"], next_step=answer["next_step"])
        blocks: dict[str, str] = answer["blocks"]
        return blocks


class Child:
    """One child process at a time, begun when it is needed and again after it ended."""

    def __init__(self, limits: Limits = USUAL) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._knows: set[str] = set()

    def ask(self, templates: str, sources: Mapping[str, str], request: bytes, name: str) -> dict[str, Any]:
        """What the child answers to a request. Raises RefusedError where it ended over it."""
        process = self._running()
        try:
            if templates not in self._knows:
                self._send(process, orjson.dumps({"templates": templates, "sources": sources}))
                self._knows.add(templates)
            self._send(process, request)
            answer: dict[str, Any] = orjson.loads(self._line(process))
        except (OSError, EOFError, orjson.JSONDecodeError) as error:
            raise self._stopped(process, name) from error
        return answer

    def close(self) -> None:
        """Ends the child."""
        process, self._process = self._process, None
        self._knows = set()
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _running(self) -> subprocess.Popen[bytes]:
        """The child of this process: one that a fork inherited belongs to the other process."""
        if self._process is None or self._owner != os.getpid():
            self._process, self._owner, self._knows = self._begin(), os.getpid(), set()
        return self._process

    def _begin(self) -> subprocess.Popen[bytes]:
        seconds, memory = map(str, self._limits)
        return subprocess.Popen(  # noqa: S603 - this program itself, with two numbers
            [sys.executable, "-P", "-m", "pipgrants.letters.child", seconds, memory],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUTF8": "1"},
        )

    def _send(self, process: subprocess.Popen[bytes], message: bytes) -> None:
        pipe, rest = cast(IO[bytes], process.stdin), memoryview(message + b"\n")
        while rest:
            rest = rest[pipe.write(rest) :]

    def _line(self, process: subprocess.Popen[bytes]) -> bytes:
        """The child's answer. Raises EOFError where it ended, or took too long."""
        pipe, line = cast(IO[bytes], process.stdout), b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([pipe], [], [], self._limits.seconds)
            piece = os.read(pipe.fileno(), READ_BYTES) if ready else b""
            if not piece:
                raise EOFError
            line += piece
        return line

    def _stopped(self, process: subprocess.Popen[bytes], name: str) -> RefusedError:
        """The child is ended, and the next letter gets another."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
        code = process.returncode
        self.close()
        seconds, memory = self._limits
        took = f"it took longer than {seconds} seconds" if code in (None, -signal.SIGXCPU) else "it ended unexpectedly"
        reason = f"it needed more than {memory // 1024**2} MB of memory" if code == OUT_OF_MEMORY else took
        return RefusedError(
            f"{name}: rendering was stopped: {reason}",
            next_step="simplify the template; no other letter is affected",
        )


SHARED = Child()
"""The child of this process; it begins with the first letter."""
atexit.register(SHARED.close)

OUT_OF_MEMORY = 3
"""With this code a child ends that ran out of memory."""


def main(seconds: int, memory_bytes: int) -> None:
    """The child's side: reads templates and requests, answers each request with blocks or with what is wrong."""
    _limit(memory_bytes)
    known: dict[str, BlockTemplates] = {}
    try:
        for line in sys.stdin.buffer:
            _limit_time(seconds)
            message = orjson.loads(line)
            if "sources" in message:
                known[message["templates"]] = BlockTemplates(message["sources"])
            else:
                sys.stdout.buffer.write(orjson.dumps(_answer(known[message["templates"]], message)) + b"\n")
                sys.stdout.buffer.flush()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def _answer(templates: BlockTemplates, request: Mapping[str, Any]) -> dict[str, object]:
    try:
        return {"blocks": templates.render(request["name"], request["data"], request["allowed"])}
    except RefusedError as refused:
        return {"refused": refused.message, "next_step": refused.next_step}


def _limit(memory_bytes: int) -> None:
    import resource

    for limited, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, MOST_OPEN_FILES),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limited, (most, most))


def _limit_time(seconds: int) -> None:
    """Gives the next letter its own processor time."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
