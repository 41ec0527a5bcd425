"""Letters: made from their records alone, shown as drafts, written to files once they are released."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from pipgrants.domain.calendar import closes_at_utc
from pipgrants.domain.call import Call, Window
from pipgrants.domain.consistency import highest_ranked_total
from pipgrants.domain.evaluation import scale_of
from pipgrants.domain.plain import plain_number
from pipgrants.domain.points import points, shown_mark
from pipgrants.domain.programme import Programme
from pipgrants.domain.vocabulary import LetterKind, Stage
from pipgrants.errors import NotFoundError
from pipgrants.letters.data import CallData, DeadlineData, DecisionData, FindingData, LetterData, Release, ScoreData
from pipgrants.letters.layout import to_html, to_text
from pipgrants.letters.letter import compose
from pipgrants.letters.templates import Templates
from pipgrants.services.definitions import (
    read_call,
    read_programme,
    templates_of,
)
from pipgrants.services.workspace import Workspace
from pipgrants.store.letters import LetterRow
from pipgrants.store.unit import Unit
from pipgrants.trail.entry import instant_text

REDACTED = "[redacted]"


class Rendered(NamedTuple):
    """One letter as it is read."""

    number: int
    kind: str
    language: str
    text: str
    html: str


class Renderer:
    """Turns letters' records into text and HTML; a pure function of the record and what it names by hash."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._templates: dict[str, Templates] = {}
        self._calls: dict[str, tuple[Call, Programme]] = {}

    def render(self, row: LetterRow, release: Release | None) -> Rendered:
        """The letter; without a release it is marked draft. Raises RefusedError naming a template that fails."""
        templates = self._templates.get(row.template_hash)
        if templates is None:
            templates = self._templates[row.template_hash] = templates_of(self._unit.calls, row.template_hash)
        document = compose(templates, LetterKind(row.kind), row.language, self.data(row), release)
        return Rendered(row.number, row.kind, row.language, to_text(document), to_html(templates, document))

    def data(self, row: LetterRow) -> LetterData:
        """Everything the letter says, from its record and the definitions it names."""
        facts = orjson.loads(row.data)
        call, programme = self._call(facts["definition"])
        return _LetterFacts(row, facts, call, programme).letter()

    def _call(self, definition_hash: str) -> tuple[Call, Programme]:
        found = self._calls.get(definition_hash)
        if found is None:
            calls = self._unit.calls
            call = read_call(calls.definition(definition_hash))
            programme = read_programme(calls.definition(calls.programme(call.programme).definition_hash))
            found = self._calls[definition_hash] = (call, programme)
        return found


class _LetterFacts:
    """The record of one letter, put into the words of its language where the call has them."""

    def __init__(self, row: LetterRow, facts: Mapping[str, Any], call: Call, programme: Programme) -> None:
        self._row = row
        self._facts = facts
        self._call = call
        self._programme = programme
        self._language = row.language

    def letter(self) -> LetterData:
        """The whole letter."""
        facts, row = self._facts, self._row
        recipient = orjson.loads(row.recipient) if row.recipient else {}
        second = ("second_window",) if facts.get("outcome") == "profile_invited" else ()
        windows = facts.get("windows", ("window", *second))
        return LetterData(
            letter=letter_number(row.number),
            call=self._call_data(),
            recipient={
                "name": recipient.get("name"),
                "postal_address": recipient.get("postal_address"),
                "email": recipient.get("email"),
            },
            proposal={
                "number": row.proposal or "",
                "title": facts.get("title"),
                "received_at": facts.get("received_at"),
                "total_amount": facts.get("total_amount"),
                "grant_amount": facts.get("grant_amount"),
            },
            decision=self._decision(),
            findings=[criterion_finding(self._call, item, self._language) for item in self._open_findings()],
            scores=criterion_scores(self._call, facts.get("by_criterion", {}), self._language),
            reasons=[reason for reason in facts.get("reasons", ()) if "criterion" not in reason["values"]],
            clarification={"working_days": self._call.clarification.working_days}
            if row.kind == LetterKind.CLARIFICATION_REQUEST
            else None,
            deadline=self._deadline(self._call.window) if "window" in windows else None,
            second_deadline=self._deadline(self._call.second_window) if "second_window" in windows else None,
            reason=facts.get("reason"),
            changes=facts.get("changes", ()),
            names={**facts.get("references", {}), **recipient.get("parties", {})},
        )

    def _call_data(self) -> CallData:
        call, contact, appeal = self._call, self._call.contact, self._call.appeal
        return CallData(
            call=call.call,
            title=call.title[self._language],
            programme=self._programme.title[self._language],
            currency=call.currency,
            contact={
                "name": contact.name,
                "email": contact.email,
                "postal_address": contact.postal_address or None,
                "telephone": contact.telephone or None,
            },
            appeal={
                "clause": appeal.clause,
                "working_days": appeal.working_days,
                "addressee": appeal.addressee[self._language],
            },
            synthetic=self._programme.synthetic,
            time_zone=call.time_zone,
            label=call.label.get(self._language),
        )

    def _open_findings(self) -> list[Mapping[str, Any]]:
        """The findings behind the letter: those asked about, those not met, and the conditions of an award."""
        facts = self._facts
        reasons = [item["values"] for item in facts.get("reasons", ()) if "criterion" in item["values"]]
        conditions = [{**item, "is_condition": True} for item in facts.get("conditions", ())]
        return [*facts.get("findings", ()), *reasons, *conditions]

    def _decision(self) -> DecisionData | None:
        facts = self._facts
        if "outcome" not in facts:
            return None
        stage = Stage.PROFILE if facts["outcome"].startswith("profile") else Stage.PROPOSAL
        return DecisionData(
            outcome=facts["outcome"],
            amount=facts["amount"],
            rank=facts["rank"],
            ranked_count=facts["ranked_count"] or None,
            total=facts["total"],
            maximum_total=plain_number(highest_ranked_total(self._call, stage)) if facts["total"] else None,
            line_total=facts["line_total"],
            reserve_position=facts.get("reserve_position"),
            points=facts.get("points"),
        )

    def _deadline(self, window: Window | None) -> DeadlineData | None:
        if window is None:
            return None
        closes_at = instant_text(closes_at_utc(window, self._call.time_zone))
        return DeadlineData(closes_at=closes_at, time_zone=self._call.time_zone)


def criterion_finding(call: Call, plain: Mapping[str, Any], language: str) -> FindingData:
    """A finding of the record with the call's own title and remedy, where it has them."""
    code = plain["criterion"]
    own = next((item for item in call.prerequisites if code == f"prerequisite.{item.code}"), None)
    scored = next((item for item in call.rubric.criteria if code == f"evaluation.minimum.{item.code}"), None)
    titled = own or scored
    return FindingData(
        criterion=code,
        title=titled.title[language] if titled else None,
        clause=plain["clause"],
        verdict=plain["verdict"],
        required=plain["required"],
        seen=plain["seen"],
        remedy=own.remedy[language] if own else None,
        notes=plain.get("notes", ()),
        is_condition=plain.get("is_condition", False),
    )


def criterion_scores(call: Call, exact_marks: Mapping[str, str | None], language: str) -> list[ScoreData]:
    """Each criterion marked, with its weight, minimum, scale and points."""
    rubric = call.rubric
    added = points(rubric, exact_marks)
    return [
        ScoreData(
            criterion=item.code,
            title=item.title[language],
            weight=plain_number(item.weight),
            mark=None if (mark := exact_marks[item.code]) is None else plain_number(shown_mark(mark, rubric.decimals)),
            minimum=None if item.minimum is None else plain_number(item.minimum),
            maximum=plain_number(scale_of(rubric, item).maximum),
            points=plain_number(added[item.code]) if added else None,
        )
        for item in rubric.criteria
        if item.code in exact_marks
    ]


def letter_number(number: int) -> str:
    """The number of a letter as it is written on it."""
    return f"L-{number:06d}"


def file_name(row: LetterRow) -> str:
    """What the files of a letter are called, without their suffix."""
    return f"{letter_number(row.number)}-{row.kind}.{row.language}"


def preview(workspace: Workspace, proposal: str) -> Rendered:
    """The last letter about a proposal, marked draft while it is not released. Raises NotFoundError without one."""
    with workspace.read() as unit:
        unit.proposals.get(proposal)
        rows = unit.letters.of_proposal(proposal)
        if not rows:
            raise NotFoundError(f"no letter about {proposal} is on record yet")
        row = rows[-1]
        return Renderer(unit).render(row, None if row.release is None else orjson.loads(row.release))


def list_letters(workspace: Workspace, call: str) -> list[LetterRow]:
    """The letters of a call."""
    with workspace.read() as unit:
        unit.calls.get(call)
        return list(unit.letters.of_call(call))


def write_letters(workspace: Workspace, call: str) -> int:
    """Writes the files of every released letter of a call, made again from the record; returns how many."""
    folder = workspace.folder / "letters" / call
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    with workspace.read() as unit:
        renderer = Renderer(unit)
        for row in list(unit.letters.of_call(call, "released")):
            letter = renderer.render(row, orjson.loads(row.release or b"null"))
            text, html = _files(workspace, row)
            text.write_text(letter.text, encoding="utf-8")
            html.write_text(letter.html, encoding="utf-8")
            count += 1
    return count


def remove_files(workspace: Workspace, rows: Iterable[LetterRow]) -> None:
    """Removes the files of some letters; ``write_letters`` makes them again from what their records still say."""
    for row in rows:
        for path in _files(workspace, row):
            path.unlink(missing_ok=True)


def _files(workspace: Workspace, row: LetterRow) -> tuple[Path, Path]:
    """Where the text and the page of a released letter are written."""
    folder = workspace.folder / "letters" / row.call
    return folder / f"{file_name(row)}.txt", folder / f"{file_name(row)}.html"
