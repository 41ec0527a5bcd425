"""The proof of a letter: an applicant checks it with Python alone, and learns nothing of anybody else from it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventful import play
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import NotFoundError, PipgrantsError, RefusedError, TrailIntegrityError, UsageError
from pipgrants.services import parties
from pipgrants.services.access import ACCESS_LOG
from pipgrants.services.audit.proof import Proof, prove_letter
from pipgrants.services.audit.verify import verify
from pipgrants.services.letters import preview
from pipgrants.services.release import release
from pipgrants.services.workspace import Workspace
from pipgrants.store.letters import LetterRow
from pipgrants.trail.access_log import lines
from pipgrants.trail.merkle import Frontier
from pipgrants.trail.sealing import field_salt
from pipgrants.trail.verify import leaf_hash
from rounds import AFTER_DRAW, CALL, WHILE_OPEN, Round, application, as_, copied, edit, publish, tamper
from unpacked import check, unpack

SHORT_OF_MONEY = {"rule: skip_and_fill": "rule: stop_at_first", "envelope_amount: 9000000": "envelope_amount: 250000"}
EVALUATORS = ("eva", "emilio", "edna", "elsa")
HOLDS = "Everything above holds."


@pytest.fixture(scope="module")
def played(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A round in which everything happens and the money ends at the third rank; its letters are released."""
    workspace = copied(staffed, tmp_path_factory.mktemp("played") / "agency")
    edit(workspace, "calls", CALL, SHORT_OF_MONEY)
    return play(publish(workspace))


@pytest.fixture
def released(played: Round, tmp_path: Path) -> Round:
    return played.copy(tmp_path / "agency")


def prove(workspace: Workspace, letter: int | str, out: Path) -> Proof:
    return prove_letter(workspace, as_("olga"), AFTER_DRAW, letter=str(letter), out=out)


def unpacked(round_: Round, letter: int, folder: Path) -> Path:
    archive = prove(round_.workspace, letter, folder / f"proof-{letter}.zip").path
    return unpack(archive, folder)


def letter_about(round_: Round, reference: str, kind: str) -> LetterRow:
    [found] = [letter for letter in round_.letters(reference) if letter.kind == kind]
    return found


# What it holds


def test_an_applicant_checks_the_proof_alone(released: Round, tmp_path: Path) -> None:
    letter = letter_about(released, "low counterpart", "ineligible")
    folder = unpacked(released, letter.number, tmp_path)
    name = f"L-{letter.number:06d}-ineligible.es.txt"
    assert sorted(path.name for path in folder.iterdir()) == [name, "README.txt", "proof.json", "verify.py"]
    code, said = check(folder, "proof.json")
    proof = json.loads((folder / "proof.json").read_text())
    then = json.loads(letter.release or b"")
    root = proof["checkpoint"].splitlines()[2]
    [_, released_by] = [json.loads(item["content"])["sequence"] for item in proof["entries"]]
    assert (code, said) == (
        0,
        [
            f"proof.json: {proof['checkpoint'].splitlines()[0]}: {len(released.acts())} entries, root {root}",
            f"proof.json: entry {letter.entry} (ProposalDetermined) stands in the trail",
            f"proof.json: entry {released_by} (ApplicantNotified) stands in the trail",
            f"proof.json: the trail extends its first {then['size']} entries, root {then['root']}",
            f"proof.json: {name} is the file that entry {released_by} vouches for",
            HOLDS,
        ],
    )
    text = (folder / name).read_text(encoding="utf-8")
    assert text == preview(released.workspace, released.numbers["low counterpart"]).text
    assert then["root"] in text and then["root"] in (folder / "README.txt").read_text(encoding="utf-8")


def left(round_: Round) -> list[LetterRow]:
    """The letters that left the agency."""
    return [letter for letter in round_.letters() if letter.release is not None]


def test_a_letter_that_was_overtaken_and_never_left_has_no_proof(released: Round, tmp_path: Path) -> None:
    (overtaken,) = [letter for letter in released.letters() if letter.stage == "superseded"]
    with pytest.raises(RefusedError, match=f"L-{overtaken.number:06d} was overtaken and never left"):
        prove(released.workspace, overtaken.number, tmp_path / "proof.zip")


def test_every_released_letter_of_a_round_has_a_proof_that_holds(released: Round, tmp_path: Path) -> None:
    kinds = set()
    for letter in left(released):
        assert prove(released.workspace, letter.number, tmp_path / f"{letter.number}.zip").letter.endswith(
            str(letter.number)
        )
        kinds.add(letter.kind)
    assert kinds == {
        *("award", "conditional_award", "reserve", "decline", "ineligible", "late"),
        *("receipt", "clarification_request", "withdrawal"),
    }


def test_no_proof_shows_anything_of_another_applicant_or_an_evaluator(released: Round, tmp_path: Path) -> None:
    references = {number: reference for reference, number in released.numbers.items()}
    with released.workspace.read() as unit:
        own = {
            number: {member.party for member in unit.proposals.one(number, "USD").members or ()}
            for number in references
        }
    for letter in left(released):
        assert letter.proposal is not None
        folder = unpacked(released, letter.number, tmp_path)
        text = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir() if path.suffix != ".py")
        others = references.keys() - {letter.proposal}
        parties_of_others = {party for number in others for party in own[number]} - own[letter.proposal]
        names = {f"Taller {references[number]}-" for number in others}
        shown = {word for word in others | parties_of_others | names if word in text}
        assert shown == set(), letter
        assert re.findall(rf"\b(?:{'|'.join(EVALUATORS)})\b", text, re.IGNORECASE) == [], letter


def test_a_decline_after_the_money_ended_names_the_rank_and_not_the_proposal(released: Round) -> None:
    [reason] = released.entries(act="ProposalDetermined", subject=f"proposal/{released.numbers['fulfilled']}")[0][
        "inputs"
    ]["reasons"]
    assert reason["values"]["first"] == {"number": "3"}


def test_the_salt_of_the_text_opens_nothing_else(released: Round, tmp_path: Path) -> None:
    letter = letter_about(released, "settled", "award")
    folder = unpacked(released, letter.number, tmp_path)
    proof = json.loads((folder / "proof.json").read_text())
    salt = letter.salt or b""
    [file] = proof["files"]
    assert base64.b64decode(file["salt"]) == field_salt(salt, "text")
    shown = (folder / "proof.json").read_text()
    for secret in (salt, *(field_salt(salt, field) for field in ("html", "recipient"))):
        assert base64.b64encode(secret).decode() not in shown and secret.hex() not in shown
    page = preview(released.workspace, released.numbers["settled"]).html
    assert hashlib.sha256(field_salt(salt, "text") + page.encode()).hexdigest() not in shown
    assert hashlib.sha256(field_salt(salt, "html") + page.encode()).hexdigest() in shown


@pytest.mark.parametrize(
    ("language", "title"),
    [
        (Language.SPANISH, "PRUEBA DE LA CARTA"),
        (Language.PORTUGUESE, "PROVA DA CARTA"),
        (Language.ENGLISH, "PROOF FOR LETTER"),
    ],
)
def test_it_says_how_to_check_it_in_the_language_of_the_letter(
    round_: Round, tmp_path: Path, language: Language, title: str
) -> None:
    round_.receive([application("A1", language=language)])
    release(round_.workspace, as_("olga"), WHILE_OPEN, call=CALL)
    folder = unpacked(round_, 1, tmp_path)
    text = (folder / "README.txt").read_text(encoding="utf-8")
    assert text.startswith(f"{title} L-000001\n")
    assert "python3 verify.py proof.json" in text
    assert max(map(len, text.splitlines())) <= 80 and "$" not in text
    assert check(folder, "proof.json")[1][-1] == HOLDS


def test_a_read_is_written_down_before_the_proof(released: Round, tmp_path: Path) -> None:
    prove(released.workspace, "l-1", tmp_path / "one.zip")
    [line] = lines(released.workspace.folder / ACCESS_LOG)
    assert (line.access.actor, line.access.did, line.access.subject) == ("olga", "audit.proof", "letter/1")


# What is refused


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_a_changed_byte_of_the_letter_is_refused(released: Round, tmp_path: Path) -> None:
    folder = unpacked(released, 1, tmp_path)
    [letter] = folder.glob("L-*.txt")
    for place in (0, letter.stat().st_size // 2, letter.stat().st_size - 1):
        flip(letter, place)
        code, said = check(folder, "proof.json")
        expected = f"proof.json: DOES NOT HOLD: {letter.name} is not the file that entry "
        assert (code, said[-1].startswith(expected)) == (5, True), said
        flip(letter, place)
    assert check(folder, "proof.json")[0] == 0


CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "entry": lambda proof: proof["entries"][0].update(content=proof["entries"][0]["content"].replace("olga", "olgo")),
    "place": lambda proof: proof["entries"][1]["proof"].reverse(),
    "hash": lambda proof: proof["entries"][1]["proof"].__setitem__(0, base64.b64encode(b"x" * 32).decode()),
    "root": lambda proof: proof["earlier"][0].update(checkpoint="a\n3\n" + base64.b64encode(b"x" * 32).decode()),
    "size": lambda proof: proof.update(checkpoint=re.sub(r"\n\d+\n", "\n500\n", proof["checkpoint"])),
    "salt": lambda proof: proof["files"][0].update(salt=base64.b64encode(b"x" * 32).decode()),
}


@pytest.mark.parametrize("part", CHANGES)
def test_a_changed_part_of_the_proof_is_refused(released: Round, tmp_path: Path, part: str) -> None:
    folder = unpacked(released, 2, tmp_path)
    path = folder / "proof.json"
    proof = json.loads(path.read_text())
    CHANGES[part](proof)
    path.write_text(json.dumps(proof))
    code, said = check(folder, "proof.json")
    assert (code, said[-1].startswith("proof.json: DOES NOT HOLD: ")) == (5, True)


@pytest.mark.parametrize(
    ("letter", "error", "message"),
    [
        ("L-0", UsageError, "no number of a letter"),
        ("PIP1-000001", UsageError, "no number of a letter"),
        ("L-000999", NotFoundError, "there is no letter 999"),
    ],
)
def test_what_is_no_letter_is_refused(
    released: Round, tmp_path: Path, letter: str, error: type[PipgrantsError], message: str
) -> None:
    with pytest.raises(error, match=message):
        prove(released.workspace, letter, tmp_path / "proof.zip")
    assert not (tmp_path / "proof.zip").exists()


def test_a_letter_that_is_not_released_has_no_proof(round_: Round, tmp_path: Path) -> None:
    round_.receive([application("A1")])
    with pytest.raises(RefusedError, match="L-000001 is not released"):
        prove(round_.workspace, 1, tmp_path / "proof.zip")


def test_a_redacted_letter_has_no_proof_any_more_and_an_older_one_still_holds(released: Round, tmp_path: Path) -> None:
    letter = letter_about(released, "below", "receipt")
    folder = unpacked(released, letter.number, tmp_path)
    with released.workspace.read() as unit:
        lead = unit.proposals.get(released.numbers["below"]).lead
    parties.redact(released.workspace, as_("olga"), AFTER_DRAW, party=lead, reason="Solicitud")
    with pytest.raises(RefusedError, match="was redacted"):
        prove(released.workspace, letter.number, tmp_path / "again.zip")
    assert check(folder, "proof.json")[0] == 0


def test_a_proof_overwrites_nothing(released: Round, tmp_path: Path) -> None:
    path = tmp_path / "proof.zip"
    path.write_text("kept")
    with pytest.raises(RefusedError, match="exists already"):
        prove(released.workspace, 1, path)
    assert path.read_text() == "kept"
    with pytest.raises(RefusedError, match="is to be a ZIP archive"):
        prove(released.workspace, 1, tmp_path / "proof")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE letter SET data = replace(CAST(data AS TEXT), 'Red de', 'Red da') WHERE number = 1",
        "UPDATE letter SET salt = zeroblob(32) WHERE number = 1",
        "UPDATE node SET hash = zeroblob(32) WHERE level = 6 AND position = 1",
    ],
)
def test_no_proof_is_given_of_what_was_changed(released: Round, tmp_path: Path, statement: str) -> None:
    tamper(released.workspace.folder, "DROP TRIGGER IF EXISTS node_refuses_update")
    tamper(released.workspace.folder, statement)
    with pytest.raises(TrailIntegrityError, match="the proof of L-000001 does not hold"):
        prove(released.workspace, 1, tmp_path / "proof.zip")
    assert not (tmp_path / "proof.zip").exists()


# What a kept proof is good for


def rewrite(workspace: Workspace, sequence: int, old: bytes, new: bytes) -> None:
    """Writes an entry anew, and every hash of the tree after it, as an owner of the database can."""
    for table in ("entry", "node"):
        for act in ("update", "delete"):
            tamper(workspace.folder, f"DROP TRIGGER IF EXISTS {table}_refuses_{act}")
    with workspace.read() as unit:
        contents = {entry.sequence: entry.content for entry in unit.ledger.entries()}
    assert old in contents[sequence]
    contents[sequence] = contents[sequence].replace(old, new)
    content, leaf = contents[sequence], leaf_hash(contents[sequence])
    tamper(
        workspace.folder, "UPDATE entry SET content = ?, leaf_hash = ? WHERE sequence = ?", (content, leaf, sequence)
    )
    tamper(workspace.folder, "DELETE FROM node")
    leaves = [leaf_hash(contents[number]) for number in sorted(contents)]
    for node in Frontier(0, lambda level, position: b"").append(leaves):
        tamper(workspace.folder, "INSERT INTO node VALUES (?, ?, ?)", tuple(node))


def against(workspace: Workspace, proof: Path) -> list[str]:
    """Where the trail is not what a proof says; whoever rewrites it may also leave the roots that letters name."""
    found = verify(workspace, as_("aldo"), AFTER_DRAW, against=[proof])
    faults = [fault for fault in found.faults if fault.field != "inputs.release.root"]
    return [fault.place for fault in faults if fault.place.startswith(("proof", "entr"))]


def test_a_kept_proof_names_what_was_rewritten_after_every_hash_was_made_anew(released: Round, tmp_path: Path) -> None:
    letter = letter_about(released, "tied", "reserve")
    kept = unpacked(released, letter.number, tmp_path) / "proof.json"
    assert against(released.workspace, kept) == []
    rewrite(released.workspace, letter.entry, b'"rank":', b'"Rank":')
    assert against(released.workspace, kept)[:2] == ["proof.json", f"entry {letter.entry}"]
    rewrite(released.workspace, letter.entry, b'"Rank":', b'"rank":')
    assert against(released.workspace, kept) == []
    rewrite(released.workspace, 5, b"admin", b"adnim")
    found = against(released.workspace, kept)
    assert found[0] == "proof.json" and f"entry {letter.entry}" not in found
    assert any(re.fullmatch(r"entries 1 to \d+", place) for place in found)
