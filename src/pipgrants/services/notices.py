"""Public papers of a call: the notice when it is published, and the list of results once they are released."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pipgrants.domain.plain import plain_amount
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import RefusedError
from pipgrants.letters.notice import Notice, render_notice
from pipgrants.letters.results import ResultRow, ResultsCall, render_results
from pipgrants.letters.templates import Templates, read_sources
from pipgrants.money import from_minor
from pipgrants.services.calls import check_file, publish
from pipgrants.services.definitions import Terms, language_of, templates_of, terms_of
from pipgrants.services.letters import REDACTED
from pipgrants.services.workspace import Act, Identity, Workspace
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import Deed


def publish_call(workspace: Workspace, who: Identity, now: datetime, *, call: str, dry_run: bool = False) -> list[Path]:
    """Publishes an authorised call: the hashes of its notice enter the trail, then the notice is written."""
    with workspace.read() as unit:
        notices = _notices(unit, call)
    publish(workspace, who, now, call=call, notices=_hashes(notices), dry_run=dry_run)
    folder = workspace.folder / "notices" / call
    return [folder / name for name in notices] if dry_run else _write(folder, notices)


def renew_notices(act: Act, call: str) -> None:
    """Tells the trail the hashes of the notice that an amended call has; ``write_notices`` writes it afterwards."""
    hashes = _hashes(_notices(act.unit, call))
    act.record(Deed("NoticeRenewed", f"call/{call}", inputs={"notices": hashes}, call=call))


def _hashes(notices: Mapping[str, str]) -> dict[str, str]:
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in notices.items()}


def write_notices(workspace: Workspace, call: str) -> list[Path]:
    """Writes the notice of a call again, from the definition it runs by."""
    with workspace.read() as unit:
        notices = _notices(unit, call)
    return _write(workspace.folder / "notices" / call, notices)


def describe_call(workspace: Workspace, file: str, language: str | None) -> str:
    """What a call file means in plain words: the text of its notice, in English unless another language is asked for.

    A call that does not speak English is described in its first language.
    """
    call, programme, _ = check_file(workspace, file)
    own, ours = workspace.roots("templates")
    templates = Templates(read_sources(ours, own))
    english = Language.ENGLISH if Language.ENGLISH in call.languages else None
    chosen = language_of(call, language or english)
    return render_notice(templates, call, programme.title, chosen, synthetic=programme.synthetic).text


def write_results(workspace: Workspace, call: str) -> list[Path]:
    """Writes the public list of results in every language of a call. Raises RefusedError before they are released."""
    with workspace.read() as unit:
        terms = terms_of(unit.calls, call)
        if terms.row.released_at is None:
            raise RefusedError(
                f"the results of {call} are not released", next_step=f"pipgrants letters release {call}, once ratified"
            )
        templates = templates_of(unit.calls, terms.row.templates_hash)
        rows = _result_rows(unit, terms)
        files: dict[str, str] = {}
        for language in terms.call.languages:
            results = render_results(templates, _results_call(terms, language), rows, language.value)
            files |= {f"results.{language}.html": results.html, f"results.{language}.txt": results.text}
    return _write(workspace.folder / "notices" / call, files)


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


def _write(folder: Path, files: dict[str, str]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def _results_call(terms: Terms, language: str) -> ResultsCall:
    return ResultsCall(
        call=terms.call.call,
        title=terms.call.title[language],
        programme=terms.programme.title[language],
        currency=terms.call.currency,
        released_on=str(terms.row.released_at)[:10],
        synthetic=terms.programme.synthetic,
        label=terms.call.label.get(language),
    )


def _result_rows(unit: Unit, terms: Terms) -> list[ResultRow]:
    heads = list(unit.proposals.rows(terms.row.call))
    names = unit.parties.names({head.lead for head in heads})
    decided = {
        (package, line.proposal): line
        for package in {head.determination_package for head in heads if head.determination_package}
        for line in unit.packages.lines(package)
    }
    totals = {row.proposal: row.total for row in unit.packages.ranking(terms.row.call, terms.row.stage)}
    rows = []
    for head in heads:
        line = decided.get((head.determination_package or "", head.number))
        if line is not None:
            amount = from_minor(line.amount_minor, terms.call.currency) if line.amount_minor else None
            rows.append(
                ResultRow(
                    number=head.number,
                    title=head.title,
                    applicant=names.get(head.lead, REDACTED),
                    outcome=line.outcome,
                    amount=plain_amount(amount, terms.call.currency) if amount else None,
                    rank=line.rank,
                    total=totals.get(head.number),
                )
            )
    return rows
