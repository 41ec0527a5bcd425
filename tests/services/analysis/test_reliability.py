"""``analysis reliability``: where evaluators differ, what is recommended, and what is not computable."""

from decimal import Decimal

import pytest

from marked import Marking, mark, marked
from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services.access import ACCESS_LOG
from pipgrants.services.analysis.reliability import Agreement, reliability
from pipgrants.trail.access_log import lines
from rounds import AFTER_DEADLINE, CALL, SCORING, Round, application, as_, hash_of_tables

THREE = ("edna", "emilio", "eva")


def of(round_: Round, **settings: object) -> Agreement:
    return reliability(round_.workspace, as_("aldo"), SCORING, call=CALL, **settings)  # type: ignore[arg-type]


def by_panel(marks: dict[str, tuple[str, str, str]]) -> Marking:
    """Marks given by reference, of the evaluators in the order of their names."""
    return lambda reference, who, _: Decimal(marks[reference][THREE.index(who)])


def test_criteria_and_total_are_measured_each_by_itself(round_: Round) -> None:
    def marking(reference: str, who: str, code: str) -> Decimal:
        agrees = code != "business_ideas"
        return Decimal(int(reference[1:]) if agrees else THREE.index(who))

    found = of(marked(round_, 4, marking))
    by_code = {item.criterion: item for item in found.by_criterion}
    assert by_code["collective_action"].alpha["interval"].value == 1
    assert by_code["business_ideas"].intraclass["ICC(1,k)"].not_computable == (
        "the proposals do not differ in their mean marks"
    )
    total = found.in_total.intraclass["ICC(3)"].value
    assert (found.in_total.criterion, found.evaluations_count, total) == (None, 12, Decimal(1))


def test_one_who_stands_apart_is_to_be_discussed_with_and_otherwise_one_more_is_needed(round_: Round) -> None:
    marks = {"A1": ("1", "4", "4"), "A2": ("1", "3", "5"), "A3": ("3", "3.5", "3"), "A4": ("2", "2", "3")}
    found = of(marked(round_, 4, by_panel(marks)))
    told = [(item.proposal[-1], item.steps, item.apart, item.recommended) for item in found.disagreements]
    assert found.limit_steps == 2
    assert told == [
        ("2", Decimal(8), None, "one more evaluator"),
        ("1", Decimal(6), "edna", "discussion"),
        ("4", Decimal(2), "eva", "discussion"),
    ]
    assert (found.disagreements[0].lowest, found.disagreements[0].highest) == (Decimal(1), Decimal(5))


def test_the_limit_can_be_given_in_steps(round_: Round) -> None:
    marks = {"A1": ("1", "4", "4"), "A2": ("3", "3.5", "3")}
    marked(round_, 2, by_panel(marks))
    assert [len(of(round_, steps=Decimal(steps)).disagreements) for steps in ("0.5", "1", "1.5", "7")] == [2, 2, 1, 0]


def test_the_criterion_in_which_they_differ_most_is_named(round_: Round) -> None:
    def marking(_: str, who: str, code: str) -> Decimal:
        return Decimal(5 if who == "eva" and code in ("sector_viability", "business_ideas") else 1)

    marked(round_, 1, marking)
    found = of(round_, steps=Decimal(1)).disagreements[0]
    assert (found.criterion, found.criterion_steps, found.steps) == ("sector_viability", Decimal(8), Decimal("2.40"))


def test_a_review_graph_that_is_not_connected_is_said(round_: Round) -> None:
    round_.receive([application("A1"), application("A2")])
    round_.screen(AFTER_DEADLINE)
    for name in ("elsa", "elio", "ema"):
        round_.add_evaluator(name)
    round_.assign()
    mark(round_, lambda *_: Decimal(3))
    parts = of(round_).parts
    assert [(len(part.proposals), len(part.evaluators)) for part in parts] == [(1, 3), (1, 3)]


def test_marks_that_do_not_vary_are_not_computable(round_: Round) -> None:
    found = of(marked(round_, 3, lambda *_: Decimal(3)))
    figures = [*found.in_total.alpha.values(), *found.in_total.intraclass.values()]
    assert {(item.value, item.not_computable) for item in figures} == {(None, "all marks are equal")}
    assert found.disagreements == ()


def test_one_evaluator_for_each_proposal_is_not_computable(round_: Round) -> None:
    found = of(marked(round_, 1, lambda *_: Decimal(3)))
    assert found.in_total.intraclass["ICC(1)"].not_computable == "fewer than two proposals have marks"


def test_criteria_that_were_not_applicable_are_left_out(round_: Round) -> None:
    def marking(reference: str, _: str, code: str) -> Decimal | None:
        return None if code == "business_ideas" else Decimal(int(reference[1:]))

    found = of(marked(round_, 3, marking))
    by_code = {item.criterion: item for item in found.by_criterion}
    assert by_code["business_ideas"].alpha["ordinal"].not_computable == "no proposal has two marks"
    assert found.in_total.alpha["interval"].value == 1


def test_nothing_is_measured_before_anything_is_marked(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    with pytest.raises(RefusedError, match="no evaluation of the proposals of pip-one-stage is complete yet"):
        of(round_)


def test_reading_is_logged_and_writes_nothing_else(round_: Round) -> None:
    marked(round_, 2, lambda reference, *_: Decimal(int(reference[1:])))
    before = hash_of_tables(round_.workspace.folder)
    of(round_)
    assert hash_of_tables(round_.workspace.folder) == before
    last = [line.access for line in lines(round_.workspace.folder / ACCESS_LOG)][-1]
    assert (last.did, last.subject, last.actor) == ("analysis.reliability", f"call/{CALL}", "aldo")


def test_an_applicant_does_not_ask(round_: Round) -> None:
    with pytest.raises(NotAuthorisedError):
        reliability(round_.workspace, as_("iris"), SCORING, call=CALL)


def test_without_the_extra_it_is_refused_with_the_command_that_installs_it(
    round_: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipgrants.services.analysis.advice.find_spec", lambda _: None)
    with pytest.raises(RefusedError, match="needs the package scipy") as refused:
        of(round_)
    assert refused.value.next_step == "pip install 'pipgrants[analysis]'"
