"""A programme as a whole, for management: how its projects stand beside each other, and which components work.

Nothing is averaged over projects, whose territories have prices of their own: targets are counted, money is summed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from pipgrants.domain.monitoring.impact import Impact
from pipgrants.domain.monitoring.logical_framework import LogicalFramework
from pipgrants.domain.monitoring.progress import ComponentProgress
from pipgrants.domain.monitoring.ratios import Figure, quotient
from pipgrants.domain.monitoring.targets import TargetResult
from pipgrants.domain.plain import exact_sum
from pipgrants.domain.vocabulary import Component, Verdict


class Tally(NamedTuple):
    """How many targets are met, not met and undetermined."""

    met: int = 0
    not_met: int = 0
    undetermined: int = 0

    @property
    def met_share(self) -> Figure:
        """The targets that are met, of those that are decided."""
        return quotient(self.met, self.met + self.not_met)


def tally(results: Iterable[TargetResult]) -> Tally:
    """Targets counted by their verdict."""
    verdicts = [result.verdict for result in results]
    return Tally(*(verdicts.count(verdict) for verdict in (Verdict.MET, Verdict.NOT_MET, Verdict.UNDETERMINED)))


class EvaluatedProject(NamedTuple):
    """A project of the programme; ``productivity`` is its main indicator, as the source paper says."""

    project: str
    framework: LogicalFramework
    results: Sequence[TargetResult]
    components: Sequence[ComponentProgress]
    productivity: Impact

    @property
    def targets(self) -> Tally:
        """All of its targets."""
        return tally(self.results)

    @property
    def spent_amount(self) -> Decimal | None:
        """What was spent by its reports; None where it reported nothing."""
        return _sum_of_known(item.spent_amount for item in self.components)


class EvaluatedComponent(NamedTuple):
    """A component over the projects that have it; ``spent_amount`` is of those that reported, None where none did."""

    component: Component
    projects_count: int
    targets: Tally
    spent_amount: Decimal | None


class ProgrammeEvaluation(NamedTuple):
    """The projects of a programme in their order, its components, and the targets of all."""

    projects: tuple[EvaluatedProject, ...]
    components: tuple[EvaluatedComponent, ...]
    targets: Tally
    spent_amount: Decimal | None


def evaluate_programme(projects: Sequence[EvaluatedProject]) -> ProgrammeEvaluation:
    """The programme; amounts of all projects are in one currency."""
    found = {component for project in projects for component in _components(project)}
    return ProgrammeEvaluation(
        projects=tuple(projects),
        components=tuple(_component(component, projects) for component in Component if component in found),
        targets=tally(result for project in projects for result in project.results),
        spent_amount=_sum_of_known(project.spent_amount for project in projects),
    )


def _components(project: EvaluatedProject) -> list[Component]:
    return [item.component for item in project.framework.components]


def _component(component: Component, projects: Sequence[EvaluatedProject]) -> EvaluatedComponent:
    having = [project for project in projects if component in _components(project)]
    progress = [item for project in having for item in project.components if item.component is component]
    return EvaluatedComponent(
        component=component,
        projects_count=len(having),
        targets=tally(result for project in having for result in _results(project, component)),
        spent_amount=_sum_of_known(item.spent_amount for item in progress),
    )


def _results(project: EvaluatedProject, component: Component) -> Iterator[TargetResult]:
    rows = [row for row in project.framework.components if row.component is component]
    codes = {indicator.code for row in rows for indicator in row.indicators}
    return (result for result in project.results if result.indicator.code in codes)


def _sum_of_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of the amounts that are known; None where none is."""
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(known) if known else None
