"""What a mail server may answer, or not answer, and what is then known of the letter."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pipgrants.letters import carriers
from pipgrants.letters.carriers import Outcome, Reply, SmtpCarrier
from pipgrants.letters.message import Mail
from pipgrants.letters.outbox_settings import MailServer, Security
from post_office import HOST

ANSWERS = {"": "220 ready", "EHLO": "250 hello", "MAIL": "250 go on", "RCPT": "250 known", "DATA": "354 go on"}
KEPT = "250 2.0.0 kept"
SILENCE = "silence"
HANGING_UP = "hanging up"


class Server:
    """A server that says what it is told: by command, ``TEXT`` after the text of a letter, ``""`` as greeting."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = {**ANSWERS, "TEXT": KEPT, "RSET": "250 forgotten", "QUIT": "221 bye", **answers}
        self.connections_count = 0
        self.texts_count = 0
        self.listening = socket.create_server((HOST, 0))

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            self.connections_count += 1
            with connection, connection.makefile("rb") as lines:
                self._talk(connection, lines)

    def _talk(self, connection: socket.socket, lines: Iterator[bytes]) -> None:
        command = ""
        while self._say(connection, command):
            line = next(lines, b"")
            if command == "DATA" and self.answers["DATA"].startswith("354"):
                while line not in (b"", b".\r\n"):
                    line = next(lines, b"")
                self.texts_count += line != b""
                command = "TEXT"
            else:
                command = line[:4].decode().upper()
            if not line:
                return

    def _say(self, connection: socket.socket, command: str) -> bool:
        said = self.answers["EHLO" if command == "HELO" else command]
        if said == HANGING_UP:
            return False
        if said != SILENCE:
            connection.sendall(f"{said}\r\n".encode())
        return True


@contextmanager
def serving(**answers: str) -> Iterator[tuple[Server, SmtpCarrier]]:
    server = Server({name.upper() if name != "GREETING" else "": said for name, said in answers.items()})
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    carrier = SmtpCarrier(MailServer(HOST, server.listening.getsockname()[1], Security.NONE), None)
    try:
        yield server, carrier
    finally:
        carrier.close()
        server.listening.shutdown(socket.SHUT_RDWR)
        server.listening.close()
        thread.join()


def mail(number: int = 1) -> Mail:
    identity = f"L-{number:06d}.x@example.org"
    return Mail(number, identity, "desk@example.org", "a1@example.org", b"Subject: x\r\n\r\n.one\r\n")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carriers, "COMMAND_SECONDS", 0.2)
    monkeypatch.setattr(carriers, "DATA_SECONDS", 0.3)


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        (KEPT, Reply(Outcome.ACCEPTED, "250 2.0.0")),
        ("451 4.3.0 later", Reply(Outcome.DEFERRED, "451 4.3.0")),
        ("421 4.3.2 closing", Reply(Outcome.DEFERRED, "421 4.3.2")),
        ("554 5.7.1 no", Reply(Outcome.REFUSED, "554 5.7.1")),
        ("354 what else", Reply(Outcome.IN_DOUBT, "354")),
        ("nonsense", Reply(Outcome.IN_DOUBT, "-1")),
        (SILENCE, Reply(Outcome.IN_DOUBT, "no answer in time")),
        (HANGING_UP, Reply(Outcome.IN_DOUBT, "disconnected")),
    ],
)
def test_what_is_known_of_a_letter_follows_from_the_answer_to_its_text(said: str, reply: Reply) -> None:
    with serving(text=said) as (server, carrier):
        assert carrier.deliver(mail()) == reply
        assert server.texts_count == 1


@pytest.mark.parametrize("step", ["GREETING", "ehlo", "mail", "rcpt", "data"])
@pytest.mark.parametrize(
    ("said", "code"),
    [
        (SILENCE, "no answer in time"),
        (HANGING_UP, "disconnected"),
        ("421 4.3.2 closing", "421 4.3.2"),
        ("nonsense", "-1"),
        ("354 go on", "354"),
    ],
)
def test_what_goes_wrong_before_the_text_leaves_the_letter_here(step: str, said: str, code: str) -> None:
    if (step, said) == ("data", "354 go on"):
        return
    with serving(**{step: said}) as (server, carrier):
        assert carrier.deliver(mail()) == Reply(Outcome.UNREACHABLE, code)
        assert server.texts_count == 0


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_a_refusal_before_the_text_is_of_the_letter_and_the_connection_serves_others(step: str) -> None:
    with serving(**{step: "550 5.1.1 unknown"}) as (server, carrier):
        assert carrier.deliver(mail()) == Reply(Outcome.REFUSED, "550 5.1.1")
        server.answers |= ANSWERS
        assert carrier.deliver(mail(2)).outcome is Outcome.ACCEPTED
        assert (server.connections_count, server.texts_count) == (1, 1)


def test_an_answer_to_data_that_is_none_sends_no_text() -> None:
    with serving(data="250 fine") as (server, carrier):
        assert carrier.deliver(mail()) == Reply(Outcome.UNREACHABLE, "250")
        assert server.texts_count == 0


@pytest.mark.parametrize("said", ["nonsense\r\n250 2.0.0 kept", "354 what else\r\n250 2.0.0 kept"])
def test_an_answer_too_many_is_not_taken_for_one_about_the_next_letter(said: str) -> None:
    with serving(text=said) as (server, carrier):
        assert carrier.deliver(mail()).outcome is Outcome.IN_DOUBT
        server.answers["TEXT"] = "554 5.7.1 no"
        assert carrier.deliver(mail(2)) == Reply(Outcome.REFUSED, "554 5.7.1")
        assert server.connections_count == 2
