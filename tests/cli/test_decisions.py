"""``allocate``, ``ratify`` and ``return``: what one person prepared, another approves or sends back."""

from pathlib import Path

import pytest

from desk import Desk
from rounds import CALL, tamper
from signing import fingerprint, needs_ssh_keygen

DECISIONS = [
    ["1", "PIP1-000001", "award", "100,000.00"],
    ["2", "PIP1-000002", "award", "100,000.00"],
    ["3", "PIP1-000003", "award", "100,000.00"],
    ["4", "PIP1-000004", "decline", "-"],
]


def test_trial_lists_every_decision(packaged_desk: tuple[Desk, str]) -> None:
    desk, package = packaged_desk
    desk.try_out("ratify", package, by="marcos")
    decisions, recorded = desk.do("ratify", package, "--dry-run", by="marcos").out.split("Would be recorded")
    assert [line.split() for line in decisions.splitlines() if "PIP1-" in line] == DECISIONS
    assert [line.split()[-2:] for line in recorded.splitlines() if "ProposalDetermined" in line] == [
        ["eligible", "awarded"],
        ["eligible", "awarded"],
        ["eligible", "awarded"],
        ["eligible", "declined"],
    ]


def test_trials_of_ranking_and_allocating_list_places_and_decisions(packaged_desk: tuple[Desk, str]) -> None:
    desk, package = packaged_desk
    desk.do("return", package, "--reason", "Falta", by="marcos")
    found = desk.try_out("allocate", CALL).json
    assert [[str(item["rank"]), item["proposal"], item["outcome"]] for item in found["decisions"]] == [
        decision[:3] for decision in DECISIONS
    ]
    text = desk.do("allocate", CALL, "--dry-run", by="olga").out
    assert [line.split() for line in text.splitlines() if "PIP1-" in line] == DECISIONS
    ranked = desk.try_out("rank", CALL).json
    assert [(item["rank"], item["proposal"]) for item in ranked["ranking"]] == [
        (int(rank), proposal) for rank, proposal, *_ in DECISIONS
    ]
    assert "PIP1-000004" in desk.do("rank", CALL, "--dry-run", by="olga").out


def test_conflicts_found_since_the_scores_were_closed_are_told_to_who_approves(
    packaged_desk: tuple[Desk, str], tmp_path: Path
) -> None:
    desk, before = packaged_desk
    profiles = tmp_path / "evaluators.csv"
    profiles.write_text("evaluator,tie,organisation\neva,board,Taller A2-3\n", encoding="utf-8")
    desk.do("evaluator", "import", str(profiles), by="olga")
    refused = desk.type("ratify", before, "--yes", by="marcos")
    assert refused.code == 3
    assert f"conflicts of interest found (pipgrants evaluation recusals {CALL}) changed" in " ".join(
        refused.err.split()
    )
    desk.do("return", before, "--reason", "Conflicto", by="marcos")
    told = "eva in PIP1-000002 (conflict.board E-000009; has given marks)"
    prepared = desk.do("allocate", CALL, "--json", by="olga").json
    package, fields = prepared["package"], ("evaluator", "proposal", "why", "has_given_marks")
    found = ["eva", "PIP1-000002", "conflict.board E-000009", True]
    assert [[item[name] for name in fields] for item in prepared["conflicts"]] == [found]
    assert package != before
    assert desk.try_out("ratify", package, by="marcos").json["conflicts"] == prepared["conflicts"]
    assert told in desk.do("ratify", package, "--dry-run", by="marcos").out
    assert told in " ".join(desk.type("ratify", package, by="marcos", answers="n\n").err.split())


def test_package_is_named_by_the_beginning_of_its_hash(packaged_desk: tuple[Desk, str]) -> None:
    desk, package = packaged_desk
    assert desk.type("ratify", package[:7], "--yes", by="marcos").code == 6
    assert desk.do("ratify", package[:8], "--yes", "--json", by="marcos").json["package"] == package


def test_package_changed_since_is_refused(packaged_desk: tuple[Desk, str]) -> None:
    desk, package = packaged_desk
    assert tamper(desk.folder, "UPDATE proposal SET grant_minor = grant_minor + 1 WHERE number = 'PIP1-000001'")
    answer = desk.type("ratify", package, "--yes", by="marcos")
    assert answer.code == 3
    assert "changed after it was prepared" in " ".join(answer.err.split())


def test_package_is_ratified_once(packaged_desk: tuple[Desk, str]) -> None:
    desk, package = packaged_desk
    desk.do("ratify", package, "--yes", by="marcos")
    assert desk.type("ratify", package, "--yes", by="marcos").code == 3


def test_who_prepared_cannot_ratify(desk: Desk) -> None:
    desk.do("actor", "grant", "olga", "programme_manager", by="admin")
    desk.do("programme", "draft", "competitiveness-fund", by="olga")
    answer = desk.type("ratify", desk.waiting(), "--yes", by="olga")
    assert (answer.code, "two persons" in answer.err) == (3, True)


def test_what_waits_is_shown_before_it_is_asked(desk: Desk) -> None:
    desk.do("programme", "draft", "competitiveness-fund", by="olga")
    package = desk.waiting()
    answer = desk.type("ratify", package, by="marcos", answers="n\n")
    assert (answer.code, answer.out) == (8, "")
    assert package in answer.err
    assert "USD 40,000,000" in answer.err


def test_returned_package_no_longer_waits(desk: Desk) -> None:
    desk.do("programme", "draft", "competitiveness-fund", by="olga")
    desk.do("return", desk.waiting()[:12], "--reason", "clause 4.4 is too low", by="marcos")
    assert desk.do("status", "--json").json["waiting"] == []


def test_unsigned_is_said(packaged_desk: tuple[Desk, str]) -> None:
    desk, package = packaged_desk
    answer = desk.do("ratify", package, "--yes", by="marcos")
    assert "The approval is unsigned." in answer.out
    assert "Checkpoint, unsigned" in answer.out


@needs_ssh_keygen
def test_signature_is_said_and_the_checkpoint_printed(keyed: tuple[Desk, str], key: Path) -> None:
    desk, package = keyed
    answer = desk.do("ratify", package, "--yes", "--key", str(key), by="marcos")
    assert f"The approval is signed with {fingerprint(key)}." in answer.out
    assert "Checkpoint, signed by marcos" in answer.out
    printed = [line.strip() for line in answer.out.splitlines()]
    assert set(desk.checkpoints(".txt")[-1].read_text().splitlines()) <= set(printed)
    assert "(programme manager, signature)" in desk.do("trail", "show", "--call", CALL, "--limit", "1000").out


@needs_ssh_keygen
def test_key_may_stand_in_the_environment(keyed: tuple[Desk, str], key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, package = keyed
    monkeypatch.setenv("PIPGRANTS_KEY", str(key))
    done = desk.do("ratify", package, "--yes", "--json", by="marcos").json
    assert (done["fingerprint"], done["checkpoint"]["signed_by"]) == (fingerprint(key), "marcos")


@needs_ssh_keygen
def test_who_has_a_key_is_refused_without_it_before_being_asked(keyed: tuple[Desk, str]) -> None:
    desk, package = keyed
    for words in (["--yes"], [], ["--dry-run"]):
        answer = desk.type("ratify", package, *words, by="marcos", answers="y\n")
        assert (answer.code, "--key FILE" in answer.err, "Ratify package" in answer.err) == (4, True, False)


@needs_ssh_keygen
def test_without_ssh_keygen_a_signature_is_refused_and_an_unsigned_act_is_not(
    packaged_desk: tuple[Desk, str], key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, package = packaged_desk
    monkeypatch.setenv("PATH", str(desk.folder))
    answer = desk.type("ratify", package, "--yes", "--key", str(key), by="marcos")
    assert (answer.code, "openssh-client" in answer.err) == (3, True)
    desk.do("ratify", package, "--yes", by="marcos")
