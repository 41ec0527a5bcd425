"""Signatures by the stock ``ssh-keygen``: what it signs counts for that text, that namespace and that key only."""

import os
import subprocess
from pathlib import Path

import pytest

from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.trail.signature import (
    CHECKPOINT_NAMESPACE,
    PACKAGE_NAMESPACE,
    approval,
    fingerprint_of,
    read_public_key,
    sign,
    signer,
)
from signing import fingerprint, make_key, needs_ssh_keygen, public

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAU0wjwc6OJUeli7wo+dKCTnXJq+X63gD8dF9QPhe0ZC"
MESSAGE = approval("pipgrants/2395c7cd55cf074e", "f2ae" * 16)

# Public keys


def test_public_key_is_read_without_its_comment() -> None:
    key = read_public_key(f"# the key of Ana\n\n{ED25519} ana@oficina-1\n")
    assert key == ("SHA256:JF9YNfxSIIj4Ii+AlwP2nRMnSu10+c3VAS23y70uLBY", ED25519)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not one public key"),
        (f"{ED25519}\n{ED25519}\n", "not one public key"),
        ("ssh-ed25519\n", "not one public key"),
        ("ssh-dss AAAAB3NzaC1kc3M=\n", "not one public key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n", "this is a private key"),
        (f"{ED25519[:-4]}\n", "is damaged"),
        (f"{ED25519}AAAA\n", "is damaged"),
        (f"{ED25519}*\n", "is damaged"),
        (ED25519.replace("ssh-ed25519", "ssh-rsa"), "is damaged"),
    ],
    ids=["nothing", "two", "half", "DSA", "private", "cut", "longer", "no base64", "another kind"],
)
def test_what_is_no_public_key_is_refused(text: str, told: str) -> None:
    with pytest.raises(RefusedError, match=told):
        read_public_key(text)


@needs_ssh_keygen
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_fingerprint_is_the_one_that_ssh_keygen_shows(tmp_path: Path, kind: str) -> None:
    key = make_key(tmp_path / "key", kind=kind)
    read = read_public_key(public(key).read_text())
    assert [read.fingerprint, fingerprint_of(key), fingerprint_of(public(key))] == [fingerprint(key)] * 3


# Signing


@needs_ssh_keygen
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_signature_names_the_key_that_made_it(tmp_path: Path, kind: str) -> None:
    key = make_key(tmp_path / "key", kind=kind)
    made = sign(MESSAGE, key, PACKAGE_NAMESPACE)
    assert made.fingerprint == fingerprint(key)
    assert signer(MESSAGE, made.text, PACKAGE_NAMESPACE) == fingerprint(key)


@needs_ssh_keygen
def test_signature_fits_one_text_and_one_namespace(tmp_path: Path) -> None:
    text = sign(MESSAGE, make_key(tmp_path / "key"), PACKAGE_NAMESPACE).text
    middle = len(text) // 2
    altered = text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :]
    assert signer(MESSAGE[:-1], text, PACKAGE_NAMESPACE) is None
    assert signer(MESSAGE.replace(b"f", b"e", 1), text, PACKAGE_NAMESPACE) is None
    assert signer(MESSAGE, text, CHECKPOINT_NAMESPACE) is None
    assert signer(MESSAGE, altered, PACKAGE_NAMESPACE) is None
    assert signer(MESSAGE, "", PACKAGE_NAMESPACE) is None


@needs_ssh_keygen
def test_passphrase_is_not_waited_for_where_nobody_can_type_it(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", passphrase="secreto")
    assert fingerprint_of(key) == fingerprint(key)
    with pytest.raises(RefusedError, match="incorrect passphrase") as refused:
        sign(MESSAGE, key, PACKAGE_NAMESPACE)
    assert refused.value.next_step.startswith(f"ssh-add {key}")


@needs_ssh_keygen
def test_agent_signs_with_a_key_whose_file_is_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, socket = make_key(tmp_path / "key"), tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.PIPE)
    try:
        assert agent.stdout is not None and agent.stdout.readline()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        subprocess.run(["ssh-add", "-q", str(key)], check=True)
        key.unlink()
        assert sign(MESSAGE, public(key), PACKAGE_NAMESPACE).fingerprint == fingerprint(public(key))
    finally:
        agent.terminate()
        agent.wait()


@needs_ssh_keygen
def test_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    public(key).unlink()
    key.chmod(0o644)
    with pytest.raises(RefusedError, match="ssh-keygen could not sign with"):
        sign(MESSAGE, key, PACKAGE_NAMESPACE)


@needs_ssh_keygen
def test_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("ninguna llave\n")
    with pytest.raises(RefusedError, match="is no key that ssh-keygen can read"):
        fingerprint_of(file)
    with pytest.raises(RefusedError, match="ssh-keygen could not sign with"):
        sign(MESSAGE, file, PACKAGE_NAMESPACE)


def test_key_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="there is no key file"):
        fingerprint_of(tmp_path / "key")
    with pytest.raises(NotFoundError, match="there is no key file"):
        sign(MESSAGE, tmp_path / "key", PACKAGE_NAMESPACE)


def test_without_ssh_keygen_nothing_is_signed_and_nothing_passes_as_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key"
    key.write_text("x")
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    for attempt in (
        lambda: fingerprint_of(key),
        lambda: sign(MESSAGE, key, PACKAGE_NAMESPACE),
        lambda: signer(MESSAGE, "", PACKAGE_NAMESPACE),
    ):
        with pytest.raises(RefusedError, match="which is not installed") as refused:
            attempt()
        assert "openssh-client" in refused.value.next_step
