"""Questions about a call: numbered, answered once, told to everybody."""

import pytest

from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.services import inquiries
from rounds import WHILE_OPEN, Round, approve, as_, draft


def test_questions_are_numbered_and_answered_once(round_: Round) -> None:
    workspace, call = round_.workspace, round_.call
    assert inquiries.ask(workspace, as_("olga"), WHILE_OPEN, call=call, question="¿Cuenta el terreno?") == 1
    assert inquiries.ask(workspace, as_("olga"), WHILE_OPEN, call=call, question="¿Hay prórroga?") == 2
    inquiries.answer(
        workspace, as_("olga"), WHILE_OPEN, call=call, number=1, text="Solo como aporte en especie valorado."
    )
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
    assert inquiries.ask(round_.workspace, as_("olga"), WHILE_OPEN, call="pip-two-stage", question="¿Y aquí?") == 1
