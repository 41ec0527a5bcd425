"""What blocks an assignment, in a sentence that names proposals and evaluators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pipgrants.domain.assignment import AssignmentCase, PanelRule

if TYPE_CHECKING:
    from pipgrants.analysis.blocking import Blocking

MOST_NAMED = 20
"""Of more proposals or evaluators the first are named, and the rest counted."""

_KIND = {
    PanelRule.SECTOR_EXPERT: "an expert of its sector",
    PanelRule.OUTSIDE_TERRITORY: "an evaluator from outside its territory",
}
_BESIDES = {
    PanelRule.SECTOR_EXPERT: "one of them an expert of its sector",
    PanelRule.OUTSIDE_TERRITORY: "one of them from outside its territory",
    PanelRule.ONE_PER_INSTITUTION: "no two of one institution",
}


def blocking_in_words(case: AssignmentCase, found: Blocking) -> str:
    """The proposals, what they need, who may score them, and how many evaluations are lacking."""
    lacking = found.lacking_count
    end = "" if lacking is None else f": {lacking} evaluation{'' if lacking == 1 else 's'} lacking"
    return f"{_needs(case, found)}; {_able(found)}{end}{_recused(case, found)}"


def _needs(case: AssignmentCase, found: Blocking) -> str:
    by_count: defaultdict[int, list[str]] = defaultdict(list)
    for proposal, count in found.proposals:
        by_count[count].append(proposal)
    parts = []
    for count, proposals in sorted(by_count.items(), reverse=True):
        verb = "needs" if len(proposals) == 1 else "each need"
        what = _kind(case, found, found.kind) if found.kind else f"{count} more evaluator{'' if count == 1 else 's'}"
        parts.append(f"{listed(proposals)} {verb} {what}")
    besides = [_besides(rule, found) for rule in found.rules if rule in _BESIDES and rule is not found.kind]
    conditions = " ".join(_conditions(case, found))
    return ", ".join([" and ".join(parts) + (f" {conditions}" if conditions else ""), *besides])


def _kind(case: AssignmentCase, found: Blocking, kind: PanelRule) -> str:
    """The one kind of evaluator that is lacking; of an expert, the sectors as well (ISIC revision 4)."""
    if kind is not PanelRule.SECTOR_EXPERT:
        return _KIND[kind]
    named = {proposal for proposal, _ in found.proposals}
    sectors = {demand.topic.sector for demand in case.demands if demand.proposal in named}
    return f"{_KIND[kind]} ({listed(sorted(filter(None, sectors)))})"


def _besides(rule: PanelRule, found: Blocking) -> str:
    """Another rule of the panel that is a reason; beside one kind of evaluator, as something else that is needed."""
    return f"and {_KIND[rule]}" if found.kind and rule in _KIND else _BESIDES[rule]


def _conditions(case: AssignmentCase, found: Blocking) -> Iterable[str]:
    """What whoever scores them must be, where it is a reason."""
    if PanelRule.SAME_LANGUAGE in found.rules:
        named = {proposal for proposal, _ in found.proposals}
        languages = sorted({demand.topic.language for demand in case.demands if demand.proposal in named})
        yield f"who read {' or '.join(languages)}"
    if PanelRule.CONFLICT in found.rules:
        yield "without a conflict of interest"


def _able(found: Blocking) -> str:
    if not found.evaluators:
        alone = "it" if len(found.proposals) == 1 else "them"
        return f"nobody who evaluates {'is one' if found.kind else f'may score {alone}'}"
    names = listed(
        f"{name} (room for {room})" if PanelRule.LOAD_LIMIT in found.rules else name for name, room in found.evaluators
    )
    one, several = ("is one", "are") if found.kind else ("may score", "may score")
    whom = "" if found.kind else " it" if len(found.proposals) == 1 else " any of them"
    return f"only {names} {one if len(found.evaluators) == 1 else several}{whom}"


def _recused(case: AssignmentCase, found: Blocking) -> str:
    """Who has a conflict of interest in the proposals named, where that is a reason."""
    if PanelRule.CONFLICT not in found.rules:
        return ""
    named = {proposal for proposal, _ in found.proposals}
    lines = [
        f"{listed(sorted(demand.recused))} from {demand.proposal}"
        for demand in case.demands
        if demand.proposal in named and demand.recused
    ]
    return f". Recused: {listed(lines)}"


def listed(names: Iterable[str]) -> str:
    """Names with commas and a last ``and``; the rest of many counted."""
    known: Sequence[str] = [*names]
    if len(known) > MOST_NAMED:
        known = [*known[:MOST_NAMED], f"{len(known) - MOST_NAMED} more"]
    return known[0] if len(known) == 1 else f"{', '.join(known[:-1])} and {known[-1]}"
