"""Letters as PDF, made from their records: previewed as drafts, written beside text and page."""

import io

import orjson
import pikepdf
import pytest

from pipgrants.domain.application import Application
from pipgrants.errors import RefusedError
from pipgrants.letters.letter import compose
from pipgrants.services import letter_files, letters, parties
from pipgrants.services.release import release
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DEADLINE, Round, application, as_, publish

ARMENIAN = "Գառնի"
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0L9 9V0z" fill="{}"/></svg>'


def released(round_: Round, *applications: Application) -> Round:
    """A round in which applications were received, and their letters released as PDF, too."""
    round_.receive(applications)
    release(round_.workspace, as_("olga"), AFTER_DEADLINE, call=round_.call, pdf=True)
    return round_


def files(round_: Round) -> list[str]:
    folder = round_.workspace.folder / "letters" / round_.call
    return sorted(path.name for path in folder.iterdir())


def lead(round_: Round, reference: str) -> str:
    with round_.workspace.read() as unit:
        return unit.proposals.get(round_.numbers[reference]).lead


def test_draft_is_written_as_pdf_with_its_record_and_the_day_it_was_recorded(round_, tmp_path):
    round_.receive([application("A-1")])
    letters.preview_pdf(round_.workspace, round_.numbers["A-1"], tmp_path / "draft.pdf")
    (row,) = round_.letters("A-1")
    with pikepdf.open(tmp_path / "draft.pdf") as pdf:
        assert str(pdf.docinfo.Title).startswith("BORRADOR")
        assert str(pdf.docinfo.CreationDate).startswith("D:20260302150000")
        assert pdf.Root.AF[0].EF.F.read_bytes() == row.data


def test_preview_overwrites_no_file(round_, tmp_path):
    round_.receive([application("A-1")])
    (tmp_path / "draft.pdf").write_text("mine")
    with pytest.raises(RefusedError, match=r"draft\.pdf exists already"):
        letters.preview_pdf(round_.workspace, round_.numbers["A-1"], tmp_path / "draft.pdf")
    assert (tmp_path / "draft.pdf").read_text() == "mine"


def test_pdf_of_a_released_letter_is_dated_by_the_midnight_that_began_its_day_where_the_call_is(round_):
    released(round_, application("A-1"))
    with pikepdf.open(io.BytesIO(made(round_, "A-1"))) as pdf:
        assert str(pdf.docinfo.CreationDate).startswith("D:20260406060000")


def test_letters_released_as_pdf_are_written_so_each_time(round_):
    name = "L-000001-receipt.es"
    every = [f"{name}.html", f"{name}.pdf", f"{name}.txt"]
    released(round_, application("A-1"))
    assert files(round_) == every
    pdf = round_.workspace.folder / "letters" / round_.call / f"{name}.pdf"
    content = pdf.read_bytes()
    pdf.unlink()
    letter_files.write_letters(round_.workspace, round_.call, AFTER_DEADLINE)
    assert (files(round_), pdf.read_bytes()) == (every, content)


def made(round_: Round, reference: str) -> bytes:
    """The last letter about a proposal as PDF."""
    row = round_.letters(reference)[-1]
    with round_.workspace.read() as unit:
        renderer = letters.Renderer(unit, letters.font_folders(round_.workspace))
        return renderer.pdf(row, orjson.loads(row.release or b"null"))


def test_letter_made_again_has_the_same_bytes(round_):
    released(round_, application("A-1"))
    assert made(round_, "A-1") == made(round_, "A-1")


def test_released_letter_is_composed_once_for_all_its_parts(round_, monkeypatch):
    released(round_, application("A-1"))
    [row] = round_.letters("A-1")
    composed = []

    def composing(*given):
        composed.append(given)
        return compose(*given)

    monkeypatch.setattr(letters, "compose", composing)
    with round_.workspace.read() as unit:
        whole = letters.Renderer(unit, letters.font_folders(round_.workspace)).whole(row, orjson.loads(row.release))
    assert (sorted(whole.parts), len(composed)) == (["html", "pdf", "text"], 1)


def test_logo_of_a_letter_is_the_one_that_the_call_was_drafted_with(workspace: Workspace):
    logo = workspace.folder / "templates" / "logo.svg"
    logo.write_text(LOGO.format("#036"), encoding="utf-8")
    round_ = released(publish(workspace), application("A-1"))
    with_logo = made(round_, "A-1")
    logo.write_text(LOGO.format("#f00"), encoding="utf-8")
    assert made(round_, "A-1") == with_logo


def test_logo_that_cannot_be_used_stops_the_draft_of_a_call(workspace: Workspace):
    (workspace.folder / "templates" / "logo.svg").write_text("<svg/>", encoding="utf-8")
    with pytest.raises(RefusedError, match=r"logo\.svg cannot be the logo: it is not an SVG drawing"):
        publish(workspace)


def test_character_that_no_font_has_is_refused_with_its_field_and_text_and_page_are_not(round_):
    round_.receive([application("A-1")._replace(title=ARMENIAN)])
    with pytest.raises(RefusedError, match=r"^Propuesta: the PDF has no font for U\+0533"):
        made(round_, "A-1")
    assert ARMENIAN in letters.preview(round_.workspace, round_.numbers["A-1"]).html


def test_redacting_a_party_removes_the_pdf_of_its_letters(round_):
    released(round_, application("A-1"))
    parties.redact(round_.workspace, as_("olga"), AFTER_DEADLINE, party=lead(round_, "A-1"), reason="asked")
    assert files(round_) == []
