"""A round whose applicants are of several groups."""

from pipgrants.domain.application import Application
from pipgrants.domain.vocabulary import PriorityGroup, SizeClass
from pipgrants.services import amend
from rounds import CALL, WHILE_OPEN, Round, application, as_, edit

WOMEN, YOUTH = PriorityGroup.WOMEN_LED, PriorityGroup.YOUTH_LED
MARKS = {"A1": "5", "A2": "4.5", "A3": "4", "A4": "3.5", "A5": "2.5"}
"""The last of them stays below the minimum total; A6 and A7 bring too little and are screened out."""


def led_by(found: Application, *groups: PriorityGroup, size: SizeClass | None = SizeClass.SMALL) -> Application:
    """An application whose lead names some groups; its other members name none."""
    lead, *others = found.members
    details = lead.details._replace(priority_groups=frozenset(groups), size_class=size)
    return found._replace(members=(lead._replace(details=details), *others))


def grouped(round_: Round) -> Round:
    """The published round with seven applications, of which the envelope funds three, and its decisions prepared."""
    edit(round_.workspace, "calls", CALL, {"envelope_amount: 9000000": "envelope_amount: 300000"})
    amended = amend.amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=CALL, reason="Menos fondos")
    round_.ratify(amended.package, WHILE_OPEN)
    round_.receive(
        [
            led_by(application("A1"), YOUTH),
            led_by(application("A2"), YOUTH, size=None),
            led_by(application("A3", total="180000"), WOMEN),
            led_by(application("A4"), WOMEN, YOUTH),
            led_by(application("A5")),
            led_by(application("A6", counterpart="20000"), WOMEN),
            led_by(application("A7", counterpart="20000"))._replace(territory="HN-CR"),
        ]
    )
    round_.to_package(MARKS)
    return round_
