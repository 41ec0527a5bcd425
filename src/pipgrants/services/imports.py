"""Files in and out: applications, score sheets and exclusion lists read and stored; forms and applications written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.application import Application
from pipgrants.domain.calendar import ends_at_utc
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import ImportRefusedError, NotFoundError, Problem
from pipgrants.exchange.applications import ImportResult, read_applications
from pipgrants.exchange.evaluators import read_profiles
from pipgrants.exchange.exclusions import read_exclusions
from pipgrants.exchange.export import write_applications
from pipgrants.exchange.files import files_of
from pipgrants.exchange.forms import write_template
from pipgrants.exchange.mapping import ListMapping
from pipgrants.exchange.problems import CORRECT_ROWS, refusal_of_rows
from pipgrants.exchange.scores import MissingScore, read_scores
from pipgrants.exchange.wording import read_form_wording
from pipgrants.letters.templates import Templates, read_sources
from pipgrants.letters.wording import Wording
from pipgrants.paths import refuse_existing
from pipgrants.reading import read_text
from pipgrants.services.access import permitted_read
from pipgrants.services.application_records import to_application
from pipgrants.services.deadlines import current_stage, window_of
from pipgrants.services.definitions import Terms, file_definition, language_of, terms_of
from pipgrants.services.evaluation import Scored, ScoreSheet, score_all
from pipgrants.services.evaluators import keep_profiles
from pipgrants.services.found_conflicts import FoundConflict
from pipgrants.services.parties import import_exclusions
from pipgrants.services.receive import Received, receive_applications
from pipgrants.services.workspace import Identity, Workspace, silent
from pipgrants.store.calls import DefinitionRow
from pipgrants.store.proposal_lines import LINES


class ImportedScores(NamedTuple):
    """How many evaluations score sheets changed, whose and whether late, and the marks that they leave for later."""

    evaluations_count: int
    evaluators: tuple[str, ...]
    is_late: bool
    missing: tuple[MissingScore, ...]


class ImportedProfiles(NamedTuple):
    """Whose profiles are on record, and the conflicts of interest that they show in what these score already.

    ``closed`` are the calls of these conflicts whose scores are closed.
    """

    evaluators: tuple[str, ...]
    conflicts: tuple[FoundConflict, ...]
    closed: tuple[str, ...]


class ImportOutcome(NamedTuple):
    """What became of a file: what was stored or left out, how many rows it has, what is odd with some of them."""

    received: Received
    rows_read: int
    warnings: tuple[Problem, ...]


def import_applications(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    path: Path,
    mapping: str | None = None,
    only_where: Mapping[str, str] | None = None,
    accept_valid: bool = False,
    received_at: datetime | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> ImportOutcome:
    """Reads a form or a list and stores its applications, and with them the mapping that the list was read by.

    ``received_at``, in the time of the call, is when those arrived that do not say it; without it, now. Raises
    ImportRefusedError with every problem, and stores nothing, unless ``accept_valid``: then the applications without a
    problem are stored.
    """
    listed, definition = _mapping_in_file(workspace, mapping) if mapping else (None, None)
    found = _read_applications(workspace, call, path, listed, only_where)
    received = receive_applications(
        workspace,
        who,
        now,
        call=call,
        applications=[located.application for located in found.applications],
        source=source_of(path, mapping),
        mapping=definition,
        places={located.application.reference: located for located in found.applications},
        problems=found.problems,
        received_at=received_at,
        accept_valid=accept_valid,
        dry_run=dry_run,
        progress=progress,
    )
    return ImportOutcome(received, found.rows_read, (*found.warnings, *received.warnings))


def _read_applications(
    workspace: Workspace,
    call: str,
    path: Path,
    mapping: ListMapping | None,
    only_where: Mapping[str, str] | None = None,
) -> ImportResult:
    with workspace.read() as unit:
        terms = terms_of(unit.calls, call)
    return read_applications(
        path,
        currency=terms.call.currency,
        time_zone=terms.call.time_zone,
        languages=terms.call.languages,
        mapping=mapping,
        only_where=only_where,
        territories=terms.programme.territories or None,
    )


def is_past_deadline(workspace: Workspace, call: str, now: datetime) -> bool:
    """Whether what arrives now for a call is late."""
    with workspace.read() as unit:
        terms = terms_of(unit.calls, call)
        window = window_of(terms.call, current_stage(unit.calls, terms))
    return now >= ends_at_utc(window, terms.call.time_zone)


def _mapping_in_file(workspace: Workspace, name: str) -> tuple[ListMapping, DefinitionRow]:
    """A mapping given as a file, or by its name in ``workflows/mappings/``, and its text as it is to be stored."""
    row = file_definition(workspace, "mapping", name)
    mapping = read_text(row.content, ListMapping, file=row.name)
    return mapping, row._replace(name=mapping.mapping)


def source_of(path: Path, mapping: str | None = None) -> dict[str, str]:
    """What entries say of the file that something came from: its name and the hash of its bytes."""
    hasher = hashlib.sha256()
    for file in files_of(path):
        hasher.update(file.read_bytes())
    return {
        "file": path.name or path.resolve().name,
        "sha256": hasher.hexdigest(),
        **({"mapping": Path(mapping).stem} if mapping else {}),
    }


def read_answer(workspace: Workspace, proposal: str, path: Path) -> Application:
    """The corrected application that answers a clarification request. Raises ImportRefusedError, NotFoundError."""
    with workspace.read() as unit:
        row = unit.proposals.get(proposal)
    found = _read_applications(workspace, row.call, path, None)
    if found.problems:
        raise refusal_of_rows(path.name, found.problems, CORRECT_ROWS)
    for located in found.applications:
        if located.application.reference == row.reference:
            return located.application
    raise NotFoundError(f"{path.name} holds no application with the reference {row.reference} of {proposal}")


def import_scores(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    call: str,
    paths: Sequence[Path],
    named: Collection[str] = (),
    reason: str | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> ImportedScores:
    """Reads score sheets and stores their marks, all or none; a cell left blank is a mark still to come.

    An officer says whose marks they are that stand in no sheet with a token: those of the evaluators ``named``. Marks
    that take the place of others need a ``reason``. Raises ImportRefusedError listing together every row that
    cannot be read and every mark that cannot be stored.
    """
    found = [read_scores(path) for path in paths]
    problems = tuple(problem for item in found for problem in item.problems)
    sheets = [
        ScoreSheet(item.scores, source_of(path), item.rows, item.sheet, item.tokens)
        for path, item in zip(paths, found, strict=True)
    ]
    scored = Scored(0, (), is_late=False)
    try:
        scored = score_all(
            workspace,
            who,
            now,
            call=call,
            sheets=sheets,
            named=named,
            reason=reason,
            dry_run=dry_run or bool(problems),
            progress=progress,
        )
    except ImportRefusedError as refused:
        problems += refused.problems
    if problems:
        raise refusal_of_rows(", ".join(path.name for path in paths), problems, CORRECT_ROWS)
    return ImportedScores(*scored, _still_to_come(workspace, call, [row for item in found for row in item.missing]))


def _still_to_come(workspace: Workspace, call: str, blank: Sequence[MissingScore]) -> tuple[MissingScore, ...]:
    """The marks left blank that are not on record from an earlier import."""
    if not blank:
        return ()
    with workspace.read() as unit:
        rows = unit.evaluations.of_call(call, unit.calls.get(call).stage)
        given = {(row.proposal, row.evaluator): row.marks or {} for row in rows}
    return tuple(item for item in blank if item.criterion not in given.get((item.proposal, item.evaluator), {}))


def import_exclusion_list(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    path: Path,
    dry_run: bool = False,
    progress: Callable[[int], None] = silent,
) -> int:
    """Reads a list of debarred parties and puts it in the place of the last; returns how many."""
    found = read_exclusions(path)
    if found.problems:
        raise refusal_of_rows(path.name, found.problems, CORRECT_ROWS)
    import_exclusions(workspace, who, now, exclusions=found.exclusions, source=source_of(path), dry_run=dry_run)
    progress(len(found.exclusions))
    return len(found.exclusions)


def import_evaluators(
    workspace: Workspace, who: Identity, now: datetime, *, path: Path, dry_run: bool = False
) -> ImportedProfiles:
    """Reads profiles of evaluators and keeps them, all or none. Raises ImportRefusedError."""
    found = read_profiles(path)
    conflicts = keep_profiles(workspace, who, now, found=found, source=source_of(path), dry_run=dry_run)
    calls = sorted({conflict.call for conflict in conflicts})
    with workspace.read() as unit:
        closed = tuple(call for call in calls if unit.calls.get(call).scores_closed_at is not None)
    return ImportedProfiles(tuple(profile.evaluator for profile in found.profiles), tuple(conflicts), closed)


def write_form(workspace: Workspace, call: str, path: Path, language: str | None) -> str:
    """Writes the empty form of a call, in its first language unless another is asked for; returns the language.

    Raises RefusedError where something stands at the path.
    """
    own, ours = workspace.roots("templates")
    sources = read_sources(ours, own)
    with workspace.read() as unit:
        terms = terms_of(unit.calls, call)
        window = window_of(terms.call, current_stage(unit.calls, terms))
    refuse_existing(path, f"pipgrants proposal template {call} --out OTHER{path.suffix}")
    chosen = language_of(terms.call, language)
    wording = Templates(sources).wording(chosen)
    form = read_form_wording(sources, chosen)
    write_template(terms.call, window, path, chosen, form, wording.words, _labels(terms, wording))
    return chosen


def _labels(terms: Terms, wording: Wording) -> tuple[str, ...]:
    """What must stand above everything of a call: that its data are invented, and the label that it gives itself."""
    return wording.banners(synthetic=terms.programme.synthetic, own=terms.call.label.get(wording.language))


def export_proposals(workspace: Workspace, who: Identity, now: datetime, *, call: str, path: Path) -> int:
    """Writes the applications of a call in the form's layout; returns how many. The access log says who did.

    Raises NotAuthorisedError for anybody but coordination officers, programme managers and auditors, RefusedError where
    something stands at the path.
    """
    refuse_existing(path, f"pipgrants proposal export {call} --out OTHER{path.suffix}")
    with permitted_read(workspace, who, now, "proposal.export", f"call/{call}") as unit:
        terms = terms_of(unit.calls, call)
        applications: list[Application] = []
        for batch in unit.proposals.batches(call, terms.call.currency, frozenset(LINES)):
            parties = {member.party for _, proposal in batch for member in proposal.members or ()}
            details = {number: row.details for number, row in unit.parties.many(sorted(parties)).items()}
            applications += [to_application(proposal, row, details) for row, proposal in batch]
    own, ours = workspace.roots("templates")
    wording = Templates(read_sources(ours, own)).wording(Language.ENGLISH)
    write_applications(applications, path, _labels(terms, wording))
    return len(applications)
