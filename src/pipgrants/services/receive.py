"""Receiving applications: parties get numbers, the proposal gets a number, a receipt or a late letter is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from pipgrants.domain.application import Application, dates_after
from pipgrants.domain.calendar import instant_utc, is_in_time, opens_at_utc
from pipgrants.domain.call import Call
from pipgrants.domain.duplicates import find_duplicates
from pipgrants.domain.proposal import Proposal
from pipgrants.domain.vocabulary import LetterKind
from pipgrants.errors import Problem, RefusedError, in_words
from pipgrants.exchange.applications import LocatedApplication
from pipgrants.exchange.fields import MEMBERS
from pipgrants.exchange.problems import CORRECT_ROWS_OR_ACCEPT, Place, ProblemLog, refusal_of_rows
from pipgrants.services.application_records import (
    amount_text,
    application_as_plain,
    office_values,
    paper_salt,
    to_proposal,
)
from pipgrants.services.correspondence import Addressee, Correspondence, LetterDraft
from pipgrants.services.deadlines import current_stage, local_day, window_of
from pipgrants.services.definitions import Terms, call_engine, first_stage, proposal_engine, terms_of
from pipgrants.services.moves import proposal_deed, sign_for
from pipgrants.services.party_register import Register, Registered, write_parties
from pipgrants.services.rulebook import ProposalCase
from pipgrants.services.states import is_receiving
from pipgrants.services.workspace import Act, Identity, Workspace, silent
from pipgrants.store.calls import DefinitionRow
from pipgrants.store.proposals import NewProposal, ProposalRow
from pipgrants.trail.entry import instant_text

BATCH = 500
NUMBER_WIDTH = 6


class Received(NamedTuple):
    """What an import did: the numbers given by reference, how many arrived late, and why others were left out.

    ``warnings`` say where an application describes a party otherwise than the record, which stays as it is, and which
    new parties may be on record already.
    """

    numbers: Mapping[str, str]
    late_count: int
    letters_count: int
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def receive_applications(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    applications: Iterable[Application],
    source: Mapping[str, str],
    mapping: DefinitionRow | None = None,
    places: Mapping[str, LocatedApplication] = MappingProxyType({}),
    problems: Sequence[Problem] = (),
    received_at: datetime | None = None,
    accept_valid: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> Received:
    """Stores applications, each with its entry and letter, all or none.

    ``source`` names the file they came from and its SHA-256, ``mapping`` is what a list was read by, ``places`` where
    each reference stands in it, ``received_at``, in the time of the call, when those arrived that do not say it
    (without it, now), and ``problems`` what was wrong with other rows of it. Raises RefusedError where the call does
    not receive. Raises ImportRefusedError where there are problems, unless ``accept_valid`` leaves them out, with every
    application that says it was received in the future or before the call opened, whose design, consents or papers are
    dated after its receipt, whose reference stands twice or is on record already, or that is a full proposal of
    somebody who was not invited: nobody but the party that led the profile is. What only the office fills in is a
    problem in the file of an implementing agency. A row that states its receipt may date up to today what it holds: a
    warning says that an answer must have brought it.
    """
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("proposal.import", terms.programme.stands_in)
        reception = _Reception(act, terms, source, mapping, places, received_at)
        for batch in _batches(applications):
            reception.receive(batch)
            if accept_valid or not (problems or reception.problems()):
                progress(len(reception.numbers))
        left_out = (*problems, *reception.problems())
        if left_out and not accept_valid:
            raise refusal_of_rows(source["file"], left_out, CORRECT_ROWS_OR_ACCEPT)
        reception.warn_of_duplicates()
    letters_count, warnings = reception.letters.letters_count, reception.warnings()
    return Received(reception.numbers, reception.late_count, letters_count, left_out, warnings)


def _batches(applications: Iterable[Application]) -> Iterator[list[Application]]:
    iterator = iter(applications)
    while batch := list(islice(iterator, BATCH)):
        yield batch


class _Reception:
    """One act of receiving."""

    def __init__(
        self,
        act: Act,
        terms: Terms,
        source: Mapping[str, str],
        mapping: DefinitionRow | None,
        places: Mapping[str, LocatedApplication],
        received_at: datetime | None,
    ) -> None:
        if not is_receiving(call_engine(act.unit.calls, terms.row), terms.row.state):
            raise RefusedError(
                f"the call {terms.row.call} is {in_words(terms.row.state)}; applications are received once it is "
                "published and until it is closed",
                next_step=f"pipgrants status {terms.row.call}",
            )
        self._act = act
        self._terms = terms if mapping is None else terms._replace(hashes={**terms.hashes, "mapping": mapping.hash})
        self._mapping = mapping
        self._source = dict(source)
        self._places = places
        self._arrived = None if received_at is None else instant_utc(received_at, terms.call.time_zone)
        self._log = ProblemLog(source["file"])
        self._stage = current_stage(act.unit.calls, terms)
        self._window = window_of(terms.call, self._stage)
        self._engine = proposal_engine(act.unit.calls, terms.row)
        self._register = Register(act.unit)
        self._salt = paper_salt(act.unit)
        self._taken = act.unit.proposals.by_reference(terms.row.call)
        self._serial = act.unit.proposals.next_serial(terms.row.call)
        self.letters = Correspondence(act, self._terms)
        self.numbers: dict[str, str] = {}
        self.late_count = 0
        self._brought: dict[str, tuple[Application, str]] = {}
        """By number, the application that brought a new party, and its key there."""

    def problems(self) -> tuple[Problem, ...]:
        """Why applications were left out, in their order."""
        return self._log.problems()

    def warnings(self) -> tuple[Problem, ...]:
        """Where applications describe parties otherwise than the record, in their order."""
        return self._log.warnings()

    def receive(self, applications: Sequence[Application]) -> None:
        """Stores those of a batch that can be received."""
        self._register.look_up(member.details for application in applications for member in application.members)
        currency = self._terms.call.currency
        parties: list[Registered] = []
        new: list[NewProposal] = []
        again: list[NewProposal] = []
        for application in applications:
            before = self._taken.get(application.reference)
            if self._is_refused(application, before):
                continue
            numbers, registered = self._register.numbers(application)
            parties.extend(registered)
            new_here = {party.number for party in registered if party.is_new}
            self._brought.update({number: (application, key) for key, number in numbers.items() if number in new_here})
            self._warn(application)
            fresh = self._store(application, before, numbers, registered)
            (new if before is None else again).append(fresh)
        if self._mapping is not None and (new or again):
            self._act.unit.calls.store_definitions([self._mapping])
        write_parties(self._act, parties)
        self._act.unit.proposals.add(new, currency)
        for fresh in again:
            self._act.unit.proposals.replace(fresh, currency)
        self.letters.flush()

    def _store(
        self,
        application: Application,
        before: ProposalRow | None,
        numbers: Mapping[str, str],
        registered: Sequence[Registered],
    ) -> NewProposal:
        terms = self._terms
        received_at = self._received_at(application)
        case = ProposalCase(in_time=is_in_time(received_at, self._window, terms.call.time_zone))
        state = self._engine.definition.initial if before is None else before.state
        fired = self._engine.fire(state, "receive", case, roles=self._act.roles)
        sign_for(self._act, fired, terms.programme.stands_in)
        number = self._number() if before is None else before.number
        language = (application.language or terms.call.languages[0]).value
        lead = next(numbers[member.key] for member in application.members if member.is_lead)
        self._act.represent(lead)
        proposal = to_proposal(
            application, number, terms.row.call, self._stage, fired.destination, received_at, numbers, self._salt
        )
        inputs = {
            "source": self._source,
            "parties": [party.as_plain() for party in registered],
            "application": application_as_plain(
                proposal, application.reference, language, terms.call.currency, self._salt
            ),
        }
        kind = LetterKind(fired.transition.letter or LetterKind.RECEIPT)
        letter = LetterDraft(kind, number, Addressee(language, lead), _receipt_facts(proposal, terms.call))
        self.letters.write(proposal_deed(fired, number, terms, inputs=inputs), letter)
        self.numbers[application.reference] = number
        self.late_count += not case.in_time
        return NewProposal(proposal, application.reference, language, lead)

    def _is_refused(self, application: Application, before: ProposalRow | None) -> bool:
        """Whether an application cannot be received, which is then logged."""
        problem = self._problem(application, before)
        problems = self._for_office(application) or ([problem] if problem else self._impossible_dates(application))
        for found in problems:
            self._log.problem(found)
        return bool(problems)

    def _problem(self, application: Application, before: ProposalRow | None) -> Problem | None:
        """Why an application cannot be received, whatever its lines say."""
        reference, received_at = application.reference, self._received_at(application)
        place = self._place(application)
        if reference in self.numbers:
            return place.problem("import.stands_twice", "reference", reference)
        if before is not None and "receive" not in self._engine.possible(before.state):
            code = "import.on_record" if before.stage is self._stage else "import.not_invited"
            return place.problem(code, "reference", reference, number=before.number)
        if before is None and self._stage is not first_stage(self._terms.call):
            return place.problem("import.no_profile", "reference", reference)
        lead = next((member.details for member in application.members if member.is_lead), None)
        if lead is None:
            return place.problem("import.no_lead", "reference", reference)
        if before is not None and self._register.find(lead) != before.lead:
            return place.problem("import.another_lead", "reference", reference, party=before.lead)
        if received_at > self._act.now:
            return place.problem("import.received_in_future", "received_at", received_at.isoformat())
        if received_at < opens_at_utc(self._window, self._terms.call.time_zone):
            return place.problem("import.received_before_opening", "received_at", received_at.isoformat())
        return None

    def _for_office(self, application: Application) -> list[Problem]:
        """What an applicant's own file says that only the office can know."""
        stated = application._replace(received_at=application.received_at or self._arrived)
        given = office_values(stated) if self._act.speaks_for_applicant else {}
        place = self._place(application)
        return [place.problem("import.for_office", name, value) for name, value in given.items()]

    def _impossible_dates(self, application: Application) -> list[Problem]:
        """What an application says happened after the last day by which it can have been told."""
        return list(self._dated_after(application, self._told_by(application), "import.in_the_future"))

    def _told_by(self, application: Application) -> date:
        """The day of receipt, or today where the row itself states its receipt: it may hold what an answer brought."""
        return local_day(self._act.now if application.received_at else self._received_at(application), self._terms.call)

    def _dated_after(self, application: Application, day: date, code: str) -> Iterator[Problem]:
        for found in dates_after(application, day):
            place = self._place(application, found.lines, found.key)
            yield place.problem(code, found.field, found.day.isoformat(), day=day.isoformat())

    def _warn(self, application: Application) -> None:
        """Logs where an application describes a party otherwise than the record, and what came after its receipt."""
        for found in self._register.differences(application):
            place = self._place(application, MEMBERS, found.member)
            values = {"party": found.party, "on_record": found.on_record}
            self._log.warning(place.problem("import.party_differs", found.field, found.written, **values))
        received_on = local_day(self._received_at(application), self._terms.call)
        for problem in self._dated_after(application, received_on, "import.after_receipt"):
            self._log.warning(problem)

    def warn_of_duplicates(self) -> None:
        """Logs which of the new parties may be on record already; only the office is told who others are."""
        parties = self._act.unit.parties
        if self._act.speaks_for_applicant or not self._brought or not parties.is_any_without_tax_number():
            return
        for found in find_duplicates(parties.known(), self._brought.keys()):
            first, second = sorted((found.one, found.other), key=lambda item: item.number in self._brought)
            application, key = self._brought[second.number]
            values = {"party": second.number, "other": first.number, "name": first.name}
            place = self._place(application, MEMBERS, key)
            self._log.warning(place.problem("import.possible_duplicate", "name", second.name, **values))

    def _received_at(self, application: Application) -> datetime:
        return application.received_at or self._arrived or self._act.now

    def _place(self, application: Application, lines: str = "", key: str = "") -> Place:
        """Where an application, or a member or paper of it, stands in the file."""
        located = self._places.get(application.reference)
        return located.place_of(lines, key) if located else Place(self._source["file"])

    def _number(self) -> str:
        number = f"{self._terms.row.number_prefix}-{self._serial:0{NUMBER_WIDTH}d}"
        self._serial += 1
        return number


def _receipt_facts(proposal: Proposal, call: Call) -> dict[str, object]:
    currency = call.currency
    return {
        "title": proposal.title,
        "received_at": instant_text(proposal.received_at),
        "total_amount": amount_text(proposal.total_amount, currency),
        "grant_amount": amount_text(proposal.grant_amount, currency),
        "windows": ["window" if proposal.stage is first_stage(call) else "second_window"],
    }
