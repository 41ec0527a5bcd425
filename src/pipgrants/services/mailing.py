"""What letters leave by: the settings of ``workflows/outbox.yaml``, the password, and one sender at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipgrants.domain.call import Call, in_language
from pipgrants.errors import ConcurrentChangeError, RefusedError
from pipgrants.letters.carriers import Carrier, FolderCarrier, SmtpCarrier, mail_file
from pipgrants.letters.message import Mailbox, usable_address
from pipgrants.letters.outbox_settings import MailServer, OutboxSettings
from pipgrants.reading import read_file
from pipgrants.services.workspace import Workspace
from pipgrants.store.letters import LetterRow

SETTINGS = "outbox.yaml"
LOCK = "outbox.lock"

AskPassword = Callable[[str], str]
"""Asks the person at the keyboard for the password of a mail server; raises RefusedError where nobody is there."""


def outbox_settings(workspace: Workspace) -> OutboxSettings:
    """How letters leave: the agency's settings, or the shipped ones. Raises DefinitionError listing every mistake."""
    return read_file(workspace.file("workflows", SETTINGS), OutboxSettings)


def place_of(workspace: Workspace, settings: OutboxSettings, to_folder: Path | None) -> str:
    """Where letters go: the folder given or set, else the mail server."""
    if settings.server is None or to_folder is not None:
        return str(to_folder or workspace.folder / str(settings.folder))
    return f"{settings.server.host}:{settings.server.port}"


def open_carrier(
    workspace: Workspace, settings: OutboxSettings, to_folder: Path | None, ask_password: AskPassword
) -> Carrier:
    """What takes letters away: a folder where one is given or set, else the mail server; nothing is opened yet.

    Raises RefusedError where the password or the certificates cannot be read.
    """
    if settings.server is None or to_folder is not None:
        return FolderCarrier(to_folder or workspace.folder / str(settings.folder))
    server, certificates = settings.server, None
    if server.certificates is not None:
        certificates = workspace.folder / server.certificates
        _read(certificates, "certificates")
    return SmtpCarrier(server, _password(workspace, server, ask_password), certificates)


def remove_mail(workspace: Workspace, settings: OutboxSettings, rows: Iterable[LetterRow]) -> None:
    """Removes the files of some letters from the folder that letters are written to, if they are."""
    for row in rows if settings.folder is not None else ():
        mail_file(workspace.folder / str(settings.folder), row.number).unlink(missing_ok=True)


def _password(workspace: Workspace, server: MailServer, ask_password: AskPassword) -> str | None:
    if server.user is None:
        return None
    if server.password_file is not None:
        source = f"password_file of {SETTINGS}"
        password = _read(workspace.folder / server.password_file, "password_file").partition("\n")[0].rstrip("\r")
    elif server.password_env is not None:
        source = f"the variable {server.password_env} of the environment"
        password = os.environ.get(server.password_env, "")
    else:
        source = "what was typed"
        password = ask_password(f"Password of {server.user} at {server.host}")
    if not (password and password.isascii() and password.isprintable()):
        raise RefusedError(
            f"{source} holds no password, or one with characters that mail servers do not take",
            next_step="a password of a mail server is made of plain letters, digits and marks",
        )
    return password


def _read(path: Path, key: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is not text"
        raise RefusedError(
            f"{path}: {why}", next_step=f"correct {key} in workflows/{SETTINGS}, or let whoever may read it send"
        ) from error


def sender_of(settings: OutboxSettings, call: Call, language: str) -> Mailbox:
    """Who letters about a call come from. Raises RefusedError where the contact of the call has no usable address."""
    if settings.sender is not None:
        return Mailbox(str(usable_address(settings.sender.address)), settings.sender.name)
    address = usable_address(call.contact.email)
    if address is None:
        raise RefusedError(
            f"the contact of {call.call} has no e-mail address that letters can come from",
            next_step=f"name a sender in workflows/{SETTINGS}",
        )
    return Mailbox(address, in_language(call.contact.name, language))


@contextmanager
def only_sender(workspace: Workspace) -> Iterator[None]:
    """Keeps others from sending at the same time; ends with the process, however it ends.

    Raises ConcurrentChangeError while somebody else sends.
    """
    with (workspace.folder / LOCK).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConcurrentChangeError(
                "another command is sending letters of this workspace",
                next_step="wait until it ends; pipgrants letters status CALL shows how far it is",
            ) from error
        yield


def is_sending(workspace: Workspace) -> bool:
    """Whether somebody is sending letters now."""
    path = workspace.folder / LOCK
    if not path.exists():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
