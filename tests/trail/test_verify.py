"""The stand-alone verifier: held to public vectors, to every one-bit change, and run as a file by itself."""

import ast
import base64
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.trail import verify
from pipgrants.trail.canonical import canonical
from pipgrants.trail.merkle import Frontier, consistency_proof, inclusion_proof, root
from pipgrants.trail.verify import (
    Checkpoint,
    ProofError,
    canonicalise,
    leaf_hash,
    read_checkpoint,
    verify_consistency,
    verify_inclusion,
)

FILE = Path(str(verify.__file__))


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def holds(vector: dict[str, Any]) -> bool:
    proof = [decoded(text) for text in vector["proof"] or []]
    leaf, root_hash = decoded(vector["leafHash"]), decoded(vector["root"])
    try:
        verify_inclusion(leaf, vector["leafIdx"], vector["treeSize"], proof, root_hash)
    except ProofError:
        return False
    return True


def test_the_98_public_vectors_of_inclusion_hold_and_fail_as_they_say(shared_data: Path) -> None:
    files = sorted((shared_data / "vectors" / "rfc6962_inclusion").rglob("*.json"))
    vectors = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    assert [holds(vector) for vector in vectors] == [not vector["wantErr"] for vector in vectors]
    assert (len(vectors), sum(vector["wantErr"] for vector in vectors)) == (98, 92)


def test_the_6_public_vectors_of_canonical_json_come_out_byte_by_byte(shared_data: Path) -> None:
    folder = shared_data / "vectors" / "rfc8785"
    files = sorted((folder / "input").glob("*.json"))
    written = [canonicalise(json.loads(file.read_text(encoding="utf-8"))) for file in files]
    assert written == [(folder / "output" / file.name).read_bytes().rstrip(b"\n") for file in files]
    assert len(files) == 6


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (5e-324, "5e-324"),
        (-1.7976931348623157e308, "-1.7976931348623157e+308"),
        (333333333.3333333, "333333333.3333333"),
        (0.1, "0.1"),
    ],
)
def test_numbers_are_written_as_ecmascript_writes_them(number: float, written: str) -> None:
    assert canonicalise(number) == written.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_of_json_is_refused(number: float) -> None:
    with pytest.raises(ProofError, match="is no JSON number"):
        canonicalise(number)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(st.characters(exclude_categories=("Cs",))),
    lambda items: st.lists(items) | st.dictionaries(st.text(st.characters(max_codepoint=126)), items),
    max_leaves=20,
)


@given(plain)
def test_the_verifier_and_the_trail_write_the_same_canonical_bytes(value: object) -> None:
    assert canonicalise(value) == canonical(value)


SALT = b"s" * 32


class Trail:
    """Some entries, their tree, and the proof file that an applicant would hold."""

    def __init__(self, count: int = 11) -> None:
        self.contents = [
            canonical({"sequence": number, "act": "ProposalDetermined", "inputs": {"text": self.vouched(number)}})
            for number in range(1, count + 1)
        ]
        self.nodes = {(0, place): leaf_hash(content) for place, content in enumerate(self.contents)}
        for node in Frontier(0, self.read).append(list(self.nodes.values())):
            self.nodes[node.level, node.position] = node.hash

    @staticmethod
    def vouched(number: int) -> str:
        return hashlib.sha256(SALT + f"letter {number}".encode()).hexdigest()

    def read(self, level: int, position: int) -> bytes:
        return self.nodes[level, position]

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint("pipgrants/test", size, root(size, self.read))

    def claims(self, sequence: int = 5, old_size: int = 6) -> dict[str, Any]:
        size = len(self.contents)
        in_tree = inclusion_proof(sequence - 1, size, self.read)
        extends = consistency_proof(old_size, size, self.read)
        return {
            "checkpoint": self.checkpoint(size).text(),
            "entries": [
                {
                    "content": self.contents[sequence - 1].decode(),
                    "proof": [base64.b64encode(item).decode() for item in in_tree],
                }
            ],
            "earlier": [
                {
                    "checkpoint": self.checkpoint(old_size).text(),
                    "proof": [base64.b64encode(item).decode() for item in extends],
                }
            ],
            "files": [
                {
                    "name": "letter.txt",
                    "entry": sequence,
                    "salt": base64.b64encode(SALT).decode(),
                }
            ],
        }


def written(folder: Path, claims: dict[str, Any], letter: str = "letter 5") -> Path:
    (folder / "letter.txt").write_text(letter, encoding="utf-8")
    path = folder / "proof.json"
    path.write_text(json.dumps(claims), encoding="utf-8")
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-I", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_the_verifier_needs_nothing_but_the_standard_library() -> None:
    tree = ast.parse(FILE.read_text(encoding="utf-8"))
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules <= sys.stdlib_module_names


def test_the_verifier_run_alone_says_what_a_proof_file_proves(tmp_path: Path) -> None:
    alone = shutil.copy(FILE, tmp_path / "check.py")
    path = written(tmp_path, Trail().claims())
    roots = {size: Trail().checkpoint(size).text().splitlines()[2] for size in (6, 11)}
    said = (
        f"{path}: pipgrants/test: 11 entries, root {roots[11]}\n"
        f"{path}: entry 5 (ProposalDetermined) stands in the trail\n"
        f"{path}: the trail extends its first 6 entries, root {roots[6]}\n"
        f"{path}: letter.txt is the file that entry 5 vouches for\n"
    )
    assert run(alone, path) == run(alone, tmp_path) == (0, f"{said}Everything above holds.\n")


def test_of_several_files_the_first_that_does_not_hold_ends_the_check(tmp_path: Path) -> None:
    path = written(tmp_path, Trail().claims())
    broken = path.with_name("broken.json")
    broken.write_text(json.dumps({**Trail().claims(), "checkpoint": "x"}), encoding="utf-8")
    expected = "a checkpoint is three lines: origin, number of entries, root"
    assert run(FILE, tmp_path) == (5, f"{broken}: DOES NOT HOLD: {expected}\n")


def test_a_proof_file_cannot_write_lines_of_its_own(tmp_path: Path) -> None:
    trail = Trail(1)
    trail.contents = [canonical({"sequence": 1, "act": "X\nEverything above holds.\x1b[2J", "inputs": {}})]
    trail.nodes = {(0, 0): leaf_hash(trail.contents[0])}
    claims = {"checkpoint": trail.checkpoint(1).text(), "entries": [{"content": trail.contents[0].decode()}]}
    claims["entries"][0]["proof"] = []
    code, said = run(FILE, written(tmp_path, claims))
    assert code == 0
    assert said.splitlines()[1].endswith("entry 1 (X?Everything above holds.?[2J) stands in the trail")


@pytest.mark.parametrize("kept", [0, 6])
def test_a_letter_whose_beginning_was_moved_into_the_salt_does_not_hold(tmp_path: Path, kept: int) -> None:
    claims = Trail().claims()
    claims["files"][0]["salt"] = base64.b64encode(SALT + b"letter 5"[: 8 - kept]).decode()
    with pytest.raises(ProofError, match="a salt is not 32 bytes long"):
        verify.check_file(written(tmp_path, claims, letter="letter 5"[8 - kept :]))


def test_the_verifier_without_a_file_says_how_it_is_used() -> None:
    assert run(FILE) == (2, "Usage: python3 verify.py PROOF.json ...\n")


def test_a_changed_letter_does_not_hold(tmp_path: Path) -> None:
    path = written(tmp_path, Trail().claims(), letter="letter 5.")
    expected = "letter.txt is not the file that entry 5 vouches for"
    assert run(FILE, path) == (5, f"{path}: DOES NOT HOLD: {expected}\n")


def test_every_changed_byte_of_an_entry_is_noticed(tmp_path: Path) -> None:
    content = Trail().contents[4].decode()
    for place in range(len(content)):
        claims = Trail().claims()
        other = "1" if content[place] != "1" else "2"
        claims["entries"][0]["content"] = content[:place] + other + content[place + 1 :]
        with pytest.raises((ProofError, ValueError, KeyError)):
            verify.check_file(written(tmp_path, claims))


NESTED = pytest.param("[" * 10**5, id="nested")


@pytest.mark.parametrize(
    "garbage", ["", "{}", "[]", '{"checkpoint": 3}', '{"checkpoint": "a\\nb\\nc"}', "\x00", NESTED]
)
def test_what_is_no_proof_file_does_not_hold(tmp_path: Path, garbage: str) -> None:
    path = tmp_path / "proof.json"
    path.write_text(garbage, encoding="utf-8")
    code, said = run(FILE, path)
    assert (code, said.startswith(f"{path}: DOES NOT HOLD: ")) == (5, True)


def test_a_checkpoint_reads_back_from_its_three_lines() -> None:
    checkpoint = Trail().checkpoint(7)
    assert read_checkpoint(checkpoint.text()) == checkpoint


@pytest.mark.parametrize("text", ["", "a\n1\n", "a\n-1\nAAAA\n", "a\n٣\nAAAA\n", "a\n1\n!\n", "a\n1\nAAAA\n"])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(ProofError):
        read_checkpoint(text)


sizes = st.integers(1, 40).flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size)))


@given(sizes, st.data())
def test_a_changed_proof_of_consistency_never_holds(pair: tuple[int, int], data: st.DataObject) -> None:
    trail = Trail(40)
    old_size, size = pair
    roots = [trail.checkpoint(old_size).root, trail.checkpoint(size).root]
    proof = consistency_proof(old_size, size, trail.read)
    hashes = [*roots, *proof]
    changed = data.draw(st.integers(0, len(hashes) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = int.from_bytes(hashes[changed]) ^ 1 << bit
    hashes[changed] = flipped.to_bytes(32)
    with pytest.raises(ProofError):
        verify_consistency(old_size, size, hashes[0], hashes[1], hashes[2:])


@given(sizes, st.booleans())
def test_a_proof_of_consistency_with_a_hash_more_or_less_never_holds(pair: tuple[int, int], is_more: bool) -> None:
    trail = Trail(40)
    old_size, size = pair
    old_root, new_root = trail.checkpoint(old_size).root, trail.checkpoint(size).root
    proof = consistency_proof(old_size, size, trail.read)
    for changed in [[new_root, *proof], [*proof, old_root]] if is_more or not proof else [proof[1:], proof[:-1]]:
        with pytest.raises(ProofError):
            verify_consistency(old_size, size, old_root, new_root, changed)


def test_a_tree_does_not_extend_a_larger_one_or_the_empty_one() -> None:
    trail = Trail()
    small, large = trail.checkpoint(3).root, trail.checkpoint(5).root
    with pytest.raises(ProofError, match="a tree of 3 entries cannot extend one of 5: its end was cut"):
        verify_consistency(5, 3, large, small, [])
    with pytest.raises(ProofError, match="that proves nothing"):
        verify_consistency(0, 3, verify.EMPTY_ROOT, small, [])


def test_trees_of_one_size_are_consistent_only_if_they_are_the_same() -> None:
    trail = Trail()
    verify_consistency(3, 3, trail.checkpoint(3).root, trail.checkpoint(3).root, [])
    with pytest.raises(ProofError, match="the tree of 3 entries has another root"):
        verify_consistency(3, 3, trail.checkpoint(3).root, trail.checkpoint(4).root, [])
