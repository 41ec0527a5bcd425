"""PDF letters signed as they are written and sent: what is on record is the unsigned letter that they begin with."""

import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from certificates import PASSPHRASE, make_certificate
from pipgrants.errors import RefusedError
from pipgrants.letters import pdf
from pipgrants.letters.pdf import revisions
from pipgrants.services.letter_files import release_of, unlike_released, write_letters
from pipgrants.services.letter_verification import Checked, Standing, verify_letters
from pipgrants.services.letters import Renderer, font_folders
from pipgrants.services.outbox import send
from pipgrants.services.release import release
from rounds import AFTER_DEADLINE, AFTER_DRAW, Round, application, as_, hash_of_tables

VARIABLE = "PIPGRANTS_TEST_PASSPHRASE"
NAME = "L-000001-receipt.es"
IN_THE_ENVIRONMENT = f"passphrase_env: {VARIABLE}"


def use(round_: Round, passphrase: str = IN_THE_ENVIRONMENT) -> None:
    """Names a certificate in the settings of the outbox."""
    settings = f"folder: outbox\nsignature:\n  certificate: agency.p12\n  {passphrase}\n"
    (round_.workspace.folder / "workflows" / "outbox.yaml").write_text(settings)


@pytest.fixture
def signing(round_: Round, monkeypatch: pytest.MonkeyPatch) -> Round:
    """A round with one application, of an agency that signs its letters."""
    round_.receive([application("A1")])
    make_certificate(round_.workspace.folder / "agency.p12", AFTER_DEADLINE)
    monkeypatch.setenv(VARIABLE, PASSPHRASE)
    use(round_)
    return round_


@pytest.fixture
def signed(signing: Round) -> Round:
    """The same, with its letter released."""
    released(signing)
    return signing


def released(round_: Round, now: datetime = AFTER_DEADLINE) -> None:
    release(round_.workspace, as_("olga"), now, call=round_.call, pdf=True)


def file(round_: Round, suffix: str = ".pdf") -> Path:
    return round_.workspace.folder / "letters" / round_.call / f"{NAME}{suffix}"


def recorded(round_: Round) -> bytes:
    """The PDF that the trail vouches for, made from the record."""
    [row] = round_.letters("A1")
    with round_.workspace.read() as unit:
        inputs = release_of(unit, row)[1]
        made = Renderer(unit, font_folders(round_.workspace)).whole(row, inputs["release"])
    assert not unlike_released(row, made.parts, inputs)
    return made.pdf or b""


def sent(round_: Round) -> bytes:
    """The PDF that the letter took along."""
    send(round_.workspace, as_("olga"), lambda: AFTER_DEADLINE, call=round_.call, ask_password=str)
    message = message_from_bytes((round_.workspace.folder / "outbox" / "L-000001.eml").read_bytes())
    [attachment] = [part for part in message.walk() if part.get_content_type() == "application/pdf"]
    content = attachment.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def signed_at(content: bytes) -> datetime | None:
    """When the only signature of a PDF says that it was made, once it was found to hold."""
    [signature] = PdfFileReader(io.BytesIO(content)).embedded_signatures
    trusted = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False, moment=AFTER_DEADLINE)
    status = validate_pdf_signature(signature, trusted)
    assert status.bottom_line
    return status.signer_reported_dt


def made_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on another version of Typst is installed, which sets pages otherwise."""

    def renderers(_fonts: object, *, pdf: bool) -> Mapping[str, str]:
        return {"letter": "pipgrants 0.1.0", "pdf": "typst 9.0"}

    monkeypatch.setattr("pipgrants.services.letter_verification.renderers", renderers)
    monkeypatch.setattr(pdf.PdfLayout, "render", lambda *_: b"%PDF-1.7 otherwise %%EOF")


def checked(round_: Round) -> list[Checked]:
    return list(verify_letters(round_.workspace, as_("aldo"), AFTER_DRAW, call=round_.call).letters)


def test_file_of_a_letter_is_the_letter_on_record_and_a_signature_after_it(signed: Round) -> None:
    content = file(signed).read_bytes()
    assert list(revisions(content)) == [recorded(signed), content.rstrip()]
    assert signed_at(content) == AFTER_DEADLINE


def test_attachment_of_a_letter_is_the_letter_on_record_and_a_signature_after_it(signed: Round) -> None:
    content = sent(signed)
    assert next(revisions(content)) == recorded(signed)
    assert signed_at(content) == AFTER_DEADLINE


def test_files_written_again_are_signed_again(signed: Round) -> None:
    file(signed).unlink()
    write_letters(signed.workspace, signed.call, AFTER_DEADLINE + timedelta(days=1))
    assert signed_at(file(signed).read_bytes()) == AFTER_DEADLINE + timedelta(days=1)


def test_without_a_certificate_nothing_is_signed(signed: Round) -> None:
    (signed.workspace.folder / "workflows" / "outbox.yaml").write_text("folder: outbox\n")
    write_letters(signed.workspace, signed.call, AFTER_DEADLINE)
    assert file(signed).read_bytes() == sent(signed) == recorded(signed)


def test_signed_letters_are_verified(signed: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    assert checked(signed) == [Checked("L-000001", Standing.REPEATED)]
    made_elsewhere(monkeypatch)
    assert [letter.standing for letter in checked(signed)] == [Standing.STORED]


def test_changed_byte_before_the_signature_is_found(signed: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    made_elsewhere(monkeypatch)
    content = bytearray(file(signed).read_bytes())
    content[content.index(b"/CreationDate") + 20] ^= 1
    file(signed).write_bytes(content)
    assert checked(signed) == [Checked("L-000001", Standing.DIFFERENT, f"{NAME}.pdf is not what was released")]


def test_what_was_appended_to_a_signed_letter_is_found(signed: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    made_elsewhere(monkeypatch)
    file(signed).write_bytes(file(signed).read_bytes() + b"another page %%EOF")
    message = f"{NAME}.pdf has more after what was released than one signature"
    assert checked(signed) == [Checked("L-000001", Standing.DIFFERENT, message)]


def test_letter_that_other_versions_made_is_sent_as_it_was_stored_with_one_signature(
    signed: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = recorded(signed)
    made_elsewhere(monkeypatch)
    content = sent(signed)
    assert list(revisions(content)) == [wanted, content.rstrip()]


def test_what_was_appended_to_a_stored_letter_does_not_leave_with_it(
    signed: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = recorded(signed)
    file(signed).write_bytes(file(signed).read_bytes() + b"another page %%EOF")
    made_elsewhere(monkeypatch)
    content = sent(signed)
    assert list(revisions(content)) == [wanted, content.rstrip()]


def test_passphrase_comes_from_the_first_line_of_a_file(signing: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    (signing.workspace.folder / "secret").write_text(f"{PASSPHRASE}\nof the notary\n", encoding="utf-8")
    use(signing, "passphrase_file: secret")
    released(signing)
    assert signed_at(file(signing).read_bytes()) == AFTER_DEADLINE


def test_passphrase_stands_in_no_file_of_the_workspace(signed: Round) -> None:
    sent(signed)
    files = [path for path in signed.workspace.folder.rglob("*") if path.is_file()]
    assert [path.name for path in files if PASSPHRASE.encode() in path.read_bytes()] == []


def refused(round_: Round, now: datetime = AFTER_DEADLINE) -> RefusedError:
    """Why nothing was released, nor written, nor sent."""
    before = hash_of_tables(round_.workspace.folder)
    with pytest.raises(RefusedError) as found:
        released(round_, now)
    with pytest.raises(RefusedError, match=found.value.message[:20]):
        write_letters(round_.workspace, round_.call, now)
    with pytest.raises(RefusedError, match=found.value.message[:20]):
        send(round_.workspace, as_("olga"), lambda: now, call=round_.call, ask_password=str, dry_run=True)
    assert (hash_of_tables(round_.workspace.folder), file(round_).exists()) == (before, False)
    return found.value


def test_missing_extra_is_told_with_the_command_that_installs_it(
    signing: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda name: None if name == "pyhanko" else name)
    assert (refused(signing).next_step or "").startswith('pip install "pipgrants[sign]"')


def test_missing_certificate_is_named(signing: Round) -> None:
    (signing.workspace.folder / "agency.p12").unlink()
    assert refused(signing).message.endswith("agency.p12: No such file or directory")


def test_missing_passphrase_is_told_with_its_variable(signing: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    assert refused(signing).message == f"the variable {VARIABLE} of the environment holds no passphrase"


def test_wrong_passphrase_is_told_and_not_shown(signing: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "abracadabra")
    error = refused(signing)
    assert error.message.startswith("agency.p12 cannot be opened: the passphrase is not its own")
    assert "abracadabra" not in f"{error} {error.next_step}"


def test_certificate_that_has_expired_is_told(signing: Round) -> None:
    message = "the certificate in agency.p12 is valid from 2026-04-05 to 2026-04-15 only, and signs nothing"
    assert refused(signing, AFTER_DRAW).message == message


def test_key_that_cannot_sign_is_told_before_anything_is_released(signing: Round) -> None:
    make_certificate(signing.workspace.folder / "agency.p12", AFTER_DEADLINE, own_key=Ed25519PrivateKey.generate())
    assert refused(signing).message.startswith("the key in agency.p12 cannot sign letters")
