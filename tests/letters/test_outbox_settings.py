"""``outbox.yaml``: the shipped file can be used, mistakes are named with their line, waiting grows up to a day."""

import pytest

from conftest import PROJECT
from pipgrants.errors import DefinitionError
from pipgrants.letters.outbox_settings import MailServer, OutboxSettings, Security, Sender, Signature
from pipgrants.reading import read_file, read_text

SIGNATURE = "folder: o\nsignature:\n  certificate: agency.p12\n"
SERVER = "server:\n  host: smtp.example.org\n  port: 587\n  security: starttls\n"


def settings(text: str) -> OutboxSettings:
    return read_text(text, OutboxSettings, file="outbox.yaml")


def test_the_shipped_file_writes_to_a_folder() -> None:
    assert read_file(PROJECT / "workflows" / "outbox.yaml", OutboxSettings) == OutboxSettings(folder="outbox")


def test_the_example_in_the_shipped_file_can_be_used() -> None:
    """Every line that is commented out, taken as it stands, in the place of the folder."""
    lines = (PROJECT / "workflows" / "outbox.yaml").read_text(encoding="utf-8").splitlines()
    example = [line[2:] for line in lines if line.startswith(("# server:", "#   ", "# sender:", "# signature:"))]
    found = settings("\n".join([*example, "attempts: 5"]))
    assert found.server == MailServer(
        "smtp.example.org",
        587,
        Security.STARTTLS,
        user="letters@example.org",
        password_file="/etc/pipgrants/smtp-password",
    )
    assert found.sender == Sender("letters@example.org", "Agency for Competitiveness")
    assert found.signature == Signature("/etc/pipgrants/agency.p12", passphrase_env="PIPGRANTS_SIGNATURE_PASSPHRASE")


@pytest.mark.parametrize(
    ("text", "line", "field", "said"),
    [
        ("attempts: 5", 1, "", "give either folder or server: letters leave one way"),
        (f"folder: outbox\n{SERVER}", 1, "", "give either folder or server: letters leave one way"),
        ("folder: outbox\nattempts: 0", 2, "attempts", "attempts are from 1 to 100"),
        ("folder: outbox\nback_off_seconds: 90000", 2, "back_off_seconds", "from 0 to 86400, a day"),
        (f"{SERVER}  password: secreto\n", 5, "server.password", "unknown key"),
        (f"{SERVER}  user: ana\n".replace("starttls", "none"), 5, "server.user", "over a private connection only"),
        (f"{SERVER}  password_env: P\n", 5, "server.password_env", "a password needs its user"),
        (SERVER.replace("587", "70000"), 3, "server.port", "a port is from 1 to 65535"),
        (SERVER.replace("smtp.example.org", "smtp example"), 2, "server.host", "expected the name of a server"),
        ("folder: o\nsender:\n  address: ana\n  name: A\n", 3, "sender.address", "expected an e-mail address"),
        (SIGNATURE, 3, "signature.certificate", "by passphrase_file or by"),
        (f"{SIGNATURE}  passphrase_env: P\n  passphrase_file: p\n", 3, "signature.certificate", "by passphrase_file"),
        (f"{SIGNATURE}  passphrase_env: P\n  key: k\n", 5, "signature.key", "unknown key"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, field: str, said: str) -> None:
    with pytest.raises(DefinitionError) as refused:
        settings(text)
    [problem] = refused.value.problems
    assert (problem.line, problem.field) == (line, field)
    assert said in problem.message


def test_what_is_refused_waits_twice_as_long_each_time_and_a_day_at_most() -> None:
    waits = [OutboxSettings(folder="o", back_off_seconds=600).back_off(count) for count in (1, 2, 3, 8, 9, 100)]
    assert waits == [600, 1200, 2400, 76_800, 86_400, 86_400]
