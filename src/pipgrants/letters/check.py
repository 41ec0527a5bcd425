"""``letters check``: every mistake of the letter templates, before an applicant meets one.

Each kind of letter must exist in each language, use only what the sandbox allows and names that letters have, and say
what a letter of its kind must say: the decision and its reasons, the clause, the amount, the conditions, until when and
where to appeal, whom to ask. What must be said is looked for in several letters of each kind (``sample.variations``),
so that it does not stand only where a condition holds that real letters do not meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pipgrants.domain.vocabulary import APPEALABLE_LETTERS, Language, LetterKind, Verdict
from pipgrants.errors import Problem, RefusedError
from pipgrants.letters.data import LetterData
from pipgrants.letters.document import Document
from pipgrants.letters.letter import compose, deadline_in_words, phrasing_of, view_of
from pipgrants.letters.phrasing import Phrasing
from pipgrants.letters.sample import SAMPLE_RELEASE, bare_letter, full_letter, variations
from pipgrants.letters.sandbox import ITEM, LISTED, Used, names_used
from pipgrants.letters.templates import Templates

SUMMARY = "summary"
"""The summary box, named as a place where something must be said."""

_LOCATED = re.compile(r"(?P<file>[\w./-]+\.j2)(?::(?P<line>\d+))?: (?P<message>.*)", re.DOTALL)


class Part(NamedTuple):
    """Something that a letter must say: the place it is looked for in, and the words; any, where empty.

    The place is a section, the summary box, or, where empty, the whole letter.
    """

    name: str
    place: str
    words: str


def check_letters(templates: Templates) -> tuple[Problem, ...]:
    """Every mistake of the letter templates with file and, where it has one, line."""
    found = [problem for kind in LetterKind for language in Language for problem in _check(templates, kind, language)]
    return tuple(dict.fromkeys(found))


def _check(templates: Templates, kind: LetterKind, language: Language) -> Iterator[Problem]:
    name = f"letters/{kind}.{language}.j2"
    if name not in templates.sources:
        yield Problem(name, None, "", f"there is no letter {kind} in {language}; applicants of that language get none")
        return
    try:
        unknown = tuple(_unknown_names(templates, name, language))
        if unknown:
            yield from unknown
            return
        compose(templates, kind, language, full_letter(language), SAMPLE_RELEASE)
        compose(templates, kind, language, bare_letter(language), None)
        yield from _unsaid(templates, name, kind, language)
    except RefusedError as refused:
        yield _located(refused, name)


def _unsaid(templates: Templates, name: str, kind: LetterKind, language: Language) -> Iterator[Problem]:
    """What letters of a kind do not say and must, with the first of the letters that does not say it."""
    told: set[tuple[str, str]] = set()
    for number, (which, data) in enumerate(variations(kind, language)):
        letter = compose(templates, kind, language, data, SAMPLE_RELEASE)
        compose(templates, kind, language, data, None)
        for part in _required(phrasing_of(templates, language, data), kind, data):
            if _says(letter, part) or (part.name, part.place) in told:
                continue
            told.add((part.name, part.place))
            where = f" {which}" if number else ""
            yield Problem(name, None, part.place, f"the letter{where} does not say {part.name}")


def _unknown_names(templates: Templates, name: str, language: Language) -> Iterator[Problem]:
    """Names that no letter has, also where no sample leads."""
    full = full_letter(language)
    known = view_of(full, SAMPLE_RELEASE, phrasing_of(templates, language, full))
    for used in names_used(templates.sources, name):
        problem = _objection(used, known)
        if problem:
            yield Problem(used.file, used.line, used.words, problem)


def _objection(used: Used, known: Mapping[str, object]) -> str:
    """What is wrong with a name; ``known`` holds every name, and a list with what its items are like."""
    here: object = known
    for depth, part in enumerate(used.path):
        if part == LISTED:
            return "" if isinstance(here, list) else "no list, so there is nothing to go through"
        if part == ITEM:
            here = here[0] if isinstance(here, list) else ""
        elif not isinstance(here, Mapping):
            return f"{_shown(used.path[:depth])} has no parts"
        elif part not in here:
            return f"letters have no such name; here there are {', '.join(sorted(here))}"
        else:
            here = here[part]
    return ""


def _shown(path: tuple[str, ...]) -> str:
    """A path as its reader knows it: an item of a list is ``each of reasons``."""
    shown = ""
    for part in path:
        shown = f"each of {shown}" if part == ITEM else f"{shown}.{part}" if shown else part
    return shown


def _located(refused: RefusedError, name: str) -> Problem:
    found = _LOCATED.fullmatch(refused.message)
    if found is None:
        return Problem(name, None, "", refused.message)
    line = found["line"]
    return Problem(found["file"], int(line) if line else None, "", found["message"])


def _required(phrasing: Phrasing, kind: LetterKind, data: LetterData) -> Iterator[Part]:
    """What a letter must say, in its own words."""
    appeal, decision = data["call"]["appeal"], data["decision"]
    yield Part("in short what was decided", SUMMARY, "")
    yield Part("what was decided", "decision", "")
    yield Part("whom to ask", "contact", data["call"]["contact"]["email"])
    if kind in APPEALABLE_LETTERS:
        until = phrasing.day(SAMPLE_RELEASE["appeal_until"]) or ""
        yield Part("until when to appeal", "appeal", until)
        yield Part("under which clause to appeal", "appeal", appeal["clause"])
        yield Part("where to appeal", "appeal", appeal["addressee"])
        yield Part("in short until when to appeal", SUMMARY, until)
    if decision and decision["amount"]:
        amount = phrasing.amount(decision["amount"]) or ""
        yield Part("the amount of the grant", "decision", amount)
        yield Part("in short the amount of the grant", SUMMARY, amount)
    if data["reason"]:
        yield Part("the reason", "", data["reason"])
    yield from _grounds(data)
    yield from _own(phrasing, kind, data)


def _grounds(data: LetterData) -> Iterator[Part]:
    """The reasons of a decision and the conditions of an award, each with its clause."""
    for reason in data["reasons"]:
        yield Part("the reasons, with their clauses", "reasons", str(reason["values"]["clause"]))
    for finding in data["findings"]:
        if finding["verdict"] == Verdict.MET:
            continue
        if finding["is_condition"]:
            yield Part("the conditions, with their clauses", "conditions", finding["clause"])
        else:
            yield Part("the reasons, with their clauses", "reasons", finding["clause"])


def _own(phrasing: Phrasing, kind: LetterKind, data: LetterData) -> Iterator[Part]:
    """What only letters of some kinds must say."""
    deadline = deadline_in_words(data["deadline"] or data["second_deadline"], phrasing) or ""
    answer_until = phrasing.day(SAMPLE_RELEASE["answer_until"]) or ""
    submit_until = deadline_in_words(data["second_deadline"], phrasing) or ""
    if appeal := data.get("appeal"):
        yield Part("which letter is contested", "decision", appeal["letter"])
    match kind:
        case LetterKind.RECEIPT:
            yield Part("the number of the application", "", data["proposal"]["number"])
        case LetterKind.LATE:
            yield Part("the deadline that was missed", "", deadline)
        case LetterKind.CLARIFICATION_REQUEST:
            yield Part("until when to answer", "next_steps", answer_until)
            yield Part("in short until when to answer", SUMMARY, answer_until)
        case LetterKind.PROFILE_INVITED:
            yield Part("until when to submit", "next_steps", submit_until)
            yield Part("in short until when to submit", SUMMARY, submit_until)
        case LetterKind.APPOINTMENT | LetterKind.REMINDER:
            for item in data.get("assigned", ()):
                yield Part("the proposals to score", "decision", item["number"])
        case LetterKind.CORRIGENDUM if deadline:
            yield Part("the deadline in force", "", deadline)


def _says(letter: Document, part: Part) -> bool:
    """Whether the words stand in the place; without words, whether the place says anything."""
    text = "\n".join(_texts(letter, part.place))
    return bool(text.strip()) and part.words in text


def _texts(letter: Document, place: str) -> Iterator[str]:
    for pair in letter.summary if place in ("", SUMMARY) else ():
        yield pair.value
    for found in letter.sections:
        if place in ("", found.name):
            for paragraph in found.paragraphs:
                yield from (paragraph.text, *paragraph.items)
            for table in found.tables:
                yield from (cell for row in table.rows for cell in row)
