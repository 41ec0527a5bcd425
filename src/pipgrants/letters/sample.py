"""An invented letter with everything that a letter can say: what templates are checked with."""

from __future__ import annotations

from pipgrants.letters.data import LetterData, Release

SAMPLE: LetterData = {
    "letter": "L-000001",
    "call": {
        "call": "sample-call",
        "title": "Sample call",
        "programme": "Sample programme",
        "currency": "USD",
        "contact": {
            "name": "Calls desk",
            "email": "calls@agency.example",
            "postal_address": "1 Invented Street",
            "telephone": "+000 0000 0000",
        },
        "appeal": {"clause": "7.31", "working_days": 17, "addressee": "Appeals committee, appeals@agency.example"},
        "synthetic": True,
        "time_zone": "UTC",
    },
    "recipient": {"name": "Sample cooperative", "postal_address": "2 Invented Street", "email": "coop@firm.example"},
    "proposal": {
        "number": "SAMPLE-000001",
        "title": "A common brand",
        "received_at": "2026-03-02T15:00:00Z",
        "total_amount": "98765.00",
        "grant_amount": "54321.00",
    },
    "decision": {
        "outcome": "award",
        "amount": "43210.00",
        "rank": 12,
        "ranked_count": 40,
        "total": "71.5",
        "maximum_total": "100",
        "line_total": "64.25",
        "reserve_position": 3,
    },
    "findings": [
        {
            "criterion": "prerequisite.sample",
            "title": "The applicant is registered.",
            "clause": "3.29",
            "verdict": "not_met",
            "required": {"comparison": "at_least", "number": "5"},
            "seen": {"number": "3"},
            "remedy": "Register.",
            "notes": [],
            "is_condition": False,
        },
        {
            "criterion": "prerequisite.condition",
            "title": "The members have signed an agreement.",
            "clause": "3.30",
            "verdict": "undetermined",
            "required": {"comparison": "present", "code": "consortium_agreement"},
            "seen": None,
            "remedy": "Deliver the agreement.",
            "notes": [],
            "is_condition": True,
        },
    ],
    "scores": [
        {
            "criterion": "sample",
            "title": "Collective action",
            "weight": "3",
            "mark": "3.5",
            "minimum": "2",
            "maximum": "5",
            "points": "10.5",
        }
    ],
    "reasons": [
        {
            "code": "allocation.envelope_exhausted",
            "values": {
                "asked": {"amount": "54321.00", "currency": "USD"},
                "left": {"amount": "1234.50", "currency": "USD"},
                "clause": "6.17",
            },
        }
    ],
    "clarification": {"working_days": 10},
    "asked": {"letter": "L-000000", "released_on": "2026-04-07", "due_on": "2026-04-21"},
    "deadline": {"closes_at": "2026-03-31T23:00:00Z", "time_zone": "UTC"},
    "second_deadline": {"closes_at": "2026-08-29T23:00:00Z", "time_zone": "UTC"},
    "reason": "The group dissolved.",
    "changes": [
        {
            "part": "window.closes_at",
            "clauses": [],
            "old": {"instant": "2026-03-31T23:00:00Z"},
            "new": {"instant": "2026-04-15T23:00:00Z"},
        }
    ],
}

SAMPLE_RELEASE: Release = {
    "released_on": "2026-05-04",
    "appeal_until": "2026-05-18",
    "answer_until": "2026-05-19",
    "entry": 1234,
    "size": 5678,
    "root": "hbxR9kFnq0B+OUXDKF1Qw1CHqFLrGiGfgOTyQIq2yqk=",
}
