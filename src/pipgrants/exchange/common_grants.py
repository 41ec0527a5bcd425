"""Calls and what became of them as CommonGrants data: opportunities, competitions, applications and awards.

The models of the CommonGrants protocol 0.4 (https://commongrants.org), each kind of them a list of one JSON document. A
call is an opportunity with one competition. Money is a string there. Identifiers are UUIDs made from those on record
(RFC 9562, version 5), so that they are the same each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias
from uuid import NAMESPACE_URL, uuid5

import orjson

from pipgrants.domain.plain import plain_amount
from pipgrants.domain.public_record import PublicApplication, PublicAward, PublicCall, PublicRecord, Standing
from pipgrants.domain.vocabulary import Outcome

Value: TypeAlias = "str | Sequence[str] | Mapping[str, Value]"
Model: TypeAlias = dict[str, Value]

ORG_ID = "org:org-id.guide:identifier"
"""The register of organisations' identifiers, as the protocol names registers: of what, whose, and which of theirs."""

_STATUSES: dict[str, str] = {
    Outcome.AWARD: "accepted",
    Outcome.CONDITIONAL_AWARD: "accepted",
    Outcome.DECLINE: "rejected",
    Outcome.INELIGIBLE: "rejected",
    "late": "rejected",
}
"""By what became of an application, its status; any other is told as a custom one."""

_AWARD_STATUSES = {
    Standing.ENDED: "completed",
    Standing.CLOSED: "completed",
    Standing.CANCELLED: "cancelled",
}


def common_grants(record: PublicRecord) -> bytes:
    """The JSON document with a list for each of the four kinds."""
    models = [_Models(record, call) for call in record.calls]
    document = {
        "opportunities": [item.opportunity() for item in models],
        "competitions": [item.competition() for item in models],
        "applications": [found for item in models for found in item.applications()],
        "awards": [found for item in models for found in item.awards()],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


class _Models:
    """What is public of one call, as models of the protocol."""

    def __init__(self, record: PublicRecord, call: PublicCall) -> None:
        self._publisher = record.publisher
        self._call = call
        self._terms = call.call
        self._title = call.call.title[call.language]

    def opportunity(self) -> Model:
        """The call: ``OpportunityBase``."""
        limits = self._terms.grant
        amounts = {
            "totalAmountAvailable": self._terms.envelope_amount,
            "minAwardAmount": limits.minimum_amount,
            "maxAwardAmount": limits.maximum_amount,
        }
        window = self._terms.window
        return {
            "id": self._id("call", self._terms.call),
            "title": self._title,
            "status": self._status(),
            "description": self._call.description,
            "funding": {name: self._money(amount) for name, amount in amounts.items() if amount is not None},
            "keyDates": {
                "postDate": _day("Call published", self._call.published_on),
                "closeDate": _minute("Last minute for applications", window.closes_at),
            },
            **self._instants(),
        }

    def competition(self) -> Model:
        """How one applies to the call: ``CompetitionBase``. No form of it is published."""
        window, second = self._terms.window, self._terms.second_window
        dates: dict[str, Value] = {
            "openDate": _minute("Opening of applications", window.opens_at),
            "closeDate": _minute("Last minute for applications", window.closes_at),
        }
        if second is not None:
            name = "Window for full proposals"
            dates["otherDates"] = {"fullProposals": _period(name, second.opens_at.date(), second.closes_at.date())}
        return {
            "id": self._id("competition", self._terms.call),
            "opportunityId": self._id("call", self._terms.call),
            "title": self._title,
            "description": self._call.description,
            "status": self._status(),
            "keyDates": dates,
            "forms": {"forms": {}},
            **self._instants(),
        }

    def applications(self) -> Iterator[Model]:
        """What became of each application: ``ApplicationBase``, without what it says and who made it."""
        labels = "; ".join(self._call.labels)
        marks: Model = {"customFields": {"label": {"name": "label", "fieldType": "string", "value": labels}}}
        for application in self._call.applications:
            yield {
                "id": self._id("proposal", application.proposal),
                "title": application.title,
                "competitionId": self._id("competition", self._terms.call),
                "opportunityId": self._id("call", self._terms.call),
                "formResponses": {},
                "status": _became(application),
                "submittedAt": application.received_at.isoformat(),
                "createdAt": application.received_at.isoformat(),
                "lastModifiedAt": self._call.changed_at.isoformat(),
                **(marks if labels else {}),
            }

    def awards(self) -> Iterator[Model]:
        """The awards that stand: ``AwardBase``."""
        for award in self._call.awards:
            yield {
                "id": self._id("award", award.proposal),
                "title": award.title,
                "identifiers": _identifiers(f"awd:{self._publisher.identifier}:number", award.proposal),
                "description": self._call.description,
                "status": _stands(award),
                "funding": self._funding(award),
                "keyDates": {"awardDate": _day("Award", award.awarded_on)},
                "opportunity": {"id": self._id("call", self._terms.call), "title": self._title},
                "application": {"id": self._id("proposal", award.proposal), "title": award.title},
                "funders": {"primary": self._funder()},
                "recipientOrganizations": {"primary": self._recipient(award)},
                "createdAt": award.awarded_at.isoformat(),
                "lastModifiedAt": self._call.award_changed_at(award).isoformat(),
            }

    def _funding(self, award: PublicAward) -> Model:
        awarded: Model = {"awardedAmount": self._money(award.amount)}
        if award.project is None:
            return awarded
        return awarded | {"disbursedAmount": self._money(award.project.accounts.held_amount)}

    def _status(self) -> Model:
        if self._call.is_cancelled:
            return {"value": "custom", "customValue": "cancelled"}
        return {"value": "open" if self._call.is_receiving else "closed"}

    def _instants(self) -> Model:
        created, modified = self._call.published_at, self._call.changed_at
        return {"createdAt": created.isoformat(), "lastModifiedAt": modified.isoformat()}

    def _funder(self) -> Model:
        identifier, name = self._publisher.identifier, self._publisher.name
        return {"id": self._id("organisation", ""), "name": name, "identifiers": _identifiers(ORG_ID, identifier)}

    def _recipient(self, award: PublicAward) -> Model:
        return {"id": self._id("party", award.recipient), "name": award.recipient_name}

    def _money(self, amount: Decimal) -> Model:
        currency = self._terms.currency
        return {"amount": plain_amount(amount, currency), "currency": currency}

    def _id(self, kind: str, name: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"{self._publisher.identifier}/{kind}/{name}"))


def _stands(award: PublicAward) -> Model:
    standing = award.project.standing if award.project else Standing.PLANNED
    described = "Conditional award" if award.is_conditional else "Award"
    return {"value": _AWARD_STATUSES.get(standing, "awarded"), "description": described}


def _became(application: PublicApplication) -> Model:
    status = _STATUSES.get(application.outcome)
    return {"value": status} if status else {"value": "custom", "customValue": application.outcome}


def _identifiers(register: str, number: str) -> Model:
    return {"otherIds": {register: {"registry": {"code": register}, "id": number}}}


def _day(name: str, day: date) -> Model:
    return {"name": name, "eventType": "singleDate", "date": day.isoformat()}


def _minute(name: str, minute: datetime) -> Model:
    return {**_day(name, minute.date()), "time": minute.time().isoformat()}


def _period(name: str, start: date, end: date) -> Model:
    return {"name": name, "eventType": "dateRange", "startDate": start.isoformat(), "endDate": end.isoformat()}
