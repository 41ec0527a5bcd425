"""What is public of a small programme, as open-data exports take it, for tests of their formats."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipgrants.domain.accounts import Movement
from pipgrants.domain.call import Call
from pipgrants.domain.programme import Programme
from pipgrants.domain.proposal import Objective
from pipgrants.domain.public_record import (
    Moved,
    PublicApplication,
    PublicAward,
    PublicCall,
    PublicProject,
    PublicRecord,
    Standing,
)
from pipgrants.domain.public_results import results_of
from pipgrants.domain.vocabulary import Horizon, MemberType
from pipgrants.reading import read_file

WORKFLOWS = Path(__file__).resolve().parents[1] / "workflows"
PROGRAMME = read_file(WORKFLOWS / "programmes" / "competitiveness-fund.yaml", Programme)
CALL = read_file(WORKFLOWS / "calls" / "pip-two-stage.yaml", Call)
PUBLISHED = datetime(2026, 1, 5, 15, tzinfo=UTC)
AWARDED = datetime(2026, 6, 23, 3, tzinfo=UTC)
"""The evening of 22 June where the call is run."""
RELEASED = datetime(2026, 6, 24, 15, tzinfo=UTC)
LABEL = "SYNTHETIC: this workspace holds invented data."
DESIGNED, STARTED = date(2025, 11, 3), date(2026, 6, 22)
SALES = Objective("Más ventas", "Ventas", Horizon.SHORT_TERM, Decimal("100.50"), Decimal(120), 12)
TRUST = Objective("Confianza", "Encuesta", Horizon.LONG_TERM)


def award(number: int = 1, **known: Any) -> PublicAward:
    """An award to an enterprise of Tegucigalpa unless told otherwise."""
    given: dict[str, Any] = {
        "proposal": f"PIP2-{number:06}",
        "title": f"Red de talleres {number}",
        "language": "es",
        "recipient": f"E-{number:06}",
        "recipient_name": f"Taller {number} & hijos",
        "recipient_type": MemberType.ENTERPRISE,
        "amount": Decimal("99999.90"),
        "is_conditional": False,
        "awarded_at": AWARDED,
        "awarded_on": STARTED,
        "counterpart_amount": Decimal("100000.10"),
        "territory": "HN-FM-0801",
        "sector": "1391",
        "design_on": DESIGNED,
        "duration_months": 24,
        "results": results_of((SALES, TRUST), DESIGNED, STARTED, measured={}),
    }
    return PublicAward(**{**given, **known})


CARRIED_OUT = PublicProject(
    Standing.RUNNING,
    date(2026, 8, 3),
    date(2028, 8, 2),
    [
        Moved(date(2026, 6, 25), Movement.COMMITTED, Decimal("99999.90")),
        Moved(date(2026, 8, 24), Movement.RELEASED, Decimal("20000.00")),
        Moved(date(2026, 10, 5), Movement.DISBURSED, Decimal("40000.10")),
        Moved(date(2026, 11, 2), Movement.CLAIMED, Decimal("5000.05")),
        Moved(date(2026, 11, 9), Movement.REPAID, Decimal("5000.05")),
    ],
)
"""A project that was scaled down, paid once, and paid back a part."""
BARE = award(
    2,
    recipient_type=None,
    is_conditional=True,
    counterpart_amount=None,
    territory=None,
    sector=None,
    design_on=None,
    duration_months=None,
    results=(),
)
"""An award of whose project nothing is known."""
APPLICATIONS = [
    PublicApplication(f"PIP2-{place:06}", f"Red de talleres {place}", outcome, PUBLISHED)
    for place, outcome in enumerate(("award", "conditional_award", "reserve", "decline", "withdrawn"), 1)
]


def released(*awards: PublicAward, **known: Any) -> PublicCall:
    """A call in two stages whose decisions are released."""
    given: dict[str, Any] = {
        "call": CALL,
        "labels": [LABEL],
        "is_receiving": False,
        "is_cancelled": False,
        "published_at": PUBLISHED,
        "published_on": PUBLISHED.date(),
        "released_at": RELEASED,
        "applications": APPLICATIONS,
        "awards": awards,
    }
    return PublicCall(**{**given, **known})


def record(*awards: PublicAward, call: PublicCall | None = None, **publisher: Any) -> PublicRecord:
    """What is public of the programme: one call with these awards, or the one given."""
    assert PROGRAMME.publisher is not None
    public = call or released(*(awards or (award(), BARE)))
    return PublicRecord(PROGRAMME, replace(PROGRAMME.publisher, **publisher), [public])
