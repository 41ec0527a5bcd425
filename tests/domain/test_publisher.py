"""Who publishes open data: the codes that IATI needs, and what a programme's file may say."""

from dataclasses import replace

import pytest

from pipgrants.domain.programme import Programme
from pipgrants.domain.publisher import Publisher, unfit_for_iati
from pipgrants.errors import DefinitionError
from pipgrants.reading import read_text
from published import WORKFLOWS

SHIPPED = (WORKFLOWS / "programmes" / "competitiveness-fund.yaml").read_text(encoding="utf-8")
WHOLE = Publisher("Agency", "XX-INVENTED-0001", "10", "HN", "250")


@pytest.mark.parametrize(
    ("publisher", "keys"),
    [
        (WHOLE, []),
        (Publisher("Agency", "XX-INVENTED-0001"), ["organisation_type", "country", "sector"]),
        (Publisher("Agency", "XX-INVENTED-0001", "12", "QQ", "251"), ["organisation_type", "country", "sector"]),
        (replace(WHOLE, flow_type="10", aid_type="C01"), []),
        (replace(WHOLE, flow_type="20", tied_status="1"), ["flow_type", "tied_status"]),
    ],
)
def test_iati_needs_codes_that_are_on_its_lists(publisher: Publisher, keys: list[str]) -> None:
    assert list(unfit_for_iati(publisher)) == keys


@pytest.mark.parametrize(
    ("key", "given", "mistaken", "expected"),
    [
        ("identifier", "XX-INVENTED-0001", "Agency 1", "the register of an organisation and its number there"),
        ("organisation_type", '"10"', '"12"', "a code of IATI's OrganisationType"),
        ("sector", '"250"', '"25"', "an OECD DAC sector of three digits"),
        ("flow_type", '"10"', '"20"', "a code of IATI's FlowType"),
        ("finance_type", '"110"', '"111"', "a code of IATI's FinanceType"),
        ("aid_type", "C01", "C02", "a code of IATI's AidType"),
        ("tied_status", '"5"', '"1"', "a code of IATI's TiedStatus"),
        ("country", "HN", "XX", "a country code of ISO 3166-1"),
        ("country", "HN", "HN\n  grant_prefix: agency", "a prefix that 360Giving gave"),
    ],
)
def test_mistaken_publisher_is_refused_with_its_line(key: str, given: str, mistaken: str, expected: str) -> None:
    text = SHIPPED.replace(f"  {key}: {given}\n", f"  {key}: {mistaken}\n")
    with pytest.raises(DefinitionError) as refused:
        read_text(text, Programme, file="fund.yaml")
    [problem] = refused.value.problems
    assert f"expected {expected}" in problem.message
    assert problem.field.startswith("publisher.")
    assert problem.line == SHIPPED[: SHIPPED.index(f"  {key}: {given}\n")].count("\n") + mistaken.count("\n") + 1
