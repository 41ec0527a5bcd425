"""``monitoring``: a logical framework and what was measured by it, over files and without a workspace."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conftest import PROJECT
from pipgrants.cli.app import app
from pipgrants.cli.output import WIDTH
from pipgrants.domain.monitoring.record import MonitoringRecord
from pipgrants.domain.vocabulary import Language
from pipgrants.exchange.monitoring import read_monitoring

EXAMPLES = PROJECT / "examples"
FRAMEWORK = str(EXAMPLES / "logical_framework" / "pip-annex-2.yaml")
RECORD = str(EXAMPLES / "logical_framework" / "record")
MASAYA = str(EXAMPLES / "reported_results" / "masaya")
ISABELLA = str(EXAMPLES / "reported_results" / "isabella.csv")
PROGRAMME = str(EXAMPLES / "logical_framework" / "programme.csv")
OPERATIONS = str(EXAMPLES / "idb_pip_portfolio" / "operations.csv")
LAUNCH = ("--launch", "2004-01-15")

COMMANDS = [
    ["check", FRAMEWORK],
    ["baseline", RECORD, "--year", "2003", "--framework", FRAMEWORK],
    ["targets", FRAMEWORK, RECORD, *LAUNCH, "--on", "2007-06-30"],
    ["targets", FRAMEWORK, RECORD, *LAUNCH, "--on", "2004-05-01"],
    ["progress", FRAMEWORK, RECORD, *LAUNCH, "--on", "2005-07-15"],
    ["ratings", RECORD],
    ["impact", RECORD, "--from", "2003", "--to", "2006"],
    ["indicators", RECORD, "--from", "2003", "--end", "2006", "--on", "2006-12-31"],
    ["consistency", ISABELLA],
    ["programme", PROGRAMME, "--on", "2007-06-30"],
    ["portfolio", OPERATIONS],
]


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No workspace is near."""
    monkeypatch.chdir(tmp_path)


def do(*words: str) -> str:
    result = CliRunner().invoke(app, ["monitoring", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def told(*words: str) -> Any:
    return json.loads(do(*words, "--json"))


def refused(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["monitoring", *words])
    return result.exit_code, result.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_answer_fits_the_screen_and_is_told_in_json(words: list[str]) -> None:
    lines = do(*words).splitlines()
    assert [line for line in lines if len(line) > WIDTH or line != line.rstrip()] == []
    assert told(*words)


def test_shipped_framework_is_sound() -> None:
    assert do("check", FRAMEWORK).endswith("No mistake was found.\n")
    assert told("check", FRAMEWORK)["problems"] == []


def test_mistakes_of_a_framework_are_told_with_their_lines(tmp_path: Path) -> None:
    text = Path(FRAMEWORK).read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        text.replace("    - code: sales", "    - kode: sales").replace("due_month: 6\n", "due_month: x\n", 1)
    )
    code, error = refused("check", str(wrong))
    message = " ".join(error.split())
    assert code == 3
    assert "wrong.yaml has 3 mistakes" in message
    assert "unknown key, perhaps 'code' is meant" in message
    assert "allowed: code, title, horizon" in message


def test_parts_that_do_not_agree_are_told_after_what_the_framework_means(tmp_path: Path) -> None:
    text = Path(FRAMEWORK).read_text(encoding="utf-8")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text.replace("horizon: short_term", "horizon: long_term"))
    result = CliRunner().invoke(app, ["monitoring", "check", str(wrong)])
    assert (result.exit_code, result.stdout.startswith("pip-annex-2: ")) == (3, True)
    assert "there is no short-term target" in " ".join(result.stderr.split())


def test_targets_of_annex_2_are_evaluated_on_the_record() -> None:
    found = {item["indicator"]: item for item in told(*COMMANDS[2])["targets"]}
    assert (found["sales"]["verdict"], found["sales"]["value"]) == ("met", "0.259294")
    assert (found["entrepreneurs_trained"]["verdict"], found["entrepreneurs_trained"]["reached_on"]) == (
        "not_met",
        "2004-09-30",
    )
    assert (found["workshops"]["verdict"], found["workshops"]["reason"]) == ("undetermined", "not_recorded")
    assert "18 met, 4 not met, 1 undetermined" in do(*COMMANDS[2])


def test_no_target_is_decided_before_its_deadline() -> None:
    assert {item["verdict"] for item in told(*COMMANDS[3])["targets"]} == {"undetermined"}


def test_masaya_is_told_with_the_method_of_every_rate() -> None:
    text = do("impact", MASAYA, "--from", "2003", "--to", "2006")
    for rates in (
        "36.51 %, 12.17 % a year simple, 10.93 % a year compound",
        "36.64 %, 12.21 % a year simple, 10.97 % a year compound",
        "36.52 %, 12.17 % a year simple, 10.93 % a year compound",
    ):
        assert f"Nominal change    {rates}" in text
    assert "Real change       not computable: no price index" in text


def test_cordoba_is_told_per_dollar_of_programme_and_of_fund() -> None:
    words = ("impact", MASAYA, "--from", "2003", "--to", "2006", "--benefit", "14", "--cost", "2")
    found = told(*words, "--fund-share", "0.5")["return"]
    assert (found["per_programme"]["value"], found["per_fund"]["value"]) == ("7.000000", "14.000000")
    assert told(*words)["return"]["per_fund"]["reason"] == "not_recorded"


def test_isabella_is_flagged_for_2001_to_2004() -> None:
    assert [item["agrees"] for item in told("consistency", ISABELLA)["periods"]] == [False, None]
    assert "DISAGREES" in do("consistency", ISABELLA)


def test_planted_errors_of_a_baseline_are_told(tmp_path: Path) -> None:
    firms = (Path(RECORD) / "firms.csv").read_text(encoding="utf-8").splitlines()
    row = next(line for line in firms if line.startswith("F-001,2003"))
    cells = row.split(",")
    cells[6] += "000"
    (tmp_path / "firms.csv").write_text("\n".join(",".join(cells) if line == row else line for line in firms) + "\n")
    (tmp_path / "territory.csv").write_text((Path(RECORD) / "territory.csv").read_text(encoding="utf-8"))
    found = told("baseline", str(tmp_path), "--year", "2003")
    assert [(item["firm"], item["fact"]) for item in found["outliers"]] == [("F-001", "sales")]
    assert {item["fact"]: item["is_consistent"] for item in found["aggregates"]} == {
        "sales": True,
        "employment": True,
        "production": True,
        "exports": True,
    }


def test_facts_of_the_purpose_that_nobody_reported_are_told() -> None:
    found = told("baseline", RECORD, "--year", "2003", "--framework", FRAMEWORK)
    assert found["unmeasured"] == []


def test_ratings_to_be_looked_at_are_told() -> None:
    found = {
        item["activity"]: (item["is_low"], item["is_asymmetric"]) for item in told("ratings", RECORD)["activities"]
    }
    assert found == {
        "collective_equipment": (True, False),
        "technical_assistance": (False, False),
        "trade_missions": (False, True),
    }


def test_portfolio_adds_up() -> None:
    found = told("portfolio", OPERATIONS)
    assert {
        name: (groups[-1]["operations_count"], groups[-1]["amount"]) for name, groups in found.items()
    } == dict.fromkeys(("instrument", "implementation", "country", "year_approved"), (28, "496282200.00"))


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["baseline", RECORD, "--year", "2004"], 6, "has no row of 2004 in the sheet territory"),
        (["baseline", MASAYA, "--year", "2003"], 6, "has no row of 2003 in the sheet territory"),
        (["baseline", "no-such-folder", "--year", "2003"], 6, "there is no file no-such-folder"),
        (["impact", RECORD, "--from", "2006", "--to", "2003"], 3, "not in order"),
        (["impact", RECORD, "--from", "2003", "--to", "2006", "--benefit", "much"], 2, "--benefit: expected a plain"),
        (["indicators", RECORD, "--from", "2006", "--end", "2006"], 3, "not in order"),
        (["ratings", RECORD, "--highest", "4"], 3, "marks lie off the scale from 1 to 4"),
        (["ratings", RECORD, "--lowest", "5"], 2, "--lowest is below --highest"),
        (["targets", FRAMEWORK, RECORD, "--launch", "someday"], 2, "--launch"),
        (["targets", FRAMEWORK, RECORD, "--launch", "9999-12-31"], 3, "no project was launched on 9999-12-31"),
        (["progress", FRAMEWORK, RECORD, "--launch", "0001-01-01"], 3, "no project was launched on 0001-01-01"),
        (["check", OPERATIONS], 3, "operations.csv"),
        (["portfolio", ISABELLA], 3, "isabella.csv"),
    ],
)
def test_what_cannot_be_done_is_said(words: list[str], code: int, message: str) -> None:
    ended, told_ = refused(*words)
    assert (ended, message in " ".join(told_.split())) == (code, True), told_


@pytest.mark.parametrize("language", Language)
def test_form_is_written_in_each_language_and_read_back_empty(tmp_path: Path, language: Language) -> None:
    book, folder = tmp_path / "record.xlsx", tmp_path / "record"
    for out in (book, folder):
        do("template", "--out", str(out), "--language", language)
        assert read_monitoring(out, "USD") == MonitoringRecord()
    headings = (folder / "firms.csv").read_text(encoding="utf-8-sig").splitlines()[1]
    assert headings.startswith({"en": "[Firm],[Year]", "es": "[Empresa],[Año]", "pt": "[Empresa],[Ano]"}[language])


def test_form_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "record.xlsx").write_text("mine")
    assert refused("template", "--out", str(tmp_path / "record.xlsx"))[0] == 3
    assert refused("template", "--out", str(tmp_path / "record.ods"))[0] == 2


def test_rows_that_are_wrong_are_told_in_the_language_asked_for(tmp_path: Path) -> None:
    (tmp_path / "changes.csv").write_text("period,production,employment,productivity\n2001,24 %,1,0.4\n")
    code, message = refused("consistency", str(tmp_path / "changes.csv"), "--language", "es")
    assert (code, "fila 2, columna production: se espera un número simple" in message) == (3, True)


README = (EXAMPLES / "README.md").read_text(encoding="utf-8")
TYPED = [line.split()[1:] for line in README.splitlines() if line.startswith("pipgrants ")]


@pytest.mark.parametrize("words", TYPED, ids=lambda words: " ".join(words[:3]))
def test_commands_of_the_examples_work_as_they_are_typed(words: list[str]) -> None:
    placed = [word.replace("examples/", f"{EXAMPLES}/", 1) for word in words]
    result = CliRunner().invoke(app, placed)
    assert result.exit_code == 0, result.output


def test_examples_show_every_verb() -> None:
    verbs = {words[1] for words in TYPED if words[0] == "monitoring"}
    assert verbs == {words[0] for words in COMMANDS} | {"template"}
