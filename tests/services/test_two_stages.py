"""A call in two stages: profiles are received, ranked and invited; those invited come back with a full proposal."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.application import Application, SubmittedScore
from pipgrants.domain.vocabulary import Role
from pipgrants.errors import ImportRefusedError, RefusedError
from pipgrants.services import answers, calls, evaluation, imports, letters, people, ratify, receive
from pipgrants.services.amend import amend_call
from pipgrants.services.audit.verify import verify
from pipgrants.services.explain import explain
from pipgrants.services.release import release
from pipgrants.services.results import write_results
from pipgrants.services.status import call_status
from pipgrants.services.workspace import Workspace
from rounds import SOURCE, WHILE_OPEN, Round, application, as_, copied, edit, hash_of_tables, publish

CALL = "pip-two-stage"
PROFILES_SCORED = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)
PROFILES_RATIFIED = datetime(2026, 5, 18, 15, 0, tzinfo=UTC)
SECOND_OPEN = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
SECOND_DEADLINE = datetime(2026, 8, 31, 23, 0, tzinfo=UTC)
"""17:00 in Tegucigalpa."""
SECOND_SCORED = datetime(2026, 10, 1, 15, 0, tzinfo=UTC)
END = datetime(2026, 10, 20, 15, 0, tzinfo=UTC)


def profile(reference: str) -> Application:
    """A first idea: no budget, no counterpart and no papers yet."""
    return application(reference)._replace(budget_lines=(), counterpart_lines=(), evidence=())


def select(round_: Round, marks: dict[str, str], now: datetime, decided: datetime) -> ratify.Ratified:
    """Screens, scores, ranks, prepares and ratifies the stage that the call is in."""
    round_.screen(now)
    round_.score({name: Decimal(mark) for name, mark in marks.items()}, now)
    round_.rank(decided)
    return round_.ratify(round_.prepare(decided).package, decided)


@pytest.fixture(scope="module")
def profiles_selected(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """P1 and P2 are invited, P3 is not, P4 is ineligible for having two firms."""
    round_ = publish(copied(staffed, tmp_path_factory.mktemp("two") / "agency"), CALL)
    round_.receive([*(profile(f"P{place}") for place in (1, 2, 3)), application("P4", firms=2)])
    select(round_, {"P1": "5", "P2": "4", "P3": "2.5"}, PROFILES_SCORED, PROFILES_RATIFIED)
    release(round_.workspace, as_("olga"), PROFILES_RATIFIED, call=CALL)
    return round_


@pytest.fixture
def invited(profiles_selected: Round, tmp_path: Path) -> Round:
    return profiles_selected.copy(tmp_path / "agency")


def call_state(round_: Round) -> tuple[str, str]:
    with round_.workspace.read() as unit:
        row = unit.calls.get(CALL)
    return row.state, row.stage.value


def test_profiles_are_invited_or_not(invited: Round) -> None:
    assert {name: invited.state(name) for name in invited.numbers} == {
        "P1": "invited",
        "P2": "invited",
        "P3": "notified",
        "P4": "notified",
    }
    assert [invited.letter_kinds(name)[-1] for name in ("P1", "P3", "P4")] == [
        "profile_invited",
        "profile_not_invited",
        "ineligible",
    ]
    assert call_state(invited) == ("invited", "profile")


def test_a_round_in_two_stages_runs_to_the_awards(invited: Round) -> None:
    invited.receive([application("P1"), application("P2", agreement=False)], SECOND_OPEN)
    assert [invited.state(name) for name in ("P1", "P2")] == ["received", "received"]
    done = select(invited, {"P1": "4", "P2": "5"}, SECOND_SCORED, END)
    assert done.determinations == {"award": 1, "conditional_award": 1}
    release(invited.workspace, as_("olga"), END, call=CALL)
    assert call_state(invited) == ("released", "proposal")
    assert [kind for kind in invited.letter_kinds("P1") if kind != "corrigendum"] == [
        "receipt",
        "profile_invited",
        "receipt",
        "award",
    ]
    assert set(invited.states().values()) == {"notified"}
    sequences = [entry["sequence"] for entry in invited.entries()]
    assert sequences == list(range(1, len(sequences) + 1))


def test_the_full_proposal_keeps_the_number_of_its_profile(invited: Round) -> None:
    before = dict(invited.numbers)
    assert invited.receive([application("P1")], SECOND_OPEN) == {"P1": before["P1"]}
    with invited.workspace.read() as unit:
        full = unit.proposals.one(before["P1"], "USD")
    assert (full.stage.value, len(full.budget_lines or ()), len(full.evidence or ())) == ("proposal", 2, 2)


@pytest.mark.parametrize(
    ("reference", "words"), [("P3", "not invited to send a full proposal"), ("P9", "no profile of this reference")]
)
def test_who_was_not_invited_submits_no_full_proposal(invited: Round, reference: str, words: str) -> None:
    with pytest.raises(ImportRefusedError, match=words):
        invited.receive([application(reference)], SECOND_OPEN)


def led_by(made: Application, leader: Application) -> Application:
    """An application whose lead is that of another."""
    return made._replace(members=(leader.members[0], *made.members[1:]))


@pytest.mark.parametrize("actor", ["olga", "iris"])
def test_an_invitation_is_taken_up_by_the_party_that_led_the_profile(invited: Round, actor: str) -> None:
    invited.tie("P2")
    stolen = led_by(application("P1"), application("P2"))
    before = hash_of_tables(invited.workspace.folder)
    with pytest.raises(ImportRefusedError) as refused:
        receive.receive_applications(
            invited.workspace, as_(actor), SECOND_OPEN, call=CALL, applications=[stolen], source=SOURCE
        )
    [problem] = refused.value.problems
    assert (problem.code, problem.field, problem.value, problem.values) == (
        "import.another_lead",
        "reference",
        "P1",
        (("party", "E-000001"),),
    )
    assert hash_of_tables(invited.workspace.folder) == before


def test_the_invited_party_is_known_by_its_tax_number_however_it_is_written(invited: Round) -> None:
    full = application("P1")
    first, *others = full.members
    renamed = first._replace(details=first.details._replace(name="Talleres P1, S. A.", tax_number="p1 / 1"))
    invited.receive([full._replace(members=(renamed, *others))], SECOND_OPEN)
    assert invited.state("P1") == "received"


def test_a_full_proposal_before_the_second_window_is_refused(invited: Round) -> None:
    with pytest.raises(ImportRefusedError, match="before the call opened"):
        invited.receive([application("P1")], PROFILES_RATIFIED)


@pytest.mark.parametrize(("seconds", "state"), [(59, "received"), (60, "late")])
def test_the_second_deadline_is_exact_to_the_minute(invited: Round, seconds: int, state: str) -> None:
    moment = SECOND_DEADLINE + timedelta(seconds=seconds)
    invited.receive([application("P1")._replace(received_at=moment)], SECOND_DEADLINE + timedelta(minutes=5))
    assert invited.state("P1") == state


def test_who_was_invited_and_sent_nothing_lapses(invited: Round) -> None:
    invited.receive([application("P1")], SECOND_OPEN)
    with pytest.raises(RefusedError, match="applications can still arrive"):
        invited.screen(SECOND_DEADLINE)
    done = invited.screen(SECOND_DEADLINE + timedelta(minutes=1))
    assert (done.lapsed_count, invited.state("P2")) == (1, "lapsed")
    assert call_state(invited) == ("screened", "proposal")


def test_an_invited_profile_can_be_withdrawn(invited: Round) -> None:
    answers.withdraw(invited.workspace, as_("olga"), SECOND_OPEN, proposal=invited.numbers["P1"], reason="Otro fondo")
    assert invited.state("P1") == "withdrawn"


def test_scores_of_the_profile_do_not_count_for_the_full_proposal(invited: Round) -> None:
    invited.receive([application("P1"), application("P2")], SECOND_OPEN)
    invited.screen(SECOND_SCORED)
    with pytest.raises(RefusedError, match=r"2 eligible proposals lack evaluations: PIP2-000001 \(0 of 3\)"):
        invited.close_scores(SECOND_SCORED)


def test_the_second_deadline_moves_later_while_profiles_are_invited(invited: Round) -> None:
    edit(invited.workspace, "calls", CALL, {"closes_at: 2026-08-31 17:00": "closes_at: 2026-09-15 17:00"})
    package = amend_call(invited.workspace, as_("olga"), SECOND_OPEN, file=CALL, reason="Huracán").package
    ratified = ratify.ratify(invited.workspace, as_("marcos"), SECOND_OPEN, package=package)
    assert (call_state(invited), ratified.letters_count) == (("invited", "profile"), 4)
    moment = SECOND_DEADLINE + timedelta(days=1)
    invited.receive([application("P1")], moment)
    assert invited.state("P1") == "received"


def test_the_first_deadline_of_a_call_in_two_stages_can_be_extended(staffed: Workspace, tmp_path: Path) -> None:
    round_ = publish(copied(staffed, tmp_path / "agency"), CALL)
    edit(round_.workspace, "calls", CALL, {"closes_at: 2026-03-31 17:00": "closes_at: 2026-04-10 17:00"})
    package = amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=CALL, reason="Feriado").package
    ratify.ratify(round_.workspace, as_("marcos"), WHILE_OPEN, package=package)
    assert call_state(round_) == ("extended", "profile")


def test_both_selections_have_their_own_package(invited: Round) -> None:
    invited.receive([application("P1"), application("P2")], SECOND_OPEN)
    select(invited, {"P1": "4", "P2": "5"}, SECOND_SCORED, END)
    with invited.workspace.read() as unit:
        packages = [(row.kind, row.stage, row.state) for row in unit.packages.of_call(CALL)]
    assert packages[1:] == [("invitation", "profile", "ratified"), ("allocation", "proposal", "ratified")]


DRAW = """  tie_breaks: [lower_grant]
  draw:
  - {name: Lottery, description: "the numbers of that day", published_on: 2026-05-10, numbers_count: 3, stage: profile}
  - {name: Lottery, description: "the numbers of that day", published_on: 2026-10-05, numbers_count: 3}
"""
TIE_BREAKS = (
    "  tie_breaks: [priority, 'criterion:collective_action', higher_counterpart_share, earlier_receipt, number]\n"
)


def test_each_stage_draws_from_its_own_source(staffed: Workspace, tmp_path: Path) -> None:
    workspace = copied(staffed, tmp_path / "agency")
    edit(workspace, "calls", CALL, {TIE_BREAKS: DRAW})
    round_ = publish(workspace, CALL)
    round_.receive([profile(f"P{place}") for place in (1, 2)])
    round_.screen(PROFILES_SCORED)
    round_.score({"P1": Decimal(4), "P2": Decimal(4)}, PROFILES_SCORED)
    with pytest.raises(RefusedError, match="1 group remains tied") as refused:
        round_.rank(PROFILES_RATIFIED)
    assert "Lottery of 2026-05-10:" in refused.value.next_step
    round_.draw(PROFILES_RATIFIED, {"Lottery": [3, 14, 15]})
    assert round_.rank(PROFILES_RATIFIED).drawn_count == 2


def test_a_stage_without_a_source_keeps_ties_by_number(staffed: Workspace, tmp_path: Path) -> None:
    workspace = copied(staffed, tmp_path / "agency")
    only_proposals = "".join(line for line in DRAW.splitlines(keepends=True) if "stage: profile" not in line)
    edit(workspace, "calls", CALL, {TIE_BREAKS: only_proposals})
    round_ = publish(workspace, CALL)
    round_.receive([profile(f"P{place}") for place in (1, 2)])
    round_.screen(PROFILES_SCORED)
    round_.score({"P1": Decimal(4), "P2": Decimal(4)}, PROFILES_SCORED)
    with pytest.raises(RefusedError, match="the call draws from nothing; given: Lottery"):
        round_.draw(PROFILES_RATIFIED, {"Lottery": [3, 14, 15]})
    assert round_.rank(PROFILES_RATIFIED).drawn_count == 0
    with round_.workspace.read() as unit:
        ranking = list(unit.packages.ranking(CALL, unit.calls.get(CALL).stage))
    assert [place.tie_broken_by for place in ranking] == [None, "number"]


# What letters say of the two windows


FIRST, SECOND = "31 de marzo de 2026 a las 17:00", "31 de agosto de 2026 a las 17:00"
POSTPONED = "10 de abril de 2026 a las 17:00"
LATER_FIRST = {"closes_at: 2026-03-31 17:00": "closes_at: 2026-04-10 17:00"}
LATER_SECOND = {"closes_at: 2026-08-31 17:00": "closes_at: 2026-09-15 17:00"}
MORE_RESERVES = {"reserve_count: 10": "reserve_count: 11"}


def corrigendum(round_: Round, now: datetime, changes: dict[str, str]) -> list[str]:
    """The sentences of an amendment's letter that name a last minute, and its summary's, without line breaks."""
    edit(round_.workspace, "calls", CALL, changes)
    package = amend_call(round_.workspace, as_("olga"), now, file=CALL, reason="Huracán").package
    round_.ratify(package, now)
    text = " ".join(letters.preview(round_.workspace, round_.numbers["P1"]).text.split())
    found = re.findall(
        r"(Plazo:|se reciben hasta el|propuestas completas cierra el) (\d+ de \w+ de \d+ a las \d\d:\d\d)", text
    )
    return [" ".join(pair) for pair in found]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (MORE_RESERVES, [f"Plazo: {FIRST}", f"se reciben hasta el {FIRST}"]),
        (LATER_FIRST, [f"Plazo: {POSTPONED}", f"se reciben hasta el {POSTPONED}"]),
        (
            LATER_SECOND,
            [
                f"Plazo: {FIRST}",
                f"se reciben hasta el {FIRST}",
                "propuestas completas cierra el 15 de septiembre de 2026 a las 17:00",
            ],
        ),
    ],
    ids=["neither window", "first window", "second window"],
)
def test_a_corrigendum_while_profiles_are_received_names_the_first_window_and_what_changed(
    staffed: Workspace, tmp_path: Path, changes: dict[str, str], named: list[str]
) -> None:
    round_ = publish(copied(staffed, tmp_path / "agency"), CALL)
    round_.receive([profile("P1")])
    assert corrigendum(round_, WHILE_OPEN, changes) == named


@pytest.mark.parametrize("now", [PROFILES_RATIFIED, SECOND_OPEN])
def test_a_corrigendum_after_the_first_window_names_the_second(invited: Round, now: datetime) -> None:
    changes = {"working_days: 10\n  addressee": "working_days: 12\n  addressee"}
    assert corrigendum(invited, now, changes) == [f"Plazo: {SECOND}", f"propuestas completas cierra el {SECOND}"]


def test_a_corrigendum_after_both_windows_names_none(invited: Round) -> None:
    invited.receive([application("P1")], SECOND_OPEN)
    changes = {"working_days: 10\n  addressee": "working_days: 12\n  addressee"}
    assert corrigendum(invited, SECOND_SCORED, changes) == []


def test_a_late_full_proposal_is_told_the_second_deadline(invited: Round) -> None:
    invited.receive([application("P1")], SECOND_DEADLINE + timedelta(minutes=5))
    text = " ".join(letters.preview(invited.workspace, invited.numbers["P1"]).text.split())
    assert f"El plazo de recepción cerró el {SECOND}" in text


def deadline_in_form(round_: Round, name: str) -> str:
    imports.write_form(round_.workspace, CALL, round_.workspace.folder / name, "es")
    instructions = (round_.workspace.folder / name / "instructions.txt").read_text(encoding="utf-8-sig")
    return next(line for line in instructions.splitlines() if "se reciben hasta" in line)


def test_status_and_form_tell_the_deadline_of_the_stage_that_is_received(
    staffed: Workspace, tmp_path: Path, invited: Round
) -> None:
    first = publish(copied(staffed, tmp_path / "first"), CALL)
    told = [call_status(round_.workspace, CALL) for round_ in (first, invited)]
    assert [(status.is_receiving, status.stage, status.closes_at) for status in told] == [
        (True, "profile", "2026-03-31 17:00 America/Tegucigalpa (2026-03-31T23:00Z)"),
        (True, "proposal", "2026-08-31 17:00 America/Tegucigalpa (2026-08-31T23:00Z)"),
    ]
    assert "2026-03-31 17:00" in deadline_in_form(first, "profiles")
    assert "2026-08-31 17:00" in deadline_in_form(invited, "proposals")


# Who selected the profiles


def test_a_conflict_of_interest_in_the_profile_holds_for_the_full_proposal(staffed: Workspace, tmp_path: Path) -> None:
    round_ = publish(copied(staffed, tmp_path / "agency"), CALL)
    round_.add_evaluator("elsa")
    round_.receive([profile("P1")])
    round_.screen(PROFILES_SCORED)
    round_.assign(PROFILES_SCORED, ("eva", "emilio", "edna"))
    round_.declare_conflict("P1", "eva", PROFILES_SCORED)
    round_.assign(PROFILES_SCORED, ["elsa"])
    round_.give({"P1": Decimal(5)}, PROFILES_SCORED)
    round_.close_scores(PROFILES_SCORED)
    round_.rank(PROFILES_RATIFIED)
    round_.ratify(round_.prepare(PROFILES_RATIFIED).package, PROFILES_RATIFIED)
    release(round_.workspace, as_("olga"), PROFILES_RATIFIED, call=CALL)
    round_.receive([application("P1")], SECOND_OPEN)
    round_.screen(SECOND_SCORED)
    round_.assign(SECOND_SCORED, ("eva", "emilio", "edna", "elsa"))
    assert sorted(round_.evaluators("P1")) == ["edna", "elsa", "emilio"]


@pytest.fixture
def screened_again(invited: Round) -> Round:
    invited.receive([application("P1"), application("P2")], SECOND_OPEN)
    invited.screen(SECOND_SCORED)
    return invited


@pytest.mark.parametrize(("actor", "duty"), [("olga", "prepares"), ("marcos", "approves")])
def test_who_selected_the_profiles_does_not_score_the_proposals(screened_again: Round, actor: str, duty: str) -> None:
    workspace = screened_again.workspace
    people.grant_role(workspace, as_("admin"), SECOND_SCORED, actor=actor, role=Role.EVALUATOR)
    with pytest.raises(RefusedError, match=f"{actor} {duty} a selection of pip-two-stage"):
        screened_again.assign(SECOND_SCORED, ("eva", "edna", actor))
    marks = [SubmittedScore(screened_again.numbers["P1"], actor, "business_ideas", Decimal(4))]
    with pytest.raises(RefusedError, match=f"{actor} {duty} a selection of pip-two-stage"):
        evaluation.score(workspace, as_(actor), SECOND_SCORED, call=CALL, scores=marks, source=SOURCE)


def test_who_scored_the_profiles_scores_the_proposals(screened_again: Round) -> None:
    assert screened_again.assign(SECOND_SCORED).evaluations_count == 6


def explained(round_: Round, reference: str, language: str) -> str:
    return " ".join(explain(round_.workspace, round_.numbers[reference], language).text.split())


@pytest.mark.parametrize(
    ("language", "lapsed", "late"),
    [
        (
            "en",
            "No full proposal arrived by the deadline of August 31, 2026, 17:00 (Tegucigalpa time, UTC−06:00). The "
            "invitation lapsed, and the proposal does not compete any more.",
            "It arrived on August 31, 2026, 17:05 (Tegucigalpa time, UTC−06:00), after the deadline of August 31, "
            "2026, 17:00 (",
        ),
        (
            "es",
            "Hasta el cierre, el 31 de agosto de 2026 a las 17:00 (hora de Tegucigalpa, UTC−06:00), no llegó ninguna "
            "propuesta completa. La invitación venció y la propuesta ya no compite.",
            "Llegó el 31 de agosto de 2026 a las 17:05 (hora de Tegucigalpa, UTC−06:00), después del cierre, que fue "
            "el 31 de agosto de 2026 a las 17:00 (",
        ),
        (
            "pt",
            "Até o encerramento, em 31 de agosto de 2026 às 17:00 (horário de Tegucigalpa, UTC−06:00), não chegou "
            "nenhuma proposta completa. O convite caducou e a proposta já não concorre.",
            "Chegou em 31 de agosto de 2026 às 17:05 (horário de Tegucigalpa, UTC−06:00), depois do encerramento, que "
            "foi em 31 de agosto de 2026 às 17:00 (",
        ),
    ],
)
def test_what_came_late_or_never_is_explained_by_the_second_deadline(
    ended: Round, language: str, lapsed: str, late: str
) -> None:
    assert lapsed in explained(ended, "P5", language)
    assert late in explained(ended, "P3", language)


def test_a_withdrawal_after_the_invitation_is_told_with_the_invitation(ended: Round) -> None:
    text = explained(ended, "P4", "en")
    assert "The decision on the proposal: invited to submit a full proposal." in text
    assert "The applicant withdrew the proposal on July 1, 2026, 09:00 (Tegucigalpa time, UTC−06:00)." in text


# What is public of the two stages


def results(round_: Round, name: str) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    """The counts of a public list, and number, result, rank and total of each of its proposals."""
    write_results(round_.workspace, CALL)
    page = (round_.workspace.folder / "notices" / CALL / f"{name}.en.html").read_text(encoding="utf-8")
    counts = dict(re.findall(r"<dt>([^<]+)</dt><dd dir=\"auto\">(\d+)</dd>", page))
    cells = [re.findall(r'data-label="([^"]+)"[^>]*>([^<]*)<', row) for row in page.split("<tr role=")[2:]]
    wanted = ("Number", "Result", "Rank", "Total")
    return counts, [tuple(dict(row)[label] for label in wanted) for row in cells]


def test_the_profiles_have_results_once_their_letters_are_released(invited: Round) -> None:
    files = [path.name for path in write_results(invited.workspace, CALL)]
    assert files == [f"results-profiles.{language}.{form}" for language in ("es", "pt", "en") for form in FORMS]
    assert results(invited, "results-profiles") == (
        {
            "Invited to submit a full proposal": "2",
            "Not invited to submit a full proposal": "1",
            "Not eligible": "1",
        },
        [
            (invited.numbers["P1"], "invited to submit a full proposal", "1", "72"),
            (invited.numbers["P2"], "invited to submit a full proposal", "2", "58"),
            (invited.numbers["P3"], "not invited to submit a full proposal", "3", "37"),
            (invited.numbers["P4"], "not eligible", "—", "—"),
        ],
    )


FORMS = ("html", "txt")


def test_the_results_of_the_profiles_wait_for_their_letters(staffed: Workspace, tmp_path: Path) -> None:
    round_ = publish(copied(staffed, tmp_path / "agency"), CALL)
    round_.receive([profile("P1")])
    select(round_, {"P1": "5"}, PROFILES_SCORED, PROFILES_RATIFIED)
    with pytest.raises(RefusedError, match="the results of pip-two-stage are not released"):
        write_results(round_.workspace, CALL)


@pytest.fixture
def ended(staffed: Workspace, tmp_path: Path) -> Round:
    """Five profiles are invited; one full proposal is funded, one ineligible, one late, one withdrawn, one never came.

    Two more profiles came late, and were withdrawn.
    """
    round_ = publish(copied(staffed, tmp_path / "agency"), CALL)
    round_.receive(map(profile, ("P1", "P2", "P3", "P4", "P5", "P6")))
    answers.withdraw(round_.workspace, as_("olga"), WHILE_OPEN, proposal=round_.numbers["P6"], reason="Otro fondo")
    late = profile("P7")._replace(received_at=PROFILES_SCORED)
    round_.receive([late], PROFILES_SCORED)
    marks = {"P1": "3", "P2": "5", "P3": "4.5", "P4": "4", "P5": "3.5"}
    select(round_, marks, PROFILES_SCORED, PROFILES_RATIFIED)
    release(round_.workspace, as_("olga"), PROFILES_RATIFIED, call=CALL)
    round_.receive([application("P1"), application("P2", firms=2)], SECOND_OPEN)
    answers.withdraw(round_.workspace, as_("olga"), SECOND_OPEN, proposal=round_.numbers["P4"], reason="Otro fondo")
    round_.receive([application("P3")], SECOND_DEADLINE + timedelta(minutes=5))
    select(round_, {"P1": "4"}, SECOND_SCORED, END)
    release(round_.workspace, as_("olga"), END, call=CALL)
    return round_


def test_the_final_results_tell_what_became_of_everybody_invited(ended: Round) -> None:
    assert results(ended, "results") == (
        {
            "Grant awarded": "1",
            "Not eligible": "1",
            "Received late": "1",
            "Invited, no full proposal submitted": "1",
            "Withdrawn": "1",
        },
        [
            (ended.numbers["P1"], "grant awarded", "1", "82"),
            (ended.numbers["P2"], "not eligible", "—", "—"),
            (ended.numbers["P3"], "received late", "—", "—"),
            (ended.numbers["P4"], "withdrawn", "—", "—"),
            (ended.numbers["P5"], "invited, no full proposal submitted", "—", "—"),
        ],
    )


def test_the_results_of_the_profiles_stay_those_of_the_profiles(ended: Round) -> None:
    assert results(ended, "results-profiles") == (
        {"Invited to submit a full proposal": "5", "Received late": "1", "Withdrawn": "1"},
        [
            *(
                (ended.numbers[name], "invited to submit a full proposal", str(rank), total)
                for rank, (name, total) in enumerate(
                    (("P2", "72"), ("P3", "65"), ("P4", "58"), ("P5", "51"), ("P1", "44")), 1
                )
            ),
            (ended.numbers["P6"], "withdrawn", "—", "—"),
            (ended.numbers["P7"], "received late", "—", "—"),
        ],
    )


# Invitations that have not left


@pytest.fixture
def unreleased(staffed: Workspace, tmp_path: Path) -> Round:
    """P1 and P2 are invited; nobody was told."""
    round_ = publish(copied(staffed, tmp_path / "agency"), CALL)
    round_.receive([profile(f"P{place}") for place in (1, 2)])
    select(round_, {"P1": "5", "P2": "4"}, PROFILES_SCORED, PROFILES_RATIFIED)
    return round_


def stages(round_: Round, reference: str) -> dict[str, str]:
    return {letter.kind: letter.stage for letter in round_.letters(reference)}


def test_an_invitation_does_not_leave_once_the_call_is_void_or_the_profile_withdrawn(unreleased: Round) -> None:
    answers.withdraw(
        unreleased.workspace, as_("olga"), SECOND_OPEN, proposal=unreleased.numbers["P2"], reason="Otro fondo"
    )
    calls.end_call(
        unreleased.workspace, as_("marcos"), SECOND_OPEN, call=CALL, trigger="declare_void", reason="Sin fondos"
    )
    unreleased.release(SECOND_OPEN)
    receipt = {"receipt": "released", "profile_invited": "superseded"}
    assert stages(unreleased, "P1") == {**receipt, "call_void": "released"}
    assert stages(unreleased, "P2") == {**receipt, "withdrawal": "released"}
    assert verify(unreleased.workspace, as_("aldo"), SECOND_OPEN).faults == ()


def test_who_was_never_told_of_an_invitation_does_not_lose_it(unreleased: Round) -> None:
    after = SECOND_DEADLINE + timedelta(days=1)
    with pytest.raises(RefusedError, match="2 invitations of pip-two-stage wait for release"):
        unreleased.screen(after)
    edit(unreleased.workspace, "calls", CALL, LATER_SECOND)
    package = amend_call(unreleased.workspace, as_("olga"), after, file=CALL, reason="Nadie fue avisado").package
    unreleased.ratify(package, after)
    assert dict(unreleased.release(after).kinds) == {"receipt": 2, "profile_invited": 2, "corrigendum": 2}
    unreleased.receive([application("P1")], after)
    assert (unreleased.state("P1"), unreleased.state("P2")) == ("received", "invited")
