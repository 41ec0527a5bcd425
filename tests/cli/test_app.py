"""The program as a whole: help, exit codes, start-up, faults, and the commands that messages name."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from conftest import PROJECT
from desk import Desk
from pipgrants import __version__
from pipgrants.cli import app as program
from pipgrants.cli.app import app
from pipgrants.cli.context import Commands
from pipgrants.cli.parts import PARTS, Part
from pipgrants.errors import (
    CancelledError,
    ConcurrentChangeError,
    NotAuthorisedError,
    NotFoundError,
    PipgrantsError,
    RefusedError,
    TrailIntegrityError,
    UsageError,
)
from rounds import CALL

ROOT = typer.main.get_command(app)
SHARED_OPTIONS = ("--workspace", "--as", "--json")


def every_command(group: object = ROOT, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    """Every command and group with the words that lead to it."""
    group = group.made if isinstance(group, Part) else group
    yield path, group
    if isinstance(group, TyperGroup):
        for name, command in group.commands.items():
            yield from every_command(command, (*path, name))


PATHS = dict(every_command())
VERBS = [path for path, command in PATHS.items() if not isinstance(command, TyperGroup)]


def help_of(path: tuple[str, ...]) -> str:
    result = CliRunner().invoke(app, [*path, "--help"], prog_name="pipgrants")
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_help_is_a_sentence_and_fits_the_screen(path: tuple[str, ...]) -> None:
    lines = help_of(path).splitlines()
    sentence = next(line.strip() for line in lines[1:] if line.strip())
    assert re.match(r"[A-Z][a-z]+,? ", sentence), sentence
    text = help_of(path)
    description = re.split(r"\n\n(?:Arguments|Options|Commands):", text)[0].split("\n\n", 1)[1]
    assert description.rstrip().endswith(".")
    assert max(map(len, lines)) <= 80
    assert "..." not in text.split("Commands:")[-1] or "Commands:" not in text


@pytest.mark.parametrize("path", VERBS, ids=" ".join)
def test_every_command_takes_the_shared_options(path: tuple[str, ...]) -> None:
    text = help_of(path)
    assert [option for option in SHARED_OPTIONS if option in text] == list(SHARED_OPTIONS)


def test_every_option_and_argument_has_help() -> None:
    silent = [
        (path, parameter.name)
        for path, command in PATHS.items()
        for parameter in command.params
        if not getattr(parameter, "help", None)
    ]
    assert silent == []


def test_commands_of_the_issue_are_there() -> None:
    groups = {
        "programme": {"draft", "check", "list", "show", "suspend", "resume", "close", "review"},
        "call": {
            "check",
            "draft",
            "authorise",
            "publish",
            "notice",
            "amend",
            "reword",
            "close",
            "cancel",
            "void",
            "archive",
        }
        | {"ask", "answer", "questions", "results", "list", "what-if", "helped"},
        "party": {"list", "show", "add", "correct", "redact", "exclude", "duplicates", "merge", "separate"},
        "opportunity": {"note", "link", "list", "show"},
        "practice": {"record", "search", "show", "digest"},
        "actor": {"add", "map", "tie", "grant", "revoke", "list", "delegate", "end-delegation", "delegations"},
        "audit": {"explain", "verify", "replay", "duties", "accesses", "dossier", "proof"},
        "proposal": {
            "template",
            "import",
            "export",
            "list",
            "show",
            "withdraw",
            "clarify",
            "attach",
            "settle",
            "exclude",
        },
        "report": {"round", "portfolio", "project", "programme"},
        "reserve": {"list", "promote", "record-return"},
        "project": {"open", "list", "show", "ledger", "sign", "validate", "return-validation", "launch"}
        | {"record-expenditure", "disallow", "redact", "record-return", "evaluate", "suspend", "resume"}
        | {"complete", "terminate", "abandon", "close"},
        "disbursement": {"request", "show", "certify", "return", "resubmit", "approve", "reject", "pay"},
        "contract": {"record", "list", "show", "approve", "reject", "sign", "start", "deliver", "accept", "refuse"}
        | {"terminate"},
        "conflict": {"open", "list", "show", "mediate", "escalate", "settle", "leave-unresolved", "propose-departure"}
        | {"return-departure", "approve-departure"},
        "team": {"select", "leave", "list", "show", "redact"},
        "firm": {"register", "withdraw", "list", "show"},
        "activity": {"template", "import", "list", "show", "void"},
        "evaluator": {"import", "list", "redact"},
        "evaluation": {"assign", "reassign", "remind", "recusals", "list", "sheets", "import", "conflict"}
        | {"consensus", "close"},
        "rank": {"run", "show", "draw"},
        "analysis": {"reliability", "evaluators", "robustness", "fairness", "optimum"},
        "letters": {"preview", "list", "release", "write", "send", "status", "resolve", "bounce", "reports", "correct"}
        | {"register", "check", "print", "posted", "verify"},
        "export": {"360giving", "commongrants", "iati"},
        "appeal": {"file", "list", "settle", "verify", "score", "prepare"},
        "monitoring": {"check", "targets", "progress", "baseline", "ratings", "impact", "indicators", "consistency"}
        | {"portfolio", "programme", "template", "set-framework", "record", "set-baseline", "show"},
        "trail": {"show", "checkpoint"},
        "workflow": {"check", "show"},
        "workspace": {"backup", "upgrade"},
    }
    single = {"init", "demo", "status", "explain", "screen", "allocate", "ratify", "return"}
    keys = {("actor", "key", verb) for verb in ("add", "list", "revoke")}
    assert set(VERBS) == keys | {(name,) for name in single} | {
        (group, verb) for group, verbs in groups.items() for verb in verbs
    }


BULK = [
    ("party", "exclude"),
    ("proposal", "import"),
    ("screen",),
    ("evaluator", "import"),
    ("evaluation", "assign"),
    ("evaluation", "reassign"),
    ("evaluation", "remind"),
    ("evaluation", "import"),
    ("evaluation", "close"),
    ("rank", "run"),
    ("allocate",),
    ("ratify",),
    ("letters", "release"),
    ("letters", "send"),
    ("letters", "posted"),
    ("call", "cancel"),
    ("call", "void"),
    ("call", "archive"),
    ("appeal", "file"),
    ("appeal", "settle"),
    ("appeal", "verify"),
    ("appeal", "score"),
    ("appeal", "prepare"),
    ("project", "open"),
    ("project", "sign"),
    ("project", "validate"),
    ("project", "record-expenditure"),
    ("project", "record-return"),
    ("team", "select"),
    ("team", "leave"),
    ("firm", "register"),
    ("firm", "withdraw"),
    ("activity", "import"),
    ("disbursement", "request"),
    ("disbursement", "certify"),
    ("contract", "record"),
    ("contract", "sign"),
    ("conflict", "open"),
    ("conflict", "mediate"),
    ("conflict", "propose-departure"),
    ("monitoring", "set-framework"),
    ("monitoring", "record"),
    ("monitoring", "set-baseline"),
]
IRREVERSIBLE = [
    ("programme", "close"),
    ("call", "publish"),
    ("call", "authorise"),
    ("call", "close"),
    ("call", "cancel"),
    ("call", "void"),
    ("call", "archive"),
    ("party", "redact"),
    ("proposal", "import"),
    ("proposal", "withdraw"),
    ("proposal", "clarify"),
    ("evaluator", "redact"),
    ("evaluation", "conflict"),
    ("evaluation", "close"),
    ("rank", "draw"),
    ("ratify",),
    ("screen",),
    ("appeal", "settle"),
    ("letters", "release"),
    ("letters", "send"),
    ("letters", "posted"),
    ("call", "ask"),
    ("call", "answer"),
    ("appeal", "file"),
    ("letters", "bounce"),
    ("letters", "resolve"),
    ("letters", "reports"),
    ("project", "launch"),
    ("project", "disallow"),
    ("project", "redact"),
    ("project", "complete"),
    ("project", "terminate"),
    ("project", "abandon"),
    ("project", "close"),
    ("team", "redact"),
    ("activity", "void"),
    ("disbursement", "approve"),
    ("disbursement", "reject"),
    ("disbursement", "pay"),
    ("contract", "approve"),
    ("contract", "reject"),
    ("contract", "accept"),
    ("contract", "terminate"),
    ("conflict", "settle"),
    ("conflict", "leave-unresolved"),
    ("conflict", "approve-departure"),
]


@pytest.mark.parametrize(
    ("path", "option"), [(path, "--dry-run") for path in BULK] + [(path, "--yes") for path in IRREVERSIBLE]
)
def test_bulk_acts_are_tried_and_irreversible_ones_confirmed(path: tuple[str, ...], option: str) -> None:
    assert option in help_of(path)


@pytest.mark.parametrize("name", PARTS)
def test_help_of_the_program_says_of_a_verb_what_the_verb_says_of_itself(name: str) -> None:
    assert str(PATHS[name,].get_short_help_str(100)) == PARTS[name][1]


def test_every_module_of_commands_is_part_of_the_program() -> None:
    files = (PROJECT / "src" / "pipgrants" / "cli").glob("*.py")
    made = {file.stem for file in files if "\ncommands = Commands(" in file.read_text(encoding="utf-8")}
    assert made - {"key"} == {module for module, _ in PARTS.values()}


def test_version_is_shown() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"pipgrants {__version__}\n")


def test_package_is_run_as_the_program() -> None:
    done = subprocess.run([sys.executable, "-m", "pipgrants", "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"pipgrants {__version__}\n", "")


def test_help_loads_neither_database_nor_templates() -> None:
    code = (
        "import sys\n"
        "from pipgrants.cli.app import main\n"
        "sys.argv = ['pipgrants', *sys.argv[1:]]\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        "heavy = ('sqlalchemy', 'alembic', 'jinja2', 'openpyxl', 'yaml', 'transitions', 'rich', 'pipgrants.services')\n"
        "print('LOADED', [name for name in heavy if name in sys.modules])\n"
    )
    for words in ([], ["--help"], ["call", "--help"], ["proposal", "import", "--help"], ["--version"]):
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "LOADED []"


def test_no_command_shows_the_help_as_a_usage_error() -> None:
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 2
    assert "Commands:" in result.output


MISUNDERSTOOD = [
    ["frobnicate"],
    ["screen"],
    ["screen", CALL, "--loudly"],
    ["call", "answer", CALL, "first", "Yes."],
    ["actor", "grant", "olga", "minister"],
    ["explain", "X", "--language", "de"],
    ["trail", "show", "--limit", "0"],
    ["trail", "show", "--proposal", "X", "--subject", "actor/olga"],
    ["proposal", "template", CALL, "--out", "form.xlsx", "--name", "Ana"],
    ["rank", "draw", CALL, "--numbers", "Powerball:1", "--evidence", "x"],
    ["rank", "draw", CALL, "--numbers", "Powerball=one", "--evidence", "x"],
    ["rank", "draw", CALL, "--numbers", "Powerball=²", "--evidence", "x"],
    ["rank", "draw", CALL, "--numbers", "P=1", "--numbers", "P=2", "--evidence", "x"],
]


@pytest.mark.parametrize("words", MISUNDERSTOOD)
def test_words_that_cannot_be_understood_end_with_2(desk: Desk, words: list[str]) -> None:
    answer = desk.type(*words)
    assert (answer.code, answer.out) == (2, "")
    assert "Error" in answer.err or "Usage" in answer.err


@pytest.mark.parametrize("words", [*MISUNDERSTOOD, [], ["status", "bell\x07"]])
@pytest.mark.parametrize("place", [0, None])
def test_words_that_cannot_be_understood_are_told_in_json(desk: Desk, words: list[str], place: int | None) -> None:
    typed = ["--json", *words] if place == 0 else [*words, "--json"]
    answer = desk.type(*typed)
    error = answer.json["error"]
    assert (answer.code, error["exit_code"], sorted(error)) == (2, 2, ["exit_code", "message", "next_step"])
    assert error["message"] in answer.err.replace("\n  ", " ")


@pytest.mark.parametrize(
    "word", ["\x1b[2Jcleared", "nul\x00", "bell\x07", "delete\x7f", "\x9b31m", "broken\udcff"], ids=ascii
)
@pytest.mark.parametrize("place", ["argument", "option", "workspace", "actor", "list"])
def test_words_that_steer_a_terminal_are_refused(desk: Desk, word: str, place: str) -> None:
    words = {
        "argument": ["status", word],
        "option": ["return", "0" * 64, "--reason", word],
        "workspace": ["status", "--workspace", word],
        "actor": ["status", "--as", word],
        "list": ["proposal", "list", CALL, "--state", "received", "--state", word],
    }
    answer = desk.type(*words[place])
    assert answer.code == 2
    assert "control characters" in answer.err
    assert word not in answer.err


def test_option_that_holds_a_null_byte_is_named(desk: Desk) -> None:
    answer = desk.type("party", "correct", "E-000001", "--postal-address", "Calle\0 1", "--reason", "Aviso")
    assert answer.code == 2
    assert "Invalid value for --postal-address: 'Calle\\x00 1' holds control characters" in answer.err


@pytest.mark.parametrize(
    "word", ["../../etc/passwd", "'; DROP TABLE call; --", "%s%n{0}{{7*7}}", "-", "ñandú 🐦", "x" * 10_000, ""]
)
def test_hostile_names_are_names_of_nothing(desk: Desk, word: str) -> None:
    for words in (["explain", word], ["party", "show", word], ["ratify", word, "--yes"], ["call", "questions", word]):
        answer = desk.type(*words, by="marcos")
        assert (answer.code, answer.out) == (6, "")
    assert desk.do("actor", "list", "--json").json["actors"]


class TestExitCodes:
    def test_done_is_0(self, desk: Desk) -> None:
        assert desk.type("status").code == 0

    def test_refused_by_a_rule_is_3(self, open_desk: Desk) -> None:
        answer = open_desk.type("screen", CALL, "--yes", by="olga")
        assert answer.code == 3
        assert "the deadline is not past" in answer.err

    def test_not_authorised_is_4(self, packaged_desk: tuple[Desk, str]) -> None:
        desk, package = packaged_desk
        assert desk.type("ratify", package, "--yes", by="olga").code == 4

    def test_unknown_name_is_6(self, desk: Desk) -> None:
        answer = desk.type("status", "no-such-call")
        assert (answer.code, "no-such-call" in answer.err, "Next:" in answer.err) == (6, True, True)

    def test_no_workspace_is_6(self, tmp_path: Path) -> None:
        answer = Desk(tmp_path).type("status")
        assert answer.code == 6
        assert "pipgrants init DIR" in answer.err

    def test_concurrent_change_is_7(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        import sqlite3
        from contextlib import closing

        monkeypatch.setattr("pipgrants.store.database.BUSY_SECONDS", 0)
        with closing(sqlite3.connect(desk.folder / "pipgrants.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            answer = desk.type("programme", "draft", "competitiveness-fund", by="olga")
        assert answer.code == 7
        assert "another command has been writing" in answer.err

    @pytest.mark.parametrize("answers", ["n\n", "\n", ""])
    def test_cancelled_is_8(self, packaged_desk: tuple[Desk, str], answers: str) -> None:
        desk, package = packaged_desk
        answer = desk.type("ratify", package, by="marcos", answers=answers)
        assert (answer.code, answer.out) == (8, "")
        assert desk.waiting() == package

    @pytest.mark.parametrize(
        "kind",
        [
            PipgrantsError,
            UsageError,
            RefusedError,
            NotAuthorisedError,
            TrailIntegrityError,
            NotFoundError,
            ConcurrentChangeError,
            CancelledError,
        ],
    )
    def test_every_error_ends_with_its_own_code(self, kind: type[PipgrantsError]) -> None:
        answer = _run_a_command_that_raises(kind("what is wrong", next_step="what to do"))
        assert answer.exit_code == kind.exit_code
        assert (answer.stdout, answer.stderr) == ("", "Error: what is wrong\n  Next: what to do\n")

    def test_codes_of_the_classes_are_those_promised(self) -> None:
        codes = {kind.__name__: kind.exit_code for kind in PipgrantsError.__subclasses__()}
        assert codes == {
            "UsageError": 2,
            "RefusedError": 3,
            "NotAuthorisedError": 4,
            "TrailIntegrityError": 5,
            "NotFoundError": 6,
            "ConcurrentChangeError": 7,
            "CancelledError": 8,
            "ProblemsError": 3,
        }

    def test_interruption_is_8(self) -> None:
        answer = _run_a_command_that_raises(KeyboardInterrupt())
        assert answer.exit_code == 8
        assert "kept whole or not at all" in answer.stderr

    @pytest.mark.parametrize(
        ("error", "code"),
        [(FileNotFoundError(2, "No such file or directory", "form.xlsx"), 6), (OSError(28, "No space left"), 3)],
    )
    def test_files_that_cannot_be_used_are_no_traceback(self, error: OSError, code: int) -> None:
        answer = _run_a_command_that_raises(error)
        assert answer.exit_code == code
        assert (error.strerror or "") in answer.stderr


def _run_a_command_that_raises(error: BaseException):
    commands = Commands()

    @commands.verb()
    def act(context: typer.Context) -> None:
        """Raises."""
        raise error

    return CliRunner().invoke(commands, [])


class TestFaults:
    CODE = (
        "import sys\n"
        "from pipgrants.cli import app\n"
        "from pipgrants.cli.context import Run\n"
        "Run.show = None\n"
        "sys.argv = ['pipgrants', *sys.argv[1:]]\n"
        "app.main()\n"
    )

    def run(self, desk: Desk, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", self.CODE, "status", "--workspace", str(desk.folder)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})

    def test_fault_of_the_program_is_said_in_few_lines(self, desk: Desk) -> None:
        done = self.run(desk)
        assert (done.returncode, done.stdout) == (1, "")
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) == 3
        assert f"{program.DEBUG}=1" in done.stderr

    def test_fault_shows_everything_when_asked_to(self, desk: Desk) -> None:
        assert "Traceback" in self.run(desk, **{program.DEBUG: "1"}).stderr


def test_reader_that_goes_away_ends_quietly(desk: Desk) -> None:
    program = "import sys; from pipgrants.cli.app import main; main()"
    command = f"'{sys.executable}' -c '{program}' trail show --json --workspace '{desk.folder}' | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_commands_that_messages_name_exist() -> None:
    files = [*(PROJECT / "src").rglob("*.py"), *(PROJECT / "docs").rglob("*.md"), PROJECT / "README.md"]
    commands = [(file.name, command) for file in files for command in _commands_of(file)]
    assert len(commands) > 50
    assert [(name, command) for name, command in commands if not _exists(command)] == []


def _commands_of(file: Path) -> list[str]:
    """What a file quotes as a command to type."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".md":
        return re.findall(r"(?:^\$ |`)pipgrants ([a-z][^`\n]*)", text, flags=re.MULTILINE)
    return re.findall(r"[\"'`({]pipgrants ([a-z][^\"'`\n]*)", text)


def _exists(command: str) -> bool:
    """Whether the group, the verb and every option of a quoted command are there."""
    words = [word.strip("(),;.") for word in command.split()]
    path = next((tuple(words[:size]) for size in (3, 2, 1) if tuple(words[:size]) in PATHS), ())
    found = PATHS[("rank", "run") if path == ("rank",) else path]
    known = {name for parameter in found.params for name in parameter.opts}
    return not isinstance(found, TyperGroup) and set(re.findall(r"(?<= )--[a-z-]+", command)) <= known | {"--help"}


@pytest.mark.parametrize("command", ["frob CALL", "call", "call frob X", "screen CALL --loudly", "letters CALL"])
def test_commands_that_do_not_exist_are_noticed(command: str) -> None:
    assert not _exists(command)
