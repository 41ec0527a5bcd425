"""Personal values as salted hashes: what openssl computes too, one field provable without the others."""

import hashlib
import hmac

import pytest

from pipgrants.trail.sealing import SALT_BYTES, field_salt, new_salt, seal

SALT = bytes(range(SALT_BYTES))
SEALED = "d075ab727ed7156708b7a79bfb4769ebcec1c73d3b09aa476b7c2361a23eb8f8"
"""( printf name | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102...1f -binary; printf 'Nora Díaz' ) |
openssl dgst -sha256"""


def test_a_sealed_value_is_the_hash_of_the_salt_of_its_field_and_its_text() -> None:
    assert seal(SALT, "name", "Nora Díaz") == SEALED


def test_whoever_is_shown_one_field_checks_it_and_no_other_of_the_record() -> None:
    shown = field_salt(SALT, "name")
    assert hashlib.sha256(shown + "Nora Díaz".encode()).hexdigest() == SEALED
    assert hashlib.sha256(shown + b"nora@example.org").hexdigest() != seal(SALT, "email", "nora@example.org")


@pytest.mark.parametrize("size", [0, 1, SALT_BYTES, 63, 64, 65, 200])
def test_the_salt_of_a_field_is_an_hmac_whatever_the_salt_of_the_record(size: int) -> None:
    salt = bytes(range(size))
    assert field_salt(salt, "señas") == hmac.digest(salt, "señas".encode(), "sha256")


def test_the_same_value_is_sealed_otherwise_in_another_field_and_in_another_record() -> None:
    salts = [new_salt() for _ in range(100)]
    assert {len(salt) for salt in salts} == {32}
    sealed = {seal(salt, field, "E-000001") for salt in salts for field in ("name", "email")}
    assert len(sealed) == 200


def test_no_value_is_not_sealed_and_an_empty_one_is() -> None:
    assert seal(SALT, "name", None) is None
    assert seal(SALT, "name", "") == "70cbbeb0f23dafb29add22d2f90fbda03430d44136e156a9d88bf98f944a7956"
