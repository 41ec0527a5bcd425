"""Sample data of letters: one proposal with everything on record, and one with as little as a letter can have."""

import copy
from pathlib import Path

import pytest

from pipgrants.letters.templates import Templates, read_sources

PROJECT = Path(__file__).resolve().parents[2]

FULL = {
    "letter": "L-000123",
    "call": {
        "call": "pip-two-stage",
        "title": "Productive integration projects, profile and full proposal",
        "programme": "Competitiveness Fund",
        "currency": "USD",
        "contact": {
            "name": "Agency for Productive Linkages, calls desk",
            "email": "calls@competitiveness-fund.example",
            "postal_address": "1 Invented Street\nTegucigalpa",
            "telephone": "+504 0000 0000",
        },
        "appeal": {"clause": "7.2", "working_days": 10, "addressee": "Appeals committee, appeals@example.org"},
        "synthetic": True,
        "time_zone": "America/Tegucigalpa",
    },
    "recipient": {
        "name": "Cooperativa San Juan de Oriente",
        "postal_address": "Km 42 carretera a Masaya\nSan Juan de Oriente\nNicaragua",
        "email": "coop@example.org",
    },
    "proposal": {
        "number": "PIP2-014",
        "title": "Cerámica de San Juan: una marca común",
        "received_at": "2026-03-31T21:59:00Z",
        "total_amount": "100000.00",
        "grant_amount": "50000.00",
    },
    "decision": {
        "outcome": "decline",
        "amount": "50000.00",
        "rank": 12,
        "ranked_count": 40,
        "total": "71.5000",
        "maximum_total": "100",
        "line_total": "74.25",
        "reserve_position": 3,
    },
    "findings": [
        {
            "criterion": "prerequisite.minimum_enterprises",
            "title": "A horizontal network has at least five different enterprises.",
            "clause": "3.2",
            "verdict": "not_met",
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
            "remedy": "Add enterprises to the group; the same enterprise counts once.",
            "notes": [],
            "is_condition": False,
        },
        {
            "criterion": "counterpart",
            "title": None,
            "clause": "4.2",
            "verdict": "not_met",
            "required": {"comparison": "at_least", "share": "0.5", "of": "proposal"},
            "seen": {
                "share": "0.4999",
                "amount": "49990.00",
                "currency": "USD",
                "cash_amount": "30000.00",
                "in_kind_amount": "19990.00",
            },
            "remedy": None,
            "notes": [
                {
                    "code": "counterpart.no_evidence",
                    "values": {
                        "amount": "8000.00",
                        "currency": "USD",
                        "form": "in_kind",
                        "source": "own_funds",
                        "party": "E-000123",
                        "evidence": None,
                    },
                }
            ],
            "is_condition": False,
        },
        {
            "criterion": "prerequisite.consortium_agreement",
            "title": "The members have signed a consortium agreement.",
            "clause": "3.10",
            "verdict": "undetermined",
            "required": {"comparison": "present", "code": "consortium_agreement"},
            "seen": None,
            "remedy": "Deliver the agreement signed by all members before the grant agreement is signed.",
            "notes": [],
            "is_condition": True,
        },
        {
            "criterion": "grant.maximum_amount",
            "title": None,
            "clause": "4.1",
            "verdict": "met",
            "required": {"comparison": "at_most", "amount": "250000.00", "currency": "USD"},
            "seen": {"amount": "50000.00", "currency": "USD"},
            "remedy": None,
            "notes": [],
            "is_condition": False,
        },
    ],
    "scores": [
        {
            "criterion": "collective_action",
            "title": "Competitiveness through collective action, innovative and replicable",
            "weight": "3",
            "mark": "3.6667",
            "minimum": "2",
            "maximum": "5",
            "points": "11",
        },
        {
            "criterion": "territorial_vision",
            "title": "Comprehensive vision of the territory",
            "weight": "2",
            "mark": None,
            "minimum": None,
            "maximum": "5",
            "points": "7.3333",
        },
    ],
    "reasons": [
        {
            "code": "allocation.envelope_exhausted",
            "values": {
                "asked": {"amount": "50000.00", "currency": "USD"},
                "left": {"amount": "1234.50", "currency": "USD"},
                "clause": "6.1",
            },
        }
    ],
    "clarification": {"working_days": 10},
    "deadline": {"closes_at": "2026-03-31T23:00:00Z", "time_zone": "America/Tegucigalpa"},
    "second_deadline": {"closes_at": "2026-08-31T23:00:00Z", "time_zone": "America/Tegucigalpa"},
    "reason": "The applicant asked for it in writing.",
    "changes": [
        {
            "part": "window.closes_at",
            "clauses": [],
            "old": {"instant": "2026-03-31T23:00:00Z"},
            "new": {"instant": "2026-04-15T23:00:00Z"},
        },
        {
            "part": "counterpart.minimum_share",
            "clauses": ["4.2"],
            "old": {"share": "0.5"},
            "new": {"share": "0.6"},
        },
        {"part": "prerequisites", "clauses": ["3.2", "3.4"], "old": None, "new": None},
    ],
    "names": {"E-000123": "Cerámica Ortega"},
}

MINIMAL = {
    **FULL,
    "call": {
        **FULL["call"],
        "contact": {"name": "Calls desk", "email": "calls@example.org", "postal_address": None, "telephone": None},
        "synthetic": False,
        "time_zone": None,
    },
    "recipient": {"name": "Cooperativa", "postal_address": None, "email": None},
    "proposal": {
        "number": "PIP2-015",
        "title": None,
        "received_at": None,
        "total_amount": None,
        "grant_amount": None,
    },
    "decision": None,
    "findings": [],
    "scores": [],
    "reasons": [],
    "clarification": None,
    "deadline": None,
    "second_deadline": None,
    "reason": None,
    "changes": [],
}

ROOT = "hbxR9kFnq0B+OUXDKF1Qw1CHqFLrGiGfgOTyQIq2yqk="
RELEASE = {"released_on": "2026-05-04", "appeal_until": "2026-05-18", "entry": 1234, "size": 5678, "root": ROOT}


@pytest.fixture(scope="session")
def sources():
    return read_sources(PROJECT / "templates")


@pytest.fixture(scope="session")
def templates(sources):
    return Templates(sources)


@pytest.fixture
def full():
    return copy.deepcopy(FULL)


@pytest.fixture
def minimal():
    return copy.deepcopy(MINIMAL)


@pytest.fixture
def release():
    return dict(RELEASE)
