"""How a party is reached, corrected: new letters say so, old ones stay, and redaction finds the old values, too."""

import re
from typing import Any

import pytest

from pipgrants.domain.vocabulary import Language
from pipgrants.errors import RefusedError, UsageError
from pipgrants.services import inquiries, letter_corrections, letters, parties, party_corrections
from pipgrants.services.audit import duties
from pipgrants.services.audit.stated import Fault
from pipgrants.services.audit.verify import verify
from pipgrants.services.party_corrections import Corrected
from pipgrants.services.workspace import Workspace
from pipgrants.trail.sealing import seal
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    CALL,
    WHILE_OPEN,
    Round,
    application,
    as_,
    edit,
    publish,
    rows_of_tables,
    tamper,
)

LEAD = "E-000001"
OLD_EMAIL, OLD_ADDRESS = "a1-1@example.org", "Calle 1, Tegucigalpa"
EMAIL, ADDRESS = "taller@example.org", "Barrio Abajo 14\nComayagua"


@pytest.fixture
def received(round_: Round) -> Round:
    """A round that received one application; its receipt waits for release."""
    round_.receive([application("A1")])
    return round_


def correct(round_: Round, dry_run: bool = False, reason: str = "Lo avisó por carta", **given: Any) -> Corrected:
    return party_corrections.correct_party(
        round_.workspace, as_("olga"), WHILE_OPEN, party=LEAD, reason=reason, dry_run=dry_run, **given
    )


def redact(round_: Round) -> None:
    parties.redact(round_.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Solicitud")


def faults(round_: Round) -> tuple[Fault, ...]:
    return verify(round_.workspace, as_("aldo"), AFTER_DRAW).faults


def stored(round_: Round) -> str:
    """All values of all tables."""
    return repr(rows_of_tables(round_.workspace.folder))


def preview(round_: Round) -> str:
    return letters.preview(round_.workspace, round_.numbers["A1"]).text


def test_what_is_given_is_corrected_and_everything_else_stays(received: Round) -> None:
    before = parties.show_party(received.workspace, LEAD).details
    found = correct(received, email=f" {EMAIL} ", postal_address=" Barrio Abajo 14 \n\n Comayagua ")
    assert found == Corrected(("email", "postal_address"), (), ("L-000001",))
    after = parties.show_party(received.workspace, LEAD).details
    assert after == before._replace(email=EMAIL, postal_address=ADDRESS)
    assert faults(received) == ()


def test_entry_holds_the_reason_and_salted_hashes_of_the_values(received: Round) -> None:
    correct(received, email=EMAIL)
    [entry] = received.entries(act="PartyCorrected")
    inputs, salt = entry["inputs"], parties.show_party(received.workspace, LEAD).salt
    assert (entry["subject"], entry["reason"], inputs["fields"], inputs["letters"], inputs["forms"]) == (
        f"party/{LEAD}",
        "Lo avisó por carta",
        ["email"],
        [1],
        [],
    )
    assert inputs["party"]["email"] == seal(salt or b"", "email", EMAIL)
    assert {value for value in (EMAIL, OLD_EMAIL, OLD_ADDRESS, "Taller A1-1") if value in str(entry)} == set()


def test_letters_on_record_stay_and_later_ones_and_corrections_go_to_the_new_address(received: Round) -> None:
    received.screen(AFTER_DEADLINE)
    correct(received, email=EMAIL, postal_address=ADDRESS)
    receipt = received.letters("A1")[0]
    assert OLD_EMAIL in str(receipt.recipient)
    received.release(AFTER_DEADLINE)
    assert OLD_EMAIL in str(received.letters("A1")[0].recipient)
    anew = letter_corrections.correct(
        received.workspace, as_("olga"), AFTER_DEADLINE, letter="1", reason="Otra dirección"
    )
    assert (EMAIL in str(anew.recipient), OLD_EMAIL in str(anew.recipient)) == (True, False)
    assert all(line in preview(received) for line in ADDRESS.splitlines())
    assert faults(received) == ()


def test_later_applications_complete_a_corrected_party(round_: Round) -> None:
    made = application("A1")
    unknown = made.members[0]._replace(details=made.members[0].details._replace(sector=None, email=None))
    round_.receive([made._replace(members=(unknown, *made.members[1:]))])
    correct(round_, postal_address=ADDRESS)
    round_.receive([made._replace(reference="A1 again")])
    details = parties.show_party(round_.workspace, LEAD).details
    assert (details.postal_address, details.email, details.sector) == (ADDRESS, OLD_EMAIL, "1391")
    assert faults(round_) == ()


def test_language_is_that_of_the_letters_from_then_on(received: Round) -> None:
    number = received.numbers["A1"]
    assert correct(received, language=Language.ENGLISH) == Corrected(("language",), (number,), ("L-000001",))
    [entry] = received.entries(act="LanguageCorrected")
    assert (entry["subject"], entry["reason"], entry["inputs"]) == (
        f"proposal/{number}",
        "Lo avisó por carta",
        {"language": "en"},
    )
    letter_corrections.correct(received.workspace, as_("olga"), WHILE_OPEN, letter="1", reason="En su idioma")
    assert [row.language for row in received.letters("A1")] == ["es", "en"]
    received.ratify(received.to_package({"A1": "5"}))
    assert [row.language for row in received.letters("A1")] == ["es", "en", "en"]
    assert faults(received) == ()


def test_language_that_a_call_lacks_is_not_that_of_its_letters(workspace: Workspace) -> None:
    edit(workspace, "calls", CALL, {"languages: [es, pt, en]": "languages: [es, en]"})
    round_ = publish(workspace)
    round_.receive([application("A1")])
    assert correct(round_, language=Language.PORTUGUESE) == Corrected(("language",), (), ("L-000001",))
    assert parties.show_party(round_.workspace, LEAD).details.language == Language.PORTUGUESE
    assert faults(round_) == ()


def test_address_without_text_is_removed(received: Round) -> None:
    assert correct(received, email=" ").fields == ("email",)
    assert parties.show_party(received.workspace, LEAD).details.email is None
    assert faults(received) == ()


def test_letters_that_arrived_or_were_replaced_are_not_named(received: Round) -> None:
    received.release(AFTER_DEADLINE)
    tamper(received.workspace.folder, "UPDATE letter SET stage = 'delivered'")
    assert correct(received, email=EMAIL).letters == ()


def test_letters_are_named_only_where_what_they_bear_was_corrected(received: Round) -> None:
    assert correct(received, facts={"size_class": "large"}) == Corrected(("size_class",), (), ())
    assert correct(received, facts={"size_class": "medium"}, email=EMAIL).letters == ("L-000001",)


def test_values_changed_past_the_program_are_located(received: Round) -> None:
    correct(received, email=EMAIL, language=Language.ENGLISH)
    tamper(received.workspace.folder, "UPDATE party SET email = 'otro@example.org' WHERE number = ?", (LEAD,))
    tamper(received.workspace.folder, "UPDATE proposal SET language = 'es'")
    assert [(fault.place, fault.field) for fault in faults(received)] == [
        (f"proposal {received.numbers['A1']}", "language"),
        (f"party {LEAD}", "email"),
    ]


def test_redaction_removes_what_was_on_record_before(received: Round) -> None:
    inquiries.take_form(
        received.workspace,
        as_("olga"),
        WHILE_OPEN,
        call=received.call,
        name="Taller A1-1",
        email=OLD_EMAIL,
        language=Language.SPANISH,
    )
    correct(received, email=EMAIL)
    correct(received, postal_address=ADDRESS)
    correct(received, email="tercera@example.org")
    letter_corrections.correct(received.workspace, as_("olga"), WHILE_OPEN, letter="1", reason="Otra dirección")
    received.release(AFTER_DEADLINE)
    redact(received)
    gone = (OLD_EMAIL, EMAIL, "tercera@example.org", "Barrio Abajo", f"{OLD_ADDRESS}'")
    assert [value for value in gone if value in stored(received)] == []
    assert [row.recipient for row in received.letters("A1")] == [None, None]
    acts = received.acts()
    assert (acts.count("FormTakerRedacted"), acts.count("PartyRedacted")) == (1, 1)
    assert faults(received) == ()


def test_party_completed_and_redacted_is_as_stated(round_: Round) -> None:
    made = application("A1")
    unknown = made.members[0]._replace(details=made.members[0].details._replace(sector=None))
    round_.receive([made._replace(members=(unknown, *made.members[1:]))])
    round_.receive([made._replace(reference="A1 again")])
    correct(round_, language=Language.ENGLISH)
    redact(round_)
    assert faults(round_) == ()


def test_correction_is_among_the_acts_that_set_aside_what_was_on_record(received: Round) -> None:
    with pytest.raises(RefusedError, match=r"PartyCorrected of party/E-000001 sets aside .* needs a reason"):
        correct(received, email=EMAIL, reason=" ")
    correct(received, email=EMAIL, language=Language.ENGLISH)
    review = duties.review_duties(received.workspace, as_("aldo"), AFTER_DRAW)
    assert [item.act for item in review.overrides] == ["PartyCorrected"]


def test_dry_run_changes_nothing(received: Round) -> None:
    before = stored(received)
    assert correct(received, dry_run=True, email=EMAIL).fields == ("email",)
    assert stored(received) == before


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({}, UsageError, "nothing is given to be corrected"),
        ({"email": "taller"}, UsageError, "'taller' is no e-mail address"),
        ({"email": OLD_EMAIL}, RefusedError, "E-000001 has that on record already"),
        ({"language": Language.SPANISH, "postal_address": OLD_ADDRESS}, RefusedError, "has that on record already"),
    ],
)
def test_what_corrects_nothing_is_refused(
    received: Round, given: dict[str, str | Language], error: type[Exception], said: str
) -> None:
    before = stored(received)
    with pytest.raises(error, match=said):
        correct(received, **given)
    assert stored(received) == before


def test_redacted_party_is_not_corrected(received: Round) -> None:
    redact(received)
    with pytest.raises(RefusedError, match="E-000001 was redacted on 2026-06-22"):
        correct(received, email=EMAIL)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"postal_address": "Calle\0 1"}, "postal address: the text holds a character that is not shown (U+0000)"),
        ({"postal_address": "Calle\ufffe 1"}, "postal address: the text holds a character that is not shown (U+FFFE)"),
        ({"email": "a\0@example.org"}, "email: the text holds a character that is not shown (U+0000)"),
        ({"facts": {"legal_form": "S.\0A."}}, "legal form: the text holds a character that is not shown (U+0000)"),
    ],
)
def test_character_that_no_letter_can_hold_is_refused_with_its_field(received: Round, given, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        correct(received, **given)
