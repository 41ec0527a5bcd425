"""What a letter says, from its record and the definitions it names, in the words that the call has for its language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from pipgrants.domain.calendar import closes_at_utc
from pipgrants.domain.call import Call, Window
from pipgrants.domain.consistency import highest_ranked_total
from pipgrants.domain.evaluation import scale_of
from pipgrants.domain.plain import plain_number
from pipgrants.domain.points import points, shown_mark
from pipgrants.domain.programme import Programme
from pipgrants.domain.text import in_language
from pipgrants.domain.vocabulary import LetterKind, Stage
from pipgrants.letters.data import CallData, DeadlineData, DecisionData, FindingData, LetterData, ScoreData
from pipgrants.store.letters import LetterRow
from pipgrants.trail.entry import instant_text


class LetterFacts:
    """The record of one letter, put into the words of its language where the call has them."""

    def __init__(self, row: LetterRow, facts: Mapping[str, Any], call: Call, programme: Programme) -> None:
        self._row = row
        self._facts = facts
        self._call = call
        self._programme = programme
        self._language = row.language

    def letter(self, number: str, replaces: str | None) -> LetterData:
        """The whole letter, with the number that stands on it and that of the letter it replaces."""
        facts, row = self._facts, self._row
        recipient = orjson.loads(row.recipient) if row.recipient else {}
        second = ("second_window",) if facts.get("outcome") == "profile_invited" else ()
        windows = facts.get("windows", ("window", *second))
        return LetterData(
            letter=number,
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
            scores=self._scores(),
            reasons=[reason for reason in facts.get("reasons", ()) if "criterion" not in reason["values"]],
            clarification={"working_days": self._call.clarification.working_days}
            if row.kind == LetterKind.CLARIFICATION_REQUEST
            else None,
            deadline=self._deadline(self._call.window) if "window" in windows else None,
            second_deadline=self._deadline(self._call.second_window) if "second_window" in windows else None,
            reason=facts.get("reason"),
            changes=facts.get("changes", ()),
            names={**facts.get("references", {}), **recipient.get("parties", {})},
            replaces=replaces,
            asked=facts.get("asked"),
            assigned=facts.get("assigned", ()),
            appeal=facts.get("appeal"),
            project=facts.get("project"),
        )

    def _call_data(self) -> CallData:
        call, contact, appeal = self._call, self._call.contact, self._call.appeal
        return CallData(
            call=call.call,
            title=call.title[self._language],
            programme=self._programme.title[self._language],
            currency=call.currency,
            contact={
                "name": in_language(contact.name, self._language),
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

    @property
    def _stage(self) -> Stage:
        """The stage that the letter decides."""
        return Stage.PROFILE if str(self._facts.get("outcome")).startswith("profile") else Stage.PROPOSAL

    def _scores(self) -> list[ScoreData]:
        return criterion_scores(self._call, self._stage, self._facts.get("by_criterion", {}), self._language)

    def _decision(self) -> DecisionData | None:
        facts, stage = self._facts, self._stage
        if "outcome" not in facts:
            return None
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
            threshold_total=facts.get("threshold_total"),
            points_from_line=facts.get("from_line", {}).get("points"),
            funded_share=facts.get("from_line", {}).get("share"),
        )

    def _deadline(self, window: Window | None) -> DeadlineData | None:
        if window is None:
            return None
        closes_at = instant_text(closes_at_utc(window, self._call.time_zone))
        return DeadlineData(closes_at=closes_at, time_zone=self._call.time_zone)


def threshold_total(score: Mapping[str, Any]) -> str | None:
    """The total that thresholds are compared with, of the detail of a ranking, where the ranking weighs otherwise."""
    return score["total"] if "ranking_total" in score else None


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


def criterion_scores(call: Call, stage: Stage, exact_marks: Mapping[str, str | None], language: str) -> list[ScoreData]:
    """Each criterion marked at a stage, with its weight in the ranking, minimum, scale and points."""
    rubric = call.rubric
    added = points(rubric, exact_marks)
    return [
        ScoreData(
            criterion=item.code,
            title=item.title[language],
            weight=plain_number(item.weight_in_ranking),
            mark=None if (mark := exact_marks[item.code]) is None else plain_number(shown_mark(mark, rubric.decimals)),
            minimum=None if (minimum := item.minimum_at(stage)) is None else plain_number(minimum),
            maximum=plain_number(scale_of(rubric, item).maximum),
            points=plain_number(added[item.code]) if added else None,
        )
        for item in rubric.criteria
        if item.code in exact_marks
    ]
