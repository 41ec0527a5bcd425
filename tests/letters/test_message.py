"""The message of a letter: the same bytes each time, and nothing in a name or an address becomes a header."""

import email
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipgrants.letters.message import Attachment, Mail, Mailbox, header_text, message_id, usable_address, write_mail

SENDER = Mailbox("cartas@agencia.example", "Agencia de Ñandú")
SENT = datetime(2026, 5, 4, 15, 30, tzinfo=UTC)


def mail(
    name: str = "Taller Ágil",
    subject: str = "Adjudicación",
    text: str = "Hola\n",
    attachments: tuple[Attachment, ...] = (),
) -> Mail:
    return write_mail(
        12,
        message_id("L-000012", "0123456789abcdef", SENDER.address),
        SENDER,
        Mailbox("ana@example.org", name),
        subject=subject,
        language="es",
        date=SENT,
        text=text,
        html="<p>Hola</p>",
        attachments=attachments,
    )


def read(sent: Mail) -> EmailMessage:
    return cast(EmailMessage, email.message_from_bytes(sent.content, policy=policy.default))


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_message_says_who_what_when_and_in_which_language() -> None:
    message = read(mail())
    assert {name: str(message[name]) for name in message if not name.lower().startswith(("mime", "content-type"))} == {
        "From": "Agencia de Ñandú <cartas@agencia.example>",
        "To": "Taller Ágil <ana@example.org>",
        "Subject": "Adjudicación",
        "Date": "Mon, 04 May 2026 15:30:00 +0000",
        "Message-ID": "<L-000012.0123456789abcdef@agencia.example>",
        "Content-Language": "es",
    }
    assert message.get_content_type() == "multipart/alternative"
    assert (body(message, "plain"), body(message, "html")) == ("Hola\n", "<p>Hola</p>\n")


def test_the_same_letter_is_the_same_bytes() -> None:
    pdf = Attachment("L-000012.pdf", "pdf", b"%PDF-1.7")
    assert mail(attachments=(pdf,)) == mail(attachments=(pdf,))


def test_attachments_stand_after_both_forms_of_the_text() -> None:
    message = read(mail(attachments=(Attachment("L-000012.pdf", "pdf", b"%PDF-1.7"),)))
    [attached] = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("L-000012.pdf", "application/pdf")
    assert (attached.get_content(), body(message, "plain")) == (b"%PDF-1.7", "Hola\n")


HOSTILE = [
    "Ana\nBcc: todos@example.org",
    "Ana\r\nBcc: todos@example.org\r\n\r\nOtro cuerpo",
    "Ana\rBcc: todos@example.org",
    "Ana\x00Bcc: todos@example.org",
    "Ana\u2028Bcc: todos@example.org",
    "Ana\x85Bcc: todos@example.org",
    'Ana" <todos@example.org>, "',
    "=?utf-8?q?Ana=0ABcc:_todos@example.org?=",
    "Ana\u202egro.elpmaxe@sodot",
    "مرحبا 😀 שלום",
    "Ñ" * 5_000,
]


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_name_or_subject_becomes_a_header_or_a_recipient(text: str) -> None:
    sent = mail(name=text, subject=text)
    message = read(sent)
    assert message["Bcc"] is None and b"\nBcc:" not in sent.content
    assert [address.addr_spec for address in message["To"].addresses] == ["ana@example.org"]
    assert set(message.keys()) == set(read(mail()).keys())
    assert body(message, "plain") == "Hola\n"


WORD = st.text("abcXYZ019-_.,;:()[]<>@\"'=?/\\ñé—中🧵", min_size=1, max_size=1_500)


@given(st.lists(WORD, min_size=1, max_size=4).map(" ".join))
@example("A" * 5_000)
@example('];\';_ZZcaX]<b?ñXZ\\@ba?/é_?"—]"\\XX_b/"- Zé,;ñ@ 中":.?.]Z中-@:Z-')
def test_a_subject_arrives_as_it_is_on_lines_that_servers_take(subject: str) -> None:
    sent = mail(subject=subject)
    assert str(read(sent)["Subject"]) == header_text(subject)
    assert max(map(len, sent.content.partition(b"Subject:")[2].partition(b"Date:")[0].split(b"\r\n"))) <= 78


def test_names_of_every_script_arrive_as_they_are() -> None:
    name = "Cooperativa Ñandú مرحبا 😀"
    assert read(mail(name=name))["To"].addresses[0].display_name == name


@pytest.mark.parametrize(
    ("name", "shown"),
    [("A" * 997, "A" * 997), ("A" * 998, ""), (("A " * 2_500).strip(), ("A " * 2_500).strip())],
)
def test_a_name_that_no_line_holds_is_left_out(name: str, shown: str) -> None:
    sent = mail(name=name)
    assert max(map(len, sent.content.split(b"\r\n"))) <= 998
    [address] = read(sent)["To"].addresses
    assert (address.display_name, address.addr_spec) == (shown, "ana@example.org")


@pytest.mark.parametrize("text", [".\r\n", "\n.\nQUIT\n", "\r\n.\r\nMAIL FROM:<a@b.example>\r\n"])
def test_nothing_in_a_text_ends_the_message(text: str) -> None:
    lines = mail(text=text).content.split(b"\r\n")
    assert b"." not in lines
    assert not any(b"\n" in line or b"\r" in line or line.startswith(b".") for line in lines)
    assert body(read(mail(text=text)), "plain").split() == text.split()


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("ana@example.org", "ana@example.org"),
        (" ana.paz+x@EXAMPLE.org ", "ana.paz+x@EXAMPLE.org"),
        ("ana@ñandú.example", "ana@xn--and-6ma2c.example"),
        ("ana@example.org\nBcc: x@example.org", None),
        ("ana@example.org, todos@example.org", None),
        ("<ana@example.org>", None),
        ("ana@example.org> SIZE=1", None),
        ('"ana paz"@example.org', None),
        ("ñandú@example.org", None),
        ("ana@", None),
        ("@example.org", None),
        ("ana", None),
        ("", None),
        (None, None),
        ("ana@exa_mple.org", None),
        ("ana@-example.org", None),
        ("a" * 250 + "@example.org", None),
    ],
)
def test_only_what_mail_servers_take_is_an_address(given: str | None, taken: str | None) -> None:
    assert usable_address(given) == taken
