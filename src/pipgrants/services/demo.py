"""``demo``: a whole round in a new workspace, from the programme to the letters, with nothing but the program.

The clock is invented: acts carry the dates that the call's calendar gives them, and people are named by their duties.
Invented applications and marks are labelled synthetic in every output.
"""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.calendar import add_working_days, closes_at_utc, end_of_day_utc, opens_at_utc
from pipgrants.domain.call import Call
from pipgrants.domain.plain import plain_number
from pipgrants.domain.vocabulary import Language, Role
from pipgrants.errors import PipgrantsError, RefusedError, UsageError
from pipgrants.exchange.export import write_applications
from pipgrants.exchange.fields import EVALUATORS as EVALUATOR_COLUMNS
from pipgrants.exchange.fields import names
from pipgrants.exchange.mapping import read_mapping
from pipgrants.money import Money
from pipgrants.paths import require_existing
from pipgrants.services import synthetic
from pipgrants.services.allocate import prepare_allocation
from pipgrants.services.answers import asking, clarify, lines_asked, withdraw
from pipgrants.services.application_records import to_application
from pipgrants.services.assignment import assign
from pipgrants.services.calls import draft_call
from pipgrants.services.definitions import terms_of
from pipgrants.services.evaluation import close_scores
from pipgrants.services.imports import (
    import_applications,
    import_evaluators,
    import_exclusion_list,
    import_scores,
    write_form,
)
from pipgrants.services.keys import register_key
from pipgrants.services.notices import publish_call
from pipgrants.services.people import add_actor
from pipgrants.services.programmes import draft_programme
from pipgrants.services.rank import enter_draw, rank_call
from pipgrants.services.ratify import ratify
from pipgrants.services.release import release
from pipgrants.services.results import write_results
from pipgrants.services.screen import screen
from pipgrants.services.shipped import shipped
from pipgrants.services.workspace import Identity, Workspace, identity, init
from pipgrants.trail.signature import is_installed, make_throw_away_key

APPLICATIONS_COUNT = 300
SEED = 2026
MARKER = "demo.txt"
SYNTHETIC_CALL = "pip-one-stage"
LISTS: Mapping[str, str] = {
    "denmark": "danish-structural-funds",
    "ecsel": "ecsel",
    "lithuania": "lithuania",
}
"""The call under which each public list is run, by the list's mapping."""

PEOPLE: Mapping[str, tuple[str, Role]] = {
    "officer": ("Demonstration Officer", Role.COORDINATION_OFFICER),
    "manager": ("Demonstration Manager", Role.PROGRAMME_MANAGER),
    "agency": ("Demonstration Implementing Agency", Role.IMPLEMENTING_AGENCY),
    "auditor": ("Demonstration Auditor", Role.AUDITOR),
    **{f"synthetic-evaluator-{place}": (f"Synthetic Evaluator {place}", Role.EVALUATOR) for place in range(1, 7)},
}
SIGNERS = ("officer", "manager")
"""Who signs, where there is an ``ssh-keygen`` to make keys with."""
EVALUATORS = [name for name, (_, role) in PEOPLE.items() if role is Role.EVALUATOR]
COMMENT = "synthetic"


class DemoSummary(NamedTuple):
    """What the round came to."""

    workspace: Path
    call: str
    label: str
    received_count: int
    late_count: int
    warnings_count: int
    states_after_screening: Mapping[str, int]
    outcomes: Mapping[str, tuple[int, str]]
    drawn_count: int
    letters: Mapping[str, int]
    letters_folder: Path
    results: Path
    approvals: str
    checkpoints_folder: Path
    entries_count: int
    next_steps: tuple[str, ...]


def run_demo(
    folder: Path,
    applications: Path | None = None,
    mapping: str | None = None,
    seed: int = SEED,
    *,
    fresh: bool = False,
    progress: Callable[[str], None] = lambda _step: None,
) -> DemoSummary:
    """Runs the round and says what came of it.

    ``applications`` is a public list instead of invented applications; its mapping is found by its columns unless
    named. Raises RefusedError where the folder holds something, unless it is an earlier demo and ``fresh``, UsageError
    for a mapping without a list. A round that cannot be run leaves no workspace.
    """
    if applications is None:
        synthetic.require_faker()
    else:
        require_existing(applications)
    if mapping is not None:
        _require_mapping(mapping, applications)
    list_mapping = mapping or (_mapping_of(applications) if applications else None)
    _clear(folder, fresh=fresh)
    call = LISTS.get(list_mapping or "", SYNTHETIC_CALL)
    try:
        return _Demo(folder, call, applications, list_mapping, seed, progress).run()
    except PipgrantsError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _require_mapping(name: str, applications: Path | None) -> None:
    """Refuses a mapping that is not there or not well formed, and one of invented applications."""
    if applications is None:
        raise UsageError("--mapping says how a list is written", next_step="name the list: --applications FILE")
    path = Path(name)
    if not path.is_file():
        path = shipped("workflows") / "mappings" / f"{path.stem}.yaml"
    require_existing(path, f"name a YAML file, or one of: {', '.join(LISTS)}")
    read_mapping(path)


def _mapping_of(path: Path) -> str:
    """The shipped mapping whose columns all stand in the first line of a list."""
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        header = next(csv.reader([lines.readline()]), [])
    for name in LISTS:
        found = read_mapping(shipped("workflows") / "mappings" / f"{name}.yaml")
        if set(found.columns) <= set(header):
            return name
    raise RefusedError(
        f"the columns of {path.name} are those of none of the lists known: {', '.join(LISTS)}",
        next_step="name its mapping with --mapping, or import it into a workspace of your own",
    )


def _clear(folder: Path, *, fresh: bool) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not (folder / MARKER).is_file():
        raise RefusedError(f"{folder} is not empty and no earlier demo", next_step="choose another folder")
    if not fresh:
        raise RefusedError(f"{folder} holds an earlier demo", next_step="--fresh removes it first")
    shutil.rmtree(folder)


class _Demo:
    """One demonstration round."""

    def __init__(
        self,
        folder: Path,
        call: str,
        applications: Path | None,
        mapping: str | None,
        seed: int,
        progress: Callable[[str], None],
    ) -> None:
        self._who = identity(None)
        self._folder = folder
        self._call_name = call
        self._applications = applications
        self._mapping = mapping
        self._seed = seed
        self._say = progress
        self._work = folder / "demo"
        self._letters: Counter[str] = Counter()
        self._keys: dict[str, Path] = {}

    def run(self) -> DemoSummary:
        """The whole round."""
        self._workspace = self._open()
        call = self._publish()
        self._call = call
        opens_at, closes_at = opens_at_utc(call.window, call.time_zone), closes_at_utc(call.window, call.time_zone)
        self._say("importing applications")
        source = self._applications or self._invent(opens_at, closes_at)
        outcome = import_applications(
            self._workspace,
            self._as("officer"),
            closes_at if self._applications else self._day(1),
            call=call.call,
            path=source,
            mapping=self._mapping,
            accept_valid=self._applications is not None,
        )
        self._release(self._day(1))
        states = self._screen()
        self._score(self._day(40))
        drawn = self._rank(call, self._day(60))
        outcomes = self._decide(call, self._day(100))
        results = write_results(self._workspace, call.call)
        with self._workspace.read() as unit:
            entries_count = unit.ledger.size()
            first = next(iter(unit.proposals.rows(call.call))).number
        return DemoSummary(
            workspace=self._folder,
            call=call.call,
            label=self._label,
            received_count=len(outcome.received.numbers),
            late_count=outcome.received.late_count,
            warnings_count=len(outcome.warnings),
            states_after_screening=states,
            outcomes=outcomes,
            drawn_count=drawn,
            letters=self._letters,
            letters_folder=self._folder / "letters" / call.call,
            results=results[0],
            approvals="signed with keys of the demonstration"
            if self._keys
            else "unsigned: ssh-keygen is not installed",
            checkpoints_folder=self._folder / "checkpoints",
            entries_count=entries_count,
            next_steps=(
                f"pipgrants status --workspace {self._folder}",
                f"pipgrants explain {first} --workspace {self._folder}",
                f"pipgrants letters preview {first} --workspace {self._folder}",
                f"pipgrants trail show --proposal {first} --workspace {self._folder}",
            ),
        )

    @property
    def _label(self) -> str:
        if self._applications is None:
            return f"synthetic: applications, scores and random numbers are invented (seed {self._seed})"
        return (
            f"real applications of {self._applications.name}; the evaluators' scores are synthetic (seed {self._seed})"
        )

    def _as(self, actor: str) -> Identity:
        return self._who._replace(claimed=actor)

    def _open(self) -> Workspace:
        self._say("making the workspace and its people")
        now = datetime(2026, 1, 5, 14, 0, tzinfo=UTC)
        workspace = init(self._folder, "administrator", "Demonstration Administrator", self._as("administrator"), now)
        (self._folder / MARKER).write_text(f"A demonstration workspace.\n{self._label}\n", encoding="utf-8")
        self._work.mkdir()
        for actor, (name, role) in PEOPLE.items():
            add_actor(workspace, self._as("administrator"), now, actor=actor, name=name, roles=(role,), os_user=None)
        if is_installed():
            self._make_keys(workspace, now)
        return workspace

    def _make_keys(self, workspace: Workspace, now: datetime) -> None:
        """Throw-away keys in the folder of the demonstration, registered for those who sign."""
        folder = self._work / "keys"
        folder.mkdir()
        (folder / "README.txt").write_text(
            "Throw-away keys of a demonstration, without a passphrase: trust nothing that they sign.\n"
            "In earnest everybody keeps their own key, away from the workspace.\n",
            encoding="utf-8",
        )
        for actor in SIGNERS:
            key = self._keys[actor] = folder / actor
            make_throw_away_key(key, comment=f"demonstration key of {actor}")
            public = key.with_suffix(".pub")
            register_key(workspace, self._as("administrator"), now, actor=actor, file=public)

    def _ratify(self, package: str, now: datetime) -> None:
        ratify(self._workspace, self._as("manager"), now, package=package, key=self._keys.get("manager"))

    def _publish(self) -> Call:
        self._say("authorising the programme and the call, publishing the notice")
        workspace, now = self._workspace, datetime(2026, 1, 6, 14, 0, tzinfo=UTC)
        from pipgrants.services.definitions import call_in_file, file_definition

        programme = call_in_file(file_definition(workspace, "call", self._call_name)).programme
        drafted = draft_programme(workspace, self._as("officer"), now, file=programme)
        self._ratify(drafted.package, now)
        prepared = draft_call(workspace, self._as("officer"), now, file=self._call_name)
        self._ratify(prepared.package, now)
        publish_call(workspace, self._as("officer"), now + timedelta(hours=1), call=self._call_name)
        write_form(workspace, self._call_name, self._work / "form.es.xlsx", Language.SPANISH.value)
        with workspace.read() as unit:
            return terms_of(unit.calls, self._call_name).call

    def _invent(self, opens_at: datetime, closes_at: datetime) -> Path:
        invented = synthetic.applications(APPLICATIONS_COUNT, self._seed, opens_at, closes_at)
        path = self._work / "synthetic-applications.xlsx"
        write_applications(invented, path)
        listed = self._work / "synthetic-exclusions.csv"
        with listed.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("name", "tax_country", "tax_number", "reason", "until_on"))
            writer.writerows(
                (item.name, item.tax_country, item.tax_number, item.reason, "")
                for item in synthetic.exclusions(invented)
            )
        import_exclusion_list(self._workspace, self._as("officer"), opens_at, path=listed)
        return path

    def _day(self, days: int) -> datetime:
        """The hour of the deadline on the first working day that lies some days after it."""
        call = self._call
        closes_on = call.window.closes_at.date()
        day = add_working_days(closes_on + timedelta(days=days - 1), 1, call.weekend, call.non_working_days)
        return closes_at_utc(call.window, call.time_zone) + (day - closes_on)

    def _release(self, now: datetime) -> None:
        """Releases the letters that wait, if any."""
        with self._workspace.read() as unit:
            waits = bool(unit.letters.waiting(self._call_name, 0, 1))
        if waits:
            key = self._keys.get("officer")
            released = release(self._workspace, self._as("officer"), now, call=self._call_name, key=key)
            self._letters.update(released.kinds)

    def _screen(self) -> Mapping[str, int]:
        self._say("screening, asking for clarifications, screening the answers")
        workspace, call, officer = self._workspace, self._call_name, self._as("officer")
        screen(workspace, officer, self._day(2), call=call)
        self._release(self._day(2))
        self._answer(self._day(6))
        screen(workspace, officer, self._day(9), call=call)
        screen(workspace, officer, self._day(35), call=call)
        self._release(self._day(35))
        with workspace.read() as unit:
            return unit.proposals.state_counts(call)

    def _answer(self, now: datetime) -> None:
        """Two of three applicants answer what they were asked; two applicants withdraw."""
        with self._workspace.read() as unit:
            terms = terms_of(unit.calls, self._call_name)
            asked = [row for row in unit.proposals.rows(self._call_name) if row.clarification_due_on]
            excluded = frozenset[str]()
            answers = []
            for row in [row for place, row in enumerate(asked) if place % 3]:
                proposal = unit.proposals.one(row.number, terms.call.currency, excluded)
                parties = unit.parties.many(sorted({member.party for member in proposal.members or ()}))
                details = {number: party.details for number, party in parties.items()}
                asked_about = lines_asked(terms, row, asking(unit, row))
                application = to_application(proposal, row, details)
                answers.append((row.number, synthetic.completed(application, now.date(), asked_about)))
        for number, application in answers:
            clarify(
                self._workspace,
                self._as("officer"),
                now,
                proposal=number,
                application=application,
                answer="papers supplied",
            )
        if self._applications is None:
            with self._workspace.read() as unit:
                leaving = [row.number for row in unit.proposals.rows(self._call_name, ("eligible",))][10:200:100]
            for number in leaving:
                withdraw(self._workspace, self._as("officer"), now, proposal=number, reason="the group dissolved")

    def _profile(self, now: datetime) -> None:
        """Profiles of the evaluators; one sat on the board of an applicant."""
        with self._workspace.read() as unit:
            lead = list(unit.proposals.rows(self._call_name))[-1].lead
            tied = unit.parties.get(lead).details.name
        path = self._work / "synthetic-evaluators.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names(EVALUATOR_COLUMNS))
            writer.writeheader()
            writer.writerows(synthetic.profiles(EVALUATORS, tied, self._seed))
        import_evaluators(self._workspace, self._as("officer"), now, path=path)

    def _score(self, now: datetime) -> None:
        self._say("assigning evaluators, importing scores, closing them")
        workspace, call, officer = self._workspace, self._call_name, self._as("officer")
        self._profile(now)
        assign(workspace, officer, now, call=call)
        with workspace.read() as unit:
            terms = terms_of(unit.calls, call)
            stage, rubric = terms.row.stage, terms.call.rubric
            pairs = [(row.proposal, row.evaluator) for row in unit.evaluations.of_call(call, stage)]
        criteria = [item for item in rubric.criteria if stage in item.stages]
        path = self._work / "synthetic-scores.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("proposal", "evaluator", "criterion", "mark", "comment"))
            for item in synthetic.marks(rubric, criteria, pairs, self._seed, COMMENT):
                mark = plain_number(item.mark) if item.mark is not None else "n/a"
                writer.writerow((item.proposal, item.evaluator, item.criterion, mark, item.comment))
        import_scores(workspace, officer, now, call=call, paths=[path], named={name for _, name in pairs})
        close_scores(workspace, officer, now + timedelta(days=1), call=call, key=self._keys.get("officer"))

    def _rank(self, call: Call, now: datetime) -> int:
        self._say("ranking")
        workspace, officer = self._workspace, self._as("officer")
        sources = call.ranking.draw
        if sources:
            now = max(now, *(end_of_day_utc(source.published_on, call.time_zone) for source in sources))
            stand_in = self._work / "stand-in-for-public-draws.txt"
            numbers = {
                source.name: synthetic.numbers(source.numbers_count, source.name, self._seed) for source in sources
            }
            stand_in.write_text(
                "Declared stand-in: these numbers were invented for the demonstration.\n"
                + "".join(f"{name}: {' '.join(map(str, values))}\n" for name, values in numbers.items()),
                encoding="utf-8",
            )
            enter_draw(workspace, officer, now, call=call.call, numbers=numbers, evidence=stand_in)
        return rank_call(workspace, officer, now, call=call.call).drawn_count

    def _decide(self, call: Call, now: datetime) -> Mapping[str, tuple[int, str]]:
        self._say("allocating, ratifying, releasing the letters")
        workspace, officer = self._workspace, self._as("officer")
        proposed = prepare_allocation(workspace, officer, now, call=call.call)
        self._ratify(proposed.package, self._day(103))
        self._release(self._day(106))
        return {name: (count, str(Money(amount, call.currency))) for name, (count, amount) in proposed.totals.items()}
