"""``letters`` at the keyboard: sending, what somebody has to look after, and settling it."""

import json
import os
import pty
import sys
import termios
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from desk import Desk
from post_office import HOST, PASSWORD, PostOffice, post_office, private
from rounds import CALL, WHILE_OPEN, Round, application, tamper


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as found:
        yield found


@pytest.fixture
def released(published: Round, tmp_path: Path) -> Desk:
    """A desk where two receipts are released."""
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("A1"), application("A2")])
    round_.release(WHILE_OPEN)
    return Desk(round_.workspace.folder, WHILE_OPEN + timedelta(days=1))


def use(desk: Desk, office: PostOffice, more: str = "security: none") -> None:
    settings = f"server:\n  host: {HOST}\n  port: {office.port}\n  {more}\n"
    (desk.folder / "workflows" / "outbox.yaml").write_text(settings)


def test_releasing_again_asks_whether_to_write_files_that_are_missing(released: Desk) -> None:
    file = released.folder / "letters" / CALL / "L-000002-receipt.es.txt"
    content = file.read_bytes()
    file.unlink()
    again = released.do("letters", "release", CALL, by="olga", answers="y\n")
    assert f"Write the missing files of 1 released letter of {CALL}?" in again.err
    assert "Files that were missing\n  Letters released before  1\n" in again.out
    assert file.read_bytes() == content


def test_a_letter_that_is_not_as_released_ends_the_check_with_its_number(released: Desk) -> None:
    assert "repeated  2" in released.do("letters", "verify", CALL, by="aldo").out
    tamper(released.folder, "UPDATE letter SET data = CAST(replace(data, 'A2', 'A9') AS BLOB) WHERE number = 2")
    answer = released.type("letters", "verify", CALL, by="aldo")
    assert answer.code == 5
    assert f"Error: 1 letter of {CALL} not as released: L-000002: data is not" in answer.err


def test_letters_are_sent_once_somebody_says_yes(released: Desk, office: PostOffice) -> None:
    use(released, office)
    no = released.type("letters", "send", CALL, by="olga", answers="n\n")
    assert (no.code, office.accepted) == (8, [])
    assert f"Send 2 letters of {CALL} by {HOST}:{office.port}?" in no.asked
    yes = released.do("letters", "send", CALL, by="olga", answers="y\n")
    assert f"Tried 2 letters of {CALL}" in yes.out and "accepted  2" in yes.out
    assert office.letters == [1, 2]


def test_letters_are_written_to_a_folder_that_is_named(released: Desk, office: PostOffice, tmp_path: Path) -> None:
    use(released, office)
    released.do("letters", "send", CALL, "--to-folder", str(tmp_path / "mail"), "--yes", by="olga")
    assert sorted(path.name for path in (tmp_path / "mail").iterdir()) == ["L-000001.eml", "L-000002.eml"]
    assert office.accepted == []


def test_a_dry_run_sends_nothing(released: Desk, office: PostOffice) -> None:
    use(released, office)
    assert released.try_out("letters", "send", CALL).json["due_count"] == 2
    assert office.accepted == []


def test_the_status_lists_what_somebody_has_to_look_after(released: Desk, office: PostOffice) -> None:
    use(released, office)
    office.at_rcpt, office.cut = {"a1-1@example.org": "550 5.1.1 unknown"}, {"a2-1@example.org": True}
    released.do("letters", "send", CALL, "--yes", by="olga")
    shown = released.do("letters", "status", CALL).out
    assert "In doubt: find out whether they arrived" in shown and "L-000002  PIP1-000002" in shown
    assert "Failed" in shown and "550 5.1.1" in shown
    assert "pipgrants letters resolve NUMBER --sent --reason TEXT, or --resend" in shown
    told = released.do("letters", "status", CALL, "--json").json
    assert [item["letter"] for item in told["in_doubt"] + told["failed"]] == ["L-000002", "L-000001"]
    assert told["counts"] == [["receipt", "failed", 1], ["receipt", "in_doubt", 1]]


def test_a_doubt_is_settled_one_way_and_with_a_reason(released: Desk, office: PostOffice) -> None:
    use(released, office)
    office.cut = {"a1-1@example.org": True}
    released.do("letters", "send", CALL, "--yes", by="olga")
    for words in ([], ["--sent", "--resend"]):
        answer = released.type("letters", "resolve", "L-000001", *words, "--reason", "Llegó", by="olga")
        assert (answer.code, "give either --sent or --resend" in answer.err) == (2, True)
    settled = released.do("letters", "resolve", "L-000001", "--sent", "--reason", "Llegó", "--yes", by="olga")
    assert settled.out.endswith("L-000001 is on record as sent.\n")
    assert released.type("letters", "resolve", "X-1", "--sent", "--reason", "x", by="olga").code == 2


def test_a_server_that_cannot_be_used_ends_the_command_after_its_answer(released: Desk, office: PostOffice) -> None:
    office.port = 1
    use(released, office)
    answer = released.type("letters", "send", CALL, "--yes", "--json", by="olga")
    assert (answer.code, answer.json["problem"]) == (3, "connection refused")
    assert f"{HOST}:1 cannot be used (connection refused); what has not left waits" in " ".join(answer.err.split())


def test_a_mistake_in_the_settings_is_named_with_its_line(released: Desk, office: PostOffice) -> None:
    use(released, office, "security: none\n  password: secreto")
    answer = released.type("letters", "send", CALL, "--yes", by="olga")
    assert answer.code == 3
    assert "outbox.yaml:5: server.password: unknown key" in " ".join(answer.err.split())


def test_nobody_at_the_terminal_is_not_asked_for_a_password(released: Desk, office: PostOffice) -> None:
    use(released, office, "security: starttls\n  user: cartas")
    answer = released.type("letters", "send", CALL, "--yes", by="olga")
    assert (answer.code, "nobody is at the terminal to type it" in " ".join(answer.err.split())) == (3, True)


def read_until(terminal: int, words: bytes) -> bytes:
    """What a program shows on a terminal, until some words stand there. Raises OSError where it ends before."""
    shown = b""
    while words not in shown:
        shown += os.read(terminal, 1_000)
    return shown


def test_a_password_is_asked_for_on_the_terminal_and_not_shown(released: Desk, tmp_path: Path) -> None:
    with post_office(**private(tmp_path)) as office:
        use(released, office, f"security: starttls\n  user: cartas\n  certificates: {tmp_path / 'certificate.pem'}")
        program = str(Path(sys.executable).with_name("pipgrants"))
        child, terminal = pty.fork()
        if not child:
            os.execv(program, [program, "-w", str(released.folder), "letters", "send", CALL, "--yes", "--as", "olga"])
        shown = read_until(terminal, b"Password of cartas")
        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(terminal, f"{PASSWORD}\n".encode())
        shown += read_until(terminal, b"accepted")
        os.close(terminal)
        os.waitpid(child, 0)
        assert len(office.accepted) == 2
        assert PASSWORD.encode() not in shown


def test_a_correction_is_released_and_sent_like_any_letter(released: Desk) -> None:
    released.do("letters", "send", CALL, "--yes", by="olga")
    assert released.try_out("letters", "correct", "L-000001", "--reason", "Otra dirección").json["letter"] == 3
    answer = released.do("letters", "correct", "L-000001", "--reason", "Otra dirección", by="olga")
    assert "L-000003 takes the place of L-000001." in answer.out
    released.do("letters", "release", CALL, "--yes", by="olga")
    released.do("letters", "send", CALL, "--yes", by="olga")
    assert (released.folder / "outbox" / "L-000003.eml").is_file()


def test_bounces_and_reports_are_taken(released: Desk, office: PostOffice, tmp_path: Path) -> None:
    use(released, office)
    released.do("letters", "send", CALL, "--yes", by="olga")
    released.do("letters", "bounce", "L-000001", "--reason", "Devuelta por el correo", "--yes", by="olga")
    said = "Content-Type: message/delivery-status\n\nAction: delivered\nStatus: 2.0.0\n\n"
    (tmp_path / "report.eml").write_text(f"{said}Message-ID: <{office.ids[1]}>\n")
    (tmp_path / "letter.txt").write_text("Gracias")
    answer = released.do(
        "letters", "reports", str(tmp_path / "report.eml"), str(tmp_path / "letter.txt"), "--yes", "--json", by="olga"
    )
    assert [(item["letter"], item["stage"]) for item in answer.json["reports"]] == [
        ("L-000002", "delivered"),
        (None, None),
    ]
    assert released.type("letters", "reports", "nowhere.eml", by="olga").code == 6


def test_the_register_is_written_once(released: Desk, tmp_path: Path) -> None:
    for suffix in ("csv", "xlsx"):
        out = tmp_path / f"register.{suffix}"
        assert "Wrote 2 letters" in released.do("letters", "register", CALL, "--out", str(out), by="olga").out
        assert released.type("letters", "register", CALL, "--out", str(out), by="olga").code == 3
    assert released.type("letters", "register", CALL, "--out", str(tmp_path / "r.pdf"), by="olga").code == 2


def test_a_call_without_letters_says_so(open_desk: Desk) -> None:
    assert open_desk.do("letters", "status", CALL).out.endswith(f"{CALL} has no letter yet.\n")
    assert json.loads(open_desk.do("letters", "status", CALL, "--json").out)["counts"] == []


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("letters/award.pt.j2", "letter award"),
        ("letters/base.pt.j2", "letter base"),
        ("notices/notice.pt.j2", "notice notice"),
        ("wording/words.pt.yaml", "wording words"),
    ],
)
def test_a_language_that_the_workspace_lacks_is_named_before_the_shipped_text_goes_out(
    released: Desk, file: str, what: str
) -> None:
    assert released.type("letters", "check").code == 0
    (released.folder / "templates" / file).unlink()
    answer = released.type("letters", "check")
    assert answer.code == 3
    said = " ".join(answer.err.split())
    assert "1 mistake in the templates of" in said
    assert f"{file}: the workspace has no {what} in pt; the shipped text would go out: copy " in said


def test_mistakes_of_notices_and_of_the_wording_are_listed_with_those_of_letters(released: Desk) -> None:
    for file, before, after in (
        ("letters/award.en.j2", "{{ call.title }}", "{{ cal.title }}"),
        ("notices/notice.es.j2", "{{ contact.email }}", ""),
        ("wording/explain.pt.yaml", "$share", "$sahre"),
    ):
        path = released.folder / "templates" / file
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")
    answer = released.type("letters", "check", "--json")
    problems = answer.json["problems"]
    assert answer.code == 3
    assert {(item["file"], item["field"]) for item in problems} == {
        ("letters/award.en.j2", "cal.title"),
        ("notices/notice.es.j2", "contact"),
        ("wording/explain.pt.yaml", "sentences.notice_counterpart"),
    }
