"""Entries: who, how known, what, on which inputs; the same deed gives the same bytes."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.trail.entry import Author, Deed, Scribe, instant_text
from pipgrants.trail.sealing import SALT_BYTES, new_salt, seal
from pipgrants.trail.verify import leaf_hash

AT = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)
KNOWN_BY = {"method": "claimed", "user": "uolga", "host": "oficina-1"}
OLGA = Author("olga", "coordination_officer", "coordination", KNOWN_BY)


def written(deed: Deed, author: Author = OLGA, sequence: int = 7) -> dict[str, object]:
    content: dict[str, object] = orjson.loads(Scribe(author, AT, "0.1.0").write(deed, sequence).content)
    del content["nonce"]
    return content


def test_an_entry_holds_who_did_what_and_on_which_inputs() -> None:
    deed = Deed(
        "ProposalScreened",
        "proposal/PIP1-000001",
        "received",
        "eligible",
        None,
        {"clarification_due_on": "2026-04-21"},
        [{"criterion": "counterpart", "verdict": "met"}],
        {"call": "ab" * 32},
        "pip-one-stage",
    )
    assert written(deed) == {
        "format": 2,
        "program": "0.1.0",
        "sequence": 7,
        "at": "2026-03-31T23:00:00.000000Z",
        "actor": "olga",
        "known_by": KNOWN_BY,
        "role": "coordination_officer",
        "tier": "coordination",
        "act": "ProposalScreened",
        "subject": "proposal/PIP1-000001",
        "call": "pip-one-stage",
        "from": "received",
        "to": "eligible",
        "reason": None,
        "inputs": {"clarification_due_on": "2026-04-21"},
        "findings": [{"criterion": "counterpart", "verdict": "met"}],
        "definitions": {"call": "ab" * 32},
    }


def test_a_tier_that_stands_in_for_another_is_named() -> None:
    author = OLGA._replace(tier="implementation", stands_in_for="coordination")
    entry = written(Deed("CallDrafted", "call/x"), author)
    assert (entry["tier"], entry["stands_in_for"]) == ("implementation", "coordination")
    assert "stands_in_for" not in written(Deed("CallDrafted", "call/x"))


def test_a_leaf_is_hashed_as_rfc_9162_says() -> None:
    entry = Scribe(OLGA, AT, "0.1.0").write(Deed("CallDrafted", "call/x"), 1)
    assert entry.leaf_hash == leaf_hash(entry.content) == hashlib.sha256(b"\x00" + entry.content).digest()


def test_an_entry_cannot_be_guessed_from_its_hash() -> None:
    """Whoever knows everything that an entry says does not know its nonce."""
    scribe, deed = Scribe(OLGA, AT, "0.1.0"), Deed("EvaluatorAssigned", "proposal/PIP1-000001")
    entries = [scribe.write(deed, 1) for _ in range(100)]
    assert len({entry.leaf_hash for entry in entries}) == 100
    assert {len(orjson.loads(entry.content)["nonce"]) for entry in entries} == {32}


@pytest.mark.parametrize("value", [Decimal("0.5"), 0.5, AT, 2**60])
def test_an_entry_refuses_what_is_not_plain(value: object) -> None:
    with pytest.raises((TypeError, ValueError), match=r"write it as text|Integer exceeds"):
        written(Deed("CallDrafted", "call/x", inputs={"value": value}))


def test_instants_are_utc_with_microseconds() -> None:
    local = datetime(2026, 3, 31, 17, 0, 0, 5, tzinfo=timezone(timedelta(hours=-6)))
    assert instant_text(local) == "2026-03-31T23:00:00.000005Z"
    with pytest.raises(ValueError, match="needs its time zone"):
        instant_text(datetime(2026, 3, 31, 17, 0))


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_instants_sort_as_their_text(instant: datetime) -> None:
    later = instant + timedelta(microseconds=1)
    assert instant_text(instant) < instant_text(later)
    assert datetime.fromisoformat(instant_text(instant)) == instant


# Sealing


def test_a_seal_is_proved_with_the_salt_and_hides_without() -> None:
    salt = new_salt()
    assert len(salt) == SALT_BYTES
    assert seal(salt, "name", "Ana Prado") == seal(salt, "name", "Ana Prado")
    assert seal(new_salt(), "name", "Ana Prado") != seal(salt, "name", "Ana Prado")
    assert seal(salt, "name", None) is None


@given(st.text(min_size=1), st.text(min_size=1))
def test_each_field_has_its_own_seal(value: str, other: str) -> None:
    salt = b"\x01" * SALT_BYTES
    try:
        sealed = seal(salt, "name", value)
    except UnicodeEncodeError:
        return
    assert sealed != seal(salt, "email", value)
    assert sealed not in (value, hashlib.sha256(value.encode()).hexdigest())
