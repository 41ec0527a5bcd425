"""Parties that may be one: pairs by tax number and by name, and none that tax numbers tell apart."""

from decimal import Decimal
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.duplicates import NEAR_EQUAL, NEIGHBOURS, Duplicate, KnownParty, find_duplicates
from pipgrants.domain.likeness import compared_words, likeness

COOP = KnownParty("E-1", "Cooperativa San Juan", "HN", "0801")
SHORT = KnownParty("E-2", "Coop. San Juan")
OTHER = KnownParty("E-3", "Textiles del Norte", "HN", "0502")

PARTIES = st.lists(
    st.tuples(
        st.sampled_from(["Taller Ana", "Taller Anna", "Tallér ana", "Norte", "Nort", "Sur"]),
        st.sampled_from(["", "HN", "GT"]),
        st.sampled_from([None, "1", "2"]),
    ),
    max_size=NEIGHBOURS,
).map(lambda rows: [KnownParty(f"E-{place}", *row) for place, row in enumerate(rows)])


def pairs(parties: list[KnownParty], among: list[str] | None = None) -> list[tuple[str, str]]:
    return [(item.one.number, item.other.number) for item in find_duplicates(parties, among)]


def may_be_one(one: KnownParty, other: KnownParty) -> bool:
    """What makes two parties a pair, as the issue says it."""
    are_abroad = bool(one.tax_country and other.tax_country and one.tax_country != other.tax_country)
    if one.tax_number and other.tax_number:
        return one.tax_number == other.tax_number and not are_abroad
    return likeness(compared_words(one.name), compared_words(other.name)) >= NEAR_EQUAL


def test_near_equal_names_are_a_pair_where_a_tax_number_is_unknown() -> None:
    assert find_duplicates([COOP, SHORT, OTHER]) == [Duplicate(COOP, SHORT, False, Decimal("0.873"))]


def test_one_tax_number_makes_a_pair_of_any_names_unless_two_countries_gave_it() -> None:
    renamed = KnownParty("E-4", "Café de Marcala", "HN", "0801")
    unplaced, abroad = renamed._replace(number="E-5", tax_country=""), renamed._replace(number="E-6", tax_country="GT")
    assert pairs([COOP, renamed]) == [("E-1", "E-4")]
    assert pairs([COOP, unplaced]) == [("E-1", "E-5")]
    assert pairs([COOP, abroad]) == []


def test_two_tax_numbers_tell_equal_names_apart() -> None:
    assert pairs([COOP, COOP._replace(number="E-4", tax_number="0802"), OTHER._replace(tax_number=None)]) == []


def test_the_names_of_one_party_are_no_pair_and_each_pair_is_found_once() -> None:
    again = SHORT._replace(number="E-1")
    assert pairs([COOP, again]) == []
    assert pairs([COOP, again, SHORT]) == [("E-1", "E-2")]


@given(PARTIES, st.randoms(use_true_random=False))
def test_every_pair_of_few_parties_is_found_in_whatever_order_they_come(parties: list[KnownParty], random) -> None:
    wanted = sorted((one.number, other.number) for one, other in combinations(parties, 2) if may_be_one(one, other))
    mixed = random.sample(parties, len(parties))
    assert pairs(mixed) == wanted


@given(PARTIES, st.sets(st.sampled_from([f"E-{place}" for place in range(NEIGHBOURS)])))
def test_pairs_among_some_are_those_with_one_of_them(parties: list[KnownParty], some: set[str]) -> None:
    assert pairs(parties, sorted(some)) == [pair for pair in pairs(parties) if some & {*pair}]


def test_a_name_is_compared_with_its_neighbours_only() -> None:
    """Of a thousand names each is compared with a few, and the two that differ at their beginning are found."""
    crowd = [KnownParty(f"E-{place:04d}", f"Taller {name}") for place, name in enumerate(map(spelled, range(1_000)))]
    near = [KnownParty("E-9001", "Cooperativa Zacapa"), KnownParty("E-9002", "Coop. Zacapa")]
    assert ("E-9001", "E-9002") in pairs([*crowd, *near], ["E-9002"])


def spelled(number: int) -> str:
    """A number in letters: names with digits are never near-equal."""
    return "".join("bcdfghjklm"[int(digit)] for digit in f"{number:03d}") * 2
