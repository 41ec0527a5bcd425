"""A round in which everything happens on which decisions rest: what the entries of it say must be enough to decide."""

from datetime import UTC, datetime
from decimal import Decimal

from pipgrants.domain.application import Application, Exclusion
from pipgrants.domain.proposal import Evidence
from pipgrants.domain.vocabulary import EvidenceKind
from pipgrants.services import answers, parties, ratify
from pipgrants.services.release import release
from rounds import AFTER_DEADLINE, AFTER_DRAW, EVALUATORS, WHILE_OPEN, Round, application, as_

AFTER_CLARIFICATION = datetime(2026, 4, 22, 15, 0, tzinfo=UTC)
MARKS = {
    "tied": "4",
    "also tied": "4",
    "settled": "4.5",
    "answered": "3.5",
    "condition": "5",
    "fulfilled": "3",
    "below": "1.5",
    "conflict": "2.5",
}
"""The marks of those that are eligible; every one of the others is out for a reason of its own."""


def without_letter(reference: str) -> Application:
    """A counterpart that names no commitment letter: the applicant is asked for it."""
    made = application(reference)
    return made._replace(counterpart_lines=tuple(line._replace(evidence=None) for line in made.counterpart_lines))


def pledging(reference: str) -> Application:
    """An application that pledges the letter that another one pledges too."""
    made = application(reference)
    letter = Evidence("Oficio 14-2026", EvidenceKind.COMMITMENT_LETTER, "Alcaldía de Comayagua")
    lines = tuple(line._replace(evidence=letter.identity) for line in made.counterpart_lines)
    return made._replace(counterpart_lines=lines, evidence=(letter, *made.evidence[1:]))


def play(round_: Round) -> Round:
    """Plays the published round to the released letters."""
    receive(round_)
    clear_up(round_)
    score(round_)
    round_.draw()
    round_.rank()
    ratify.return_package(
        round_.workspace, as_("marcos"), AFTER_DRAW, package=round_.prepare().package, reason="Falta el acta"
    )
    round_.ratify(round_.prepare().package)
    release(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call)
    return round_


def receive(round_: Round) -> None:
    """Applications, a list of debarred parties, and one that is late."""
    parties.import_exclusions(
        round_.workspace,
        as_("olga"),
        WHILE_OPEN,
        exclusions=[Exclusion("Taller debarred-2", "Fraude")],
        source={"file": "lista.csv"},
    )
    round_.receive(
        [
            application("tied", total="200000"),
            application("also tied", total="200000"),
            pledging("settled"),
            pledging("settled elsewhere"),
            without_letter("answered"),
            without_letter("lapsed"),
            application("condition", agreement=False),
            application("fulfilled", agreement=False),
            application("below", total="150000"),
            application("conflict"),
            application("low counterpart", counterpart="80000"),
            application("withdrawn"),
            application("debarred"),
        ]
    )
    round_.receive([application("late")], AFTER_DEADLINE)


def clear_up(round_: Round) -> None:
    """Screening, answers, a paper settled and one attached, a withdrawal; screening again after the time to answer."""
    workspace, numbers = round_.workspace, round_.numbers
    round_.screen()
    answers.clarify(
        workspace, as_("olga"), AFTER_DEADLINE, proposal=numbers["answered"], application=None, answer="La carta va"
    )
    round_.screen()
    round_.release()
    answer = application("answered")
    answers.clarify(
        workspace, as_("olga"), AFTER_DEADLINE, proposal=numbers["answered"], application=answer, answer="La carta"
    )
    paper = round_.findings("settled")["counterpart"]["notes"][0]["values"]["evidence"]
    answers.settle_evidence(
        workspace, as_("olga"), AFTER_DEADLINE, proposal=numbers["settled"], evidence=paper, reason="Lo dijo por oficio"
    )
    signed = workspace.folder / "acuerdo.pdf"
    signed.write_bytes(b"%PDF acuerdo")
    answers.attach(
        workspace,
        as_("olga"),
        AFTER_DEADLINE,
        proposal=numbers["fulfilled"],
        file=signed,
        kind=EvidenceKind.CONSORTIUM_AGREEMENT,
        issuer="Taller fulfilled-1",
    )
    answers.withdraw(workspace, as_("olga"), AFTER_DEADLINE, proposal=numbers["withdrawn"], reason="Otro fondo")
    round_.screen(AFTER_CLARIFICATION)


def score(round_: Round) -> None:
    """Marks, with evaluators recused and replaced; the scores are closed."""
    for name in ("elsa", "efren"):
        round_.add_evaluator(name)
    round_.assign(evaluators=EVALUATORS)
    round_.declare_conflict("conflict", "eva")
    ties = {"tie": "board", "organisation": "Taller tied-1", "until_on": "2025-12-31"}
    round_.profile(
        {"evaluator": "emilio", "sectors": "1391; 1392", "languages": "es", "institution": "UNAH", **ties},
        {"evaluator": "elsa", "territory": "HN-CR", "load_limit": "4", "institution": "UNAH", "tax_number": ""},
    )
    round_.assign(evaluators=["elsa"])
    round_.reassign("conflict", "emilio", "efren")
    round_.give({name: Decimal(mark) for name, mark in MARKS.items()})
    round_.close_scores()
