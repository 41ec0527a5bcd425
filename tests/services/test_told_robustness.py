"""What letters tell of how far a decision can be trusted, where the call says so."""

from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from appealed import HEARING, decide, score, told_round, uphold
from pipgrants.analysis import acceptability
from pipgrants.domain.appeal import Remedy
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import RefusedError
from pipgrants.services import told_robustness
from pipgrants.services.analysis.robustness import robustness
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.letters import preview
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, CALL, Round, application, as_, copied, edit, publish, rewrite

TELLS = {
    "  reserve_count: 10\n": "  reserve_count: 10\n  robustness_in_letters: true\n",
    "envelope_amount: 9000000": "envelope_amount: 200000",
}
MARKS = {"A1": "5", "A2": "4.5", "A3": "4", "A4": "1.5"}
LANGUAGES = {"A1": Language.ENGLISH, "A2": Language.SPANISH, "A3": Language.PORTUGUESE, "A4": Language.SPANISH}


@pytest.fixture(scope="module")
def ranked(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """Four ask for 100,000 each of 200,000; the last one stays below the minimum total."""
    workspace = copied(staffed, tmp_path_factory.mktemp("tells") / "agency")
    edit(workspace, "calls", CALL, TELLS)
    round_ = publish(workspace)
    round_.receive([application(name, language=language) for name, language in LANGUAGES.items()])
    round_.screen()
    round_.score({name: Decimal(mark) for name, mark in MARKS.items()})
    round_.rank()
    return round_


@pytest.fixture(scope="module")
def ratified(ranked: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    round_ = ranked.copy(tmp_path_factory.mktemp("ratified") / "agency")
    round_.ratify(round_.prepare().package)
    return round_


def test_letters_tell_what_the_sheet_tells(ratified: Round) -> None:
    sheet = {
        item.proposal: item for item in robustness(ratified.workspace, as_("aldo"), AFTER_DRAW, call=CALL).proposals
    }
    for name, number in ratified.numbers.items():
        told = orjson.loads(ratified.letters(name)[-1].data).get("from_line")
        item = sheet[number]
        if name == "A4":
            assert told is None
        else:
            assert (Decimal(told["points"]), Decimal(told["share"])) == (item.points_from_line, item.funded_share)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("A1", ["points above the line", "funded under 100% of the admissible weights"]),
        ("A2", ["puntos por encima de la línea", "se financiaría con el"]),
        ("A3", ["pontos abaixo da linha", "seria financiada com 0% dos pesos admissíveis"]),
    ],
)
def test_each_letter_says_it_in_its_language(ratified: Round, name: str, told: list[str]) -> None:
    text = " ".join(preview(ratified.workspace, ratified.numbers[name]).text.split()).replace("\u00a0", " ")
    assert [words for words in told if words not in text] == []


def test_the_entry_names_the_seed_and_every_share(ratified: Round) -> None:
    (entry,) = (item for item in ratified.entries(act="PackagePrepared") if "robustness" in item["inputs"])
    told = entry["inputs"]["robustness"]
    assert (told["seed"], told["draws"]) == (20260101, 10_000)
    assert set(told["proposals"]) == {ratified.numbers[name] for name in ("A1", "A2", "A3")}


def test_a_round_is_derived_again_without_drawing(ratified: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(*_args: object, **_named: object) -> None:
        raise AssertionError("weights were drawn")

    monkeypatch.setattr(acceptability, "acceptability", drawn)
    assert replay(ratified.workspace, as_("aldo"), AFTER_DRAW, call=CALL).differences == ()
    assert list(verify(ratified.workspace, as_("aldo"), AFTER_DRAW).faults) == []


def test_points_that_somebody_changed_are_found(ratified: Round, tmp_path: Path) -> None:
    round_ = ratified.copy(tmp_path / "agency")
    (entry,) = (item for item in round_.entries(act="PackagePrepared") if "robustness" in item["inputs"])
    number = round_.numbers["A2"]
    entry["inputs"]["robustness"]["proposals"][number]["points"] = "99"
    rewrite(round_, entry)
    found = replay(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL).differences
    assert f"inputs.robustness.proposals.{number}.points" in [item.field for item in found]


def test_what_the_call_does_not_tell_is_not_told_by_an_entry(packaged: tuple[Round, str], tmp_path: Path) -> None:
    round_ = packaged[0].copy(tmp_path / "agency")
    (entry,) = round_.entries(act="PackagePrepared", subject=f"package/{packaged[1]}")
    entry["inputs"]["robustness"] = {"seed": 1, "draws": 1, "proposals": {}}
    rewrite(round_, entry)
    found = replay(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL).differences
    assert [(item.field, item.derived) for item in found] == [("inputs.robustness", None)]


def test_without_the_extra_nothing_is_prepared(ranked: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    round_ = ranked.copy(tmp_path / "agency")
    monkeypatch.setattr(told_robustness, "find_spec", lambda _name: None)
    with pytest.raises(RefusedError, match="need the package scipy"):
        round_.prepare()


def test_a_letter_on_appeal_does_not_tell_what_the_round_told(staffed: Workspace, tmp_path: Path) -> None:
    """Its total is another one."""
    round_ = told_round(copied(staffed, tmp_path / "agency"), TELLS)
    assert orjson.loads(round_.letters("third")[-1].data)["from_line"] == {"points": "-10", "share": "0"}
    uphold(round_, "third", Remedy.RESCORE)
    score(round_, "third", "5")
    decide(round_)
    assert "from_line" not in orjson.loads(round_.letters("third")[-1].data)
    assert replay(round_.workspace, as_("aldo"), HEARING, call=CALL).differences == ()


def test_a_call_that_does_not_say_so_tells_nothing(packaged: tuple[Round, str]) -> None:
    round_, package = packaged
    (entry,) = round_.entries(act="PackagePrepared", subject=f"package/{package}")
    assert set(entry["inputs"]) == {"package", "kind", "programme", "call", "stage", "inputs", "lines"}
