"""A first stage as Horizon Europe runs one: two criteria, a consensus, and a line that the money sets."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pipgrants.domain.application import SubmittedScore
from pipgrants.domain.vocabulary import Language
from pipgrants.services import evaluation
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.audit.what_if import what_if
from pipgrants.services.consensus import record_consensus
from pipgrants.services.explain import explain
from pipgrants.services.letters import preview
from pipgrants.services.workspace import Workspace
from rounds import EVALUATORS, SCORING, SOURCE, Round, application, as_, publish

CALL = "horizon-europe-two-stage"
END = datetime(2026, 6, 22, 15, 0, tzinfo=UTC)
AGREED = {"A1": ("5", "5"), "A2": ("4.5", "4.5"), "A3": ("4", "4"), "A4": ("5", "3.5")}
"""The marks for excellence and impact. Each asks for ten million; an envelope of seven makes the line aim at 21."""


@pytest.fixture
def decided(workspace: Workspace) -> Round:
    return begin(workspace)


def begin(workspace: Workspace, language: Language = Language.SPANISH) -> Round:
    """The first stage up to its ranking."""
    path = workspace.folder / f"workflows/calls/{CALL}.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("envelope_amount: 20000000", "envelope_amount: 7000000"), encoding="utf-8")
    round_ = publish(workspace, CALL, "research-framework")
    round_.receive([application(name, total="20000000", language=language) for name in AGREED])
    round_.screen()
    round_.assign()
    for name, marks in AGREED.items():
        score(round_, name, dict(zip(("excellence", "impact"), map(Decimal, marks), strict=True)))
    round_.close_scores()
    round_.rank(END)
    return round_


def score(round_: Round, reference: str, marks: dict[str, Decimal]) -> None:
    """Every evaluator gives the marks with a comment, and they agree on them."""
    number = round_.numbers[reference]
    scores = [SubmittedScore(number, name, code, mark, "Clara") for name in EVALUATORS for code, mark in marks.items()]
    evaluation.score(round_.workspace, as_("olga"), SCORING, call=round_.call, scores=scores, source=SOURCE)
    minutes = round_.workspace.folder.parent / "minutes.txt"
    minutes.write_text(f"Agreed on {reference}.")
    record_consensus(
        round_.workspace,
        as_("olga"),
        SCORING,
        proposal=number,
        marks=marks,
        participants=EVALUATORS,
        held_on=date(2026, 6, 1),
        minutes=minutes,
    )


def test_line_invites_those_whose_requests_come_closest_to_three_times_the_money(decided: Round) -> None:
    # 10 and 20 of the two best; 20 is closest to 21, and no less than 17.5
    package = decided.prepare(END)
    names = {number: name for name, number in decided.numbers.items()}
    assert {names[line.proposal]: line.outcome for line in package.decisions} == {
        "A1": "profile_invited",
        "A2": "profile_invited",
        "A3": "profile_not_invited",
        "A4": "profile_not_invited",
    }
    decided.ratify(package.package, END)
    assert [*replay(decided.workspace, as_("aldo"), END, call=CALL).differences] == []
    assert [*verify(decided.workspace, as_("aldo"), END).faults] == []


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "the line at which requests come closest to 3 times the funds"),
        ("es", "la línea con la que las solicitudes más se acercan a 3 veces los fondos"),
        ("pt", "a linha com a qual os pedidos mais se aproximam de 3 vezes os recursos"),
    ],
)
def test_letter_of_a_profile_below_the_line_says_where_it_lay(workspace, language: str, sentence: str) -> None:
    decided = begin(workspace, Language(language))
    decided.ratify(decided.prepare(END).package, END)
    written = preview(decided.workspace, decided.numbers["A3"])
    assert f", {sentence}</td>" in written.html


def test_what_if_the_line_aimed_at_four_times(decided: Round) -> None:
    decided.prepare(END)
    changes = {"invitation.requests_times_envelope": "4.2", "rubric.criteria.impact.minimum_by_stage.profile": "3.5"}
    found = what_if(decided.workspace, as_("aldo"), END, call=CALL, changes=changes)
    names = {number: name for name, number in decided.numbers.items()}
    assert {names[item.proposal]: item.after.outcome for item in found.moves if item.is_decided_otherwise} == {
        "A4": "profile_invited"
    }


def test_letter_tells_the_total_of_the_thresholds_beside_that_of_the_ranking(workspace: Workspace) -> None:
    round_ = publish(workspace, "horizon-europe-innovation", "research-framework")
    round_.receive([application("A1", total="2000000", language=Language.ENGLISH)])
    round_.screen()
    round_.assign()
    score(round_, "A1", {"excellence": Decimal(4), "impact": Decimal(5), "implementation": Decimal("3.5")})
    round_.close_scores()
    round_.rank(END)
    round_.ratify(round_.prepare(END).package, END)
    lines = [" ".join(line.split()) for line in preview(workspace, round_.numbers["A1"]).text.splitlines()]
    assert "Total for the thresholds 12.5" in " ".join(lines)
    assert "15 of 17.5" in " ".join(lines)
    told = " ".join(explain(workspace, round_.numbers["A1"], "en").text.split())
    assert "Total for the thresholds" in told
