"""Every refusal of the permission table, typed as commands: whoever an act is not for ends with exit code 4."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appealed import sheet
from desk import Desk
from measured import other_framework, progress_of
from pipgrants.domain.authority import PERMITTED
from pipgrants.domain.vocabulary import Role
from pipgrants.exchange.export import write_applications
from pipgrants.services.workspace import Workspace
from pipgrants.trail.signature import read_public_key
from points import (
    BY_ROLE,
    CALL,
    FRESH,
    ON_RECORD,
    PROPOSAL,
    at,
    contract_file,
    meetings,
    newcomers,
    paper,
    pledged,
    profiles,
    selection,
    waiting,
)
from projected import RUNNING, SIGNING
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    BEFORE_OPENING,
    FUND,
    SCORING,
    WHILE_OPEN,
    Round,
    application,
    criteria,
    hash_of_tables,
)

Words = Callable[[Workspace], list[str]]
OFFICER, MANAGER, AGENCY = Role.COORDINATION_OFFICER, Role.PROGRAMME_MANAGER, Role.IMPLEMENTING_AGENCY


def file(workspace: Workspace, name: str, text: str) -> str:
    path = workspace.folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def form(workspace: Workspace) -> str:
    path = workspace.folder / "applications.xlsx"
    write_applications([application("A9")], path)
    return str(path)


def always(line: str) -> Words:
    """The words of a command that is typed the same in every workspace."""
    return lambda _: line.split()


COMMANDS: dict[str, tuple[datetime, Words]] = {
    "actor.add": (WHILE_OPEN, always("actor add nora --name Nora --role evaluator")),
    "actor.map": (WHILE_OPEN, always("actor map admin uadmin")),
    "actor.grant": (WHILE_OPEN, always("actor grant iris evaluator")),
    "actor.revoke": (WHILE_OPEN, always("actor revoke eva evaluator --reason Fin")),
    "actor.tie": (WHILE_OPEN, always("actor tie iris E-000001")),
    "actor.delegate": (
        WHILE_OPEN,
        always("actor delegate marcos edna programme_manager --from 2026-03-02 --until 2026-03-09 --reason Viaje"),
    ),
    "actor.end_delegation": (WHILE_OPEN, always("actor end-delegation 1 --reason Fin")),
    "key.register": (WHILE_OPEN, lambda w: ["actor", "key", "add", "emilio", file(w, "fresh.pub", FRESH)]),
    "key.revoke": (
        WHILE_OPEN,
        lambda _: ["actor", "key", "revoke", read_public_key(ON_RECORD).fingerprint, "--reason", "Fin", "--yes"],
    ),
    "programme.draft": (WHILE_OPEN, always(f"programme draft {FUND}")),
    "programme.review": (WHILE_OPEN, always(f"programme review {FUND} --due 2026-12-15 --result Bien")),
    "call.draft": (WHILE_OPEN, always("call draft pip-two-stage")),
    "call.amend": (WHILE_OPEN, always(f"call amend {CALL} --reason Errata")),
    "call.reword": (WHILE_OPEN, always(f"call reword {CALL} --reason Errata")),
    "call.ask": (WHILE_OPEN, always(f"call ask {CALL} ¿Plazo? --yes")),
    "call.answer": (WHILE_OPEN, always(f"call answer {CALL} 1 Mañana --yes")),
    "form.take": (
        WHILE_OPEN,
        lambda w: f"proposal template {CALL} --out {w.folder / 'f.xlsx'} --name Ana --email a@example.org".split(),
    ),
    "party.add": (WHILE_OPEN, always("party add Asesores --kind service_provider")),
    "party.correct": (WHILE_OPEN, always("party correct E-000001 --email otra@example.org --reason Aviso")),
    "party.exclude": (WHILE_OPEN, lambda w: ["party", "exclude", file(w, "list.csv", "name,reason\nNadie,Fraude\n")]),
    "party.merge": (WHILE_OPEN, always("party merge E-000001 E-000007 --reason Misma")),
    "party.separate": (WHILE_OPEN, always("party separate E-000007 --reason Dos")),
    "opportunity.note": (
        WHILE_OPEN,
        always("opportunity note --territory HN-FM --sector 1391 --firms Talleres --description Hilo"),
    ),
    "opportunity.link": (WHILE_OPEN, always(f"opportunity link 1 --call {CALL}")),
    "practice.record": (
        WHILE_OPEN,
        lambda w: [
            *["practice", "record", "Compras", "--type", "cluster", "--sector", "1391", "--description", "Juntos"],
            *f"--result Bien --language es --evidence {paper(w)}".split(),
        ],
    ),
    "party.redact": (WHILE_OPEN, always("party redact E-000001 --reason Solicitud --yes")),
    "proposal.import": (WHILE_OPEN, lambda w: ["proposal", "import", CALL, form(w)]),
    "proposal.attach": (
        WHILE_OPEN,
        lambda w: ["proposal", "attach", PROPOSAL, str(paper(w)), "--kind", "other", "--issuer", "Taller"],
    ),
    "proposal.export": (WHILE_OPEN, lambda w: ["proposal", "export", CALL, "--out", str(w.folder / "e.json")]),
    "evidence.settle": (
        WHILE_OPEN,
        lambda w: ["proposal", "settle", PROPOSAL, "--evidence", pledged(w), "--reason", "Oficio"],
    ),
    "evaluator.import": (WHILE_OPEN, lambda w: ["evaluator", "import", str(profiles(w))]),
    "evaluator.redact": (SCORING, always("evaluator redact eva --reason Solicitud --yes")),
    "evaluation.reassign": (
        SCORING,
        always(f"evaluation reassign {PROPOSAL} --from eva --to elsa --reason Licencia"),
    ),
    "evaluation.remind": (SCORING, always(f"evaluation remind {CALL}")),
    "appeal.score": (AFTER_DRAW, lambda w: ["appeal", "score", PROPOSAL, str(sheet(Round(w), PROPOSAL, "4"))]),
    "appeal.prepare": (AFTER_DRAW, always(f"appeal prepare {CALL}")),
    "evaluation.assign": (SCORING, always(f"evaluation assign {CALL} --evaluators eva,emilio,edna")),
    "evaluation.score": (
        SCORING,
        lambda w: [
            *("evaluation", "import", CALL),
            file(w, "scores.csv", f"proposal,evaluator,criterion,mark\n{PROPOSAL},eva,business_ideas,4\n"),
            *("--for", "eva"),
        ],
    ),
    "evaluation.conflict": (SCORING, always(f"evaluation conflict {PROPOSAL} --evaluator eva --reason Socia --yes")),
    "evaluation.consensus": (
        SCORING,
        lambda w: [
            *("evaluation", "consensus", PROPOSAL, "--present", "eva,emilio,edna", "--held-on", "2026-06-01"),
            *(word for code in criteria(Round(w)) for word in ("--mark", f"{code}=4")),
            *("--minutes", str(paper(w))),
        ],
    ),
    "evaluation.sheets": (SCORING, lambda w: ["evaluation", "sheets", CALL, "--out", str(w.folder / "sheets")]),
    "proposal.exclude": (AFTER_DEADLINE, always("proposal exclude PIP1-000001 PIP1-000002 --reason Igual")),
    "reserve.promote": (AFTER_DRAW, always(f"reserve promote {CALL}")),
    "reserve.record_return": (AFTER_DRAW, always(f"reserve record-return {PROPOSAL} --amount 1.00 --reason Sobró")),
    "project.redact": (RUNNING, always(f"project redact {PROPOSAL} 1 --yes --reason Nombre")),
    "monitoring.set_framework": (
        SIGNING,
        lambda w: ["monitoring", "set-framework", PROPOSAL, str(other_framework(w)), "--reason", "Otra"],
    ),
    "monitoring.record": (SIGNING, lambda w: ["monitoring", "record", PROPOSAL, str(progress_of(w))]),
    "monitoring.set_baseline": (SIGNING, always(f"monitoring set-baseline {PROPOSAL} --year 2025")),
    "report.project": (SIGNING, lambda w: ["report", "project", PROPOSAL, "--out", str(w.folder / "project.html")]),
    "report.programme": (SIGNING, lambda w: ["report", "programme", FUND, "--out", str(w.folder / "fund.html")]),
    "project.open": (AFTER_DRAW, always(f"project open {CALL}")),
    "contract.record": (AFTER_DRAW, lambda w: ["contract", "record", PROPOSAL, str(contract_file(w))]),
    "conflict.open": (
        AFTER_DRAW,
        always(f"conflict open {PROPOSAL} --cause other --party E-000003 --about Incumplimiento"),
    ),
    "conflict.show": (AFTER_DRAW, always(f"conflict show {PROPOSAL} 1")),
    "team.select": (RUNNING, lambda w: ["team", "select", PROPOSAL, str(selection(w))]),
    "team.leave": (RUNNING, always(f"team leave {PROPOSAL} 1 --on 2026-10-05 --reason Empleo")),
    "team.redact": (RUNNING, always(f"team redact {PROPOSAL} 1 --reason Solicitud --yes")),
    "firm.register": (RUNNING, lambda w: ["firm", "register", PROPOSAL, str(newcomers(w))]),
    "firm.withdraw": (RUNNING, always(f"firm withdraw {PROPOSAL} E-000001 --reason Salida")),
    "activity.import": (RUNNING, lambda w: ["activity", "import", PROPOSAL, str(meetings(w, "A1"))]),
    "activity.void": (RUNNING, always(f"activity void {PROPOSAL} A0 --reason Error --yes")),
    "draw.enter": (
        AFTER_DRAW,
        lambda w: [
            *("rank", "draw", CALL, "--numbers", "Powerball=1,2,3,4,5,6"),
            *("--numbers", "EuroMillions=1,2,3,4,5,6,7", "--evidence", str(paper(w)), "--yes"),
        ],
    ),
    "package.ratify": (AFTER_DRAW, lambda w: ["ratify", waiting(w), "--yes"]),
    "letters.release": (AFTER_DRAW, always(f"letters release {CALL} --yes")),
    "letters.send": (AFTER_DRAW, always(f"letters send {CALL} --yes")),
    "letters.settle": (AFTER_DRAW, always("letters bounce L-000001 --reason Volvió --yes")),
    "letters.correct": (AFTER_DRAW, always("letters correct L-000001 --reason Dirección")),
    "letters.register": (AFTER_DRAW, lambda w: ["letters", "register", CALL, "--out", str(w.folder / "r.csv")]),
    "audit.accesses": (AFTER_DRAW, always("audit accesses")),
    "letters.print": (AFTER_DRAW, lambda w: ["letters", "print", CALL, "--all", "--out", str(w.folder / "p.pdf")]),
    "letters.verify": (AFTER_DRAW, always(f"letters verify {CALL}")),
    "audit.dossier": (AFTER_DRAW, lambda w: ["audit", "dossier", CALL, "--out", str(w.folder / "dossier.zip")]),
    "audit.duties": (AFTER_DRAW, always("audit duties")),
    "audit.proof": (AFTER_DRAW, lambda w: ["audit", "proof", "L-000001", "--out", str(w.folder / "proof.zip")]),
    "audit.replay": (AFTER_DRAW, always(f"audit replay {CALL}")),
    "audit.verify": (AFTER_DRAW, always("audit verify")),
    "analysis.evaluators": (AFTER_DRAW, always(f"analysis evaluators {CALL} --draws 100")),
    "analysis.fairness": (AFTER_DRAW, always(f"analysis fairness {CALL}")),
    "analysis.robustness": (AFTER_DRAW, always(f"analysis robustness {CALL} --draws 100")),
    "analysis.optimum": (AFTER_DRAW, always(f"analysis optimum {CALL}")),
    "analysis.reliability": (AFTER_DRAW, always(f"analysis reliability {CALL}")),
    "report.round": (
        AFTER_DRAW,
        lambda w: ["report", "round", CALL, "--out", str(w.folder / "round.html"), "--draws", "100"],
    ),
    "export.360giving": (AFTER_DRAW, lambda w: ["export", "360giving", CALL, "--out", str(w.folder / "grants.json")]),
    "export.commongrants": (
        AFTER_DRAW,
        lambda w: ["export", "commongrants", CALL, "--out", str(w.folder / "calls.json")],
    ),
    "export.iati": (AFTER_DRAW, lambda w: ["export", "iati", CALL, "--out", str(w.folder / "activities.xml")]),
    "call.helped": (AFTER_DRAW, always(f"call helped {CALL}")),
    "call.what_if": (AFTER_DRAW, always(f"call what-if {CALL} --set envelope_amount=100000")),
}
"""How each permitted act is typed, and when."""

BY_MACHINE: dict[str, tuple[datetime, Words, frozenset[Role]]] = {
    "publish": (BEFORE_OPENING, always("call publish pip-two-stage --yes"), frozenset({OFFICER})),
    "close": (AFTER_DEADLINE, always(f"call close {CALL} --yes"), frozenset({OFFICER})),
    "screen": (AFTER_DEADLINE, always(f"screen {CALL} --yes"), frozenset({OFFICER})),
    "close_scores": (SCORING, always(f"evaluation close {CALL} --yes"), frozenset({OFFICER})),
    "rank": (AFTER_DRAW, always(f"rank run {CALL}"), frozenset({OFFICER})),
    "prepare": (AFTER_DRAW, always(f"allocate {CALL}"), frozenset({OFFICER})),
    "return_package": (AFTER_DRAW, lambda w: ["return", waiting(w), "--reason", "Falta"], frozenset({MANAGER})),
    "archive": (AFTER_DRAW + timedelta(days=30), always(f"call archive {CALL} --yes"), frozenset({OFFICER})),
    "cancel": (WHILE_OPEN, always(f"call cancel {CALL} --reason Fondos --yes"), frozenset({MANAGER})),
    "declare_void": (AFTER_DEADLINE, always(f"call void {CALL} --reason Errores --yes"), frozenset({MANAGER})),
    "suspend": (WHILE_OPEN, always(f"programme suspend {FUND} --reason Pausa"), frozenset({MANAGER})),
    "resume": (WHILE_OPEN, always(f"programme resume {FUND}"), frozenset({MANAGER})),
    "close_programme": (WHILE_OPEN, always(f"programme close {FUND} --reason Fin --yes"), frozenset({MANAGER})),
    "withdraw": (
        WHILE_OPEN,
        always(f"proposal withdraw {PROPOSAL} --reason Otro --yes"),
        frozenset({OFFICER, AGENCY}),
    ),
    "appeal": (AFTER_DRAW, always(f"appeal file {PROPOSAL} --grounds Falta --yes"), frozenset({OFFICER, AGENCY})),
    "settle": (
        AFTER_DRAW,
        always(f"appeal settle {PROPOSAL} --ruling dismissed --reason Consta --yes"),
        frozenset({MANAGER}),
    ),
    "verify": (AFTER_DRAW, always(f"appeal verify {PROPOSAL}"), frozenset({OFFICER})),
    "clarify": (AFTER_DEADLINE, always("proposal clarify PIP1-000002 --answer Va --yes"), frozenset({OFFICER, AGENCY})),
}
"""Acts that a state machine governs, and the roles it names."""

CASES = {
    **{act: (now, words, PERMITTED[act]) for act, (now, words) in COMMANDS.items()},
    **BY_MACHINE,
}


def test_every_permitted_act_is_typed() -> None:
    assert COMMANDS.keys() | {"workspace.upgrade"} == PERMITTED.keys()


@pytest.mark.parametrize(
    ("act", "role"), [(act, role) for act, (_, _, roles) in CASES.items() for role in Role if role not in roles]
)
def test_a_command_is_refused_to_every_other_role(
    ready: dict[str, Round], tmp_path: Path, act: str, role: Role
) -> None:
    now, words, roles = CASES[act]
    workspace = at(ready, act, tmp_path)
    desk, before = Desk(workspace.folder, now), hash_of_tables(workspace.folder)
    answer = desk.type(*words(workspace), by=BY_ROLE[role])
    assert answer.code == 4, answer.err
    assert all(allowed in " ".join(answer.err.split()) for allowed in roles)
    assert "Next: let" in answer.err
    assert hash_of_tables(workspace.folder) == before


@pytest.mark.parametrize("act", sorted(CASES))
def test_a_command_is_open_to_whom_it_is_for(ready: dict[str, Round], tmp_path: Path, act: str) -> None:
    now, words, roles = CASES[act]
    workspace = at(ready, act, tmp_path)
    role = sorted(roles - {AGENCY})[0]
    answer = Desk(workspace.folder, now).type(*words(workspace), by=BY_ROLE[role])
    assert answer.code == 0, answer.err
