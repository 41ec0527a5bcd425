"""Public papers of a call: its notice, and the questions asked about it with their answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from pipgrants.domain.vocabulary import Language
from pipgrants.letters.document import Document
from pipgrants.letters.layout import to_html, to_text
from pipgrants.letters.notice import Notice, render_notice
from pipgrants.letters.questions import PublicQuestion, QuestionedCall, compose_questions
from pipgrants.letters.templates import Templates, read_sources
from pipgrants.paths import written_whole
from pipgrants.services.after_act import problem_of
from pipgrants.services.calls import check_file, publish
from pipgrants.services.definitions import Terms, language_of, templates_of, terms_of
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed


class Pages(NamedTuple):
    """The public pages of an act that is on record; ``problem`` says why they could not all be written."""

    files: list[Path]
    problem: str | None = None


def publish_call(workspace: Workspace, who: Identity, now: datetime, *, call: str, dry_run: bool = False) -> Pages:
    """Publishes an authorised call: the hashes of its notice enter the trail, then the notice is written."""
    with workspace.act(who, now, dry_run=dry_run) as act:
        notices = _notices(act.unit, call)
        publish(act, call, hashes(notices))
    return pages_of_act(workspace, call, notices, dry_run=dry_run)


def pages_of_act(workspace: Workspace, call: str, files: Mapping[str, str], *, dry_run: bool = False) -> Pages:
    """Writes the public pages of an act that is on record; ``write_notices`` writes again what fails."""
    if dry_run:
        return Pages(_paths(workspace, call, files))
    return Pages(_paths(workspace, call, files), problem_of(lambda: write_pages(workspace, call, files)))


def renew_notices(act: Act, call: str) -> None:
    """Tells the trail the hashes of the notice that an amended call has; ``write_notices`` writes it afterwards."""
    inputs: dict[str, object] = {"notices": hashes(_notices(act.unit, call))}
    act.record(Deed("NoticeRenewed", f"call/{call}", inputs=inputs, call=call))


def hashes(pages: Mapping[str, str]) -> dict[str, str]:
    """The hash of each page by file name, as entries hold it."""
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in pages.items()}


def write_notices(workspace: Workspace, call: str) -> list[Path]:
    """Writes the notice of a call again, from the definition it runs by, and the questions asked about it."""
    with workspace.read() as unit:
        papers = _notices(unit, call) | question_pages(unit, call)
    return write_pages(workspace, call, papers)


def question_pages(unit: Unit, call: str) -> dict[str, str]:
    """The public questions and answers in every language of a call, by file name; none while nobody asked."""
    terms, rows = terms_of(unit.calls, call), unit.calls.questions(call)
    templates = templates_of(unit.calls, terms.row.templates_hash)
    asked = [
        PublicQuestion(
            number=row.number,
            question=row.question,
            asked_at=row.asked_at,
            answer=row.answer,
            answered_at=row.answered_at,
        )
        for row in rows
    ]
    files: dict[str, str] = {}
    for language in terms.call.languages if rows else ():
        questioned = QuestionedCall(
            call=call,
            title=terms.call.title[language],
            programme=terms.programme.title[language],
            time_zone=terms.call.time_zone,
            synthetic=terms.programme.synthetic,
            label=terms.call.label.get(language),
        )
        document = compose_questions(templates, questioned, asked, language.value)
        files |= pages(templates, document, f"questions.{language}")
    return files


def describe_call(workspace: Workspace, file: str, language: str | None) -> str:
    """What a call file means in plain words: the text of its notice, in English unless another language is asked for.

    A call that does not speak English is described in its first language.
    """
    _, call, programme, _ = check_file(workspace, file)
    own, ours = workspace.roots("templates")
    templates = Templates(read_sources(ours, own))
    english = Language.ENGLISH if Language.ENGLISH in call.languages else None
    chosen = language_of(call, language or english)
    return render_notice(templates, call, programme.title, chosen, synthetic=programme.synthetic).text


def _notices(unit: Unit, call: str) -> dict[str, str]:
    terms = terms_of(unit.calls, call)
    templates = templates_of(unit.calls, terms.row.templates_hash)
    files: dict[str, str] = {}
    for language in terms.call.languages:
        notice = _notice(templates, terms, language.value)
        files |= {f"notice.{language}.html": notice.html, f"notice.{language}.txt": notice.text}
    return files


def _notice(templates: Templates, terms: Terms, language: str) -> Notice:
    return render_notice(templates, terms.call, terms.programme.title, language, synthetic=terms.programme.synthetic)


def pages(templates: Templates, document: Document, name: str) -> dict[str, str]:
    """A public paper as a page and as text, by file name."""
    return {f"{name}.html": to_html(templates, document), f"{name}.txt": to_text(document)}


def write_pages(workspace: Workspace, call: str, files: Mapping[str, str]) -> list[Path]:
    """Writes public papers of a call into its folder, where they are found without pipgrants."""
    paths = _paths(workspace, call, files)
    for path, text in zip(paths, files.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as file:
            file.write_text(text, encoding="utf-8")
    return paths


def _paths(workspace: Workspace, call: str, files: Mapping[str, str]) -> list[Path]:
    return [workspace.folder / "notices" / call / name for name in files]
