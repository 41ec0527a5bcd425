"""``party duplicates``, ``merge`` and ``separate``, typed as an officer would."""

from collections.abc import Callable
from pathlib import Path

import pytest

from desk import Answer, Desk
from rounds import CALL, application

KEPT, OTHER = "E-000001", "E-000007"
WHY = ("--reason", "The same firm")


@pytest.fixture
def doubled(open_desk: Desk, form: Callable[..., Path]) -> Desk:
    """One application of six firms, and the lead once more, under a shorter name and without a tax number."""
    made = application("A1")
    lead = made.members[0]._replace(details=made.members[0].details._replace(name="Cooperativa San Juan"))
    open_desk.do("proposal", "import", CALL, str(form(made._replace(members=(lead, *made.members[1:])))), by="olga")
    open_desk.do("party", "add", "Coop. San Juan", "--kind", "enterprise", by="olga")
    return open_desk


def lines(answer: Answer) -> list[str]:
    """What was shown below the label of invented data."""
    label, empty, *found = answer.out.splitlines()
    assert (label.split(":")[0], empty) == ("SYNTHETIC", "")
    return found


def test_duplicates_are_listed_with_why(doubled: Desk) -> None:
    assert lines(doubled.do("party", "duplicates")) == [
        "May be one",
        "  E-000001 Cooperativa San Juan (HN a11) and E-000007 Coop. San Juan: near-equal",
        "    names (0.873)",
        "",
        "Next:",
        "  pipgrants party show PARTY",
        "  pipgrants party merge KEPT MERGED --reason TEXT",
    ]
    [pair] = doubled.do("party", "duplicates", "--json").json["duplicates"]
    assert (pair["one"]["number"], pair["other"]["number"], pair["likeness"]) == (KEPT, OTHER, "0.873")


def test_a_merge_is_shown_from_both_sides_and_undone(doubled: Desk) -> None:
    doubled.try_out("party", "merge", KEPT, OTHER, *WHY)
    told = lines(doubled.do("party", "merge", KEPT, OTHER, *WHY, by="olga"))
    assert told[0] == f"{OTHER} is {KEPT} from now on: The same firm"
    assert "  name: Cooperativa San Juan stays; Coop. San Juan was said" in told
    assert f"Merged into             {KEPT}" in doubled.do("party", "show", OTHER).out
    assert f"Stands for              {OTHER}" in doubled.do("party", "show", KEPT).out
    assert f"Coop. San Juan (is {KEPT})" in doubled.do("party", "list").out
    assert lines(doubled.do("party", "duplicates")) == ["No two parties on record look like one."]
    refused = doubled.type("party", "merge", KEPT, OTHER, *WHY, by="olga")
    assert (refused.code, f"{OTHER} was merged into {KEPT}" in refused.asked) == (3, True)
    told = lines(doubled.do("party", "separate", OTHER, "--reason", "Two firms", by="olga"))
    assert told[0] == f"{OTHER} stands for itself again, beside {KEPT}: Two firms"
