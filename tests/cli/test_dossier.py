"""``audit dossier`` and ``audit proof``, as they are typed and read."""

from pathlib import Path

import pytest

from desk import Desk
from pipgrants.cli.output import WIDTH
from rounds import CALL
from unpacked import check, unpack


@pytest.fixture
def released_desk(packaged_desk: tuple[Desk, str]) -> Desk:
    """A round whose letters are released."""
    desk, package = packaged_desk
    desk.do("ratify", package, "--yes", by="marcos")
    desk.do("letters", "release", CALL, "--yes", by="olga")
    return desk


def fits(text: str) -> bool:
    return all(len(line) <= WIDTH and line == line.rstrip() for line in text.splitlines())


def test_a_proof_is_written_where_the_command_is_typed(
    released_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = released_desk.do("audit", "proof", "L-000005", by="olga")
    assert fits(answer.out)
    assert "Wrote the proof of L-000005.\n\nWritten to\n  L-000005.zip\n\nChecked as its reader will\n" in answer.out
    assert check(unpack(tmp_path / "L-000005.zip", tmp_path), "proof.json")[0] == 0
    again = released_desk.type("audit", "proof", "5", by="olga")
    assert (again.code, "L-000005.zip exists already" in again.err) == (3, True)


def test_a_proof_answers_in_json_with_what_it_proves(released_desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "proof.zip"
    found = released_desk.do("audit", "proof", "1", "--out", str(out), "--json", by="aldo").json
    assert (found["letter"], found["path"]) == ("L-000001", str(out))
    assert found["checkpoint"].splitlines()[0] in found["holds"][0]
    assert len(found["holds"]) == 5


@pytest.mark.parametrize(("letter", "code"), [("five", 2), ("L-000999", 6)])
def test_what_is_no_letter_is_refused(released_desk: Desk, tmp_path: Path, letter: str, code: int) -> None:
    answer = released_desk.type("audit", "proof", letter, "--out", str(tmp_path / "proof.zip"), by="aldo")
    assert (answer.code, "Next: " in answer.err) == (code, True)


def test_a_letter_that_waits_has_no_proof(packaged_desk: tuple[Desk, str], tmp_path: Path) -> None:
    desk, _ = packaged_desk
    answer = desk.type("audit", "proof", "1", "--out", str(tmp_path / "proof.zip"), by="aldo")
    assert (answer.code, f"Next: pipgrants letters release {CALL}" in answer.err) == (3, True)


@pytest.mark.parametrize("subject", [CALL, "PIP1-000001"])
def test_a_dossier_is_written_and_says_what_is_in_it(
    released_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subject: str
) -> None:
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "dossier.zip"
    answer = released_desk.do("audit", "dossier", subject, "--out", "dossier.zip", by="aldo")
    assert fits(answer.out)
    assert f"Wrote the dossier of {subject}.\n\nWritten to\n  dossier.zip\n\nContents\n" in answer.out
    assert "is not for\napplicants" in answer.out
    assert check(unpack(out, tmp_path), "proofs")[1][-1] == "Everything above holds."


def test_a_dossier_answers_in_json(released_desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "dossier.zip"
    found = released_desk.do("audit", "dossier", "PIP1-000001", "--out", str(out), "--json", by="aldo").json
    assert (found["subject"], found["path"], found["counts"]["letters"]) == ("PIP1-000001", str(out), 2)


def test_a_dossier_needs_a_known_subject_and_a_language_of_the_call(released_desk: Desk, tmp_path: Path) -> None:
    out = str(tmp_path / "dossier.zip")
    assert released_desk.type("audit", "dossier", "PIP9-000001", "--out", out, by="aldo").code == 6
    assert released_desk.type("audit", "dossier", CALL, "--out", out, "--language", "fr", by="aldo").code == 2
    missing = released_desk.type("audit", "dossier", CALL, "--out", str(tmp_path / "no" / "d.zip"), by="aldo")
    assert (missing.code, (tmp_path / "no").exists()) == (6, False)
