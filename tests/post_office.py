"""A mail server on this machine that letters are sent to for real; it keeps what it accepts, and fails as told."""

import asyncio
import email
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "correct-horse-battery"
HOST = "127.0.0.1"


class PostOffice:
    """The letters accepted, in order; ``at_rcpt`` and ``at_data`` answer by address, ``cut`` ends the connection.

    ``cut`` names addresses whose connection ends once their text is there: with True it is kept nevertheless.
    """

    def __init__(self) -> None:
        self.accepted: list[EmailMessage] = []
        self.contents: list[bytes] = []
        self.at_rcpt: dict[str, str] = {}
        self.at_data: dict[str, str] = {}
        self.cut: dict[str, bool] = {}
        self.connections_count = 0
        self.open_count = 0
        self.most_on_one: int | None = None
        self.delay = 0.0
        self.port = 0

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of the letters accepted, without their brackets."""
        return [str(message["Message-ID"]).strip("<>") for message in self.accepted]

    @property
    def letters(self) -> list[int]:
        """The numbers of the letters accepted."""
        return [int(identity.partition(".")[0].removeprefix("L-")) for identity in self.ids]

    def wait(self) -> None:
        """Returns once every connection has ended: what was handed over is accepted, or will not be any more."""
        while self.open_count:
            time.sleep(0.001)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        carried = getattr(session, "carried_count", 0)
        if self.most_on_one is not None and carried >= self.most_on_one:
            return "421 4.7.0 too many letters on one connection"
        session.carried_count = carried + 1
        envelope.mail_from = address
        return "250 2.1.0 go on"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.at_rcpt.get(address, "250 2.1.5 known")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        [address], content = envelope.rcpt_tos, bytes(envelope.content or b"")
        await asyncio.sleep(self.delay)
        if self.cut.get(address, True) and address not in self.at_data:
            self.contents.append(content)
            self.accepted.append(email.message_from_bytes(content, _class=EmailMessage, policy=policy.default))
        if address in self.cut and server.transport is not None:
            server.transport.abort()
        return self.at_data.get(address, "250 2.0.0 kept")


class Counting(SMTP):
    """A server that tells its post office of its connections."""

    def connection_made(self, transport: Any) -> None:
        if not isinstance(transport, asyncio.sslproto._SSLProtocolTransport):
            self.event_handler.connections_count += 1
            self.event_handler.open_count += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.open_count -= 1
        super().connection_lost(error)


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    right = data.password == PASSWORD.encode()
    return AuthResult(success=right, handled=right)


@contextmanager
def post_office(**settings: Any) -> Iterator[PostOffice]:
    """A server on a free port, in a thread of its own, for as long as it is needed."""
    office, loop = PostOffice(), asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(lambda: Counting(office, hostname="post.example", loop=loop, **settings), HOST, 0)
    )
    office.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield office
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def private(folder: Path) -> dict[str, Any]:
    """Settings of a server that asks for STARTTLS and a password; its certificate is ``certificate.pem``."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 9 -subj /CN=localhost"
    named = ["-addext", f"subjectAltName=IP:{HOST},DNS:localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made.split(), *named], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return {
        "tls_context": context,
        "require_starttls": True,
        "authenticator": authenticate,
        "auth_required": True,
    }
