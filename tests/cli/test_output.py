"""Tables of 80 columns, JSON that parses, and words that steer no terminal."""

import io
import json
import sys
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipgrants.cli import output
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import CancelledError, DefinitionError, Problem, RefusedError

TEXTS = st.text(st.characters(codec="utf-8"), max_size=120)
CELLS = st.one_of(TEXTS, st.none(), st.integers(-(10**9), 10**9))


@settings(deadline=None)
@given(st.integers(1, 6).flatmap(lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=5)))
def test_tables_fit_the_screen_whatever_they_hold(rows: list[tuple[object, ...]]) -> None:
    lines = output.table([f"Column {place}" for place in range(len(rows[0]))], rows)
    assert max(map(len, lines)) <= output.WIDTH
    assert all(unicodedata.category(mark) not in ("Cc", "Cf", "Cs") for line in lines for mark in line)


def test_columns_of_numbers_stand_right_and_others_left() -> None:
    rows = [("award", 6, output.figure("600000.00"), "3.10"), ("decline", 12, output.figure(None), "3.2")]
    assert output.table(("Decision", "Proposals", "Amount", "Clause"), rows) == [
        "Decision  Proposals      Amount  Clause",
        "award             6  600,000.00  3.10",
        "decline          12           -  3.2",
    ]


def test_long_cells_go_on_below_themselves() -> None:
    assert output.table(("Code", "Text"), [("a", "one two three four")], width=16) == [
        "Code  Text",
        "a     one two",
        "      three four",
    ]


def test_words_are_cut_only_where_nothing_else_can_give() -> None:
    row = ("synthetic-evaluator-1", "Synthetic Evaluator One")
    assert output.table(("Actor", "Name"), [row], width=32) == [
        "Actor                  Name",
        "synthetic-evaluator-1  Synthetic",
        "                       Evaluator",
        "                       One",
    ]
    assert output.table(("Actor", "Name"), [row], width=24) == [
        "Actor          Name",
        "synthetic-eva  Synthetic",
        "luator-1       Evaluator",
        "               One",
    ]


def test_fields_hang_under_their_names() -> None:
    assert output.fields({"State": "published", "Meaning": "one two three"}, width=18) == [
        "State    published",
        "Meaning  one two",
        "         three",
    ]


@pytest.mark.parametrize(
    ("text", "currency", "shown"),
    [
        ("1234567.50", None, "1,234,567.50"),
        ("0", "USD", "USD 0"),
        ("999", "CLP", "CLP 999"),
        ("12345678901234567890.123", "TND", "TND 12,345,678,901,234,567,890.123"),
        (None, "USD", "-"),
    ],
)
def test_amounts_are_written_exactly(text: str | None, currency: str | None, shown: str) -> None:
    assert output.figure(text, currency) == shown


@settings(deadline=None)
@given(TEXTS)
def test_nothing_printable_steers_a_terminal(text: str) -> None:
    shown = output.printable(text)
    assert all(mark == "\n" or unicodedata.category(mark) not in ("Cc", "Cf", "Cs") for mark in shown)
    if all(unicodedata.category(mark) not in ("Cc", "Cf") for mark in text):
        assert shown == text


def test_escapes_and_direction_marks_are_shown_as_codes() -> None:
    assert output.printable("a\x1b[31mb\u202ec\td") == "a\\x1b[31mb\\x202ec\\x09d"


class _Row(NamedTuple):
    amount: Decimal
    on: date


@dataclass(frozen=True)
class _Record:
    role: Role
    rows: tuple[_Row, ...]
    names: frozenset[str]


def test_json_holds_records_and_exact_numbers() -> None:
    record = _Record(Role.AUDITOR, (_Row(Decimal("0.10"), date(2026, 1, 31)),), frozenset({"b", "a"}))
    at = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
    assert output.plain({Role.AUDITOR: record, "path": Path("a/b"), "at": at, "bytes": b"x"}) == {
        "auditor": {"role": "auditor", "rows": [{"amount": "0.10", "on": "2026-01-31"}], "names": ["a", "b"]},
        "path": "a/b",
        "at": "2026-01-31T09:30:00+00:00",
        "bytes": "b'x'",
    }


def test_json_is_one_object_with_sorted_keys_and_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    output.show({"b": 1, "a": "ñ\x1b"}, ["text"], as_json=True, dry_run=True, labels=["INVENTED"])
    written = capsys.readouterr().out
    assert json.loads(written) == {"a": "ñ\x1b", "b": 1, "dry_run": True, "labels": ["INVENTED"]}
    assert list(json.loads(written)) == ["a", "b", "dry_run", "labels"]
    assert "\x1b" not in written


def test_text_begins_with_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    output.show({}, ["Done."], as_json=False, dry_run=True, labels=["INVENTED " * 10])
    first, second, *rest = capsys.readouterr().out.splitlines()
    assert f"{first} {second}" == " ".join(["INVENTED"] * 10)
    assert rest == [output.DRY_RUN, "", "Done."]


@pytest.mark.parametrize("answer", ["y\n", "yes\n", " Y \n"])
def test_yes_goes_ahead(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    output.confirm("Go?")


@pytest.mark.parametrize("answer", ["", "\n", "n\n", "yep\n", "no\ny\n"])
def test_anything_else_cancels(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    with pytest.raises(CancelledError):
        output.confirm("Go?")


def test_question_goes_to_standard_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    output.confirm("Release \x1b?")
    assert capsys.readouterr() == ("", "Release \\x1b? [y/N] ")


def test_question_keeps_its_lines_and_wraps_long_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    output.confirm(f"Package  abc\n\n  Decision  Proposals\n\nRatify {'it ' * 25}?")
    told = capsys.readouterr().err.split("\n")
    assert told == ["Package  abc", "", "  Decision  Proposals", "", f"Ratify{' it' * 24}", "it ? [y/N] "]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_counts_on_a_terminal_as_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := _Terminal())
    with output.progress("screened") as tell:
        tell(500)
        tell(1000)
    assert terminal.getvalue() == "\rscreened: 500\rscreened: 1,000\n"


def test_progress_counts_once_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("screened") as tell:
        tell(500)
        tell(1000)
    assert capsys.readouterr() == ("", "screened: 1,000\n")


def test_progress_of_nothing_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("screened"):
        pass
    assert capsys.readouterr() == ("", "")


def test_sentences_beyond_the_most_are_counted() -> None:
    assert output.listed("Warnings", ["one", "two", "three"], most=1)[1:] == [
        "Warnings",
        "  one",
        "  and 2 more (--json lists all)",
    ]
    assert output.listed("Warnings", ["one"], most=1)[1:] == ["Warnings", "  one"]
    assert output.listed("Warnings", []) == []


def test_the_beginning_of_a_long_table_is_shown_and_the_rest_counted() -> None:
    rows = [(f"A{place:02}",) for place in range(22)]
    shown = ["", "Acts", "  Of", *(f"  A{place:02}" for place in range(20))]
    assert output.beginning("Acts", ("Of",), rows) == [*shown, "  and 2 more (--json lists all)"]
    assert output.beginning("Acts", ("Of",), rows[:20]) == shown
    assert output.beginning("Acts", ("Of",), []) == []


def test_what_would_be_recorded_stands_above_the_next_steps() -> None:
    recorded = [("ProposalScreened", "proposal/A-1", "profile_received", "profile_eligible")]
    table = ["", "Would be recorded", "  Act               Of            From              To"]
    table.append("  ProposalScreened  proposal/A-1  profile received  profile eligible")
    assert output.with_recorded(["Screened.", "", "Next:", "  go on"], recorded) == [
        "Screened.",
        *table,
        "",
        "Next:",
        "  go on",
    ]
    assert output.with_recorded(["Screened."], []) == ["Screened."]


def test_complaint_lists_every_mistake_and_keeps_the_next_command_whole() -> None:
    problems = [Problem("call.yaml", 3, "grant", "expected " + "a number " * 12), Problem("call.yaml", 9, "", "odd")]
    lines = output.complaint(DefinitionError("call.yaml has 2 mistakes:", problems, next_step="pipgrants" + " x" * 60))
    assert lines[0] == "Error: call.yaml has 2 mistakes:"
    assert lines[-2] == "  call.yaml:9: odd"
    assert lines[-1] == f"  Next: pipgrants{' x' * 60}"
    assert max(map(len, lines[:-1])) <= output.WIDTH


DRAW = "pipgrants rank draw pip-one-stage --numbers Powerball=1,2,3 --evidence FILE --as OFFICER"


@pytest.mark.parametrize(
    ("next_step", "lines"),
    [
        ("pipgrants status", ["  Next: pipgrants status"]),
        (
            f"enter the numbers that the sources of the call published on 2026-06-13: {DRAW}",
            ["  Next: enter the numbers that the sources of the call published on 2026-06-13:", f"    {DRAW}"],
        ),
        (
            f"{DRAW}, once the sources have published their numbers",
            [f"  Next: {DRAW},", "    once the sources have published their numbers"],
        ),
    ],
    ids=["short", "after prose", "before prose"],
)
def test_next_step_fits_the_page_and_its_command_stands_whole(next_step: str, lines: list[str]) -> None:
    assert output.complaint(RefusedError("no", next_step=next_step))[1:] == lines


def test_next_steps_go_on_below_the_command() -> None:
    step = "pipgrants call archive compete-caribbean-clusters --as OFFICER, once the time for appeals is over"
    assert output.next_steps("pipgrants status", step) == [
        "",
        "Next:",
        "  pipgrants status",
        "  pipgrants call archive compete-caribbean-clusters --as OFFICER, once the time",
        "    for appeals is over",
    ]


def test_what_was_refused_is_not_counted_as_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RefusedError), output.progress("applications stored") as progress:
        progress(500)
        raise RefusedError("no")
    assert capsys.readouterr().err == ""


def test_complaint_without_next_step_ends_with_the_message() -> None:
    assert output.complaint(RefusedError("no")) == ["Error: no"]


def test_files_are_named_as_they_are_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert output.files([tmp_path / "a" / "b", tmp_path.parent / "c"]) == ["a/b", str(tmp_path.parent / "c")]
