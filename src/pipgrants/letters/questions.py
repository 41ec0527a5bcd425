"""The public questions about a call and their answers, as they were asked and answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NotRequired, TypedDict

from pipgrants.letters import formatting
from pipgrants.letters.document import Document, Pair, Paragraph, Section
from pipgrants.letters.sandbox import clean
from pipgrants.letters.templates import Templates
from pipgrants.letters.wording import Wording


class PublicQuestion(TypedDict):
    """A question with its answer, None where there is none yet; both moments are UTC instants."""

    number: int
    question: str
    asked_at: str
    answer: str | None
    answered_at: str | None


class QuestionedCall(TypedDict):
    """The call that the questions are about, in the language of the list."""

    call: str
    title: str
    programme: str
    time_zone: str
    synthetic: bool
    label: NotRequired[str | None]


def compose_questions(
    templates: Templates, call: QuestionedCall, questions: Sequence[PublicQuestion], language: str
) -> Document:
    """The list by number: headings in the language of the list, questions and answers in that of their authors."""
    wording = templates.wording(language)
    return Document(
        language=language,
        title=wording.sentence("questions_title", title=clean(call["title"])),
        banners=wording.banners(synthetic=call["synthetic"], own=clean(call.get("label") or "")),
        sender=(clean(call["programme"]),),
        references=(Pair(wording.label("call"), clean(call["call"])),),
        sections=tuple(section for item in questions for section in _sections(item, call["time_zone"], wording)),
    )


def _sections(item: PublicQuestion, time_zone: str, wording: Wording) -> Iterator[Section]:
    asked = _heading("question", item["number"], item["asked_at"], time_zone, wording)
    if item["answer"] is None:
        waits = Paragraph(wording.sentence("question_unanswered"))
        yield Section("question", asked, (*_lines(item["question"]), waits))
        return
    yield Section("question", asked, _lines(item["question"]))
    answered = _heading("answer", item["number"], item["answered_at"] or "", time_zone, wording)
    yield Section("answer", answered, _lines(item["answer"]))


def _heading(name: str, number: int, at: str, time_zone: str, wording: Wording) -> str:
    moment = formatting.instant(at, time_zone, wording.language)
    return wording.sentence(f"{name}_heading", number=str(number), at=moment)


def _lines(text: str) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(line) for line in map(clean, text.splitlines()) if line)
