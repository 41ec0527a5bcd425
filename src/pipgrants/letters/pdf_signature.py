"""The agency's signature on PDF letters: PAdES (ETSI EN 319 142-1, level B-B), as an update after their last byte.

What a signed letter begins with is the letter as it was, byte by byte. The signature certifies it and allows no change
after it; it shows nothing, and leaves pages, tags, metadata and attachments as they are. Nothing is asked of a network.
This module needs the extra ``sign``: it is imported where something is signed.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from datetime import datetime

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes

from pipgrants.errors import RefusedError

FIELD = "Agency"
"""The name of the field that holds the signature."""

DIGEST = "sha256"

BESIDE_CERTIFICATES = 4_096
"""Bytes: more than a signature takes with all that it is told, its certificates aside."""

LINE_END = b"\n"
"""Typst ends a PDF without one, and what is written after it begins on a line of its own."""

_FIELD = SigFieldSpec(FIELD, invis_sig_settings=InvisSigSettings(set_print_flag=True, box_out_of_bounds=True))
"""PDF/A wants every annotation printed, PDF/UA one without a tag to be outside the page."""

_TERMS = PdfSignatureMetadata(
    field_name=FIELD,
    md_algorithm=DIGEST,
    subfilter=SigSeedSubFilter.PADES,
    certify=True,
    docmdp_permissions=MDPPerm.NO_CHANGES,
)


class AgencyCertificate:
    """A certificate with its key and those above it, which signs PDF letters at one instant."""

    def __init__(self, name: str, content: bytes, passphrase: str, at: datetime) -> None:
        """Opens a PKCS#12 file, called ``name`` in refusals.

        Raises RefusedError where it cannot be opened, the certificate is not valid at that instant, or its key signs
        nothing, which is tried.
        """
        try:
            self._signer = SimpleSigner.load_pkcs12_data(content, [], passphrase.encode())
        except (ValueError, AttributeError):
            raise RefusedError(
                f"{name} cannot be opened: the passphrase is not its own, or it is no PKCS#12 file with a key",
                next_step=f"try `openssl pkcs12 -info -noout -in {name}`",
            ) from None
        self._at = at
        certificate = self._signer.signing_cert
        begins, ends = certificate.not_valid_before, certificate.not_valid_after
        if not begins <= at <= ends:
            raise RefusedError(
                f"the certificate in {name} is valid from {begins:%Y-%m-%d} to {ends:%Y-%m-%d} only, and signs nothing",
                next_step="name one that is valid now in workflows/outbox.yaml",
            )
        sizes = (len(item.dump()) for item in (certificate, *self._signer.cert_registry))
        self._reserved = 2 * (BESIDE_CERTIFICATES + sum(sizes))
        self._try(name)

    def _try(self, name: str) -> None:
        """Signs nothing of weight, so that a key that cannot sign letters is told before any is released."""
        try:
            asyncio.run(self._signer.async_sign(hashlib.new(DIGEST, b"").digest(), DIGEST, use_pades=True))
        except (PdfError, ValueError, NotImplementedError) as error:
            raise RefusedError(
                f"the key in {name} cannot sign letters: {error}",
                next_step="name a certificate with an RSA or ECDSA key in workflows/outbox.yaml",
            ) from error

    def sign(self, pdf: bytes) -> bytes:
        """The PDF with the signature after it. Raises RefusedError where it cannot be signed."""
        try:
            return self._signed(pdf)
        except PdfError as error:
            raise RefusedError(
                f"the PDF cannot be signed: {error}",
                next_step="check the certificate that workflows/outbox.yaml names; what was released stays released",
            ) from error

    def _signed(self, pdf: bytes) -> bytes:
        signer = PdfSigner(_TERMS, self._signer, new_field_spec=_FIELD)
        session = signer.init_signing_session(_Update(io.BytesIO(pdf + LINE_END)))
        session.system_time = self._at
        document = session.prepare_tbs_document(None, self._reserved)
        digested, signed = document.digest_tbs_document()
        asyncio.run(document.perform_signature(digested.document_digest, PdfCMSSignedAttributes()))
        signed.seek(0)
        return bytes(signed.read())


class _Update(IncrementalPdfFileWriter):
    """An update that leaves what a letter says of itself: PDF/A-3 is PDF 1.7, whatever the algorithm of the key."""

    def _update_meta(self) -> None:
        """Writes no metadata."""

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Writes no version."""
