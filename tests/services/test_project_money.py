"""Money of projects over the services: whatever is done in whatever order, the ledger balances."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from random import Random

from pipgrants.errors import PipgrantsError
from pipgrants.services.answers import withdraw
from pipgrants.services.audit.replay import replay
from pipgrants.services.audit.verify import verify
from pipgrants.services.project_views import CallEntry, list_projects, show_ledger
from pipgrants.services.reserve import prepare_promotion, show_reserve
from projected import (
    AGREEMENT,
    CONDITIONAL,
    RUNNING,
    TOO_OLD,
    ask,
    disallow,
    go,
    move,
    opened,
    repay,
    sign,
    spend,
    start,
    told_awards,
)
from rounds import Round, as_, open_workspace

ENVELOPE, AWARD = Decimal(200_000), Decimal(100_000)
STEPS = 120
MARKS = {"first": "5", "second": "4.5", "third": "4", "fourth": "3.5", "fifth": "3"}


class Walk:
    """Acts on the projects of a round, in random order; what comes of each is counted apart from the accounts."""

    def __init__(self, round_: Round, random: Random) -> None:
        self.round = round_
        self.random = random
        self.waiting = list(opened(round_).awards)
        self.running: list[str] = []
        self.ended: list[str] = []
        self.unopened: list[str] = []
        self.free, self.paid = ENVELOPE - 2 * AWARD, Decimal(0)
        self.done: Counter[str] = Counter()

    def one(self, numbers: list[str]) -> Round:
        """A project of some, as the only one of its round."""
        return Round(self.round.workspace, self.round.call, {"first": self.random.choice(numbers)})

    def amount(self) -> Decimal:
        return Decimal(self.random.randint(1, 40_000_00)).scaleb(-2)

    def begin(self) -> None:
        project = self.one(self.waiting)
        is_conditional = project.numbers["first"] == self.round.numbers["second"]
        sign(project, text=CONDITIONAL if is_conditional else AGREEMENT)
        start(project)
        self.waiting.remove(project.numbers["first"])
        self.running.append(project.numbers["first"])

    def disburse(self) -> None:
        project = self.one(self.running)
        number = ask(project, self.random.randint(1, 3)).number
        try:
            move(project, "certify", number, reason="Informe")
            move(project, "approve", number, by="marcos")
            self.paid += move(project, "pay", number).certified or 0
        except PipgrantsError:
            move(project, "reject", number, by="marcos", reason="Sin contrapartida")
            raise

    def spend(self) -> None:
        line, form = self.random.choice([(1, "cash"), (2, "cash"), (2, "cash"), (2, "in_kind")])
        spend(self.one(self.running), f"{line},2026-09-10,{self.amount()},F-1,{form}")

    def disallow(self) -> None:
        moved = disallow(self.one([*self.running, *self.ended]), self.random.randint(1, 3)).moved
        self.free += moved.get("released", 0)

    def give_back(self) -> None:
        amount = self.amount()
        repay(self.one([*self.running, *self.ended]), str(amount))
        self.free += amount
        self.paid -= amount

    def end(self) -> None:
        project = self.one([*self.waiting, *self.running])
        trigger, by = self.random.choice((("terminate", "marcos"), ("abandon", "olga"), ("complete", "olga")))
        self.free += go(project, trigger, by, "Fin").moved.get("released", 0)
        for numbers in (self.waiting, self.running):
            if project.numbers["first"] in numbers:
                numbers.remove(project.numbers["first"])
        self.ended.append(project.numbers["first"])

    def promote(self) -> None:
        workspace, call = self.round.workspace, self.round.call
        promoted = prepare_promotion(workspace, as_("olga"), RUNNING, call=call)
        self.round.ratify(promoted.package, RUNNING, by="maria")
        self.round.release(RUNNING)
        self.unopened += [line.proposal for line in promoted.decisions]
        self.free -= AWARD * len(promoted.decisions)

    def open(self) -> None:
        self.waiting += opened(self.round).awards
        self.unopened = []

    def give_up(self) -> None:
        number = self.random.choice(self.unopened)
        withdraw(self.round.workspace, as_("olga"), RUNNING, proposal=number, reason="Otro fondo")
        self.unopened.remove(number)
        self.free += AWARD

    @property
    def acts(self) -> list[Callable[[], None]]:
        """What can be tried now; spending and paying are tried more often."""
        return [
            *([*[self.spend] * 4, *[self.disburse] * 4] if self.running else []),
            *([self.disallow, self.give_back] if self.running or self.ended else []),
            *([self.begin] if self.waiting else []),
            *([self.end] if self.waiting or self.running else []),
            *([self.give_up, self.open] if self.unopened else []),
            self.promote,
        ]

    def step(self) -> None:
        act = self.random.choice(self.acts)
        with suppress(PipgrantsError):
            act()
            self.done[act.__name__] += 1


def balance(round_: Round) -> CallEntry:
    (entry,) = show_ledger(round_.workspace, round_.call).calls
    return entry


def test_no_cent_appears_or_disappears_whatever_is_done(tmp_path: Path) -> None:
    round_ = told_awards(open_workspace(tmp_path / "agency"), marks=MARKS)
    walk = Walk(round_, Random(7))
    for _ in range(STEPS):
        walk.step()
        found = balance(round_)
        amounts = list(map(Decimal, found[1:6]))
        assert min(amounts) >= 0
        assert amounts[0] == sum(amounts[1:]) == ENVELOPE
        assert (Decimal(found.free), Decimal(found.disbursed)) == (walk.free, walk.paid)
        assert Decimal(show_reserve(round_.workspace, round_.call).free or 0) == walk.free
    assert min(walk.done[name] for name in ("disburse", "spend", "disallow", "give_back", "end", "promote")) > 0
    assert len(list_projects(round_.workspace, round_.call)) > 2
    assert verify(round_.workspace, as_("aldo"), TOO_OLD).faults == ()
    assert replay(round_.workspace, as_("aldo"), TOO_OLD, call=round_.call).differences == ()
