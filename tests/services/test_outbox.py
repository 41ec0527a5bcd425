"""The outbox never lies: what left is on record as sent, what may have left is in doubt, and nothing leaves twice."""

import base64
import csv
import os
import random
import shutil
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from older import made_older
from pipgrants.errors import ConcurrentChangeError, RefusedError
from pipgrants.exchange.tabular import escaped
from pipgrants.letters import carriers
from pipgrants.services import (
    deliveries,
    letter_corrections,
    letter_files,
    letter_register,
    letters,
    outbox,
    parties,
    upkeep,
)
from pipgrants.services.audit.verify import verify
from pipgrants.services.letter_register import LettersStatus, letters_status
from pipgrants.services.mailing import only_sender
from pipgrants.services.outbox import Sending
from pipgrants.services.release import release
from pipgrants.services.workspace import Workspace
from pipgrants.trail.access_log import lines
from post_office import HOST, PASSWORD, PostOffice, post_office, private
from rounds import AFTER_DRAW, CALL, WHILE_OPEN, Round, application, as_, hash_of_tables, tamper

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
A1, A2, A3 = ("a1-1@example.org", "a2-1@example.org", "a3-1@example.org")
REASON = "Consta en el servidor"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as found:
        yield found


@pytest.fixture(scope="session")
def receipts(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A round whose three receipts are released and not sent."""
    round_ = published.copy(tmp_path_factory.mktemp("receipts") / "agency")
    round_.receive([application("A1"), application("A2"), application("A3")])
    round_.release(WHILE_OPEN)
    return round_


@pytest.fixture
def mailed(receipts: Round, office: PostOffice, tmp_path: Path) -> Round:
    """The same, whose letters leave by the post office."""
    round_ = receipts.copy(tmp_path / "agency")
    use(round_, office)
    return round_


def use(round_: Round, office: PostOffice, more: str = "security: none", rest: str = "") -> None:
    settings = f"server:\n  host: {HOST}\n  port: {office.port}\n  {more}\n{rest}"
    (round_.workspace.folder / "workflows" / "outbox.yaml").write_text(settings)


def send(round_: Round, now: datetime = NOW, **how: bool) -> Sending:
    return outbox.send(round_.workspace, as_("olga"), lambda: now, call=CALL, ask_password=str, **how)


def status(round_: Round) -> LettersStatus:
    return letters_status(round_.workspace, CALL)


def stages(round_: Round) -> list[tuple[str, str | None]]:
    """The stage of each letter, and the code with which its last attempt ended."""
    return [(row.stage, row.reply) for row in round_.letters()]


def resolve(round_: Round, number: int, *, resend: bool) -> None:
    deliveries.resolve(round_.workspace, as_("olga"), NOW, letter=f"L-{number:06d}", resend=resend, reason=REASON)


def is_stated(round_: Round) -> bool:
    """Whether every stored row follows from the entries."""
    return verify(round_.workspace, as_("aldo"), NOW).faults == ()


def test_every_released_letter_leaves_once(mailed: Round, office: PostOffice) -> None:
    assert send(mailed).outcomes == {"accepted": 3}
    assert send(mailed).outcomes == {}
    assert office.letters == [1, 2, 3]
    assert stages(mailed) == [("sent", "250 2.0.0")] * 3
    assert is_stated(mailed)


def test_a_letter_that_leaves_is_the_one_that_was_released(mailed: Round, office: PostOffice) -> None:
    send(mailed)
    first, shown = office.accepted[0], letters.preview(mailed.workspace, mailed.numbers["A1"])
    plain, page = first.get_body(("plain",)), first.get_body(("html",))
    assert plain is not None and page is not None
    assert plain.get_content().replace("\r\n", "\n") == shown.text
    assert page.get_content().replace("\r\n", "\n").strip() == shown.html.strip()
    assert (str(first["To"]), first["Subject"]) == (f"Taller A1-1 <{A1}>", shown.title)
    assert (first["Date"].datetime, first["Content-Language"]) == (WHILE_OPEN, "es")


def test_message_ids_are_made_of_the_number_and_the_trail(mailed: Round, office: PostOffice) -> None:
    send(mailed)
    with mailed.workspace.read() as unit:
        origin = unit.ledger.origin().removeprefix("pipgrants/")
    assert office.ids == [f"L-00000{number}.{origin}@competitiveness-fund.example" for number in (1, 2, 3)]
    sending = [entry["inputs"]["message_id"] for entry in mailed.entries(act="LetterSending")]
    assert sending == office.ids


def test_the_trail_says_that_a_letter_is_being_sent_before_it_says_that_it_was(mailed: Round) -> None:
    send(mailed)
    acts = [(entry["act"], entry["inputs"]["letter"]) for entry in mailed.entries()[-6:]]
    assert acts == [(act, number) for number in (1, 2, 3) for act in ("LetterSending", "LetterSent")]


def test_no_address_and_no_name_stands_in_the_entries(mailed: Round, office: PostOffice) -> None:
    office.at_rcpt = {A1: f"550 5.1.1 {A1} Taller A1-1 is unknown here"}
    send(mailed)
    with mailed.workspace.read() as unit:
        said = b"".join(entry.content for entry in unit.ledger.entries())
    assert b"example.org" not in said and b"Taller A1-1" not in said


def test_nothing_leaves_that_is_not_released(packaged_round: tuple[Round, str], office: PostOffice) -> None:
    round_, package = packaged_round
    use(round_, office)
    round_.ratify(package)
    assert Counter(stage for stage, _ in stages(round_)) == {"pending": 4, "approved": 4}
    assert send(round_).due_count == 0
    assert office.accepted == []
    round_.release(AFTER_DRAW)
    assert send(round_, AFTER_DRAW).outcomes == {"accepted": 8}
    assert is_stated(round_)


@pytest.mark.parametrize("said", ["451 4.3.0 try later", "452 mailbox full for now"])
def test_what_is_refused_for_the_moment_is_tried_again_later(mailed: Round, office: PostOffice, said: str) -> None:
    office.at_rcpt = {A2: said}
    assert send(mailed).outcomes == {"accepted": 2, "deferred": 1}
    [waiting] = status(mailed).waiting
    assert (waiting.letter, waiting.next_attempt_at) == ("L-000002", "2026-03-03T15:10:00.000000Z")
    assert send(mailed, NOW + timedelta(minutes=9)).due_count == 0
    assert send(mailed, NOW + timedelta(minutes=10)).outcomes == {"deferred": 1}
    assert status(mailed).waiting[0].next_attempt_at == "2026-03-03T15:30:00.000000Z"
    office.at_rcpt = {}
    assert send(mailed, NOW + timedelta(minutes=11), is_patient=False).outcomes == {"accepted": 1}
    assert sorted(office.letters) == [1, 2, 3]
    assert [row.attempts for row in mailed.letters()] == [1, 3, 1]
    assert is_stated(mailed)


def test_a_letter_refused_for_the_moment_once_too_often_has_failed(mailed: Round, office: PostOffice) -> None:
    use(mailed, office, rest="attempts: 2\nback_off_seconds: 0\n")
    office.at_data = {A2: "451 4.7.1 greylisted"}
    assert send(mailed).outcomes == {"accepted": 2, "deferred": 1}
    assert stages(mailed)[1] == ("released", "451 4.7.1")
    send(mailed)
    assert stages(mailed)[1] == ("failed", "451 4.7.1")
    assert send(mailed).due_count == 0
    assert is_stated(mailed)


@pytest.mark.parametrize(("step", "said"), [("at_rcpt", "550 5.1.1 unknown"), ("at_data", "554 no")])
def test_what_is_refused_for_good_has_failed_and_the_others_leave(
    mailed: Round, office: PostOffice, step: str, said: str
) -> None:
    setattr(office, step, {A2: said})
    assert send(mailed).outcomes == {"accepted": 2, "refused": 1}
    assert stages(mailed)[1] == ("failed", " ".join(word for word in said.split() if word[0].isdigit()))
    assert office.connections_count == 1
    assert [item.letter for item in status(mailed).failed] == ["L-000002"]
    assert send(mailed).due_count == 0
    setattr(office, step, {})
    resolve(mailed, 2, resend=True)
    assert send(mailed).outcomes == {"accepted": 1}
    assert sorted(office.letters) == [1, 2, 3]
    assert is_stated(mailed)


@pytest.mark.parametrize("has_it", [True, False])
def test_a_connection_that_ends_after_the_text_leaves_a_letter_in_doubt(
    mailed: Round, office: PostOffice, has_it: bool
) -> None:
    office.cut = {A2: has_it}
    assert send(mailed).outcomes == {"accepted": 2, "in_doubt": 1}
    assert stages(mailed)[1] == ("in_doubt", "disconnected")
    office.cut = {}
    assert send(mailed).due_count == 0, "what may have left is not sent again by itself"
    assert (2 in office.letters) is has_it
    resolve(mailed, 2, resend=not has_it)
    send(mailed)
    assert Counter(office.letters) == {1: 1, 2: 1, 3: 1}
    assert len(set(office.ids)) == 3
    assert is_stated(mailed)


def test_letters_to_a_server_that_is_silent_after_the_text_are_in_doubt_and_sent_by_nobody(
    mailed: Round, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carriers, "DATA_SECONDS", 0.2)
    office.delay = 30
    assert send(mailed).outcomes == {"in_doubt": 3}
    assert stages(mailed) == [("in_doubt", "no answer in time")] * 3
    office.wait()
    office.delay = 0
    assert send(mailed).due_count == 0
    for number in (1, 2, 3):
        resolve(mailed, number, resend=number not in office.letters)
    send(mailed)
    assert Counter(office.letters) == {1: 1, 2: 1, 3: 1}
    assert is_stated(mailed)


def test_a_server_that_is_silent_from_the_start_ends_the_run_and_fails_no_letter(
    mailed: Round, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carriers, "COMMAND_SECONDS", 0.2)
    with socket.create_server((HOST, 0)) as silent:
        port, office.port = office.port, silent.getsockname()[1]
        use(mailed, office, rest="attempts: 1\n")
        found = send(mailed)
    assert (found.outcomes, found.problem) == ({"unreachable": 1}, "no answer in time")
    assert [stage for stage, _ in stages(mailed)] == ["released"] * 3
    office.port = port
    use(mailed, office)
    assert send(mailed, is_patient=False).outcomes == {"accepted": 3}


def stop_while_sending(round_: Round, office: PostOffice) -> None:
    """Kills a sender that waits for the answer of the server about its first letter."""
    office.delay = 60
    child = os.fork()
    if not child:
        try:
            send(Round(Workspace(round_.workspace.folder)))
        finally:
            os._exit(0)
    while stages(round_)[0][0] != "sending":
        time.sleep(0.005)
    shown = status(round_)
    assert (shown.is_sending, shown.in_doubt) == (True, [])
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    office.wait()
    office.delay = 0


def test_a_letter_left_by_a_sender_that_was_stopped_is_in_doubt(mailed: Round, office: PostOffice) -> None:
    stop_while_sending(mailed, office)
    assert [stage for stage, _ in stages(mailed)] == ["sending", "released", "released"]
    assert [item.letter for item in status(mailed).in_doubt] == ["L-000001"]
    found = send(mailed)
    assert (found.in_doubt, found.outcomes) == (("L-000001",), {"accepted": 2})
    assert stages(mailed)[0] == ("in_doubt", None)
    assert office.letters == [2, 3]
    assert is_stated(mailed)


@pytest.mark.parametrize("resend", [True, False])
def test_a_doubt_is_settled_before_anything_else_is_sent(mailed: Round, office: PostOffice, resend: bool) -> None:
    stop_while_sending(mailed, office)
    resolve(mailed, 1, resend=resend)
    assert stages(mailed)[0][0] == ("released" if resend else "sent")
    send(mailed)
    assert office.letters == ([1, 2, 3] if resend else [2, 3])
    [entry] = mailed.entries(act="LetterResolved")
    assert (entry["reason"], entry["inputs"]) == (REASON, {"letter": 1, "resend": resend})
    assert is_stated(mailed)


@pytest.mark.parametrize("resend", [True, False])
def test_only_what_is_in_doubt_or_failed_is_settled_by_hand(mailed: Round, office: PostOffice, resend: bool) -> None:
    with pytest.raises(RefusedError, match="L-000001 is released"):
        resolve(mailed, 1, resend=resend)
    send(mailed)
    with pytest.raises(RefusedError, match="L-000001 is sent"):
        resolve(mailed, 1, resend=resend)


def test_a_failed_letter_is_not_said_to_be_sent(mailed: Round, office: PostOffice) -> None:
    office.at_rcpt = {A1: "550 no"}
    send(mailed)
    with pytest.raises(RefusedError, match="only what is in doubt is settled so"):
        resolve(mailed, 1, resend=False)


def test_settling_needs_a_reason(mailed: Round, office: PostOffice) -> None:
    office.cut = {A1: True}
    send(mailed)
    with pytest.raises(RefusedError, match="needs a reason"):
        deliveries.resolve(mailed.workspace, as_("olga"), NOW, letter="1", resend=False, reason=" ")


def test_a_server_that_cannot_be_reached_ends_the_run_and_fails_no_letter(mailed: Round, office: PostOffice) -> None:
    port, office.port = office.port, 1
    use(mailed, office, rest="attempts: 1\n")
    found = send(mailed)
    assert (found.outcomes, found.problem) == ({"unreachable": 1}, "connection refused")
    assert stages(mailed) == [("released", "connection refused"), ("released", None), ("released", None)]
    office.port = port
    use(mailed, office)
    assert send(mailed, is_patient=False).outcomes == {"accepted": 3}
    assert is_stated(mailed)


def test_a_server_that_cannot_be_reached_uses_up_no_attempt(mailed: Round, office: PostOffice) -> None:
    port, office.port = office.port, 1
    use(mailed, office, rest="attempts: 2\nback_off_seconds: 0\n")
    for _ in range(3):
        send(mailed)
    assert [row.attempts for row in mailed.letters()] == [0, 0, 0]
    office.port, office.at_rcpt = port, {A1: "451 4.7.1 greylisted"}
    use(mailed, office, rest="attempts: 2\nback_off_seconds: 0\n")
    assert send(mailed).outcomes == {"deferred": 1, "accepted": 2}
    assert stages(mailed)[0] == ("released", "451 4.7.1")
    office.at_rcpt = {}
    assert send(mailed).outcomes == {"accepted": 1}
    assert is_stated(mailed)


def test_a_name_too_long_for_a_line_is_left_out(published: Round, office: PostOffice, tmp_path: Path) -> None:
    round_, made = published.copy(tmp_path / "agency"), application("A1")
    lead = made.members[0]._replace(details=made.members[0].details._replace(name="A" * 5_000))
    round_.receive([made._replace(members=(lead, *made.members[1:]))])
    round_.release(WHILE_OPEN)
    use(round_, office)
    assert send(round_).outcomes == {"accepted": 1}
    assert str(office.accepted[0]["To"]) == A1


@pytest.mark.parametrize("most", [1, 2])
def test_a_connection_that_the_server_gives_up_is_opened_again(mailed: Round, office: PostOffice, most: int) -> None:
    office.most_on_one = most
    assert send(mailed).outcomes == {"accepted": 3}
    assert office.connections_count == -(-3 // most)


def test_a_thousand_letters_leave_over_one_connection(published: Round, office: PostOffice, tmp_path: Path) -> None:
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application(f"B{place}", firms=1) for place in range(1_000)])
    round_.release(WHILE_OPEN)
    use(round_, office)
    assert send(round_).outcomes == {"accepted": 1_000}
    assert (office.connections_count, len(set(office.ids))) == (1, 1_000)
    assert office.letters == list(range(1, 1_001))


SECURE = "security: starttls\n  user: cartas\n  password_env: TEST_SMTP\n  certificates: {}"


def everything_written(folder: Path) -> bytes:
    """The bytes of every file of a workspace, the database's log among them."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("password", "trusted", "problem"),
    [
        (PASSWORD, True, None),
        ("wrong-horse-battery", True, "535 5.7.8"),
        (PASSWORD, False, "certificate not trusted"),
    ],
)
def test_a_password_is_given_over_a_private_connection_and_kept_nowhere(
    receipts: Round,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    trusted: bool,
    problem: str | None,
) -> None:
    round_ = receipts.copy(tmp_path / "agency")
    monkeypatch.setenv("TEST_SMTP", password)
    with post_office(**private(tmp_path)) as office:
        certificate = tmp_path / "certificate.pem"
        use(round_, office, SECURE.format(certificate) if trusted else SECURE.partition("\n  certificates")[0])
        found = send(round_)
        assert (found.problem, len(office.accepted)) == (problem, 3 if problem is None else 0)
    secrets = [
        password.encode(),
        base64.b64encode(password.encode()),
        base64.b64encode(b"\0cartas\0" + password.encode()),
    ]
    written = everything_written(round_.workspace.folder) + repr(found).encode()
    assert not [secret for secret in secrets if secret in written]
    assert is_stated(round_)


def test_a_server_without_a_private_connection_gets_no_letter(mailed: Round, office: PostOffice) -> None:
    use(mailed, office, "security: starttls")
    assert send(mailed).problem == "not offered by the server"
    assert office.accepted == []


@pytest.mark.parametrize("given", ["", "contraseña", "two\x07bells"])
def test_what_is_no_password_is_refused_without_showing_it(
    mailed: Round, office: PostOffice, tmp_path: Path, given: str
) -> None:
    file = tmp_path / "password"
    file.write_text(f"{given}\nanother line\n")
    use(mailed, office, f"security: tls\n  user: cartas\n  password_file: {file}")
    with pytest.raises(RefusedError, match=r"password_file of outbox\.yaml holds no password") as refused:
        send(mailed)
    assert not given or given not in str(refused.value)
    assert [stage for stage, _ in stages(mailed)] == ["released"] * 3


def test_a_password_in_the_place_of_a_variable_is_not_shown(mailed: Round, office: PostOffice) -> None:
    use(mailed, office, "security: tls\n  user: cartas\n  password_env: hunter2secret")
    with pytest.raises(RefusedError) as refused:
        send(mailed)
    assert "the variable that password_env of outbox.yaml names holds no password" in refused.value.message
    assert "hunter2secret" not in str(refused.value)


def test_a_password_file_that_is_not_there_is_named(mailed: Round, office: PostOffice) -> None:
    use(mailed, office, "security: tls\n  user: cartas\n  password_file: nowhere")
    with pytest.raises(RefusedError, match="nowhere: No such file"):
        send(mailed)


def test_letters_are_written_to_a_folder_without_a_server(receipts: Round, tmp_path: Path) -> None:
    round_ = receipts.copy(tmp_path / "agency")
    assert send(round_).outcomes == {"accepted": 3}
    written = sorted((round_.workspace.folder / "outbox").iterdir())
    assert [path.name for path in written] == ["L-000001.eml", "L-000002.eml", "L-000003.eml"]
    assert stages(round_) == [("sent", "written")] * 3
    assert is_stated(round_)


def test_redaction_removes_a_letter_from_the_folder(receipts: Round, tmp_path: Path) -> None:
    round_ = receipts.copy(tmp_path / "agency")
    send(round_)
    with round_.workspace.read() as unit:
        lead = unit.proposals.get(round_.numbers["A2"]).lead
    parties.redact(round_.workspace, as_("olga"), NOW, party=lead, reason="Solicitud")
    assert sorted(path.name for path in (round_.workspace.folder / "outbox").iterdir()) == [
        "L-000001.eml",
        "L-000003.eml",
    ]


def test_a_folder_that_cannot_be_written_ends_the_run(receipts: Round, tmp_path: Path) -> None:
    round_ = receipts.copy(tmp_path / "agency")
    (round_.workspace.folder / "outbox").write_text("no folder")
    assert send(round_).problem == "file exists"
    assert [stage for stage, _ in stages(round_)] == ["released"] * 3


def test_two_do_not_send_at_the_same_time(mailed: Round, office: PostOffice) -> None:
    with only_sender(mailed.workspace), pytest.raises(ConcurrentChangeError, match="another command is sending"):
        send(mailed)
    assert send(mailed).outcomes == {"accepted": 3}


def test_letters_without_an_address_are_to_be_printed(published: Round, office: PostOffice, tmp_path: Path) -> None:
    round_ = published.copy(tmp_path / "agency")
    made = application("A1")
    lead = made.members[0]._replace(details=made.members[0].details._replace(email=None))
    round_.receive([made._replace(members=(lead, *made.members[1:])), application("A2")])
    round_.release(WHILE_OPEN)
    use(round_, office)
    assert send(round_).outcomes == {"accepted": 1}
    assert [item.letter for item in status(round_).to_print] == ["L-000001"]
    assert office.letters == [2]


def test_a_redacted_letter_does_not_leave(mailed: Round, office: PostOffice) -> None:
    with mailed.workspace.read() as unit:
        lead = unit.proposals.get(mailed.numbers["A1"]).lead
    parties.redact(mailed.workspace, as_("olga"), NOW, party=lead, reason="Solicitud")
    send(mailed)
    assert office.letters == [2, 3]


@pytest.mark.parametrize(("old", "new"), [("Taller A2-1", "Taller Z"), ("a2-1@example.org", "z@example.org")])
def test_a_letter_whose_recipient_was_changed_past_the_program_does_not_leave(
    mailed: Round, office: PostOffice, old: str, new: str
) -> None:
    change = "UPDATE letter SET recipient = replace(recipient, ?, ?) WHERE number = 2"
    tamper(mailed.workspace.folder, change, (old, new))
    found = send(mailed)
    assert (found.changed, found.outcomes) == (("L-000002",), {"accepted": 2})
    assert office.letters == [1, 3]


def test_a_letter_that_can_no_longer_be_made_as_it_was_released_does_not_leave(
    mailed: Round, office: PostOffice
) -> None:
    change = "UPDATE letter SET data = CAST(replace(data, 'Red de talleres A2', 'Otra red') AS BLOB) WHERE number = 2"
    tamper(mailed.workspace.folder, change)
    shutil.rmtree(mailed.workspace.folder / "letters" / CALL)
    assert send(mailed).changed == ("L-000002",)
    assert office.letters == [1, 3]


def test_a_dry_run_says_how_many_would_leave(mailed: Round, office: PostOffice) -> None:
    before = hash_of_tables(mailed.workspace.folder)
    found = send(mailed, dry_run=True)
    assert (found.due_count, found.place, found.outcomes) == (3, f"{HOST}:{office.port}", {})
    assert (hash_of_tables(mailed.workspace.folder), office.accepted) == (before, [])


def test_exactly_one_letter_leaves_for_each_decision_however_often_commands_are_repeated(
    packaged_round: tuple[Round, str], office: PostOffice
) -> None:
    round_, package = packaged_round
    workspace = round_.workspace
    use(round_, office, rest="back_off_seconds: 0\n")
    commands: list[Callable[[], object]] = [
        lambda: round_.ratify(package),
        lambda: release(workspace, as_("olga"), AFTER_DRAW, call=CALL),
        lambda: release(workspace, as_("olga"), AFTER_DRAW, call=CALL, dry_run=True),
        lambda: send(round_, AFTER_DRAW),
        lambda: send(round_, AFTER_DRAW, is_patient=False),
        lambda: letter_files.write_letters(workspace, CALL, AFTER_DRAW),
        lambda: setattr(office, "at_rcpt", {A1: "451 later", A2: "451 later"}),
        lambda: office.at_rcpt.clear(),
    ]
    chance, refused_count = random.Random("repeated"), 0
    for command in [*chance.choices(commands, k=60), *commands, commands[3]]:
        try:
            command()
        except RefusedError:
            refused_count += 1
    assert refused_count > 5
    determined = {entry["sequence"]: entry["subject"] for entry in round_.entries(act="ProposalDetermined")}
    written = Counter(f"proposal/{row.proposal}" for row in round_.letters() if row.entry in determined)
    assert written == Counter(determined.values()) and len(written) == 4
    assert Counter(office.letters) == dict.fromkeys(range(1, 9), 1)
    assert is_stated(round_)


def correct(round_: Round, number: int) -> int:
    return letter_corrections.correct(
        round_.workspace, as_("olga"), NOW, letter=str(number), reason="Otra dirección"
    ).number


def test_a_correction_takes_the_place_of_what_was_sent_and_names_it(mailed: Round, office: PostOffice) -> None:
    send(mailed)
    assert correct(mailed, 1) == 4
    old, new = mailed.letters("A1")
    assert (old.stage, old.superseded_by, new.stage, new.kind) == ("sent", 4, "pending", old.kind)
    assert send(mailed).due_count == 0, "it is released first"
    mailed.release(NOW)
    assert "Sustituye a: L-000001" in " ".join(letters.preview(mailed.workspace, mailed.numbers["A1"]).text.split())
    assert send(mailed).outcomes == {"accepted": 1}
    assert office.letters == [1, 2, 3, 4]
    [entry] = mailed.entries(act="LetterCorrected")
    assert (entry["reason"], entry["inputs"]["corrects"], entry["inputs"]["never_left"]) == ("Otra dirección", 1, False)
    assert is_stated(mailed)


def test_what_was_corrected_before_it_left_does_not_leave(mailed: Round, office: PostOffice) -> None:
    correct(mailed, 1)
    mailed.release(NOW)
    send(mailed)
    assert office.letters == [2, 3, 4]
    assert (mailed.letters()[0].stage, mailed.letters()[0].superseded_by) == ("superseded", 4)
    assert is_stated(mailed)


def test_a_corrected_decision_waits_for_release_as_approved(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    round_.ratify(package)
    round_.release(AFTER_DRAW)
    [decision] = [row for row in round_.letters("A1") if row.kind == "award"]
    before = round_.states()
    correct(round_, decision.number)
    new = round_.letters("A1")[-1]
    assert (new.kind, new.stage) == ("award", "approved")
    round_.release(AFTER_DRAW + timedelta(days=7))
    assert round_.states() == before
    assert is_stated(round_)


def test_a_correction_goes_to_the_applicant_as_on_record_today(published: Round, tmp_path: Path) -> None:
    """A later application supplied the address that was missing."""
    round_ = published.copy(tmp_path / "agency")
    made = application("A1")
    details = made.members[0].details
    without = made.members[0]._replace(details=details._replace(email=None))
    round_.receive([made._replace(members=(without, *made.members[1:]))])
    round_.release(WHILE_OPEN)
    assert send(round_).due_count == 0
    round_.receive([made._replace(reference="A1 otra vez")])
    correct(round_, 1)
    round_.release(NOW)
    send(round_)
    assert "To: Taller A1-1 <a1-1@example.org>" in (round_.workspace.folder / "outbox" / "L-000003.eml").read_text()
    assert is_stated(round_)


def test_what_may_be_on_its_way_or_was_corrected_is_not_corrected(mailed: Round, office: PostOffice) -> None:
    office.cut = {A1: True}
    send(mailed)
    with pytest.raises(RefusedError, match="L-000001 is in doubt; it is not corrected"):
        correct(mailed, 1)
    correct(mailed, 2)
    with pytest.raises(RefusedError, match="L-000004 took the place of L-000002 already"):
        correct(mailed, 2)


def test_what_another_letter_took_the_place_of_is_not_sent_again(mailed: Round, office: PostOffice) -> None:
    office.at_rcpt = {A1: "550 no"}
    send(mailed)
    correct(mailed, 1)
    assert status(mailed).failed == []
    with pytest.raises(RefusedError, match="L-000004 took the place of L-000001"):
        resolve(mailed, 1, resend=True)


def report(office: PostOffice, place: int, action: str, code: str) -> bytes:
    """What a mail server reports of a letter that it accepted."""
    said = f"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; x\nAction: {action}\nStatus: {code}\n"
    return f"{said}\nMessage-ID: <{office.ids[place]}>\n".encode()


def take(round_: Round, folder: Path, *contents: bytes) -> list[str | None]:
    """Saves reports and takes them; the new stages, or why nothing was taken."""
    folder.mkdir(exist_ok=True)
    for place, content in enumerate(contents):
        (folder / f"{place}.eml").write_bytes(content)
    found = deliveries.take_reports(round_.workspace, as_("olga"), NOW, paths=[folder])
    return [item.stage or item.why_not for item in found]


def test_reports_say_what_was_delivered_and_what_came_back(mailed: Round, office: PostOffice, tmp_path: Path) -> None:
    send(mailed)
    told = [
        report(office, 0, "delivered", "2.0.0"),
        report(office, 1, "failed", "5.1.1"),
        report(office, 2, "delayed", "4.4.7"),
    ]
    assert take(mailed, tmp_path / "reports", *told) == ["delivered", "failed", "says nothing new (delayed)"]
    assert stages(mailed) == [("delivered", "2.0.0"), ("failed", "5.1.1"), ("sent", "250 2.0.0")]
    assert take(mailed, tmp_path / "reports", *told)[:2] == [
        "says nothing new (delivered)",
        "says nothing new (failed)",
    ]
    assert [item.letter for item in status(mailed).failed] == ["L-000002"]
    assert is_stated(mailed)


def test_a_report_settles_a_doubt(mailed: Round, office: PostOffice, tmp_path: Path) -> None:
    office.cut = {A1: True}
    send(mailed)
    assert take(mailed, tmp_path / "reports", report(office, 0, "delivered", "2.0.0")) == ["delivered"]
    assert status(mailed).in_doubt == []
    assert is_stated(mailed)


def test_a_report_about_something_else_changes_nothing(mailed: Round, office: PostOffice, tmp_path: Path) -> None:
    send(mailed)
    own = report(office, 0, "failed", "5.1.1")
    strange = [
        own.replace(office.ids[0].partition(".")[2][:16].encode(), b"f" * 16),
        own.replace(b"L-000001", b"L-000099"),
        b"\x00\xff" * 1000,
        own.replace(b"message/delivery-status", b"text/plain"),
    ]
    before = hash_of_tables(mailed.workspace.folder)
    nothing = "no delivery report about a letter of this workspace"
    assert take(mailed, tmp_path / "reports", *strange) == [nothing, "there is no letter 99", nothing, nothing]
    assert hash_of_tables(mailed.workspace.folder) == before


def test_what_came_back_by_post_is_said_by_hand(mailed: Round, office: PostOffice) -> None:
    with pytest.raises(RefusedError, match="only what was sent comes back"):
        deliveries.bounce(mailed.workspace, as_("olga"), NOW, letter="1", reason="Devuelta")
    send(mailed)
    deliveries.bounce(mailed.workspace, as_("olga"), NOW, letter="L-000001", reason="Devuelta")
    assert stages(mailed)[0] == ("failed", "returned")
    resolve(mailed, 1, resend=True)
    send(mailed)
    assert office.letters == [1, 2, 3, 1], "sent again because somebody said so"
    assert is_stated(mailed)


def test_the_register_lists_every_letter(mailed: Round, office: PostOffice, tmp_path: Path) -> None:
    office.at_rcpt = {A2: "550 5.1.1 unknown"}
    send(mailed)
    assert (
        letter_register.write_register(mailed.workspace, as_("aldo"), NOW, call=CALL, path=tmp_path / "register.csv")
        == 3
    )
    with (tmp_path / "register.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    first = rows[0]
    released = mailed.entries(act="LetterReleased")[0]["inputs"]
    assert {name: first[name] for name in ("letter", "recipient", "email", "kind", "language", "stage")} == {
        "letter": "L-000001",
        "recipient": "Taller A1-1",
        "email": A1,
        "kind": "receipt",
        "language": "es",
        "stage": "sent",
    }
    assert (first["released_at"], first["sent_at"]) == ("2026-03-02T15:00:00.000000Z", "2026-03-03T15:00:00.000000Z")
    assert (first["text_hash"], first["html_hash"]) == (released["text"], released["html"])
    assert [(row["stage"], row["reply"]) for row in rows] == stages(mailed)
    assert {row["label"] for row in rows} == {"SYNTHETIC: this workspace holds invented data."}
    [line] = lines(mailed.workspace.folder / "access.log")
    assert (line.access.actor, line.access.did, line.access.subject) == ("aldo", "letters.register", f"call/{CALL}")


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_no_name_in_the_register_is_a_formula(published: Round, tmp_path: Path, suffix: str) -> None:
    round_, name = published.copy(tmp_path / "agency"), '=HYPERLINK("http://x.example")'
    made = application("A1")
    lead = made.members[0]._replace(details=made.members[0].details._replace(name=name))
    round_.receive([made._replace(members=(lead, *made.members[1:]))])
    path = tmp_path / f"register.{suffix}"
    letter_register.write_register(round_.workspace, as_("olga"), NOW, call=CALL, path=path)
    if suffix == "csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert next(csv.DictReader(file))["recipient"] == escaped(name)
    else:
        cell = load_workbook(path)["Letters"]["C2"]
        assert (cell.value, cell.data_type) == (escaped(name), "s")


def test_decisions_of_an_older_workspace_wait_as_approved_ones(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    round_.ratify(package)
    tamper(round_.workspace.folder, "UPDATE letter SET stage = 'pending' WHERE stage = 'approved'")
    older = made_older(round_.workspace)
    upkeep.upgrade(older.folder, as_("admin"), AFTER_DRAW)
    assert Counter(stage for stage, _ in stages(Round(older))) == {"pending": 4, "approved": 4}
    assert is_stated(Round(older))


@pytest.mark.parametrize(
    "changed",
    [
        "stage = 'delivered'",
        "attempts = 0",
        "next_attempt_at = '2026-03-04'",
        "sent_at = NULL",
        "settled_at = '2026-03-04'",
        "reply = '250'",
        "superseded_by = 1",
    ],
)
def test_what_no_entry_states_of_a_letter_is_found(mailed: Round, changed: str) -> None:
    send(mailed)
    tamper(mailed.workspace.folder, f"UPDATE letter SET {changed} WHERE number = 2")
    [fault] = verify(mailed.workspace, as_("aldo"), NOW).faults
    assert (fault.place, fault.field) == ("letter 2", changed.partition(" ")[0])
