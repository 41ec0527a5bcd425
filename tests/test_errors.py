"""Errors say what is wrong, where, what was expected, and what to do next; each kind has its own exit code."""

import inspect

import pytest

from pipgrants import errors
from pipgrants.errors import DefinitionError, PipgrantsError, Problem, ProblemsError

CODES = {
    "UsageError": 2,
    "RefusedError": 3,
    "DefinitionError": 3,
    "ImportRefusedError": 3,
    "ProblemsError": 3,
    "PipgrantsError": 3,
    "NotAuthorisedError": 4,
    "TrailIntegrityError": 5,
    "NotFoundError": 6,
    "ConcurrentChangeError": 7,
    "CancelledError": 8,
}


def test_every_kind_of_error_has_its_exit_code() -> None:
    kinds = {
        name: kind.exit_code
        for name, kind in vars(errors).items()
        if inspect.isclass(kind) and issubclass(kind, PipgrantsError)
    }
    assert kinds == CODES


def test_an_error_tells_the_next_step() -> None:
    error = errors.RefusedError("the call is closed", next_step="pipgrants status")
    assert str(error) == "the call is closed\n  Next: pipgrants status"
    assert (error.message, error.next_step) == ("the call is closed", "pipgrants status")


def test_an_error_without_a_next_step_is_its_message() -> None:
    assert str(errors.NotFoundError("there is no call x")) == "there is no call x"


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("a.yaml", 3, "count", "expected a number", "x"), "a.yaml:3: count: expected a number (seen: 'x')"),
        (Problem("a.xlsx", None, "", "the file is empty"), "a.xlsx: the file is empty"),
        (Problem("a.csv", 2, "", "the row is empty"), "a.csv:2: the row is empty"),
    ],
)
def test_a_problem_says_where_it_stands(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_file_with_mistakes_lists_all_of_them() -> None:
    problems = [Problem("a.yaml", line, "", f"mistake {line}") for line in (1, 2)]
    error = DefinitionError("a.yaml has 2 mistakes:", problems, next_step="correct them")
    assert isinstance(error, ProblemsError)
    assert str(error) == "a.yaml has 2 mistakes:\n  a.yaml:1: mistake 1\n  a.yaml:2: mistake 2\n  Next: correct them"
    assert error.problems == tuple(problems)
