"""``letters print``: what goes by post in one PDF, in postal order, each letter on sheets of its own."""

from pathlib import Path

import pikepdf
import pytest

from pipgrants.domain.application import Application
from pipgrants.errors import RefusedError
from pipgrants.services.corrections import correct
from pipgrants.services.printing import merge_letters
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
