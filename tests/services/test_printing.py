"""``letters print`` and ``letters posted``: what goes by post in one PDF, and on record as sent once it was posted."""

import csv
from pathlib import Path

import orjson
import pikepdf
import pytest

from pipgrants.domain.application import Application
from pipgrants.errors import NotAuthorisedError, RefusedError
from pipgrants.services.audit.verify import verify
from pipgrants.services.deliveries import bounce, resolve
from pipgrants.services.letter_corrections import correct
from pipgrants.services.letter_register import write_register
from pipgrants.services.letters import list_letters
from pipgrants.services.printing import merge_letters, post
from rounds import AFTER_DRAW, WHILE_OPEN, Round, application, as_

ADDRESSES = {
    "A1": "Calle 2\nTegucigalpa\nHonduras",
    "A2": "Rua 1\nÁguas Belas\nBrasil",
    "A3": "Calle 1\nTegucigalpa\nHonduras",
}


def by_post(reference: str, email: str | None = None) -> Application:
    made = application(reference)
    lead, *others = made.members
    details = lead.details._replace(email=email, postal_address=ADDRESSES[reference])
    return made._replace(members=(lead._replace(details=details), *others))


@pytest.fixture
def released(round_: Round) -> Round:
    round_.receive([by_post("A1"), by_post("A2"), by_post("A3", email="a3@example.org")])
    round_.release(WHILE_OPEN)
    return round_


def merged(round_: Round, path: Path, *, everybody: bool = False) -> tuple[tuple[str, ...], int]:
    return tuple(
        merge_letters(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call, path=path, everybody=everybody)
    )


def test_letters_come_in_the_order_of_their_addresses_on_sheets_of_their_own(released: Round, tmp_path: Path) -> None:
    found = merged(released, tmp_path / "all.pdf", everybody=True)
    with pikepdf.open(tmp_path / "all.pdf") as pdf:
        assert found == (("L-000002", "L-000003", "L-000001"), len(pdf.pages))
        assert len(pdf.pages) == 3 * 2


def test_who_has_an_address_for_mail_is_left_out(released: Round, tmp_path: Path) -> None:
    assert merged(released, tmp_path / "post.pdf")[0] == ("L-000002", "L-000001")


@pytest.mark.parametrize("everybody", [True, False])
def test_what_another_letter_took_the_place_of_is_left_out(released: Round, tmp_path: Path, everybody: bool) -> None:
    correct(released.workspace, as_("olga"), AFTER_DRAW, letter="L-000001", reason="Otra dirección")
    released.release(AFTER_DRAW)
    others = ("L-000002", "L-000003", "L-000004") if everybody else ("L-000002", "L-000004")
    assert merged(released, tmp_path / "post.pdf", everybody=everybody)[0] == others


def test_no_letter_for_the_post_is_told(round_: Round, tmp_path: Path) -> None:
    round_.receive([application("A1")])
    round_.release(WHILE_OPEN)
    with pytest.raises(RefusedError, match="no released letter of pip-one-stage is to be printed"):
        merged(round_, tmp_path / "none.pdf")
    assert not (tmp_path / "none.pdf").exists()


def test_no_file_is_overwritten(released: Round, tmp_path: Path) -> None:
    (tmp_path / "mine.pdf").write_text("mine")
    with pytest.raises(RefusedError, match=r"mine\.pdf exists already"):
        merged(released, tmp_path / "mine.pdf")
    assert (tmp_path / "mine.pdf").read_text() == "mine"


def post_all(round_: Round, *letters: str) -> tuple[str, ...]:
    return post(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call, letters=letters)


def stages(round_: Round) -> list[tuple[str, str | None]]:
    return [(row.stage, row.reply) for row in list_letters(round_.workspace, round_.call)]


def test_letters_without_an_address_for_mail_are_on_record_as_sent_by_post(released: Round) -> None:
    assert post_all(released) == ("L-000002", "L-000001")
    assert stages(released) == [("sent", "by_post"), ("sent", "by_post"), ("released", None)]
    with released.workspace.read() as unit:
        last = [orjson.loads(entry.content) for entry in unit.ledger.entries()][-2:]
    assert [(entry["act"], entry["inputs"]["letter"], entry["inputs"]["reply"]) for entry in last] == [
        ("LetterPosted", 2, "by_post"),
        ("LetterPosted", 1, "by_post"),
    ]
    assert verify(released.workspace, as_("aldo"), AFTER_DRAW).faults == ()


def test_register_shows_what_was_posted(released: Round, tmp_path: Path) -> None:
    post_all(released)
    path = tmp_path / "register.csv"
    write_register(released.workspace, as_("olga"), AFTER_DRAW, call=released.call, path=path)
    with path.open(encoding="utf-8-sig") as file:
        lines = [(line["stage"], line["reply"], bool(line["sent_at"])) for line in csv.DictReader(file)]
    assert lines == [("sent", "by_post", True), ("sent", "by_post", True), ("released", "", False)]


def test_posted_letters_are_printed_and_posted_no_more(released: Round, tmp_path: Path) -> None:
    post_all(released)
    with pytest.raises(RefusedError, match="no released letter of pip-one-stage is to be posted"):
        post_all(released)
    with pytest.raises(RefusedError, match="is to be printed"):
        merged(released, tmp_path / "post.pdf")


def test_letter_with_an_address_for_mail_is_posted_where_it_is_named(released: Round) -> None:
    assert post_all(released, "L-000003") == ("L-000003",)
    assert [stage for stage, _ in stages(released)] == ["released", "released", "sent"]


def test_posted_letter_that_came_back_is_printed_again_or_corrected(released: Round) -> None:
    post_all(released)
    olga = as_("olga")
    for letter in ("L-000001", "L-000002"):
        bounce(released.workspace, olga, AFTER_DRAW, letter=letter, reason="Devuelta por el correo")
    assert stages(released)[:2] == [("failed", "returned"), ("failed", "returned")]
    resolve(released.workspace, olga, AFTER_DRAW, letter="L-000001", resend=True, reason="Mismo domicilio")
    correct(released.workspace, olga, AFTER_DRAW, letter="L-000002", reason="Otra dirección")
    released.release(AFTER_DRAW)
    assert post_all(released) == ("L-000004", "L-000001")
    assert verify(released.workspace, as_("aldo"), AFTER_DRAW).faults == ()


@pytest.mark.parametrize("letter", ["L-000001", "L-000099"])
def test_letter_that_left_or_that_the_call_has_not_is_not_posted(released: Round, letter: str) -> None:
    post_all(released, "L-000001")
    with pytest.raises(RefusedError, match=f"no letter of pip-one-stage that is released and not sent: {letter}"):
        post_all(released, letter, "L-000002")
    assert stages(released)[1] == ("released", None)


def test_letter_that_another_took_the_place_of_is_not_posted(released: Round) -> None:
    correct(released.workspace, as_("olga"), AFTER_DRAW, letter="L-000001", reason="Otra dirección")
    with pytest.raises(RefusedError, match="L-000001"):
        post_all(released, "L-000001")


def test_auditor_puts_no_letter_on_record_as_posted(released: Round) -> None:
    with pytest.raises(NotAuthorisedError):
        post(released.workspace, as_("aldo"), AFTER_DRAW, call=released.call)
