"""``analysis fairness`` on a round on record: who won and who lost, by group and step."""

from decimal import Decimal

import pytest

from grouped import grouped
from pipgrants.domain.vocabulary import Stage
from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services.access import ACCESS_LOG
from pipgrants.services.analysis.fairness import STEPS, Dimension, Fairness, fairness
from pipgrants.trail.access_log import lines
from rounds import AFTER_DEADLINE, AFTER_DRAW, CALL, Round, application, as_, hash_of_tables


def of(round_: Round) -> Fairness:
    return fairness(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL)


@pytest.fixture(scope="module")
def round_(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return grouped(published.copy(tmp_path_factory.mktemp("grouped") / "agency"))


def dimension(found: Fairness, name: str) -> Dimension:
    return next(item for item in found.dimensions if item.dimension == name)


def test_groups_are_told_with_how_they_fared(round_: Round) -> None:
    found = of(round_)
    assert (found.stage, found.decided_count, found.currency) == (Stage.PROPOSAL, 7, "USD")
    counts = {
        item.group: (item.decided_count, item.eligible_count, item.passing_count, item.funded_count)
        for item in dimension(found, "women_led").groups
    }
    assert counts == {"no": (2, 2, 2, 2), "yes": (3, 2, 2, 1), "unknown": (2, 1, 0, 0)}


def test_by_any_member_a_proposal_counts_for_the_groups_of_each(round_: Round) -> None:
    """The leads alone named groups: who is led by none cannot be told not to have members of one."""
    found = fairness(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL, by_any_member=True)
    assert {item.group: item.decided_count for item in dimension(found, "women_led").groups} == {"yes": 3, "unknown": 4}
    assert (found.by_any_member, of(round_).by_any_member) == (True, False)
    assert found.made_by.inputs != of(round_).made_by.inputs


def test_blank_is_a_group_of_its_own_and_not_compared_with(round_: Round) -> None:
    sizes = dimension(of(round_), "size_class")
    assert {item.group: item.decided_count for item in sizes.groups} == {"small": 6, "unknown": 1}
    overall = sizes.steps[-1]
    assert overall.compared_with == "small"
    assert {rate.group: rate.rate for rate in overall.rates} == {"small": Decimal("0.3333"), "unknown": Decimal(1)}


def test_rates_are_told_step_by_step_beside_the_highest(round_: Round) -> None:
    women = dimension(of(round_), "women_led")
    assert [step.step for step in women.steps] == list(STEPS)
    assert [step.compared_with for step in women.steps] == ["no", "yes", "no", "no"]
    counts = {
        step.step: {rate.group: (rate.passed_count, rate.total_count) for rate in step.rates} for step in women.steps
    }
    assert counts == {
        "eligibility": {"no": (2, 2), "yes": (2, 3), "unknown": (1, 2)},
        "score": {"no": (2, 2), "yes": (2, 2), "unknown": (0, 1)},
        "award": {"no": (2, 2), "yes": (1, 2), "unknown": (0, 0)},
        "overall": {"no": (2, 2), "yes": (1, 3), "unknown": (0, 2)},
    }
    yes = women.steps[-1].rates[1]
    assert (yes.ratio, yes.is_below_four_fifths, yes.has_small_counts) == (Decimal("0.3333"), True, True)
    assert women.steps[2].rates[2].rate is None


def test_money_is_told_as_a_share_of_what_was_asked_for(round_: Round) -> None:
    women = dimension(of(round_), "women_led")
    amounts = {item.group: (item.requested_amount, item.awarded_amount) for item in women.groups}
    assert amounts["no"] == (Decimal(200_000), Decimal(200_000))
    assert amounts["yes"] == (Decimal(370_000), Decimal(90_000))
    assert sum(item.awarded_share or 0 for item in women.groups) == pytest.approx(1, abs=Decimal("0.001"))
    ratios = {item.group: (item.share, item.ratio) for item in women.money}
    assert women.money_compared_with == "no"
    assert ratios["yes"] == (Decimal("0.2432"), Decimal("0.2432"))


def test_territory_is_that_of_the_project(round_: Round) -> None:
    found = dimension(of(round_), "territory")
    assert {item.group: item.decided_count for item in found.groups} == {"HN-CR": 1, "HN-FM": 6}


def test_comparisons_are_counted(round_: Round) -> None:
    found = of(round_)
    compared = [
        rate for item in found.dimensions for step in item.steps for rate in step.rates if rate.ratio is not None
    ]
    assert found.comparisons_count == len(compared) > 0


def test_what_was_approved_is_told_as_it_was_prepared(round_: Round, tmp_path) -> None:
    before, approved = of(round_), round_.copy(tmp_path / "ratified")
    with approved.workspace.read() as unit:
        package = unit.packages.waiting()[0].hash
    approved.ratify(package)
    assert of(approved) == before


def test_nothing_is_told_before_the_decisions_are_prepared(published: Round, tmp_path) -> None:
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("A1")])
    round_.screen(AFTER_DEADLINE)
    with pytest.raises(RefusedError, match="no decision") as refused:
        of(round_)
    assert refused.value.next_step == f"pipgrants allocate {CALL}"


def test_reading_is_written_down_and_changes_nothing(round_: Round) -> None:
    before = hash_of_tables(round_.workspace.folder)
    of(round_)
    assert hash_of_tables(round_.workspace.folder) == before
    last = [*lines(round_.workspace.folder / ACCESS_LOG)][-1]
    assert (last.access.did, last.access.subject) == ("analysis.fairness", f"call/{CALL}")


def test_groups_are_not_for_evaluators(round_: Round) -> None:
    with pytest.raises(NotAuthorisedError):
        fairness(round_.workspace, as_("eva"), AFTER_DRAW, call=CALL)
