"""What letters leave by: the settings of ``workflows/outbox.yaml``, their secrets, and one sender at a time."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pipgrants.domain.call import Call
from pipgrants.domain.text import in_language
from pipgrants.errors import ConcurrentChangeError, RefusedError
from pipgrants.letters.carriers import Carrier, FolderCarrier, SmtpCarrier, mail_file
from pipgrants.letters.message import Mailbox, usable_address
from pipgrants.letters.outbox_settings import MailServer, OutboxSettings
from pipgrants.letters.pdf import require_sign
from pipgrants.reading import read_file
from pipgrants.services.workspace import Workspace
from pipgrants.store.letters import LetterRow

SETTINGS = "outbox.yaml"
LOCK = "outbox.lock"

_VARIABLE = re.compile("[A-Z_][A-Z0-9_]*")

AskPassword = Callable[[str], str]
"""Asks the person at the keyboard for the password of a mail server; raises RefusedError where nobody is there."""

Sign = Callable[[bytes], bytes]
"""Signs a PDF letter."""


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
        _read_text(certificates, "certificates")
    return SmtpCarrier(server, _password(workspace, server, ask_password), certificates)


def remove_mail(workspace: Workspace, settings: OutboxSettings, rows: Iterable[LetterRow]) -> None:
    """Removes the files of some letters from the folder that letters are written to, if they are."""
    for row in rows if settings.folder is not None else ():
        mail_file(workspace.folder / str(settings.folder), row.number).unlink(missing_ok=True)


def pdf_signer(workspace: Workspace, at: datetime) -> Sign:
    """Signs PDF letters as they leave; where the settings name no signature, they leave as they are.

    Raises RefusedError where the certificate or its passphrase cannot be read or used, it is not valid at that instant,
    or the extra is not installed.
    """
    signature = outbox_settings(workspace).signature
    if signature is None:
        return lambda pdf: pdf
    require_sign()
    from pipgrants.letters.pdf_signature import AgencyCertificate

    source, passphrase = _secret(workspace, "passphrase", signature.passphrase_file, signature.passphrase_env)
    if not passphrase:
        raise RefusedError(f"{source} holds no passphrase", next_step="put that of the certificate there")
    path = workspace.folder / signature.certificate
    return AgencyCertificate(path.name, _read(path, "certificate"), passphrase, at).sign


def _password(workspace: Workspace, server: MailServer, ask_password: AskPassword) -> str | None:
    if server.user is None:
        return None
    if server.password_file is None and server.password_env is None:
        source, password = "what was typed", ask_password(f"Password of {server.user} at {server.host}")
    else:
        source, password = _secret(workspace, "password", server.password_file, server.password_env)
    if not (password and password.isascii() and password.isprintable()):
        raise RefusedError(
            f"{source} holds no password, or one with characters that mail servers do not take",
            next_step="a password of a mail server is made of plain letters, digits and marks",
        )
    return password


def _secret(workspace: Workspace, key: str, file: str | None, variable: str | None) -> tuple[str, str]:
    """Where a secret stands, in words, and the secret: the first line of a file, or a variable of the environment.

    What does not look like the name of a variable may be the secret itself, written there by mistake: it is not told.
    """
    if file is None:
        is_name = _VARIABLE.fullmatch(str(variable))
        named = f"{variable} of the environment" if is_name else f"that {key}_env of {SETTINGS} names"
        return f"the variable {named}", os.environ.get(str(variable), "")
    text = _read_text(workspace.folder / file, f"{key}_file")
    return f"{key}_file of {SETTINGS}", text.partition("\n")[0].rstrip("\r")


def _read_text(path: Path, key: str) -> str:
    try:
        return _read(path, key).decode()
    except UnicodeDecodeError:
        raise _unusable(path, key, "is not text") from None


def _read(path: Path, key: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unusable(path, key, str(error.strerror)) from error


def _unusable(path: Path, key: str, why: str) -> RefusedError:
    return RefusedError(
        f"{path}: {why}", next_step=f"correct {key} in workflows/{SETTINGS}, or let whoever may read it send"
    )


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
