"""Scoring: marks on the scale, conflicts of interest, and the close of the scores."""

from decimal import Decimal

import pytest

from pipgrants.domain.application import SubmittedScore
from pipgrants.domain.vocabulary import Role, Stage
from pipgrants.errors import ImportRefusedError, RefusedError
from pipgrants.services import evaluation, people
from pipgrants.services.audit.verify import verify
from pipgrants.trail.sealing import seal
from rounds import SCORING, SOURCE, Round, application, as_, criteria, hash_of_tables


@pytest.fixture
def assigned(round_: Round) -> Round:
    """Two eligible proposals with their evaluators, and one that is screened out."""
    round_.receive([application("A1"), application("A2"), application("A3", counterpart="80000")])
    round_.screen()
    round_.assign()
    return round_


def score(
    round_: Round, marks: list[tuple[str, str, str, str | None]], by: str = "olga", reason: str | None = None
) -> int:
    """Submits marks given as (reference, evaluator, criterion, mark)."""
    scores = [
        SubmittedScore(
            round_.numbers.get(reference, reference), evaluator, criterion, None if mark is None else Decimal(mark)
        )
        for reference, evaluator, criterion, mark in marks
    ]
    return evaluation.score(
        round_.workspace, as_(by), SCORING, call=round_.call, scores=scores, source=SOURCE, reason=reason
    )


# Marks


def test_all_marks_that_cannot_be_stored_are_listed_and_none_is_stored(assigned: Round) -> None:
    before = hash_of_tables(assigned.workspace.folder)
    with pytest.raises(ImportRefusedError) as refused:
        score(
            assigned,
            [
                ("A1", "eva", "business_ideas", "4.5"),
                ("A1", "eva", "collective_action", "5.5"),
                ("A1", "eva", "territorial_vision", "4.25"),
                ("A1", "eva", "sector_viability", "-0.5"),
                ("A1", "eva", "unknown_heading", "3"),
                ("A3", "eva", "business_ideas", "3"),
                ("A1", "olga", "business_ideas", "3"),
                ("PIP1-999999", "eva", "business_ideas", "3"),
            ],
        )
    problems = refused.value.problems
    assert [(problem.line, problem.field, problem.value, problem.code) for problem in problems] == [
        (3, "mark", "5.5", "import.mark_off_scale"),
        (4, "mark", "4.25", "import.mark_off_scale"),
        (5, "mark", "-0.5", "import.mark_off_scale"),
        (6, "criterion", "unknown_heading", "import.unknown_criterion"),
        (7, "evaluator", "eva", "import.not_assigned"),
        (8, "evaluator", "olga", "import.not_assigned"),
        (9, "evaluator", "eva", "import.not_assigned"),
    ]
    assert all(problem.file == SOURCE["file"] for problem in problems)
    assert hash_of_tables(assigned.workspace.folder) == before


def test_an_evaluation_has_one_entry_with_its_marks(assigned: Round) -> None:
    stored = score(
        assigned,
        [
            ("A1", "eva", "business_ideas", "4.5"),
            ("A1", "eva", "collective_action", None),
            ("A2", "eva", "business_ideas", "3"),
        ],
    )
    entries = assigned.entries(act="ProposalScored")
    assert stored == len(entries) == 2
    assert entries[0]["inputs"]["marks"] == {"business_ideas": "4.5", "collective_action": None}
    assert entries[0]["inputs"]["source"] == SOURCE


def test_a_mark_given_again_replaces_the_last(assigned: Round) -> None:
    score(assigned, [("A1", "eva", "business_ideas", "4.5"), ("A1", "eva", "collective_action", "4")])
    again = [("A1", "eva", "business_ideas", "3.0"), ("A1", "eva", "collective_action", "4.0")]
    with pytest.raises(RefusedError, match=r"ProposalScored of proposal/PIP1-000001 .* needs a reason"):
        score(assigned, again)
    score(assigned, again, reason="Error de transcripción")
    first, second = assigned.entries(act="ProposalScored")
    assert ("replaced" in first["inputs"], first["reason"]) == (False, None)
    assert (second["inputs"]["replaced"], second["reason"]) == ({"business_ideas": "4.5"}, "Error de transcripción")
    with assigned.workspace.read() as unit:
        stage = unit.calls.get(assigned.call).stage
        rows = unit.evaluations.of_proposal(assigned.numbers["A1"], stage)
    assert {row.evaluator: row.marks for row in rows}["eva"] == {"business_ideas": "3", "collective_action": "4"}


def test_an_evaluator_gives_only_own_marks(assigned: Round) -> None:
    assert score(assigned, [("A1", "eva", "business_ideas", "4")], by="eva") == 1
    with pytest.raises(ImportRefusedError, match="another evaluator's marks"):
        score(assigned, [("A1", "emilio", "business_ideas", "1")], by="eva")


# Conflicts of interest


def test_a_conflict_sets_the_marks_aside_and_another_evaluator_is_found(assigned: Round) -> None:
    assigned.give({"A1": Decimal(5), "A2": Decimal(4)})
    assigned.declare_conflict("A1", "eva")
    with pytest.raises(RefusedError, match=r"1 eligible proposal lacks evaluations: PIP1-000001 \(2 of 3\)"):
        assigned.close_scores()
    with pytest.raises(ImportRefusedError, match="declared a conflict of interest"):
        score(assigned, [("A1", "eva", "business_ideas", "4")])
    assigned.add_evaluator("elsa")
    assigned.assign(evaluators=["elsa"])
    score(assigned, [("A1", "elsa", code, "3") for code in criteria(assigned)])
    assigned.close_scores()
    assigned.rank()
    with assigned.workspace.read() as unit:
        stage = unit.calls.get(assigned.call).stage
        place = unit.packages.rank_of(assigned.call, stage, assigned.numbers["A1"])
    assert place is not None
    assert place.total == "88.6667"


# Comments


def commented(round_: Round, comment: str, reason: str | None = None) -> dict[str, object]:
    """What the trail holds of an evaluation with one mark and a comment on it."""
    given = SubmittedScore(round_.numbers["A1"], "eva", "business_ideas", Decimal("4"), comment)
    evaluation.score(
        round_.workspace, as_("olga"), SCORING, call=round_.call, scores=[given], source=SOURCE, reason=reason
    )
    found: dict[str, object] = round_.entries(act="ProposalScored")[-1]["inputs"]["comments"]
    return found


def test_a_comment_enters_the_trail_as_a_salted_hash(assigned: Round) -> None:
    held = commented(assigned, "Doña Ana leads it alone")
    with assigned.workspace.read() as unit:
        row = unit.evaluations.of_proposal(assigned.numbers["A1"], Stage.PROPOSAL)[-1]
    assert (row.evaluator, row.comments) == ("eva", {"business_ideas": "Doña Ana leads it alone"})
    assert row.salt is not None
    assert held == {"business_ideas": seal(row.salt, "business_ideas", "Doña Ana leads it alone")}


def test_the_same_comment_on_two_proposals_has_two_hashes(assigned: Round) -> None:
    given = [
        SubmittedScore(assigned.numbers[reference], "eva", "business_ideas", Decimal(4), "weak accounts")
        for reference in ("A1", "A2")
    ]
    evaluation.score(assigned.workspace, as_("olga"), SCORING, call=assigned.call, scores=given, source=SOURCE)
    held = {entry["inputs"]["comments"]["business_ideas"] for entry in assigned.entries(act="ProposalScored")}
    assert len(held) == 2


def test_marks_without_comments_need_no_salt(assigned: Round) -> None:
    assert commented(assigned, "") == {}
    with assigned.workspace.read() as unit:
        assert unit.evaluations.of_proposal(assigned.numbers["A1"], Stage.PROPOSAL)[-1].salt is None


def test_comments_that_an_older_entry_holds_as_written_still_fit(
    assigned: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr("pipgrants.trail.entry.FORMAT", 1)
        older.setattr(evaluation, "new_salt", lambda: None)
        older.setattr(evaluation, "sealed_comments", lambda comments, _: comments)
        assert commented(assigned, "weak accounts") == {"business_ideas": "weak accounts"}
    assert verify(assigned.workspace, as_("olga"), SCORING).faults == ()


# The close


def test_scores_do_not_close_while_some_are_missing(assigned: Round) -> None:
    assigned.give({"A1": Decimal(5)})
    with pytest.raises(RefusedError, match=r"1 eligible proposal lacks evaluations: PIP1-000002 \(0 of 3\)"):
        assigned.close_scores()


def test_one_missing_criterion_is_a_missing_evaluation(assigned: Round) -> None:
    assigned.give({"A1": Decimal(5)})
    codes = criteria(assigned)
    others = [("A2", evaluator, code, "4") for evaluator in ("emilio", "edna") for code in codes]
    score(assigned, [*others, *(("A2", "eva", code, "4") for code in codes[1:])])
    with pytest.raises(RefusedError, match=r"PIP1-000002 \(2 of 3\)"):
        assigned.close_scores()
    score(assigned, [("A2", "eva", codes[0], None)])
    assigned.close_scores()


def test_nothing_is_scored_after_the_close(assigned: Round) -> None:
    assigned.give({"A1": Decimal(5), "A2": Decimal(4)})
    assigned.close_scores()
    before = hash_of_tables(assigned.workspace.folder)
    for late in (
        lambda: score(assigned, [("A1", "eva", "business_ideas", "1")]),
        lambda: assigned.declare_conflict("A1", "eva"),
        lambda: assigned.assign(),
    ):
        with pytest.raises(RefusedError, match="the scores of pip-one-stage were closed at 2026-06-01"):
            late()
    with pytest.raises(RefusedError, match="is scores closed, so that close scores is not possible now"):
        assigned.close_scores()
    assert hash_of_tables(assigned.workspace.folder) == before


def test_marks_typed_for_another_are_entered_under_the_officer_s_role(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    round_.assign()
    people.grant_role(round_.workspace, as_("admin"), SCORING, actor="eva", role=Role.COORDINATION_OFFICER)
    for evaluator in ("emilio", "eva"):
        scores = [SubmittedScore(round_.numbers["A1"], evaluator, code, Decimal(4)) for code in criteria(round_)]
        evaluation.score(round_.workspace, as_("eva"), SCORING, call=round_.call, scores=scores, source=SOURCE)
    entries = round_.entries(act="ProposalScored")
    assert [(entry["role"], entry["inputs"]["evaluator"]) for entry in entries] == [
        ("coordination_officer", "emilio"),
        ("evaluator", "eva"),
    ]
