"""How much grant a counterpart covers, by the share that the call requires."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.call import Base, CounterpartRule
from pipgrants.domain.cofinancing import covered_grant
from pipgrants.money import reaches_share


def rule(share: str, of: Base = Base.PROPOSAL, tolerance: str = "0") -> CounterpartRule:
    return CounterpartRule(clause="4.2", minimum_share=Decimal(share), of=of, tolerance_amount=Decimal(tolerance))


@pytest.mark.parametrize(
    ("asked", "counterpart", "covered"),
    [
        (rule("0.5"), "100", "100"),
        (rule("0.5"), "90", "90"),
        (rule("0.2"), "10", "40"),
        (rule("0.3"), "10", "23.33"),
        (rule("1", Base.GRANT), "90", "90"),
        (rule("1.5", Base.GRANT), "90", "60"),
        (rule("0.5", tolerance="1"), "99", "100"),
        (rule("0"), "0", "100"),
        (rule("1"), "100", "0"),
        (None, "0", "100"),
    ],
)
def test_a_counterpart_covers_as_much_grant_as_its_share_says(
    asked: CounterpartRule | None, counterpart: str, covered: str
) -> None:
    assert covered_grant(asked, Decimal(counterpart), Decimal(100), "USD") == Decimal(covered)


amounts = st.integers(0, 10**9).map(lambda units: Decimal(units).scaleb(-2))


@given(amounts, amounts, st.decimals("0.01", 1, places=2))
def test_what_is_covered_passes_the_test_again_and_a_cent_more_does_not(
    counterpart: Decimal, grant: Decimal, share: Decimal
) -> None:
    covered = covered_grant(rule(str(share)), counterpart, grant, "USD")
    assert covered <= grant
    assert reaches_share(counterpart, counterpart + covered, share)
    if covered < grant:
        assert not reaches_share(counterpart, counterpart + covered + Decimal("0.01"), share)
