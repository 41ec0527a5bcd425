"""``proposal`` and ``party``: applications in, answers, papers, withdrawal, redaction."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from desk import Desk
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DEADLINE, CALL, application, edit, hash_of_tables

Form = Callable[..., Path]
NUMBERS = ("PIP1-000001", "PIP1-000002")


def places_of(sheet: Any) -> dict[str, int]:
    """The columns of a form's sheet by name."""
    return {cell.value: cell.column for cell in sheet[1]}


def spoil(path: Path, sheet: str, column: str, row: int, value: object) -> None:
    """Writes a value into a cell of a filled-in form."""
    workbook = load_workbook(path)
    names = [cell.value for cell in workbook[sheet][1]]
    assert workbook[sheet].max_row >= row
    workbook[sheet].cell(row, names.index(column) + 1, value)
    workbook.save(path)


class TestImport:
    def test_applications_get_numbers_and_receipts(self, open_desk: Desk, form: Form) -> None:
        path = form(application("A1"), application("A2"))
        found = open_desk.do("proposal", "import", CALL, str(path), "--json", by="olga").json
        assert found["numbers"] == {"A1": "PIP1-000001", "A2": "PIP1-000002"}
        letters = open_desk.do("letters", "list", CALL, "--json").json["letters"]
        assert [(letter["kind"], letter["stage"]) for letter in letters] == [("receipt", "pending")] * 2

    def test_progress_stands_apart_from_the_result(self, open_desk: Desk, form: Form) -> None:
        answer = open_desk.do("proposal", "import", CALL, str(form(application("A1"))), "--json", by="olga")
        assert answer.err == "applications stored: 1\n"
        assert json.loads(answer.out)["rows_read"] > 1

    def test_trial_shows_the_same_and_keeps_nothing(self, open_desk: Desk, form: Form) -> None:
        path, before = form(application("A1")), hash_of_tables(open_desk.folder)
        trial = open_desk.do("proposal", "import", CALL, str(path), "--dry-run", "--json", by="olga").json
        assert hash_of_tables(open_desk.folder) == before
        done = open_desk.do("proposal", "import", CALL, str(path), "--json", by="olga").json
        received = {"act": "ProposalReceived", "subject": "proposal/PIP1-000001"}
        recorded = [{**received, "before": "registered", "after": "received"}]
        assert trial == {**done, "dry_run": True, "would_record": recorded}

    def test_bad_row_refuses_the_file_and_names_the_cell(self, open_desk: Desk, form: Form) -> None:
        path = form(application("A1"), application("A2"))
        spoil(path, "Proposals", "total_amount", 2, "plenty")
        before = hash_of_tables(open_desk.folder)
        answer = open_desk.type("proposal", "import", CALL, str(path), by="olga")
        assert (answer.code, answer.out) == (3, "")
        assert "applications.xlsx, row 2, column Proposals.total_amount" in " ".join(answer.err.split())
        assert "plenty" in answer.err
        assert "--accept-valid" in answer.err
        assert hash_of_tables(open_desk.folder) == before

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("es", "fila 2, columna Members.size_class: en el registro, E-000001 tiene small, y así queda;"),
            ("pt", "linha 2, coluna Members.size_class: no registro, E-000001 tem small, e assim fica;"),
            ("en", "row 2, column Members.size_class: E-000001 has small on record, which stays;"),
        ],
    )
    def test_what_is_said_otherwise_of_a_party_is_warned_of(
        self, open_desk: Desk, form: Form, language: str, words: str
    ) -> None:
        open_desk.do("proposal", "import", CALL, str(form(application("A1"))), by="olga")
        path = form(application("A1")._replace(reference="A2"))
        spoil(path, "Members", "size_class", 2, "medium")
        answer = open_desk.do("proposal", "import", CALL, str(path), "--language", language, by="olga")
        assert f"applications.xlsx, {words}" in " ".join(answer.out.split())
        assert "pipgrants party correct E-000001" in " ".join(answer.out.split())

    @pytest.mark.parametrize(("language", "word"), [("es", "fila 2"), ("pt", "linha 2"), ("en", "row 2")])
    def test_row_errors_speak_three_languages(self, open_desk: Desk, form: Form, language: str, word: str) -> None:
        path = form(application("A1"))
        spoil(path, "Proposals", "total_amount", 2, "plenty")
        answer = open_desk.type("proposal", "import", CALL, str(path), "--language", language, by="olga")
        assert answer.code == 3
        assert word in answer.err

    @pytest.mark.parametrize(
        ("language", "frame", "next_step"),
        [
            (
                "en",
                "Error: applications.xlsx has 1 problem; nothing was stored:",
                "  Next: correct the rows named, or import the valid rest with --accept-valid",
            ),
            (
                "es",
                "Error: applications.xlsx tiene 1 problema; no se guardó nada:",
                "  Siguiente paso: corrija las filas indicadas, o importe el resto válido con",
            ),
            (
                "pt",
                "Erro: applications.xlsx tem 1 problema; nada foi guardado:",
                "  Próximo passo: corrija as linhas indicadas, ou importe o resto válido com",
            ),
        ],
    )
    def test_what_stands_around_row_errors_is_in_their_language(
        self, open_desk: Desk, form: Form, language: str, frame: str, next_step: str
    ) -> None:
        path = form(application("A1"))
        spoil(path, "Proposals", "total_amount", 2, "plenty")
        answer = open_desk.type("proposal", "import", CALL, str(path), "--language", language, by="olga")
        lines = answer.err.splitlines()
        assert (lines[0], next_step in lines) == (frame, True)

    @pytest.mark.parametrize(
        ("language", "message"), [("es", "se espera un número simple, como 1234.50"), ("pt", "espera-se um número")]
    )
    def test_refused_file_in_json_lists_its_problems(
        self, open_desk: Desk, form: Form, language: str, message: str
    ) -> None:
        path = form(application("A1"), application("A2"))
        spoil(path, "Proposals", "total_amount", 2, "plenty")
        words = ("proposal", "import", CALL, str(path), "--language", language, "--json")
        answer = open_desk.type(*words, by="olga")
        [problem] = answer.json["error"]["problems"]
        assert answer.code == 3
        assert (problem["file"], problem["line"], problem["field"], problem["value"]) == (
            "applications.xlsx",
            2,
            "Proposals.total_amount",
            "plenty",
        )
        assert problem["message"].startswith(message)
        assert "plenty" not in answer.err

    def test_at_most_fifty_problems_are_shown_and_the_others_counted(self, open_desk: Desk, tmp_path: Path) -> None:
        path = tmp_path / "form.json"
        path.write_text(
            json.dumps([{"reference": f"A{number}", "title": "Café"} for number in range(70)]), encoding="utf-8"
        )
        answer = open_desk.type("proposal", "import", CALL, str(path), "--language", "es", by="olga")
        assert answer.err.count("form.json, fila") == 50
        assert answer.err.splitlines()[-3].strip() == "... y 20 más; --json los lista todos"
        listed = open_desk.type("proposal", "import", CALL, str(path), "--json", by="olga").json["error"]["problems"]
        assert len(listed) == 70

    def test_merged_cells_name_their_sheet(self, open_desk: Desk, form: Form) -> None:
        path = form(application("A1"))
        workbook = load_workbook(path)
        workbook["Budget"].merge_cells("A2:A3")
        workbook.save(path)
        answer = open_desk.type("proposal", "import", CALL, str(path), by="olga")
        assert "applications.xlsx, sheet Budget: the cells A2:A3 are merged" in answer.err

    def test_valid_rest_is_stored_when_asked_to(self, open_desk: Desk, form: Form) -> None:
        path = form(application("A1"), application("A2"))
        spoil(path, "Proposals", "total_amount", 2, "plenty")
        answer = open_desk.do("proposal", "import", CALL, str(path), "--accept-valid", by="olga")
        assert "Left out" in answer.out
        listed = open_desk.do("proposal", "list", CALL, "--json").json["proposals"]
        assert [item["reference"] for item in listed] == ["A2"]

    def test_folder_without_forms_is_named_as_given(
        self, open_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "empty").mkdir()
        monkeypatch.chdir(tmp_path / "empty")
        answer = open_desk.type("proposal", "import", CALL, ".", by="olga")
        assert (answer.code, answer.err.splitlines()[0]) == (3, "Error: . cannot be imported:")

    def test_unknown_mapping_is_6(self, open_desk: Desk, form: Form) -> None:
        path = form(application("A1"))
        assert open_desk.type("proposal", "import", CALL, str(path), "--mapping", "mars", by="olga").code == 6

    def test_file_that_is_not_there_is_no_traceback(self, open_desk: Desk, tmp_path: Path) -> None:
        answer = open_desk.type("proposal", "import", CALL, str(tmp_path / "none.xlsx"), by="olga")
        assert answer.code in (3, 6)
        assert "none.xlsx" in answer.err

    def test_names_that_steer_a_terminal_are_refused(self, open_desk: Desk, form: Form) -> None:
        named = application("A1")._replace(title="Red \u202eoculta")
        refused = open_desk.type("proposal", "import", CALL, str(form(named)), by="olga")
        assert (refused.code, "\u202e" in refused.out + refused.err) == (3, False)


class TestArrival:
    """What came in time may be typed in after the deadline."""

    def test_late_applications_are_recorded_only_after_asking(self, open_desk: Desk, form: Form) -> None:
        path = form(application("A1"), application("A2"))
        open_desk.now, before = AFTER_DEADLINE, hash_of_tables(open_desk.folder)
        asked = open_desk.type("proposal", "import", CALL, str(path), by="olga", answers="n\n")
        assert (asked.code, "Record 2 applications as late?" in asked.asked) == (8, True)
        assert hash_of_tables(open_desk.folder) == before
        found = open_desk.do("proposal", "import", CALL, str(path), "--yes", "--json", by="olga").json
        assert (found["late_count"], state_of(open_desk, "PIP1-000001")) == (2, "late")

    def test_the_office_says_when_applications_arrived(self, open_desk: Desk, form: Form) -> None:
        path = form(application("A1"), application("A2"))
        open_desk.now = AFTER_DEADLINE
        words = ("proposal", "import", CALL, str(path), "--received-at", "2026-03-31 17:00")
        assert open_desk.do(*words, "--json", by="olga").json["late_count"] == 0
        shown = open_desk.do("proposal", "show", "PIP1-000001", "--json").json["summary"]
        assert shown["received_at"] == "2026-03-31T23:00:00.000000Z"

    def test_an_application_that_says_when_it_arrived_keeps_it(self, open_desk: Desk, form: Form) -> None:
        path = form(application("A1"), application("A2"))
        spoil(path, "Proposals", "received_at", 2, "2026-03-30 09:15")
        open_desk.now = AFTER_DEADLINE
        words = ("proposal", "import", CALL, str(path), "--received-at", "2026-04-01 08:00", "--yes")
        assert open_desk.do(*words, "--json", by="olga").json["late_count"] == 1
        found = [open_desk.do("proposal", "show", number, "--json").json["summary"] for number in NUMBERS]
        assert [item["received_at"] for item in found] == ["2026-03-30T15:15:00.000000Z", "2026-04-01T14:00:00.000000Z"]

    def test_the_office_adds_the_column_beside_the_labels_of_a_form(
        self, open_desk: Desk, form: Form, tmp_path: Path
    ) -> None:
        blank, path = tmp_path / "form.xlsx", form(application("A1"))
        open_desk.do("proposal", "template", CALL, "--out", str(blank))
        book, filled = load_workbook(blank), load_workbook(path)
        for sheet in filled.sheetnames:
            places = places_of(book[sheet])
            names = [cell.value for cell in filled[sheet][1]]
            for place, row in enumerate(filled[sheet].iter_rows(min_row=2, values_only=True), 3):
                for name, value in zip(names, row, strict=True):
                    if value is not None:
                        book[sheet].cell(place, places[name], value)
        column = len(places_of(book["Proposals"])) + 1
        book["Proposals"].cell(1, column, "received_at")
        book["Proposals"].cell(3, column, "2026-03-30 09:15")
        book.save(blank)
        open_desk.now = AFTER_DEADLINE
        assert open_desk.do("proposal", "import", CALL, str(blank), "--json", by="olga").json["late_count"] == 0

    def test_an_agency_does_not_say_when_its_own_applications_arrived(self, open_desk: Desk, form: Form) -> None:
        path = form(application("A1"))
        words = ("proposal", "import", CALL, str(path), "--received-at", "2026-03-30 09:15")
        refused = open_desk.type(*words, by="iris")
        assert (refused.code, "only the office fills this in" in " ".join(refused.err.split())) == (3, True)


class TestForms:
    def test_form_is_written_and_who_took_it_is_registered(self, open_desk: Desk, tmp_path: Path) -> None:
        out = tmp_path / "form.xlsx"
        taken = ("--name", "Cámara de Comercio", "--email", "camara@example.org")
        open_desk.do("proposal", "template", CALL, "--out", str(out), *taken, by="olga")
        assert load_workbook(out).sheetnames
        entry = open_desk.do("trail", "show", "--call", CALL, "--json").json["entries"][-1]
        assert entry["act"] == "FormTaken"
        assert "camara@example.org" not in json.dumps(entry)

    def test_form_alone_writes_no_entry(self, open_desk: Desk, tmp_path: Path) -> None:
        before = hash_of_tables(open_desk.folder)
        open_desk.do("proposal", "template", CALL, "--out", str(tmp_path / "form.json"), "--language", "pt")
        assert hash_of_tables(open_desk.folder) == before

    def test_form_is_in_the_first_language_of_the_call(self, open_desk: Desk, tmp_path: Path) -> None:
        words = ("proposal", "template", CALL, "--out", str(tmp_path / "form.xlsx"), "--json")
        assert open_desk.do(*words).json["language"] == "es"

    def test_language_that_the_call_does_not_speak_is_refused(self, desk: Desk, tmp_path: Path) -> None:
        edit(Workspace(desk.folder), "calls", CALL, {"languages: [es, pt, en]": "languages: [pt]"})
        assert desk.do("call", "check", CALL).out.count("Contrapartida")
        answer = desk.type("call", "check", CALL, "--language", "en")
        assert (answer.code, "its languages are pt" in " ".join(answer.err.split())) == (3, True)

    def test_unknown_kind_of_file_is_usage(self, open_desk: Desk, tmp_path: Path) -> None:
        assert open_desk.type("proposal", "template", CALL, "--out", str(tmp_path / "form.odt")).code == 2

    def test_folder_that_is_not_there_is_no_traceback(self, open_desk: Desk) -> None:
        assert open_desk.type("proposal", "template", CALL, "--out", "/nowhere/form.xlsx").code == 6

    def test_exported_applications_can_be_imported(self, open_desk: Desk, form: Form, tmp_path: Path) -> None:
        path = form(application("A1"), application("A2"))
        open_desk.do("proposal", "import", CALL, str(path), by="olga")
        out = tmp_path / "export.json"
        assert open_desk.do("proposal", "export", CALL, "--out", str(out), "--json", by="olga").json["count"] == 2
        assert [item["reference"] for item in json.loads(out.read_text(encoding="utf-8"))["proposals"]] == ["A1", "A2"]


@pytest.fixture
def asked(open_desk: Desk, form: Form) -> Desk:
    """A round in which one applicant, who did not say for how long the project runs, is asked."""
    missing = application("A1")._replace(duration_months=None)
    open_desk.do("proposal", "import", CALL, str(form(missing, application("A2"))), by="olga")
    open_desk.now = AFTER_DEADLINE
    states = open_desk.do("screen", CALL, "--yes", "--json", by="olga").json["states"]
    assert states == {"clarification_requested": 1, "eligible": 1}
    return open_desk


def state_of(desk: Desk, number: str) -> str:
    return str(desk.do("proposal", "show", number, "--json").json["summary"]["state"])


class TestAnswers:
    def test_answer_in_words_is_recorded(self, asked: Desk) -> None:
        words = ("proposal", "clarify", "PIP1-000001", "--answer", "24 months")
        answer = asked.type(*words, by="olga", answers="n\n")
        assert (answer.code, "Record the answer of PIP1-000001? It is given once." in answer.asked) == (8, True)
        assert state_of(asked, "PIP1-000001") == "clarification_requested"
        asked.do(*words, by="olga", answers="y\n")
        assert state_of(asked, "PIP1-000001") == "received"

    def test_corrected_application_takes_the_place_of_the_first(self, asked: Desk, form: Form) -> None:
        path = form(application("A1"), name="answer.xlsx")
        words = ("proposal", "clarify", "PIP1-000001", "--file", str(path), "--answer", "corrected")
        assert asked.type(*words, by="iris").code == 4
        asked.do("actor", "tie", "iris", "E-000001", by="admin")
        asked.do(*words, "--yes", by="iris")
        asked.do("screen", CALL, by="olga")
        assert state_of(asked, "PIP1-000001") == "eligible"

    def test_answer_to_nothing_is_refused(self, asked: Desk) -> None:
        assert asked.type("proposal", "clarify", "PIP1-000002", "--answer", "what?", by="olga").code == 3

    def test_row_errors_of_a_corrected_application_speak_the_language_asked_for(self, asked: Desk, form: Form) -> None:
        path = form(application("A1"))
        spoil(path, "Proposals", "total_amount", 2, "plenty")
        words = ("proposal", "clarify", "PIP1-000001", "--file", str(path), "--answer", "corrected", "--language", "pt")
        lines = asked.type(*words, by="olga").err.splitlines()
        assert lines[0] == "Erro: applications.xlsx tem 1 problema; nada foi guardado:"
        assert lines[1].startswith("  applications.xlsx, linha 2, coluna Proposals.total_amount:")
        assert lines[-1] == "  Próximo passo: corrija as linhas indicadas e entregue o arquivo de novo"

    def test_paper_is_kept_under_its_hash(self, asked: Desk, tmp_path: Path) -> None:
        scan = tmp_path / "letter.pdf"
        scan.write_bytes(b"%PDF-1.7 letter")
        words = ("proposal", "attach", "PIP1-000001", str(scan), "--kind", "commitment_letter", "--issuer", "Taller")
        sha256 = str(asked.do(*words, "--json", by="olga").json["sha256"])
        assert (asked.folder / "evidence" / sha256[:2] / sha256).read_bytes() == b"%PDF-1.7 letter"
        assert f"SHA-256 {sha256}" in asked.do("proposal", "show", "PIP1-000001").out

    @pytest.mark.parametrize(
        ("words", "refusal"),
        [
            ((), "a new paper has a kind and an issuer"),
            (("--kind", "other"), "a new paper has a kind and an issuer"),
            (("--kind", "other", "--issuer", " "), "a new paper has a kind and an issuer"),
            (
                ("--evidence", "BANK/7", "--kind", "other"),
                "the application says of BANK/7 what it is and who issued it",
            ),
        ],
    )
    def test_paper_is_one_of_the_application_or_a_new_one(
        self, asked: Desk, tmp_path: Path, words: tuple[str, ...], refusal: str
    ) -> None:
        scan = tmp_path / "letter.pdf"
        scan.write_bytes(b"%PDF-1.7 letter")
        answer = asked.type("proposal", "attach", "PIP1-000001", str(scan), *words, by="olga")
        assert (answer.code, answer.err.splitlines()[0]) == (2, f"Error: {refusal}")

    def test_withdrawal_asks_first(self, asked: Desk) -> None:
        words = ("proposal", "withdraw", "PIP1-000002", "--reason", "the group dissolved")
        assert asked.type(*words, by="iris", answers="no\n").code == 4
        asked.do("actor", "tie", "iris", "E-000007", by="admin")
        assert asked.type(*words, by="iris", answers="no\n").code == 8
        assert state_of(asked, "PIP1-000002") == "eligible"
        asked.do(*words, by="iris", answers="yes\n")
        assert state_of(asked, "PIP1-000002") == "withdrawn"


def test_contested_paper_counts_where_its_source_says(open_desk: Desk, form: Form) -> None:
    pledging = [application(reference, evidence="BANK/7") for reference in ("A1", "A2")]
    shared = [
        item._replace(evidence=(item.evidence[0]._replace(issuer="Bank"), *item.evidence[1:])) for item in pledging
    ]
    path = form(*shared)
    open_desk.do("proposal", "import", CALL, str(path), by="olga")
    open_desk.now = AFTER_DEADLINE
    open_desk.do("screen", CALL, "--yes", by="olga")
    assert state_of(open_desk, "PIP1-000001") == "clarification_requested"
    record = open_desk.do("proposal", "show", "PIP1-000001", "--json").json["proposal"]
    paper = next(item["identity"] for item in record["evidence"] if item["kind"] == "commitment_letter")
    words = ("proposal", "settle", "PIP1-000001", "--evidence", paper, "--reason", "the bank's letter of May 3")
    open_desk.do(*words, by="olga")
    open_desk.do("screen", CALL, by="olga")
    assert state_of(open_desk, "PIP1-000001") == "eligible"
    assert state_of(open_desk, "PIP1-000002") == "screened_out"
