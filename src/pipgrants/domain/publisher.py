"""Who publishes what became of a programme's money as open data, as the standards of open data name organisations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from pipgrants.domain.bounds import Country, OrganisationIdentifier, Words
from pipgrants.domain.countries import COUNTRIES
from pipgrants.scalars import listed_in, matching

_TYPES = "10 11 15 21 22 23 24 30 40 60 70 71 72 73 80 90"
ORGANISATION_TYPES = frozenset(_TYPES.split())
"""The codelist OrganisationType of IATI 2.03."""

_SECTORS = """
110 111 112 113 114 120 121 122 123 130 140 150 151 152 160 210 220 230 231 232 233 234 235 236 240 250
310 311 312 313 320 321 322 323 330 331 332 410 430 510 520 530 600 720 730 740 910 930 998
"""
SECTORS = frozenset(_SECTORS.split())
"""The codelist SectorCategory of IATI: the sectors of the OECD DAC of three digits, without the withdrawn 920."""

OrganisationType: TypeAlias = Annotated[
    str, listed_in(ORGANISATION_TYPES, "a code of IATI's OrganisationType such as 10, government")
]
Sector: TypeAlias = Annotated[
    str, listed_in(SECTORS, "an OECD DAC sector of three digits such as 250, business and other services")
]

GrantPrefix: TypeAlias = Annotated[
    str, matching(re.compile(r"360G-[A-Za-z0-9_-]+"), "a prefix that 360Giving gave, such as 360G-agency")
]


@dataclass(frozen=True, slots=True)
class Publisher:
    """The organisation whose grants are published.

    ``identifier`` is its register (org-id.guide) and its number there. IATI needs the others too: what kind of
    organisation it is, its country, which is that of projects without a territory, and the sector of its projects.
    ``grant_prefix`` is the one that 360Giving gave the publisher; without it, grants are numbered under the identifier.
    """

    name: Words
    identifier: OrganisationIdentifier
    organisation_type: OrganisationType | None = None
    country: Country | None = None
    sector: Sector | None = None
    grant_prefix: GrantPrefix | None = None


def unfit_for_iati(publisher: Publisher) -> Iterator[str]:
    """The keys of a publisher that IATI needs, and that are absent or hold no code of its lists."""
    if publisher.organisation_type not in ORGANISATION_TYPES:
        yield "organisation_type"
    if publisher.country not in COUNTRIES:
        yield "country"
    if publisher.sector not in SECTORS:
        yield "sector"
