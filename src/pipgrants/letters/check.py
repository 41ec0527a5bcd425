"""``letters check``: every mistake of the letter templates, before an applicant meets one.

Each kind of letter must exist in each language, use only what the sandbox allows and names that letters have, and say
what a letter of its kind must say: the decision and its reasons, the clause, the amount, the conditions, until when and
where to appeal, whom to ask. A text that must be said is looked for in the letter that ``sample`` fills.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pipgrants.domain.vocabulary import APPEALABLE_LETTERS, Language, LetterKind
from pipgrants.errors import Problem, RefusedError
from pipgrants.letters.data import LetterData
from pipgrants.letters.document import Document
from pipgrants.letters.letter import compose, phrasing_of, view_of
from pipgrants.letters.phrasing import Phrasing
from pipgrants.letters.sample import SAMPLE, SAMPLE_RELEASE
from pipgrants.letters.sandbox import Used, names_used
from pipgrants.letters.templates import Templates

_LOCATED = re.compile(r"(?P<file>[\w./-]+\.j2)(?::(?P<line>\d+))?: (?P<message>.*)", re.DOTALL)


class Part(NamedTuple):
    """Something that a letter must say: the section it is looked for in, and the words; any, where empty."""

    name: str
    section: str
    words: str


def check_letters(templates: Templates) -> tuple[Problem, ...]:
    """Every mistake of the letter templates with file and, where it has one, line."""
    found = [
        problem for kind in LetterKind for language in Language for problem in _check(templates, kind, language.value)
    ]
    return tuple(dict.fromkeys(found))


def _check(templates: Templates, kind: LetterKind, language: str) -> Iterator[Problem]:
    name = f"letters/{kind}.{language}.j2"
    if name not in templates.sources:
        yield Problem(name, None, "", f"there is no letter {kind} in {language}; applicants of that language get none")
        return
    try:
        unknown = tuple(_unknown_names(templates, name, language))
        if unknown:
            yield from unknown
            return
        letter = compose(templates, kind, language, SAMPLE, SAMPLE_RELEASE)
        compose(templates, kind, language, SAMPLE, None)
        compose(templates, kind, language, BARE, None)
    except RefusedError as refused:
        yield _located(refused, name)
        return
    yield from (
        Problem(name, None, part.section, f"the letter does not say {part.name}")
        for part in _required(templates, kind, language)
        if not _says(letter, part)
    )


def _unknown_names(templates: Templates, name: str, language: str) -> Iterator[Problem]:
    """Names that no letter has, also where the sample does not lead."""
    known = view_of(SAMPLE, SAMPLE_RELEASE, phrasing_of(templates, language, SAMPLE))
    for used in names_used(templates.sources, name):
        problem = _objection(used, known)
        if problem:
            yield Problem(used.file, used.line, ".".join(used.path), problem)


def _objection(used: Used, known: Mapping[str, object]) -> str:
    here: object = known
    for depth, part in enumerate(used.path):
        if not isinstance(here, Mapping):
            return f"{'.'.join(used.path[:depth])} has no parts"
        if part not in here:
            return f"letters have no such name; here there are {', '.join(sorted(here))}"
        here = here[part]
    return ""


def _located(refused: RefusedError, name: str) -> Problem:
    found = _LOCATED.fullmatch(refused.message)
    if found is None:
        return Problem(name, None, "", refused.message)
    line = found["line"]
    return Problem(found["file"], int(line) if line else None, "", found["message"])


def _required(templates: Templates, kind: LetterKind, language: str) -> Iterator[Part]:
    """What a letter of a kind must say, in the words of the sample."""
    phrasing = phrasing_of(templates, language, SAMPLE)
    appeal, contact = SAMPLE["call"]["appeal"], SAMPLE["call"]["contact"]
    yield Part("what was decided", "decision", "")
    yield Part("whom to ask", "contact", contact["email"])
    if kind in APPEALABLE_LETTERS:
        yield Part("until when to appeal", "appeal", phrasing.day(SAMPLE_RELEASE["appeal_until"]) or "")
        yield Part("under which clause to appeal", "appeal", appeal["clause"])
        yield Part("where to appeal", "appeal", appeal["addressee"])
    yield from _own(phrasing)[kind]


def _own(phrasing: Phrasing) -> Mapping[LetterKind, tuple[Part, ...]]:
    """What only letters of some kinds must say."""

    def day(text: str) -> str:
        return phrasing.day(text) or ""

    amount = Part("the amount of the grant", "decision", phrasing.amount("43210.00") or "")
    told = Part("the reasons", "reasons", phrasing.amount("1234.50") or "")
    reason = Part("the reason", "", SAMPLE["reason"] or "")
    return {
        LetterKind.RECEIPT: (Part("the number of the application", "", SAMPLE["proposal"]["number"]),),
        LetterKind.LATE: (Part("the deadline that was missed", "", day("2026-03-31")),),
        LetterKind.INELIGIBLE: (Part("the reasons, with their clauses", "reasons", "3.29"),),
        LetterKind.CLARIFICATION_REQUEST: (
            Part("what is missing, with its clause", "reasons", "3.29"),
            Part("until when to answer", "next_steps", day("2026-05-19")),
        ),
        LetterKind.PROFILE_INVITED: (Part("until when to submit", "", day("2026-08-29")),),
        LetterKind.PROFILE_NOT_INVITED: (told,),
        LetterKind.AWARD: (amount, told),
        LetterKind.CONDITIONAL_AWARD: (amount, told, Part("the conditions", "conditions", "3.30")),
        LetterKind.RESERVE: (told,),
        LetterKind.DECLINE: (told,),
        LetterKind.WITHDRAWAL: (reason,),
        LetterKind.CORRIGENDUM: (reason,),
        LetterKind.CALL_CANCELLED: (reason,),
        LetterKind.CALL_VOID: (reason,),
    }


def _says(letter: Document, part: Part) -> bool:
    """Whether the words stand in the section; without words, whether the section says anything."""
    text = "\n".join(_texts(letter, part.section))
    return bool(text.strip()) and part.words in text


def _texts(letter: Document, section: str) -> Iterator[str]:
    for pair in letter.summary if not section else ():
        yield pair.value
    for found in letter.sections:
        if section in ("", found.name):
            for paragraph in found.paragraphs:
                yield from (paragraph.text, *paragraph.items)
            for table in found.tables:
                yield from (cell for row in table.rows for cell in row)


BARE: LetterData = {
    **SAMPLE,
    "recipient": {"name": None, "postal_address": None, "email": None},
    "proposal": {**SAMPLE["proposal"], "title": None, "received_at": None, "total_amount": None, "grant_amount": None},
    "decision": None,
    "findings": [],
    "scores": [],
    "reasons": [],
    "clarification": None,
    "asked": None,
    "deadline": None,
    "second_deadline": None,
    "reason": None,
    "changes": [],
}
"""A letter with as little as one can have."""
