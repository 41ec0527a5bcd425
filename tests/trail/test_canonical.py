"""Canonical bytes: those of RFC 8785 wherever they are given, and refused wherever they could differ."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.trail.canonical import canonical, digest, text_hash

LARGEST_INTEGER = 2**53 - 1

INTEGERS = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.text(st.characters(min_codepoint=0, max_codepoint=127))
PLAIN = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
    max_leaves=40,
)


@given(PLAIN)
def test_canonical_bytes_are_those_of_rfc_8785(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(PLAIN)
def test_canonical_bytes_read_back_as_the_same_value(value: object) -> None:
    assert json.loads(canonical(value)) == value


@given(st.dictionaries(NAMES, PLAIN, min_size=2))
def test_the_order_of_names_does_not_matter(value: dict[str, object]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@given(PLAIN, PLAIN)
def test_different_values_have_different_digests(one: object, other: object) -> None:
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (digest(one) == digest(other)) is same


@pytest.mark.parametrize("number", [LARGEST_INTEGER, -LARGEST_INTEGER, 0])
def test_whole_numbers_up_to_2_to_the_53_stand(number: int) -> None:
    assert canonical(number) == str(number).encode()


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**64, 10**40])
def test_larger_whole_numbers_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="Integer exceeds"):
        canonical({"amount": number})


@pytest.mark.parametrize(
    "value", [1.0, 0.1, float("nan"), float("inf"), -0.0, Decimal("1.5"), date(2026, 3, 1), b"bytes", {1, 2}, object()]
)
def test_what_has_no_one_text_is_refused(value: object) -> None:
    for holder in (value, [value], {"value": value}, {"deep": [{"value": value}]}):
        with pytest.raises(TypeError, match="cannot stand in an entry; write it as text"):
            canonical(holder)


@pytest.mark.parametrize("name", ["año", "№", "𝔞", "name\u00e9"])
@pytest.mark.parametrize("holder", [lambda named: named, lambda named: [{"deep": named}]])
def test_names_are_ascii(name: str, holder: Callable[[object], object]) -> None:
    with pytest.raises(ValueError, match="is not ASCII text"):
        canonical(holder({name: "value"}))


@pytest.mark.parametrize("name", [1, None, True])
def test_names_are_text(name: object) -> None:
    with pytest.raises(ValueError, match="not canonical"):
        canonical({name: "value"})


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValueError, match="not canonical"):
        canonical({"name": "\ud800"})


def test_words_of_closed_lists_stand_as_their_text() -> None:
    class Tier(StrEnum):
        MANAGEMENT = "management"

    class Count(IntEnum):
        THREE = 3

    assert canonical([Tier.MANAGEMENT, Count.THREE]) == b'["management",3]'


def test_the_canonical_text_of_an_example() -> None:
    value = {"to": None, "act": "ProposalReceived", "inputs": {"amount": "1234.50", "count": 3, "flag": True}}
    assert canonical(value) == (
        b'{"act":"ProposalReceived","inputs":{"amount":"1234.50","count":3,"flag":true},"to":null}'
    )


def test_a_definition_is_named_by_the_hash_of_its_bytes() -> None:
    assert text_hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert text_hash("año") == text_hash("a\u00f1o") != text_hash("an\u0303o")
