"""A tier acts only on what is its own: every act is refused to every role that it is not for."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from appealed import sheet
from measured import other_framework, progress_of
from pipgrants.domain.appeal import Ruling
from pipgrants.domain.application import Exclusion, SubmittedScore
from pipgrants.domain.authority import PERMITTED, READS
from pipgrants.domain.vocabulary import (
    TIER_OF_ROLE,
    ConflictCause,
    EvidenceKind,
    Language,
    PartyKind,
    ProjectType,
    Role,
)
from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services import (
    access,
    activities,
    allocate,
    answers,
    appeal_packages,
    appeal_remedies,
    appeals,
    appointments,
    assignment,
    calls,
    delegate,
    evaluation,
    evaluators,
    firms,
    imports,
    inquiries,
    keys,
    measurements,
    merges,
    notices,
    opportunities,
    parties,
    party_corrections,
    party_details,
    payment_redaction,
    people,
    programmes,
    projects,
    rank,
    ratify,
    receive,
    screen,
    technical_team,
)
from pipgrants.services.amend import amend_call
from pipgrants.services.analysis.evaluators import evaluators as evaluators_of
from pipgrants.services.analysis.fairness import fairness
from pipgrants.services.analysis.optimum import optimum
from pipgrants.services.analysis.reliability import reliability
from pipgrants.services.analysis.robustness import robustness
from pipgrants.services.audit.dossier import write_dossier
from pipgrants.services.audit.duties import review_duties
from pipgrants.services.audit.proof import prove_letter
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.audit.what_if import what_if
from pipgrants.services.consensus import record_consensus
from pipgrants.services.contracts import record_contract
from pipgrants.services.deliveries import bounce
from pipgrants.services.group_conflicts import open_conflict
from pipgrants.services.group_views import show_conflict
from pipgrants.services.helped import helped_groups
from pipgrants.services.letter_corrections import correct
from pipgrants.services.letter_register import write_register
from pipgrants.services.letter_verification import verify_letters
from pipgrants.services.mutual_exclusions import record_mutual_exclusion
from pipgrants.services.open_data import export_360giving, export_commongrants, export_iati
from pipgrants.services.outbox import send
from pipgrants.services.practices import record_practice
from pipgrants.services.printing import merge_letters
from pipgrants.services.release import release
from pipgrants.services.report.programme_report import programme_report
from pipgrants.services.report.project_report import project_report
from pipgrants.services.report.round_report import round_report
from pipgrants.services.reserve import prepare_promotion
from pipgrants.services.returned_money import record_return
from pipgrants.services.reword import reword_call
from pipgrants.services.rulebook import vocabulary
from pipgrants.services.score_sheets import write_score_sheets
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.trail.access_log import lines
from pipgrants.trail.signature import read_public_key
from pipgrants.workflow.loader import load
from points import (
    BY_ROLE,
    CALL,
    FRESH,
    ON_RECORD,
    PROPOSAL,
    at,
    contract_file,
    delegated,
    delegation_of,
    meetings,
    newcomers,
    paper,
    pledged,
    profiles,
    registered,
    selection,
    waiting,
)
from projected import RUNNING, SIGNING
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    BEFORE_OPENING,
    DRAWN,
    FUND,
    SCORING,
    SOURCE,
    WHILE_OPEN,
    Round,
    application,
    as_,
    criteria,
    hash_of_tables,
)

Deed = Callable[[Workspace, Identity], object]


BY_PERMISSION: dict[str, Deed] = {
    "actor.add": lambda w, who: people.add_actor(
        w, who, WHILE_OPEN, actor="nuevo", name="Nuevo", roles=(Role.EVALUATOR,), os_user=None
    ),
    "actor.map": lambda w, who: people.map_actor(w, who, WHILE_OPEN, actor="admin", os_user="ada"),
    "actor.grant": lambda w, who: people.grant_role(w, who, WHILE_OPEN, actor="iris", role=Role.EVALUATOR),
    "actor.tie": lambda w, who: people.tie_actor(w, who, WHILE_OPEN, actor="iris", party="E-000001"),
    "actor.delegate": lambda w, who: delegated(w, who),
    "actor.end_delegation": lambda w, who: delegate.end_delegation(
        w, who, WHILE_OPEN, number=delegation_of(w, who), reason="Volvió"
    ),
    "actor.revoke": lambda w, who: people.revoke_role(
        w, who, WHILE_OPEN, actor="eva", role=Role.EVALUATOR, reason="Fin de contrato"
    ),
    "key.register": lambda w, who: registered(w, who, FRESH),
    "key.revoke": lambda w, who: keys.revoke_key(
        w, who, WHILE_OPEN, fingerprint=read_public_key(ON_RECORD).fingerprint, reason="Se perdió"
    ),
    "programme.draft": lambda w, who: programmes.draft_programme(w, who, WHILE_OPEN, file="competitiveness-fund"),
    "programme.review": lambda w, who: programmes.record_review(
        w, who, WHILE_OPEN, programme="competitiveness-fund", due_on=date(2026, 12, 15), result="Satisfactoria"
    ),
    "call.draft": lambda w, who: calls.draft_call(w, who, WHILE_OPEN, file="pip-two-stage"),
    "call.amend": lambda w, who: amend_call(w, who, WHILE_OPEN, file=CALL, reason="Errata"),
    "call.reword": lambda w, who: reword_call(w, who, WHILE_OPEN, call=CALL, reason="Errata"),
    "call.ask": lambda w, who: inquiries.ask(w, who, WHILE_OPEN, call=CALL, question="¿Plazo?"),
    "call.answer": lambda w, who: inquiries.answer(w, who, WHILE_OPEN, call=CALL, number=1, text="El 31."),
    "form.take": lambda w, who: inquiries.take_form(
        w, who, WHILE_OPEN, call=CALL, name="Ana", email="ana@example.org", language=Language.SPANISH
    ),
    "party.add": lambda w, who: party_details.add_party(
        w, who, WHILE_OPEN, kind=PartyKind.SERVICE_PROVIDER, given={"name": "Asesores"}
    ),
    "party.correct": lambda w, who: party_corrections.correct_party(
        w, who, WHILE_OPEN, party="E-000001", email="otra@example.org", reason="Aviso"
    ),
    "party.exclude": lambda w, who: parties.import_exclusions(
        w, who, WHILE_OPEN, exclusions=[Exclusion("Nadie", "Fraude")], source={"file": "lista.csv"}
    ),
    "party.merge": lambda w, who: merges.merge_parties(
        w, who, WHILE_OPEN, kept="E-000001", merged="E-000007", reason="Es la misma"
    ),
    "party.separate": lambda w, who: merges.separate_party(w, who, WHILE_OPEN, party="E-000007", reason="Eran dos"),
    "opportunity.note": lambda w, who: opportunities.note_opportunity(
        w, who, WHILE_OPEN, territory="HN-FM", sector="1391", firms="Talleres", description="Comprar hilo"
    ),
    "opportunity.link": lambda w, who: opportunities.link_opportunity(w, who, WHILE_OPEN, opportunity=1, call=CALL),
    "practice.record": lambda w, who: record_practice(
        w,
        who,
        WHILE_OPEN,
        project_type=ProjectType.CLUSTER,
        sector="1391",
        language=Language.SPANISH,
        title="Compras",
        description="Juntos",
        result="Más baratas",
        evidence=paper(w),
    ),
    "party.redact": lambda w, who: parties.redact(w, who, WHILE_OPEN, party="E-000001", reason="Solicitud"),
    "proposal.import": lambda w, who: receive.receive_applications(
        w, who, WHILE_OPEN, call=CALL, applications=[application("A1")._replace(reference="A9")], source=SOURCE
    ),
    "proposal.attach": lambda w, who: answers.attach(
        w, who, WHILE_OPEN, proposal=PROPOSAL, file=paper(w), kind=EvidenceKind.OTHER, issuer="Taller"
    ),
    "proposal.exclude": lambda w, who: record_mutual_exclusion(
        w, who, AFTER_DEADLINE, proposals=[PROPOSAL, "PIP1-000002"], reason="El mismo taller"
    ),
    "reserve.promote": lambda w, who: prepare_promotion(w, who, AFTER_DRAW, call=CALL),
    "reserve.record_return": lambda w, who: record_return(
        w, who, AFTER_DRAW, proposal=PROPOSAL, amount=Decimal(1), reason="Costó menos"
    ),
    "project.redact": lambda w, who: payment_redaction.redact_payment(
        w, who, RUNNING, project=PROPOSAL, payment=1, reason="Nombre"
    ),
    "monitoring.set_framework": lambda w, who: measurements.set_framework(
        w, who, SIGNING, project=PROPOSAL, path=other_framework(w), reason="Otra meta"
    ),
    "monitoring.record": lambda w, who: measurements.record_values(
        w, who, SIGNING, project=PROPOSAL, path=progress_of(w)
    ),
    "monitoring.set_baseline": lambda w, who: measurements.set_baseline(w, who, SIGNING, project=PROPOSAL, year=2025),
    "report.project": lambda w, who: project_report(
        w, who, SIGNING, project=PROPOSAL, out=w.folder / "project.html", on=SIGNING.date()
    ),
    "report.programme": lambda w, who: programme_report(
        w, who, SIGNING, programme=FUND, out=w.folder / "programme.html", on=SIGNING.date()
    ),
    "project.open": lambda w, who: projects.open_projects(w, who, AFTER_DRAW, call=CALL),
    "contract.record": lambda w, who: record_contract(w, who, AFTER_DRAW, project=PROPOSAL, path=contract_file(w)),
    "conflict.open": lambda w, who: open_conflict(
        w,
        who,
        AFTER_DRAW,
        project=PROPOSAL,
        cause=ConflictCause.NON_COMPLIANCE,
        parties=["E-000003"],
        about="No entregó",
    ),
    "conflict.show": lambda w, who: show_conflict(w, who, AFTER_DRAW, project=PROPOSAL, number=1),
    "team.select": lambda w, who: technical_team.select_member(w, who, RUNNING, project=PROPOSAL, path=selection(w)),
    "team.leave": lambda w, who: technical_team.record_leave(
        w, who, RUNNING, project=PROPOSAL, number=1, left_on=RUNNING.date(), reason="Otro empleo"
    ),
    "team.redact": lambda w, who: technical_team.redact_member(
        w, who, RUNNING, project=PROPOSAL, number=1, reason="Solicitud"
    ),
    "firm.register": lambda w, who: firms.register_firms(w, who, RUNNING, project=PROPOSAL, path=newcomers(w)),
    "firm.withdraw": lambda w, who: firms.withdraw_consent(
        w, who, RUNNING, project=PROPOSAL, firm="E-000001", reason="Se va"
    ),
    "activity.import": lambda w, who: activities.import_activities(
        w, who, RUNNING, project=PROPOSAL, path=meetings(w, "A1")
    ),
    "activity.void": lambda w, who: activities.void_activity(
        w, who, RUNNING, project=PROPOSAL, code="A0", reason="Error"
    ),
    "appeal.score": lambda w, who: appeal_remedies.score_again(
        w, who, AFTER_DRAW, proposal=PROPOSAL, path=sheet(Round(w), PROPOSAL, "4")
    ),
    "appeal.prepare": lambda w, who: appeal_packages.prepare_appeals(w, who, AFTER_DRAW, call=CALL),
    "evidence.settle": lambda w, who: answers.settle_evidence(
        w, who, WHILE_OPEN, proposal=PROPOSAL, evidence=pledged(w), reason="Oficio"
    ),
    "evaluator.import": lambda w, who: imports.import_evaluators(w, who, WHILE_OPEN, path=profiles(w)),
    "evaluator.redact": lambda w, who: evaluators.redact_evaluator(
        w, who, SCORING, evaluator="eva", reason="Solicitud"
    ),
    "evaluation.reassign": lambda w, who: assignment.reassign(
        w, who, SCORING, proposal=PROPOSAL, leaving="eva", joining="elsa", reason="Licencia"
    ),
    "evaluation.remind": lambda w, who: appointments.remind(w, who, SCORING, call=CALL),
    "evaluation.assign": lambda w, who: assignment.assign(
        w, who, SCORING, call=CALL, evaluators=("eva", "emilio", "edna")
    ),
    "evaluation.score": lambda w, who: evaluation.score(
        w,
        who,
        SCORING,
        call=CALL,
        scores=[SubmittedScore(PROPOSAL, "eva", "business_ideas", Decimal(4))],
        source=SOURCE,
    ),
    "evaluation.conflict": lambda w, who: assignment.declare_conflict(
        w, who, SCORING, proposal=PROPOSAL, evaluator="eva", reason="Asesoró"
    ),
    "evaluation.consensus": lambda w, who: record_consensus(
        w,
        who,
        SCORING,
        proposal=PROPOSAL,
        marks=dict.fromkeys(criteria(Round(w)), Decimal(4)),
        participants=("eva", "emilio", "edna"),
        held_on=SCORING.date(),
        minutes=paper(w),
    ),
    "evaluation.sheets": lambda w, who: write_score_sheets(w, who, SCORING, call=CALL, folder=w.folder / "sheets"),
    "draw.enter": lambda w, who: rank.enter_draw(w, who, AFTER_DRAW, call=CALL, numbers=DRAWN, evidence=paper(w)),
    "package.ratify": lambda w, who: ratify.ratify(w, who, AFTER_DRAW, package=waiting(w)),
    "letters.release": lambda w, who: release(w, who, AFTER_DRAW, call=CALL),
    "letters.send": lambda w, who: send(w, who, lambda: AFTER_DRAW, call=CALL, ask_password=str),
    "letters.settle": lambda w, who: bounce(w, who, AFTER_DRAW, letter="1", reason="Volvió"),
    "letters.correct": lambda w, who: correct(w, who, AFTER_DRAW, letter="1", reason="Otra dirección"),
    "letters.register": lambda w, who: write_register(w, who, AFTER_DRAW, call=CALL, path=w.folder / "register.csv"),
    "audit.accesses": lambda w, who: access.read_accesses(w, who, WHILE_OPEN),
    "letters.print": lambda w, who: merge_letters(
        w, who, AFTER_DRAW, call=CALL, path=w.folder / "post.pdf", everybody=True
    ),
    "letters.verify": lambda w, who: verify_letters(w, who, AFTER_DRAW, call=CALL),
    "audit.dossier": lambda w, who: write_dossier(w, who, AFTER_DRAW, subject=CALL, out=w.folder / "dossier.zip"),
    "audit.duties": lambda w, who: review_duties(w, who, WHILE_OPEN),
    "audit.proof": lambda w, who: prove_letter(w, who, AFTER_DRAW, letter="1", out=w.folder / "proof.zip"),
    "audit.replay": lambda w, who: replay(w, who, AFTER_DRAW, call=CALL),
    "audit.verify": lambda w, who: verify(w, who, AFTER_DRAW),
    "analysis.evaluators": lambda w, who: evaluators_of(w, who, AFTER_DRAW, call=CALL, draws=100),
    "analysis.fairness": lambda w, who: fairness(w, who, AFTER_DRAW, call=CALL),
    "analysis.robustness": lambda w, who: robustness(w, who, AFTER_DRAW, call=CALL, draws=100),
    "analysis.optimum": lambda w, who: optimum(w, who, AFTER_DRAW, call=CALL),
    "analysis.reliability": lambda w, who: reliability(w, who, AFTER_DRAW, call=CALL),
    "report.round": lambda w, who: round_report(w, who, AFTER_DRAW, call=CALL, out=w.folder / "round.html", draws=100),
    "export.360giving": lambda w, who: export_360giving(w, who, AFTER_DRAW, name=CALL, out=w.folder / "grants.json"),
    "export.commongrants": lambda w, who: export_commongrants(
        w, who, AFTER_DRAW, name=CALL, out=w.folder / "calls.json"
    ),
    "export.iati": lambda w, who: export_iati(w, who, AFTER_DRAW, name=CALL, out=w.folder / "activities.xml"),
    "call.helped": lambda w, who: helped_groups(w, who, AFTER_DRAW, call=CALL),
    "call.what_if": lambda w, who: what_if(w, who, AFTER_DRAW, call=CALL, changes={"envelope_amount": "100000"}),
    "proposal.export": lambda w, who: imports.export_proposals(
        w, who, WHILE_OPEN, call=CALL, path=w.folder / "export.json"
    ),
}
"""How each permitted act is done, on a round that is ready for it."""

OFFICER = frozenset({Role.COORDINATION_OFFICER})
MANAGER = frozenset({Role.PROGRAMME_MANAGER})
AGENCY = frozenset({Role.IMPLEMENTING_AGENCY})

BY_MACHINE: dict[str, tuple[Deed, frozenset[Role]]] = {
    "publish": (lambda w, who: notices.publish_call(w, who, BEFORE_OPENING, call="pip-two-stage"), OFFICER),
    "close": (lambda w, who: calls.close_call(w, who, AFTER_DEADLINE, call=CALL), OFFICER),
    "screen": (lambda w, who: screen.screen(w, who, AFTER_DEADLINE, call=CALL), OFFICER),
    "close_scores": (lambda w, who: evaluation.close_scores(w, who, SCORING, call=CALL), OFFICER),
    "rank": (lambda w, who: rank.rank_call(w, who, AFTER_DRAW, call=CALL), OFFICER),
    "prepare": (lambda w, who: allocate.prepare_allocation(w, who, AFTER_DRAW, call=CALL), OFFICER),
    "return_package": (
        lambda w, who: ratify.return_package(w, who, AFTER_DRAW, package=waiting(w), reason="Falta un dictamen"),
        MANAGER,
    ),
    "archive": (lambda w, who: calls.archive(w, who, AFTER_DRAW + timedelta(days=30), call=CALL), OFFICER),
    "declare_void": (
        lambda w, who: calls.end_call(w, who, AFTER_DEADLINE, call=CALL, trigger="declare_void", reason="Errores"),
        MANAGER,
    ),
    "suspend": (
        lambda w, who: programmes.move_programme(w, who, WHILE_OPEN, programme=FUND, trigger="suspend", reason="Pausa"),
        MANAGER,
    ),
    "resume": (lambda w, who: programmes.move_programme(w, who, WHILE_OPEN, programme=FUND, trigger="resume"), MANAGER),
    "close_programme": (
        lambda w, who: programmes.move_programme(w, who, WHILE_OPEN, programme=FUND, trigger="close", reason="Fin"),
        MANAGER,
    ),
    "cancel": (
        lambda w, who: calls.end_call(w, who, WHILE_OPEN, call=CALL, trigger="cancel", reason="Sin fondos"),
        MANAGER,
    ),
    "withdraw": (
        lambda w, who: answers.withdraw(w, who, WHILE_OPEN, proposal=PROPOSAL, reason="Otro fondo"),
        OFFICER | AGENCY,
    ),
    "clarify": (
        lambda w, who: answers.clarify(w, who, AFTER_DEADLINE, proposal="PIP1-000002", application=None, answer="Va"),
        OFFICER | AGENCY,
    ),
    "appeal": (
        lambda w, who: appeals.file_appeal(w, who, AFTER_DRAW, proposal=PROPOSAL, grounds="Falta el acta"),
        OFFICER | AGENCY,
    ),
    "settle": (
        lambda w, who: appeals.settle_appeal(
            w, who, AFTER_DRAW, proposal=PROPOSAL, ruling=Ruling.DISMISSED, reason="Consta"
        ),
        MANAGER,
    ),
    "verify": (lambda w, who: appeal_remedies.verify_again(w, who, AFTER_DRAW, proposal=PROPOSAL), OFFICER),
}
"""Acts that a state machine governs, and the roles it names."""


def test_every_permitted_act_is_tested() -> None:
    assert BY_PERMISSION.keys() | ELSEWHERE == PERMITTED.keys()


ELSEWHERE = {"workspace.upgrade"}
"""Tested in ``test_upkeep``: it is done on an older database."""
ROLES_OF_ACTS = {
    **{act: PERMITTED[act] for act in BY_PERMISSION},
    **{name: roles for name, (_, roles) in BY_MACHINE.items()},
}
DEEDS = {**BY_PERMISSION, **{name: deed for name, (deed, _) in BY_MACHINE.items()}}


@pytest.mark.parametrize(
    ("act", "role"), [(act, role) for act, roles in ROLES_OF_ACTS.items() for role in Role if role not in roles]
)
def test_an_act_is_refused_to_every_other_role(ready: dict[str, Round], tmp_path: Path, act: str, role: Role) -> None:
    workspace = at(ready, act, tmp_path)
    before = hash_of_tables(workspace.folder)
    with pytest.raises(NotAuthorisedError) as refused:
        DEEDS[act](workspace, as_(BY_ROLE[role]))
    assert all(allowed.value in str(refused.value) for allowed in ROLES_OF_ACTS[act])
    assert refused.value.exit_code == 4
    assert hash_of_tables(workspace.folder) == before
    assert not (workspace.folder / access.ACCESS_LOG).exists()


@pytest.mark.parametrize(
    ("act", "role"),
    [(act, role) for act, roles in ROLES_OF_ACTS.items() if act not in READS for role in sorted(roles)],
)
def test_an_act_is_open_to_its_roles_and_signed_with_their_tier(
    ready: dict[str, Round], tmp_path: Path, act: str, role: Role
) -> None:
    workspace = at(ready, act, tmp_path)
    before = len(Round(workspace).acts())
    DEEDS[act](workspace, as_(BY_ROLE[role]))
    entries = Round(workspace).entries()[before:]
    tier = TIER_OF_ROLE[role]
    assert entries
    assert {(entry["actor"], entry["role"], entry["tier"]) for entry in entries} == {
        (BY_ROLE[role], role.value, tier.value if tier else None)
    }


@pytest.mark.parametrize(
    ("act", "role"), [(act, role) for act in READS if act in DEEDS for role in sorted(PERMITTED[act])]
)
def test_a_read_is_open_to_its_roles_and_written_in_the_access_log_only(
    ready: dict[str, Round], tmp_path: Path, act: str, role: Role
) -> None:
    workspace = at(ready, act, tmp_path)
    before = hash_of_tables(workspace.folder)
    DEEDS[act](workspace, as_(BY_ROLE[role]))
    [line] = lines(workspace.folder / access.ACCESS_LOG)
    assert (line.access.actor, line.access.role, line.access.did) == (BY_ROLE[role], role.value, act)
    assert hash_of_tables(workspace.folder) == before


WITHIN = {
    "authorise": "package.ratify",
    "extend": "package.ratify",
    "amend": "package.ratify",
    "ratify": "package.ratify",
    "activate": "package.ratify",
    "revise": "package.ratify",
    "determine": "package.ratify",
    "release": "letters.release",
    "notify": "letters.release",
    "receive": "proposal.import",
    "lapse": "screen",
    "finalise": "archive",
    "promote": "package.ratify",
    "renounce": "withdraw",
}
"""Triggers that an act fires on the way: whoever may do the act may fire them."""


@pytest.mark.parametrize("machine", ["programme", "call", "proposal_one_stage", "proposal_two_stage"])
def test_every_transition_is_for_the_roles_of_its_act(published: Round, machine: str) -> None:
    definition = load(published.workspace.file("workflows", f"machines/{machine}.yaml"), vocabulary(machine))
    for transition in definition.transitions:
        trigger = transition.trigger
        act = "close_programme" if (machine, trigger) == ("programme", "close") else WITHIN.get(trigger, trigger)
        assert {role.value for role in ROLES_OF_ACTS[act]} == set(transition.role), (machine, trigger)


def test_who_has_no_role_does_nothing(round_: Round) -> None:
    people.revoke_role(
        round_.workspace,
        as_("admin"),
        WHILE_OPEN,
        actor="olga",
        role=Role.COORDINATION_OFFICER,
        reason="Fin de contrato",
    )
    with pytest.raises(NotAuthorisedError, match="olga has no role"):
        round_.receive([application("A1")])


def test_a_declared_conflict_of_another_is_refused(ready: dict[str, Round], tmp_path: Path) -> None:
    workspace = at(ready, "evaluation.conflict", tmp_path)
    with pytest.raises((NotAuthorisedError, RefusedError), match="emilio"):
        assignment.declare_conflict(
            workspace, as_("eva"), SCORING, proposal=PROPOSAL, evaluator="emilio", reason="Rival"
        )
