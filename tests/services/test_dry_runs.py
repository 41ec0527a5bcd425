"""A dry run is the same act, rolled back: it says what would change, and neither a table nor a file does."""

import inspect
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from appealed import HEARING, IN_TIME, sheet, told_round
from disputed import CONTRACT, MEDIATION
from measured import FRAMEWORK, TERRITORY, firm_rows
from pipgrants.domain.appeal import Remedy, Ruling
from pipgrants.domain.application import Exclusion, SubmittedScore
from pipgrants.domain.vocabulary import ConflictCause, Language, PartyKind, ProjectType
from pipgrants.exchange.evaluators import read_profiles
from pipgrants.services import (
    activities,
    allocate,
    amend,
    answers,
    appeal_packages,
    appeal_remedies,
    appeals,
    appointments,
    assignment,
    calls,
    consensus,
    contracts,
    disbursements,
    evaluation,
    evaluators,
    expenditure,
    firms,
    group_conflicts,
    inquiries,
    launch,
    measurements,
    merges,
    mutual_exclusions,
    notices,
    opportunities,
    parties,
    party_corrections,
    party_details,
    payment_redaction,
    practices,
    printing,
    programmes,
    projects,
    rank,
    ratify,
    receive,
    release,
    reserve,
    returned_money,
    reword,
    screen,
    technical_team,
)
from pipgrants.services.checkpoints import Kept
from pipgrants.services.traces import Traces
from pipgrants.services.workspace import Workspace
from points import meetings, newcomers, profiles, selection
from projected import AGREEMENT, KEPT, LAUNCHING, RUNNING, SIGNING, told_awards, validation_text, write
from projected import firms as firms_of
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    BEFORE_OPENING,
    DRAWN,
    EVALUATORS,
    SCORING,
    SOURCE,
    WHILE_OPEN,
    Round,
    application,
    as_,
    criteria,
    edit,
    hash_of_tables,
    publish,
)
from rounds import reword as change_template

FUND, CALL = "competitiveness-fund", "pip-one-stage"
LONG_AFTER = AFTER_DRAW + timedelta(days=90)
ACTS = (
    activities,
    allocate,
    amend,
    answers,
    appeal_packages,
    appeal_remedies,
    appeals,
    appointments,
    assignment,
    calls,
    consensus,
    contracts,
    disbursements,
    group_conflicts,
    party_corrections,
    evaluation,
    evaluators,
    expenditure,
    firms,
    launch,
    merges,
    measurements,
    mutual_exclusions,
    notices,
    opportunities,
    parties,
    party_details,
    practices,
    printing,
    programmes,
    payment_redaction,
    projects,
    rank,
    ratify,
    receive,
    release,
    reserve,
    returned_money,
    reword,
    screen,
    technical_team,
)
"""The modules of the acts that can run dry."""


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and "pipgrants.db" not in path.name}


def twice(workspace: Workspace, act: Callable[[bool], object]) -> object:
    """Does an act dry, sees that nothing changed, does it, and sees that something did; what it returned."""
    tables, kept = hash_of_tables(workspace.folder), files(workspace.folder)
    would = act(True)
    assert hash_of_tables(workspace.folder) == tables
    assert files(workspace.folder) == kept
    done = act(False)
    assert hash_of_tables(workspace.folder) != tables
    assert would == without_checkpoint(done)
    return done


def without_checkpoint(found: object) -> object:
    """What an act returned, as its dry run does: the root of a trail that never was is nobody's to keep."""
    match found:
        case Kept() | Traces():
            return None
        case ratify.Ratified() | release.Released():
            return found._replace(checkpoint=None)
    return found


def waiting(workspace: Workspace) -> str:
    with workspace.read() as unit:
        return unit.packages.waiting()[0].hash


def test_every_act_of_a_round_runs_dry_first(workspace: Workspace) -> None:
    w, olga, marcos = workspace, as_("olga"), as_("marcos")

    def approve(now: datetime) -> None:
        package = waiting(w)
        twice(w, lambda dry: ratify.ratify(w, marcos, now, package=package, dry_run=dry))

    twice(w, lambda dry: programmes.draft_programme(w, olga, BEFORE_OPENING, file=FUND, dry_run=dry))
    approve(BEFORE_OPENING)
    twice(w, lambda dry: calls.draft_call(w, olga, BEFORE_OPENING, file=CALL, dry_run=dry))
    approve(BEFORE_OPENING)
    twice(w, lambda dry: notices.publish_call(w, olga, BEFORE_OPENING, call=CALL, dry_run=dry))
    edit(w, "calls", CALL, {"reserve_count: 10": "reserve_count: 11"})
    twice(w, lambda dry: amend.amend_call(w, olga, WHILE_OPEN, file=CALL, reason="Errata", dry_run=dry))
    approve(WHILE_OPEN)
    change_template(w)
    twice(w, lambda dry: reword.reword_call(w, olga, WHILE_OPEN, call=CALL, reason="Errata", dry_run=dry))
    approve(WHILE_OPEN)
    debarred = [Exclusion("Taller Z", "fraude", "HN", "Z-1")]
    twice(
        w,
        lambda dry: parties.import_exclusions(w, olga, WHILE_OPEN, exclusions=debarred, source=SOURCE, dry_run=dry),
    )
    sent = [application("A1"), application("A2"), application("A3", counterpart="80000"), application("A4")]
    twice(
        w,
        lambda dry: receive.receive_applications(
            w, olga, WHILE_OPEN, call=CALL, applications=sent, source=SOURCE, dry_run=dry
        ),
    )
    twice(
        w,
        lambda dry: answers.withdraw(w, olga, WHILE_OPEN, proposal="PIP1-000004", reason="Otro fondo", dry_run=dry),
    )
    alike = ["PIP1-000001", "PIP1-000003"]
    twice(
        w,
        lambda dry: mutual_exclusions.record_mutual_exclusion(
            w, olga, WHILE_OPEN, proposals=alike, reason="El mismo taller", dry_run=dry
        ),
    )
    twice(w, lambda dry: calls.close_call(w, olga, AFTER_DEADLINE, call=CALL, dry_run=dry))
    inquiries.take_form(w, olga, WHILE_OPEN, call=CALL, name="Ana", email="ana@example.org", language=Language.SPANISH)
    twice(
        w,
        lambda dry: parties.redact_form_taker(
            w, olga, WHILE_OPEN, email="ana@example.org", reason="Solicitud", dry_run=dry
        ),
    )
    twice(w, lambda dry: screen.screen(w, olga, AFTER_DEADLINE, call=CALL, dry_run=dry))
    Round(w).add_evaluator("elsa")
    read = read_profiles(profiles(w))
    twice(w, lambda dry: evaluators.keep_profiles(w, olga, SCORING, found=read, source=SOURCE, dry_run=dry))
    twice(w, lambda dry: assignment.assign(w, olga, SCORING, call=CALL, evaluators=EVALUATORS, dry_run=dry))
    replaced = {"proposal": "PIP1-000001", "leaving": "edna", "joining": "elsa", "reason": "Licencia"}
    twice(w, lambda dry: assignment.reassign(w, olga, SCORING, **replaced, dry_run=dry))
    back = {**replaced, "leaving": "elsa", "joining": "edna"}
    assignment.reassign(w, olga, SCORING, **back)
    twice(w, lambda dry: appointments.remind(w, olga, SCORING, call=CALL, dry_run=dry))
    twice(w, lambda dry: evaluators.redact_evaluator(w, olga, SCORING, evaluator="eva", reason="Va", dry_run=dry))
    marks = [
        SubmittedScore(number, name, code, mark)
        for number, mark in (("PIP1-000001", Decimal(5)), ("PIP1-000002", Decimal(4)))
        for name in EVALUATORS
        for code in criteria(Round(w))
    ]
    sheets = [evaluation.ScoreSheet(marks, SOURCE)]
    twice(w, lambda dry: evaluation.score_all(w, olga, SCORING, call=CALL, sheets=sheets, dry_run=dry))
    minutes = w.folder / "minutes.txt"
    minutes.write_text("They agreed.")
    agreed = dict.fromkeys(criteria(Round(w)), Decimal(4))
    twice(
        w,
        lambda dry: consensus.record_consensus(
            w,
            olga,
            SCORING,
            proposal="PIP1-000001",
            marks=agreed,
            participants=EVALUATORS,
            held_on=SCORING.date(),
            minutes=minutes,
            dry_run=dry,
        ),
    )
    twice(w, lambda dry: evaluation.close_scores(w, olga, SCORING, call=CALL, dry_run=dry))
    paper = w.folder / "draw.txt"
    paper.write_text("official results")
    twice(
        w,
        lambda dry: rank.enter_draw(w, olga, AFTER_DRAW, call=CALL, numbers=DRAWN, evidence=paper, dry_run=dry),
    )
    twice(w, lambda dry: rank.rank_call(w, olga, AFTER_DRAW, call=CALL, dry_run=dry))
    twice(w, lambda dry: allocate.prepare_allocation(w, olga, AFTER_DRAW, call=CALL, dry_run=dry))
    approve(AFTER_DRAW)
    twice(w, lambda dry: release.release(w, olga, AFTER_DRAW, call=CALL, dry_run=dry))
    twice(w, lambda dry: printing.post(w, olga, AFTER_DRAW, call=CALL, letters=["L-000001"], dry_run=dry))
    provider = {"kind": PartyKind.SERVICE_PROVIDER, "given": {"name": "Asesores"}}
    added = twice(w, lambda dry: party_details.add_party(w, olga, AFTER_DRAW, **provider, dry_run=dry))
    new = {"email": "otra@example.org", "reason": "Aviso"}
    twice(w, lambda dry: party_corrections.correct_party(w, olga, AFTER_DRAW, party="E-000001", **new, dry_run=dry))
    pair = {"kept": "E-000001", "merged": str(added)}
    twice(w, lambda dry: merges.merge_parties(w, olga, AFTER_DRAW, **pair, reason="La misma", dry_run=dry))
    again = {"party": pair["merged"], "reason": "Eran dos"}
    twice(w, lambda dry: merges.separate_party(w, olga, AFTER_DRAW, **again, dry_run=dry))
    noted = {"territory": "HN-FM", "sector": "1391", "firms": "Talleres", "description": "Hilo"}
    twice(w, lambda dry: opportunities.note_opportunity(w, olga, AFTER_DRAW, **noted, dry_run=dry))
    linked = {"opportunity": 1, "call": CALL}
    twice(w, lambda dry: opportunities.link_opportunity(w, olga, AFTER_DRAW, **linked, dry_run=dry))
    practice = {"title": "Compras", "description": "Juntos", "result": "Bien", "sector": "1391", "evidence": paper}
    told = {"project_type": ProjectType.CLUSTER, "language": Language.SPANISH}
    twice(w, lambda dry: practices.record_practice(w, olga, AFTER_DRAW, **practice, **told, dry_run=dry))
    twice(w, lambda dry: parties.redact(w, olga, AFTER_DRAW, party="E-000001", reason="Solicitud", dry_run=dry))
    twice(w, lambda dry: calls.archive(w, olga, LONG_AFTER, call=CALL, dry_run=dry))
    twice(
        w,
        lambda dry: programmes.move_programme(
            w, marcos, LONG_AFTER, programme=FUND, trigger="close", reason="Fin", dry_run=dry
        ),
    )


def test_promoting_from_the_reserve_list_runs_dry_first(workspace: Workspace) -> None:
    w, olga = workspace, as_("olga")
    edit(w, "calls", CALL, {"envelope_amount: 9000000": "envelope_amount: 100000"})
    round_ = publish(w)
    round_.receive([application("A1"), application("A2")])
    round_.ratify(round_.to_package({"A1": "5", "A2": "4"}))
    round_.release(AFTER_DRAW)
    back = {"proposal": "PIP1-000001", "amount": Decimal(50), "reason": "Costó menos"}
    twice(w, lambda dry: returned_money.record_return(w, olga, AFTER_DRAW, **back, dry_run=dry))
    twice(
        w,
        lambda dry: answers.withdraw(w, olga, AFTER_DRAW, proposal="PIP1-000001", reason="Otro fondo", dry_run=dry),
    )
    package = twice(w, lambda dry: reserve.prepare_promotion(w, olga, AFTER_DRAW, call=CALL, dry_run=dry)).package
    twice(w, lambda dry: ratify.ratify(w, as_("marcos"), AFTER_DRAW, package=package, dry_run=dry))


def test_publishing_a_call_with_its_notice_runs_dry_first(workspace: Workspace) -> None:
    w, olga, marcos = workspace, as_("olga"), as_("marcos")
    programmes.draft_programme(w, olga, BEFORE_OPENING, file=FUND)
    ratify.ratify(w, marcos, BEFORE_OPENING, package=waiting(w))
    calls.draft_call(w, olga, BEFORE_OPENING, file=CALL)
    ratify.ratify(w, marcos, BEFORE_OPENING, package=waiting(w))
    twice(w, lambda dry: notices.publish_call(w, olga, BEFORE_OPENING, call=CALL, dry_run=dry))


def test_cancelling_runs_dry_first(round_: Round) -> None:
    round_.receive([application("A1")])
    w = round_.workspace
    twice(
        w,
        lambda dry: calls.end_call(
            w, as_("marcos"), WHILE_OPEN, call=CALL, trigger="cancel", reason="Sin fondos", dry_run=dry
        ),
    )


def test_answering_and_declaring_a_conflict_of_interest_run_dry_first(round_: Round) -> None:
    made = application("A1")
    unproven = made._replace(counterpart_lines=tuple(line._replace(evidence=None) for line in made.counterpart_lines))
    round_.receive([unproven, application("A2")])
    round_.screen()
    round_.release()
    w, olga, first, second = round_.workspace, as_("olga"), round_.numbers["A1"], round_.numbers["A2"]
    twice(
        w,
        lambda dry: answers.clarify(
            w, olga, AFTER_DEADLINE, proposal=first, application=made, answer="Va", dry_run=dry
        ),
    )
    round_.screen()
    round_.assign()
    conflict = {"proposal": second, "evaluator": "eva", "reason": "Asesora"}
    twice(w, lambda dry: assignment.declare_conflict(w, olga, SCORING, **conflict, dry_run=dry))


def test_appeals_run_dry_first(workspace: Workspace) -> None:
    round_ = told_round(workspace)
    w, olga, maria = round_.workspace, as_("olga"), as_("maria")
    scored, verified = round_.numbers["third"], round_.numbers["excluded"]
    for number in (scored, verified):
        twice(
            w,
            lambda dry, number=number: appeals.file_appeal(
                w, olga, IN_TIME, proposal=number, grounds="Falta", dry_run=dry
            ),
        )
    for number, remedy in ((scored, Remedy.RESCORE), (verified, Remedy.REVERIFY)):
        ruled = {"proposal": number, "remedy": remedy, "ruling": Ruling.UPHELD, "reason": "Consta"}
        twice(w, lambda dry, ruled=ruled: appeals.settle_appeal(w, maria, HEARING, **ruled, dry_run=dry))
    path = sheet(round_, scored, "5")
    twice(w, lambda dry: appeal_remedies.score_again(w, olga, HEARING, proposal=scored, path=path, dry_run=dry))
    twice(w, lambda dry: appeal_remedies.verify_again(w, olga, HEARING, proposal=verified, dry_run=dry))
    twice(w, lambda dry: appeal_packages.prepare_appeals(w, olga, HEARING, call=CALL, dry_run=dry))


def test_projects_run_dry_first(workspace: Workspace) -> None:
    round_ = told_awards(workspace)
    w, olga, marcos, project = workspace, as_("olga"), as_("marcos"), round_.numbers["first"]
    own: dict[str, Any] = {"project": project}
    agreement = write(round_, "agreement.yaml", AGREEMENT)
    twice(w, lambda dry: projects.open_projects(w, olga, SIGNING, call=CALL, dry_run=dry))
    twice(w, lambda dry: projects.sign_agreement(w, olga, SIGNING, **own, path=agreement, dry_run=dry))
    validation = write(round_, "validation.yaml", validation_text(firms_of(round_), KEPT))
    twice(w, lambda dry: launch.validate_launch(w, olga, LAUNCHING, **own, path=validation, dry_run=dry))
    twice(w, lambda dry: launch.launch(w, marcos, LAUNCHING, **own, dry_run=dry))
    twice(w, lambda dry: disbursements.request_disbursement(w, olga, RUNNING, **own, tranche=1, dry_run=dry))
    for trigger, who, reason in (("certify", olga, "Firmado"), ("approve", marcos, None), ("pay", olga, None)):
        given = {**own, "number": 1, "trigger": trigger, "reason": reason}
        twice(
            w,
            lambda dry, who=who, given=given: disbursements.move_disbursement(w, who, RUNNING, **given, dry_run=dry),
        )
    paid = write(round_, "payments.csv", "line,paid_on,amount,document\n1,2026-09-10,40000,F-1\n")
    record = w.folder / "record"
    record.mkdir()
    (record / "firms.csv").write_text(firm_rows(round_, 2025, 10_000), encoding="utf-8")
    (record / "territory.csv").write_text(TERRITORY, encoding="utf-8")
    framework = write(round_, "framework.yaml", FRAMEWORK)
    twice(w, lambda dry: measurements.set_framework(w, olga, RUNNING, **own, path=framework, dry_run=dry))
    twice(w, lambda dry: measurements.record_values(w, olga, RUNNING, **own, path=record, dry_run=dry))
    twice(w, lambda dry: measurements.set_baseline(w, olga, RUNNING, **own, year=2025, dry_run=dry))
    twice(w, lambda dry: expenditure.record_expenditure(w, olga, RUNNING, **own, path=paid, dry_run=dry))
    member, newcomer, meeting = selection(w), newcomers(w), meetings(w, "A1")
    twice(w, lambda dry: technical_team.select_member(w, olga, RUNNING, **own, path=member, dry_run=dry))
    twice(w, lambda dry: firms.register_firms(w, olga, RUNNING, **own, path=newcomer, dry_run=dry))
    twice(w, lambda dry: activities.import_activities(w, olga, RUNNING, **own, path=meeting, dry_run=dry))
    why = {**own, "reason": "Sin factura"}
    left = {**why, "number": 1, "left_on": RUNNING.date()}
    twice(w, lambda dry: technical_team.record_leave(w, olga, RUNNING, **left, dry_run=dry))
    twice(w, lambda dry: technical_team.redact_member(w, olga, RUNNING, **why, number=1, dry_run=dry))
    twice(w, lambda dry: firms.withdraw_consent(w, olga, RUNNING, **why, firm="E-000002", dry_run=dry))
    twice(w, lambda dry: activities.void_activity(w, olga, RUNNING, **why, code="A1", dry_run=dry))
    twice(w, lambda dry: expenditure.disallow(w, marcos, RUNNING, **why, expenditure=1, amount=None, dry_run=dry))
    twice(w, lambda dry: payment_redaction.redact_payment(w, olga, RUNNING, **why, payment=1, dry_run=dry))
    twice(w, lambda dry: expenditure.record_repayment(w, olga, RUNNING, **why, amount=Decimal(1), dry_run=dry))
    twice(w, lambda dry: projects.move_project(w, marcos, RUNNING, **why, trigger="terminate", dry_run=dry))


def test_contracts_and_conflicts_run_dry_first(supplied: Round, tmp_path: Path) -> None:
    round_ = supplied.copy(tmp_path / "agency")
    w, olga, project = round_.workspace, as_("olga"), round_.numbers["first"]
    path = write(round_, "contract.yaml", CONTRACT)
    twice(w, lambda dry: contracts.record_contract(w, olga, RUNNING, project=project, path=path, dry_run=dry))
    given: dict[str, Any] = {"project": project, "number": 1}
    twice(w, lambda dry: contracts.move_contract(w, olga, RUNNING, **given, trigger="sign", dry_run=dry))
    opened: dict[str, Any] = {"cause": ConflictCause.OTHER, "parties": ["E-000002"], "about": "Cuotas"}
    twice(w, lambda dry: group_conflicts.open_conflict(w, olga, RUNNING, project=project, **opened, dry_run=dry))
    said = {"trigger": "mediate", "step": MEDIATION._replace(done_on=None)}
    twice(w, lambda dry: group_conflicts.move_conflict(w, olga, RUNNING, **given, **said, dry_run=dry))


def test_every_act_that_can_run_dry_is_tested_here() -> None:
    acts = {
        f"{module.__name__.rsplit('.', 1)[1]}.{name}"
        for module in ACTS
        for name, found in inspect.getmembers(module, inspect.isfunction)
        if found.__module__ == module.__name__ and {"who", "dry_run"} <= set(inspect.signature(found).parameters)
    }
    tested = "".join(
        map(
            inspect.getsource,
            (
                test_every_act_of_a_round_runs_dry_first,
                test_publishing_a_call_with_its_notice_runs_dry_first,
                test_cancelling_runs_dry_first,
                test_promoting_from_the_reserve_list_runs_dry_first,
                test_answering_and_declaring_a_conflict_of_interest_run_dry_first,
                test_appeals_run_dry_first,
                test_projects_run_dry_first,
                test_contracts_and_conflicts_run_dry_first,
            ),
        )
    )
    assert {act for act in acts if f"{act}(" not in tested} == set()
