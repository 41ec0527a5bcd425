"""Best practices: what a search finds, and the order in which they are spread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.practices import Practice, Search, by_type_and_sector, found_by
from pipgrants.domain.vocabulary import Component, Language, ProjectType


def practice(number: int, title: str, kind: ProjectType = ProjectType.CLUSTER, sector: str = "1391") -> Practice:
    """A practice of the first component, in Spanish."""
    done, came = "Compras conjuntas de hilo", "El costo bajó 12 %"
    told = (kind, sector, Component.COOPERATION, Language.SPANISH, title, done, came, None, "0" * 64)
    return Practice(number, *told, "2026-03-02T15:00:00Z")


PRACTICES = [
    practice(1, "Compras en común"),
    practice(2, "Marca colectiva", ProjectType.HORIZONTAL_NETWORK),
    practice(3, "Ensayos de calidad", sector="0127"),
]


@pytest.mark.parametrize(
    ("search", "numbers"),
    [
        (Search(), [1, 2, 3]),
        (Search(("comun",)), [1]),
        (Search(("HILO", "marc")), [2]),
        (Search(("hilo", "seda")), []),
        (Search(project_type=ProjectType.CLUSTER), [1, 3]),
        (Search(sector="C"), [1, 2]),
        (Search(("ensayos",), ProjectType.CLUSTER, "01", Component.COOPERATION), [3]),
        (Search(component=Component.MARKETS), []),
    ],
)
def test_a_search_finds_by_beginnings_of_words_type_sector_and_component(search: Search, numbers: list[int]) -> None:
    assert [item.number for item in found_by(PRACTICES, search)] == numbers


@given(st.lists(st.tuples(st.sampled_from(ProjectType), st.sampled_from(["0127", "1391", "C"])), max_size=8))
def test_every_practice_stands_once_by_type_sector_and_number(kinds: list[tuple[ProjectType, str]]) -> None:
    practices = [practice(place, "Una", kind, sector) for place, (kind, sector) in enumerate(kinds, 1)]
    groups = by_type_and_sector(reversed(practices))
    assert [(kind, sector) for kind, sector, _ in groups] == sorted(set(kinds), key=place_of)
    assert sorted(item.number for _, _, items in groups for item in items) == [item.number for item in practices]
    for kind, sector, items in groups:
        assert {(item.project_type, item.sector) for item in items} == {(kind, sector)}
        assert [item.number for item in items] == sorted(item.number for item in items)


def place_of(group: tuple[ProjectType, str]) -> tuple[int, str]:
    return list(ProjectType).index(group[0]), group[1]
