"""The digest of best practices, by type of project and sector: what coordination spreads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from pipgrants.domain.practices import Practice
from pipgrants.domain.vocabulary import ProjectType
from pipgrants.letters import formatting
from pipgrants.letters.document import Document, Pair, Paragraph, Section
from pipgrants.letters.sandbox import clean
from pipgrants.letters.templates import Templates
from pipgrants.letters.wording import Wording

EVIDENCE_DIGITS = 16
"""How much is shown of the hash of a file: enough to find it."""


def compose_digest(
    templates: Templates,
    groups: Sequence[tuple[ProjectType, str, Sequence[Practice]]],
    language: str,
    dated_on: date,
    *,
    synthetic: bool = False,
) -> Document:
    """Headings in the language of the digest, each practice in the language that it was written in."""
    wording = templates.wording(language)
    count = formatting.number(str(sum(len(practices) for _, _, practices in groups)), language)
    intro = Section("intro", "", (Paragraph(wording.sentence("digest_intro", count=count)),))
    return Document(
        language=language,
        title=wording.sentence("digest_title"),
        banners=wording.banners(synthetic=synthetic),
        references=(Pair(wording.label("date"), formatting.day(dated_on.isoformat(), language)),),
        sections=(intro, *(_section(*group, wording) for group in groups)),
    )


def _section(kind: ProjectType, sector: str, practices: Sequence[Practice], wording: Wording) -> Section:
    word = wording.word(kind)
    heading = wording.sentence("digest_heading", type=word[:1].upper() + word[1:], sector=sector)
    return Section("practices", heading, tuple(_paragraph(item, wording) for item in practices))


def _paragraph(practice: Practice, wording: Wording) -> Paragraph:
    told = (f"{wording.label(label)}: {clean(value)}" for label, value in _told(practice, wording))
    return Paragraph(f"{practice.number}. {clean(practice.title)}", tuple(told))


def _told(practice: Practice, wording: Wording) -> Iterator[tuple[str, str]]:
    yield "what_was_done", " ".join(practice.description.split())
    yield "result", " ".join(practice.result.split())
    if practice.component is not None:
        yield "component", wording.word(practice.component)
    if practice.proposal is not None:
        yield "proposal", practice.proposal
    yield "evidence", practice.evidence_sha256[:EVIDENCE_DIGITS]
    if practice.language != wording.language:
        yield "written_in", wording.word(practice.language)
