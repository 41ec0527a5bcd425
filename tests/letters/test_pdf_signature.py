"""The agency's signature on PDF letters: checked by others' programs, and nothing of the letter is another for it."""

import io
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from certificates import PASSPHRASE, make_certificate
from golden_letters import DATED, RECORD, golden_documents, shipped_layout, shipped_templates
from pipgrants.domain.vocabulary import Language, LetterKind
from pipgrants.errors import RefusedError
from pipgrants.letters.pdf import is_one_signature, revisions
from pipgrants.letters.pdf_signature import FIELD, AgencyCertificate

AT = datetime(2026, 5, 4, 15, 30, tzinfo=UTC)

needs_pdfsig = pytest.mark.skipif(shutil.which("pdfsig") is None, reason="needs the system tool pdfsig (poppler-utils)")


@pytest.fixture(scope="module")
def letter():
    document = golden_documents(shipped_templates())[LetterKind.AWARD, Language.SPANISH]
    return shipped_layout().render(document, RECORD, DATED)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificate") / "agency.p12", AT)


def opened(file, at=AT, passphrase=PASSPHRASE):
    return AgencyCertificate(file.name, file.read_bytes(), passphrase, at)


@pytest.fixture(scope="module")
def certificate(file):
    return opened(file)


@pytest.fixture(scope="module")
def signed(certificate, letter):
    return certificate.sign(letter)


def checked(pdf):
    """What pyHanko says of the only signature, where its own certificate is trusted."""
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    trusted = ValidationContext(trust_roots=[signature.signer_cert], allow_fetching=False, moment=AT)
    return signature, validate_pdf_signature(signature, trusted)


def tampered(pdf, place):
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def test_signature_holds_and_is_over_the_whole_file(signed):
    signature, status = checked(signed)
    assert (status.bottom_line, status.coverage) == (True, SignatureCoverageLevel.ENTIRE_FILE)
    assert (signature.field_name, str(signature.sig_object["/SubFilter"])) == (FIELD, "/ETSI.CAdES.detached")
    assert (status.signer_reported_dt, status.timestamp_validity) == (AT, None)


def test_signature_certifies_the_letter_and_allows_no_change(signed):
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        assert pdf.Root.Perms.DocMDP.Reference[0].TransformParams.P == 1


def test_signed_letter_begins_with_the_letter_as_it_was(letter, signed):
    assert list(revisions(letter)) == [letter]
    assert list(revisions(signed)) == [letter, signed.rstrip()]
    assert signed.startswith(letter + b"\n")


def test_one_signature_over_the_whole_file_may_follow_a_letter(letter, signed):
    place = signed.rindex(b"/ByteRange")
    others = (
        letter + b"\nanother page %%EOF",
        signed + b"another page %%EOF",
        signed + b"another page",
        signed[: len(letter)] + b"\nanother page\n" + signed[len(letter) :],
        signed[:place] + b"/BiteRange" + signed[place + 10 :],
        signed + signed[len(letter) :],
    )
    assert is_one_signature(signed, len(letter))
    assert [is_one_signature(other, len(letter)) for other in others] == [False] * len(others)


def test_same_letter_signed_again_is_a_letter_signed_alike(certificate, letter, signed):
    again = certificate.sign(letter)
    assert (len(again), again[: len(letter)]) == (len(signed), letter)


def test_changed_byte_is_noticed(letter, signed):
    place = letter.index(b"/CreationDate") + 20
    assert not checked(tampered(signed, place))[1].intact


@needs_pdfsig
def test_pdfsig_finds_the_signature_valid_until_a_byte_is_changed(letter, signed, tmp_path):
    def pdfsig(content):
        """What poppler says; whose certificate this machine trusts is not asked."""
        (tmp_path / "letter.pdf").write_bytes(content)
        command = ["pdfsig", "-nocert", tmp_path / "letter.pdf"]
        return subprocess.run(command, capture_output=True, check=False).stdout.decode()

    said = pdfsig(signed)
    assert ("Signature is Valid." in said, "Total document signed" in said) == (True, True)
    assert "Digest Mismatch." in pdfsig(tampered(signed, letter.index(b"/CreationDate") + 20))


def test_signature_adds_a_field_and_leaves_all_else_as_it_is(letter, signed):
    """Pages, tags, fonts, attachment, and the metadata that claim PDF/A-3a and PDF/UA-1."""
    with pikepdf.open(io.BytesIO(letter)) as before, pikepdf.open(io.BytesIO(signed)) as after:
        page, root = after.pages[0].obj, after.Root
        changed = [number for number in numbers(before) if content(before, number) != content(after, number)]
        assert changed == sorted([page.objgen[0], root.objgen[0]])
        assert added(before.pages[0].obj, page) == {"/Annots"}
        assert added(before.Root, root) == {"/AcroForm", "/Extensions", "/Perms"}


def numbers(pdf):
    return range(1, len(pdf.objects) + 1)


def content(pdf, number):
    """An object of a PDF, as bytes."""
    found = pdf.get_object(number, 0)
    is_stream = isinstance(found, pikepdf.Stream)
    return (found.stream_dict.unparse(), found.read_raw_bytes()) if is_stream else found.unparse(resolved=True)


def added(before, after):
    """The keys that a dictionary has besides; all others have the same value as before."""
    assert {key: repr(after[key]) for key in before} == {key: repr(before[key]) for key in before}
    return set(after.keys()) - set(before.keys())


def test_field_is_printed_for_pdf_a_and_outside_the_page_for_pdf_ua(signed):
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        (widget,) = pdf.pages[0].Annots
    assert (str(widget.FT), str(widget.T), int(widget.F) & 0b100110) == ("/Sig", FIELD, 0b100)
    assert set(widget.Rect) == {-9999}


def test_wrong_passphrase_is_refused_and_not_told(file):
    with pytest.raises(RefusedError) as refused:
        opened(file, passphrase="abracadabra")
    assert refused.value.message.startswith("agency.p12 cannot be opened: the passphrase is not its own")
    assert "abracadabra" not in f"{refused.value}{refused.value.next_step}{refused.value.__cause__}"


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----", b"0" * 5_000])
def test_what_is_no_pkcs12_file_is_refused(content):
    with pytest.raises(RefusedError, match=r"agency\.p12 cannot be opened: .* or it is no PKCS#12 file with a key"):
        AgencyCertificate("agency.p12", content, PASSPHRASE, AT)


def test_certificate_without_its_key_is_refused(tmp_path):
    with pytest.raises(RefusedError, match=r"bare\.p12 cannot be opened: .* no PKCS#12 file with a key"):
        opened(make_certificate(tmp_path / "bare.p12", AT, has_key=False))


@pytest.mark.parametrize("days", [-2, 10])
def test_certificate_that_is_not_valid_at_the_time_is_refused(file, days):
    with pytest.raises(RefusedError, match=r"agency\.p12 is valid from 2026-05-03 to 2026-05-13 only"):
        opened(file, AT + timedelta(days=days))


@pytest.mark.parametrize("kind", [Ed25519PrivateKey, Ed448PrivateKey])
def test_key_that_cannot_sign_letters_is_refused_when_it_is_opened(tmp_path, kind):
    with pytest.raises(RefusedError, match=r"the key in edwards\.p12 cannot sign letters"):
        opened(make_certificate(tmp_path / "edwards.p12", AT, own_key=kind.generate()))


def test_what_cannot_be_signed_is_refused(certificate):
    with pytest.raises(RefusedError, match="the PDF cannot be signed"):
        certificate.sign(b"no PDF")
