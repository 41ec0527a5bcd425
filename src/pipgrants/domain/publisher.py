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

FLOW_TYPES = frozenset(["10", "21", "22", "30", "36", "37", "40", "50"])
_FINANCE_TYPES = """
110 210 310 311 421 422 4221 4222 423 424 425 431 432 433 434 510 520 530 610 611 612 613 614 615 616 617 618 620 621
622 623 624 625 626 627 630 631 632 633 634 635 636 637 638 639 1100 1101 1102 1103 1104 1105 1106 1107 1108 2100 3100
"""
FINANCE_TYPES = frozenset(_FINANCE_TYPES.split())
_AID_TYPES = """
A00 A01 A02 B01 B02 B021 B022 B02a B02b B03 B031 B032 B033 B04 B05 C01 D01 D011 D012 D013 D02 D021 E01 E02 F01 F02 F03
G01 H00 H01 H02 H03 H04 H05 H06 I01 I02 I05 J01 K01
"""
AID_TYPES = frozenset(_AID_TYPES.split())
TIED_STATUSES = frozenset(("3", "4", "5"))
"""The codelists FlowType, FinanceType, AidType and TiedStatus of IATI, without what was withdrawn or is a statistic."""

FlowType: TypeAlias = Annotated[str, listed_in(FLOW_TYPES, "a code of IATI's FlowType such as 10, ODA")]
FinanceType: TypeAlias = Annotated[
    str, listed_in(FINANCE_TYPES, "a code of IATI's FinanceType such as 110, standard grant")
]
AidType: TypeAlias = Annotated[
    str, listed_in(AID_TYPES, "a code of IATI's AidType such as C01, project-type interventions")
]
TiedStatus: TypeAlias = Annotated[str, listed_in(TIED_STATUSES, "a code of IATI's TiedStatus: 3, 4, or 5, untied")]

GrantPrefix: TypeAlias = Annotated[
    str, matching(re.compile(r"360G-[A-Za-z0-9_-]+"), "a prefix that 360Giving gave, such as 360G-agency")
]


@dataclass(frozen=True, slots=True)
class Publisher:
    """The organisation whose grants are published.

    ``identifier`` is its register (org-id.guide) and its number there. IATI needs the others too: what kind of
    organisation it is, its country, which is that of projects without a territory, and the sector of its projects.
    ``flow_type``, ``finance_type``, ``aid_type`` and ``tied_status`` are what IATI is told of every transaction.
    ``grant_prefix`` is the one that 360Giving gave the publisher; without it, grants are numbered under the identifier.
    """

    name: Words
    identifier: OrganisationIdentifier
    organisation_type: OrganisationType | None = None
    country: Country | None = None
    sector: Sector | None = None
    grant_prefix: GrantPrefix | None = None
    flow_type: FlowType | None = None
    finance_type: FinanceType | None = None
    aid_type: AidType | None = None
    tied_status: TiedStatus | None = None


_DEFAULTS = {
    "flow-type": FLOW_TYPES,
    "finance-type": FINANCE_TYPES,
    "aid-type": AID_TYPES,
    "tied-status": TIED_STATUSES,
}
"""What IATI is told of every transaction, in the order that its schema asks for, with the codes."""


def defaults_for_iati(publisher: Publisher) -> dict[str, str]:
    """What a publisher says of every transaction, by the name that IATI has for it."""
    said = {name: getattr(publisher, name.replace("-", "_")) for name in _DEFAULTS}
    return {name: code for name, code in said.items() if code is not None}


def unfit_for_iati(publisher: Publisher) -> Iterator[str]:
    """The keys of a publisher that IATI needs and that are absent, and those that hold no code of its lists."""
    if publisher.organisation_type not in ORGANISATION_TYPES:
        yield "organisation_type"
    if publisher.country not in COUNTRIES:
        yield "country"
    if publisher.sector not in SECTORS:
        yield "sector"
    for name, code in defaults_for_iati(publisher).items():
        if code not in _DEFAULTS[name]:
            yield name.replace("-", "_")
