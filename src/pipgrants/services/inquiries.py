"""What is asked about a call: numbered public questions and answers, and who took its form."""

from __future__ import annotations

from datetime import datetime

from pipgrants.domain.vocabulary import Language
from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.services.definitions import terms_of
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.calls import FormTaker, QuestionRow
from pipgrants.trail.entry import Deed, instant_text
from pipgrants.trail.sealing import new_salt, seal


def ask(workspace: Workspace, who: Identity, now: datetime, *, call: str, question: str) -> int:
    """Publishes a question under the next number and returns it."""
    with workspace.act(who, now) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("call.ask", terms.programme.stands_in)
        number = len(act.unit.calls.questions(call)) + 1
        act.unit.calls.ask(call, number, question, instant_text(now))
        inputs = {"number": number, "question": question}
        act.record(Deed("QuestionAsked", f"call/{call}", inputs=inputs, call=call))
    return number


def answer(workspace: Workspace, who: Identity, now: datetime, *, call: str, number: int, text: str) -> None:
    """Publishes the answer to a question. Raises NotFoundError where there is none, RefusedError if it was answered."""
    with workspace.act(who, now) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("call.answer", terms.programme.stands_in)
        found = {row.number: row for row in act.unit.calls.questions(call)}
        next_step = f"pipgrants call questions {call}"
        if number not in found:
            raise NotFoundError(f"{call} has no question {number}", next_step=next_step)
        if found[number].answer is not None:
            raise RefusedError(f"question {number} of {call} was answered already", next_step=next_step)
        act.unit.calls.answer(call, number, text, instant_text(now))
        act.record(Deed("QuestionAnswered", f"call/{call}", inputs={"number": number, "answer": text}, call=call))


def questions(workspace: Workspace, call: str) -> list[QuestionRow]:
    """The numbered questions and answers of a call."""
    with workspace.read() as unit:
        unit.calls.get(call)
        return unit.calls.questions(call)


def take_form(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, name: str, email: str, language: Language
) -> None:
    """Writes down who took the form, so that amendments reach them."""
    with workspace.act(who, now) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("form.take", terms.programme.stands_in)
        number, salt = len(act.unit.calls.form_takers(call)) + 1, new_salt()
        act.unit.calls.add_form_taker(call, FormTaker(number, name, email, language.value), salt)
        inputs = {
            "number": number,
            "language": language.value,
            "name": seal(salt, "name", name),
            "email": seal(salt, "email", email),
        }
        act.record(Deed("FormTaken", f"call/{call}", inputs=inputs, call=call))
