"""Checks proofs from a decision trail without trusting who keeps it. Standard library only; runs alone as a file.

The trail is a Merkle tree. Its leaves are the canonical bytes (RFC 8785) of its entries, hashed as RFC 9162 section 2.1
says: SHA-256 over 0x00 and the bytes of a leaf, over 0x01 and the hashes of two subtrees. What can be checked:

1. that an entry stands in the tree of a checkpoint (inclusion proof, RFC 9162 section 2.1.3.2);
2. that a later tree extends an earlier one: nothing was altered, added before or cut (section 2.1.4.2);
3. that the bytes of an entry are the canonical form of what they say, so that one content has one hash;
4. that a file is the one an entry vouches for: its hash, salted where the file is personal, stands in that entry.

A checkpoint is three lines: origin, number of entries, root hash in base64. ``python3 verify.py FILE.json ...`` checks
everything that proof files claim, or all proof files of a folder, and says so; the exit code is 0 when all of it holds,
5 when something does not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import sys
from pathlib import Path
from typing import Any, NamedTuple

EMPTY_ROOT = hashlib.sha256(b"").digest()


class ProofError(Exception):
    """A proof does not hold; the message says why."""


class Checkpoint(NamedTuple):
    """The size and root of a tree, by the name of whose it is."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that three lines say. Raises ProofError where they are not that."""
    lines = text.splitlines()
    if len(lines) != 3 or not (lines[1].isascii() and lines[1].isdigit()):
        raise ProofError("a checkpoint is three lines: origin, number of entries, root")
    checkpoint = Checkpoint(lines[0], int(lines[1]), _decoded(lines[2]))
    _check_lengths([checkpoint.root])
    return checkpoint


def leaf_hash(content: bytes) -> bytes:
    """The hash of an entry's canonical bytes as a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_inclusion(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> None:
    """Checks that a leaf hash stands at a place (from 0) of a tree: RFC 9162 section 2.1.3.2. Raises ProofError."""
    if not 0 <= index < size:
        raise ProofError(f"place {index} does not exist in a tree of {size} entries")
    _check_lengths([leaf, root, *proof])
    inner, border = _steps(index, size)
    _check_count(proof, inner + border)
    if _climb(leaf, proof, index, inner) != root:
        raise ProofError("the proof leads to another root")


def verify_consistency(old_size: int, size: int, old_root: bytes, root: bytes, proof: list[bytes]) -> None:
    """Checks that a tree extends an earlier one: RFC 9162 section 2.1.4.2. Raises ProofError."""
    if old_size > size:
        raise ProofError(f"a tree of {size} entries cannot extend one of {old_size}: its end was cut")
    if old_size == size:
        _check_count(proof, 0)
        if old_root != root:
            raise ProofError(f"the tree of {size} entries has another root: an entry was altered, added or removed")
        return
    if old_size < 1:
        raise ProofError("every tree extends the empty one: that proves nothing")
    _check_lengths([old_root, root, *proof])
    whole = (old_size & -old_size).bit_length() - 1
    inner, border = _steps(old_size - 1, size)
    inner -= whole
    path = [old_root, *proof] if old_size == 1 << whole else proof
    _check_count(path, 1 + inner + border)
    seed, siblings, place = path[0], path[1:], (old_size - 1) >> whole
    left_only = [sibling for step, sibling in enumerate(siblings) if step >= inner or place >> step & 1]
    if _climb(seed, left_only, 0, 0) != old_root or _climb(seed, siblings, place, inner) != root:
        raise ProofError("the later tree does not extend the earlier one: an entry was altered, added or removed")


def _steps(index: int, size: int) -> tuple[int, int]:
    """How many steps up have a sibling on either side, and how many more, along the right border, on the left only."""
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _climb(seed: bytes, siblings: list[bytes], place: int, inner: int) -> bytes:
    """The root that a hash and its siblings lead to; after ``inner`` steps every sibling is on the left."""
    hashed = seed
    for step, sibling in enumerate(siblings):
        is_left_child = step < inner and not place >> step & 1
        hashed = node_hash(hashed, sibling) if is_left_child else node_hash(sibling, hashed)
    return hashed


def _check_count(proof: list[bytes], wanted: int) -> None:
    if len(proof) != wanted:
        raise ProofError(f"the proof is too {'short' if len(proof) < wanted else 'long'}")


def _check_lengths(hashes: list[bytes]) -> None:
    if any(len(hashed) != hashlib.sha256().digest_size for hashed in hashes):
        raise ProofError("a hash or a salt is not 32 bytes long")


def canonicalise(value: object) -> bytes:
    """The canonical bytes of JSON data (RFC 8785): names in the order of their UTF-16 code units, shortest numbers."""
    return _written(value).encode()


def _written(value: object) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_written(name)}:{_written(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    if isinstance(value, float):
        return _number(value)
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    """A double as ECMAScript writes it (RFC 8785 section 3.2.2.3)."""
    if not math.isfinite(value):
        raise ProofError(f"{value} is no JSON number")
    if value == 0:
        return "0"
    sign, magnitude = ("-", -value) if value < 0 else ("", value)
    mantissa, _, power = f"{magnitude!r}e0".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(power.partition("e")[0]) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if 0 < point <= 21:
        shown = digits.ljust(point, "0")
        return sign + (f"{shown[:point]}.{shown[point:]}" if len(shown) > point else shown)
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    exponent = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return sign + digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "") + exponent


def check_file(path: Path) -> list[str]:
    """Checks all that a proof file claims and says what holds. Raises ProofError at the first thing that does not.

    The file is one JSON object: ``checkpoint``, three lines; ``entries``, each with ``content`` and ``proof``;
    ``earlier``, checkpoints that the first one extends, each with ``checkpoint`` and ``proof``; ``files``, each with
    ``name``, the ``entry`` that vouches for it, and the ``salt`` of a salted hash. Hashes and salts are base64.
    """
    claims = json.loads(path.read_text(encoding="utf-8"))
    checkpoint = read_checkpoint(claims["checkpoint"])
    said = [f"{checkpoint.origin}: {checkpoint.size} entries, root {claims['checkpoint'].splitlines()[2]}"]
    contents: dict[int, str] = {}
    for claim in claims.get("entries", []):
        sequence, act = _check_entry(claim, checkpoint)
        contents[sequence] = claim["content"]
        said.append(f"entry {sequence} ({act}) stands in the trail")
    for claim in claims.get("earlier", []):
        earlier = read_checkpoint(claim["checkpoint"])
        proof = [_decoded(text) for text in claim["proof"]]
        verify_consistency(earlier.size, checkpoint.size, earlier.root, checkpoint.root, proof)
        said.append(f"the trail extends its first {earlier.size} entries, root {claim['checkpoint'].splitlines()[2]}")
    for claim in claims.get("files", []):
        _check_vouched(path.parent / claim["name"], claim, contents[claim["entry"]])
        said.append(f"{claim['name']} is the file that entry {claim['entry']} vouches for")
    return said


def _check_entry(claim: dict[str, Any], checkpoint: Checkpoint) -> tuple[int, str]:
    content = claim["content"].encode()
    entry = json.loads(content)
    sequence = entry["sequence"]
    if canonicalise(entry) != content:
        raise ProofError(f"entry {sequence}: its bytes are not the canonical form of what it says")
    proof = [_decoded(text) for text in claim["proof"]]
    try:
        verify_inclusion(leaf_hash(content), sequence - 1, checkpoint.size, proof, checkpoint.root)
    except ProofError as error:
        raise ProofError(f"entry {sequence}: {error}") from error
    return sequence, entry["act"]


def _check_vouched(file: Path, claim: dict[str, Any], content: str) -> None:
    """Checks that the hash of a file, salted where the claim gives a salt, stands in the content of an entry."""
    salts = [_decoded(claim["salt"])] if "salt" in claim else []
    _check_lengths(salts)
    seen = b"".join([*salts, file.read_bytes()])
    if f'"{hashlib.sha256(seen).hexdigest()}"' not in content:
        raise ProofError(f"{claim['name']} is not the file that entry {claim['entry']} vouches for")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ProofError(f"{text!r} is not base64") from error


def main(arguments: list[str]) -> int:
    """Checks the files named and prints what holds; returns the exit code."""
    if not arguments:
        sys.stdout.write("Usage: python3 verify.py PROOF.json ...\n")
        return 2
    for path in (file for name in arguments for file in _files(Path(name))):
        try:
            said = check_file(path)
        except (ProofError, OSError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
            sys.stdout.write(_printable(f"{path}: DOES NOT HOLD: {error}"))
            return 5
        sys.stdout.write("".join(_printable(f"{path}: {line}") for line in said))
    sys.stdout.write("Everything above holds.\n")
    return 0


def _files(path: Path) -> list[Path]:
    """The proof files of a folder, or the one file; a folder without any is named, and cannot be read."""
    return sorted(path.glob("*.json")) or [path]


def _printable(line: str) -> str:
    """One line, whatever a proof file says."""
    return "".join(mark if mark.isprintable() else "?" for mark in line) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
