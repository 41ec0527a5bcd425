"""Real elections of projects: the declared rules reproduce the published selections (pabulib).

The same ranking and allocation as in a grant call: votes or score as the total, cost as the amount asked for.
"""

import csv
from collections import defaultdict
from decimal import Decimal

import pytest

from pipgrants.domain.allocation import allocate
from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms
from pipgrants.domain.call import RankingRule
from pipgrants.domain.ranking import Candidate, rank
from pipgrants.domain.vocabulary import Outcome
from pipgrants.money import Money

RANKING = RankingRule("published rules", ("lower_grant", "number"))
SELECTED, FOR_ANOTHER_REASON = "1", "2"


def allocation_terms(call):
    clause = "published rules"
    if call["rule"] == "greedy-threshold":
        minimum = Decimal(call["min_score_threshold"] or 0)
        return AllocationTerms(clause, AllocationRule.MINIMUM_SCORE_THEN_FILL, minimum_score=minimum)
    rules = {"greedy": AllocationRule.SKIP_AND_FILL, "greedy-no-skip": AllocationRule.STOP_AT_FIRST}
    return AllocationTerms(clause, rules[call["rule"]])


def awarded(call, projects):
    """The projects that the declared rules fund."""
    candidates = [
        Candidate(
            project["project_id"],
            Decimal(project["score"] or project["votes"]),
            grant_amount=Decimal(project["cost"]),
        )
        for project in projects
    ]
    requests = {candidate.number: candidate.grant_amount for candidate in candidates}
    envelope = Money(Decimal(call["budget"]), call["currency"])
    lines = allocate(rank(candidates, RANKING), requests, envelope, allocation_terms(call))
    return {line.number for line in lines if line.outcome is Outcome.AWARD}


def reproduces(call, projects):
    compared = {project["project_id"] for project in projects if project["selected"] != FOR_ANOTHER_REASON}
    published = {project["project_id"] for project in projects if project["selected"] == SELECTED}
    return awarded(call, projects) & compared == published


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def elections(shared_data):
    """Each call with its projects."""
    projects = defaultdict(list)
    for project in rows(shared_data / "real" / "participatory_budget_projects.csv"):
        projects[project["call_id"]].append(project)
    calls = rows(shared_data / "real" / "participatory_budget_calls.csv")
    return [(call, projects[call["call_id"]]) for call in calls]


def test_declared_rules_reproduce_the_published_selection_of_348_calls(elections):
    explained = [(call, projects) for call, projects in elections if call["simple_rule_reproduces_selection"] == "1"]
    assert len(explained) == 348
    assert [call["call_id"] for call, projects in explained if not reproduces(call, projects)] == []


def test_selection_that_the_rule_does_not_explain_is_not_reproduced(elections):
    unexplained = [(call, projects) for call, projects in elections if call["simple_rule_reproduces_selection"] == "0"]
    assert [reproduces(call, projects) for call, projects in unexplained] == [False]


def test_reproduction_depends_on_the_rule_that_the_call_declares(elections):
    swapped = {"greedy": "greedy-no-skip", "greedy-threshold": "greedy-no-skip", "greedy-no-skip": "greedy"}
    reproduced = [reproduces({**call, "rule": swapped[call["rule"]]}, projects) for call, projects in elections]
    assert reproduced.count(True) < 348
