"""Why no assignment is possible: the proposals, rules and evaluators that are named."""

from assigning import EN, case_of, demand
from pipgrants.analysis.blocking import Blocking, explain
from pipgrants.domain.assignment import PanelRule
from pipgrants.domain.evaluator_terms import EvaluatorTerms
from pipgrants.domain.evaluators import Profile
from pipgrants.domain.vocabulary import Language

EVA, EMILIO, EDNA = Profile("eva"), Profile("emilio"), Profile("edna")


def test_a_proposal_that_needs_more_evaluators_than_there_are() -> None:
    assert explain(case_of([demand("P-1", 3), demand("P-2")], EVA, EMILIO)) == Blocking(
        proposals=(("P-1", 3),), rules=(), evaluators=(("eva", 2), ("emilio", 2)), kind=None, lacking_count=1
    )


def test_proposals_that_have_one_evaluator_between_them() -> None:
    """P-3 is left out: others may score it."""
    only_eva = frozenset({"emilio", "edna"})
    demands = [demand("P-1", recused=only_eva), demand("P-2", recused=only_eva), demand("P-3")]
    assert explain(case_of(demands, EVA, EMILIO, EDNA, terms=EvaluatorTerms(load_limit=1))) == Blocking(
        proposals=(("P-1", 1), ("P-2", 1)),
        rules=(PanelRule.CONFLICT, PanelRule.LOAD_LIMIT),
        evaluators=(("eva", 1),),
        kind=None,
        lacking_count=1,
    )


def test_a_kind_that_nobody_is_of() -> None:
    found = explain(case_of([demand("P-1", 2, sector="1391")], EVA, EMILIO, terms=EvaluatorTerms(sector_expert=True)))
    assert found == Blocking(
        proposals=(("P-1", 1),),
        rules=(PanelRule.SECTOR_EXPERT,),
        evaluators=(),
        kind=PanelRule.SECTOR_EXPERT,
        lacking_count=1,
    )


def test_rules_that_fail_a_proposal_only_together() -> None:
    """The one who reads P-1 is of the first one's employer: each rule alone leaves somebody. P-2 has somebody."""
    reader = Profile("emilio", languages=(Language.ENGLISH,), institution="UNAH")
    terms = EvaluatorTerms(same_language=True, one_per_institution=True)
    first = Profile("eva", institution="unah")
    demands = [demand("P-1", 2, language=EN, panel=("eva",)), demand("P-2", language=EN)]
    found = explain(case_of(demands, first, reader, EDNA, terms=terms))
    assert (found.proposals, found.rules, found.evaluators) == (
        (("P-1", 1),),
        (PanelRule.SAME_LANGUAGE, PanelRule.ONE_PER_INSTITUTION),
        (),
    )
