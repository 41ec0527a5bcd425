"""What a call says of its evaluators: whom a proposal needs among them, how much one scores, how a fit is counted."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipgrants.domain.bounds import ConflictYears, Several, Weight, Words


@dataclass(frozen=True, slots=True)
class Affinity:
    """How well an evaluator fits a proposal, in whole points.

    ``expertise`` counts for each level of ISIC revision 4 that the best of the evaluator's sectors shares with the
    proposal's (section, division, group, class: up to four times); ``language`` where the evaluator reads the language
    of the proposal; ``distance`` once for another territory of the same country and twice for another country.
    ``overload`` is lost for each evaluation beyond an even share of the work. Facts not on record give no points.

    The weights of a call that names none are ours; no source sets them.
    """

    expertise: Weight = 15
    language: Weight = 20
    distance: Weight = 5
    overload: Weight = 10


@dataclass(frozen=True, slots=True)
class EvaluatorTerms:
    """Rules of the panel that scores a proposal, beside its number of evaluators, which the rubric says.

    ``sector_expert`` asks for one evaluator at least whose expertise lies in the division of the proposal's sector
    (ISIC revision 4), ``outside_territory`` for one from outside its territory; a proposal without a sector or a
    territory on record asks for none. ``one_per_institution`` keeps two evaluators of one employer off a panel,
    ``same_language`` everybody who does not read the proposal's language. ``load_limit`` is the most that anybody
    scores in a stage whose own limit is not on record. A tie to a member of the consortium is a conflict of interest
    while it lasts and for ``conflict_years`` after.
    """

    clause: Words = "evaluators"
    sector_expert: bool = False
    outside_territory: bool = False
    one_per_institution: bool = False
    same_language: bool = False
    load_limit: Several | None = None
    conflict_years: ConflictYears = 3
    affinity: Affinity = field(default_factory=Affinity)
