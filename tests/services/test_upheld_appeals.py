"""What an upheld appeal leads to: a new place, money that is there, letters in the place of others; nobody loses."""

from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from appealed import (
    HEARING,
    IN_TIME,
    WITH_MARGIN,
    add,
    decide,
    decisions,
    file,
    prepare,
    score,
    settle,
    standings,
    told_round,
    uphold,
    verify,
)
from pipgrants.domain.appeal import Remedy, Ruling
from pipgrants.domain.vocabulary import EvidenceKind, Role
from pipgrants.errors import RefusedError
from pipgrants.services import answers
from pipgrants.services.audit.duties import review_duties
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify as verify_record
from pipgrants.services.explain import explain
from pipgrants.services.reserve import prepare_promotion, show_reserve
from pipgrants.services.results import write_results
from pipgrants.services.returned_money import record_return
from pipgrants.services.status import call_status
from pipgrants.services.views import show_package
from pipgrants.services.workspace import Workspace
from rounds import Round, as_, copied

AWARD = 100_000_00
UNMET = ("counterpart", "grant.maximum_share")
"""What the screening found of ``excluded``: a grant of 96,000 is more than half of 160,000."""


def recuse_elvira(round_: Round) -> None:
    """She takes no proposals. Her tie counts when evaluators are assigned, and not when appeals are heard."""
    round_.add_evaluator("elvira")
    tie = {"tie": "board", "organisation": "Taller third-1", "until_on": "2023-06-15"}
    round_.profile({"evaluator": "elvira", "load_limit": "0", **tie})


@pytest.fixture(scope="session")
def told(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return told_round(copied(staffed, tmp_path_factory.mktemp("told") / "agency"), received=recuse_elvira)


@pytest.fixture(scope="session")
def told_with_margin(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return told_round(copied(staffed, tmp_path_factory.mktemp("margin") / "agency"), WITH_MARGIN)


@pytest.fixture
def round_(told: Round, tmp_path: Path) -> Round:
    return told.copy(tmp_path / "agency")


@pytest.fixture
def margin(told_with_margin: Round, tmp_path: Path) -> Round:
    return told_with_margin.copy(tmp_path / "agency")


def faults(round_: Round) -> list[str]:
    found = verify_record(round_.workspace, as_("aldo"), HEARING).faults
    return [f"{fault.place} {fault.field}: {fault.message}" for fault in found]


def reasons(round_: Round, reference: str) -> list[str]:
    return [item["code"] for item in orjson.loads(round_.letters(reference)[-1].data)["reasons"]]


def test_verified_and_scored_it_is_first_in_reserve_where_no_money_is_left(round_: Round) -> None:
    before = decisions(round_)
    contested = round_.letters("excluded")[-1]
    uphold(round_, "excluded", Remedy.REVERIFY, *UNMET)
    assert round_.state("excluded") == "upheld"
    verdicts = verify(round_, "excluded")
    assert set(verdicts.values()) == {"met"}
    score(round_, "excluded", "5")
    decide(round_)
    assert decisions(round_) == {**before, "excluded": ("reserve", None)}
    assert (round_.state("excluded"), standings(round_, "excluded")) == ("notified", ["decided"])
    letters = {letter.number: letter for letter in round_.letters("excluded")}
    new = max(letters)
    assert letters[contested.number].superseded_by == new
    assert letters[contested.number].stage == contested.stage
    assert (letters[new].kind, orjson.loads(letters[new].data)["corrects"]) == ("reserve", contested.number)
    assert reasons(round_, "excluded") == ["appeal.first_in_reserve", "allocation.envelope_exhausted"]
    assert faults(round_) == []


def test_it_is_paid_from_the_margin_where_the_call_says_so(margin: Round) -> None:
    before = decisions(margin)
    assert before["first"] == before["second"] == ("award", AWARD)
    uphold(margin, "excluded", Remedy.REVERIFY, *UNMET)
    verify(margin, "excluded")
    score(margin, "excluded", "5")
    shown = show_package(margin.workspace, prepare(margin).proposed.package)
    assert (shown.free, shown.margin) == ("0.00", "100000.00")
    decide(margin)
    assert decisions(margin) == {**before, "excluded": ("award", 96_000_00)}
    assert reasons(margin, "excluded") == ["appeal.funded_from_margin"]
    assert faults(margin) == []


def test_the_margin_pays_whom_the_rule_would_fund_in_the_ranking_with_all_new_places(margin: Round) -> None:
    """With three totals of 102 the money covers two; the third was not wronged."""
    before = decisions(margin)
    uphold(margin, "excluded", Remedy.REVERIFY, *UNMET)
    uphold(margin, "third", Remedy.RESCORE)
    verify(margin, "excluded")
    score(margin, "excluded", "5")
    score(margin, "third", "5")
    decide(margin)
    assert decisions(margin) == {**before, "third": ("award", AWARD), "excluded": ("reserve", None)}
    assert reasons(margin, "excluded") == ["allocation.envelope_exhausted"]
    assert replay(margin.workspace, as_("aldo"), HEARING, call=margin.call).differences == ()


def test_scored_again_the_place_is_that_of_the_new_marks(round_: Round) -> None:
    uphold(round_, "below", Remedy.RESCORE)
    score(round_, "below", "3.5")
    found = prepare(round_)
    (line,) = found.proposed.decisions
    assert (line.rank, line.outcome) == (4, "reserve")
    told = orjson.loads(line.detail)["appeal"]
    assert (told["former"], told["total"]) == ("decline", "72")


def test_equal_totals_are_separated_as_the_call_says(round_: Round) -> None:
    uphold(round_, "third", Remedy.RESCORE)
    score(round_, "third", "4.5")
    (line,) = prepare(round_).proposed.decisions
    assert line.rank == 3


def test_who_appeals_is_never_worse_off(round_: Round) -> None:
    before = decisions(round_)
    uphold(round_, "third", Remedy.RESCORE)
    score(round_, "third", "1")
    decide(round_)
    assert decisions(round_) == before
    assert reasons(round_, "third")[0] == "appeal.former_decision_stands"
    assert round_.letter_kinds("third")[-1] == "reserve"
    assert faults(round_) == []


def test_an_award_stays_whatever_the_new_marks_say(round_: Round) -> None:
    before = decisions(round_)
    uphold(round_, "first", Remedy.RESCORE)
    score(round_, "first", "0")
    decide(round_)
    assert decisions(round_) == before
    assert faults(round_) == []


def test_a_paper_that_was_overlooked_is_attached_and_counts(told: Round, tmp_path: Path) -> None:
    round_ = told.copy(tmp_path / "agency")
    uphold(round_, "excluded", Remedy.REVERIFY)
    paper = tmp_path / "anexo.pdf"
    paper.write_bytes(b"%PDF anexo 4")
    answers.attach(
        round_.workspace,
        as_("olga"),
        HEARING,
        proposal=round_.numbers["excluded"],
        file=paper,
        kind=EvidenceKind.OTHER,
        issuer="Taller",
    )
    assert verify(round_, "excluded")["counterpart"] == "not_met"
    decide(round_)
    assert decisions(round_)["excluded"] == ("ineligible", None)
    assert reasons(round_, "excluded") == ["appeal.former_decision_stands", "screening.not_met", "screening.not_met"]
    assert faults(round_) == []


def test_what_was_found_ineligible_waits_to_be_verified_and_then_scored(round_: Round) -> None:
    uphold(round_, "excluded", Remedy.REVERIFY, *UNMET)
    with pytest.raises(RefusedError, match="no upheld appeal") as refused:
        prepare(round_)
    assert refused.value.next_step == f"pipgrants appeal verify {round_.numbers['excluded']} --as OFFICER"
    verify(round_, "excluded")
    with pytest.raises(RefusedError, match="no upheld appeal") as refused:
        prepare(round_)
    assert refused.value.next_step == f"pipgrants appeal score {round_.numbers['excluded']} FILE --as OFFICER"


def test_others_that_wait_are_named(round_: Round) -> None:
    uphold(round_, "third", Remedy.RESCORE)
    uphold(round_, "below", Remedy.RESCORE)
    score(round_, "third", "3")
    assert prepare(round_).waiting == [f"pipgrants appeal score {round_.numbers['below']} FILE --as OFFICER"]


def test_who_scored_before_does_not_score_again(round_: Round) -> None:
    uphold(round_, "third", Remedy.RESCORE)
    with pytest.raises(RefusedError, match="eva scored"):
        score(round_, "third", "5", ("elsa", "ernesto", "eva"))


def test_who_is_tied_to_the_applicant_does_not_score_on_appeal(round_: Round) -> None:
    uphold(round_, "third", Remedy.RESCORE)
    round_.profile({"evaluator": "elsa", "institution": "Taller third-1"}, now=HEARING)
    with pytest.raises(RefusedError, match=r"a conflict of interest keeps off .*: elsa \(conflict.employer"):
        score(round_, "third", "5")


def test_who_was_recused_in_the_round_does_not_score_on_appeal(round_: Round) -> None:
    uphold(round_, "third", Remedy.RESCORE)
    with pytest.raises(RefusedError, match=r"elvira \(recused: conflict.board E-"):
        score(round_, "third", "5", ("elsa", "ernesto", "elvira"))


def test_a_ruling_to_verify_takes_no_other_marks(round_: Round) -> None:
    uphold(round_, "third", Remedy.REVERIFY)
    verify(round_, "third")
    with pytest.raises(RefusedError, match="the ruling asks for no other marks of"):
        score(round_, "third", "5")


def test_an_appeal_is_scored_once(round_: Round) -> None:
    uphold(round_, "third", Remedy.RESCORE)
    score(round_, "third", "3")
    for name in ("elena", "enzo", "ema"):
        round_.add_evaluator(name)
    with pytest.raises(RefusedError, match="was scored on this appeal already"):
        score(round_, "third", "5", ("elena", "enzo", "ema"))


@pytest.mark.parametrize("evaluators", [("elsa", "ernesto"), ("elsa",)])
def test_a_score_on_appeal_is_whole(round_: Round, evaluators: tuple[str, ...]) -> None:
    uphold(round_, "third", Remedy.RESCORE)
    with pytest.raises(RefusedError, match="is scored by 3 evaluators"):
        score(round_, "third", "5", evaluators)


def test_a_mark_off_the_scale_is_refused(round_: Round) -> None:
    from pipgrants.errors import ImportRefusedError

    uphold(round_, "third", Remedy.RESCORE)
    with pytest.raises(ImportRefusedError):
        score(round_, "third", "5.5")


def test_who_heard_the_appeal_neither_verifies_nor_scores_nor_prepares_nor_ratifies(round_: Round) -> None:
    add(round_.workspace, "mauro", Role.PROGRAMME_MANAGER, Role.EVALUATOR, Role.COORDINATION_OFFICER)
    for reference, remedy in (("third", Remedy.RESCORE), ("excluded", Remedy.REVERIFY)):
        file(round_, reference)
        settle(round_, reference, Ruling.UPHELD, remedy, by="mauro")
    with pytest.raises(RefusedError, match="mauro heard the appeal"):
        verify(round_, "excluded", by="mauro")
    with pytest.raises(RefusedError, match="mauro heard the appeal"):
        score(round_, "third", "5", ("elsa", "ernesto", "mauro"))
    score(round_, "third", "5")
    with pytest.raises(RefusedError, match="mauro heard the appeal"):
        prepare(round_, by="mauro")
    package = prepare(round_).proposed.package
    with pytest.raises(RefusedError, match="mauro heard the appeal"):
        round_.ratify(package, HEARING, by="mauro")
    round_.ratify(package, HEARING)
    assert review_duties(round_.workspace, as_("aldo"), HEARING).conflicts == []


def test_who_heard_the_appeal_neither_prepares_nor_ratifies_the_promotion(round_: Round) -> None:
    add(round_.workspace, "mauro", Role.PROGRAMME_MANAGER, Role.COORDINATION_OFFICER)
    file(round_, "third")
    settle(round_, "third", Ruling.DISMISSED, by="mauro")
    round_.release(HEARING)
    give_up(round_, "first")
    with pytest.raises(RefusedError, match="mauro heard the appeal"):
        prepare_promotion(round_.workspace, as_("mauro"), HEARING, call=round_.call)
    package = prepare_promotion(round_.workspace, as_("olga"), HEARING, call=round_.call).package
    with pytest.raises(RefusedError, match="mauro heard the appeal"):
        round_.ratify(package, HEARING, by="mauro")
    round_.ratify(package, HEARING)
    assert review_duties(round_.workspace, as_("aldo"), HEARING).conflicts == []


def test_the_review_names_who_heard_and_ratified(round_: Round) -> None:
    from rounds import tamper

    uphold(round_, "third", Remedy.RESCORE)
    score(round_, "third", "5")
    round_.ratify(prepare(round_).proposed.package, HEARING)
    tamper(round_.workspace.folder, "DROP TRIGGER entry_refuses_update")
    tamper(
        round_.workspace.folder,
        "UPDATE entry SET content = "
        'CAST(replace(CAST(content AS TEXT), \'"actor":"marcos"\', \'"actor":"maria"\') AS BLOB) '
        "WHERE act = 'ProposalDetermined' AND sequence > (SELECT sequence FROM entry WHERE act = 'AppealSettled')",
    )
    conflicts = review_duties(round_.workspace, as_("aldo"), HEARING).conflicts
    assert [(item.people, item.duties) for item in conflicts] == [(("maria",), ("hears_appeal", "approves"))]


def test_a_package_is_not_ratified_once_something_changed(round_: Round) -> None:
    uphold(round_, "third", Remedy.RESCORE)
    score(round_, "third", "5")
    package = prepare(round_).proposed.package
    file(round_, "below", IN_TIME)
    with pytest.raises(RefusedError, match="proposals, scores or decisions changed"):
        round_.ratify(package, HEARING)


def test_a_second_decision_can_be_appealed_against_in_its_turn(round_: Round) -> None:
    uphold(round_, "below", Remedy.RESCORE)
    score(round_, "below", "3.5")
    decide(round_)
    filed = file(round_, "below", HEARING)
    assert (filed.number, filed.until.isoformat()) == (2, "2026-07-27")
    assert faults(round_) == []


def uphold_second(round_: Round, reference: str, remedy: Remedy) -> None:
    """A second appeal, against the decision on the first."""
    file(round_, reference, HEARING)
    settle(round_, reference, Ruling.UPHELD, remedy)


def marks_on_record(round_: Round, reference: str) -> dict[str, set[str]]:
    """Who gave marks to a proposal, by stage."""
    with round_.workspace.read() as unit:
        stages = ("proposal", "appeal-1", "appeal-2")
        found = {stage: unit.evaluations.of_proposal(round_.numbers[reference], stage) for stage in stages}
    return {stage: {row.evaluator for row in rows if row.marks} for stage, rows in found.items()}


def test_what_was_scored_on_appeal_is_scored_again_on_a_second_one_by_others(round_: Round) -> None:
    uphold(round_, "excluded", Remedy.REVERIFY, *UNMET)
    verify(round_, "excluded")
    score(round_, "excluded", "3")
    decide(round_)
    assert decisions(round_)["excluded"] == ("reserve", None)
    uphold_second(round_, "excluded", Remedy.RESCORE)
    with pytest.raises(RefusedError, match="elsa, ernesto, ester scored"):
        score(round_, "excluded", "5")
    others = ("eda", "eloy", "enzo")
    for name in others:
        add(round_.workspace, name, Role.EVALUATOR)
    score(round_, "excluded", "5", others)
    decide(round_)
    with round_.workspace.read() as unit:
        place = orjson.loads(
            next(
                iter(
                    line.detail
                    for line in unit.packages.standing(round_.call)
                    if line.proposal == round_.numbers["excluded"]
                )
            )
        )["appeal"]
    assert (place["number"], place["scored_at"], place["total"]) == (2, "appeal-2", "102")
    assert reasons(round_, "excluded")[0] == "appeal.first_in_reserve"
    assert marks_on_record(round_, "excluded") == {
        "proposal": set(),
        "appeal-1": {"elsa", "ernesto", "ester"},
        "appeal-2": set(others),
    }
    assert faults(round_) == []
    assert replay(round_.workspace, as_("aldo"), HEARING, call=round_.call).differences == ()


def test_a_second_appeal_that_verifies_rests_on_the_marks_of_the_first(round_: Round) -> None:
    uphold(round_, "below", Remedy.RESCORE)
    score(round_, "below", "3.5")
    decide(round_)
    uphold_second(round_, "below", Remedy.REVERIFY)
    verify(round_, "below")
    with pytest.raises(RefusedError, match="asks for no other marks"):
        score(round_, "below", "5", ("eda", "eloy", "enzo"))
    (line,) = prepare(round_).proposed.decisions
    told = orjson.loads(line.detail)["appeal"]
    assert (told["scored_at"], told["total"], line.rank, line.outcome) == ("appeal-1", "72", 4, "reserve")
    assert replay(round_.workspace, as_("aldo"), HEARING, call=round_.call).differences == ()


def test_a_worse_second_result_leaves_the_place_of_the_first_appeal(round_: Round) -> None:
    uphold(round_, "below", Remedy.RESCORE)
    score(round_, "below", "4.5")
    decide(round_)
    uphold_second(round_, "below", Remedy.RESCORE)
    others = ("eda", "eloy", "enzo")
    for name in others:
        add(round_.workspace, name, Role.EVALUATOR)
    score(round_, "below", "1", others)
    decide(round_)
    assert reasons(round_, "below")[:2] == ["appeal.former_decision_stands", "appeal.new_result"]
    explained = explain(round_.workspace, round_.numbers["below"], "en").data
    assert (explained["rank"], explained["total"]) == (3, "92")
    waiting = show_reserve(round_.workspace, round_.call).waiting
    assert [item.proposal for item in waiting] == [round_.numbers["below"], round_.numbers["third"]]
    assert replay(round_.workspace, as_("aldo"), HEARING, call=round_.call).differences == ()


def test_a_replay_derives_the_decisions_on_appeal(margin: Round) -> None:
    file(margin, "first", HEARING)
    uphold(margin, "excluded", Remedy.REVERIFY, *UNMET)
    uphold(margin, "below", Remedy.RESCORE)
    verify(margin, "excluded")
    score(margin, "excluded", "5")
    score(margin, "below", "3.5")
    decide(margin)
    found = replay(margin.workspace, as_("aldo"), HEARING, call=margin.call)
    assert found.differences == ()
    assert found.derived.packages == 2
    assert found.derived.determinations == 7


def test_results_and_explanation_tell_of_the_decision_on_appeal_once_its_letter_left(margin: Round) -> None:
    uphold(margin, "excluded", Remedy.REVERIFY, *UNMET)
    verify(margin, "excluded")
    score(margin, "excluded", "5")
    margin.ratify(prepare(margin).proposed.package, HEARING)
    number = margin.numbers["excluded"]
    assert "on appeal" not in results_of(margin)
    margin.release(HEARING)
    assert "(on appeal)" in results_of(margin)
    found = explain(margin.workspace, number, "en")
    assert (found.data["rank"], found.data["total"]) == (2, "102")
    assert [item["standing"] for item in found.data["appeals"]] == ["decided"]
    assert "Appeal 1, against letter" in found.text
    assert {actor for actor in ("elsa", "ernesto", "ester") if actor in found.text} == set()


def results_of(round_: Round) -> str:
    paths = write_results(round_.workspace, round_.call)
    return " ".join(next(path for path in paths if path.name == "results.en.txt").read_text(encoding="utf-8").split())


def test_the_status_says_what_open_appeals_wait_for(round_: Round) -> None:
    number = round_.numbers["third"]

    def first_step() -> str:
        steps = call_status(round_.workspace, round_.call).next_steps
        return next(step for step in steps if step.startswith("pipgrants appeal"))

    file(round_, "third")
    assert call_status(round_.workspace, round_.call).appeals == {"lodged": 1}
    assert first_step() == f"pipgrants appeal settle {number} --ruling RULING --reason TEXT --as MANAGER"
    settle(round_, "third", Ruling.UPHELD, Remedy.RESCORE)
    assert first_step() == f"pipgrants appeal score {number} FILE --as OFFICER"
    score(round_, "third", "5")
    assert first_step() == f"pipgrants appeal prepare {round_.call} --as OFFICER"


def give_up(round_: Round, reference: str) -> None:
    answers.withdraw(round_.workspace, as_("olga"), HEARING, proposal=round_.numbers[reference], reason="Otro fondo")


def promoted(round_: Round) -> dict[str, int | None]:
    """Prepares the promotions, ratifies them and releases the letters; the amounts by reference."""
    found = prepare_promotion(round_.workspace, as_("olga"), HEARING, call=round_.call)
    round_.ratify(found.package, HEARING)
    round_.release(HEARING)
    references = {number: name for name, number in round_.numbers.items()}
    return {references[line.proposal]: line.amount_minor for line in found.decisions}


def uphold_excluded(round_: Round) -> None:
    uphold(round_, "excluded", Remedy.REVERIFY, *UNMET)
    verify(round_, "excluded")
    score(round_, "excluded", "5")


def test_first_in_reserve_by_an_appeal_has_its_turn_before_others_that_wait(round_: Round) -> None:
    uphold_excluded(round_)
    decide(round_)
    give_up(round_, "first")
    waiting = show_reserve(round_.workspace, round_.call).waiting
    assert [item.proposal for item in waiting] == [round_.numbers["excluded"], round_.numbers["third"]]
    before = decisions(round_)
    assert promoted(round_) == {"excluded": 96_000_00}
    assert decisions(round_) == {**before, "excluded": ("award", 96_000_00)}
    assert show_reserve(round_.workspace, round_.call).free == "4000.00"
    explained = explain(round_.workspace, round_.numbers["excluded"], "en")
    assert (explained.data["rank"], explained.data["total"]) == (2, "102")
    letter = orjson.loads(round_.letters("excluded")[-1].data)
    assert (letter["rank"], letter["total"], letter["line_total"]) == (2, "102", "102")
    assert faults(round_) == []
    assert replay(round_.workspace, as_("aldo"), HEARING, call=round_.call).differences == ()


def test_who_was_promoted_after_an_appeal_keeps_the_award_when_more_money_is_free(round_: Round) -> None:
    uphold_excluded(round_)
    decide(round_)
    give_up(round_, "first")
    promoted(round_)
    give_up(round_, "second")
    assert show_reserve(round_.workspace, round_.call).free == "104000.00"
    assert promoted(round_) == {"third": AWARD}
    assert show_reserve(round_.workspace, round_.call).free == "4000.00"
    assert replay(round_.workspace, as_("aldo"), HEARING, call=round_.call).differences == ()


def test_first_in_reserve_stays_so_when_a_second_appeal_changes_nothing(round_: Round) -> None:
    uphold(round_, "below", Remedy.RESCORE)
    score(round_, "below", "5")
    decide(round_)
    file(round_, "below", HEARING)
    settle(round_, "below", Ruling.UPHELD, Remedy.RESCORE)
    evaluators = ("eda", "eloy", "enzo")
    for name in evaluators:
        add(round_.workspace, name, Role.EVALUATOR)
    score(round_, "below", "1", evaluators)
    decide(round_)
    give_up(round_, "first")
    assert promoted(round_) == {"below": AWARD}


def test_an_award_that_the_margin_paid_takes_no_money_from_the_reserve_list(margin: Round) -> None:
    uphold_excluded(margin)
    decide(margin)
    assert show_reserve(margin.workspace, margin.call).free == "0.00"
    give_up(margin, "first")
    assert show_reserve(margin.workspace, margin.call).free == "100000.00"
    assert promoted(margin) == {"third": AWARD}
    assert faults(margin) == []
    assert replay(margin.workspace, as_("aldo"), HEARING, call=margin.call).differences == ()


def test_results_tell_of_an_award_on_appeal_that_was_given_up_as_withdrawn(margin: Round) -> None:
    uphold_excluded(margin)
    decide(margin)
    assert "(on appeal)" in results_of(margin)
    give_up(margin, "excluded")
    assert "(on appeal)" not in results_of(margin)


def test_results_tell_of_a_promotion_after_an_appeal_as_one_decided_on_appeal(round_: Round) -> None:
    uphold_excluded(round_)
    decide(round_)
    give_up(round_, "first")
    promoted(round_)
    assert "grant awarded (on appeal)" in results_of(round_)


def test_a_promotion_prepared_before_decisions_on_appeal_is_not_ratified_after_them(round_: Round) -> None:
    uphold_excluded(round_)
    on_appeal = prepare(round_).proposed.package
    give_up(round_, "first")
    promotion = prepare_promotion(round_.workspace, as_("olga"), HEARING, call=round_.call).package
    with pytest.raises(RefusedError, match="proposals, scores or decisions changed"):
        round_.ratify(on_appeal, HEARING)
    round_.ratify(prepare(round_).proposed.package, HEARING)
    with pytest.raises(RefusedError, match="changed after it was prepared"):
        round_.ratify(promotion, HEARING)


def test_an_award_given_up_that_the_margin_paid_frees_nothing_for_the_reserve_list(margin: Round) -> None:
    uphold_excluded(margin)
    decide(margin)
    give_up(margin, "excluded")
    assert show_reserve(margin.workspace, margin.call).free == "0.00"
    with pytest.raises(RefusedError, match="nobody on the reserve list"):
        promoted(margin)


def test_money_that_came_back_pays_an_appeal(round_: Round) -> None:
    for reference in ("first", "second"):
        number = round_.numbers[reference]
        record_return(
            round_.workspace, as_("olga"), HEARING, proposal=number, amount=Decimal(48_000), reason="Costó menos"
        )
    uphold_excluded(round_)
    decide(round_)
    assert decisions(round_)["excluded"] == ("award", 96_000_00)
    assert show_reserve(round_.workspace, round_.call).free == "0.00"
    assert replay(round_.workspace, as_("aldo"), HEARING, call=round_.call).differences == ()


def test_decisions_on_appeal_are_not_ratified_once_money_came_back(round_: Round) -> None:
    uphold_excluded(round_)
    package = prepare(round_).proposed.package
    number = round_.numbers["first"]
    record_return(round_.workspace, as_("olga"), HEARING, proposal=number, amount=Decimal(1), reason="Costó menos")
    with pytest.raises(RefusedError, match="proposals, scores or decisions changed"):
        round_.ratify(package, HEARING)


def test_an_open_appeal_holds_its_place_on_the_reserve_list(round_: Round) -> None:
    """The officer sees for whom money is held, and why."""
    uphold(round_, "below", Remedy.RESCORE)
    score(round_, "below", "3.5")
    decide(round_)
    file(round_, "third")
    give_up(round_, "first")
    number = round_.numbers["third"]
    waiting = show_reserve(round_.workspace, round_.call).waiting
    assert [(item.proposal, item.held_back) for item in waiting] == [
        (number, "its appeal is open"),
        (round_.numbers["below"], None),
    ]
    with pytest.raises(RefusedError, match=rf"held is 100000.00 for {number} \(its appeal is open\)"):
        promoted(round_)
    give_up(round_, "second")
    found = prepare_promotion(round_.workspace, as_("olga"), HEARING, call=round_.call)
    assert [(item.proposal, item.amount, item.reason) for item in found.held] == [
        (number, "100000.00", "its appeal is open")
    ]
    assert show_package(round_.workspace, found.package).held == {number: "100000.00"}
    assert promoted(round_) == {"below": AWARD}
    settle(round_, "third", Ruling.DISMISSED)
    assert promoted(round_) == {"third": AWARD}
    assert faults(round_) == []
    assert replay(round_.workspace, as_("aldo"), HEARING, call=round_.call).differences == ()


def test_who_was_put_on_the_reserve_list_is_not_passed_before_the_letter_left(round_: Round) -> None:
    uphold(round_, "below", Remedy.RESCORE)
    score(round_, "below", "5")
    round_.ratify(prepare(round_).proposed.package, HEARING)
    give_up(round_, "first")
    with pytest.raises(RefusedError, match="its letter waits for release"):
        promoted(round_)
    round_.release(HEARING)
    assert promoted(round_) == {"below": AWARD}


IN_PART = {
    "envelope_amount: 9000000": "envelope_amount: 250000",
    "  reserve_count: 10\n": "  reserve_count: 10\n  appeal_margin_amount: 100000\n"
    "  partial:\n    rule: last_only\n    minimum_share: 0.4\n",
    'clause: "7.2"\n  working_days: 10\n': 'clause: "7.2"\n  working_days: 10\n  funded_from: margin\n',
}


def test_an_award_in_part_is_made_larger_and_told_by_a_letter_in_the_place_of_the_first(
    staffed: Workspace, tmp_path: Path
) -> None:
    marks = {"first": "4.5", "second": "4", "third": "3", "below": "2"}
    round_ = told_round(copied(staffed, tmp_path / "agency"), IN_PART, marks)
    before = decisions(round_)
    assert (before["first"], before["second"]) == (("award", AWARD), ("award", AWARD // 2))
    contested = round_.letters("second")[-1]
    uphold(round_, "second", Remedy.RESCORE)
    score(round_, "second", "5")
    decide(round_)
    assert decisions(round_) == {**before, "second": ("award", AWARD)}
    assert reasons(round_, "second") == ["appeal.award_made_larger"]
    letter = round_.letters("second")[-1]
    (old,) = (item for item in round_.letters("second") if item.number == contested.number)
    assert (letter.kind, orjson.loads(letter.data)["amount"], old.superseded_by) == (
        "award",
        "100000.00",
        letter.number,
    )
    (path,) = (round_.workspace.folder / "letters" / round_.call).rglob(f"L-{letter.number:06d}*.txt")
    text = " ".join(path.read_text(encoding="utf-8").split())
    assert "en lugar de USD 50.000,00" in text.replace("\xa0", " ")
    assert show_reserve(round_.workspace, round_.call).free == "0.00"
    give_up(round_, "first")
    assert show_reserve(round_.workspace, round_.call).free == "100000.00"
    assert faults(round_) == []
    assert replay(round_.workspace, as_("aldo"), HEARING, call=round_.call).differences == ()
