"""``outbox.yaml``: how letters leave, by a mail server or as files, signed or not. No secret stands in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pipgrants.errors import MistakenValueError
from pipgrants.letters.message import usable_address

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]+\]?")
HIGHEST_PORT = 65_535
MOST_ATTEMPTS = 100
LONGEST_BACK_OFF = 86_400
"""Seconds: what is refused for the moment is tried again after a day at the latest."""


class Security(StrEnum):
    """How the connection to a mail server is kept private."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server that takes messages for delivery; files are named as they are or from the workspace."""

    host: str
    port: int
    security: Security
    user: str | None = None
    password_file: str | None = None
    password_env: str | None = None
    certificates: str | None = None

    def __post_init__(self) -> None:
        """Raises MistakenValueError at the key of what cannot be."""
        if not _HOST.fullmatch(self.host):
            raise MistakenValueError("host", "expected the name of a server, such as smtp.example.org")
        if not 1 <= self.port <= HIGHEST_PORT:
            raise MistakenValueError("port", f"a port is from 1 to {HIGHEST_PORT}")
        if self.user is not None and self.security is Security.NONE:
            raise MistakenValueError("user", "a password goes over a private connection only: security starttls or tls")
        if self.password_file is not None and self.password_env is not None:
            raise MistakenValueError("password_env", "give the password by password_file or by password_env, not both")
        named = next((key for key in ("password_file", "password_env") if getattr(self, key) is not None), None)
        if named and self.user is None:
            raise MistakenValueError(named, "a password needs its user")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who letters come from."""

    address: str
    name: str

    def __post_init__(self) -> None:
        """Raises MistakenValueError where mail servers take no such address."""
        if usable_address(self.address) is None:
            raise MistakenValueError("address", "expected an e-mail address, such as letters@example.org")


@dataclass(frozen=True, slots=True)
class Signature:
    """What PDF letters are signed with: a PKCS#12 file, and where its passphrase is; files as those of a server."""

    certificate: str
    passphrase_file: str | None = None
    passphrase_env: str | None = None

    def __post_init__(self) -> None:
        """Raises MistakenValueError unless there is one passphrase."""
        if (self.passphrase_file is None) is (self.passphrase_env is None):
            raise MistakenValueError("certificate", "its passphrase comes by passphrase_file or by passphrase_env")


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """Where letters go, who sends and signs them, how often one is tried, how long is waited after a first refusal."""

    folder: str | None = None
    server: MailServer | None = None
    sender: Sender | None = None
    signature: Signature | None = None
    attempts: int = 5
    back_off_seconds: int = 600

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot be, at its key where it has one."""
        if (self.folder is None) is (self.server is None):
            raise ValueError("give either folder or server: letters leave one way")
        if not 1 <= self.attempts <= MOST_ATTEMPTS:
            raise MistakenValueError("attempts", f"attempts are from 1 to {MOST_ATTEMPTS}")
        if not 0 <= self.back_off_seconds <= LONGEST_BACK_OFF:
            raise MistakenValueError("back_off_seconds", f"back_off_seconds are from 0 to {LONGEST_BACK_OFF}, a day")

    def back_off(self, attempts_count: int) -> int:
        """Seconds to wait after so many attempts: twice as many after each further one, a day at most."""
        return min(self.back_off_seconds << (attempts_count - 1), LONGEST_BACK_OFF)
