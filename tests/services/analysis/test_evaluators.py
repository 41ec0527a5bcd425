"""``analysis evaluators``: leniency, corrected scores, expected ranks and the grey zone of a round."""

import random
from decimal import Decimal
from pathlib import Path

import pytest

from marked import decided, marked
from pipgrants.domain.vocabulary import Outcome
from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services.access import ACCESS_LOG
from pipgrants.services.analysis.evaluators import Evaluators, Zone, evaluators
from pipgrants.trail.access_log import lines
from rounds import AFTER_DRAW, CALL, SCORING, Round, application, as_, hash_of_tables

PLANTED = {"edna": -1, "elio": 0, "elsa": Decimal("0.5"), "emilio": 0, "eva": 1, "ema": Decimal("-0.5")}
"""How far evaluators lie from the true mark, as steps of a half."""


def of(round_: Round, **settings: object) -> Evaluators:
    asked = {"draws": 2_000, **settings}
    return evaluators(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL, **asked)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def lenient(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """Sixteen proposals whose six evaluators are lenient or strict, with their decisions prepared."""
    round_ = published.copy(tmp_path_factory.mktemp("lenient") / "agency")
    for name in ("elio", "elsa", "ema"):
        round_.add_evaluator(name)
    chance = random.Random(11)

    def marking(reference: str, who: str, _: str) -> Decimal:
        true = Decimal(int(reference[1:]) % 6 + 3) / 2
        mark = true + PLANTED[who] + Decimal(chance.choice((-1, 0, 0, 1))) / 2
        return min(max(mark, Decimal(0)), Decimal(5))

    return decided(marked(round_, 16, marking))


def test_planted_leniency_is_found_in_its_order(lenient: Round) -> None:
    found = of(lenient)
    assert [line.evaluator for line in found.evaluators][::5] == ["edna", "eva"]
    by_name = {line.evaluator: line.leniency for line in found.evaluators}
    assert by_name["eva"] - by_name["edna"] == pytest.approx(Decimal(40), abs=8)
    assert [line.leniency for line in found.evaluators] == sorted(by_name.values())
    assert [line.mean for line in found.evaluators] != sorted(line.mean for line in found.evaluators)
    assert sum(line.proposals_count for line in found.evaluators) == 48
    assert abs(sum(by_name.values())) < Decimal("0.01")


def test_corrected_scores_stand_beside_the_raw_ones_in_rank_order(lenient: Round) -> None:
    found = of(lenient)
    assert [line.rank for line in found.proposals] == [*range(1, 17)]
    assert any(line.raw != line.corrected for line in found.proposals)
    with lenient.workspace.read() as unit:
        lines_ = {line.proposal: line.outcome for line in unit.packages.lines(unit.packages.get(CALL).hash)}
    assert [line.outcome for line in found.proposals] == [Outcome(lines_[line.proposal]) for line in found.proposals]


def test_the_grey_zone_lies_around_the_line(lenient: Round) -> None:
    found = of(lenient, places=7)
    places = [line.place for line in found.proposals if line.place]
    ranks = sorted(place.expected_rank for place in places)
    assert (found.places, found.line) == (7, ranks[6])
    zones = {zone: [place for place in places if place.zone is zone] for zone in Zone}
    assert all(zones.values())
    assert max(place.expected_rank for place in zones[Zone.ABOVE]) < found.line
    assert min(place.expected_rank for place in zones[Zone.BELOW]) > found.line
    assert min(place.chance or 0 for place in zones[Zone.ABOVE]) > Decimal("0.7")
    assert max(place.chance or 0 for place in zones[Zone.BELOW]) < Decimal("0.3")
    assert sum(place.chance or 0 for place in places) == pytest.approx(7, abs=Decimal("0.02"))
    assert [line.proposal for line in found.grey_zone] == [
        line.proposal for line in found.proposals if line.place and line.place.zone is Zone.GREY
    ]


def test_a_wider_interval_widens_the_grey_zone(lenient: Round) -> None:
    narrow, wide = (len(of(lenient, places=7, level=level).grey_zone) for level in (0.2, 0.95))
    assert narrow < wide


def test_the_line_is_where_the_decisions_put_it_unless_it_is_given(lenient: Round) -> None:
    found = of(lenient)
    funded = sum(line.outcome in (Outcome.AWARD, Outcome.CONDITIONAL_AWARD) for line in found.proposals)
    assert found.places == funded
    assert of(lenient, places=16).places is None


def test_the_same_seed_makes_the_same_figures_and_is_said(lenient: Round, tmp_path: Path) -> None:
    one, again, other = of(lenient), of(lenient.copy(tmp_path / "copy")), of(lenient, seed=5)
    assert one == again
    assert (one.made_by.seed, other.made_by.seed) == (20260101, 5)
    assert one.proposals != other.proposals


def test_corrected_scores_equal_raw_ones_where_evaluators_do_not_differ(round_: Round) -> None:
    found = of(marked(round_, 4, lambda reference, *_: Decimal(int(reference[1:]))))
    assert {line.leniency for line in found.evaluators} == {Decimal(0)}
    assert [line.corrected for line in found.proposals] == [line.raw for line in found.proposals]
    assert found.not_computable == "the marks differ by proposal and evaluator alone, without error"
    assert {line.place for line in found.proposals} == {None}


def test_one_proposal_has_no_ranks(round_: Round) -> None:
    found = of(marked(round_, 1, lambda *_: Decimal(3)))
    assert (found.not_computable, found.variances) == ("fewer than two proposals have marks", None)
    assert found.proposals[0].raw == found.proposals[0].corrected == 60


def test_nothing_is_measured_before_anything_is_marked(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    with pytest.raises(RefusedError, match="is complete yet"):
        of(round_)


def test_reading_is_logged_and_writes_nothing_else(lenient: Round) -> None:
    before = hash_of_tables(lenient.workspace.folder)
    of(lenient)
    assert hash_of_tables(lenient.workspace.folder) == before
    last = [line.access for line in lines(lenient.workspace.folder / ACCESS_LOG)][-1]
    assert (last.did, last.subject, last.actor) == ("analysis.evaluators", f"call/{CALL}", "aldo")


def test_an_applicant_does_not_ask(round_: Round) -> None:
    with pytest.raises(NotAuthorisedError):
        evaluators(round_.workspace, as_("iris"), SCORING, call=CALL)


def test_proposals_that_the_marks_do_not_tell_apart_are_all_in_the_grey_zone(round_: Round) -> None:
    marks = {"A1": (1, 3, 5), "A2": (5, 1, 3), "A3": (3, 5, 1), "A4": (5, 3, 1)}
    found = of(
        marked(round_, 4, lambda reference, who, _: Decimal(marks[reference][("edna", "emilio", "eva").index(who)])),
        places=2,
    )
    assert found.variances is not None
    assert found.variances.proposal == found.variances.reliability == 0
    assert len(found.grey_zone) == 4
    assert {line.place.expected_rank for line in found.proposals if line.place} == {Decimal("2.50")}
