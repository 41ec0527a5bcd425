"""``call``: calls for proposals from the definition to the archive."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from desk import Desk
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DEADLINE, CALL, WHILE_OPEN, application, edit, hash_of_tables
from signing import fingerprint, needs_ssh_keygen, public


def change(desk: Desk, changes: dict[str, str], kind: str = "calls", name: str = CALL) -> None:
    edit(Workspace(desk.folder), kind, name, changes)


class TestCheck:
    def test_sound_call_is_explained_in_plain_words(self, desk: Desk) -> None:
        text = desk.do("call", "check", CALL).out
        assert "Counterpart:          at least 50% of the proposal" in text
        assert text.splitlines()[-1] == f"No mistake was found; {CALL} is within competitiveness-fund."

    def test_explanation_speaks_three_languages(self, desk: Desk) -> None:
        titles = [
            desk.do("call", "check", CALL, "--language", language).out.count(word)
            for language, word in (("es", "Contrapartida"), ("pt", "Contrapartida"), ("en", "Counterpart"))
        ]
        assert all(titles)

    def test_laxer_call_is_refused_with_the_clause_it_breaks(self, desk: Desk) -> None:
        change(desk, {"  minimum_share: 0.50": "  minimum_share: 0.40"})
        answer = desk.type("call", "check", CALL)
        assert answer.code == 3
        assert "clause 4.2" in answer.err
        assert "never laxer" in " ".join(answer.err.split())

    def test_next_step_of_an_unknown_fact_does_not_speak_of_the_programme(self, desk: Desk) -> None:
        change(desk, {"fact: proposal.type": "fact: proposal.colour"})
        said = " ".join(desk.type("call", "check", CALL).err.split())
        assert "clause 3.1: prerequisite project_type: unknown fact 'proposal.colour'; allowed: " in said
        assert said.endswith(
            f"correct what is named, then see whether anything is left: pipgrants call check {CALL}.yaml"
        )

    def test_mistakes_are_in_the_json_too(self, desk: Desk) -> None:
        change(desk, {"  minimum_share: 0.50": "  minimum_share: 0.40"})
        answer = desk.type("call", "check", CALL, "--json")
        assert answer.code == 3
        assert {item["clause"] for item in answer.json["mistakes"]} == {"4.2"}

    def test_unknown_key_is_refused_with_its_line_and_the_allowed_ones(self, desk: Desk) -> None:
        change(desk, {"currency: USD": "currency: USD\ncurency: USD"})
        answer = desk.type("call", "check", CALL)
        assert answer.code == 3
        assert "curency" in answer.err
        assert "number_prefix" in answer.err

    def test_file_of_ones_own_is_checked(self, desk: Desk, tmp_path: Path) -> None:
        own = tmp_path / "mine.yaml"
        own.write_text((desk.folder / "workflows" / "calls" / f"{CALL}.yaml").read_text(encoding="utf-8"))
        assert desk.type("call", "check", str(own)).code == 0

    def test_file_that_is_not_there_is_6(self, desk: Desk) -> None:
        assert desk.type("call", "check", "no-such-file.yaml").code == 6


class TestStatus:
    @pytest.mark.parametrize(("now", "phase"), [(WHILE_OPEN, "Receiving"), (AFTER_DEADLINE, "Selecting")])
    def test_it_says_whether_applications_are_received_or_selected(
        self, open_desk: Desk, now: datetime, phase: str
    ) -> None:
        open_desk.now = now
        if now == AFTER_DEADLINE:
            open_desk.do("screen", CALL, "--yes", by="olga")
        told = [line.split() for line in open_desk.do("status", CALL).out.splitlines()]
        assert [words for words in told if words[1:] == ["proposals"]] == [[phase, "proposals"]]


class TestAuthorise:
    def test_package_of_another_kind_is_refused(self, desk: Desk) -> None:
        desk.do("programme", "draft", "competitiveness-fund", by="olga")
        package = desk.waiting()
        answer = desk.type("call", "authorise", package, "--yes", by="marcos")
        assert answer.code == 3
        assert f"pipgrants ratify {package[:12]}" in answer.err

    @needs_ssh_keygen
    def test_authorising_a_call_takes_a_key_too(self, desk: Desk, key: Path) -> None:
        desk.do("actor", "key", "add", "marcos", str(public(key)), by="admin")
        desk.do("programme", "draft", "competitiveness-fund", by="olga")
        desk.do("ratify", desk.waiting(), "--yes", "--key", str(key), by="marcos")
        desk.do("call", "draft", CALL, by="olga")
        done = desk.do("call", "authorise", desk.waiting(), "--yes", "--key", str(key), "--json", by="marcos").json
        assert done["fingerprint"] == fingerprint(key)


class TestLife:
    def test_notice_is_written_again_as_it_was(self, open_desk: Desk) -> None:
        first = [Path(name).name for name in open_desk.do("call", "notice", CALL, "--json").json["files"]]
        pages = {name: (open_desk.folder / "notices" / CALL / name).read_bytes() for name in first}
        open_desk.do("call", "notice", CALL)
        assert {name: (open_desk.folder / "notices" / CALL / name).read_bytes() for name in first} == pages
        assert len(first) == 6

    def test_questions_and_answers_are_numbered_and_public(self, open_desk: Desk) -> None:
        assert (
            open_desk.do("call", "ask", CALL, "May a university lead?", "--yes", "--json", by="olga").json["number"]
            == 1
        )
        answered = open_desk.do("call", "answer", CALL, "1", "Yes.", "--yes", by="olga").out
        assert f"notices/{CALL}/questions.es.html" in "".join(answered.split())
        assert "Yes." in (open_desk.folder / "notices" / CALL / "questions.pt.txt").read_text(encoding="utf-8")
        text = open_desk.do("call", "questions", CALL).out
        assert "May a university lead?" in text
        assert "Yes." in text
        assert open_desk.type("call", "answer", CALL, "1", "No.", by="olga").code == 3
        assert open_desk.type("call", "answer", CALL, "2", "No.", by="olga").code == 6

    def test_mistakes_are_named_with_the_file_they_stand_in(self, open_desk: Desk, tmp_path: Path) -> None:
        shipped = open_desk.folder / "workflows" / "calls" / f"{CALL}.yaml"
        file = tmp_path / "next-year.yaml"
        file.write_text(shipped.read_text("utf-8").replace("minimum_share: 0.50", "minimum_share: 0.40", 1), "utf-8")
        answer = open_desk.type("call", "check", str(file))
        assert answer.code == 3
        assert f"{file}:209:" in "".join(answer.err.split())
        assert "clause 4.2: counterpart.minimum_share" in " ".join(answer.err.split())

    def test_amendment_names_what_changes_and_waits_for_approval(self, open_desk: Desk) -> None:
        change(open_desk, {"  closes_at: 2026-03-31 17:00": "  closes_at: 2026-04-15 17:00"})
        prepared = open_desk.do("call", "amend", CALL, "--reason", "strike of the post", "--json", by="olga").json
        assert "April 15, 2026, 17:00" in str(prepared["changed"])
        shown = open_desk.type("ratify", str(prepared["package"]), by="marcos", answers="y\n")
        assert shown.code == 0
        assert "strike of the post" in shown.err
        assert open_desk.do("status", CALL, "--json").json["state"] == "extended"

    def test_amendment_tried_out_shows_what_would_change(self, open_desk: Desk) -> None:
        change(open_desk, {"  closes_at: 2026-03-31 17:00": "  closes_at: 2026-04-15 17:00"})
        tried = open_desk.do("call", "amend", CALL, "--reason", "strike", "--dry-run", by="olga").out
        assert "April 15, 2026, 17:00" in " ".join(tried.split())
        assert max(map(len, tried.splitlines())) <= 80

    def test_results_before_release_are_refused(self, open_desk: Desk) -> None:
        assert open_desk.type("call", "results", CALL).code == 3

    def test_closing_asks_first(self, open_desk: Desk) -> None:
        open_desk.now = AFTER_DEADLINE
        assert open_desk.type("call", "close", CALL, by="olga", answers="n\n").code == 8
        open_desk.do("call", "close", CALL, by="olga", answers="y\n")
        assert open_desk.do("status", CALL, "--json").json["state"] == "closed"

    @pytest.mark.parametrize(("verb", "days", "state"), [("cancel", 0, "cancelled"), ("void", 40, "void")])
    def test_call_ends_with_its_applications(
        self, open_desk: Desk, form: Callable[..., Path], verb: str, days: int, state: str
    ) -> None:
        open_desk.do("proposal", "import", CALL, str(form(application("A1"), application("A2"))), by="olga")
        open_desk.now += timedelta(days=days)
        if days:
            open_desk.do("call", "close", CALL, "--yes", by="olga")
        before = hash_of_tables(open_desk.folder)
        words = ("call", verb, CALL, "--reason", "the money was withdrawn")
        trial = open_desk.do(*words, "--dry-run", "--json", by="marcos").json
        assert (trial["ended_count"], trial["dry_run"]) == (2, True)
        assert open_desk.type(*words, by="marcos", answers="n\n").code == 8
        assert hash_of_tables(open_desk.folder) == before
        open_desk.do(*words, "--yes", by="marcos")
        assert open_desk.do("status", CALL, "--json").json["state"] == state

    def test_archive_waits_for_the_appeals(self, packaged_desk: tuple[Desk, str]) -> None:
        desk, package = packaged_desk
        desk.do("ratify", package, "--yes", by="marcos")
        desk.do("letters", "release", CALL, "--yes", by="olga")
        assert desk.type("call", "archive", CALL, "--yes", by="olga").code == 3
        desk.now += timedelta(days=60)
        assert desk.try_out("call", "archive", CALL).json["final_count"] == 4
        desk.do("call", "archive", CALL, "--yes", by="olga")
        assert desk.do("status", CALL, "--json").json["state"] == "archived"
