"""SSH signatures (SSHSIG), made and checked by the stock ``ssh-keygen``: pipgrants holds no key and no cryptography.

What is signed is text, and a namespace says what it is for, so that a signature made for one thing never counts for
another. A private key is read by its owner's own ``ssh-keygen`` only. A passphrase is asked for on the terminal of
whoever runs the command; without a terminal nothing is asked, and an agent (``ssh-add``) must hold the key.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pipgrants.errors import NotFoundError, RefusedError

PROGRAM = "ssh-keygen"
PACKAGE_NAMESPACE = "pipgrants-package"
CHECKPOINT_NAMESPACE = "pipgrants-checkpoint"

_PARTS: Mapping[str, int] = {
    "ssh-ed25519": 2,
    "sk-ssh-ed25519@openssh.com": 3,
    "ecdsa-sha2-nistp256": 3,
    "ecdsa-sha2-nistp384": 3,
    "ecdsa-sha2-nistp521": 3,
    "sk-ecdsa-sha2-nistp256@openssh.com": 4,
    "ssh-rsa": 3,
}
"""The kinds of key that ``ssh-keygen -Y`` signs with, and of how many parts a public key of each consists."""


class PublicKey(NamedTuple):
    """A public key: its fingerprint as ``ssh-keygen -l`` shows it, and its line without the comment."""

    fingerprint: str
    line: str


class Signature(NamedTuple):
    """A signature: the fingerprint of the key that made it, and its armoured text."""

    fingerprint: str
    text: str


def approval(origin: str, package: str) -> bytes:
    """What is signed to approve a package: the origin of the trail, and the hash of the package, each on its line."""
    return f"{origin}\nratify {package}\n".encode()


def read_public_key(text: str) -> PublicKey:
    """The public key that a ``.pub`` file holds. Raises RefusedError where it is not exactly one."""
    if "PRIVATE KEY" in text:
        raise RefusedError(
            "this is a private key, which stays with its owner",
            next_step="give the public one, whose name ends in .pub",
        )
    lines = [line.split() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) != 1 or len(lines[0]) < 2 or lines[0][0] not in _PARTS:
        raise RefusedError(
            f"the file is not one public key of a kind that signs: {', '.join(_PARTS)}",
            next_step="ssh-keygen -t ed25519 makes a pair of keys; give the one whose name ends in .pub",
        )
    kind, encoded = lines[0][:2]
    blob = _decoded(encoded)
    parts = _parts(blob)
    if len(parts) != _PARTS[kind] or parts[0] != kind.encode():
        raise RefusedError(
            f"the {kind} key is damaged: its bytes are not those of such a key", next_step="copy the whole line again"
        )
    return PublicKey(_fingerprint(blob), f"{kind} {encoded}")


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        return b""


def _parts(blob: bytes) -> list[bytes]:
    """The parts of a key, each after its length in four bytes; none where they do not fill it."""
    parts = []
    while blob:
        end = 4 + int.from_bytes(blob[:4])
        if len(blob) < end:
            return []
        parts.append(blob[4:end])
        blob = blob[end:]
    return parts


def _fingerprint(blob: bytes) -> str:
    return f"SHA256:{base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip('=')}"


def fingerprint_of(key_file: Path) -> str:
    """The fingerprint of a private key, or of a public one, in a file; no passphrase is needed.

    Raises NotFoundError without the file, RefusedError where it holds no key or ``ssh-keygen`` is not installed.
    """
    _refuse_absent(key_file)
    found = _run("-l", "-E", "sha256", "-f", str(key_file))
    if found.returncode != 0:
        raise RefusedError(
            f"{key_file} is no key that ssh-keygen can read",
            next_step="give the private key, such as ~/.ssh/id_ed25519; its .pub file stands beside it",
        )
    return found.stdout.decode().split()[1]


def sign(message: bytes, key_file: Path, namespace: str) -> Signature:
    """Signs with a private key in a file, or with the agent that holds it.

    Raises NotFoundError without the file, RefusedError where no signature is made: the key is unreadable, its
    passphrase wrong or nobody there to type it, ``ssh-keygen`` not installed.
    """
    _refuse_absent(key_file)
    made = _run("-Y", "sign", "-f", str(key_file), "-n", namespace, message=message)
    text = made.stdout.decode(errors="replace")
    fingerprint = signer(message, text, namespace) if made.returncode == 0 else None
    if fingerprint is None:
        complaint = made.stderr.decode(errors="replace").replace("Enter passphrase: ", "")
        said = [line for line in complaint.splitlines() if line.strip("@ ")]
        raise RefusedError(
            f"ssh-keygen could not sign with {key_file}: {' '.join(said[-2:]) or 'it does not say why'}",
            next_step=f"ssh-add {key_file} lets an agent hold a key with a passphrase; or give another key",
        )
    return Signature(fingerprint, text)


def signer(message: bytes, signature: str, namespace: str) -> str | None:
    """The fingerprint of the key that signed a message for a namespace, None where the signature does not fit it."""
    with tempfile.TemporaryDirectory(prefix="pipgrants-") as folder:
        file = Path(folder) / "signature"
        file.write_text(signature, encoding="utf-8")
        found = _run("-Y", "check-novalidate", "-n", namespace, "-s", str(file), message=message)
    return found.stdout.decode().split()[-1] if found.returncode == 0 else None


def is_installed() -> bool:
    """Whether there is an ``ssh-keygen`` to sign and check with."""
    return shutil.which(PROGRAM) is not None


def make_throw_away_key(file: Path, comment: str) -> None:
    """Makes a pair of keys without a passphrase, for a demonstration; only the user of the system may read it."""
    _run("-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(file))


def _refuse_absent(key_file: Path) -> None:
    if not key_file.is_file():
        raise NotFoundError(f"there is no key file {key_file}", next_step="name your private key: --key FILE")


def _run(*words: str, message: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs ``ssh-keygen`` without a shell; it reaches a terminal only where whoever runs the command sits at one."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise RefusedError(
            "signatures need the program 'ssh-keygen' of OpenSSH, which is not installed",
            next_step="install it (Debian: apt install openssh-client)",
        )
    return subprocess.run(  # noqa: S603 - a fixed program; files are named, and what is signed goes in as text
        [program, *words],
        input=message,
        capture_output=True,
        check=False,
        start_new_session=not sys.stdin.isatty(),
        env={**os.environ, "SSH_ASKPASS_REQUIRE": "never"},
    )
