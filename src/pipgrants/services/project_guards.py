"""The guards that the machines of projects and of disbursements may name, and the facts that they look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, Protocol

from pipgrants.errors import PipgrantsError, RefusedError, in_words
from pipgrants.money import Money
from pipgrants.workflow.engine import Guard


class ProjectCase(NamedTuple):
    """A project that is moved on.

    ``design_is_due_on`` is the last day on which what was designed counts as fresh, None where nobody knows its day;
    ``open_disbursements`` are numbers of those that are neither paid nor rejected, ``open_contracts`` and
    ``open_conflicts`` of those that have not ended; ``due`` is what is due back. The gaps are
    what an evaluation rests on and is not on record.
    """

    project: str = ""
    actor: str = ""
    prepared_by: str = ""
    today: date | None = None
    design_is_due_on: date | None = None
    has_moved_money: bool = False
    open_disbursements: Sequence[int] = ()
    open_contracts: Sequence[int] = ()
    open_conflicts: Sequence[int] = ()
    due: Money | None = None
    mid_term_gaps: Sequence[str] = ()
    final_gaps: Sequence[str] = ()


class DisbursementCase(NamedTuple):
    """A disbursement that is moved on, by its number: what can be paid of it now, and what was certified.

    ``project_state`` is given where the project can ask for no tranche; ``must_validate`` where its launch validation
    is mandatory and is not on record. ``held`` says in words why nothing can be paid.
    """

    project: str = ""
    number: int = 0
    actor: str = ""
    prepared_by: str = ""
    project_state: str | None = None
    must_validate: bool = False
    payable: Money | None = None
    certified: Money | None = None
    held: str = ""


class Prepared(Protocol):
    """What somebody prepared and somebody approves."""

    @property
    def actor(self) -> str:
        """Who acts."""

    @property
    def prepared_by(self) -> str:
        """Who prepared it, nobody where it was not prepared."""


def _is_another_person(case: Prepared) -> bool:
    return bool(case.prepared_by) and case.actor != case.prepared_by


WHO_PREPARED = ("prepared_by_another_person", _is_another_person, "who prepared it cannot approve it")
"""The guard of every approval: its name, its check and its refusal."""


def _certificate_stands(case: DisbursementCase) -> bool:
    """Whether as much can be paid now as was certified; what was never certified claims nothing."""
    return case.certified is None or (case.payable is not None and case.certified.amount <= case.payable.amount)


def _refuse_stale_design(case: ProjectCase) -> PipgrantsError:
    since = (
        f"what was designed counted until {case.design_is_due_on}"
        if case.design_is_due_on
        else ("nobody knows when it was designed")
    )
    return RefusedError(
        f"launch validation is mandatory: {since}",
        next_step=f"pipgrants project validate {case.project} FILE --as OFFICER",
    )


def _refuse_open_disbursements(case: ProjectCase) -> PipgrantsError:
    numbers = ", ".join(map(str, case.open_disbursements))
    return RefusedError(
        f"disbursement {numbers} is neither paid nor rejected",
        next_step=f"pipgrants project show {case.project}; pipgrants disbursement reject {case.project} NUMBER "
        "--reason TEXT --as MANAGER",
    )


def _refuse_open_contracts(case: ProjectCase) -> PipgrantsError:
    numbers = ", ".join(map(str, case.open_contracts))
    return RefusedError(
        f"service contract {numbers} is neither accepted nor terminated",
        next_step=f"pipgrants project show {case.project}; pipgrants contract terminate {case.project} NUMBER "
        "--reason TEXT --as OFFICER",
    )


def _refuse_open_conflicts(case: ProjectCase) -> PipgrantsError:
    numbers = ", ".join(map(str, case.open_conflicts))
    return RefusedError(
        f"conflict {numbers} within the group has not ended",
        next_step=f"pipgrants project show {case.project}; pipgrants conflict settle {case.project} NUMBER",
    )


def _refuse_due(case: ProjectCase) -> PipgrantsError:
    return RefusedError(
        f"{case.due} is due back",
        next_step=f"pipgrants project record-return {case.project} --amount AMOUNT --reason TEXT --as OFFICER",
    )


def _refuse_unpayable(case: DisbursementCase) -> PipgrantsError:
    return RefusedError(
        case.held,
        next_step=f"pipgrants project record-expenditure {case.project} FILE --as OFFICER, or pipgrants disbursement "
        f"return {case.project} {case.number} --reason TEXT --as OFFICER",
    )


class OfProject(Protocol):
    """What belongs to a project, and needs that it is carried out."""

    @property
    def project(self) -> str:
        """The number of the project."""

    @property
    def project_state(self) -> str | None:
        """The state of the project, None where it is carried out."""


def _is_in_execution(case: OfProject) -> bool:
    return case.project_state is None


def _refuse_standstill(case: OfProject) -> PipgrantsError:
    state = in_words(case.project_state or "")
    return RefusedError(f"the project is {state}", next_step=f"pipgrants project show {case.project}")


IN_EXECUTION = ("project_in_execution", _is_in_execution, _refuse_standstill)
"""The guard of what only a project does that is carried out."""


def _not_measured(case: ProjectCase, evaluation: str, gaps: Sequence[str]) -> PipgrantsError:
    return RefusedError(
        f"the {evaluation} evaluation rests on what is on record, and is not yet: {'; '.join(gaps)}",
        next_step=f"pipgrants monitoring show {case.project} tells what is",
    )


PROJECT_GUARDS: tuple[Guard[ProjectCase], ...] = (
    Guard(*WHO_PREPARED),
    Guard(
        "no_money_moved",
        lambda case: not case.has_moved_money,
        "money was paid or spent already; launch validation comes before it",
    ),
    Guard(
        "design_is_recent",
        lambda case: (
            case.design_is_due_on is not None and case.today is not None and case.today <= case.design_is_due_on
        ),
        _refuse_stale_design,
    ),
    Guard("no_disbursement_open", lambda case: not case.open_disbursements, _refuse_open_disbursements),
    Guard("no_contract_open", lambda case: not case.open_contracts, _refuse_open_contracts),
    Guard("no_conflict_open", lambda case: not case.open_conflicts, _refuse_open_conflicts),
    Guard("nothing_due", lambda case: case.due is None, _refuse_due),
    Guard(
        "mid_term_measured",
        lambda case: not case.mid_term_gaps,
        lambda case: _not_measured(case, "mid-term", case.mid_term_gaps),
    ),
    Guard(
        "results_measured",
        lambda case: not case.final_gaps,
        lambda case: _not_measured(case, "final", case.final_gaps),
    ),
)

DISBURSEMENT_GUARDS: tuple[Guard[DisbursementCase], ...] = (
    Guard(*WHO_PREPARED),
    Guard(*IN_EXECUTION),
    Guard("something_payable", lambda case: case.payable is not None and case.payable.amount > 0, _refuse_unpayable),
    Guard(
        "certificate_stands",
        _certificate_stands,
        lambda case: RefusedError(
            f"{case.certified} was certified, and {case.payable} can be paid now",
            next_step=f"pipgrants disbursement return {case.project} {case.number} --reason TEXT --as MANAGER; where "
            "it is approved already, reject it instead",
        ),
    ),
    Guard(
        "launch_validated_in_time",
        lambda case: not case.must_validate,
        lambda case: RefusedError(
            "launch validation is mandatory: more time than the call allows lies between design and first disbursement",
            next_step=f"pipgrants disbursement reject {case.project} {case.number} --reason TEXT --as MANAGER, then "
            f"pipgrants project validate {case.project} FILE --as OFFICER",
        ),
    ),
)
