"""A round whose call announced its objective: what is decided, told, published, appealed and derived again."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from appealed import HEARING, OTHER_EVALUATORS, TOLD, add, decide, decisions, prepare, score, uphold
from desk import Desk
from pipgrants.analysis import optimum as solver
from pipgrants.analysis.optimum import Best
from pipgrants.domain.appeal import Remedy
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import RefusedError
from pipgrants.services import optimiser
from pipgrants.services.analysis.optimum import optimum
from pipgrants.services.audit.replay import Replayed, replay
from pipgrants.services.audit.verify import verify as verify_record
from pipgrants.services.audit.what_if import what_if
from pipgrants.services.explain import explain
from pipgrants.services.letters import preview
from pipgrants.services.reserve import show_reserve
from pipgrants.services.results import write_results
from pipgrants.services.views import show_package
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DRAW, CALL, Round, application, as_, copied, edit, publish, rewrite

ANNOUNCED = {
    "rule: skip_and_fill": "rule: optimise\n  objective: sum_of_scores",
    "envelope_amount: 9000000": "envelope_amount: 240000",
}
MARKS = {"large": "5", "small 1": "4.5", "small 2": "4", "small 3": "3.5", "below": "2"}
SMALL = ["small 1", "small 2", "small 3"]
"""The large one asks for 240,000, which is all there is; each of the others for 80,000."""


def ranked_round(workspace: Workspace) -> Round:
    edit(workspace, "calls", CALL, ANNOUNCED)
    round_ = publish(workspace)
    totals = dict.fromkeys(MARKS, "160000") | {"large": "480000"}
    round_.receive([application(name, total=total) for name, total in totals.items()])
    round_.screen()
    round_.score({name: Decimal(mark) for name, mark in MARKS.items()})
    round_.rank()
    return round_


@pytest.fixture(scope="module")
def ranked(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return ranked_round(copied(staffed, tmp_path_factory.mktemp("announced") / "agency"))


@pytest.fixture(scope="module")
def told(ranked: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """The letters are released."""
    round_ = ranked.copy(tmp_path_factory.mktemp("told") / "agency")
    round_.ratify(round_.prepare().package)
    round_.release(TOLD)
    for name in OTHER_EVALUATORS:
        add(round_.workspace, name, Role.EVALUATOR)
    add(round_.workspace, "maria", Role.PROGRAMME_MANAGER)
    return round_


def references(round_: Round, numbers: list[str]) -> list[str]:
    names = {number: name for name, number in round_.numbers.items()}
    return [names[number] for number in numbers]


def derived(round_: Round) -> Replayed:
    return replay(round_.workspace, as_("aldo"), HEARING, call=CALL)


def no_solver(*_args: object) -> None:
    raise AssertionError("the solver was asked")


# Deciding


def test_the_best_selection_is_funded_and_the_best_ranked_waits(told: Round) -> None:
    assert decisions(told) == {
        "large": ("reserve", None),
        **dict.fromkeys(SMALL, ("award", 80_000_00)),
        "below": ("decline", None),
    }
    assert [item.proposal for item in show_reserve(told.workspace, CALL).waiting] == [told.numbers["large"]]


def test_who_approves_sees_the_selection_beside_that_of_the_ranking(ranked: Round, tmp_path: Path) -> None:
    round_ = ranked.copy(tmp_path / "agency")
    prepared = round_.prepare()
    told = show_package(round_.workspace, prepared.package).optimum
    assert told == prepared.optimum
    assert told is not None
    assert references(round_, told["funded"]) == SMALL
    assert references(round_, told["plain"]["funded"]) == ["large"]
    assert (told["awards"], told["plain"]["awards"], told["proved"], told["settled"]) == (3, 1, True, True)
    assert Decimal(told["value"]) == Decimal(told["bound"]) > Decimal(told["plain"]["value"])
    (entry,) = round_.entries(act="PackagePrepared", subject=f"package/{prepared.package}")
    assert entry["inputs"]["optimum"] == told


def test_without_the_solver_nothing_is_prepared(ranked: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    round_ = ranked.copy(tmp_path / "agency")
    monkeypatch.setattr(optimiser, "find_spec", lambda _name: None)
    with pytest.raises(RefusedError, match="needs the package scipy") as refused:
        round_.prepare()
    assert refused.value.next_step == "pip install 'pipgrants[analysis]'"


def test_a_selection_that_is_not_proved_decides_nothing(
    ranked: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the search ends before it found anything better than the plain rule."""
    round_ = ranked.copy(tmp_path / "agency")
    monkeypatch.setattr(solver, "maximise", lambda program, known, _: Best(known, program.value(known), 10**9, False))
    with pytest.raises(RefusedError, match="no selection was proved to have the greatest sum_of_scores") as refused:
        round_.prepare()
    assert refused.value.next_step == "give each search more than 60 seconds: pipgrants allocate CALL --seconds N"


# Telling


def test_the_officer_reads_both_selections_before_anything_is_stored(ranked: Round, tmp_path: Path) -> None:
    round_ = ranked.copy(tmp_path / "agency")
    desk = Desk(round_.workspace.folder, AFTER_DRAW)
    text = " ".join(desk.do("allocate", CALL, "--dry-run", by="olga").out.split())
    large, first = round_.numbers["large"], round_.numbers["small 1"]
    assert "Objective: sum of scores" in text
    assert "no selection has a greater sum of scores, and none that reaches it is ranked better." in text
    assert f"Not funded by skip_and_fill: {first}, " in text
    assert f"Funded by skip_and_fill and not so: {large}. The ranking alone does not decide." in text
    assert "Maximising the sum of scores funds many small projects" in text
    assert desk.try_out("allocate", CALL, "--seconds", "30").json["optimum"]["seconds"] == 30


def test_checking_the_call_says_by_what_it_decides(ranked: Round) -> None:
    text = " ".join(Desk(ranked.workspace.folder).do("call", "check", CALL).out.split())
    assert "the sum of the points of the proposals funded (clause 6.1)" in text
    assert "funds many small projects" in text


def test_letters_say_by_what_those_funded_were_selected(told: Round) -> None:
    data = {name: orjson.loads(told.letters(name)[-1].data) for name in ("large", "small 1")}
    assert [item["code"] for item in data["large"]["reasons"]] == ["allocation.not_selected"]
    assert [item["code"] for item in data["small 1"]["reasons"]] == ["allocation.selected"]
    assert data["large"]["line_total"] is None
    text = " ".join(re.sub("<[^>]+>", " ", preview(told.workspace, told.numbers["large"]).html).split())
    assert "la suma de los puntos de las propuestas financiadas" in text
    assert "el orden de mérito por sí solo no decide" in text


def test_an_explanation_draws_no_line(told: Round) -> None:
    explained = explain(told.workspace, told.numbers["large"], "en")
    assert explained.data["line"] is None
    assert "This proposal is not among them" in explained.text


def test_results_publish_the_bound_and_what_the_ranking_would_have_funded(told: Round) -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in write_results(told.workspace, CALL)}
    english = " ".join(files["results.en.txt"].split())
    assert "It is proved that no other selection has more." in english
    assert "(awards: 3)" in english and "(awards: 1)" in english
    assert "Maximising the sum of points funds many small projects" in english
    spanish = " ".join(files["results.es.txt"].split())
    assert "Está demostrado que ninguna otra selección alcanza más." in spanish


def test_the_advisory_optimum_is_the_official_one(told: Round) -> None:
    found = optimum(told.workspace, as_("aldo"), AFTER_DRAW, call=CALL)
    assert (found.announced, found.rule) == ("sum_of_scores", "skip_and_fill")
    assert references(told, [item.proposal for item in found.only_by_optimum]) == SMALL


def test_another_rule_can_be_tried(told: Round) -> None:
    found = what_if(
        told.workspace,
        as_("aldo"),
        AFTER_DRAW,
        call=CALL,
        changes={"allocation.objective": "sum_of_score_times_amount"},
    )
    after = {item.proposal: item.after.outcome for item in found.moves}
    assert {name: after[told.numbers[name]] for name in ("large", *SMALL)} == {
        "large": "award",
        **dict.fromkeys(SMALL, "reserve"),
    }


# Checking


def test_a_round_is_derived_again_without_the_solver(told: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver, "maximise", no_solver)
    found = derived(told)
    assert (found.differences, found.derived.determinations) == ((), 5)
    assert list(verify_record(told.workspace, as_("aldo"), HEARING).faults) == []


@pytest.mark.parametrize(
    ("said", "field", "message"),
    [
        ({"funded": ["large", "small 1"]}, "refused", "break the envelope"),
        ({"funded": ["large"]}, "refused", "no selection was proved to have the greatest"),
        ({"bound": "1"}, "refused", "the bound on record is 1"),
        ({"bound": "99999"}, "refused", "no selection was proved to have the greatest"),
        ({"settled": False}, "refused", "which of the selections that reach it is ranked best"),
        ({"value": "99"}, "inputs.optimum.value", ""),
        ({"awards": 4}, "inputs.optimum.awards", "3"),
    ],
)
def test_a_selection_that_somebody_changed_is_found(
    told: Round, tmp_path: Path, said: dict[str, Any], field: str, message: str
) -> None:
    round_ = told.copy(tmp_path / "agency")
    (entry,) = (item for item in round_.entries(act="PackagePrepared") if "optimum" in item["inputs"])
    entry["inputs"]["optimum"] |= said
    if "funded" in said:
        entry["inputs"]["optimum"]["funded"] = [round_.numbers[name] for name in said["funded"]]
    rewrite(round_, entry)
    found = {item.field: item.derived for item in derived(round_).differences if item.entry == entry["sequence"]}
    assert message in str(found[field])


# Appealing


def test_an_upheld_appeal_is_decided_by_a_selection_with_its_new_marks(
    told: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With better marks it would be among those selected; no award is taken away, so it waits before the others."""
    round_ = told.copy(tmp_path / "agency")
    uphold(round_, "below", Remedy.RESCORE)
    score(round_, "below", "5")
    with monkeypatch.context() as patched:
        patched.setattr(optimiser, "find_spec", lambda _name: None)
        with pytest.raises(RefusedError, match="needs the package scipy"):
            prepare(round_)
    decide(round_)
    assert decisions(round_)["below"] == ("reserve", None)
    reasons = orjson.loads(round_.letters("below")[-1].data)["reasons"]
    assert [item["code"] for item in reasons] == ["appeal.first_in_reserve", "allocation.envelope_exhausted"]
    monkeypatch.setattr(solver, "maximise", no_solver)
    assert derived(round_).differences == ()
    assert list(verify_record(round_.workspace, as_("aldo"), HEARING).faults) == []
