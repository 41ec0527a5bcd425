"""``letters verify``: every released letter made again, or held against the trail where other versions made it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pipgrants.letters import pdf
from pipgrants.services import parties
from pipgrants.services.letter_verification import Checked, Standing, verify_letters
from pipgrants.services.release import release
from rounds import AFTER_DRAW, WHILE_OPEN, Round, application, as_, tamper


@pytest.fixture
def released(round_: Round) -> Round:
    round_.receive([application("A1"), application("A2")])
    round_.release(WHILE_OPEN)
    return round_


def checked(round_: Round) -> list[Checked]:
    return list(verify_letters(round_.workspace, as_("aldo"), AFTER_DRAW, call=round_.call).letters)


def made_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on another version of Babel is installed, which writes dates otherwise."""

    def renderers(_fonts: object, *, pdf: bool) -> Mapping[str, str]:
        return {"letter": "pipgrants 0.1.0, jinja2 3.1.6, babel 9.0"}

    monkeypatch.setattr("pipgrants.services.letter_verification.renderers", renderers)


def file_of(round_: Round, name: str) -> Path:
    return round_.workspace.folder / "letters" / round_.call / name


def test_every_letter_is_made_again_byte_by_byte(released: Round) -> None:
    assert checked(released) == [Checked("L-000001", Standing.REPEATED), Checked("L-000002", Standing.REPEATED)]


def test_a_letter_as_pdf_is_made_again_byte_by_byte(round_: Round) -> None:
    round_.receive([application("A1")])
    release(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, pdf=True)
    assert checked(round_) == [Checked("L-000001", Standing.REPEATED)]
    entry = round_.entries(act="LetterReleased")[0]["inputs"]
    assert (sorted(entry["release"]["renderers"]), len(entry["pdf"])) == (["letter", "pdf"], 64)


def test_a_pdf_whose_code_another_segno_drew_is_not_repeated(round_: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    round_.receive([application("A1")])
    release(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, pdf=True)
    installed = pdf.version
    monkeypatch.setattr(pdf, "version", lambda package: "9.9" if package == "segno" else installed(package))
    [letter] = checked(round_)
    assert letter.standing is Standing.STORED
    assert "could not be repeated" in letter.message


def test_data_changed_past_the_program_is_named(released: Round) -> None:
    altered = "UPDATE letter SET data = CAST(replace(data, 'A1', 'A9') AS BLOB) WHERE number = 1"
    assert tamper(released.workspace.folder, altered) == 1
    entry = released.letters("A1")[0].entry
    assert checked(released) == [
        Checked("L-000001", Standing.DIFFERENT, f"data is not that of entry {entry}"),
        Checked("L-000002", Standing.REPEATED),
    ]


def test_a_record_of_another_form_is_named_and_not_stumbled_over(released: Round) -> None:
    tamper(released.workspace.folder, "UPDATE letter SET data = 'A9' WHERE number = 1")
    first, second = checked(released)
    assert (first.standing, second.standing) == (Standing.DIFFERENT, Standing.REPEATED)
    assert first.message.startswith("its record cannot be read: ")


def test_a_language_changed_past_the_program_is_named(released: Round) -> None:
    tamper(released.workspace.folder, "UPDATE letter SET language = 'pt' WHERE number = 2")
    assert checked(released)[1].message == f"language is not that of entry {released.letters('A2')[0].entry}"


def test_stored_files_are_held_against_the_trail_where_other_versions_made_them(
    released: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_elsewhere(monkeypatch)
    first, second = checked(released)
    assert {first.standing, second.standing} == {Standing.STORED}
    assert first.message.startswith("made with pipgrants 0.1.0, ")
    assert first.message.endswith("; here the rendering could not be repeated")


def test_a_stored_file_that_was_changed_or_lost_is_named(released: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    made_elsewhere(monkeypatch)
    text, page = file_of(released, "L-000001-receipt.es.txt"), file_of(released, "L-000002-receipt.es.html")
    text.write_text(text.read_text(encoding="utf-8").replace("recib", "perd"), encoding="utf-8")
    page.unlink()
    first, second = checked(released)
    assert (first.standing, first.message) == (Standing.DIFFERENT, "L-000001-receipt.es.txt is not what was released")
    assert (second.standing, second.message) == (Standing.DIFFERENT, "L-000002-receipt.es.html is not there")


def test_a_redacted_letter_is_told_apart(released: Round) -> None:
    with released.workspace.read() as unit:
        lead = unit.proposals.get(released.numbers["A1"]).lead
    parties.redact(released.workspace, as_("olga"), AFTER_DRAW, party=lead, reason="Lo pidió")
    assert [letter.standing for letter in checked(released)] == [Standing.REDACTED, Standing.REPEATED]
