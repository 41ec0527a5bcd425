"""``analysis optimum``: the best selection beside the rule's, from what is on record at any time of a round."""

from decimal import Decimal
from pathlib import Path

import pytest

from eventful import play
from pipgrants.domain.application import Application
from pipgrants.domain.vocabulary import Objective, Outcome
from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services.access import ACCESS_LOG
from pipgrants.services.analysis.optimum import Optimum, optimum
from pipgrants.trail.access_log import lines
from rounds import AFTER_DRAW, CALL, Round, application, as_, edit, hash_of_tables, open_workspace, publish

MARKS = {"A1": "5", "B1": "4.5", "B2": "4", "B3": "3.5"}
SMALL = ("B1", "B2", "B3")


def found(round_: Round, **settings: object) -> Optimum:
    return optimum(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL, **settings)  # type: ignore[arg-type]


def made(folder: Path, changes: dict[str, str], applications: list[Application]) -> Round:
    """A ranked round of a call with these changes."""
    workspace = open_workspace(folder)
    edit(workspace, "calls", CALL, changes)
    round_ = publish(workspace)
    round_.receive(applications)
    round_.screen()
    round_.score({reference: Decimal(MARKS[reference]) for reference in round_.numbers})
    round_.rank()
    return round_


@pytest.fixture(scope="module")
def one_large(tmp_path_factory: pytest.TempPathFactory) -> Round:
    """The best proposal asks for 240,000, which is all there is; three others for 80,000 each."""
    applications = [application("A1", total="480000"), *(application(name, total="160000") for name in SMALL)]
    changes = {"envelope_amount: 9000000": "envelope_amount: 240000"}
    return made(tmp_path_factory.mktemp("large") / "fund", changes, applications)


def references(round_: Round, numbers: list[str]) -> list[str]:
    names = {number: name for name, number in round_.numbers.items()}
    return [names[number] for number in numbers]


def test_who_only_the_rule_funds_and_who_only_the_optimum_funds(one_large: Round) -> None:
    told = found(one_large)
    assert references(one_large, [item.proposal for item in told.only_by_rule]) == ["A1"]
    assert references(one_large, [item.proposal for item in told.only_by_optimum]) == [*SMALL]
    assert [item.rank for item in told.only_by_optimum] == [2, 3, 4]
    assert told.only_by_rule[0].amount == Decimal("240000.00")


def test_objective_awards_and_money_stand_beside_those_of_the_rule(one_large: Round) -> None:
    told = found(one_large)
    total = {item.proposal: item.total for item in (*told.only_by_rule, *told.only_by_optimum)}
    rule, best = total.pop(told.only_by_rule[0].proposal), sum(total.values())
    assert told.by_rule == (rule, 1, Decimal("240000.00"), Decimal("240000.00"))
    assert told.by_optimum == (best, 3, Decimal("240000.00"), Decimal("80000.00"))
    assert (told.bound, told.gap, told.is_proved, told.is_settled) == (best, 0, True, True)
    assert told.competing_count == 4


def test_by_score_times_amount_the_rule_is_the_optimum(one_large: Round) -> None:
    told = found(one_large, objective=Objective.SUM_OF_SCORE_TIMES_AMOUNT)
    assert told.by_rule == told.by_optimum
    assert (told.only_by_rule, told.only_by_optimum, told.is_proved) == ((), (), True)


def test_the_same_record_gives_the_same_figures(one_large: Round) -> None:
    assert found(one_large) == found(one_large)
    assert len(found(one_large).made_by.inputs) == 64


def test_nothing_is_written_but_a_line_in_the_access_log(one_large: Round) -> None:
    before = hash_of_tables(one_large.workspace.folder)
    found(one_large)
    assert hash_of_tables(one_large.workspace.folder) == before
    last = [line.access for line in lines(one_large.workspace.folder / ACCESS_LOG)][-1]
    assert (last.did, last.subject) == ("analysis.optimum", f"call/{CALL}")


def test_an_evaluator_does_not_see_it(one_large: Round) -> None:
    with pytest.raises(NotAuthorisedError):
        optimum(one_large.workspace, as_("eva"), AFTER_DRAW, call=CALL)


def test_envelopes_bind_the_optimum_as_they_bind_the_rule(tmp_path: Path) -> None:
    """Of three in the capital, which has a cap of 100,000, one is funded by both."""
    capped = """allocation:
  envelopes:
    - {code: capital, clause: "6.2", title: {en: Capital, es: Capital, pt: Capital}, kind: cap, amount: 100000,
       rule: {one_of: {fact: applicant.territory, values: [HN-FM]}}}
"""
    applications = [application(name, total="200000") for name in SMALL]
    round_ = made(tmp_path / "fund", {"allocation:\n": capped}, applications)
    told = found(round_)
    assert (told.by_optimum.awards_count, told.by_rule.awards_count, told.is_settled) == (1, 1, True)
    assert (told.only_by_rule, told.only_by_optimum) == ((), ())


def test_after_the_decisions_it_is_that_of_the_moment_before(published: Round, tmp_path: Path) -> None:
    """Awards on record, and what the rule is said to make, are the same."""
    round_ = play(published.copy(tmp_path / "agency"))
    told = found(round_)
    awards = [
        entry["inputs"]
        for entry in round_.entries(act="ProposalDetermined")
        if entry["inputs"]["outcome"] in (Outcome.AWARD, Outcome.CONDITIONAL_AWARD)
    ]
    assert told.by_rule.awards_count == len(awards) > 0
    assert told.by_rule.amount == sum(Decimal(item["amount"]) for item in awards)
    assert told.is_proved


def test_before_the_ranking_there_is_nothing_to_choose_from(published: Round, tmp_path: Path) -> None:
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("A1")])
    with pytest.raises(RefusedError, match="were not screened yet"):
        found(round_)
    round_.screen()
    with pytest.raises(RefusedError, match="are not ranked yet"):
        found(round_)


def test_money_that_all_share_is_refused(tmp_path: Path) -> None:
    shared = "rule: stop_at_first\n  partial: {rule: pro_rata, minimum_share: 0.5}"
    changes = {"rule: skip_and_fill": shared}
    round_ = made(tmp_path / "fund", changes, [application("A1")])
    with pytest.raises(RefusedError, match="shares its money among all that are funded"):
        found(round_)
