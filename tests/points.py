"""A round at the points where acts are possible, for tests of who may do them."""

from decimal import Decimal
from pathlib import Path

import projected
from appealed import OTHER_EVALUATORS, add, file, settle, verify
from measured import TERRITORY, firm_rows, measure, plan
from participated import REGISTRATION_COLUMNS, activity_folder, listed, register, select, selection_text
from pipgrants.domain.appeal import Remedy, Ruling
from pipgrants.domain.vocabulary import ConflictCause, PartyKind, Role
from pipgrants.services import (
    activities,
    amend,
    answers,
    calls,
    delegate,
    inquiries,
    keys,
    merges,
    opportunities,
    party_details,
    people,
    projects,
)
from pipgrants.services.group_conflicts import open_conflict
from pipgrants.services.outbox import send
from pipgrants.services.programmes import move_programme
from pipgrants.services.release import release
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.keys import KeyRow
from projected import RUNNING, SIGNING, opened, sign
from rounds import AFTER_DRAW, BEFORE_OPENING, FUND, WHILE_OPEN, Round, application, as_, edit, reword

BY_ROLE = {
    Role.ADMINISTRATOR: "admin",
    Role.COORDINATION_OFFICER: "olga",
    Role.PROGRAMME_MANAGER: "marcos",
    Role.IMPLEMENTING_AGENCY: "iris",
    Role.EVALUATOR: "eva",
    Role.AUDITOR: "aldo",
}
PROPOSAL = "PIP1-000001"
CALL = "pip-one-stage"


def paper(workspace: Workspace) -> Path:
    path = workspace.folder / "carta.pdf"
    path.write_bytes(b"%PDF")
    return path


DELEGATORS = {"marcos": Role.PROGRAMME_MANAGER, "olga": Role.COORDINATION_OFFICER, "aldo": Role.AUDITOR}


def delegated(workspace: Workspace, who: Identity) -> int:
    """Delegates the role of whoever asks, where it can be, or that of a programme manager in his name."""
    delegator = str(who.claimed) if who.claimed in DELEGATORS else "marcos"
    if delegator == "aldo" and "alma" not in {row.actor for row in people.list_actors(workspace)}:
        people.add_actor(workspace, as_("admin"), WHILE_OPEN, actor="alma", name="Alma", roles=(), os_user=None)
    return delegate.delegate_role(
        workspace,
        who,
        WHILE_OPEN,
        delegator=delegator,
        delegate="alma" if delegator == "aldo" else "edna",
        role=DELEGATORS[delegator],
        from_on=WHILE_OPEN.date(),
        until_on=WHILE_OPEN.date(),
        reason="Vacaciones",
    )


def delegation_of(workspace: Workspace, who: Identity) -> int:
    """The number of the delegation that whoever asks has made, or that of the programme manager."""
    made = {row.delegator: row.number for row in delegate.list_delegations(workspace)}
    return made.get(str(who.claimed), made["marcos"])


ON_RECORD = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAU0wjwc6OJUeli7wo+dKCTnXJq+X63gD8dF9QPhe0ZC"
FRESH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICbcXDNxk2yCHVG50MrvH61TWb4oPVo3qH0ijqBOHAm1"


def registered(workspace: Workspace, who: Identity, line: str) -> KeyRow:
    """The key of an evaluator who does nothing else here."""
    file = workspace.folder / "id_ed25519.pub"
    file.write_text(line)
    return keys.register_key(workspace, who, WHILE_OPEN, actor="emilio", file=file)


def profiles(workspace: Workspace) -> Path:
    path = workspace.folder / "evaluators.csv"
    path.write_text("evaluator,languages,email\neva,es,eva@example.org\n", encoding="utf-8")
    return path


def waiting(workspace: Workspace) -> str:
    with workspace.read() as unit:
        return unit.packages.waiting()[0].hash


def pledged(workspace: Workspace) -> str:
    with workspace.read() as unit:
        lines = unit.proposals.one(PROPOSAL, "USD").counterpart_lines or ()
    return str(lines[0].evidence)


def make_points(published: Round, folder: Path) -> dict[str, Round]:
    """The same round while it is open, and asked, screened, assigned, scored, closed, ranked and prepared."""
    found = {"fresh": published, "open": published.copy(folder / "open")}
    open_ = found["open"]
    open_.receive([application("A1")])
    open_.tie("A1")
    for delegator in DELEGATORS:
        delegated(open_.workspace, as_(delegator))
    registered(open_.workspace, as_("admin"), ON_RECORD)
    inquiries.ask(open_.workspace, as_("olga"), WHILE_OPEN, call=CALL, question="¿Hay prórroga?")
    edit(open_.workspace, "calls", CALL, {"reserve_count: 10": "reserve_count: 11"})
    edit(open_.workspace, "programmes", "competitiveness-fund", {"amount: 4000000": "amount: 5000000"})
    reword(open_.workspace)
    package = calls.draft_call(open_.workspace, as_("olga"), BEFORE_OPENING, file="pip-two-stage").package
    found["drafted"] = open_.copy(folder / "drafted")
    contested = found["contested"] = open_.copy(folder / "contested")
    contested.receive([application("A1")._replace(reference="A2")])
    open_.ratify(package, BEFORE_OPENING)
    asked = found["asked"] = published.copy(folder / "asked")
    unsupported = application("A2")
    lines = tuple(line._replace(evidence=None) for line in unsupported.counterpart_lines)
    asked.receive([application("A1"), unsupported._replace(counterpart_lines=lines)])
    asked.tie("A2")
    asked.screen()
    current = published.copy(folder / "screened")
    current.receive([application("A1")])
    current.screen()
    for name, step in (
        ("screened", lambda round_: None),
        ("assigned", lambda round_: round_.assign()),
        ("scored", lambda round_: round_.give({"A1": Decimal(4)})),
        ("closed", lambda round_: round_.close_scores()),
        ("ranked", lambda round_: round_.rank()),
        ("prepared", lambda round_: round_.prepare()),
    ):
        step(current)
        found[name] = current.copy(folder / f"at-{name}")
    staffed = found["staffed"] = found["assigned"].copy(folder / "staffed")
    staffed.add_evaluator("elsa")
    staffed.profile({"evaluator": "eva", "email": "eva@example.org"})
    found |= appealed_points(current.copy(folder / "told"), folder)
    current.ratify(waiting(current.workspace))
    release(current.workspace, as_("olga"), AFTER_DRAW, call=CALL)
    found["released"] = current
    found["spent"] = spent(current.copy(folder / "spent"))
    found["carried_out"] = carried_out(current.copy(folder / "carried_out"))
    found |= knowledge_points(published.copy(folder / "noted"), folder)
    found["sent"] = current.copy(folder / "sent")
    send(found["sent"].workspace, as_("olga"), lambda: AFTER_DRAW, call=CALL, ask_password=str)
    found["contracting"] = contracting(current.copy(folder / "contracting"))
    found["waiting"] = given_up(published.copy(folder / "waiting"))
    suspended, idle = (published.copy(folder / name) for name in ("suspended", "idle"))
    found |= {"suspended": suspended, "idle": idle}
    move_programme(suspended.workspace, as_("marcos"), WHILE_OPEN, programme=FUND, trigger="suspend", reason="Pausa")
    calls.end_call(idle.workspace, as_("marcos"), WHILE_OPEN, call=CALL, trigger="cancel", reason="Sin fondos")
    return found


def spent(round_: Round) -> Round:
    """A project with a payment."""
    project = Round(round_.workspace, CALL, {"first": PROPOSAL})
    projected.spend(projected.running(project), "1,2026-09-10,40000,F-1")
    return round_


CONTRACT = """{supplier: E-000001, object: Estudio, component: markets, amount: 1, due_on: 2026-12-15,
offers: [{supplier: E-000001, amount: 1}], reason: Sin otra oferta, agreed_on: 2026-06-22, agreed_by: [E-000002],
minutes: Acta 5}"""


def contract_file(workspace: Workspace) -> Path:
    path = workspace.folder / "contract.yaml"
    path.write_text(CONTRACT, encoding="utf-8")
    return path


def contracting(round_: Round) -> Round:
    """The project of an agency, with its agreement signed and a conflict within its group."""
    w, olga = round_.workspace, as_("olga")
    round_.tie("A1")
    [award] = projects.open_projects(w, olga, AFTER_DRAW, call=CALL).awards.values()
    agreement = w.folder / "agreement.yaml"
    agreement.write_text(
        "signed_on: 2026-06-22\nstarts_on: 2026-06-22\nends_on: 2028-06-21\n"
        f"tranches: [{{milestone: Convenio, due_on: 2026-06-30, amount: {award.amount}}}]\n"
    )
    projects.sign_agreement(w, olga, AFTER_DRAW, project=PROPOSAL, path=agreement)
    open_conflict(
        w, olga, AFTER_DRAW, project=PROPOSAL, cause=ConflictCause.OTHER, parties=["E-000002"], about="Incumplimiento"
    )
    return round_


def carried_out(round_: Round) -> Round:
    """A round whose award is a project with a team of one, a firm and an activity."""
    round_.tie("A1")
    opened(round_)
    sign(round_, "A1")
    workspace = round_.workspace
    select(workspace, PROPOSAL, selection_text("E-000001", RUNNING.date()), RUNNING)
    register(workspace, PROPOSAL, ["E-000001,2026-09-15,,2025,12,23637"], RUNNING)
    path = meetings(workspace, "A0")
    activities.import_activities(workspace, as_("olga"), RUNNING, project=PROPOSAL, path=path)
    return round_


def meetings(workspace: Workspace, code: str) -> Path:
    return activity_folder(workspace.folder, {"activities": [f"{code},meeting,markets,2026-09-15,Asamblea,0,Plan"]})


def selection(workspace: Workspace) -> Path:
    path = workspace.folder / "selection.yaml"
    path.write_text(selection_text("E-000001", RUNNING.date(), name="Rosa Gil"), encoding="utf-8")
    return path


def newcomers(workspace: Workspace) -> Path:
    return listed(workspace.folder, "firms.csv", REGISTRATION_COLUMNS, ["E-000002,2026-09-15,,2025,12,23637"])


def knowledge_points(round_: Round, folder: Path) -> dict[str, Round]:
    """The round with an opportunity noted and one application, beside a provider that may be its lead, and is it."""
    workspace, olga = round_.workspace, as_("olga")
    noted = {"territory": "HN-FM", "sector": "1391", "firms": "Talleres", "description": "Comprar hilo"}
    opportunities.note_opportunity(workspace, olga, WHILE_OPEN, **noted)
    round_.receive([application("A1")])
    given = {"name": "Taller A"}
    party_details.add_party(workspace, olga, WHILE_OPEN, kind=PartyKind.ENTERPRISE, given=given)
    merged = round_.copy(folder / "merged")
    pair = {"kept": "E-000001", "merged": "E-000007"}
    merges.merge_parties(merged.workspace, olga, WHILE_OPEN, **pair, reason="Es la misma")
    return {"noted": round_, "merged": merged}


def given_up(round_: Round) -> Round:
    """A round whose envelope funds one of two proposals; the one awarded gives it up."""
    edit(round_.workspace, "calls", CALL, {"envelope_amount: 9000000": "envelope_amount: 100000"})
    olga = as_("olga")
    amended = amend.amend_call(round_.workspace, olga, WHILE_OPEN, file=CALL, reason="Menos fondos")
    round_.ratify(amended.package, WHILE_OPEN)
    round_.receive([application("A1"), application("A2")])
    round_.ratify(round_.to_package({"A1": "5", "A2": "4"}))
    round_.release(AFTER_DRAW)
    answers.withdraw(round_.workspace, olga, AFTER_DRAW, proposal=PROPOSAL, reason="Otro fondo")
    return round_


def appealed_points(told: Round, folder: Path) -> dict[str, Round]:
    """The round once its letters left, with an appeal, and with one that was upheld for either remedy.

    Another manager ratified, so that the first one can hear the appeal.
    """
    for name, role in {"maria": Role.PROGRAMME_MANAGER, **dict.fromkeys(OTHER_EVALUATORS, Role.EVALUATOR)}.items():
        add(told.workspace, name, role)
    told.tie("A1")
    told.ratify(waiting(told.workspace), by="maria")
    told.release(AFTER_DRAW)
    appealed = told.copy(folder / "appealed")
    file(appealed, "A1", AFTER_DRAW)
    found = {"told": told, "appealed": appealed, "agreed": agreed(told.copy(folder / "agreed"))}
    for name, remedy in (("to_verify", Remedy.REVERIFY), ("to_score", Remedy.RESCORE)):
        found[name] = appealed.copy(folder / name)
        settle(found[name], "A1", Ruling.UPHELD, remedy, by="marcos", now=AFTER_DRAW)
    found["to_decide"] = found["to_verify"].copy(folder / "to_decide")
    verify(found["to_decide"], "A1", now=AFTER_DRAW)
    return found


def agreed(round_: Round) -> Round:
    """The award is a project with an agreement, and what its firms reported of the baseline is on record."""
    opened(round_)
    sign(round_, "A1")
    plan(round_, reference="A1")
    measure(round_, SIGNING, reference="A1", firms=firm_rows(round_, 2025, 10_000, "A1"), territory=TERRITORY)
    return round_


POINTS = {
    "evidence.settle": "contested",
    "appeal": "told",
    "settle": "appealed",
    "verify": "to_verify",
    "appeal.score": "to_score",
    "appeal.prepare": "to_decide",
    "proposal.exclude": "asked",
    "opportunity.link": "noted",
    "party.merge": "noted",
    "party.separate": "merged",
    "reserve.promote": "waiting",
    "reserve.record_return": "released",
    "project.open": "released",
    "project.redact": "spent",
    "contract.record": "contracting",
    "conflict.open": "contracting",
    "conflict.show": "contracting",
    "team.select": "carried_out",
    "team.leave": "carried_out",
    "team.redact": "carried_out",
    "firm.register": "carried_out",
    "firm.withdraw": "carried_out",
    "activity.import": "carried_out",
    "activity.void": "carried_out",
    "monitoring.set_framework": "agreed",
    "monitoring.record": "agreed",
    "monitoring.set_baseline": "agreed",
    "report.project": "agreed",
    "report.programme": "agreed",
    "call.draft": "fresh",
    "evaluation.assign": "screened",
    "evaluator.redact": "staffed",
    "evaluation.reassign": "staffed",
    "evaluation.remind": "staffed",
    "evaluation.score": "assigned",
    "evaluation.conflict": "assigned",
    "evaluation.sheets": "assigned",
    "evaluation.consensus": "scored",
    "draw.enter": "closed",
    "package.ratify": "prepared",
    "letters.release": "prepared",
    "letters.send": "released",
    "letters.settle": "sent",
    "letters.correct": "released",
    "close_scores": "scored",
    "rank": "closed",
    "prepare": "ranked",
    "return_package": "prepared",
    "archive": "released",
    "declare_void": "screened",
    "resume": "suspended",
    "close_programme": "idle",
    "analysis.evaluators": "prepared",
    "analysis.fairness": "prepared",
    "analysis.optimum": "prepared",
    "analysis.reliability": "prepared",
    "analysis.robustness": "prepared",
    "call.what_if": "prepared",
    "report.round": "prepared",
    "audit.replay": "released",
    "audit.proof": "released",
    "export.360giving": "released",
    "export.commongrants": "released",
    "export.iati": "released",
    "letters.print": "released",
    "letters.verify": "released",
    "audit.dossier": "released",
    "audit.verify": "released",
    "clarify": "asked",
}
"""At which point an act is possible, where it is not while the call is open."""


def at(ready: dict[str, Round], act: str, folder: Path) -> Workspace:
    """A copy of the round where an act is possible."""
    return ready[POINTS.get(act, "open")].copy(folder / "agency").workspace
