"""Small assignments for tests: proposals that need evaluators, and who may score them."""

from pipgrants.domain.assignment import AssignmentCase, Demand
from pipgrants.domain.evaluator_terms import EvaluatorTerms
from pipgrants.domain.evaluators import Profile, Topic
from pipgrants.domain.vocabulary import Language

EN, ES, PT = Language
FREE = EvaluatorTerms()
"""The rules of a call that asks nothing of its panels."""


def demand(
    proposal: str,
    wanted_count: int = 1,
    sector: str | None = None,
    territory: str | None = None,
    language: Language = ES,
    panel: tuple[str, ...] = (),
    recused: frozenset[str] = frozenset(),
) -> Demand:
    return Demand(proposal, Topic(sector, territory, language), wanted_count, panel, recused)


def case_of(demands: list[Demand], *profiles: Profile, terms: EvaluatorTerms = FREE) -> AssignmentCase:
    """A case in which everybody may be given more."""
    known = {who.evaluator: who for who in profiles}
    return AssignmentCase(terms, known, tuple(demands), tuple(known))
