"""Best practices recorded with their evidence, searched, and put into a digest."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pipgrants.domain.practices import Practice, Search, by_type_and_sector, found_by
from pipgrants.domain.vocabulary import Component, Language, ProjectType
from pipgrants.errors import UsageError
from pipgrants.letters.digest import compose_digest
from pipgrants.letters.document import Document
from pipgrants.letters.layout import to_html, to_text
from pipgrants.letters.pdf import PdfLayout
from pipgrants.letters.templates import Templates
from pipgrants.paths import refuse_existing, written_whole
from pipgrants.services.answers import keep_file
from pipgrants.services.definitions import templates_of_today
from pipgrants.services.letters import font_folders
from pipgrants.services.opportunities import require_words
from pipgrants.services.party_details import read_details
from pipgrants.services.views import holds_invented
from pipgrants.services.workspace import Identity, Workspace
from pipgrants.store.knowledge import PracticeRow
from pipgrants.trail.entry import Deed, instant_text

PRACTICE_RECORDED = "PracticeRecorded"


def record_practice(
    workspace: Workspace,
    who: Identity,
    now: datetime,
    *,
    project_type: ProjectType,
    sector: str,
    language: Language,
    title: str,
    description: str,
    result: str,
    evidence: Path,
    component: Component | None = None,
    proposal: str | None = None,
    dry_run: bool = False,
) -> Practice:
    """Writes down a best practice; the file that shows it is kept in the workspace.

    It is there to be spread, and stands in the trail as written: it names no person. Raises UsageError for an empty
    value and for what is no sector of ISIC revision 4, NotFoundError without the file or the proposal.
    """
    require_words({"sector": sector, "title": title, "description": description, "result": result})
    read = read_details({"sector": sector})
    with workspace.act(who, now, dry_run=dry_run) as act:
        act.permit("practice.record")
        if proposal is not None:
            act.unit.proposals.get(proposal)
        row = PracticeRow(
            number=len(act.unit.knowledge.practices()) + 1,
            project_type=project_type.value,
            sector=read.sector or "",
            component=component.value if component else None,
            language=language.value,
            title=" ".join(title.split()),
            description=description.strip(),
            result=result.strip(),
            proposal=proposal,
            evidence_sha256=keep_file(workspace, evidence, dry_run=dry_run),
            recorded_at=instant_text(now),
        )
        act.unit.knowledge.record(row)
        inputs = {name: value for name, value in row._asdict().items() if name not in ("number", "recorded_at")}
        act.record(Deed(PRACTICE_RECORDED, f"practice/{row.number}", inputs=inputs))
    return _practice(row)


def search_practices(workspace: Workspace, search: Search) -> list[Practice]:
    """The best practices on record that a search finds, in number order."""
    with workspace.read() as unit:
        return found_by(map(_practice, unit.knowledge.practices()), search)


def show_practice(workspace: Workspace, number: int) -> Practice:
    """One best practice. Raises NotFoundError."""
    with workspace.read() as unit:
        return _practice(unit.knowledge.practice(number))


def _practice(row: PracticeRow) -> Practice:
    return Practice(
        row.number,
        ProjectType(row.project_type),
        row.sector,
        None if row.component is None else Component(row.component),
        Language(row.language),
        row.title,
        row.description,
        row.result,
        row.proposal,
        row.evidence_sha256,
        row.recorded_at,
    )


def digest(
    workspace: Workspace, search: Search, language: Language, now: datetime, out: Path | None = None
) -> tuple[list[Practice], str]:
    """The practices that a search finds and the text of their digest, by type and sector.

    Where a file is named it is written as the kind that its name asks for. Raises UsageError for another kind,
    RefusedError where something stands there, or no PDF can be set.
    """
    if out is not None:
        _refuse_unwritable(out)
    templates = templates_of_today(workspace)
    with workspace.read() as unit:
        practices = found_by(map(_practice, unit.knowledge.practices()), search)
        synthetic = holds_invented(unit)
    groups = by_type_and_sector(practices)
    document = compose_digest(templates, groups, language, now.date(), synthetic=synthetic)
    if out is not None:
        content = _set(workspace, templates, document, out.suffix, now)
        with written_whole(out) as path:
            path.write_bytes(content)
    return practices, to_text(document)


def _refuse_unwritable(out: Path) -> None:
    if out.suffix not in (".txt", ".html", ".pdf"):
        raise UsageError(
            f"{out} is neither a text, an HTML nor a PDF file", next_step="name one that ends in .txt, .html or .pdf"
        )
    refuse_existing(out)


def _set(workspace: Workspace, templates: Templates, document: Document, suffix: str, now: datetime) -> bytes:
    match suffix:
        case ".pdf":
            return PdfLayout(templates.sources, font_folders(workspace)).render(
                document, b"", now.replace(microsecond=0)
            )
        case ".html":
            return to_html(templates, document).encode()
    return to_text(document).encode()
