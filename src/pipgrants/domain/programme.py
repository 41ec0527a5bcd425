"""A programme: sources of money, operating criteria, tiers (PIP, "Institutional implementation plan")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from pipgrants.domain.bounds import Amount, Currency, Day, Several, Share, Words
from pipgrants.domain.names import require_slug
from pipgrants.domain.publisher import Publisher
from pipgrants.domain.text import Text
from pipgrants.domain.vocabulary import CostCategory, FundingSource, SubsidyType, Tier


class MoneySource(StrEnum):
    """Where the money of a programme comes from."""

    LOAN = "loan"
    GRANT = "grant"
    NATIONAL = "national"


@dataclass(frozen=True, slots=True)
class Source:
    """One source of the programme's money."""

    kind: MoneySource
    name: Words
    amount: Amount


@dataclass(frozen=True, slots=True)
class OperatingCriterion:
    """A numbered, dated clause. Exactly one of the limits is set; a call may be stricter, never laxer.

    ``minimum_counterpart_share`` (of the proposal), ``maximum_grant_share`` (of the proposal),
    ``maximum_grant_amount``, ``subsidy_types``, ``selection_headings`` (each must be a heading of the rubric),
    ``eligible_costs`` (the cost categories money may be spent on), ``ineligible_sources`` (of counterpart). Of calls
    that support the preparation of proposals: ``support_first_years`` (of the programme, within which they close) and
    ``support_awards_per_locality`` (the most that all of them together make in one).
    """

    clause: Words
    in_force_from: Day
    text: Text
    minimum_counterpart_share: Share | None = None
    maximum_grant_share: Share | None = None
    maximum_grant_amount: Amount | None = None
    subsidy_types: tuple[SubsidyType, ...] = ()
    selection_headings: tuple[Words, ...] = ()
    eligible_costs: tuple[CostCategory, ...] = ()
    ineligible_sources: tuple[FundingSource, ...] = ()
    support_first_years: Several | None = None
    support_awards_per_locality: Several | None = None


@dataclass(frozen=True, slots=True)
class DesignatedEntity:
    """The entity that performs a tier's duties, with the evidence for each quality the tier requires (PIP, table 3)."""

    name: Words
    designated_on: Day
    evidence: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Review:
    """A periodic review of the coordinating entity by management; one that is done has a result."""

    due_on: Day
    subject: Words
    done_on: Day | None = None
    result: str = ""

    def __post_init__(self) -> None:
        if (self.done_on is None) != (not self.result.strip()):
            raise ValueError("a review that is done has both done_on and result")


REQUIRED_QUALITIES: dict[Tier, tuple[str, ...]] = {
    Tier.MANAGEMENT: ("continuity", "transparency", "capacity_to_learn"),
    Tier.COORDINATION: (
        "decentralised_operation",
        "knowledge_of_private_institutions",
        "contacts_with_enterprises",
    ),
    Tier.IMPLEMENTATION: (
        "technical_credibility",
        "knowledge_of_enterprises_and_market",
        "contact_with_intermediaries_and_providers",
    ),
    Tier.SERVICE_PROVIDER: (),
}
"""What an entity at each tier must show (PIP, table 3)."""


@dataclass(frozen=True, slots=True)
class Programme:
    """The whole definition of a programme. ``stands_in`` says which tier performs the duties of an absent one.

    ``begins_on`` is the day that its years are counted from.

    ``territories`` are the names of the territories by code: a country (ISO 3166-1), its subdivisions (ISO 3166-2) and
    any further level down to the locality, each joined to the code of its parent by ``-`` (``HN-FM-0801``). Without
    any, territories are not checked.

    ``publisher`` is who publishes what became of the programme's money as open data.
    """

    programme: str
    title: Text
    currency: Currency
    sources: tuple[Source, ...]
    operating_criteria: tuple[OperatingCriterion, ...]
    tiers: Mapping[Tier, DesignatedEntity]
    stands_in: Mapping[Tier, Tier] = field(default_factory=dict)
    reviews: tuple[Review, ...] = ()
    territories: Mapping[str, str] = field(default_factory=dict)
    begins_on: Day | None = None
    publisher: Publisher | None = None
    synthetic: bool = False

    def __post_init__(self) -> None:
        require_slug("programme", self.programme)

    @property
    def envelope_amount(self) -> Decimal:
        """All the money of the programme."""
        return sum((source.amount for source in self.sources), Decimal(0))
