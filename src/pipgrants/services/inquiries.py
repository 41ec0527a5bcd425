"""What is asked about a call: numbered public questions and answers, and who took its form."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.names import EMAIL
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import NotFoundError, RefusedError, UsageError, in_words
from pipgrants.services.definitions import call_engine, language_of, terms_of
from pipgrants.services.imports import write_form
from pipgrants.services.notices import Pages, hashes, pages_of_act, question_pages
from pipgrants.services.states import is_public
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.calls import FormTaker, QuestionRow
from pipgrants.trail.entry import Deed, instant_text
from pipgrants.trail.sealing import new_salt, seal


class Published(NamedTuple):
    """The number of a question, and the pages in which it is public."""

    number: int
    pages: Pages


def ask(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, question: str, dry_run: bool = False
) -> Published:
    """Publishes a question under the next number; the hashes of the pages that hold it enter the trail.

    Raises RefusedError for a question without words, and while the call is not public.
    """
    if not question.strip():
        raise RefusedError("the question has no words", next_step="write it after the call")
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("call.ask", terms.programme.stands_in)
        if not is_public(call_engine(act.unit.calls, terms.row), terms.row.state):
            raise RefusedError(
                f"{call} is {in_words(terms.row.state)}, and its questions are public: it is not yet",
                next_step=f"pipgrants status {call}",
            )
        number = len(act.unit.calls.questions(call)) + 1
        act.unit.calls.ask(call, number, question, instant_text(now))
        public = question_pages(act.unit, call)
        inputs = {"number": number, "question": question, "pages": hashes(public)}
        act.record(Deed("QuestionAsked", f"call/{call}", inputs=inputs, call=call))
    return Published(number, pages_of_act(workspace, call, public, dry_run=dry_run))


def answer(
    workspace: Workspace, who: Identity, now: datetime, *, call: str, number: int, text: str, dry_run: bool = False
) -> Pages:
    """Publishes the answer to a question, as ``ask`` does; returns the pages in which it is public.

    Raises NotFoundError where there is no such question, RefusedError where it was answered, or without words.
    """
    if not text.strip():
        raise RefusedError("the answer has no words", next_step="write it after the number of the question")
    with workspace.act(who, now, dry_run=dry_run) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("call.answer", terms.programme.stands_in)
        found = {row.number: row for row in act.unit.calls.questions(call)}
        next_step = f"pipgrants call questions {call}"
        if number not in found:
            raise NotFoundError(f"{call} has no question {number}", next_step=next_step)
        if found[number].answer is not None:
            raise RefusedError(f"question {number} of {call} was answered already", next_step=next_step)
        act.unit.calls.answer(call, number, text, instant_text(now))
        public = question_pages(act.unit, call)
        inputs = {"number": number, "answer": text, "pages": hashes(public)}
        act.record(Deed("QuestionAnswered", f"call/{call}", inputs=inputs, call=call))
    return pages_of_act(workspace, call, public, dry_run=dry_run)


def questions(workspace: Workspace, call: str) -> list[QuestionRow]:
    """The numbered questions and answers of a call."""
    with workspace.read() as unit:
        unit.calls.get(call)
        return unit.calls.questions(call)


def take_form(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    name: str,
    email: str,
    language: Language | None,
    path: Path | None = None,
) -> str:
    """Writes down who took the form, so that amendments reach them, and the form to a path; returns its language.

    Raises UsageError for what is no name or no e-mail address, RefusedError where something stands at the path.
    """
    if not name.strip():
        raise UsageError("--name is empty", next_step="say who takes the form")
    if not EMAIL.fullmatch(email):
        raise UsageError(f"{email!r} is no e-mail address", next_step="give one such as name@example.org")
    with workspace.act(who, now) as act:
        terms = terms_of(act.unit.calls, call)
        act.permit("form.take", terms.programme.stands_in)
        chosen = language_of(terms.call, language)
        number, salt = len(act.unit.calls.form_takers(call)) + 1, new_salt()
        act.unit.calls.add_form_taker(call, FormTaker(number, name, email, chosen), salt)
        inputs = {
            "number": number,
            "language": chosen,
            "name": seal(salt, "name", name),
            "email": seal(salt, "email", email),
        }
        act.record(Deed("FormTaken", f"call/{call}", inputs=inputs, call=call))
        if path is not None:
            write_form(workspace, call, path, chosen)
    return chosen
