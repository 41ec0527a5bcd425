"""A letter as an e-mail message: plain text and page as alternatives, attachments after them. A pure function.

The same letter is always the same bytes: its date is that of its release, its Message-ID is made from its number.
Bodies are base64, so that nothing of a letter can end the message or begin another.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from email import policy
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import NamedTuple

LONGEST_ADDRESS = 254
"""Characters of an address: the most that a mail server takes (RFC 5321, section 4.5.3.1.3)."""
LONGEST_LINE = 998
"""Octets of a line without its end (RFC 5322, section 2.1.1)."""

LONGEST_PLAIN_SUBJECT = 68
"""Characters of a subject that stands on one line of 78 with the name of its header, and room for its end."""

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class _Policy(policy.EmailPolicy):
    """How messages are written; a subject that is not one short line of ASCII is encoded as a whole (RFC 2047).

    Encoded in part, it loses white space where its lines are folded.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        """A header as it is sent."""
        is_plain = value.isascii() and len(value) <= LONGEST_PLAIN_SUBJECT
        if name != "Subject" or is_plain:
            return super().fold_binary(name, value)
        encoded = Header(value, "utf-8", header_name=name).encode(linesep="\r\n")
        return f"{name}: {encoded}\r\n".encode("ascii")


_POLICY = _Policy(linesep="\r\n")


class Mailbox(NamedTuple):
    """An address that mail servers take, as ``usable_address`` gives it, and whose it is."""

    address: str
    name: str


class Attachment(NamedTuple):
    """A file that goes with a letter, of the media type ``application/SUBTYPE``."""

    name: str
    subtype: str
    content: bytes


class Mail(NamedTuple):
    """One letter on its way: its number, its envelope, and the bytes of its message with CRLF line ends."""

    number: int
    message_id: str
    sender: str
    recipient: str
    content: bytes


def usable_address(text: str | None) -> str | None:
    """An address as mail servers take it, its domain in ASCII; None where it is none."""
    local, _, domain = (text or "").strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    address = f"{local}@{domain}"
    is_usable = _LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(domain) and len(address) <= LONGEST_ADDRESS
    return address if is_usable else None


def message_id(letter: str, origin: str, sender: str) -> str:
    """The Message-ID of a letter, without its angle brackets: its number, its trail and the domain of its sender."""
    return f"{letter}.{origin}@{sender.rpartition('@')[2]}"


def write_mail(
    number: int,
    identity: str,
    sender: Mailbox,
    recipient: Mailbox,
    *,
    subject: str,
    language: str,
    date: datetime,
    text: str,
    html: str,
    attachments: Sequence[Attachment] = (),
) -> Mail:
    """The message of a letter; ``identity`` is its Message-ID."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = _address("From", sender)
    message["To"] = _address("To", recipient)
    message["Subject"] = header_text(subject)
    message["Date"] = format_datetime(date)
    message["Message-ID"] = f"<{identity}>"
    message.set_content(text, cte="base64")
    message.add_alternative(html, subtype="html", cte="base64")
    message["Content-Language"] = language
    for item in attachments:
        message.add_attachment(item.content, maintype="application", subtype=item.subtype, filename=item.name)
    for place, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{hashlib.sha256(f'{place} {identity}'.encode()).hexdigest()[:32]}")
    return Mail(number, identity, sender.address, recipient.address, message.as_bytes())


def _address(header: str, mailbox: Mailbox) -> Address:
    """Address and name, the address alone where a line of the header would be longer than servers take."""
    named = Address(header_text(mailbox.name), addr_spec=mailbox.address)
    lines = policy.SMTP.fold(*policy.SMTP.header_store_parse(header, named)).split("\r\n")
    return named if max(map(len, lines)) <= LONGEST_LINE else Address(addr_spec=mailbox.address)


def header_text(text: str) -> str:
    """Text that can stand in a header: one line without control and direction marks, nothing in it decoded once more.

    What looks like an encoded word (RFC 2047) would be decoded when the header is written, line ends in it and all.
    """
    kept = (mark if unicodedata.category(mark) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else " " for mark in text)
    return " ".join("".join(kept).split()).replace("=?", "= ?")
