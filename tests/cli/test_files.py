"""Files that commands read and write: an absent one is not found, and none is ever overwritten."""

from pathlib import Path

import pytest

from desk import Desk
from rounds import CALL, hash_of_tables

READING = [
    ("programme", "check", "absent.yaml"),
    ("programme", "draft", "absent.yaml"),
    ("call", "check", "absent.yaml"),
    ("call", "draft", "absent.yaml"),
    ("call", "amend", "absent.yaml", "--reason", "Error"),
    ("party", "exclude", "absent.csv"),
    ("party", "exclude", "absent"),
    ("proposal", "import", CALL, "absent.xlsx"),
    ("proposal", "import", CALL, "absent.json"),
    ("proposal", "import", CALL, "absent.csv"),
    ("proposal", "import", CALL, "absent"),
    ("proposal", "import", CALL, "absent.csv", "--mapping", "denmark"),
    ("proposal", "import", CALL, ".", "--mapping", "absent.yaml"),
    ("proposal", "clarify", "PIP1-000001", "--answer", "Sí", "--file", "absent.xlsx"),
    ("proposal", "attach", "PIP1-000001", "absent.pdf", "--kind", "commitment_letter", "--issuer", "Banco"),
    ("evaluation", "import", CALL, "absent.csv"),
    ("evaluation", "import", CALL, "absent"),
    ("actor", "key", "add", "marcos", "absent.pub"),
    ("audit", "verify", "--against", "absent.txt"),
    ("trail", "checkpoint", "--key", "absent"),
    ("ratify", "PACKAGE", "--key", "absent"),
    ("demo", "another", "--applications", "absent.csv"),
    ("demo", "another", "--applications", "absent.csv", "--mapping", "denmark"),
]
BY = {"party": "olga", "actor": "admin", "ratify": "marcos", "audit": "aldo", "trail": "marcos"}


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_a_file_that_there_is_not_is_6(
    packaged_desk: tuple[Desk, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    desk, package = packaged_desk
    monkeypatch.chdir(tmp_path)
    before = hash_of_tables(desk.folder)
    answer = desk.type(*(package if word == "PACKAGE" else word for word in words), by=BY.get(words[0], "olga"))
    said = " ".join(answer.err.split())
    assert answer.code == 6
    assert "absent" in said and "Next: " in said
    assert (hash_of_tables(desk.folder), (tmp_path / "another").exists()) == (before, False)


WRITING = [
    ("proposal template pip-one-stage --out", "form.xlsx"),
    ("proposal template pip-one-stage --out", "form.json"),
    ("proposal template pip-one-stage --out", "form"),
    ("proposal export pip-one-stage --out", "form.xlsx"),
    ("proposal export pip-one-stage --out", "form"),
    ("export 360giving pip-one-stage --out", "grants.csv"),
    ("export commongrants pip-one-stage --out", "calls.json"),
    ("export iati pip-one-stage --out", "activities.xml"),
    ("workflow show call --svg", "call.svg"),
]


@pytest.mark.parametrize(("command", "name"), WRITING)
def test_a_file_that_stands_there_is_kept(open_desk: Desk, tmp_path: Path, command: str, name: str) -> None:
    path = tmp_path / name
    kept = path if path.suffix else path / "proposals.csv"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("filled in")
    answer = open_desk.type(*command.split(), str(path), by="olga")
    assert (answer.code, kept.read_text()) == (3, "filled in")
    assert "exists already" in answer.err
    assert f"Next: pipgrants {command} OTHER{path.suffix}" in answer.err


@pytest.mark.parametrize("name", ["form.xlsx", "form"])
def test_a_form_that_nobody_filled_in_is_refused(open_desk: Desk, tmp_path: Path, name: str) -> None:
    path = str(tmp_path / name)
    open_desk.do("proposal", "template", CALL, "--out", path)
    answer = open_desk.type("proposal", "import", CALL, path, "--language", "es", by="olga")
    assert (answer.code, answer.out) == (3, "")
    assert "no contiene ninguna solicitud; se espera una fila para cada una" in " ".join(answer.err.split())


def test_a_score_sheet_without_marks_is_refused(open_desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"
    path.write_text("proposal,evaluator,criterion,mark,comment\n")
    answer = open_desk.type("evaluation", "import", CALL, str(path), by="olga")
    assert answer.code == 3
    assert "there is no mark in it" in answer.err
