"""Sample letters: with everything that a letter can have, and with as little."""

import copy
from pathlib import Path

import pytest

from pipgrants.domain.vocabulary import Language
from pipgrants.letters.sample import SAMPLE_RELEASE, bare_letter, full_letter
from pipgrants.letters.templates import Templates, read_sources

PROJECT = Path(__file__).resolve().parents[2]

COMBINED = {
    "required": {"comparison": "any_of"},
    "seen": {
        "parts": [
            {
                "rule": "all_of",
                "required": {"comparison": "all_of"},
                "seen": {
                    "parts": [
                        {
                            "fact": "proposal.type",
                            "required": {"comparison": "one_of", "codes": ["horizontal_network"]},
                            "seen": {"code": "horizontal_network"},
                            "verdict": "met",
                        },
                        {
                            "rule": "count_of",
                            "required": {
                                "comparison": "at_least",
                                "number": "5",
                                "member_type": ["enterprise"],
                            },
                            "seen": {"number": "3", "possible_number": "4"},
                            "verdict": "not_met",
                        },
                    ]
                },
                "verdict": "not_met",
            },
            {
                "fact": "proposal.type",
                "required": {"comparison": "one_of", "codes": ["cluster", "local_productive_environment"]},
                "seen": {"code": "horizontal_network"},
                "verdict": "not_met",
            },
        ]
    },
}
MET = {
    "criterion": "grant.maximum_amount",
    "title": None,
    "clause": "4.1",
    "verdict": "met",
    "required": {"comparison": "at_most", "amount": "250000.00", "currency": "USD"},
    "seen": {"amount": "50000.00", "currency": "USD"},
    "remedy": None,
    "notes": [],
    "is_condition": False,
}


@pytest.fixture(scope="session")
def sources():
    return read_sources(PROJECT / "templates")


@pytest.fixture(scope="session")
def templates(sources):
    return Templates(sources)


@pytest.fixture
def full():
    """With a combined rule, a criterion that is met, and one that no mark applies to."""
    letter = full_letter(Language.ENGLISH)
    letter["findings"] = [{**letter["findings"][0], **COMBINED}, *letter["findings"][1:], MET]
    letter["scores"][1] |= {"mark": None, "minimum": None}
    return copy.deepcopy(letter)


@pytest.fixture
def minimal():
    return bare_letter(Language.ENGLISH)


@pytest.fixture
def release():
    return dict(SAMPLE_RELEASE)
