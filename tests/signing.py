"""Keys for tests, and the check of a signature by stock ``ssh-keygen`` alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="needs the system tool ssh-keygen (openssh-client)"
)


def make_key(file: Path, *, kind: str = "ed25519", passphrase: str = "", comment: str = "ana@oficina-1") -> Path:
    """A new private key; its public one stands beside it under the name with ``.pub``."""
    words = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", comment, "-f", str(file)]
    subprocess.run(words, check=True)
    return file


def public(key: Path) -> Path:
    return key.with_name(f"{key.name}.pub")


def fingerprint(key: Path) -> str:
    """As ``ssh-keygen -l`` shows it."""
    shown = subprocess.run(["ssh-keygen", "-l", "-f", str(key)], check=True, capture_output=True, text=True)
    return shown.stdout.split()[1]


def stock_verify(
    message: bytes, signature: Path, allowed_signers: Path, actor: str, namespace: str, *options: str
) -> bool:
    """Whether ``ssh-keygen -Y verify`` accepts a signature."""
    words = ["ssh-keygen", "-Y", "verify", "-f", str(allowed_signers), "-I", actor, "-n", namespace]
    found = subprocess.run([*words, "-s", str(signature), *options], input=message, check=False, capture_output=True)
    return found.returncode == 0
