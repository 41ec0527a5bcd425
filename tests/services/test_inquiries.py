"""Questions about a call: numbered, answered once, told to everybody."""

import hashlib
import shutil
from pathlib import Path

import pytest

from pipgrants.errors import NotAuthorisedError, NotFoundError, RefusedError, UsageError
from pipgrants.services import inquiries, notices
from rounds import WHILE_OPEN, Round, approve, as_, draft


def test_nothing_is_asked_before_the_call_is_public_nor_without_words(round_: Round) -> None:
    draft(round_.workspace, "pip-two-stage")
    with pytest.raises(RefusedError, match="pip-two-stage is drafted, and its questions are public"):
        inquiries.ask(round_.workspace, as_("olga"), WHILE_OPEN, call="pip-two-stage", question="¿Cuándo abre?")
    with pytest.raises(RefusedError, match="the question has no words"):
        inquiries.ask(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, question=" ")


def test_questions_are_numbered_and_answered_once(round_: Round) -> None:
    workspace, call = round_.workspace, round_.call
    assert inquiries.ask(workspace, as_("olga"), WHILE_OPEN, call=call, question="¿Cuenta el terreno?").number == 1
    assert inquiries.ask(workspace, as_("olga"), WHILE_OPEN, call=call, question="¿Hay prórroga?").number == 2
    inquiries.answer(
        workspace, as_("olga"), WHILE_OPEN, call=call, number=1, text="Solo como aporte en especie valorado."
    )
    with pytest.raises(RefusedError, match="the answer has no words"):
        inquiries.answer(workspace, as_("olga"), WHILE_OPEN, call=call, number=2, text=" ")
    with pytest.raises(RefusedError, match="question 1 of pip-one-stage was answered already"):
        inquiries.answer(workspace, as_("olga"), WHILE_OPEN, call=call, number=1, text="No.")
    with pytest.raises(NotFoundError, match="pip-one-stage has no question 3"):
        inquiries.answer(workspace, as_("olga"), WHILE_OPEN, call=call, number=3, text="No.")
    listed = [(row.number, row.question, row.answer) for row in inquiries.questions(workspace, call)]
    assert listed == [
        (1, "¿Cuenta el terreno?", "Solo como aporte en especie valorado."),
        (2, "¿Hay prórroga?", None),
    ]
    assert round_.acts()[-3:] == ["QuestionAsked", "QuestionAsked", "QuestionAnswered"]


def test_questions_of_another_call_are_numbered_apart(round_: Round) -> None:
    inquiries.ask(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, question="¿Cuenta el terreno?")
    approve(round_.workspace, draft(round_.workspace, "pip-two-stage"))
    notices.publish_call(round_.workspace, as_("olga"), WHILE_OPEN, call="pip-two-stage")
    assert (
        inquiries.ask(round_.workspace, as_("olga"), WHILE_OPEN, call="pip-two-stage", question="¿Y aquí?").number == 1
    )


def test_a_question_whose_pages_cannot_be_written_is_asked_and_said_to_be(round_: Round) -> None:
    folder = round_.workspace.folder / "notices"
    shutil.rmtree(folder)
    folder.touch()
    asked = inquiries.ask(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, question="¿Hay prórroga?")
    assert (asked.number, asked.pages.problem) == (1, f"{folder}/pip-one-stage: Not a directory")
    answered = inquiries.answer(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, number=1, text="No.")
    assert answered.problem == asked.pages.problem
    assert round_.acts()[-2:] == ["QuestionAsked", "QuestionAnswered"]


# Forms


def test_a_form_is_written_for_whoever_is_told_of_amendments(round_: Round, tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    given = {"call": round_.call, "name": "Ana", "email": "ana@correo.example", "path": path}
    assert inquiries.take_form(round_.workspace, as_("olga"), WHILE_OPEN, language=None, **given) == "es"
    assert path.is_file()
    with pytest.raises(RefusedError, match="exists already"):
        inquiries.take_form(round_.workspace, as_("olga"), WHILE_OPEN, language=None, **given)
    assert round_.acts().count("FormTaken") == 1


@pytest.mark.parametrize(
    ("actor", "name", "email", "error", "words"),
    [
        ("marcos", "Ana", "ana@correo.example", NotAuthorisedError, "form take is for"),
        ("olga", "Ana", "ana at correo", UsageError, "'ana at correo' is no e-mail address"),
        ("olga", "Ana", "", UsageError, "'' is no e-mail address"),
        ("olga", " ", "ana@correo.example", UsageError, "--name is empty"),
    ],
)
def test_no_form_is_written_for_whom_it_is_not(
    round_: Round, tmp_path: Path, actor: str, name: str, email: str, error: type[Exception], words: str
) -> None:
    path = tmp_path / "form.xlsx"
    with pytest.raises(error, match=words):
        inquiries.take_form(
            round_.workspace, as_(actor), WHILE_OPEN, call=round_.call, name=name, email=email, language=None, path=path
        )
    assert not path.exists()


def pages(round_: Round) -> dict[str, str]:
    folder = round_.workspace.folder / "notices" / round_.call
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("questions.*"))}


def test_questions_and_answers_are_public_in_every_language_of_the_call(round_: Round) -> None:
    asked = inquiries.ask(
        round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, question="¿Cuenta el terreno?\n<b>¿Y la casa?</b>"
    )
    assert [path.name for path in asked.pages.files] == [
        f"questions.{language}.{form}" for language in ("es", "pt", "en") for form in ("html", "txt")
    ]
    assert "There is no answer yet." in pages(round_)["questions.en.txt"]
    inquiries.answer(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, number=1, text="Solo valorado.")
    found = pages(round_)
    for language, heading in {
        "en": "Question 1, March 2, 2026, 09:00 (Tegucigalpa time, UTC−06:00)",
        "es": "Pregunta 1, 2 de marzo de 2026 a las 09:00 (hora de Tegucigalpa, UTC−06:00)",
        "pt": "Pergunta 1, 2 de março de 2026 às 09:00 (horário de Tegucigalpa, UTC−06:00)",
    }.items():
        text, page = found[f"questions.{language}.txt"], found[f"questions.{language}.html"]
        assert heading in text
        assert "¿Cuenta el terreno?\n\n<b>¿Y la casa?</b>\n" in text and "\nSolo valorado.\n" in text
        assert f"<h2>{heading}</h2>\n<p>¿Cuenta el terreno?</p>" in page and "&lt;b&gt;¿Y la casa?" in page


def test_the_pages_of_questions_stand_in_the_trail_by_their_hashes(round_: Round) -> None:
    inquiries.ask(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, question="¿Hay prórroga?")
    inquiries.answer(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, number=1, text="No.")
    (entry,) = round_.entries(act="QuestionAnswered")
    assert entry["inputs"]["pages"] == {
        name: hashlib.sha256(text.encode()).hexdigest() for name, text in pages(round_).items()
    }


def test_the_notice_written_again_brings_the_questions_along(round_: Round) -> None:
    assert [
        path.name for path in notices.write_notices(round_.workspace, round_.call) if "questions" in path.name
    ] == []
    inquiries.ask(round_.workspace, as_("olga"), WHILE_OPEN, call=round_.call, question="¿Hay prórroga?")
    before = pages(round_)
    for name in before:
        (round_.workspace.folder / "notices" / round_.call / name).unlink()
    notices.write_notices(round_.workspace, round_.call)
    assert pages(round_) == before
