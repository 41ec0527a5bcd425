"""What values programmes and calls can have: a senseless one is refused where it is read, with its key and line."""

from pathlib import Path

import pytest

from pipgrants.domain.call import Call
from pipgrants.domain.programme import Programme
from pipgrants.money import CURRENCIES, MINOR_UNIT_DIGITS
from pipgrants.reading import examine_text

WORKFLOWS = Path(__file__).resolve().parents[2] / "workflows"
SHIPPED = {
    Call: (WORKFLOWS / "calls" / "pip-one-stage.yaml").read_text(encoding="utf-8"),
    Programme: (WORKFLOWS / "programmes" / "competitiveness-fund.yaml").read_text(encoding="utf-8"),
}

SENSELESS_CALLS = [
    ("currency: USD", "currency: usd", "currency"),
    ("currency: USD", "currency: XXX", "currency"),
    ("envelope_amount: 9000000", "envelope_amount: -1", "envelope_amount"),
    ("envelope_amount: 9000000", f"envelope_amount: 1{'0' * 20}", "envelope_amount"),
    ("  closes_at: 2026-03-31 17:00", "  closes_at: 9999-12-31 17:00", "window.closes_at"),
    ("  opens_at: 2026-01-12 09:00", "  opens_at: 1900-01-12 09:00", "window.opens_at"),
    ("languages: [es, pt, en]", "languages: []", "languages"),
    ("  email: calls@competitiveness-fund.example", "  email: nonsense", "contact.email"),
    ('    clause: "3.2"', '    clause: ""', "prerequisites[2].clause"),
    ("  minimum_amount: 20000", "  minimum_amount: -1", "grant.minimum_amount"),
    ("  maximum_share: 0.50", "  maximum_share: 50", "grant.maximum_share"),
    ("  minimum_share: 0.50", "  minimum_share: -0.5", "counterpart.minimum_share"),
    ("  minimum_share: 0.50", "  minimum_share: 1.01", "counterpart.minimum_share"),
    ("  of: proposal", "  share_decimals: 200", "counterpart.share_decimals"),
    ("  of: proposal", "  tolerance_amount: -1", "counterpart.tolerance_amount"),
    ("    maximum_share: 0.40", "    maximum_share: 1.1", "counterpart.in_kind_cap.maximum_share"),
    ("    minimum: 0\n", "    minimum: -1\n", "rubric.scale.minimum"),
    ("    maximum: 5\n", f"    maximum: 1{'0' * 20}\n", "rubric.scale.maximum"),
    ("      weight: 2", f"      weight: 0.{'0' * 36}1", "rubric.criteria[1].weight"),
    ("      weight: 2", "      weight: 0", "rubric.criteria[1].weight"),
    ("      heading: promoting_institution", '      heading: " "', "rubric.criteria[1].heading"),
    ("  evaluators_count: 3", "  evaluators_count: 1000000", "rubric.evaluators_count"),
    ("  evaluators_count: 3", "  evaluators_count: 0", "rubric.evaluators_count"),
    ("  decimals: 4", "  decimals: 11", "rubric.decimals"),
    ("    points: 2", "    points: -2", "priorities[1].points"),
    ("      published_on: 2026-06-13", "      published_on: 3026-06-13", "ranking.draw[1].published_on"),
    ("      numbers_count: 6", "      numbers_count: 0", "ranking.draw[1].numbers_count"),
    ("  reserve_count: 10", "  reserve_count: -10", "allocation.reserve_count"),
    ("  working_days: 10\n  if_unanswered", "  working_days: 0\n  if_unanswered", "clarification.working_days"),
    ("  working_days: 10\n  addressee", "  working_days: 366\n  addressee", "appeal.working_days"),
    ("[2026-01-01,", "[9999-12-31,", "non_working_days[1]"),
]

SENSELESS_PROGRAMMES = [
    ("currency: USD", "currency: dollars", "currency"),
    ("    amount: 24000000", "    amount: -1", "sources[1].amount"),
    ("    name: Development bank loan", "    name: ''", "sources[1].name"),
    ('  - clause: "4.1"', '  - clause: " "', "operating_criteria[1].clause"),
    ("    in_force_from: 2025-01-01", "    in_force_from: 0025-01-01", "operating_criteria[1].in_force_from"),
    ("    maximum_grant_share: 0.50", "    maximum_grant_share: 50", "operating_criteria[1].maximum_grant_share"),
    ("    maximum_grant_amount: 250000", "    maximum_grant_amount: -1", "operating_criteria[4].maximum_grant_amount"),
    ("    name: Agency for Productive Linkages (invented)", "    name: ' '", "tiers.coordination.name"),
    ("    designated_on: 2024-09-02", "    designated_on: 9999-01-01", "tiers.management.designated_on"),
    ("  - due_on: 2025-12-15", "  - due_on: 2999-12-15", "reviews[1].due_on"),
]


@pytest.mark.parametrize(
    ("cls", "old", "new", "field"),
    [(Call, *case) for case in SENSELESS_CALLS] + [(Programme, *case) for case in SENSELESS_PROGRAMMES],
)
def test_senseless_value_is_refused_with_its_key_and_line(cls, old, new, field):
    text = SHIPPED[cls]
    assert old in text
    _, problems = examine_text(text.replace(old, new, 1), cls, file="x.yaml")
    line = text[: text.index(old)].count("\n") + 1
    assert [(problem.field, problem.line) for problem in problems] == [(field, line)]


@pytest.mark.parametrize(
    "line", ["    result: Satisfactory; two regional offices are to add an evaluator.\n", "    done_on: 2025-12-11\n"]
)
def test_review_that_is_done_has_a_day_and_a_result(line):
    _, problems = examine_text(SHIPPED[Programme].replace(line, "", 1), Programme, file="x.yaml")
    assert [str(problem) for problem in problems] == [
        "x.yaml:100: reviews[1]: a review that is done has both done_on and result"
    ]


@pytest.mark.parametrize("cls", [Call, Programme])
def test_what_is_shipped_is_within_all_bounds(cls):
    assert examine_text(SHIPPED[cls], cls, file="x.yaml")[1] == ()


def test_value_that_cannot_be_read_does_not_hide_other_mistakes():
    text = SHIPPED[Call].replace("  of: proposal", "  share_decimals: many", 1)
    call, problems = examine_text(text, Call, file="x.yaml")
    assert [problem.field for problem in problems] == ["counterpart.share_decimals"]
    assert (call.counterpart.share_decimals, call.counterpart.clause) == (None, "4.2")


def test_every_currency_with_its_own_number_of_decimals_is_a_currency():
    assert set(MINOR_UNIT_DIGITS) <= CURRENCIES
    assert {"USD", "EUR", "DKK", "HNL", "BRL"} <= CURRENCIES
