"""What takes letters away: a mail server, or a folder of ``.eml`` files.

Of what a server says only its codes are kept: its words may hold an address, or anything else.
"""

from __future__ import annotations

import os
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, Protocol

from pipgrants.letters.message import Mail
from pipgrants.letters.outbox_settings import MailServer, Security

COMMAND_SECONDS = 60
DATA_SECONDS = 600
"""How long the server may take to say whether it has a message (RFC 5321, section 4.5.3.2.6)."""

CLOSING = 421
"""The server ends the connection, whatever was asked of it (RFC 5321, section 3.8)."""

TAKES_RECIPIENT = (250, 251)
READY_FOR_TEXT = (354,)
REFUSALS = (4, 5)
"""The first digits of answers that refuse a letter, for the moment and for good."""
_LONE_DOT = re.compile(rb"^\.", re.MULTILINE)
_ENHANCED = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")


class Outcome(StrEnum):
    """How an attempt to hand over a letter ended.

    ``unreachable`` says nothing of the letter: the server, or the folder, cannot be used, and nothing was handed over.
    """

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"
    UNREACHABLE = "unreachable"


class Reply(NamedTuple):
    """The outcome, and the code with which the server said it (``550 5.1.1``), or a word for what happened."""

    outcome: Outcome
    code: str


class Carrier(Protocol):
    """Takes letters away, one after the other; ``name`` says how."""

    name: str

    def deliver(self, mail: Mail) -> Reply:
        """Hands over a letter. What goes wrong is an outcome, never an exception."""

    def close(self) -> None:
        """Ends the connection."""


def mail_file(folder: Path, number: int) -> Path:
    """Where a letter is written in a folder."""
    return folder / f"L-{number:06d}.eml"


class FolderCarrier:
    """Writes letters as ``L-000123.eml``; writing one again replaces it."""

    name = "folder"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, mail: Mail) -> Reply:
        """Writes the file, and returns once it is kept on the disk."""
        path = mail_file(self._folder, mail.number)
        unfinished = path.with_name(f"{path.name}.part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(mail.content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError as error:
            return Reply(Outcome.UNREACHABLE, (error.strerror or "cannot be written").lower())
        return Reply(Outcome.ACCEPTED, "written")

    def close(self) -> None:
        """Nothing is open."""


class SmtpCarrier:
    """Hands letters to a mail server, all over one connection, which is opened for the first of them."""

    name = "smtp"

    def __init__(self, server: MailServer, password: str | None, certificates: Path | None = None) -> None:
        self._server = server
        self._password = password
        self._certificates = certificates
        self._smtp: smtplib.SMTP | None = None

    def deliver(self, mail: Mail) -> Reply:
        """Hands over a letter. Once its text was begun, only an answer of the server says whether it has it."""
        try:
            smtp = self._ready(mail.sender)
            notify = ["NOTIFY=SUCCESS,FAILURE"] if smtp.has_extn("dsn") else []
            steps: tuple[tuple[Callable[[], tuple[int, bytes]], tuple[int, ...]], ...] = (
                (lambda: smtp.rcpt(mail.recipient, notify), TAKES_RECIPIENT),
                (lambda: smtp.docmd("DATA"), READY_FOR_TEXT),
            )
            for step, yes in steps:
                code, said = step()
                if code in yes:
                    continue
                if code // 100 in REFUSALS and code != CLOSING:
                    return self._refused(smtp, code, said)
                raise smtplib.SMTPResponseException(code, said)
        except (OSError, ValueError) as error:
            self._drop()
            return Reply(Outcome.UNREACHABLE, _what_failed(error))
        return self._hand_over(smtp, mail)

    def _hand_over(self, smtp: smtplib.SMTP, mail: Mail) -> Reply:
        try:
            smtp.send(_LONE_DOT.sub(b"..", mail.content) + b".\r\n")
            if smtp.sock is not None:
                smtp.sock.settimeout(DATA_SECONDS)
            code, said = smtp.getreply()
            if smtp.sock is not None:
                smtp.sock.settimeout(COMMAND_SECONDS)
        except (OSError, ValueError) as error:
            self._drop()
            return Reply(Outcome.IN_DOUBT, _what_failed(error))
        outcome = _OUTCOMES.get(code // 100, Outcome.IN_DOUBT)
        if outcome is Outcome.IN_DOUBT:
            self._drop()
        return Reply(outcome, _code(code, said))

    def _refused(self, smtp: smtplib.SMTP, code: int, said: bytes) -> Reply:
        """The server does not take this letter; the connection serves for others."""
        try:
            smtp.rset()
        except OSError:
            self._drop()
        outcome = Outcome.REFUSED if code // 100 == 5 else Outcome.DEFERRED
        return Reply(outcome, _code(code, said))

    def _ready(self, sender: str) -> smtplib.SMTP:
        """A connection on which a message was begun; one that the server gave up meanwhile is opened again."""
        if self._smtp is not None:
            with suppress(OSError):
                if self._smtp.mail(sender)[0] == 250:
                    return self._smtp
            self._drop()
        self._smtp = self._opened()
        code, said = self._smtp.mail(sender)
        if code != 250:
            raise smtplib.SMTPResponseException(code, said)
        return self._smtp

    def _opened(self) -> smtplib.SMTP:
        server, name = self._server, socket.gethostname()
        if server.security is Security.TLS:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, name, timeout=COMMAND_SECONDS, context=self._context()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, name, timeout=COMMAND_SECONDS)
        self._smtp = smtp
        if server.security is Security.STARTTLS:
            smtp.starttls(context=self._context())
        smtp.ehlo_or_helo_if_needed()
        if server.user is not None:
            smtp.login(server.user, self._password or "")
        return smtp

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._certificates)

    def close(self) -> None:
        """Ends the connection, if there is one."""
        if self._smtp is not None:
            with suppress(OSError):
                self._smtp.quit()
        self._drop()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


_OUTCOMES = {2: Outcome.ACCEPTED, 4: Outcome.DEFERRED, 5: Outcome.REFUSED}
"""What the first digit of the answer to a message means (RFC 5321, section 4.2.1)."""


def _code(code: int, said: bytes) -> str:
    """A reply code, with the enhanced status code (RFC 3463) where the server gives one."""
    enhanced = _ENHANCED.match(said)
    return f"{code} {enhanced[1].decode()}" if enhanced else str(code)


def _what_failed(error: Exception) -> str:
    """A word for an error; no text of it is kept. ``smtplib`` says of a silent server that it disconnected."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return _code(error.smtp_code, said if isinstance(said, bytes) else str(said).encode())
    meant = error.__context__ if isinstance(error.__context__, TimeoutError) else error
    return next(word for kind, word in _WORDS if isinstance(meant, kind))


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPServerDisconnected, "disconnected"),
    (smtplib.SMTPNotSupportedError, "not offered by the server"),
    (ssl.SSLCertVerificationError, "certificate not trusted"),
    (ssl.SSLError, "no private connection"),
    (TimeoutError, "no answer in time"),
    (ConnectionRefusedError, "connection refused"),
    (socket.gaierror, "no such server"),
    (Exception, "connection failed"),
)
