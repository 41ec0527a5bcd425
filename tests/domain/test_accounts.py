"""Accounts of projects: no envelope goes negative, and no cent appears or disappears."""

from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule, run_state_machine_as_test

from pipgrants.domain.accounts import Accounts, Movement, accounts_of, add_up, free_amount
from pipgrants.domain.call import CounterpartRule, InKindCap
from pipgrants.domain.expenditure import Expenditure, moved_at_end, moved_by_disallowing
from pipgrants.domain.proposal import BudgetLine
from pipgrants.domain.vocabulary import ContributionForm, FundingSource
from pipgrants.errors import RefusedError

ENVELOPE = Decimal("1000.00")
HALF = CounterpartRule(clause="4.2", minimum_share=Decimal("0.5"), in_kind_cap=InKindCap(Decimal("0.3")))
GRANT, OWN = FundingSource.GRANT, FundingSource.OWN_FUNDS
CASH = ContributionForm.CASH
BROUGHT = ((GRANT, CASH), (OWN, CASH), (OWN, ContributionForm.IN_KIND))
SHARES = st.decimals(0, 1, places=2)


def cents(share: Decimal, amount: Decimal) -> Decimal:
    """A share of an amount, in whole cents."""
    return (share * amount).quantize(Decimal("0.01"), "ROUND_DOWN")


class Envelope(RuleBasedStateMachine):
    """Awards of one envelope in any order of events; ``vault`` and ``purse`` are what the fund and the projects hold,
    counted apart."""

    projects = Bundle("projects")
    steps_count = 0

    def __init__(self) -> None:
        super().__init__()
        self.accounts: dict[str, Accounts] = {}
        self.spent: dict[str, list[Expenditure]] = {}
        self.lines: dict[str, list[BudgetLine]] = {}
        self.vault, self.purse = ENVELOPE, Decimal(0)

    def move(self, project: str, movement: Movement, amount: Decimal) -> None:
        if amount:
            self.accounts[project] = self.accounts[project].after(movement, amount)
            self.purse += {Movement.DISBURSED: amount, Movement.REPAID: -amount}.get(movement, Decimal(0))
            self.vault += amount if movement in (Movement.RELEASED, Movement.REPAID) else 0

    @property
    def free(self) -> Decimal:
        return free_amount(ENVELOPE, self.accounts)

    @rule(target=projects, share=SHARES)
    def award(self, share: Decimal) -> str:
        """From the envelope, at first or from the reserve list once money is free again: promoting is no other act."""
        name, amount = f"P{len(self.accounts)}", cents(share, self.free)
        self.accounts[name] = accounts_of([(Movement.COMMITTED, amount)])
        self.vault -= amount
        self.spent[name] = []
        self.lines[name] = [BudgetLine(None, None, "", None, source, amount) for source in (GRANT, OWN)]
        return name

    @rule(target=projects)
    def promote(self) -> str:
        """All that is free goes to the next of the reserve list."""
        return self.award(Decimal(1))

    @rule(project=projects, share=SHARES)
    def disburse(self, project: str, share: Decimal) -> None:
        self.move(project, Movement.DISBURSED, cents(share, self.accounts[project].undisbursed_amount))

    @rule(project=projects, share=SHARES, brought=st.sampled_from(BROUGHT))
    def spend(self, project: str, share: Decimal, brought: tuple[FundingSource, ContributionForm]) -> None:
        source, form = brought
        number = len(self.spent[project]) + 1
        amount = cents(share, self.lines[project][0].amount)
        self.spent[project].append(Expenditure(number, 1, source, amount, form=form))

    @rule(project=projects, share=SHARES, data=st.data())
    def disallow(self, project: str, share: Decimal, data: st.DataObject) -> None:
        spent = self.spent[project]
        if spent:
            place = data.draw(st.integers(0, len(spent) - 1))
            more = cents(share, spent[place].recognised_amount)
            spent[place] = spent[place]._replace(disallowed_amount=spent[place].disallowed_amount + more)
            moved = moved_by_disallowing(HALF, self.lines[project], spent, self.accounts[project], "USD")
            for movement, amount in moved.items():
                self.move(project, movement, amount)

    @rule(project=projects, share=SHARES)
    def give_back(self, project: str, share: Decimal) -> None:
        self.move(project, Movement.REPAID, cents(share, self.accounts[project].held_amount))

    @rule(project=consumes(projects))
    def withdraw(self, project: str) -> None:
        """The project ends: what was not paid is free, and all that it may not keep comes back."""
        for movement, amount in moved_at_end(HALF, self.spent[project], self.accounts[project], "USD").items():
            self.move(project, movement, amount)
        self.move(project, Movement.REPAID, self.accounts[project].due_amount)

    @invariant()
    def no_envelope_is_negative(self) -> None:
        assert self.free >= 0
        for accounts in self.accounts.values():
            assert min(*accounts, accounts.undisbursed_amount, accounts.held_amount, accounts.due_amount) >= 0
            assert accounts.due_amount <= accounts.held_amount

    @invariant()
    def no_cent_appears_or_disappears(self) -> None:
        Envelope.steps_count += 1
        together = add_up(self.accounts.values())
        assert self.free + together.undisbursed_amount + self.purse == ENVELOPE
        assert (self.free, together.held_amount) == (self.vault, self.purse)


def test_money_of_an_envelope_is_always_all_there() -> None:
    run_state_machine_as_test(Envelope, settings=settings(max_examples=250, stateful_step_count=50, deadline=None))
    assert Envelope.steps_count >= 10_000


def test_accounts_tell_where_an_award_is() -> None:
    accounts = accounts_of(
        [
            (Movement.COMMITTED, Decimal(100)),
            (Movement.DISBURSED, Decimal(60)),
            (Movement.RELEASED, Decimal(15)),
            (Movement.CLAIMED, Decimal(20)),
            (Movement.REPAID, Decimal(5)),
        ]
    )
    found = (accounts.undisbursed_amount, accounts.held_amount, accounts.award_amount, accounts.due_amount)
    assert found == (25, 55, 80, 15)


@pytest.mark.parametrize(
    ("movement", "amount"),
    [
        (Movement.DISBURSED, "40.01"),
        (Movement.RELEASED, "40.01"),
        (Movement.CLAIMED, "50.01"),
        (Movement.REPAID, "50.01"),
        (Movement.COMMITTED, "-0.01"),
    ],
)
def test_nothing_is_moved_that_is_not_there(movement: Movement, amount: str) -> None:
    moves = [(Movement.COMMITTED, 100), (Movement.DISBURSED, 60), (Movement.REPAID, 10)]
    accounts = accounts_of((move, Decimal(moved)) for move, moved in moves)
    with pytest.raises(RefusedError, match=f"{amount} cannot be {movement}"):
        accounts.after(movement, Decimal(amount))
