"""An assignment as arrays: who fits what how well, who may score it, and who is of a kind that is asked for."""

from assigning import EN, case_of, demand
from pipgrants.analysis.grid import NO_INSTITUTION, grid_of
from pipgrants.domain.assignment import PanelRule
from pipgrants.domain.evaluator_terms import Affinity, EvaluatorTerms
from pipgrants.domain.evaluators import Profile
from pipgrants.domain.vocabulary import Language

EVA = Profile("eva", sectors=("1391",), territory="HN-FM", languages=(Language.SPANISH,), institution="UNAH")
EMILIO = Profile("emilio", sectors=("1392",), territory="GT-GU", load_limit=2, institution="unah")
EDNA = Profile("edna")


def test_affinity_is_counted_in_the_points_that_the_call_declares() -> None:
    """Four levels of the sector and the language; three levels and another country; nothing on record."""
    grid = grid_of(case_of([demand("P-1", sector="1391", territory="HN-FM")], EVA, EMILIO, EDNA))
    assert grid.affinity.tolist() == [[4 * 15 + 20, 3 * 15 + 2 * 5, 0]]


def test_a_proposal_whose_panel_is_complete_has_no_row() -> None:
    grid = grid_of(case_of([demand("P-1", 1, panel=("eva",)), demand("P-2", 2, panel=("eva",))], EVA, EMILIO))
    assert [item.proposal for item in grid.demands] == ["P-2"]
    assert (grid.need.tolist(), grid.allowed.tolist()) == ([1], [[False, True]])


def test_work_given_already_takes_room() -> None:
    """Three evaluations are to be shared by two, of which Emilio has one and takes two at the most."""
    grid = grid_of(case_of([demand("P-1", 1, panel=("emilio",)), demand("P-2", 2)], EVA, EMILIO))
    assert (grid.room.tolist(), grid.share.tolist()) == ([2, 1], [2, 1])


def test_who_is_recused_or_does_not_read_the_language_is_not_allowed() -> None:
    terms = EvaluatorTerms(same_language=True)
    demands = [demand("P-1", recused=frozenset({"eva"})), demand("P-2"), demand("P-3", language=EN)]
    assert grid_of(case_of(demands, EVA, EDNA, terms=terms)).allowed.tolist() == [
        [False, False],
        [True, False],
        [False, False],
    ]


def test_a_kind_is_asked_for_where_the_panel_lacks_it() -> None:
    terms = EvaluatorTerms(sector_expert=True)
    demands = [demand("P-1", 2, sector="1391"), demand("P-2", 2, sector="1391", panel=("eva",)), demand("P-3")]
    grid = grid_of(case_of(demands, EVA, EMILIO, EDNA, terms=terms))
    assert [*grid.covers] == [PanelRule.SECTOR_EXPERT]
    assert grid.covers[PanelRule.SECTOR_EXPERT].tolist()[0] == [True, True, False]
    assert grid.asks[PanelRule.SECTOR_EXPERT].tolist() == [True, False, False]


def test_employers_are_told_apart_only_where_the_call_asks() -> None:
    demands = [demand("P-1", 2, panel=("eva",))]
    asked = grid_of(case_of(demands, EVA, EMILIO, EDNA, terms=EvaluatorTerms(one_per_institution=True)))
    assert asked.institution.tolist() == [0, 0, NO_INSTITUTION]
    assert asked.allowed.tolist() == [[False, False, True]]
    others = grid_of(case_of(demands, EVA, EMILIO, EDNA, terms=EvaluatorTerms(affinity=Affinity(overload=3))))
    assert (others.institution.tolist(), others.overload) == ([NO_INSTITUTION] * 3, 3)
