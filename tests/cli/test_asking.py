"""What cannot be undone: refused before it is asked for, asked for with what would change, done after a yes."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
import typer
from typer.core import TyperCommand, TyperGroup

from desk import Desk
from pipgrants.cli.app import app
from pipgrants.cli.context import Run
from pipgrants.cli.parts import Part
from pipgrants.errors import CancelledError, RefusedError
from rounds import AFTER_DEADLINE, AFTER_DRAW, CALL, application, hash_of_tables

QUESTION = "[y/N]"
WHY = ("--reason", "asked for it")
ASKING = {
    ("screen",): (CALL,),
    ("ratify",): ("PACKAGE",),
    ("call", "authorise"): ("PACKAGE",),
    ("call", "publish"): (CALL,),
    ("call", "close"): (CALL,),
    ("call", "cancel"): (CALL, *WHY),
    ("call", "void"): (CALL, *WHY),
    ("call", "archive"): (CALL,),
    ("programme", "close"): ("competitiveness-fund", *WHY),
    ("proposal", "import"): (CALL, "pipgrants.xlsx"),
    ("proposal", "withdraw"): ("PIP1-000001", *WHY),
    ("proposal", "clarify"): ("PIP1-000001", "--answer", "24 months"),
    ("evaluation", "conflict"): ("PIP1-000001", "--evaluator", "eva", *WHY),
    ("party", "redact"): ("E-000001", *WHY),
    ("actor", "key", "revoke"): ("SHA256:of-nobody", *WHY),
    ("evaluator", "redact"): ("eva", *WHY),
    ("appeal", "settle"): ("PIP1-000001", "--ruling", "dismissed", *WHY),
    ("evaluation", "close"): (CALL,),
    ("rank", "draw"): (CALL, "--numbers", "Powerball=1,2,3,4,5,6", "--evidence", "pipgrants.db"),
    ("letters", "release"): (CALL,),
    ("letters", "send"): (CALL,),
    ("letters", "posted"): (CALL,),
    ("letters", "bounce"): ("L-000001", *WHY),
    ("letters", "resolve"): ("L-000001", "--resend", *WHY),
    ("letters", "reports"): ("workflows",),
    ("call", "ask"): (CALL, "May a university lead?"),
    ("call", "answer"): (CALL, "1", "Yes."),
    ("project", "launch"): ("PIP1-000001",),
    ("project", "disallow"): ("PIP1-000001", "1", *WHY),
    ("project", "redact"): ("PIP1-000001", "1", *WHY),
    ("project", "complete"): ("PIP1-000001",),
    ("project", "terminate"): ("PIP1-000001", *WHY),
    ("project", "abandon"): ("PIP1-000001", *WHY),
    ("project", "close"): ("PIP1-000001",),
    ("team", "redact"): ("PIP1-000001", "1", *WHY),
    ("activity", "void"): ("PIP1-000001", "A1", *WHY),
    ("disbursement", "approve"): ("PIP1-000001", "1"),
    ("disbursement", "reject"): ("PIP1-000001", "1", *WHY),
    ("disbursement", "pay"): ("PIP1-000001", "1"),
    ("contract", "approve"): ("PIP1-000001", "1"),
    ("contract", "reject"): ("PIP1-000001", "1", *WHY),
    ("contract", "accept"): ("PIP1-000001", "1", *WHY),
    ("contract", "terminate"): ("PIP1-000001", "1", *WHY),
    ("conflict", "settle"): ("PIP1-000001", "1", "--consequence", "goes_on", *WHY),
    ("conflict", "leave-unresolved"): ("PIP1-000001", "1", "--consequence", "goes_on", *WHY),
    ("conflict", "approve-departure"): ("PIP1-000001", "1"),
    ("appeal", "file"): ("PIP1-000001", "--grounds", "The mark is wrong"),
}


@pytest.fixture
def received(open_desk: Desk, form: Callable[..., Path]) -> Desk:
    """A call whose deadline is past, with one application, and another call that waits for authorisation."""
    open_desk.do("proposal", "import", CALL, str(form(application("A1"))), by="olga")
    open_desk.do("call", "draft", "pip-two-stage", by="olga")
    open_desk.now = AFTER_DEADLINE
    return open_desk


@pytest.mark.parametrize("path", ASKING, ids=" ".join)
def test_who_may_not_do_it_is_refused_and_not_asked(received: Desk, path: tuple[str, ...]) -> None:
    words = [received.waiting() if word == "PACKAGE" else word for word in ASKING[path]]
    answer = received.type(*path, *words, by="aldo")
    assert (answer.code in (3, 4, 6), QUESTION in answer.err, answer.out) == (True, False, "")


def test_every_command_that_asks_is_tried_here() -> None:
    assert set(asking(typer.main.get_command(app))) == set(ASKING)


def asking(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that lead to each command that takes ``--yes``."""
    command = command.made if isinstance(command, Part) else command
    if isinstance(command, TyperGroup):
        for name, member in command.commands.items():
            yield from asking(member, (*path, name))
    elif isinstance(command, TyperCommand) and any("--yes" in parameter.opts for parameter in command.params):
        yield path


@pytest.mark.parametrize(
    ("words", "by", "question"),
    [
        (
            ("screen", CALL),
            "olga",
            f"Screen {CALL} (1 eligible) and close it? After that no application can be imported.",
        ),
        (("call", "void", CALL, *WHY), "marcos", f"Void {CALL}, and end 1 application with it?"),
        (
            ("letters", "release", CALL),
            "olga",
            f"Release the letters of {CALL} (1 receipt)? What is released stays said.",
        ),
        (
            ("call", "ask", CALL, "May a university lead?"),
            "olga",
            f"Publish question 1 of {CALL}? What is public stays said.",
        ),
    ],
)
def test_question_says_what_would_change_and_nothing_does(
    received: Desk, words: tuple[str, ...], by: str, question: str
) -> None:
    if "void" in words:
        received.do("call", "close", CALL, "--yes", by="olga")
    before = hash_of_tables(received.folder)
    answer = received.type(*words, by=by, answers="n\n")
    assert (answer.code, f"{question} {QUESTION}" in answer.asked) == (8, True)
    assert hash_of_tables(received.folder) == before


def test_posted_letters_are_counted_before_it_is_put_on_record(received: Desk) -> None:
    received.do("letters", "release", CALL, "--yes", by="olga")
    answer = received.type("letters", "posted", CALL, "L-000001", by="olga", answers="n\n")
    assert (answer.code, f"Put on record that 1 letter of {CALL} left by post? {QUESTION}" in answer.asked) == (8, True)


def test_amendment_is_asked_for_with_its_letters(open_desk: Desk, form: Callable[..., Path]) -> None:
    open_desk.do("proposal", "import", CALL, str(form(application("A1"))), by="olga")
    file = open_desk.folder / "workflows" / "calls" / f"{CALL}.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("reserve_count: 10", "reserve_count: 11"), encoding="utf-8"
    )
    open_desk.do("call", "amend", CALL, *WHY, by="olga")
    package = open_desk.waiting()
    answer = open_desk.type("ratify", package, by="marcos", answers="n\n")
    question = f"Ratify package {package[:12]}, and record 1 letter? {QUESTION} Error: nothing was done"
    assert (answer.code, answer.asked.endswith(question)) == (8, True)


def test_draw_that_is_not_entered_keeps_no_file(packaged_desk: tuple[Desk, str], tmp_path: Path) -> None:
    desk, package = packaged_desk
    desk.do("return", package, *WHY, by="marcos")
    evidence = tmp_path / "draw.txt"
    evidence.write_text("official")
    numbers = ("--numbers", "Powerball=1,2,3,4,5,6", "--numbers", "EuroMillions=1,2,3,4,5,6,7")
    answer = desk.type("rank", "draw", CALL, *numbers, "--evidence", str(evidence), by="olga", answers="n\n")
    assert answer.code == 8
    assert "Powerball 1 2 3 4 5 6; EuroMillions 1 2 3 4 5 6 7? It is entered once." in answer.asked
    assert list((desk.folder / "evidence").iterdir()) == []


def test_answered_beforehand_it_is_neither_tried_nor_asked() -> None:
    done: list[bool] = []
    Run().carry_out(done.append, lambda _: "Go?", yes=True)
    Run().carry_out(done.append, lambda _: "Go?", yes=False, dry_run=True)
    assert done == [False, True]


def test_it_bears_the_instant_of_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others may have acted while the question stood: an entry never bears an earlier instant than those before it."""
    run = Run()
    with time_machine.travel(AFTER_DRAW, tick=False) as clock:
        monkeypatch.setattr("pipgrants.cli.output.confirm", lambda _: clock.shift(timedelta(minutes=5)))
        done = run.carry_out(lambda _: run.now, lambda _: "Go?", yes=False)
    assert done == AFTER_DRAW + timedelta(minutes=5)


def test_refused_it_is_not_asked(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_: bool) -> None:
        raise RefusedError("no")

    with pytest.raises(RefusedError):
        Run().carry_out(refuse, lambda _: "Go?", yes=False)
    assert capsys.readouterr() == ("", "")


def test_cancelled_it_is_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def cancel(_: str) -> None:
        raise CancelledError("no")

    monkeypatch.setattr("pipgrants.cli.output.confirm", cancel)
    done: list[bool] = []
    with pytest.raises(CancelledError):
        Run().carry_out(done.append, lambda _: "Go?", yes=False)
    assert done == [True]
