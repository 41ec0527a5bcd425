"""The dossier of a call or a proposal: checked with Python and stock OpenSSH alone, by the commands that it names."""

from __future__ import annotations

import csv
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from eventful import play
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import NotFoundError, RefusedError, TrailIntegrityError
from pipgrants.services import keys, parties, ratify
from pipgrants.services.access import ACCESS_LOG
from pipgrants.services.audit import dossier
from pipgrants.services.audit.dossier import Dossier, write_dossier
from pipgrants.services.checkpoints import keep_current
from pipgrants.services.imports import import_applications
from pipgrants.services.release import release
from pipgrants.services.workspace import Workspace
from pipgrants.trail.access_log import lines
from pipgrants.trail.canonical import text_hash
from rounds import AFTER_DRAW, BEFORE_OPENING, CALL, WHILE_OPEN, Round, application, as_, copied, publish, tamper
from signing import fingerprint, make_key, needs_ssh_keygen, public
from unpacked import check, unpack

HOLDS = "Everything above holds."


@pytest.fixture(scope="module")
def played(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A round in which everything happens; its letters are released."""
    return play(publish(copied(staffed, tmp_path_factory.mktemp("played") / "agency")))


@pytest.fixture
def released(played: Round, tmp_path: Path) -> Round:
    return played.copy(tmp_path / "agency")


def write(workspace: Workspace, subject: str, out: Path, language: Language | None = None) -> Dossier:
    return write_dossier(workspace, as_("aldo"), AFTER_DRAW, subject=subject, out=out, language=language)


def unpacked(workspace: Workspace, subject: str, folder: Path) -> Path:
    return unpack(write(workspace, subject, folder / "dossier.zip").path, folder)


def entries_in(folder: Path) -> list[dict[str, Any]]:
    """What the entries of a dossier say, in the order of its proof files."""
    files = sorted((folder / "proofs").glob("entries-*.json"))
    claims = [claim for file in files for claim in json.loads(file.read_text())["entries"]]
    return [json.loads(claim["content"]) for claim in claims]


def names(folder: Path, part: str) -> list[str]:
    return sorted(path.name for path in (folder / part).iterdir())


def commands(folder: Path) -> list[str]:
    """The commands that check signatures, as they stand in the instructions."""
    text = (folder / "CHECK.txt").read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip().startswith("ssh-keygen -Y")]


def accepts(command: str, folder: Path) -> bool:
    """Whether a command, typed in a folder, answers that the signature is good."""
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.startswith("Good ")


def flip(path: Path, place: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


# What is in it


def test_the_dossier_of_a_call_holds_all_about_it_and_is_checked_alone(released: Round, tmp_path: Path) -> None:
    found = write(released.workspace, CALL, tmp_path / "call.zip")
    folder = unpack(found.path, tmp_path)
    code, said = check(folder, "proofs")
    assert (code, said[-1]) == (0, HOLDS)
    about = [
        entry for entry in released.entries() if entry["call"] == CALL or entry["subject"].startswith("programme/")
    ]
    assert entries_in(folder) == about
    letters = [letter for letter in released.letters() if letter.release is not None]
    assert len(names(folder, "letters")) == 2 * len(letters)
    assert sum("letters/" in line for line in said) == 2 * len(letters)
    named = {value for entry in about for value in entry["definitions"].values()}
    assert {name.partition(".")[0] for name in names(folder, "definitions")} == named
    assert sum("definitions/" in line for line in said) == len(named)
    kept = sorted(path.name for path in (released.workspace.folder / "checkpoints").glob("checkpoint-*.txt"))
    assert names(folder, "checkpoints") == ["allowed_signers", *kept]
    assert sum("the trail extends its first" in line for line in said) == len(kept)
    assert found.counts == {
        "entries": len(about),
        "letters": len(letters),
        "definitions": len(named),
        "checkpoints": len(kept),
        "signatures": 0,
        "evidence": 27,
    }


def test_the_dossier_of_a_proposal_holds_no_other(released: Round, tmp_path: Path) -> None:
    number = released.numbers["settled"]
    folder = unpacked(released.workspace, number, tmp_path)
    assert check(folder, "proofs")[1][-1] == HOLDS
    entries = entries_in(folder)
    own = [entry for entry in entries if entry["subject"] == f"proposal/{number}"]
    assert own == released.entries(subject=f"proposal/{number}")
    kinds = {entry["subject"].partition("/")[0] for entry in entries if entry not in own}
    assert kinds == {"call", "package", "programme"}
    kinds = {name.partition("-")[2].partition("-")[2] for name in names(folder, "letters")}
    assert kinds == {f"{kind}.es.{suffix}" for kind in released.letter_kinds("settled") for suffix in ("html", "txt")}
    with (folder / "evidence.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["proposal"], row["kind"], row["issuer"]) for row in rows] == [
        (number, "commitment_letter", "Alcaldía de Comayagua"),
        (number, "consortium_agreement", "Taller settled-1"),
    ]


def test_a_stored_file_of_evidence_stands_with_its_hash_in_an_entry(released: Round, tmp_path: Path) -> None:
    number = released.numbers["fulfilled"]
    folder = unpacked(released.workspace, number, tmp_path)
    with (folder / "evidence.csv").open(encoding="utf-8-sig", newline="") as file:
        [paper] = [row for row in csv.DictReader(file) if row["sha256"]]
    assert paper["file_name"] == "acuerdo.pdf"
    [attached] = [entry for entry in entries_in(folder) if entry["act"] == "EvidenceAttached"]
    assert attached["inputs"]["sha256"] == paper["sha256"]


def test_the_mapping_that_a_list_was_read_by_stands_among_the_definitions(round_: Round, tmp_path: Path) -> None:
    mapping = "mapping: chamber\nsource: a list\ncolumns: {id: reference, title: title, firm: lead.name}\n"
    (tmp_path / "chamber.yaml").write_text(mapping, encoding="utf-8")
    (tmp_path / "list.csv").write_text("id,title,firm\nL1,Red de pan,Panadería Sol\n", encoding="utf-8")
    given = {"path": tmp_path / "list.csv", "mapping": str(tmp_path / "chamber.yaml")}
    import_applications(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, **given)
    folder = unpacked(round_.workspace, "PIP1-000001", tmp_path)
    assert (folder / f"definitions/{text_hash(mapping)}.mapping.chamber.yaml").read_text(encoding="utf-8") == mapping
    assert check(folder, "proofs")[1][-1] == HOLDS


def test_the_same_record_gives_the_same_bytes(released: Round, tmp_path: Path) -> None:
    written = []
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
        written.append(write(released.workspace, CALL, tmp_path / place / "dossier.zip").path.read_bytes())
    assert written[0] == written[1]
    with zipfile.ZipFile(tmp_path / "one" / "dossier.zip") as archive:
        files = archive.namelist()
        assert files == sorted(files)
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_many_entries_stand_in_several_proof_files(
    released: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dossier, "BATCH", 40)
    reached: list[int] = []
    out = tmp_path / "dossier.zip"
    found = write_dossier(released.workspace, as_("aldo"), AFTER_DRAW, subject=CALL, out=out, progress=reached.append)
    folder = unpack(out, tmp_path)
    files = [name for name in names(folder, "proofs") if name.startswith("entries")]
    count = found.counts["entries"]
    assert (len(files), reached) == (-(-count // 40), [*range(40, count, 40), count])
    assert check(folder, "proofs")[1][-1] == HOLDS


def test_formulas_among_the_evidence_are_shown_as_text(round_: Round, tmp_path: Path) -> None:
    made = application("A1")
    evil = tuple(paper._replace(issuer='=HYPERLINK("http://x")') for paper in made.evidence)
    round_.receive([made._replace(evidence=evil)])
    folder = unpacked(round_.workspace, CALL, tmp_path)
    with (folder / "evidence.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {row["issuer"] for row in csv.DictReader(file)} == {'\'=HYPERLINK("http://x")'}


def test_a_redacted_letter_is_shown_as_it_is_and_nothing_vouches_for_it(released: Round, tmp_path: Path) -> None:
    with released.workspace.read() as unit:
        lead = unit.proposals.get(released.numbers["below"]).lead
    parties.redact(released.workspace, as_("olga"), AFTER_DRAW, party=lead, reason="Solicitud")
    folder = unpacked(released.workspace, released.numbers["below"], tmp_path)
    code, said = check(folder, "proofs")
    assert (code, [line for line in said if "letters/" in line]) == (0, [])
    assert {name.split(".")[2] for name in names(folder, "letters")} == {"redacted"}
    shown = "".join(path.read_text(encoding="utf-8") for path in (folder / "letters").iterdir())
    assert "Taller below-1" not in shown


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (None, "NO ES PARA SOLICITANTES"),
        (Language.PORTUGUESE, "NÃO É PARA PROPONENTES"),
        (Language.ENGLISH, "NOT FOR APPLICANTS"),
    ],
)
def test_the_instructions_are_in_the_language_asked_for(
    round_: Round, tmp_path: Path, language: Language | None, words: str
) -> None:
    path = write(round_.workspace, CALL, tmp_path / "dossier.zip", language).path
    text = (unpack(path, tmp_path) / "CHECK.txt").read_text(encoding="utf-8")
    assert words in text and "python3 verify.py proofs" in text and "$" not in text
    assert max(map(len, text.splitlines())) <= 80


# What is checked with it


@pytest.mark.parametrize("part", ["letters", "definitions"])
def test_a_changed_byte_of_a_file_is_refused(released: Round, tmp_path: Path, part: str) -> None:
    folder = unpacked(released.workspace, released.numbers["settled"], tmp_path)
    for path in sorted((folder / part).iterdir()):
        flip(path, path.stat().st_size // 2)
        code, said = check(folder, "proofs")
        assert (code, f"../{part}/{path.name} is not the file that entry" in said[-1]) == (5, True)
        flip(path, path.stat().st_size // 2)
    assert check(folder, "proofs")[0] == 0


def test_a_changed_entry_and_a_changed_checkpoint_are_refused(released: Round, tmp_path: Path) -> None:
    folder = unpacked(released.workspace, released.numbers["settled"], tmp_path)
    for name, old, new in (
        ("entries-000000016.json", "ProposalScored", "ProposalStored"),
        ("checkpoints.json", "earlier", "later"),
    ):
        path = folder / "proofs" / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new) if old != "earlier" else text.replace("\\n18\\n", "\\n17\\n"))
        code, said = check(folder, "proofs")
        assert (code, "DOES NOT HOLD" in said[-1]) == (5, True)
        path.write_text(text)


@pytest.mark.parametrize("text", ["garbage", "pipgrants/x\n99999\n" + "A" * 43 + "=\n"])
def test_a_checkpoint_that_the_trail_does_not_extend_is_shown_and_does_not_hold(
    round_: Round, tmp_path: Path, text: str
) -> None:
    (round_.workspace.folder / "checkpoints" / "checkpoint-000000099999.txt").write_text(text)
    folder = unpacked(round_.workspace, CALL, tmp_path)
    code, said = check(folder, "proofs")
    assert (code, said[-1].startswith("proofs/checkpoints.json: DOES NOT HOLD: ")) == (5, True)


@needs_ssh_keygen
def test_every_command_of_the_instructions_is_accepted_by_stock_openssh(
    packaged_round: tuple[Round, str], tmp_path: Path
) -> None:
    round_, package = packaged_round
    workspace = round_.workspace
    signers = {actor: make_key(tmp_path / actor) for actor in ("olga", "marcos", "aldo")}
    for actor, key in signers.items():
        keys.register_key(workspace, as_("admin"), BEFORE_OPENING, actor=actor, file=public(key))
    ratify.ratify(workspace, as_("marcos"), AFTER_DRAW, package=package, key=signers["marcos"])
    release(workspace, as_("olga"), AFTER_DRAW, call=CALL, key=signers["olga"])
    keep_current(workspace, signers["aldo"])
    keys.revoke_key(
        workspace,
        as_("olga"),
        AFTER_DRAW.replace(hour=18),
        fingerprint=fingerprint(signers["olga"]),
        reason="Se perdió",
    )
    folder = unpacked(workspace, CALL, tmp_path)
    assert check(folder, "proofs")[1][-1] == HOLDS
    found = commands(folder)
    assert ["-I olga " in command for command in found] == ["-Overify-time=" in command for command in found]
    assert sorted(command.split(" -I ")[1].split()[0] for command in found) == [
        "aldo",
        "marcos",
        "marcos",
        "olga",
    ]
    assert [accepts(command, folder) for command in found] == [True] * 4
    registered = [entry["act"] for entry in entries_in(folder) if entry["subject"].startswith("actor/")]
    assert registered == ["KeyRegistered"] * 3 + ["KeyRevoked"]
    for part in ("approvals", "checkpoints"):
        for path in [path for path in (folder / part).iterdir() if path.suffix == ".txt"]:
            signed = [command for command in found if command.endswith(f"< {part}/{path.name}")]
            flip(path, 3)
            assert [accepts(command, folder) for command in signed] == [False] * len(signed)


@needs_ssh_keygen
def test_what_a_key_signed_after_it_was_revoked_is_not_accepted(round_: Round, tmp_path: Path) -> None:
    workspace, key = round_.workspace, make_key(tmp_path / "olga")
    keys.register_key(workspace, as_("admin"), BEFORE_OPENING, actor="olga", file=public(key))
    before = keep_current(workspace, key)
    later = AFTER_DRAW
    keys.revoke_key(workspace, as_("olga"), later, fingerprint=fingerprint(key), reason="Se perdió")
    round_.receive([application("A1")], later.replace(hour=18))
    after = keep_current(workspace, None)
    assert before.signature is not None
    signature = subprocess.run(
        ["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", "pipgrants-checkpoint"],
        input=after.path.read_bytes(),
        capture_output=True,
        check=True,
    ).stdout
    after.path.with_name(f"{after.path.stem}.olga.sig").write_bytes(signature)
    folder = unpacked(workspace, CALL, tmp_path)
    assert [accepts(command, folder) for command in commands(folder)] == [True, False]


# What is refused


def test_a_read_is_written_down(released: Round, tmp_path: Path) -> None:
    write(released.workspace, CALL, tmp_path / "call.zip")
    write(released.workspace, released.numbers["tied"], tmp_path / "proposal.zip")
    accesses = [line.access for line in lines(released.workspace.folder / ACCESS_LOG)]
    assert [(access.actor, access.did, access.subject) for access in accesses] == [
        ("aldo", "audit.dossier", f"call/{CALL}"),
        ("aldo", "audit.dossier", f"proposal/{released.numbers['tied']}"),
    ]


def test_what_is_neither_a_proposal_nor_a_call_is_refused(round_: Round, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="'PIP1-000999' is neither the number of a proposal nor the name of a call"):
        write(round_.workspace, "PIP1-000999", tmp_path / "dossier.zip")


def test_a_dossier_overwrites_nothing(round_: Round, tmp_path: Path) -> None:
    path = tmp_path / "dossier.zip"
    path.write_text("kept")
    with pytest.raises(RefusedError, match="exists already"):
        write(round_.workspace, CALL, path)
    assert path.read_text() == "kept"


def test_a_dossier_that_fails_leaves_no_file(round_: Round, tmp_path: Path) -> None:
    tamper(round_.workspace.folder, "UPDATE definition SET content = content || ' ' WHERE kind = 'call'")
    with pytest.raises(TrailIntegrityError, match="was changed"):
        write(round_.workspace, CALL, tmp_path / "dossier.zip")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []
