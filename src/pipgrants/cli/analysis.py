"""``analysis``: how far a ranking can be trusted. Every verb reads only, and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from pipgrants.analysis import SEED
from pipgrants.cli import output
from pipgrants.cli.advice import Seed, StageOption, show
from pipgrants.cli.context import CallName, Commands, run_of
from pipgrants.cli.fairness import fairness
from pipgrants.cli.optimum import optimum
from pipgrants.cli.robustness import robustness

if TYPE_CHECKING:
    from pipgrants.services.analysis.advice import Figure
    from pipgrants.services.analysis.evaluators import Evaluators, ProposalLine
    from pipgrants.services.analysis.reliability import Agreement, Disagreement, Reliability

commands = Commands(name="analysis")

NOT_RANKED = "Not ranked yet: these are the marks given so far."
BY_CONSENSUS = "The call decides by consensus; these are the marks that each evaluator gave."


@commands.verb()
def reliability(
    context: typer.Context,
    call: CallName,
    steps: Annotated[
        float | None,
        typer.Option(
            "--steps",
            min=0,
            metavar="NUMBER",
            help="From how many steps of the scale on evaluators differ; without it, a fifth of the scale.",
        ),
    ] = None,
    stage: StageOption = None,
) -> None:
    """Show how far the evaluators agree.

    Krippendorff's alpha and intraclass correlations by criterion and in total, the proposals to be discussed or given
    one more evaluator, and whether the review graph holds together.
    """
    from pipgrants.services.analysis.reliability import reliability as measure

    run = run_of(context)
    limit = None if steps is None else Decimal(str(steps))
    found = measure(run.workspace, run.who, run.now, call=call, stage=stage, steps=limit)
    show(run, found._asdict(), found.made_by, _reliability(found))


def _reliability(found: Agreement) -> list[str]:
    proposals = output.count(found.proposals_count, found.stage.value)
    evaluators = output.count(found.evaluators_count, "evaluator")
    measured = [*found.by_criterion, found.in_total]
    bounded = [
        (form, item.value, item.low, item.high)
        for form, item in found.in_total.intraclass.items()
        if item.low is not None
    ]
    return [
        f"{found.call}: {output.count(found.evaluations_count, 'evaluation')} of {proposals} by {evaluators}.",
        *_of_marks(found),
        *_table("Krippendorff's alpha", measured, lambda item: item.alpha),
        *_table("Intraclass correlation", measured, lambda item: item.intraclass),
        *output.rows("In total, with 95 % intervals", ("Form", "Estimate", "From", "To"), bounded),
        *output.listed("Not computable", _not_computable(measured)),
        *_disagreements(found),
        *_parts(found),
    ]


def _of_marks(found: Agreement | Evaluators) -> list[str]:
    """Which marks the figures are made from."""
    left_out = f"{output.count(found.incomplete_count, 'incomplete evaluation')} left out."
    return [
        *([] if found.is_ranked else [NOT_RANKED]),
        *([BY_CONSENSUS] if found.by_consensus else []),
        *([left_out] if found.incomplete_count else []),
    ]


def _table(title: str, measured: Sequence[Reliability], of: Callable[[Reliability], Mapping[str, Figure]]) -> list[str]:
    """The figures of a kind that are computable for some criterion."""
    kinds = [kind for kind in of(measured[0]) if any(of(item)[kind].value is not None for item in measured)]
    rows = [(item.criterion or "in total", *(of(item)[kind].value for kind in kinds)) for item in measured]
    return output.rows(title, ("Criterion", *kinds), rows) if kinds else []


def _not_computable(measured: Sequence[Reliability]) -> list[str]:
    """Every reason why a figure is not computable, with the figures and the criteria."""
    found: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    for item in measured:
        for kind, figure in (item.alpha | item.intraclass).items():
            if figure.not_computable:
                kinds, criteria = found.setdefault(figure.not_computable, ({}, {}))
                kinds[kind] = criteria[item.criterion or "in total"] = None
    return [
        f"{', '.join(kinds)} of {'all' if len(criteria) == len(measured) else ', '.join(criteria)}: {reason}"
        for reason, (kinds, criteria) in found.items()
    ]


def _disagreements(found: Agreement) -> list[str]:
    """The proposals on which evaluators differ, and the rule that says so."""
    limit = f"{found.limit_steps.normalize():f}"
    rule = (
        f"Evaluators differ where their mean marks lie {limit} steps of the scale apart or more. Where one of three or "
        "more alone stands apart, a discussion is recommended, else one more evaluator."
    )
    titles = ("Proposal", "Rank", "Steps", "Most in", "Recommended")
    rows = [(item.proposal, item.rank, item.steps, item.criterion, _recommended(item)) for item in found.disagreements]
    listed = output.beginning("They differ on", titles, rows) or ["", "They differ on no proposal."]
    return ["", *output.paragraph(rule), *listed]


def _recommended(item: Disagreement) -> str:
    return item.recommended if item.apart is None else f"{item.recommended} with {item.apart}"


def _parts(found: Agreement) -> list[str]:
    """Whether the review graph is connected, and its parts where it is not."""
    if len(found.parts) == 1:
        return ["", "The review graph is connected."]
    titles = ("Part", "Proposals", "Evaluators", "Who")
    rows = [
        (str(place), len(part.proposals), len(part.evaluators), ", ".join(part.evaluators))
        for place, part in enumerate(found.parts, 1)
    ]
    return ["", *output.paragraph(_unconnected(len(rows))), *output.beginning("Parts", titles, rows)]


def _unconnected(parts_count: int) -> str:
    return (
        f"The review graph is not connected: no evaluator joins its {parts_count} parts. Nothing in the marks tells a "
        "part that was marked leniently from one with better proposals."
    )


@commands.verb()
def evaluators(
    context: typer.Context,
    call: CallName,
    places: Annotated[
        int | None,
        typer.Option(
            "--places",
            min=1,
            metavar="NUMBER",
            help="How many lie above the line; without it, as many as the decisions fund or invite.",
        ),
    ] = None,
    level: Annotated[
        float, typer.Option("--level", min=0.01, max=0.99, help="The credible interval that tells the grey zone.")
    ] = 0.5,
    draws: Annotated[int, typer.Option("--draws", min=100, max=100_000, help="How many rankings are drawn.")] = 10_000,
    seed: Seed = SEED,
    stage: StageOption = None,
) -> None:
    """Show leniency, expected ranks and the grey zone.

    Corrected scores stand beside the raw ones. The grey zone holds the proposals whose rank is not sure to lie on one
    side of the line.
    """
    from pipgrants.services.analysis.evaluators import evaluators as measure

    run = run_of(context)
    found = measure(
        run.workspace, run.who, run.now, call=call, stage=stage, places=places, level=level, draws=draws, seed=seed
    )
    show(run, found._asdict(), found.made_by, _evaluators(found))


def _evaluators(found: Evaluators) -> list[str]:
    lines = [(item.evaluator, item.proposals_count, item.mean, item.leniency) for item in found.evaluators]
    return [
        f"{found.call}: {output.count(len(found.proposals), found.stage.value)} "
        f"by {output.count(len(found.evaluators), 'evaluator')}.",
        *_of_marks(found),
        *_variances(found),
        *output.beginning("Leniency, the strictest first", ("Evaluator", "Marked", "Mean", "Leniency"), lines),
        *_ranks(_of_grey_zone(found), found, found.grey_zone),
        *_ranks("Proposals", found, found.proposals),
        *output.heading("To know", [line for note in _notes(found) for line in output.paragraph(note, width=78)]),
    ]


def _variances(found: Evaluators) -> list[str]:
    known = found.variances
    if known is None:
        return ["", *output.paragraph(f"Expected ranks are not computable: {found.not_computable}.")]
    pairs = {
        "Variance of proposals": known.proposal,
        "Variance of evaluators": known.evaluator,
        "Variance of errors": known.error,
        "Reliability of one total": known.reliability,
    }
    return output.heading("", output.fields(pairs))


def _of_grey_zone(found: Evaluators) -> str:
    return f"Grey zone, {len(found.grey_zone)}: the line lies below {found.places} at expected rank {found.line}"


def _ranks(title: str, found: Evaluators, proposals: Sequence[ProposalLine]) -> list[str]:
    """Proposals with their scores, and as much as is known of their places."""
    titles = ["Proposal", "Rank", "Raw", "Corrected"]
    titles += [] if found.not_computable else ["Expected", "90 %"]
    titles += [f"In {found.places}", "Zone"] if found.line is not None else []
    return output.beginning(title, titles, [_rank(item)[: len(titles)] for item in proposals])


def _rank(item: ProposalLine) -> tuple[object, ...]:
    scores, place = (item.proposal, item.rank, item.raw, item.corrected), item.place
    if place is None:
        return scores
    zone = place.zone and place.zone.value.removesuffix(" the line")
    return *scores, place.expected_rank, f"{place.rank_low}-{place.rank_high}", place.chance, zone


def _notes(found: Evaluators) -> list[str]:
    """What the figures rest on, in sentences."""
    zone = (
        f"In the grey zone are proposals whose {found.zone_level * 100:.0f} % credible interval of the rank holds the "
        "line. Published ranks count priority points, expected ranks the marks alone."
    )
    alike = (
        "The marks hardly tell the proposals apart: their likeliest variance is zero, and nearly every order could be."
    )
    uncertain = "The variances are the likeliest; that they are uncertain counts in expected ranks and intervals."
    no_line = "There is no line: no decisions are prepared, or all lie above it; --places says where it lies."
    return [
        *([zone] if found.line is not None else [no_line] if found.variances else []),
        *([uncertain] if found.variances else []),
        *([alike] if found.variances and not found.variances.proposal else []),
        *([_unconnected(found.parts_count)] if found.parts_count > 1 else []),
    ]


commands.verb()(robustness)
commands.verb()(fairness)
commands.verb()(optimum)
