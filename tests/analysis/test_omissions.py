"""The list without a criterion, and without an evaluator."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competitions import competition
from pipgrants.analysis.competition import Competition
from pipgrants.analysis.omissions import Omission, Sheets, without_criteria, without_evaluators


def sheets(given_: Competition, marks: dict[tuple[str, str], list[float]], *, by_median: bool = False) -> Sheets:
    """The sheets of evaluators, by proposal and evaluator."""
    evaluators = sorted({evaluator for _, evaluator in marks})
    return Sheets(
        tuple(evaluators),
        np.array([given_.numbers.index(proposal) for proposal, _ in marks]),
        np.array([evaluators.index(evaluator) for _, evaluator in marks]),
        np.array([*marks.values()], dtype=np.float64),
        by_median,
    )


def test_without_a_criterion_the_others_decide() -> None:
    given_ = competition([[1, 0.5, 0.5], [0, 0.9, 0.6]], places=1)
    assert without_criteria(given_) == (
        Omission("c1", ("B",), ("A",)),
        Omission("c2", (), ()),
        Omission("c3", (), ()),
    )


def test_without_a_criterion_its_threshold_falls_away() -> None:
    given_ = competition([[0.4, 0.9], [0.5, 0.5]], places=2)
    barred = replace(given_, minimums=np.array([0.5, np.nan]))
    assert without_criteria(barred)[0] == Omission("c1", ("A",), ())


def test_the_only_criterion_cannot_be_left_out() -> None:
    assert without_criteria(competition([[1], [0.5]], places=1)) == ()


def test_without_an_evaluator_the_others_decide() -> None:
    given_ = competition([[0.7, 0.7], [0.6, 0.6]], places=1)
    marks = {("A", "eva"): [1.0, 1.0], ("A", "ed"): [0.4, 0.4], ("B", "eva"): [0.6, 0.6], ("B", "ed"): [0.6, 0.6]}
    assert without_evaluators(given_, sheets(given_, marks)) == (
        Omission("ed", (), ()),
        Omission("eva", ("B",), ("A",)),
    )


def test_proposal_that_nobody_else_marked_keeps_its_marks() -> None:
    given_ = competition([[0.7, 0.7], [0.6, 0.6]], places=1)
    marks = {("A", "eva"): [0.7, 0.7], ("B", "ed"): [0.6, 0.6]}
    assert without_evaluators(given_, sheets(given_, marks)) == (
        Omission("ed", (), (), alone_count=1),
        Omission("eva", (), (), alone_count=1),
    )


def test_median_of_the_others_is_taken_where_the_call_takes_medians() -> None:
    """Without eva the marks of A are 0.5, 0.5 and 1: their mean is above the 0.6 of B, their median below it."""
    given_ = competition([[0.7, 0.7], [0.6, 0.6]], places=1)
    marks = {("A", name): [mark] * 2 for name, mark in (("eva", 0.8), ("ed", 0.5), ("ana", 0.5), ("leo", 1.0))}
    marks |= {("B", "ed"): [0.6, 0.6]}
    by_mean = {item.left_out: item.enters for item in without_evaluators(given_, sheets(given_, marks))}
    by_median = {
        item.left_out: item.enters for item in without_evaluators(given_, sheets(given_, marks, by_median=True))
    }
    assert (by_mean["eva"], by_median["eva"]) == ((), ("B",))


def test_criterion_that_no_other_evaluator_found_applicable_is_left_out() -> None:
    """Without eva the second criterion of A is applicable to nobody, and the first alone makes its total."""
    given_ = competition([[0.7, 0.9], [0.75, 0.75]], places=1)
    marks = {("A", "eva"): [0.8, 0.9], ("A", "ed"): [0.6, np.nan], ("B", "ed"): [0.75, 0.75]}
    found = {item.left_out: item.enters for item in without_evaluators(given_, sheets(given_, marks))}
    assert found["eva"] == ("B",)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(2, 6))
def test_evaluators_who_agree_can_be_left_out(seed, count) -> None:
    marks = np.random.default_rng(seed).integers(0, 11, (count, 3)) / 10
    given_ = competition(marks.tolist(), places=1)
    every = {
        (proposal, name): row.tolist()
        for proposal, row in zip(given_.numbers, given_.marks, strict=True)
        for name in ("ana", "eva", "ed")
    }
    assert without_evaluators(given_, sheets(given_, every)) == tuple(
        Omission(name, (), ()) for name in ("ana", "ed", "eva")
    )


def test_threshold_of_a_criterion_is_compared_anew() -> None:
    given_ = replace(competition([[0.6, 0.9], [0.5, 0.5]], places=2), minimums=np.array([0.5, np.nan]))
    marks = {("A", "eva"): [0.8, 0.9], ("A", "ed"): [0.4, 0.9]}
    found = {item.left_out: item.leaves for item in without_evaluators(given_, sheets(given_, marks))}
    assert found == {"eva": ("A",), "ed": ()}
    assert given_.marks[0] == pytest.approx([0.6, 0.9])
