"""Delivery reports (RFC 3464): which letter a mail server speaks of, and what became of it.

A report is somebody else's text. It is looked through line by line for the few words that are needed, and nothing else
of it is kept.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LARGEST_REPORT_BYTES = 5_000_000

_STATUS_PART = re.compile(rb"^content-type:\s*message/delivery-status", re.IGNORECASE | re.MULTILINE)
_ACTION = re.compile(rb"^action:[ \t]*([a-z]{1,20})", re.IGNORECASE | re.MULTILINE)
_CODE = re.compile(rb"^status:[ \t]*([245]\.\d{1,3}\.\d{1,3})\b", re.IGNORECASE | re.MULTILINE)
_LETTER = re.compile(rb"L-(\d{6,9})\.([0-9a-f]{16})@")


class Report(NamedTuple):
    """What a report says: the letter's number and the name of its trail, the action, and the status code."""

    number: int
    origin: str
    action: str
    code: str


def read_report(content: bytes) -> Report | None:
    """What a message reports, None where it is no report about exactly one letter of one recipient."""
    part = _STATUS_PART.search(content)
    if part is None or len(content) > LARGEST_REPORT_BYTES:
        return None
    letters = set(_LETTER.findall(content))
    actions = {action.lower() for action in _ACTION.findall(content, part.end())}
    if len(letters) != 1 or len(actions) != 1:
        return None
    [(number, origin)], [action], code = letters, actions, _CODE.search(content, part.end())
    return Report(int(number), origin.decode(), action.decode(), code[1].decode() if code else action.decode())
