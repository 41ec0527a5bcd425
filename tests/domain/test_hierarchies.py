"""Territories and sectors: which code lies within which."""

import pytest

from pipgrants.domain.hierarchies import ISIC_SECTIONS, sector_lies_within, territory_lies_within


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
