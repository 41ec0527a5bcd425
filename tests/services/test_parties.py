"""Personal values: salted hashes in the trail, and gone from everywhere once redacted."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from pipgrants.domain.application import Application, Exclusion
from pipgrants.domain.vocabulary import Language
from pipgrants.errors import NotFoundError, RefusedError
from pipgrants.services import answers, inquiries, letter_files, letters, parties, people, results, upkeep
from pipgrants.services.amend import amend_call
from pipgrants.services.audit.verify import verify
from pipgrants.services.letters import REDACTED
from pipgrants.services.party_register import PERSONAL_FIELDS, Register
from pipgrants.services.release import release
from pipgrants.services.traces import Traces
from pipgrants.services.workspace import DATABASE, Workspace
from pipgrants.trail.sealing import seal
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    SOURCE,
    WHILE_OPEN,
    Round,
    application,
    as_,
    copied,
    edit,
    hash_of_tables,
    open_workspace,
    publish,
    rows_of_tables,
)

LEAD = "E-000001"


def personal_values(made: Application) -> set[str]:
    """Everything of an application that names or finds somebody."""
    fields = ("name", "tax_number", "email", "postal_address")
    return {getattr(member.details, field) for member in made.members for field in fields}


def named(reference: str, name: str) -> Application:
    """An application whose members' personal values occur nowhere else in a record."""
    made = application(reference)
    members = tuple(
        member._replace(
            details=member.details._replace(
                name=f"Tejeduría {name} {place}",
                tax_number=f"08011990-{name}-{place}",
                email=f"{name}{place}@correo.example".lower(),
                postal_address=f"Barrio {name}, casa {place}, Comayagua",
            )
        )
        for place, member in enumerate(made.members, 1)
    )
    papers = tuple(paper._replace(issuer=members[0].details.name) for paper in made.evidence)
    return made._replace(title="Red de tejedurías", members=members, evidence=papers)


@pytest.fixture(scope="module")
def finished(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A whole round, with letters out, in which persons stand at every place where they can."""
    round_ = publish(copied(staffed, tmp_path_factory.mktemp("persons") / "agency"))
    first, second, weak = named("A1", "Xiomara"), named("A2", "Yadira"), named("A3", "Zulema")
    lines = tuple(line._replace(evidence=None) for line in weak.counterpart_lines)
    for name, address in (("Xiomara", "xiomara1@correo.example"), ("Wendy", "wendy@correo.example")):
        inquiries.take_form(
            round_.workspace,
            as_("olga"),
            WHILE_OPEN,
            call=round_.call,
            name=f"Tejeduría {name} 1",
            email=address,
            language=Language.SPANISH,
        )
    parties.import_exclusions(
        round_.workspace,
        as_("olga"),
        WHILE_OPEN,
        exclusions=[Exclusion("Tejeduría Úrsula", "Fraude", tax_country="HN", tax_number="0801-Ursula")],
        source={"file": "lista.csv"},
    )
    round_.receive([first, second, weak._replace(counterpart_lines=lines)])
    edit(round_.workspace, "calls", round_.call, {"closes_at: 2026-03-31 17:00": "closes_at: 2026-04-01 17:00"})
    package = amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=round_.call, reason="Feriado").package
    round_.ratify(package, WHILE_OPEN)
    round_.screen()
    round_.tie("A3")
    answers.clarify(
        round_.workspace,
        as_("iris"),
        AFTER_DEADLINE,
        proposal=round_.numbers["A3"],
        application=weak,
        answer="Adjuntamos la carta",
    )
    round_.screen()
    round_.score({"A1": Decimal(5), "A2": Decimal(4), "A3": Decimal(3)})
    round_.rank()
    round_.ratify(round_.prepare().package)
    release(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call)
    return round_


@pytest.fixture
def persons(finished: Round, tmp_path: Path) -> Round:
    return finished.copy(tmp_path / "agency")


def everything(folder: Path) -> str:
    """All values of all tables as one text."""
    values = (value for rows in rows_of_tables(folder).values() for row in rows for value in row)
    return "\n".join(value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in values)


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """The statements that run in the meantime."""
    asked: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", count)


def trail_of(round_: Round) -> bytes:
    with round_.workspace.read() as unit:
        return b"\n".join(entry.content for entry in unit.ledger.entries())


# The trail


def test_no_personal_value_stands_in_the_trail(finished: Round) -> None:
    persons = {value for name in ("Xiomara", "Yadira", "Zulema") for value in personal_values(named("A1", name))} | {
        "Tejeduría Wendy 1",
        "wendy@correo.example",
        "Tejeduría Úrsula",
        "0801-Ursula",
        "Ada Ministro",
        "Adjuntamos la carta",
    }
    with finished.workspace.read() as unit:
        persons |= {str(row.name) for row in unit.actors.all() if row.name != row.actor.title()}
    trail = trail_of(finished).decode()
    assert {value for value in persons if value in trail} == set()
    assert len(trail) > 20_000


def test_actors_names_stand_in_the_trail_as_salted_hashes(workspace: Workspace) -> None:
    people.add_actor(
        workspace, as_("admin"), WHILE_OPEN, actor="nora", name="Nora Díaz Quiroga", roles=(), os_user=None
    )
    assert "Quiroga" not in trail_of(Round(workspace)).decode()
    assert len(Round(workspace).entries(act="ActorAdded")[-1]["inputs"]["name"]) == 64


def test_a_personal_value_can_be_proved_from_its_salt(round_: Round) -> None:
    round_.receive([application("A1")])
    row = parties.show_party(round_.workspace, LEAD)
    told = round_.entries(act="ProposalReceived")[0]["inputs"]["parties"][0]
    assert row.salt is not None
    for field in PERSONAL_FIELDS:
        assert told[field] == seal(row.salt, field, getattr(row.details, field))


def test_the_same_person_has_another_hash_in_another_record(staffed: Workspace, tmp_path: Path) -> None:
    hashes = set()
    for name in ("one", "two"):
        round_ = publish(copied(staffed, tmp_path / name))
        round_.receive([application("A1")])
        inputs = round_.entries(act="ProposalReceived")[0]["inputs"]
        hashes |= {inputs["parties"][0]["name"], inputs["letter"]["recipient"]}
    assert len(hashes) == 4


def test_the_issuer_of_a_paper_cannot_be_guessed_from_its_identity(tmp_path: Path) -> None:
    identities = []
    for name in ("one", "two"):
        round_ = publish(open_workspace(tmp_path / name))
        round_.receive([application("A1")])
        identities.append(
            [line[0] for line in round_.entries(act="ProposalReceived")[0]["inputs"]["application"]["evidence"]]
        )
    assert set(identities[0]).isdisjoint(identities[1])


# Redaction


def test_redaction_removes_a_party_from_every_table_and_leaves_the_trail(persons: Round) -> None:
    gone = {value for value in personal_values(named("A1", "Xiomara")) if value.endswith("1") or " 1," in value}
    gone |= {"xiomara1@correo.example", "Tejeduría Xiomara 1".casefold()}
    before, trail = everything(persons.workspace.folder), trail_of(persons)
    assert {value for value in gone if value not in before} == set()
    parties.redact(persons.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Solicitud de la titular")
    after = everything(persons.workspace.folder)
    assert {value for value in gone if value in after} == set()
    assert trail_of(persons).startswith(trail)
    entry = persons.entries()[-1]
    assert (entry["act"], entry["subject"], entry["reason"]) == (
        "PartyRedacted",
        f"party/{LEAD}",
        "Solicitud de la titular",
    )
    assert entry["inputs"]["fields"] == list(PERSONAL_FIELDS)


def test_redaction_removes_what_the_party_answered(persons: Round) -> None:
    number = persons.numbers["A3"]
    with persons.workspace.read() as unit:
        lead, answered = unit.proposals.get(number).lead, unit.answers.of(number)
    parties.redact(persons.workspace, as_("olga"), AFTER_DRAW, party=lead, reason="Solicitud de la titular")
    with persons.workspace.read() as unit:
        assert (answered, unit.answers.of(number)) == (["Adjuntamos la carta"], [None])
    assert persons.entries()[-1]["inputs"]["answers"] == [[number, 1]]
    assert "Adjuntamos la carta" not in everything(persons.workspace.folder)
    assert verify(persons.workspace, as_("olga"), AFTER_DRAW).faults == ()


def test_redaction_reaches_the_ties_of_evaluators(round_: Round) -> None:
    round_.receive([named("A1", "Xiomara"), named("A2", "Yadira")])
    others = {"tie": "board", "organisation": "Tejeduría Yadira 1"}
    round_.profile(
        {"evaluator": "eva", "institution": "UNAH", "tie": "board", "organisation": "TEJEDURÍA Xiomara 1"},
        {"evaluator": "eva", **others},
        {"evaluator": "emilio", "institution": "Tejeduría Xiomara 1", "email": "emilio@example.org"},
        {"evaluator": "edna", "institution": "UNAH", **others},
    )
    parties.redact(round_.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Solicitud de la titular")
    after = everything(round_.workspace.folder)
    assert "xiomara 1" not in after.casefold()
    with round_.workspace.read() as unit:
        profiles = unit.evaluators.profiles(("eva", "emilio", "edna"))
    kept = {
        name: (profile.institution, [tie.organisation.name for tie in profile.ties], profile.email)
        for name, profile in profiles.items()
    }
    assert kept == {
        "eva": ("UNAH", ["Tejeduría Yadira 1"], None),
        "emilio": (None, [], "emilio@example.org"),
        "edna": ("UNAH", ["Tejeduría Yadira 1"], None),
    }
    *told, redacted = round_.entries()[-3:]
    assert [(entry["act"], entry["subject"], entry["inputs"]["redacted"]) for entry in told] == [
        ("EvaluatorProfiled", "actor/emilio", LEAD),
        ("EvaluatorProfiled", "actor/eva", LEAD),
    ]
    assert redacted["inputs"]["evaluators"] == ["emilio", "eva"]
    assert verify(round_.workspace, as_("olga"), AFTER_DRAW).faults == ()


def test_what_is_left_of_a_profile_is_sealed_anew(round_: Round) -> None:
    """With the salt of before, anybody who holds the database could guess which tie was removed."""
    round_.receive([named("A1", "Xiomara")])
    round_.profile({"evaluator": "eva", "institution": "UNAH", "tie": "board", "organisation": "Tejeduría Xiomara 1"})
    parties.redact(round_.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Solicitud de la titular")
    before, after = (entry["inputs"]["profile"] for entry in round_.entries(act="EvaluatorProfiled"))
    assert before["institution"] != after["institution"]
    assert "ties" not in after


def test_who_only_took_a_form_is_redacted_from_the_call_its_letters_and_their_files(persons: Round) -> None:
    gone = ("Tejeduría Wendy 1", "wendy@correo.example")
    folder = persons.workspace.folder / "letters" / persons.call

    def naming() -> list[str]:
        return [path.name for path in folder.iterdir() if "Wendy" in path.read_text(encoding="utf-8")]

    files, trail = naming(), trail_of(persons)
    assert len(files) == 2
    (corrigendum,) = [letter for letter in persons.letters() if "wendy" in str(letter.recipient)]
    parties.redact_form_taker(
        persons.workspace, as_("olga"), AFTER_DRAW, email="Wendy@correo.example", reason="Solicitud de la titular"
    )
    after = everything(persons.workspace.folder)
    assert [value for value in gone if value in after] == []
    assert naming() == []
    assert trail_of(persons).startswith(trail)
    entry = persons.entries()[-1]
    assert (entry["act"], entry["subject"], entry["reason"], entry["inputs"]) == (
        "FormTakerRedacted",
        f"call/{persons.call}",
        "Solicitud de la titular",
        {"number": 2, "fields": ["name", "email"], "letters": [corrigendum.number]},
    )


def test_redacting_who_took_a_form_leaves_everybody_else(persons: Round) -> None:
    others = personal_values(named("A1", "Xiomara")) | personal_values(named("A2", "Yadira"))
    parties.redact_form_taker(
        persons.workspace, as_("olga"), AFTER_DRAW, email="wendy@correo.example", reason="Solicitud"
    )
    after = everything(persons.workspace.folder)
    assert {value for value in others if value not in after} == set()


def test_forms_of_a_redacted_party_have_their_own_entry(persons: Round) -> None:
    parties.redact(persons.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Solicitud")
    assert [(entry["act"], entry["subject"]) for entry in persons.entries()[-2:]] == [
        ("FormTakerRedacted", f"call/{persons.call}"),
        ("PartyRedacted", f"party/{LEAD}"),
    ]


def test_who_took_a_form_is_redacted_once_and_with_a_reason(persons: Round) -> None:
    def redact(reason: str) -> None:
        parties.redact_form_taker(
            persons.workspace, as_("olga"), AFTER_DRAW, email="wendy@correo.example", reason=reason
        )

    with pytest.raises(RefusedError, match="needs a reason"):
        redact(" ")
    redact("Solicitud")
    with pytest.raises(NotFoundError, match=r"nobody took a form under wendy@correo\.example"):
        redact("Solicitud")


def test_a_party_that_took_a_form_is_redacted_whole(persons: Round) -> None:
    with pytest.raises(RefusedError, match=r"xiomara1@correo\.example is the address of E-000001"):
        parties.redact_form_taker(
            persons.workspace, as_("olga"), AFTER_DRAW, email="xiomara1@correo.example", reason="Solicitud"
        )


def test_no_amendment_is_told_to_who_was_redacted(round_: Round) -> None:
    for name in ("ana", "berta"):
        inquiries.take_form(
            round_.workspace,
            as_("olga"),
            WHILE_OPEN,
            call=round_.call,
            name=name.title(),
            email=f"{name}@correo.example",
            language=Language.SPANISH,
        )
    parties.redact_form_taker(round_.workspace, as_("olga"), WHILE_OPEN, email="ana@correo.example", reason="Solicitud")
    edit(round_.workspace, "calls", round_.call, {"reserve_count: 10": "reserve_count: 11"})
    package = amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=round_.call, reason="Errata").package
    round_.ratify(package, WHILE_OPEN)
    assert ["berta@correo.example" in str(letter.recipient) for letter in round_.letters()] == [True]


def test_redaction_leaves_other_parties_as_they_are(persons: Round) -> None:
    others = personal_values(named("A2", "Yadira")) | {"Tejeduría Wendy 1", "wendy@correo.example"}
    parties.redact(persons.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Solicitud de la titular")
    after = everything(persons.workspace.folder)
    assert {value for value in others if value not in after} == set()
    assert all(letter.recipient for letter in persons.letters("A2"))


def test_redaction_removes_the_released_letters_from_the_folder(persons: Round) -> None:
    folder = persons.workspace.folder / "letters" / persons.call

    def naming() -> list[str]:
        return [path.name for path in folder.iterdir() if "Xiomara 1" in path.read_text(encoding="utf-8")]

    assert len(naming()) >= 4
    count = len(list(folder.iterdir()))
    parties.redact(persons.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Solicitud de la titular")
    assert naming() == []
    letter_files.write_letters(persons.workspace, persons.call, AFTER_DRAW)
    assert naming() == []
    assert len(list(folder.iterdir())) == count
    assert "[datos suprimidos]" in letters.preview(persons.workspace, persons.numbers["A1"]).text


def test_redaction_leaves_the_values_in_no_file_but_the_copies_that_it_names(persons: Round) -> None:
    folder, lead = persons.workspace.folder, named("A1", "Xiomara").members[0].details
    values = [str(value).encode() for value in (lead.name, lead.tax_number, lead.email, lead.postal_address)]

    def holding() -> list[str]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return sorted(path.name for path in files if any(value in path.read_bytes() for value in values))

    results.write_results(persons.workspace, persons.call)
    copy = upkeep.backup(persons.workspace, as_("olga"), AFTER_DRAW, None)
    assert {copy.name, f"{DATABASE}-wal", "results.es.txt", "results.pt.html"} <= set(holding())
    found = parties.redact(persons.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Solicitud")
    assert found == Traces(results=(persons.call,), copies=(copy,), problems=())
    assert holding() == [copy.name]
    text = (folder / "notices" / persons.call / "results.es.txt").read_text(encoding="utf-8")
    assert REDACTED in text


def test_redaction_writes_no_results_that_were_not_written(persons: Round) -> None:
    found = parties.redact(persons.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Solicitud")
    assert found == Traces(results=(), copies=(), problems=())
    assert list((persons.workspace.folder / "notices" / persons.call).glob("results*")) == []


def test_redaction_says_what_it_could_not_remove(persons: Round, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipgrants.store.database.BUSY_SECONDS", 0)
    path = persons.workspace.folder / DATABASE
    log = path.with_name(f"{DATABASE}-wal")
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM party")
        found = parties.redact(persons.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Solicitud")
    assert found is not None
    assert [problem.partition(";")[0] for problem in found.problems] == [
        "pipgrants.db-wal holds pages from before while other commands read or write"
    ]
    persons.workspace.database.close()
    upkeep.backup(persons.workspace, as_("olga"), AFTER_DRAW, None)
    assert not log.exists() or log.stat().st_size == 0


def test_redaction_removes_letters_written_before_an_address_was_supplied(round_: Round) -> None:
    made = application("A1")
    unknown = made.members[0]._replace(details=made.members[0].details._replace(email=None))
    round_.receive([made._replace(members=(unknown, *made.members[1:]))])
    round_.receive([made._replace(reference="A1 again"), application("A2")])
    parties.redact(round_.workspace, as_("olga"), WHILE_OPEN, party="E-000001", reason="Solicitud")
    assert [letter.recipient is None for letter in round_.letters()] == [True, True, False]


def test_what_redaction_leaves_of_a_letter_proves_nothing(persons: Round) -> None:
    """The text of a released letter stands in the trail under the letter's salt, which redaction deletes."""
    number = persons.numbers["A1"]
    text = letters.preview(persons.workspace, number).text
    award = persons.letters("A1")[-1]
    told = [entry for entry in persons.entries(subject=f"proposal/{number}") if "text" in entry["inputs"]][-1]
    assert told["inputs"]["text"] == seal(award.salt or b"", "text", text)
    assert hashlib.sha256(text.encode()).hexdigest() not in trail_of(persons).decode()


def test_a_dry_run_of_redaction_changes_nothing(persons: Round) -> None:
    before = hash_of_tables(persons.workspace.folder)
    files = sorted((persons.workspace.folder / "letters" / persons.call).iterdir())
    parties.redact(persons.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Prueba", dry_run=True)
    assert hash_of_tables(persons.workspace.folder) == before
    assert sorted((persons.workspace.folder / "letters" / persons.call).iterdir()) == files


def test_a_redaction_needs_a_reason(persons: Round) -> None:
    with pytest.raises(RefusedError, match="needs a reason"):
        parties.redact(persons.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason=" ")


def test_repeating_a_redaction_removes_the_files_that_whoever_was_stopped_left(
    persons: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = persons.workspace.folder / "letters" / persons.call
    before = set(folder.iterdir())
    with monkeypatch.context() as stopped:
        stopped.setattr(parties, "remove_traces", lambda *_: None)
        parties.redact(persons.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Solicitud")
    left, acts = set(folder.iterdir()), persons.acts()
    parties.redact(persons.workspace, as_("olga"), AFTER_DRAW, party=LEAD, reason="Solicitud")
    assert (left, persons.acts()) == (before, acts)
    assert set(folder.iterdir()) < before


def test_redaction_of_who_took_a_form_that_was_stopped_is_done_when_repeated(
    persons: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    def redact() -> None:
        parties.redact_form_taker(
            persons.workspace, as_("olga"), AFTER_DRAW, email="wendy@correo.example", reason="Solicitud"
        )

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    folder = persons.workspace.folder / "letters" / persons.call
    with monkeypatch.context() as stopped:
        stopped.setattr("pipgrants.services.traces.remove_files", stop)
        with pytest.raises(KeyboardInterrupt):
            redact()
    redact()
    assert [path.name for path in folder.iterdir() if "Wendy" in path.read_text(encoding="utf-8")] == []
    assert persons.acts().count("FormTakerRedacted") == 1


def test_an_unknown_party_is_not_redacted(round_: Round) -> None:
    with pytest.raises(NotFoundError, match="there is no party E-000001"):
        parties.redact(round_.workspace, as_("olga"), WHILE_OPEN, party=LEAD, reason="Solicitud")


def test_who_is_debarred_is_not_redacted(round_: Round) -> None:
    """It would no longer be found on the list, and the exclusion would be gone with the name."""
    round_.receive([application("A1")])
    debarred = Exclusion("Taller A1-1", "Fraude", until_on=date(2026, 12, 31))
    parties.import_exclusions(
        round_.workspace, as_("olga"), WHILE_OPEN, exclusions=[debarred], source={"file": "lista.csv"}
    )
    with pytest.raises(RefusedError, match="E-000001 stands on the exclusion list"):
        parties.redact(round_.workspace, as_("olga"), WHILE_OPEN, party=LEAD, reason="Solicitud")
    parties.import_exclusions(round_.workspace, as_("olga"), WHILE_OPEN, exclusions=[], source=SOURCE)
    parties.redact(round_.workspace, as_("olga"), WHILE_OPEN, party=LEAD, reason="Solicitud")


def test_a_party_that_comes_back_after_redaction_is_a_new_one(round_: Round) -> None:
    round_.receive([application("A1")])
    parties.redact(round_.workspace, as_("olga"), WHILE_OPEN, party=LEAD, reason="Solicitud")
    again = application("A2")
    first, *others = again.members
    details = first.details._replace(name="Taller A1-1", tax_number="A1-1")
    round_.receive([again._replace(members=(first._replace(details=details), *others))])
    with round_.workspace.read() as unit:
        assert unit.proposals.get(round_.numbers["A2"]).lead == "E-000007"


def test_a_letter_after_redaction_has_no_addressee_and_the_round_goes_on(round_: Round) -> None:
    round_.receive([application("A1")])
    parties.redact(round_.workspace, as_("olga"), WHILE_OPEN, party=LEAD, reason="Solicitud")
    round_.ratify(round_.to_package({"A1": "5"}))
    release(round_.workspace, as_("olga"), AFTER_DRAW, call=round_.call)
    assert "[datos suprimidos]" in letters.preview(round_.workspace, round_.numbers["A1"]).text


# Parties that come again


def test_however_many_parties_come_again_they_are_looked_up_in_three_queries(round_: Round) -> None:
    """One by tax number, one by name, one for what is on record of them."""
    made = [application(f"A{place}") for place in range(4)]
    round_.receive(made)

    def queries(again: list[Application]) -> int:
        with round_.workspace.read() as unit, counted_queries() as asked:
            register = Register(unit)
            start = len(asked)
            register.look_up(member.details for item in again for member in item.members)
            registered = [party for item in again for party in register.numbers(item)[1]]
        assert registered == []
        return len(asked) - start

    assert [queries(made[:1]), queries(made)] == [3, 3]


# The list


def test_parties_are_listed_in_number_order(round_: Round) -> None:
    round_.receive([application("A1", firms=3), application("A2", firms=3)])
    listed = parties.list_parties(round_.workspace)
    assert [row.number for row in listed] == [f"E-{place:06d}" for place in range(1, 7)]
    assert listed[0].details == application("A1").members[0].details
