"""``letters check``: every mistake of the templates of letters and call notices, before an applicant meets one.

Each kind of letter must exist in each language, use only what the sandbox allows and names that letters have, and say
what a letter of its kind must say: the decision and its reasons, the clause, the amount, the conditions, until when and
where to appeal, whom to ask. What must be said is looked for in several letters of each kind (``sample.variations``),
so that it does not stand only where a condition holds that real letters do not meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import shorten

from pipgrants.domain.vocabulary import APPEALABLE_LETTERS, Language, LetterKind, Verdict
from pipgrants.errors import DefinitionError, Problem, RefusedError
from pipgrants.letters.check_notices import check_notice
from pipgrants.letters.check_wording import check_wording
from pipgrants.letters.data import LetterData, ProjectData
from pipgrants.letters.letter import compose, deadline_in_words, phrasing_of, view_of
from pipgrants.letters.phrasing import Phrasing
from pipgrants.letters.required import SUBJECT, SUMMARY, Part, is_said, located, unknown_names
from pipgrants.letters.sample import SAMPLE_RELEASE, bare_letter, full_letter, variations
from pipgrants.letters.sandbox import outside_blocks
from pipgrants.letters.templates import Templates, completed

BLOCK_TEMPLATES = ("letters/", "notices/")
"""Where the templates stand of which documents show the blocks, and nothing else."""

LONGEST_WORDS_SHOWN = 40


def check_templates(own: Mapping[str, str], shipped: Mapping[str, str]) -> tuple[Problem, ...]:
    """Every mistake of letters, notices and wording with file and, where it has one, line.

    ``own`` are the sources of an agency; what they lack is the shipped one's, as when letters are made.
    """
    templates = Templates(completed(own, shipped))
    notices = (problem for language in Language for problem in check_notice(templates, language))
    return tuple(dict.fromkeys((*check_letters(templates), *notices, *check_wording(own, shipped))))


def check_letters(templates: Templates) -> tuple[Problem, ...]:
    """Every mistake of the letter templates with file and, where it has one, line."""
    found = [problem for kind in LetterKind for language in Language for problem in _check(templates, kind, language)]
    return tuple(dict.fromkeys([*found, *_unread(templates)]))


def _unread(templates: Templates) -> Iterator[Problem]:
    """What letters and notices say outside their blocks, where it would be left out without a word."""
    for name in templates.sources:
        if not name.startswith(BLOCK_TEMPLATES):
            continue
        try:
            for line, words in outside_blocks(templates.sources, name):
                message = "this stands outside every block and would be left out; move it into a block"
                yield Problem(name, line, "", message, shorten(words, LONGEST_WORDS_SHOWN, placeholder="..."))
        except RefusedError as refused:
            yield located(refused, name)


def _check(templates: Templates, kind: LetterKind, language: Language) -> Iterator[Problem]:
    name = f"letters/{kind}.{language}.j2"
    if name not in templates.sources:
        yield Problem(name, None, "", f"there is no letter {kind} in {language}; applicants of that language get none")
        return
    try:
        full = full_letter(language)
        known = view_of(full, SAMPLE_RELEASE, phrasing_of(templates, language, full))
        unknown = tuple(unknown_names(templates.sources, name, known, "letters"))
        if unknown:
            yield from unknown
            return
        compose(templates, kind, language, full_letter(language), SAMPLE_RELEASE)
        compose(templates, kind, language, bare_letter(language), None)
        yield from _unsaid(templates, name, kind, language)
    except RefusedError as refused:
        yield located(refused, name)
    except DefinitionError as error:
        yield from error.problems


def _unsaid(templates: Templates, name: str, kind: LetterKind, language: Language) -> Iterator[Problem]:
    """What letters of a kind do not say and must, with the first of the letters that does not say it."""
    told: set[tuple[str, str]] = set()
    for number, (which, data) in enumerate(variations(kind, language)):
        letter = compose(templates, kind, language, data, SAMPLE_RELEASE)
        compose(templates, kind, language, data, None)
        for part in _required(phrasing_of(templates, language, data), kind, data):
            if is_said(letter, part) or (part.name, part.place) in told:
                continue
            told.add((part.name, part.place))
            where = f" {which}" if number else ""
            yield Problem(name, None, part.place, f"the letter{where} does not say {part.name}")


def _required(phrasing: Phrasing, kind: LetterKind, data: LetterData) -> Iterator[Part]:
    """What a letter must say, in its own words."""
    appeal, decision = data["call"]["appeal"], data["decision"]
    yield Part("in the subject what it is about", SUBJECT, "")
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
    yield from _of_project(phrasing, kind, data.get("project"))


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


def _of_project(phrasing: Phrasing, kind: LetterKind, project: ProjectData | None) -> Iterator[Part]:
    """What a letter about a project must say."""
    if project is None:
        return
    award = phrasing.amount(project["award"]) or ""
    if kind is not LetterKind.DISBURSEMENT_DECISION:
        yield Part("the award that stands", "decision", award)
    if kind in (LetterKind.AGREEMENT, LetterKind.LAUNCH_VALIDATION):
        for tranche in project["tranches"]:
            yield Part("the amount of each tranche", "decision", phrasing.amount(tranche["amount"]) or "")
    if kind in (LetterKind.TERMINATION, LetterKind.ABANDONMENT) and (due := phrasing.amount(project.get("due"))):
        yield Part("what is due back", "decision", due)
        yield Part("in short what is due back", SUMMARY, due)
    if kind is LetterKind.LAUNCH_VALIDATION:
        for component in project["components"]:
            yield Part("what becomes of each component", "decision", phrasing.wording.word(component["change"]))
    if kind is LetterKind.DISBURSEMENT_DECISION and (disbursement := project["disbursement"]):
        is_approved = disbursement["decision"] == "approved"
        amount = disbursement["certified"] if is_approved else disbursement["asked"]
        yield Part("the amount decided on", "decision", phrasing.amount(amount) or "")
