"""The published selections of 348 participatory budgets, reproduced by the acts of a grant call."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.application import SubmittedScore
from pipgrants.domain.calendar import closes_at_utc
from pipgrants.domain.vocabulary import Outcome
from pipgrants.services import (
    allocate,
    assignment,
    calls,
    evaluation,
    imports,
    notices,
    programmes,
    rank,
    ratify,
    screen,
)
from pipgrants.services.definitions import terms_of
from pipgrants.services.workspace import Workspace
from rounds import BEFORE_OPENING, as_, open_workspace

Row = dict[str, str]
RULES = {
    "greedy": "rule: skip_and_fill",
    "greedy-no-skip": "rule: stop_at_first",
    "greedy-threshold": "rule: minimum_score_then_fill\n  minimum_score: {threshold}",
}


@pytest.fixture(scope="module")
def published(shared_data: Path) -> tuple[dict[str, Row], dict[str, list[Row]]]:
    real = shared_data / "real"
    with (real / "participatory_budget_calls.csv").open(encoding="utf-8-sig", newline="") as file:
        found = {row["call_id"]: row for row in csv.DictReader(file)}
    projects: defaultdict[str, list[Row]] = defaultdict(list)
    with (real / "participatory_budget_projects.csv").open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            projects[row["call_id"]].append(row)
    return found, dict(projects)


class _Budget:
    """One participatory budget, run as a call."""

    def __init__(self, workspace: Workspace, place: int, row: Row, projects: list[Row]) -> None:
        self.workspace = workspace
        self.name = f"budget-{place:03d}"
        self.place = place
        self.row = row
        self.projects = projects

    def define(self) -> Path:
        text = self.workspace.file("workflows", "calls/participatory-budget.yaml").read_text()
        rule = RULES[self.row["rule"]].format(threshold=self.row["min_score_threshold"] or "0")
        for old, new in (
            ("call: participatory-budget\n", f"call: {self.name}\n"),
            ("number_prefix: PB\n", f"number_prefix: PB{self.place:03d}\n"),
            ("rule: skip_and_fill", rule),
        ):
            assert old in text
            text = text.replace(old, new)
        envelope = next(line for line in text.splitlines() if line.startswith("envelope_amount:"))
        path = self.workspace.folder / f"{self.name}.yaml"
        path.write_text(text.replace(envelope, f"envelope_amount: {self.row['budget']}"))
        return path

    def list_file(self) -> Path:
        path = self.workspace.folder / f"{self.name}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(self.projects[0]))
            writer.writeheader()
            writer.writerows(self.projects)
        return path

    def awarded(self) -> set[str]:
        workspace, officer = self.workspace, as_("olga")
        prepared = calls.draft_call(workspace, officer, BEFORE_OPENING, file=str(self.define()))
        ratify.ratify(workspace, as_("marcos"), BEFORE_OPENING, package=prepared.package)
        notices.publish_call(workspace, officer, BEFORE_OPENING, call=self.name)
        with workspace.read() as unit:
            call = terms_of(unit.calls, self.name).call
        closes_at = closes_at_utc(call.window, call.time_zone)
        numbers = imports.import_applications(
            workspace, officer, closes_at, call=self.name, path=self.list_file(), mapping="participatory_budget"
        ).received.numbers
        after = closes_at + timedelta(days=1)
        screen.screen(workspace, officer, after, call=self.name)
        assignment.assign(workspace, officer, after, call=self.name, evaluators=["eva"])
        scores = [
            SubmittedScore(numbers[row["project_id"]], "eva", "votes", Decimal(row["score"] or row["votes"]))
            for row in self.projects
        ]
        source = {"file": "published list", "sha256": "0" * 64}
        evaluation.score(workspace, officer, after, call=self.name, scores=scores, source=source)
        evaluation.close_scores(workspace, officer, after, call=self.name)
        rank.rank_call(workspace, officer, after, call=self.name)
        package = allocate.prepare_allocation(workspace, officer, after, call=self.name).package
        references = {number: reference for reference, number in numbers.items()}
        with workspace.read() as unit:
            lines = list(unit.packages.lines(package))
        calls.end_call(workspace, as_("marcos"), after, call=self.name, trigger="declare_void", reason="compared")
        return {references[line.proposal] for line in lines if line.outcome == Outcome.AWARD}


class _MostVotes(_Budget):
    """The same by the shipped call that announces its objective."""

    def __init__(self, workspace: Workspace, row: Row, projects: list[Row]) -> None:
        super().__init__(workspace, 0, row, projects)
        self.name = "participatory-budget-most-votes"

    def define(self) -> Path:
        text = self.workspace.file("workflows", f"calls/{self.name}.yaml").read_text()
        path = self.workspace.folder / f"{self.name}.yaml"
        path.write_text(text.replace("envelope_amount: 21000000", f"envelope_amount: {self.row['budget']}"))
        return path


def test_announced_objective_funds_more_projects_with_more_votes_than_were_funded(
    tmp_path: Path, published: tuple[dict[str, Row], dict[str, list[Row]]]
) -> None:
    """Warsaw-Bemowo 2025, greedily by votes: 25 projects with 29,812 votes of those funded together, of 82."""
    found, projects = published
    row = found["Poland_Warszawa_2025_Bemowo"]
    workspace = _programme(tmp_path)
    budget = _MostVotes(workspace, row, projects[row["call_id"]])
    awarded = budget.awarded()
    votes = {row["project_id"]: int(row["votes"]) for row in budget.projects}
    by_rule = {row["project_id"] for row in budget.projects if row["selected"] == "1"}
    assert (len(by_rule), sum(votes[name] for name in by_rule)) == (25, 29_812)
    assert (len(awarded), sum(votes[name] for name in awarded)) == (60, 41_310)
    assert sum(Decimal(row["cost"]) for row in budget.projects if row["project_id"] in awarded) <= Decimal(
        row["budget"]
    )


def _programme(folder: Path) -> Workspace:
    workspace = open_workspace(folder / "ws")
    drafted = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file="participatory-budget")
    ratify.ratify(workspace, as_("marcos"), BEFORE_OPENING, package=drafted.package)
    return workspace


def _budgets(folder: Path, published: tuple[dict[str, Row], dict[str, list[Row]]], part: int) -> Iterator[_Budget]:
    workspace, (found, projects) = _programme(folder), published
    for place, (name, row) in enumerate(sorted(found.items())):
        if place % PARTS == part:
            yield _Budget(workspace, place, row, projects[name])


PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
def test_declared_rule_reproduces_the_published_selection(
    part: int, tmp_path: Path, published: tuple[dict[str, Row], dict[str, list[Row]]]
) -> None:
    differing = set()
    for budget in _budgets(tmp_path, published, part):
        by_rule = {row["project_id"] for row in budget.projects if row["selected"] == "1"}
        otherwise = {row["project_id"] for row in budget.projects if row["selected"] == "2"}
        if budget.awarded() - otherwise != by_rule:
            differing.add(budget.row["call_id"])
    expected = {
        row["call_id"]
        for place, (_, row) in enumerate(sorted(published[0].items()))
        if place % PARTS == part and row["simple_rule_reproduces_selection"] == "0"
    }
    assert differing == expected
