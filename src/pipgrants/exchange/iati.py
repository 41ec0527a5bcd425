"""Awards as an IATI activity file, version 2.03 (https://iatistandard.org): one activity for each.

The counterpart is an incoming commitment (transaction type 11) of the day of the award. The award is an outgoing one
(type 2), as the movements of its money say once it is a project: what is set free takes from the commitment, what is
repaid from the disbursements (type 3). Until an agreement says when the project starts, it is planned to start on the
day of the award. XML Schema does not check the codes; those of the publisher are checked before anything is written
(``unfit_for_iati``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from pipgrants.domain.accounts import Movement
from pipgrants.domain.conflicts_of_interest import months_after
from pipgrants.domain.plain import plain_amount, plain_number
from pipgrants.domain.public_record import Moved, PublicAward, PublicCall, PublicRecord, Standing
from pipgrants.domain.public_results import PublicResult, leads_to_a_day
from pipgrants.domain.publisher import defaults_for_iati
from pipgrants.domain.vocabulary import Language, MemberType
from pipgrants.scalars import fit

VERSION = "2.03"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

GENERAL_DESCRIPTION = "1"
FUNDING, ACCOUNTABLE, IMPLEMENTING = "1", "2", "4"
PLANNED_START, PLANNED_END = "1", "3"
DAC_THREE_DIGITS = "2"
OUTGOING_COMMITMENT, DISBURSEMENT, INCOMING_COMMITMENT = "2", "3", "11"
OUTCOME = "2"
UNIT = "1"
"""Codes of the lists DescriptionType, OrganisationRole, ActivityStatus, ActivityDateType, SectorVocabulary,
TransactionType, ResultType and IndicatorMeasure."""

STATUSES = {
    Standing.PLANNED: "1",
    Standing.RUNNING: "2",
    Standing.ENDED: "3",
    Standing.CLOSED: "4",
    Standing.CANCELLED: "5",
    Standing.SUSPENDED: "6",
}
"""The codes of ActivityStatus."""

MOVEMENTS = {
    Movement.COMMITTED: (OUTGOING_COMMITMENT, 1),
    Movement.RELEASED: (OUTGOING_COMMITMENT, -1),
    Movement.DISBURSED: (DISBURSEMENT, 1),
    Movement.REPAID: (DISBURSEMENT, -1),
}
"""The kind of transaction that tells a movement, and its sign. What is claimed back moves once it is repaid."""

RECIPIENT_TYPES = {
    MemberType.ENTERPRISE: "70",
    MemberType.KNOWLEDGE_INSTITUTION: "80",
    MemberType.PUBLIC_BODY: "15",
    MemberType.ASSOCIATION: "22",
}
OTHER_TYPE = "90"
"""The codes of OrganisationType for those who receive awards, and for the rest of them."""

COUNTERPART = "Counterpart of the applicants, as counted when the proposal was screened"


class Organisation(NamedTuple):
    """An organisation as activities name it."""

    attributes: Mapping[str, str]
    name: str


def iati_activities(record: PublicRecord) -> bytes:
    """The whole file, whose instant is that of the last thing that became public."""
    root = Element("iati-activities", {"version": VERSION, "generated-datetime": record.changed_at.isoformat()})
    for call in record.calls:
        root.extend(_Activity(record, call, award).element() for award in call.awards)
    indent(root)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True)) + b"\n"


class _Activity:
    """The activity of one award; its elements stand in the order that the schema asks for."""

    def __init__(self, record: PublicRecord, call: PublicCall, award: PublicAward) -> None:
        publisher = record.publisher
        ours = {"ref": publisher.identifier, "type": publisher.organisation_type or ""}
        theirs = RECIPIENT_TYPES.get(award.recipient_type) if award.recipient_type else None
        self._us = Organisation(ours, publisher.name)
        self._recipient = Organisation({"type": theirs or OTHER_TYPE}, award.recipient_name)
        self._record = record
        self._call = call
        self._award = award

    def element(self) -> Element:
        """The activity."""
        activity = Element(
            "iati-activity",
            {
                "last-updated-datetime": self._call.award_changed_at(self._award).isoformat(),
                _LANGUAGE: self._call.language,
                "default-currency": self._call.call.currency,
            },
        )
        identifier = self._record.publisher.identifier
        SubElement(activity, "iati-identifier").text = f"{identifier}-{self._award.proposal}"
        self._who(activity)
        self._when(activity)
        self._where(activity)
        for name, code in defaults_for_iati(self._record.publisher).items():
            SubElement(activity, f"default-{name}", {"code": code})
        self._money(activity)
        for result in self._award.results:
            self._result(activity, result)
        return activity

    def _who(self, activity: Element) -> None:
        _add_organisation(activity, "reporting-org", self._us)
        _add(activity, "title", {}, {self._award.language: self._award.title})
        _add(activity, "description", {"type": GENERAL_DESCRIPTION}, self._descriptions())
        roles = ((FUNDING, self._us), (ACCOUNTABLE, self._us), (IMPLEMENTING, self._recipient))
        for role, organisation in roles:
            _add_organisation(activity, "participating-org", organisation, role=role)

    def _descriptions(self) -> dict[str, str]:
        """The labels and the purpose of the call in each of its languages."""
        return {language.value: self._call.described_in(language) for language in self._call.call.languages}

    def _when(self, activity: Element) -> None:
        project, months = self._award.project, self._award.duration_months
        SubElement(activity, "activity-status", {"code": STATUSES[project.standing if project else Standing.PLANNED]})
        start = (project and project.starts_on) or self._award.awarded_on
        end = (project and project.ends_on) or (months_after(start, months) if leads_to_a_day(months) else None)
        SubElement(activity, "activity-date", {"type": PLANNED_START, "iso-date": start.isoformat()})
        if end:
            SubElement(activity, "activity-date", {"type": PLANNED_END, "iso-date": end.isoformat()})

    def _where(self, activity: Element) -> None:
        SubElement(activity, "recipient-country", {"code": self._record.country(self._award) or ""})
        name = self._record.place(self._award)
        if name:
            _add(SubElement(activity, "location"), "name", {}, {"": name})
        sector = {"vocabulary": DAC_THREE_DIGITS, "code": self._record.publisher.sector or ""}
        SubElement(activity, "sector", sector)

    def _money(self, activity: Element) -> None:
        award = self._award
        if award.counterpart_amount:
            counterpart = award.awarded_on, award.counterpart_amount
            self._transaction(activity, INCOMING_COMMITMENT, *counterpart, self._recipient, self._us)
        promised = Moved(award.awarded_on, Movement.COMMITTED, award.amount)
        for moved in award.project.moved if award.project else (promised,):
            if moved.movement in MOVEMENTS:
                kind, sign = MOVEMENTS[moved.movement]
                self._transaction(activity, kind, moved.moved_on, sign * moved.amount, self._us, self._recipient)

    def _transaction(
        self, activity: Element, kind: str, on: date, amount: Decimal, provider: Organisation, receiver: Organisation
    ) -> None:
        day, currency = on.isoformat(), self._call.call.currency
        transaction = SubElement(activity, "transaction")
        SubElement(transaction, "transaction-type", {"code": kind})
        SubElement(transaction, "transaction-date", {"iso-date": day})
        value = SubElement(transaction, "value", {"currency": currency, "value-date": day})
        value.text = plain_amount(amount, currency)
        if kind == INCOMING_COMMITMENT:
            _add(transaction, "description", {}, {Language.ENGLISH.value: COUNTERPART})
        _add_organisation(transaction, "provider-org", provider)
        _add_organisation(transaction, "receiver-org", receiver)

    def _result(self, activity: Element, found: PublicResult) -> None:
        """What the award sets out to reach, with its baseline, its target and what was measured."""
        language = self._award.language
        result = SubElement(activity, "result", {"type": OUTCOME})
        _add(result, "title", {}, {language: found.title})
        indicator = SubElement(result, "indicator", {"measure": UNIT})
        _add(indicator, "title", {}, {language: found.indicator})
        if found.baseline is not None:
            on, value = found.baseline
            known = {"year": str(on.year), "iso-date": on.isoformat(), "value": plain_number(value)}
            SubElement(indicator, "baseline", known)
        for item in found.periods:
            period = SubElement(indicator, "period")
            SubElement(period, "period-start", {"iso-date": item.starts_on.isoformat()})
            SubElement(period, "period-end", {"iso-date": item.ends_on.isoformat()})
            for tag, number in (("target", item.target), ("actual", item.actual)):
                if number is not None:
                    SubElement(period, tag, {"value": plain_number(number)})


def _add_organisation(parent: Element, tag: str, organisation: Organisation, **more: str) -> None:
    _add(parent, tag, {**organisation.attributes, **more}, {"": organisation.name})


def _add(parent: Element, tag: str, attributes: Mapping[str, str], texts: Mapping[str, str]) -> None:
    """Adds an element with a text in each language; a proper name, under no language, is the same in every one."""
    element = SubElement(parent, tag, dict(attributes))
    for language, text in texts.items():
        SubElement(element, "narrative", {_LANGUAGE: language} if language else {}).text = fit(text)
