"""The columns of the application form, declared once: form, import and export are all made from this list.

Column names are the field names of ``domain.application`` and ``domain.proposal``; a key column joins the sheets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipgrants.domain.vocabulary import (
    Component,
    ContributionForm,
    CostCategory,
    EvidenceKind,
    FundingSource,
    Horizon,
    Language,
    MemberType,
    PriorityGroup,
    ProjectType,
    SizeClass,
    TieKind,
)

LONGEST_KEY = 100
"""The most characters of what identifies something: references, keys, codes, tax numbers."""
LONGEST_NAME = 500
"""The most characters of a name, a title, an address."""
LONGEST_TEXT = 5_000
"""The most characters of free text: two pages."""


class Kind(StrEnum):
    """What a cell of a column holds."""

    TEXT = "text"
    AMOUNT = "amount"
    NUMBER = "number"
    WHOLE_NUMBER = "whole_number"
    DATE = "date"
    INSTANT = "instant"
    WORD = "word"
    WORDS = "words"
    YES_OR_NO = "yes_or_no"
    COUNTRY = "country"
    EMAIL = "email"
    SHA256 = "sha256"


class YesOrNo(StrEnum):
    """The two answers to a plain question."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Field:
    """One column. ``words`` is the closed list its cells are taken from; the office fills in ``for_office`` ones.

    ``longest`` is how many characters a cell has at most.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    words: type[StrEnum] | None = None
    for_office: bool = False
    longest: int = LONGEST_NAME


def _key(name: str, *, required: bool = False) -> Field:
    return Field(name, required=required, longest=LONGEST_KEY)


def _text(name: str, *, required: bool = False) -> Field:
    return Field(name, required=required, longest=LONGEST_TEXT)


def _word(name: str, words: type[StrEnum], *, required: bool = False) -> Field:
    return Field(name, Kind.WORD, required, words)


_REFERENCE = _key("reference", required=True)
_MEMBER = _key("member")

INSTRUCTIONS = "instructions"
"""The sheet of the form that is for reading only."""
PROPOSALS = "proposals"
MEMBERS = "members"
BUDGET = "budget"
COUNTERPART = "counterpart"
OBJECTIVES = "objectives"
EVIDENCE = "evidence"

FORM: dict[str, tuple[Field, ...]] = {
    PROPOSALS: (
        _REFERENCE,
        Field("title", required=True),
        _word("language", Language),
        _word("project_type", ProjectType),
        _key("territory"),
        _key("sector"),
        Field("design_on", Kind.DATE),
        Field("duration_months", Kind.WHOLE_NUMBER),
        Field("total_amount", Kind.AMOUNT),
        Field("grant_amount", Kind.AMOUNT),
        Field("received_at", Kind.INSTANT, for_office=True),
        Field("source_state", for_office=True),
    ),
    MEMBERS: (
        _REFERENCE,
        _key("member", required=True),
        Field("name", required=True),
        Field("is_lead", Kind.YES_OR_NO, required=True, words=YesOrNo),
        _word("member_type", MemberType),
        _key("tax_number"),
        Field("tax_country", Kind.COUNTRY),
        Field("country", Kind.COUNTRY),
        Field("legal_form"),
        _word("size_class", SizeClass),
        _key("sector"),
        _key("territory"),
        _word("language", Language),
        Field("email", Kind.EMAIL),
        Field("postal_address"),
        Field("priority_groups", Kind.WORDS, words=PriorityGroup),
        Field("data_consent_on", Kind.DATE),
    ),
    BUDGET: (
        _REFERENCE,
        _MEMBER,
        _word("component", Component),
        _text("activity"),
        _word("cost_category", CostCategory),
        _word("source", FundingSource, required=True),
        Field("amount", Kind.AMOUNT, required=True),
    ),
    COUNTERPART: (
        _REFERENCE,
        _MEMBER,
        _word("form", ContributionForm, required=True),
        _word("source", FundingSource, required=True),
        Field("amount", Kind.AMOUNT, required=True),
        _key("evidence"),
        _text("valuation_basis"),
        _text("description"),
    ),
    OBJECTIVES: (
        _REFERENCE,
        _text("description", required=True),
        Field("indicator", required=True),
        _word("horizon", Horizon),
        Field("baseline", Kind.NUMBER),
        Field("target", Kind.NUMBER),
        Field("due_month", Kind.WHOLE_NUMBER),
    ),
    EVIDENCE: (
        _REFERENCE,
        _key("evidence", required=True),
        _word("kind", EvidenceKind, required=True),
        Field("issuer", required=True),
        Field("issued_on", Kind.DATE),
        Field("committed_amount", Kind.AMOUNT),
        Field("file_name"),
        Field("sha256", Kind.SHA256),
    ),
}
"""The sheets of the form in their order, each with its columns."""

FOR_OFFICE = tuple(field.name for field in FORM[PROPOSALS] if field.for_office)
"""The columns that only the office fills in: when an application was received, and its state in an earlier list."""

SCORES = (
    _key("proposal", required=True),
    _key("evaluator", required=True),
    _key("criterion", required=True),
    Field("criterion_title"),
    Field("mark", Kind.NUMBER),
    _text("comment"),
    _key("token"),
)
"""The columns of a score sheet; without a mark it is still to come. The title is for people and not read, the token
says whose sheet it is."""
EXCLUSIONS = (
    Field("name", required=True),
    Field("tax_country", Kind.COUNTRY),
    _key("tax_number"),
    _text("reason", required=True),
    Field("until_on", Kind.DATE),
)
PAYMENTS = (
    Field("line", Kind.WHOLE_NUMBER, required=True),
    Field("paid_on", Kind.DATE, required=True),
    Field("amount", Kind.AMOUNT, required=True),
    _key("document", required=True),
    _text("description"),
    _word("form", ContributionForm),
    Field("contract", Kind.WHOLE_NUMBER),
)
EVALUATORS = (
    _key("evaluator", required=True),
    Field("sectors"),
    _key("territory"),
    Field("languages", Kind.WORDS, words=Language),
    Field("load_limit", Kind.WHOLE_NUMBER),
    Field("institution"),
    Field("tax_country", Kind.COUNTRY),
    _key("tax_number"),
    Field("email", Kind.EMAIL),
    Field("postal_address"),
    _word("tie", TieKind),
    Field("organisation"),
    Field("organisation_tax_country", Kind.COUNTRY),
    _key("organisation_tax_number"),
    Field("until_on", Kind.DATE),
)


def names(fields: Sequence[Field]) -> tuple[str, ...]:
    """The column names of a sheet."""
    return tuple(field.name for field in fields)
