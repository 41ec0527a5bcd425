"""Territories and sectors: which code lies within which."""

import pytest

from pipgrants.domain.hierarchies import (
    ISIC_SECTIONS,
    is_sector_code,
    is_territory_code,
    sector_lies_within,
    territory_lies_within,
)


@pytest.mark.parametrize(
    ("code", "region", "expected"),
    [
        ("HN", "HN", True),
        ("HN-FM", "HN", True),
        ("HN-FM-0801", "HN-FM", True),
        ("HN.FM.0801", "HN.FM", True),
        ("HN-FMX", "HN-FM", False),
        ("HN", "HN-FM", False),
        ("HNX", "HN", False),
        ("NI-MY", "HN", False),
    ],
)
def test_territory_lies_within_only_at_a_boundary_of_its_code(code, region, expected):
    assert territory_lies_within(code, region) is expected


@pytest.mark.parametrize(
    ("code", "sector", "expected"),
    [
        ("1071", "10", True),
        ("C1071", "10", True),
        ("1071", "C", True),
        ("C10", "C10", True),
        ("10.71", "107", True),
        ("33", "C", True),
        ("35", "C", False),
        ("01", "A", True),
        ("9900", "U", True),
        ("34", "C", False),
        ("C", "10", False),
        ("C", "C", True),
        ("11", "10", False),
        ("agriculture", "A", False),
        ("", "", False),
    ],
)
def test_sector_lies_within_its_division_and_section(code, sector, expected):
    assert sector_lies_within(code, sector) is expected


def test_isic_sections_follow_one_another_without_overlap():
    bounds = [bound for section in ISIC_SECTIONS.values() for bound in section]
    assert bounds == sorted(bounds)
    assert len(ISIC_SECTIONS) == 21


@pytest.mark.parametrize("code", ["A", "U", "01", "10", "107", "1079", "C10", "C1079", "0122", "99"])
def test_sector_code_is_a_section_or_lies_in_a_division_that_there_is(code):
    assert is_sector_code(code)


@pytest.mark.parametrize("code", ["", "V", "1", "C1", "00", "04", "34", "44", "10790", "A10", "coffee", "10-79", "c"])
def test_code_of_no_section_or_division_is_no_sector(code):
    assert not is_sector_code(code)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *(dict.fromkeys(["HN", "HN-FM", "HN-FM-0801", "CO-VAC-76001", "AR-X"], True).items()),
        *(dict.fromkeys(["", "H", "HND", "hn", "HN-", "-HN", "HN_FM", "HN-fm", "Honduras", "HN--FM"], False).items()),
    ],
)
def test_territory_code_begins_with_a_country(code, expected):
    assert is_territory_code(code) is expected
