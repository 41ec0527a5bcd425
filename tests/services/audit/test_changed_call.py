"""A definition as it would be with other values: where they go, and every mistake by its path."""

from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.rules import AnyOf
from pipgrants.domain.vocabulary import CostCategory
from pipgrants.errors import DefinitionError, RefusedError
from pipgrants.services.audit.changed_call import changed_call, value_at

CALL = "pip-one-stage"
TEXT = (Path(__file__).parents[3] / "workflows" / "calls" / f"{CALL}.yaml").read_text(encoding="utf-8")


def mistakes(**changes: str) -> list[tuple[str, str]]:
    with pytest.raises(DefinitionError) as refused:
        changed_call(TEXT, {path.replace("__", "."): value for path, value in changes.items()}, CALL)
    return [(problem.field, problem.message.partition(";")[0]) for problem in refused.value.problems]


def test_a_value_is_named_by_its_keys() -> None:
    call = changed_call(TEXT, {"counterpart.minimum_share": "0.4", "envelope_amount": "12000000"}, CALL)
    assert call.counterpart is not None
    assert (call.counterpart.minimum_share, call.envelope_amount) == (Decimal("0.4"), Decimal(12_000_000))


def test_an_item_of_a_list_is_named_by_its_code() -> None:
    call = changed_call(TEXT, {"rubric.criteria.business_ideas.weight": "7"}, CALL)
    assert {item.code: item.weight for item in call.rubric.criteria if item.weight > 3} == {"business_ideas": 7}


def test_an_item_without_a_code_is_named_by_its_place_from_one() -> None:
    path = "prerequisites.minimum_enterprises.rule.any_of.1.all_of.2.count_of.at_least"
    call = changed_call(TEXT, {path: "6"}, CALL)
    (rule,) = (item.rule for item in call.prerequisites if item.code == "minimum_enterprises")
    assert isinstance(rule, AnyOf)
    assert "at_least=6" in str(rule.rules[0])
    assert "at_least=4" in str(rule.rules[1])


def test_a_list_is_written_as_in_the_file() -> None:
    call = changed_call(TEXT, {"eligible_costs.categories": "[staff, travel]"}, CALL)
    assert call.eligible_costs is not None
    assert call.eligible_costs.categories == (CostCategory.STAFF, CostCategory.TRAVEL)


def test_a_key_that_the_file_leaves_out_is_added() -> None:
    call = changed_call(TEXT, {"rubric.minimum_total_strict": "true", "counterpart.share_decimals": "2"}, CALL)
    assert call.counterpart is not None
    assert (call.rubric.minimum_total_strict, call.counterpart.share_decimals) == (True, 2)


def test_every_mistake_is_listed_by_its_path() -> None:
    assert mistakes(
        counterprt__minimum_share="0.4",
        rubric__criteria__trust__weight="7",
        counterpart__minimum_share="half",
        envelope_amount__net="3",
        allocation__reserve_count="-",
        invitation__maximum_count="5",
    ) == [
        ("rubric.criteria.trust.weight", "the list has no 'trust'"),
        ("envelope_amount.net", "'net' stands below a single value"),
        ("counterprt", "unknown key, perhaps 'counterpart' is meant"),
        ("allocation.reserve_count", "expected a whole number"),
        (
            "counterpart.minimum_share",
            "expected a plain decimal number such as 0.5 (no thousands mark, no exponent)",
        ),
        ("invitation.clause", "this key is required"),
    ]


def test_a_mistake_names_no_line_of_a_text_that_nobody_wrote() -> None:
    with pytest.raises(DefinitionError) as refused:
        changed_call(TEXT, {"counterpart.minimum_share": "half"}, CALL)
    assert [problem.line for problem in refused.value.problems] == [None]


def test_a_call_that_would_contradict_itself_is_refused() -> None:
    assert mistakes(rubric__minimum_total="600") == [
        ("rubric.minimum_total", "rubric.minimum_total is 600, but totals go from 0 to 100")
    ]


@pytest.mark.parametrize("path", ["window.closes_at", "title.es", "currency"])
def test_what_decides_nothing_among_those_received_is_refused(path: str) -> None:
    with pytest.raises(RefusedError, match=f"{path.partition('.')[0]} of a call decides nothing"):
        changed_call(TEXT, {path: "1"}, CALL)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("counterpart.minimum_share", "0.50"),
        ("rubric.criteria.business_ideas.weight", "3"),
        ("counterpart", None),
        ("x.y", None),
    ],
)
def test_a_value_is_shown_as_it_is_written(path: str, value: str | None) -> None:
    assert value_at(TEXT, path) == value
