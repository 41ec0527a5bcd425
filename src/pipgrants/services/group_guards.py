"""The guards that the machines of service contracts and of conflicts within a group may name."""

from __future__ import annotations

from typing import NamedTuple

from pipgrants.domain.service_contract import OFFERS_COMPARED
from pipgrants.errors import PipgrantsError, RefusedError
from pipgrants.money import Money
from pipgrants.services.project_guards import IN_EXECUTION, WHO_PREPARED
from pipgrants.workflow.engine import Guard


class ContractCase(NamedTuple):
    """A service contract that is moved on.

    ``project_state`` is given where the project is not carried out; ``excess`` is by how much the contracts of the
    component, with this one, exceed its budget.
    """

    project: str = ""
    number: int = 0
    actor: str = ""
    prepared_by: str = ""
    project_state: str | None = None
    offers_count: int = 0
    component: str = ""
    excess: Money | None = None


class GroupConflictCase(NamedTuple):
    """A conflict within a group that is moved on; ``leaving`` is the firm that is to leave."""

    project: str = ""
    actor: str = ""
    prepared_by: str = ""
    leaving: str | None = None
    lead: str = ""


def _refuse_few_offers(case: ContractCase) -> PipgrantsError:
    offers = "1 offer was" if case.offers_count == 1 else f"{case.offers_count} offers were"
    return RefusedError(
        f"{offers} compared; with fewer than {OFFERS_COMPARED} management approves the selection first",
        next_step=f"pipgrants contract approve {case.project} {case.number} --as MANAGER",
    )


def _refuse_excess(case: ContractCase) -> PipgrantsError:
    return RefusedError(
        f"with it, {case.excess} more is contracted for the component {case.component} than its budget has",
        next_step=f"pipgrants project show {case.project}",
    )


def _refuse_lead(case: GroupConflictCase) -> PipgrantsError:
    return RefusedError(
        f"{case.leaving} leads the project and cannot leave it",
        next_step=f"pipgrants project abandon {case.project} --reason TEXT, where the group cannot go on",
    )


CONTRACT_GUARDS: tuple[Guard[ContractCase], ...] = (
    Guard(*WHO_PREPARED),
    Guard(*IN_EXECUTION),
    Guard("offers_compared", lambda case: case.offers_count >= OFFERS_COMPARED, _refuse_few_offers),
    Guard("within_component_budget", lambda case: case.excess is None, _refuse_excess),
)

GROUP_CONFLICT_GUARDS: tuple[Guard[GroupConflictCase], ...] = (
    Guard(*WHO_PREPARED),
    Guard("lead_stays", lambda case: case.leaving != case.lead, _refuse_lead),
)
