"""Evaluators as their profiles say them, and how well one fits a proposal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from pipgrants.domain.application import match_name, match_tax_number
from pipgrants.domain.evaluator_terms import Affinity
from pipgrants.domain.hierarchies import sector_levels_shared, territory_distance
from pipgrants.domain.vocabulary import Language, TieKind

DIVISION = 2
"""The level of ISIC that makes an expert."""


class Organisation(NamedTuple):
    """An entity that somebody is or is tied to, known by its tax number or, without one on both sides, by its name."""

    name: str
    tax_country: str | None = None
    tax_number: str | None = None

    @property
    def compared_number(self) -> str:
        """The tax number as it is compared, empty without one."""
        return match_tax_number(self.tax_number or "")

    def is_same(self, other: Organisation) -> bool:
        """Whether two are one: by tax number where both have one, else by name.

        A country that is not on record contradicts none: better a conflict looked at in vain than one overlooked.
        """
        if self.compared_number and other.compared_number:
            is_abroad = self.tax_country and other.tax_country and self.tax_country != other.tax_country
            return self.compared_number == other.compared_number and not is_abroad
        return bool(self.name.strip()) and match_name(self.name) == match_name(other.name)


class Tie(NamedTuple):
    """What ties an evaluator to an organisation, and the last day of it; None while it lasts."""

    kind: TieKind
    organisation: Organisation
    until_on: date | None = None


class Profile(NamedTuple):
    """What is on record of an evaluator; ``sectors`` are codes of ISIC revision 4, ``institution`` is the employer."""

    evaluator: str
    sectors: tuple[str, ...] = ()
    territory: str | None = None
    languages: tuple[Language, ...] = ()
    load_limit: int | None = None
    institution: str | None = None
    tax_country: str | None = None
    tax_number: str | None = None
    email: str | None = None
    postal_address: str | None = None
    ties: tuple[Tie, ...] = ()

    @property
    def itself(self) -> Organisation:
        """The evaluator as an entity that a member can be: known by the tax number alone."""
        return Organisation("", self.tax_country, self.tax_number)

    @property
    def institution_key(self) -> str | None:
        """The form in which employers are compared."""
        return match_name(self.institution) if self.institution else None

    def without(self, organisation: Organisation) -> Profile:
        """The same without ties to an organisation, nor as its employee."""
        ties = tuple(tie for tie in self.ties if not tie.organisation.is_same(organisation))
        is_employer = self.institution is not None and Organisation(self.institution).is_same(organisation)
        return self._replace(ties=ties, institution=None if is_employer else self.institution)


class Topic(NamedTuple):
    """What of a proposal decides who fits it; None is a fact that is not on record."""

    sector: str | None
    territory: str | None
    language: Language


def levels_shared(sectors: Iterable[str], topic: Topic) -> int:
    """The levels of ISIC that the closest of some sectors shares with a proposal's, 0 where that is not on record."""
    return max((sector_levels_shared(code, topic.sector) for code in sectors), default=0) if topic.sector else 0


def distance(profile: Profile, topic: Topic) -> int:
    """How far an evaluator is from a proposal's territory (see ``territory_distance``), 0 where it is not known."""
    return territory_distance(profile.territory, topic.territory) if profile.territory and topic.territory else 0


def is_expert(profile: Profile, topic: Topic) -> bool:
    """Whether an evaluator's expertise lies in the division of the proposal's sector."""
    return levels_shared(profile.sectors, topic) >= DIVISION


def is_outside(profile: Profile, topic: Topic) -> bool:
    """Whether an evaluator is known to come from outside the proposal's territory."""
    return distance(profile, topic) > 0


def reads(profile: Profile, topic: Topic) -> bool:
    """Whether an evaluator is known to read the language of a proposal."""
    return topic.language in profile.languages


def affinity(weights: Affinity, profile: Profile, topic: Topic) -> int:
    """How well an evaluator fits a proposal, in the points that ``Affinity`` declares."""
    return (
        weights.expertise * levels_shared(profile.sectors, topic)
        + weights.language * reads(profile, topic)
        + weights.distance * distance(profile, topic)
    )
