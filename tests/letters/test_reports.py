"""Delivery reports are somebody else's text: what is needed is found in them, and nothing else does anything."""

import os

import pytest

from pipgrants.letters.reports import LARGEST_REPORT_BYTES, Report, read_report

BOUNCE = b"""From: MAILER-DAEMON@post.example
To: cartas@agencia.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Action: delivered, said somebody.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; post.example

Final-Recipient: rfc822; ana@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 unknown user

--b
Content-Type: message/rfc822

Message-ID: <L-000012.0123456789abcdef@agencia.example>
Subject: =?utf-8?q?Adjudicaci=C3=B3n?=

--b--
"""


def test_a_bounce_names_the_letter_and_the_code() -> None:
    assert read_report(BOUNCE) == Report(12, "0123456789abcdef", "failed", "5.1.1")


def test_line_ends_and_case_do_not_matter() -> None:
    shouting = BOUNCE.replace(b"Action: f", b"ACTION:f").replace(b"Content-Type", b"CONTENT-TYPE")
    assert read_report(shouting.replace(b"\n", b"\r\n")) == read_report(BOUNCE)


def test_without_a_status_the_action_stands_for_the_code() -> None:
    assert read_report(BOUNCE.replace(b"Status: 5.1.1\n", b"")) == Report(12, "0123456789abcdef", "failed", "failed")


OTHER = {
    "no report": b"Subject: Gracias\n\nMessage-ID: <L-000012.0123456789abcdef@agencia.example>\nAction: failed\n",
    "two letters": BOUNCE + b"\nReferences: <L-000013.0123456789abcdef@agencia.example>\n",
    "two outcomes": BOUNCE.replace(b"Status: 5.1.1\n", b"Status: 5.1.1\n\nAction: delivered\n"),
    "no letter": BOUNCE.replace(b"L-000012", b"X"),
    "no action": BOUNCE.replace(b"Action: failed", b""),
    "another number": BOUNCE.replace(b"L-000012", b"L-0000120000000000000"),
    "too large": BOUNCE + b"x" * LARGEST_REPORT_BYTES,
    "empty": b"",
    "nested": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\nContent-Type: multipart/mixed\n\n" * 20_000,
    "no text": os.urandom(100_000),
}


@pytest.mark.parametrize("name", OTHER)
def test_anything_else_is_no_report(name: str) -> None:
    assert read_report(OTHER[name]) is None
