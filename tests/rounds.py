"""Builds rounds for tests: a workspace, its people, applications, and a clock that the test sets."""

from __future__ import annotations

import csv
import hashlib
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from pipgrants.domain.application import Application, ApplicationMember, PartyDetails, SubmittedScore
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Objective
from pipgrants.domain.vocabulary import (
    Component,
    ContributionForm,
    CostCategory,
    EvidenceKind,
    FundingSource,
    Horizon,
    Language,
    MemberType,
    ProjectType,
    Role,
    SizeClass,
)
from pipgrants.exchange.fields import EVALUATORS as EVALUATOR_COLUMNS
from pipgrants.services import (
    allocate,
    assignment,
    calls,
    evaluation,
    imports,
    notices,
    people,
    programmes,
    rank,
    ratify,
    receive,
    release,
    screen,
)
from pipgrants.services.workspace import DATABASE, Identity, Workspace, init
from pipgrants.store.guards import GUARDS
from pipgrants.store.letters import LetterRow
from pipgrants.trail.canonical import canonical
from pipgrants.trail.verify import leaf_hash

FUND = "competitiveness-fund"
CALL = "pip-one-stage"
BEFORE_OPENING = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)
WHILE_OPEN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
AFTER_DEADLINE = datetime(2026, 4, 6, 15, 0, tzinfo=UTC)
LAST_MINUTE = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)
"""The deadline of the one-stage call, 17:00 in Tegucigalpa, whose whole minute still counts."""
SCORING = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
AFTER_DRAW = datetime(2026, 6, 22, 15, 0, tzinfo=UTC)
SOURCE = {"file": "applications.xlsx", "sha256": "0" * 64}
EVALUATORS = ("eva", "emilio", "edna")
PEOPLE = {
    "olga": Role.COORDINATION_OFFICER,
    "marcos": Role.PROGRAMME_MANAGER,
    "iris": Role.IMPLEMENTING_AGENCY,
    "aldo": Role.AUDITOR,
    **dict.fromkeys(EVALUATORS, Role.EVALUATOR),
}
LOWER_COUNTERPART = {"  minimum_share: 0.50\n  of: proposal": "  minimum_share: 0.45\n  of: proposal"}
"""A change that makes the one-stage call laxer than its programme."""
DRAWN = {"Powerball": [1, 2, 3, 4, 5, 6], "EuroMillions": [1, 2, 3, 4, 5, 6, 7]}


def as_(actor: str) -> Identity:
    """Somebody acting under the test's operating-system user."""
    return Identity(actor, "tester", "testhost")


@dataclass
class Round:
    """A workspace with a published call."""

    workspace: Workspace
    call: str = CALL
    numbers: dict[str, str] = field(default_factory=dict)

    def receive(self, applications: Iterable[Application], now: datetime = WHILE_OPEN) -> dict[str, str]:
        received = receive.receive_applications(
            self.workspace, as_("olga"), now, call=self.call, applications=applications, source=SOURCE
        )
        self.numbers.update(received.numbers)
        return dict(received.numbers)

    def tie(self, reference: str, actor: str = "iris") -> str:
        """Lets somebody act for the party that leads a proposal; returns its number."""
        with self.workspace.read() as unit:
            lead = unit.proposals.get(self.numbers[reference]).lead
        people.tie_actor(self.workspace, as_("admin"), WHILE_OPEN, actor=actor, party=lead)
        return lead

    def screen(self, now: datetime = AFTER_DEADLINE, *, dry_run: bool = False) -> screen.Screened:
        return screen.screen(self.workspace, as_("olga"), now, call=self.call, dry_run=dry_run)

    def assign(self, now: datetime = SCORING, evaluators: Iterable[str] | None = None) -> assignment.Assigned:
        named = None if evaluators is None else tuple(evaluators)
        return assignment.assign(self.workspace, as_("olga"), now, call=self.call, evaluators=named)

    def profile(self, *rows: Mapping[str, str], now: datetime = WHILE_OPEN) -> None:
        """Imports profiles of evaluators given as rows of the file."""
        path = self.workspace.folder / "evaluators.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [column.name for column in EVALUATOR_COLUMNS])
            writer.writeheader()
            writer.writerows(rows)
        imports.import_evaluators(self.workspace, as_("olga"), now, path=path)

    def reassign(
        self, reference: str, leaving: str, joining: str, reason: str = "Licencia médica"
    ) -> assignment.Reassigned:
        number = self.numbers[reference]
        return assignment.reassign(
            self.workspace, as_("olga"), SCORING, proposal=number, leaving=leaving, joining=joining, reason=reason
        )

    def declare_conflict(self, reference: str, evaluator: str, now: datetime = SCORING, by: str | None = None) -> None:
        assignment.declare_conflict(
            self.workspace,
            as_(by or evaluator),
            now,
            proposal=self.numbers[reference],
            evaluator=evaluator,
            reason="Asesoró a la red en 2025",
        )

    def add_evaluator(self, name: str) -> None:
        people.add_actor(
            self.workspace,
            as_("admin"),
            BEFORE_OPENING,
            actor=name,
            name=name.title(),
            roles=(Role.EVALUATOR,),
            os_user=None,
        )

    def evaluators(self, reference: str) -> dict[str, str | None]:
        """The evaluators of a proposal in its stage, and the conflict of interest that each declared."""
        with self.workspace.read() as unit:
            stage = unit.calls.get(self.call).stage
            rows = unit.evaluations.of_proposal(self.numbers[reference], stage)
        return {row.evaluator: row.conflict for row in rows}

    def give(self, marks: Mapping[str, Decimal], now: datetime = SCORING) -> None:
        """Every evaluator gives every criterion of a proposal, named by reference or number, the same mark."""
        by_number = {self.numbers.get(name, name): mark for name, mark in marks.items()}
        with self.workspace.read() as unit:
            rows = list(unit.evaluations.of_call(self.call, unit.calls.get(self.call).stage))
        scores = [
            SubmittedScore(row.proposal, row.evaluator, code, by_number[row.proposal])
            for row in rows
            if row.proposal in by_number and not row.conflict
            for code in criteria(self)
        ]
        evaluation.score(self.workspace, as_("olga"), now, call=self.call, scores=scores, source=SOURCE)

    def close_scores(self, now: datetime = SCORING) -> None:
        evaluation.close_scores(self.workspace, as_("olga"), now, call=self.call)

    def release(self, now: datetime = AFTER_DEADLINE) -> release.Released:
        return release.release(self.workspace, as_("olga"), now, call=self.call)

    def score(self, marks: Mapping[str, Decimal], now: datetime = SCORING) -> None:
        """Assigns evaluators, gives the marks, and closes the scores."""
        self.assign(now)
        self.give(marks, now)
        self.close_scores(now)

    def rank(self, now: datetime = AFTER_DRAW) -> rank.Ranked:
        return rank.rank_call(self.workspace, as_("olga"), now, call=self.call)

    def draw(self, now: datetime = AFTER_DRAW, numbers: Mapping[str, list[int]] = DRAWN) -> str:
        evidence = self.workspace.folder / "draw.txt"
        evidence.write_text("official results")
        return rank.enter_draw(self.workspace, as_("olga"), now, call=self.call, numbers=numbers, evidence=evidence)

    def prepare(self, now: datetime = AFTER_DRAW) -> allocate.Proposed:
        return allocate.prepare_allocation(self.workspace, as_("olga"), now, call=self.call)

    def ratify(self, package: str, now: datetime = AFTER_DRAW, by: str = "marcos") -> ratify.Ratified:
        return approve(self.workspace, package, now, by)

    def to_package(self, marks: Mapping[str, str], screened: datetime = AFTER_DEADLINE) -> str:
        """Screens, scores, ranks and prepares applications received, each with its own mark; returns the package."""
        self.screen(screened)
        self.score({name: Decimal(mark) for name, mark in marks.items()})
        self.rank()
        return self.prepare().package

    def states(self) -> dict[str, str]:
        with self.workspace.read() as unit:
            return {row.number: row.state for row in unit.proposals.rows(self.call)}

    def state(self, reference: str) -> str:
        return self.states()[self.numbers[reference]]

    def acts(self) -> list[str]:
        with self.workspace.read() as unit:
            return [entry.act for entry in unit.ledger.entries()]

    def entries(self, *, act: str | None = None, subject: str | None = None) -> list[dict[str, Any]]:
        """What the entries of the trail say, in order."""
        with self.workspace.read() as unit:
            found = [orjson.loads(entry.content) for entry in unit.ledger.entries(subject=subject)]
        return [content for content in found if act in (None, content["act"])]

    def letters(self, reference: str | None = None) -> list[LetterRow]:
        with self.workspace.read() as unit:
            if reference is None:
                return list(unit.letters.of_call(self.call))
            return unit.letters.of_proposal(self.numbers[reference])

    def letter_kinds(self, reference: str | None = None) -> list[str]:
        return [letter.kind for letter in self.letters(reference)]

    def findings(self, reference: str) -> dict[str, dict[str, Any]]:
        """The findings of the last screening of a proposal, by criterion."""
        with self.workspace.read() as unit:
            sequence = unit.proposals.get(self.numbers[reference]).screening_entry
            content = orjson.loads(unit.ledger.entry(sequence or 0).content)
        return {finding["criterion"]: finding for finding in content["findings"]}

    def verdict(self, reference: str, criterion: str) -> str:
        return str(self.findings(reference)[criterion]["verdict"])

    def copy(self, folder: Path) -> Round:
        """The same round in another folder."""
        return Round(copied(self.workspace, folder), self.call, dict(self.numbers))


def copied(workspace: Workspace, folder: Path) -> Workspace:
    """A copy of a workspace that nobody is writing to."""
    shutil.copytree(workspace.folder, folder)
    return Workspace(folder)


def rows_of_tables(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, read past the program."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        names = [row[0] for row in listed.fetchall()]
        return {name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr) for name in sorted(names)}


def hash_of_tables(folder: Path) -> str:
    return hashlib.sha256(repr(rows_of_tables(folder)).encode()).hexdigest()


def tamper(folder: Path, statement: str, values: tuple[object, ...] = ()) -> int:
    """Changes the database past the program; returns how many rows were changed."""
    with closing(sqlite3.connect(folder / DATABASE)) as connection, connection:
        return connection.execute(statement, values).rowcount


def rewrite(round_: Round, entry: Mapping[str, Any]) -> None:
    """Writes an entry otherwise past the program, hash and all."""
    content = canonical(entry)
    with closing(sqlite3.connect(round_.workspace.folder / DATABASE)) as connection, connection:
        for name in GUARDS:
            connection.execute(f"DROP TRIGGER IF EXISTS {name}")
        values = (content, leaf_hash(content), entry["sequence"])
        connection.execute("UPDATE entry SET content = ?, leaf_hash = ? WHERE sequence = ?", values)


def criteria(round_: Round) -> list[str]:
    from pipgrants.services.definitions import terms_of

    with round_.workspace.read() as unit:
        terms = terms_of(unit.calls, round_.call)
        return [item.code for item in terms.call.rubric.criteria if terms.row.stage in item.stages]


def edit(workspace: Workspace, kind: str, name: str, changes: Mapping[str, str]) -> None:
    """Changes a definition file of the workspace; every old text must stand in it."""
    path = workspace.folder / "workflows" / kind / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"{old!r} is not in {path.name}"
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")


def reword(workspace: Workspace, name: str = "letters/receipt.es.j2", text: str | None = None) -> None:
    """Changes a template of the workspace: to a text, or by a comment that no reader sees."""
    path = workspace.folder / "templates" / name
    path.write_text(text or path.read_text(encoding="utf-8") + "{# otra versión #}", encoding="utf-8")


def open_workspace(folder: Path) -> Workspace:
    """A workspace with its people."""
    workspace = init(folder, "admin", "Ada Ministro", as_("admin"), BEFORE_OPENING)
    for actor, role in PEOPLE.items():
        people.add_actor(
            workspace, as_("admin"), BEFORE_OPENING, actor=actor, name=actor.title(), roles=(role,), os_user=None
        )
    return workspace


def approve(workspace: Workspace, package: str, now: datetime = BEFORE_OPENING, by: str = "marcos") -> ratify.Ratified:
    return ratify.ratify(workspace, as_(by), now, package=package)


def activate(workspace: Workspace, programme: str = FUND) -> None:
    """Puts a programme, as its file says now, in force."""
    drafted = programmes.draft_programme(workspace, as_("olga"), BEFORE_OPENING, file=programme)
    approve(workspace, drafted.package)


def draft(workspace: Workspace, call: str = CALL) -> str:
    """Drafts a call; returns the package of its authorisation."""
    return calls.draft_call(workspace, as_("olga"), BEFORE_OPENING, file=call).package


def call_state(workspace: Workspace, call: str = CALL) -> str:
    with workspace.read() as unit:
        return unit.calls.get(call).state


def publish(workspace: Workspace, call: str = CALL, programme: str = FUND) -> Round:
    """An active programme and a published call."""
    activate(workspace, programme)
    approve(workspace, draft(workspace, call))
    notices.publish_call(workspace, as_("olga"), BEFORE_OPENING, call=call)
    return Round(workspace, call)


def application(
    reference: str,
    *,
    total: str = "200000",
    counterpart: str | None = None,
    language: Language = Language.SPANISH,
    firms: int = 6,
    evidence: str | None = None,
    agreement: bool = True,
) -> Application:
    """An application that meets every criterion of the one-stage call unless told otherwise."""
    amount = Decimal(total)
    own = amount / 2 if counterpart is None else Decimal(counterpart)
    members = tuple(
        ApplicationMember(
            f"M{place}",
            PartyDetails(
                name=f"Taller {reference}-{place}",
                tax_number=f"{reference}-{place}",
                tax_country="HN",
                size_class=SizeClass.SMALL,
                territory="HN-FM",
                sector="1391",
                language=language,
                email=f"{reference.lower()}-{place}@example.org",
                postal_address=f"Calle {place}, Tegucigalpa",
                data_consent_on=date(2026, 1, 10),
            ),
            place == 1,
            MemberType.ENTERPRISE,
        )
        for place in range(1, firms + 1)
    )
    letter = Evidence(evidence or f"{reference}/CL", EvidenceKind.COMMITMENT_LETTER, f"Taller {reference}-1")
    agreed = Evidence(f"{reference}/CA", EvidenceKind.CONSORTIUM_AGREEMENT, f"Taller {reference}-1")
    grant = amount - own
    return Application(
        reference=reference,
        title=f"Red de talleres {reference}",
        members=members,
        language=language,
        project_type=ProjectType.HORIZONTAL_NETWORK,
        territory="HN-FM",
        sector="1391",
        design_on=date(2025, 11, 3),
        duration_months=24,
        total_amount=amount,
        grant_amount=grant,
        budget_lines=(
            BudgetLine("M1", Component.COOPERATION, "", CostCategory.CONSULTANCY, FundingSource.GRANT, grant),
            BudgetLine("M1", Component.MARKETS, "", CostCategory.TRAINING, FundingSource.OWN_FUNDS, own),
        ),
        counterpart_lines=(
            CounterpartLine("M1", ContributionForm.CASH, FundingSource.OWN_FUNDS, own, letter.identity),
        ),
        objectives=(
            Objective("Ventas", "sales", Horizon.SHORT_TERM, Decimal(100), Decimal(110), 12),
            Objective("Empleo", "employment", Horizon.LONG_TERM, Decimal(40), Decimal(50), 36),
        ),
        evidence=(letter, agreed) if agreement else (letter,),
    )
