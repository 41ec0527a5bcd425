"""Conflicts within a group: who can be in one, and who can leave over one."""

import pytest

from pipgrants.domain.group_conflict import refuse_unfit_departure, refuse_unfit_parties
from pipgrants.errors import RefusedError, UsageError

GROUP = ("E-1", "E-2", "E-3")


def test_a_conflict_involves_a_member_of_the_group_and_may_involve_others() -> None:
    refuse_unfit_parties(["E-9", "E-2"], GROUP, "P-1")
    with pytest.raises(RefusedError, match="involves one of its members; those of P-1 are: E-1, E-2, E-3"):
        refuse_unfit_parties(["E-9"], GROUP, "P-1")


def test_a_party_is_named_once() -> None:
    with pytest.raises(UsageError, match="E-2 is named twice"):
        refuse_unfit_parties(["E-2", "E-1", "E-2"], GROUP, "P-1")


@pytest.mark.parametrize(("leaving", "involved"), [("E-3", ["E-1", "E-2"]), ("E-9", ["E-9", "E-1"])])
def test_only_a_firm_of_the_group_that_is_involved_leaves_over_a_conflict(leaving: str, involved: list[str]) -> None:
    with pytest.raises(RefusedError, match=f"{leaving} cannot leave over this conflict"):
        refuse_unfit_departure(leaving, involved, GROUP, "P-1")
    refuse_unfit_departure("E-1", involved, GROUP, "P-1")
