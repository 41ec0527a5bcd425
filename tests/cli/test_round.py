"""A whole small round, typed as commands and nothing else."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk import Desk
from pipgrants.exchange.export import write_applications
from rounds import AFTER_DEADLINE, AFTER_DRAW, BEFORE_OPENING, CALL, EVALUATORS, SCORING, WHILE_OPEN, application

PEOPLE = {
    "olga": "coordination_officer",
    "marcos": "programme_manager",
    **dict.fromkeys(EVALUATORS, "evaluator"),
}
MARKS = {f"A{place}": f"{5 - (place - 1) // 2}" for place in range(1, 9)} | {"A10": "1"}
"""Marks of the nine eligible proposals: pairs of them are tied."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    folder = tmp_path_factory.mktemp("cli")
    desk = Desk(folder / "agency")
    desk.do("init", str(desk.folder), "--administrator", "admin", "--name", "Ada Ministro")
    for actor, role in PEOPLE.items():
        desk.do("actor", "add", actor, "--name", actor.title(), "--role", role, by="admin")
    _authorise(desk)
    _receive(desk, folder)
    _score(desk, folder)
    return desk


def _authorise(desk: Desk) -> None:
    desk.do("programme", "draft", "competitiveness-fund", by="olga")
    desk.do("ratify", desk.waiting(), "--yes", by="marcos")
    desk.do("call", "draft", CALL, by="olga")
    desk.do("call", "authorise", desk.waiting()[:12], by="marcos", answers="y\n")
    desk.do("call", "publish", CALL, "--yes", by="olga")


def _receive(desk: Desk, folder: Path) -> None:
    desk.now = WHILE_OPEN
    applications = [application(f"A{place}") for place in range(1, 9)]
    applications += [application("A9", counterpart="80000"), application("A10", agreement=False)]
    write_applications(applications, folder / "applications.xlsx")
    desk.do("proposal", "import", CALL, str(folder / "applications.xlsx"), by="olga")
    desk.now = AFTER_DEADLINE
    desk.do("screen", CALL, "--yes", by="olga")


def _score(desk: Desk, folder: Path) -> None:
    desk.now = SCORING
    desk.do("evaluation", "assign", CALL, "--evaluators", "eva,emilio,edna", by="olga")
    references = {
        item["number"]: item["reference"] for item in desk.do("proposal", "list", CALL, "--json").json["proposals"]
    }
    with (folder / "scores.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("proposal", "evaluator", "criterion", "mark", "comment"))
        for item in desk.do("evaluation", "list", CALL, "--json").json["evaluations"]:
            for criterion in _criteria(desk):
                writer.writerow(
                    (item["proposal"], item["evaluator"], criterion, MARKS[references[item["proposal"]]], "")
                )
    desk.do("evaluation", "import", CALL, str(folder / "scores.csv"), "--for", "eva,emilio,edna", by="olga")
    desk.do("evaluation", "close", CALL, "--yes", by="olga")
    desk.now = AFTER_DRAW


def _criteria(desk: Desk) -> Iterator[str]:
    text = (desk.folder / "workflows" / "calls" / f"{CALL}.yaml").read_text(encoding="utf-8")
    rubric = text.split("  criteria:\n")[1]
    for line in rubric.splitlines():
        if not line.startswith("   "):
            return
        if line.startswith("    - code: "):
            yield line.removeprefix("    - code: ")


def test_round_is_ranked_drawn_allocated_ratified_and_answered(desk: Desk) -> None:
    tied = desk.type("rank", CALL, by="olga")
    assert tied.code == 3
    assert "4 groups remain tied" in tied.err
    assert f"pipgrants rank draw {CALL}" in tied.err

    evidence = desk.folder / "draw.txt"
    evidence.write_text("official results")
    numbers = ("--numbers", "Powerball=1,2,3,4,5,6", "--numbers", "EuroMillions=1 2 3 4 5 6 7")
    drawn = desk.do("rank", "draw", CALL, *numbers, "--evidence", str(evidence), "--yes", "--json", by="olga")
    assert drawn.json["key"] == "1.2.3.4.5.6./1.2.3.4.5.6.7./"
    assert desk.do("rank", CALL, "--json", by="olga").json["drawn_count"] == 8
    ranking = desk.do("rank", "show", CALL, "--json").json["ranking"]
    assert [place["rank"] for place in ranking] == list(range(1, 10))

    package = str(desk.do("allocate", CALL, "--json", by="olga").json["package"])
    trial = desk.do("ratify", package, "--dry-run", by="marcos")
    assert trial.out.splitlines()[1] == "Dry run: nothing was kept."
    ratified = desk.do("ratify", package, "--yes", "--json", by="marcos").json
    assert ratified["determinations"] == {"award": 6, "decline": 3, "ineligible": 1}
    released = desk.do("letters", "release", CALL, "--yes", "--json", by="olga").json
    assert released["kinds"] == {"receipt": 10, "award": 6, "decline": 3, "ineligible": 1}
    assert len(list((desk.folder / "letters" / CALL).glob("*.txt"))) == 20

    status = desk.do("status", CALL, "--json").json
    assert (status["state"], status["proposals"], status["synthetic"]) == ("released", {"notified": 10}, True)
    assert [Path(file).name for file in desk.do("call", "results", CALL, "--json").json["files"]] == [
        f"results.{language}.{suffix}" for language in ("es", "pt", "en") for suffix in ("html", "txt")
    ]
    _look_at_one(desk)


def _look_at_one(desk: Desk) -> None:
    rejected = "PIP1-000009"
    explained = desk.do("explain", rejected, "--language", "en")
    assert "40% (USD 80,000.00" in explained.out
    data = desk.do("explain", rejected, "--json").json
    assert [item["verdict"] for item in data["findings"] if item["criterion"] == "counterpart"] == ["not_met"]
    trail = desk.do("trail", "show", "--proposal", rejected, "--json").json["entries"]
    assert [entry["act"] for entry in trail] == [
        "ProposalReceived",
        "ProposalScreened",
        "ProposalDetermined",
        "LetterReleased",
        "ApplicantNotified",
    ]
    assert {entry["at"][:16] for entry in trail[-2:]} == {AFTER_DRAW.strftime("%Y-%m-%dT%H:%M")}


def test_every_entry_bears_the_time_of_its_command(desk: Desk) -> None:
    entries = desk.do("trail", "show", "--limit", "1000", "--json").json["entries"]
    times = {entry["at"][:16] for entry in entries}
    days = (BEFORE_OPENING, WHILE_OPEN, AFTER_DEADLINE, SCORING, AFTER_DRAW)
    assert times <= {day.strftime("%Y-%m-%dT%H:%M") for day in days}
    assert [entry["sequence"] for entry in entries] == list(range(1, len(entries) + 1))
