"""Refusals that name everything found: what guards of the machines say, and acts that look for the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipgrants.domain.call import RandomSource
from pipgrants.domain.mistakes import DefinitionMistake
from pipgrants.dotted import is_apart
from pipgrants.errors import DefinitionError, Problem, RefusedError

LAXER = ("laxer.", "envelope.")
"""What the codes of those mistakes begin with by which a call is laxer than its programme."""
MOST_NAMED = 5
"""How many proposals, or tied groups, a refusal names."""


def problems_of(
    mistakes: Iterable[DefinitionMistake], file: str, *, besides: Iterable[Problem] = ()
) -> tuple[Problem, ...]:
    """Mistakes as problems of a file, without those that only follow from what could not be read: ``besides``."""
    spoiled = [problem.field for problem in besides]
    return tuple(
        Problem(file, item.line, f"clause {item.clause}" if item.clause else item.key, item.message, code=item.code)
        for item in mistakes
        if is_apart(item.key, spoiled)
    )


def laxer_call(call: str, file: str, found: Sequence[DefinitionMistake]) -> DefinitionError:
    """That a call contradicts itself or is laxer than its programme, with file and clause of everything found."""
    is_lax = any(item.code.startswith(LAXER) for item in found)
    return DefinitionError(
        f"the call {call} cannot be authorised:",
        problems_of(found, file),
        next_step="correct the definition; a call may be stricter than its programme, never laxer"
        if is_lax
        else f"correct what is named, then see whether anything is left: pipgrants call check {file}",
    )


def changed_package(package: str, changed: Sequence[str]) -> RefusedError:
    """That what a package rests on no longer stands as it did when it was prepared."""
    return RefusedError(
        f"package {package[:12]} cannot be ratified: {', '.join(changed)} changed after it was prepared",
        next_step="return it (pipgrants return PACKAGE --reason TEXT) and prepare it again",
    )


def unscreened_proposals(call: str, waiting: Sequence[str]) -> RefusedError:
    """That proposals are neither eligible nor excluded."""
    return RefusedError(
        f"{len(waiting)} proposals wait for screening, or for the applicant's answer: {_named(waiting)}",
        next_step=f"pipgrants screen {call}, once they have answered or the time to answer is over; it "
        f"begins with pipgrants letters release {call}",
    )


def unscored_proposals(call: str, unscored: Sequence[str]) -> RefusedError:
    """That eligible proposals have fewer complete evaluations than the call wants."""
    return RefusedError(
        f"{len(unscored)} eligible {'proposal lacks' if len(unscored) == 1 else 'proposals lack'} evaluations: "
        f"{_named(unscored)}",
        next_step=f"pipgrants evaluation assign {call} where evaluators lack, then "
        f"pipgrants evaluation import {call} FILE",
    )


def proposals_without_consensus(numbers: Sequence[str]) -> RefusedError:
    """That eligible proposals lack the marks that a call decides by."""
    return RefusedError(
        f"{len(numbers)} eligible proposals lack a consensus, by which this call decides: {_named(numbers)}",
        next_step=f"pipgrants evaluation consensus {numbers[0]} --mark CRITERION=MARK ... --present A,B,C "
        "--held-on DATE --minutes FILE",
    )


def undrawn_groups(call: str, groups: Sequence[Sequence[str]], sources: Iterable[RandomSource]) -> RefusedError:
    """That proposals are tied, and the numbers that order them were not entered."""
    listed = "; ".join(", ".join(group[:8]) for group in groups[:MOST_NAMED])
    named = ", ".join(f"{source.name} of {source.published_on}" for source in sources)
    word = "group remains" if len(groups) == 1 else "groups remain"
    return RefusedError(
        f"{len(groups)} {word} tied after every declared tie-break: {listed}",
        next_step=f"enter the numbers of {named}: pipgrants rank draw {call} --numbers ... --evidence FILE",
    )


def _named(items: Sequence[str]) -> str:
    return ", ".join(items[:MOST_NAMED]) + (" ..." if len(items) > MOST_NAMED else "")
