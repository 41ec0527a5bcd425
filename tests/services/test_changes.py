"""What an amendment changes, as codes and typed values."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms, PartialFunding, SubEnvelope
from pipgrants.domain.call import (
    AppealTerms,
    Call,
    ClarificationTerms,
    Contact,
    CounterpartRule,
    EligibleCosts,
    GrantLimits,
    InKindCap,
    InvitationTerms,
    Prerequisite,
    Priority,
    RandomSource,
    RankingRule,
)
from pipgrants.domain.evaluator_terms import Affinity, EvaluatorTerms
from pipgrants.domain.implementation_terms import ImplementationTerms
from pipgrants.domain.rubric import Criterion, Rubric, Scale, ScoringTerms
from pipgrants.domain.rules import AllOf, AtMost
from pipgrants.domain.vocabulary import EvidenceKind, SizeClass
from pipgrants.letters.changes import change_sentences, changes_table
from pipgrants.letters.phrasing import Phrasing
from pipgrants.letters.templates import Templates, read_sources
from pipgrants.reading import read_file
from pipgrants.services.changes import NAMED, changes

PROJECT = Path(__file__).resolve().parents[2]
LATER = datetime.fromisoformat("2027-01-04 17:00")
"""A local time of the call."""
BY_SIZE = {SizeClass.LARGE: Decimal("0.4")}
TEMPLATES = Templates(read_sources(PROJECT / "templates"))
FIXED = {"call", "number_prefix", "programme", "currency", "time_zone", "stages"}


@pytest.fixture(scope="module")
def call() -> Call:
    return read_file(PROJECT / "workflows" / "calls" / "pip-two-stage.yaml", Call)


def test_a_call_that_stays_the_same_has_no_changes(call: Call) -> None:
    assert changes(call, replace(call)) == []


@pytest.mark.parametrize(
    ("amend", "part", "new"),
    [
        (
            lambda call: replace(call, window=replace(call.window, closes_at=LATER)),
            "window.closes_at",
            {"instant": "2027-01-04T23:00:00.000000Z"},
        ),
        (
            lambda call: replace(call, envelope_amount=Decimal("1234.5")),
            "envelope_amount",
            {"amount": "1234.50", "currency": "USD"},
        ),
        (
            lambda call: replace(
                call, grant=replace(call.grant, maximum_share_by_size={SizeClass.LARGE: Decimal("0.4")})
            ),
            "grant.maximum_share_by_size",
            {"share": "0.4", "code": "large"},
        ),
        (
            lambda call: replace(call, appeal=replace(call.appeal, working_days=15)),
            "appeal.working_days",
            {"number": "15"},
        ),
        (
            lambda call: replace(call, required_evidence=(EvidenceKind.TAX_CERTIFICATE,)),
            "required_evidence",
            {"codes": ["tax_certificate"]},
        ),
    ],
)
def test_a_value_is_told_as_it_becomes(call: Call, amend: Callable[[Call], Call], part: str, new: object) -> None:
    (change,) = changes(call, amend(call))
    assert (change["part"], change["new"]) == (part, new)
    (back,) = changes(amend(call), call)
    assert (back["old"], back["new"]) == (change["new"], change["old"])


def first(call: Call, **values: object) -> Call:
    """The call with another first prerequisite."""
    own, *others = call.prerequisites
    return replace(call, prerequisites=(replace(own, **values), *others))


def told(call: Call, amended: Call, language: str = "en") -> list[str]:
    """The sentences about an amendment."""
    wording = TEMPLATES.wording(language)
    return list(change_sentences(changes(call, amended), Phrasing(wording, call.currency, call.time_zone)))


TITLE = (
    "“The project is of one of the four types: horizontal network, vertical network, cluster, local productive "
    "environment.”"
)


@pytest.mark.parametrize(
    ("amend", "sentences"),
    [
        (
            lambda call: first(call, in_force_from=date(2030, 1, 1)),
            [f"prerequisites: {TITLE}: in force from (clause 3.1): January 12, 2026 → January 1, 2030"],
        ),
        (
            lambda call: first(call, rule=AllOf((AtMost("proposal.duration_months", Decimal(24)),))),
            [
                f"prerequisites: {TITLE}: rule (clause 3.1): – type of project: one of: horizontal network, vertical "
                "network, cluster, local productive environment → – all of the following: "
                "· duration in months: at most 24"
            ],
        ),
        (
            lambda call: replace(call, appeal=replace(call.appeal, addressee={"en": "The board", "es": "La junta"})),
            [
                "how to appeal: addressee (clause 7.2): Appeals committee of the Competitiveness Fund, "
                "appeals@competitiveness-fund.example → The board"
            ],
        ),
        (
            lambda call: replace(call, ranking=replace(call.ranking, tie_breaks=("lower_grant", "number"))),
            [
                "ranking and ties: how ties are broken (clause 5.5): the proposal of a priority group comes first; "
                "the higher mark in “Competitiveness through collective action, innovative and replicable” comes "
                "first; the higher counterpart share comes first; the proposal received earlier comes first; the lower "
                "proposal number comes first → the lower grant comes first; the lower proposal number comes first"
            ],
        ),
        (
            lambda call: replace(call, weekend=("friday", "saturday", "sunday")),
            ["days of the weekend: Saturday, Sunday → Friday, Saturday, Sunday"],
        ),
        (
            lambda call: replace(call, contact=replace(call.contact, telephone="+504 1")),
            ["contact: telephone: +504 0000 0000 → +504 1"],
        ),
        (
            lambda call: replace(
                call,
                allocation=replace(call.allocation, rule=AllocationRule.STOP_AT_FIRST, minimum_score=None),
            ),
            [
                "how the funds are allocated: rule (clause 6.1): ranking above a minimum total while funds last → "
                "ranking up to the first proposal that the funds do not cover",
                "minimum total for funding (clause 6.1): 60 → —",
            ],
        ),
    ],
)
def test_a_value_without_a_name_of_its_own_is_told_by_where_it_stands(
    call: Call, amend: Callable[[Call], Call], sentences: list[str]
) -> None:
    assert told(call, amend(call)) == sentences


def test_a_text_that_changes_in_another_language_is_told_in_that_one(call: Call) -> None:
    addressee = {**call.appeal.addressee, "en": "The board"}
    amended = replace(call, appeal=replace(call.appeal, addressee=addressee))
    assert told(call, amended, "es") == [
        "cómo presentar un recurso: destinatario (cláusula 7.2): inglés: Appeals committee of the Competitiveness "
        "Fund, appeals@competitiveness-fund.example → inglés: The board"
    ]


def test_entries_in_another_order_are_told_by_their_titles(call: Call) -> None:
    amended = replace(call, prerequisites=tuple(reversed(call.prerequisites)))
    before, after = (", ".join(item.title["pt"] for item in side.prerequisites) for side in (call, amended))
    assert told(call, amended, "pt") == [f"requisitos prévios: ordem: {before} → {after}"]


def test_an_entry_that_is_added_is_told_by_its_values(call: Call) -> None:
    texts = {"en": "Short", "es": "Breve", "pt": "Breve"}
    rule = AtMost("proposal.duration_months", Decimal(24))
    added = Prerequisite("brevity", "3.99", texts, texts, rule, date(2026, 1, 1))
    assert told(call, replace(call, prerequisites=(*call.prerequisites, added)), "es") == [
        f"requisitos previos: «Breve»: {what} (cláusula 3.99): — → {new}"
        for what, new in (
            ("cláusula", "3.99"),
            ("título", "Breve"),
            ("cómo cumplirlo", "Breve"),
            ("regla", "– duración en meses: como máximo 24"),
            ("en vigor desde", "1 de enero de 2026"),
            ("etapa", "perfil"),
            ("si no puede determinarse", "se pregunta al solicitante"),
        )
    ]


@pytest.mark.parametrize("name", sorted(path.stem for path in (PROJECT / "workflows" / "calls").glob("*.yaml")))
def test_whatever_changes_is_told_with_both_values(call: Call, name: str) -> None:
    """From the two-stage call to any other shipped one every part changes; no row is left without a value."""
    other = read_file(PROJECT / "workflows" / "calls" / f"{name}.yaml", Call)
    for language in ("en", "es", "pt"):
        wording = TEMPLATES.wording(language)
        table = changes_table(changes(call, other), Phrasing(wording, call.currency, call.time_zone))
        assert [row for row in table.rows if not row[2] or not row[3] or row[2] == row[3]] == []


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_every_term_that_an_amendment_can_change_is_worded(language: str) -> None:
    words = TEMPLATES.wording(language).words
    parts = {item.name for item in fields(Call)} - FIXED | set(NAMED)
    assert sorted(part for part in parts if f"part.{part}" not in words) == []
    assert sorted(key for key in keys() if f"key.{key}" not in words) == []


def keys() -> set[str]:
    """Every key of a definition that stands in no other place than in a part of a call."""
    parts = (
        Prerequisite,
        EligibleCosts,
        InKindCap,
        CounterpartRule,
        GrantLimits,
        Scale,
        Criterion,
        Rubric,
        Priority,
        RandomSource,
        RankingRule,
        AllocationTerms,
        ImplementationTerms,
        PartialFunding,
        SubEnvelope,
        ClarificationTerms,
        AppealTerms,
        Contact,
        InvitationTerms,
        ScoringTerms,
        EvaluatorTerms,
        Affinity,
    )
    named = {name.rpartition(".")[2] for name in NAMED}
    return {item.name for part in parts for item in fields(part) if item.compare} - named - {"code", "criteria"}
