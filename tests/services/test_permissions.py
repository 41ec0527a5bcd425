"""A tier acts only on what is its own: every act is refused to every role that it is not for."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.application import Exclusion, SubmittedScore
from pipgrants.domain.authority import PERMITTED
from pipgrants.domain.vocabulary import TIER_OF_ROLE, EvidenceKind, Language, Role
from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services import (
    allocate,
    answers,
    calls,
    evaluation,
    inquiries,
    letters,
    parties,
    people,
    programmes,
    rank,
    ratify,
    receive,
    screen,
)
from pipgrants.services.workspace import Identity, Workspace
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    BEFORE_OPENING,
    DRAWN,
    SCORING,
    SOURCE,
    WHILE_OPEN,
    Round,
    application,
    as_,
    edit,
    hash_of_tables,
)

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
Deed = Callable[[Workspace, Identity], object]


def paper(workspace: Workspace) -> Path:
    path = workspace.folder / "carta.pdf"
    path.write_bytes(b"%PDF")
    return path


def waiting(workspace: Workspace) -> str:
    with workspace.read() as unit:
        return unit.packages.waiting()[0].hash


BY_PERMISSION: dict[str, Deed] = {
    "actor.add": lambda w, who: people.add_actor(
        w, who, WHILE_OPEN, actor="nuevo", name="Nuevo", roles=(Role.EVALUATOR,), os_user=None
    ),
    "actor.map": lambda w, who: people.map_actor(w, who, WHILE_OPEN, actor="admin", os_user="ada"),
    "actor.grant": lambda w, who: people.grant_role(w, who, WHILE_OPEN, actor="iris", role=Role.EVALUATOR),
    "actor.revoke": lambda w, who: people.revoke_role(
        w, who, WHILE_OPEN, actor="eva", role=Role.EVALUATOR, reason="Fin de contrato"
    ),
    "programme.draft": lambda w, who: programmes.draft_programme(w, who, WHILE_OPEN, file="competitiveness-fund"),
    "programme.review": lambda w, who: programmes.record_review(
        w, who, WHILE_OPEN, programme="competitiveness-fund", due_on=date(2026, 12, 15), result="Satisfactoria"
    ),
    "call.draft": lambda w, who: calls.draft_call(w, who, WHILE_OPEN, file="pip-two-stage"),
    "call.amend": lambda w, who: calls.amend_call(w, who, WHILE_OPEN, file=CALL, reason="Errata"),
    "call.ask": lambda w, who: inquiries.ask(w, who, WHILE_OPEN, call=CALL, question="¿Plazo?"),
    "call.answer": lambda w, who: inquiries.answer(w, who, WHILE_OPEN, call=CALL, number=1, text="El 31."),
    "form.take": lambda w, who: inquiries.take_form(
        w, who, WHILE_OPEN, call=CALL, name="Ana", email="ana@example.org", language=Language.SPANISH
    ),
    "party.exclude": lambda w, who: parties.import_exclusions(
        w, who, WHILE_OPEN, exclusions=[Exclusion("Nadie", "Fraude")], source={"file": "lista.csv"}
    ),
    "party.redact": lambda w, who: parties.redact(w, who, WHILE_OPEN, party="E-000001", reason="Solicitud"),
    "proposal.import": lambda w, who: receive.receive_applications(
        w, who, WHILE_OPEN, call=CALL, applications=[application("A9")], source=SOURCE
    ),
    "proposal.attach": lambda w, who: answers.attach(
        w, who, WHILE_OPEN, proposal=PROPOSAL, file=paper(w), kind=EvidenceKind.OTHER, issuer="Taller"
    ),
    "evidence.settle": lambda w, who: answers.settle_evidence(
        w, who, WHILE_OPEN, proposal=PROPOSAL, evidence=pledged(w), reason="Oficio"
    ),
    "evaluation.assign": lambda w, who: evaluation.assign(
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
    "evaluation.conflict": lambda w, who: evaluation.declare_conflict(
        w, who, SCORING, proposal=PROPOSAL, evaluator="eva", reason="Asesoró"
    ),
    "draw.enter": lambda w, who: rank.enter_draw(w, who, AFTER_DRAW, call=CALL, numbers=DRAWN, evidence=paper(w)),
    "package.ratify": lambda w, who: ratify.ratify(w, who, AFTER_DRAW, package=waiting(w)),
    "letters.release": lambda w, who: letters.release(w, who, AFTER_DRAW, call=CALL),
}
"""How each permitted act is done, on a round that is ready for it."""

BY_MACHINE: dict[str, tuple[Deed, frozenset[Role]]] = {
    "publish": (
        lambda w, who: calls.publish(w, who, BEFORE_OPENING, call="pip-two-stage", notices={}),
        frozenset({Role.COORDINATION_OFFICER}),
    ),
    "close": (
        lambda w, who: calls.close_call(w, who, AFTER_DEADLINE, call=CALL),
        frozenset({Role.COORDINATION_OFFICER}),
    ),
    "screen": (
        lambda w, who: screen.screen(w, who, AFTER_DEADLINE, call=CALL),
        frozenset({Role.COORDINATION_OFFICER}),
    ),
    "close_scores": (
        lambda w, who: evaluation.close_scores(w, who, SCORING, call=CALL),
        frozenset({Role.COORDINATION_OFFICER}),
    ),
    "rank": (
        lambda w, who: rank.rank_call(w, who, AFTER_DRAW, call=CALL),
        frozenset({Role.COORDINATION_OFFICER}),
    ),
    "prepare": (
        lambda w, who: allocate.prepare_allocation(w, who, AFTER_DRAW, call=CALL),
        frozenset({Role.COORDINATION_OFFICER}),
    ),
    "return_package": (
        lambda w, who: ratify.return_package(w, who, AFTER_DRAW, package=waiting(w), reason="Falta un dictamen"),
        frozenset({Role.PROGRAMME_MANAGER}),
    ),
    "cancel": (
        lambda w, who: calls.end_call(w, who, WHILE_OPEN, call=CALL, trigger="cancel", reason="Sin fondos"),
        frozenset({Role.PROGRAMME_MANAGER}),
    ),
    "withdraw": (
        lambda w, who: answers.withdraw(w, who, WHILE_OPEN, proposal=PROPOSAL, reason="Otro fondo"),
        frozenset({Role.COORDINATION_OFFICER, Role.IMPLEMENTING_AGENCY}),
    ),
    "clarify": (
        lambda w, who: answers.clarify(w, who, AFTER_DEADLINE, proposal="PIP1-000002", application=None, answer="Va"),
        frozenset({Role.COORDINATION_OFFICER, Role.IMPLEMENTING_AGENCY}),
    ),
}
"""Acts that a state machine governs, and the roles it names."""


def pledged(workspace: Workspace) -> str:
    with workspace.read() as unit:
        lines = unit.proposals.one(PROPOSAL, "USD").counterpart_lines or ()
    return str(lines[0].evidence)


@pytest.fixture(scope="module")
def ready(published: Round, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Round]:
    """The same round at the points where acts are possible: open, screened, assigned, closed, ranked, prepared."""
    folder = tmp_path_factory.mktemp("ready")
    found = {"open": published.copy(folder / "open")}
    open_ = found["open"]
    open_.receive([application("A1")])
    inquiries.ask(open_.workspace, as_("olga"), WHILE_OPEN, call=CALL, question="¿Hay prórroga?")
    edit(open_.workspace, "calls", CALL, {"reserve_count: 10": "reserve_count: 11"})
    edit(open_.workspace, "programmes", "competitiveness-fund", {"amount: 4000000": "amount: 5000000"})
    package = calls.draft_call(open_.workspace, as_("olga"), BEFORE_OPENING, file="pip-two-stage").package
    found["drafted"] = open_.copy(folder / "drafted")
    open_.ratify(package, BEFORE_OPENING)
    asked = found["asked"] = published.copy(folder / "asked")
    unsupported = application("A2")
    lines = tuple(line._replace(evidence=None) for line in unsupported.counterpart_lines)
    asked.receive([application("A1"), unsupported._replace(counterpart_lines=lines)])
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
    return found


POINTS = {
    "call.draft": "fresh",
    "evaluation.assign": "screened",
    "evaluation.score": "assigned",
    "evaluation.conflict": "assigned",
    "draw.enter": "closed",
    "package.ratify": "prepared",
    "letters.release": "prepared",
    "close_scores": "scored",
    "rank": "closed",
    "prepare": "ranked",
    "return_package": "prepared",
    "clarify": "asked",
}
"""At which point an act is possible, where it is not while the call is open."""


def at(ready: dict[str, Round], published: Round, act: str, folder: Path) -> Workspace:
    point = POINTS.get(act, "open")
    return (published if point == "fresh" else ready[point]).copy(folder / "agency").workspace


def test_every_permitted_act_is_tested() -> None:
    assert BY_PERMISSION.keys() == PERMITTED.keys()


ROLES_OF_ACTS = {**PERMITTED, **{name: roles for name, (_, roles) in BY_MACHINE.items()}}
DEEDS = {**BY_PERMISSION, **{name: deed for name, (deed, _) in BY_MACHINE.items()}}


@pytest.mark.parametrize(
    ("act", "role"), [(act, role) for act, roles in ROLES_OF_ACTS.items() for role in Role if role not in roles]
)
def test_an_act_is_refused_to_every_other_role(
    ready: dict[str, Round], published: Round, tmp_path: Path, act: str, role: Role
) -> None:
    workspace = at(ready, published, act, tmp_path)
    before = hash_of_tables(workspace.folder)
    with pytest.raises(NotAuthorisedError) as refused:
        DEEDS[act](workspace, as_(BY_ROLE[role]))
    assert all(allowed.value in str(refused.value) for allowed in ROLES_OF_ACTS[act])
    assert refused.value.exit_code == 4
    assert hash_of_tables(workspace.folder) == before


@pytest.mark.parametrize(
    ("act", "role"), [(act, role) for act, roles in ROLES_OF_ACTS.items() for role in sorted(roles)]
)
def test_an_act_is_open_to_its_roles_and_signed_with_their_tier(
    ready: dict[str, Round], published: Round, tmp_path: Path, act: str, role: Role
) -> None:
    workspace = at(ready, published, act, tmp_path)
    before = len(Round(workspace).acts())
    DEEDS[act](workspace, as_(BY_ROLE[role]))
    entries = Round(workspace).entries()[before:]
    tier = TIER_OF_ROLE[role]
    assert entries
    assert {(entry["actor"], entry["role"], entry["tier"]) for entry in entries} == {
        (BY_ROLE[role], role.value, tier.value if tier else None)
    }


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


def test_a_declared_conflict_of_another_is_refused(ready: dict[str, Round], published: Round, tmp_path: Path) -> None:
    workspace = at(ready, published, "evaluation.conflict", tmp_path)
    with pytest.raises((NotAuthorisedError, RefusedError), match="emilio"):
        evaluation.declare_conflict(
            workspace, as_("eva"), SCORING, proposal=PROPOSAL, evaluator="emilio", reason="Rival"
        )
