"""How alike names are: the measure of Jaro and Winkler on their words."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.duplicates import NEAR_EQUAL
from pipgrants.domain.likeness import compared_words, jaro_winkler, likeness, plain_words

WORDS = st.text("abcdeé1", min_size=1, max_size=8)
NAMES = st.lists(WORDS, min_size=1, max_size=4).map(" ".join).map(compared_words)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("martha", "marhta", 0.961),
        ("dwayne", "duane", 0.840),
        ("dixon", "dicksonx", 0.813),
        ("jones", "johnson", 0.832),
    ],
)
def test_words_are_as_alike_as_the_paper_says(one: str, other: str, expected: float) -> None:
    """Winkler (1990), table 1."""
    assert jaro_winkler(one, other) == pytest.approx(expected, abs=0.0006)


@given(WORDS, WORDS)
def test_likeness_of_words_is_a_share_that_is_whole_for_equal_ones_only(one: str, other: str) -> None:
    found = jaro_winkler(one, other)
    assert 0 <= found <= 1
    assert (found == 1) == (one == other)
    assert found == jaro_winkler(other, one)


@given(NAMES, NAMES)
def test_names_are_as_alike_whichever_comes_first(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == 1


@given(NAMES, NAMES, st.fractions(0, 1))
def test_names_less_alike_than_asked_for_are_not_alike(
    one: tuple[str, ...], other: tuple[str, ...], at_least: Fraction
) -> None:
    alike = likeness(one, other)
    assert likeness(one, other, at_least) == (alike if alike >= at_least else 0)


@pytest.mark.parametrize(
    "written",
    ["Cooperativa San Juan", "COOPERATIVA SAN JUAN", "San Juan, Cooperativa", "Cooperativa de San Juan, S.A. de C.V."],
)
def test_case_order_marks_and_legal_forms_make_no_other_name(written: str) -> None:
    assert compared_words(written) == ("cooperativa", "juan", "san")


def test_accents_do_not_count_and_a_legal_form_alone_is_a_name() -> None:
    assert plain_words("Asociación Ñandú") == ("asociacion", "nandu")
    assert compared_words("La S.A.") == ("la", "sa")


@pytest.mark.parametrize(
    ("one", "other", "are_near"),
    [
        ("Coop. San Juan", "Cooperativa San Juan", True),
        ("Agro Café", "Agrocafé", True),
        ("Taller Hernandes", "Taller Hernández", True),
        ("Cooperativa San Juan", "Cooperativa San José", False),
        ("Cooperativa 18 de Julio", "Cooperativa 19 de Julio", False),
        ("Textiles del Norte", "Textiles del Sur", False),
        ("Cooperativa San Juan", "Cooperativa Agrícola San Juan", False),
    ],
)
def test_names_are_as_alike_as_their_least_alike_words(one: str, other: str, *, are_near: bool) -> None:
    assert (likeness(compared_words(one), compared_words(other)) >= NEAR_EQUAL) is are_near
