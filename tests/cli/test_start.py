"""``init`` and ``demo``."""

from collections.abc import Callable
from pathlib import Path

import pytest

from desk import Answer, Desk
from pipgrants.services import demo
from rounds import FUND
from signing import needs_ssh_keygen
from standards import mistakes_of_360giving, mistakes_of_common_grants, mistakes_of_iati


def test_new_workspace_holds_everything_and_says_what_comes_next(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "agency")
    answer = desk.do("init", str(desk.folder), "--administrator", "ada", "--name", "Ada Ministro")
    assert [line for line in answer.out.splitlines() if len(line) > 80 and str(tmp_path) not in line] == []
    kept = sorted(path.name for path in desk.folder.iterdir() if not path.name.startswith("pipgrants.db-"))
    assert kept == [
        "backups",
        "checkpoints",
        "evidence",
        "letters",
        "notices",
        "pipgrants.db",
        "templates",
        "workflows",
    ]
    actors = desk.do("actor", "list", "--json").json["actors"]
    assert [(actor["actor"], actor["name"], actor["roles"]) for actor in actors] == [
        ("ada", "Ada Ministro", ["administrator"])
    ]


def test_administrator_has_a_name_of_its_own_accord(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "agency")
    assert desk.do("init", str(desk.folder), "--json").json["administrator"] == "admin"


def test_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    answer = Desk(tmp_path).type("init", str(tmp_path))
    assert answer.code == 3
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_folder_that_cannot_be_made_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    answer = Desk(tmp_path).type("init", str(tmp_path / "file" / "agency"))
    assert answer.code == 3
    assert "Traceback" not in answer.err


def test_commands_proposed_after_init_work(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "agency")
    proposed = desk.do("init", str(desk.folder)).out.split("Next:")[1]
    commands = [line.strip() for line in proposed.splitlines() if line.strip().startswith("pipgrants ")]
    assert len(commands) == 3
    import shlex

    for command in commands:
        desk.do(*shlex.split(command)[1:])


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("faker", reason="the demonstration invents its applications with faker (extra: demo)")
    monkeypatch.setattr(demo, "APPLICATIONS_COUNT", 12)


@pytest.fixture(scope="class")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, Answer]:
    """A small demonstration, and what it said."""
    pytest.importorskip("faker", reason="the demonstration invents its applications with faker (extra: demo)")
    desk = Desk(tmp_path_factory.mktemp("demonstrated") / "demo")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(demo, "APPLICATIONS_COUNT", 12)
        return desk, desk.do("demo", str(desk.folder))


@pytest.mark.usefixtures("small_demo")
class TestDemo:
    def test_demonstration_runs_to_the_letters(self, demonstrated: tuple[Desk, Answer]) -> None:
        desk, answer = demonstrated
        lines = answer.out.splitlines()
        assert "ynthetic" in answer.out
        assert f"  pipgrants status --workspace {desk.folder}" in lines
        assert "releasing the letters" in answer.err
        assert list((desk.folder / "letters").rglob("*.txt"))

    @pytest.mark.parametrize(
        ("verb", "suffix", "mistakes_of"),
        [
            ("360giving", "json", mistakes_of_360giving),
            ("commongrants", "json", mistakes_of_common_grants),
            ("iati", "xml", mistakes_of_iati),
        ],
    )
    def test_exports_of_the_demonstration_keep_to_their_standards(
        self,
        demonstrated: tuple[Desk, Answer],
        tmp_path: Path,
        shared_data: Path,
        verb: str,
        suffix: str,
        mistakes_of: Callable[[Path, bytes], list[str]],
    ) -> None:
        path = tmp_path / f"{verb}.{suffix}"
        found = demonstrated[0].do("export", verb, FUND, "--out", str(path), "--json", by="officer").json
        assert found["awards_count"] > 0
        assert mistakes_of(shared_data / "standards", path.read_bytes()) == []

    def test_summary_is_json_too(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path / "demo")
        summary = desk.do("demo", str(desk.folder), "--seed", "7", "--json").json
        assert (summary["received_count"], summary["call"]) == (12, "pip-one-stage")
        assert "synthetic" in summary["label"]

    @needs_ssh_keygen
    def test_approvals_are_signed_with_throw_away_keys(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path / "demo")
        assert "Approvals             signed with keys of the demonstration" in desk.do("demo", str(desk.folder)).out
        entries = desk.do("trail", "show", "--json", "--limit", "10000").json["entries"]
        signed = [entry["act"] for entry in entries if "signature" in entry["inputs"]]
        assert signed == ["ProgrammeActivated", "CallAuthorised", "AllocationRatified"]
        private = [path for path in desk.folder.rglob("*") if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
        assert sorted(path.relative_to(desk.folder).as_posix() for path in private) == [
            "demo/keys/manager",
            "demo/keys/officer",
        ]
        assert [oct(path.stat().st_mode)[-3:] for path in private] == ["600", "600"]
        assert len(desk.checkpoints(".sig")) == 6, "each act that decides, and each release, leaves a signed one"
        assert len(desk.checkpoints(".txt")) > 6, "a release keeps another one before it"

    def test_without_ssh_keygen_it_says_that_approvals_are_unsigned(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        desk = Desk(tmp_path / "demo")
        assert "Approvals             unsigned: ssh-keygen is not installed" in desk.do("demo", str(desk.folder)).out
        assert not (desk.folder / "demo" / "keys").exists()
        assert list((desk.folder / "checkpoints").glob("*.sig")) == []

    def test_earlier_demonstration_is_removed_only_when_asked_to(self, tmp_path: Path) -> None:
        desk = Desk(tmp_path / "demo")
        desk.do("demo", str(desk.folder))
        answer = desk.type("demo", str(desk.folder))
        assert (answer.code, "--fresh" in answer.err) == (3, True)
        desk.do("demo", str(desk.folder), "--fresh")


@pytest.mark.parametrize(
    ("mapping", "code", "said"),
    [
        ("danmark", 6, "there is no file"),
        ("broken.yaml", 3, "broken.yaml:1"),
        ("ecsel", 3, "the column is missing"),
    ],
)
def test_mapping_that_is_none_of_the_list_leaves_no_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapping: str, code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").write_text("project,amount\nA,1\n")
    (tmp_path / "broken.yaml").write_text("colums: {}\n")
    answer = Desk(tmp_path).type("demo", "round", "--applications", "list.csv", "--mapping", mapping)
    assert (answer.code, said in answer.err) == (code, True), answer.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.yaml", "list.csv"]


def test_mapping_of_invented_applications_is_usage(tmp_path: Path) -> None:
    pytest.importorskip("faker", reason="the demonstration invents its applications with faker (extra: demo)")
    answer = Desk(tmp_path).type("demo", str(tmp_path / "demo"), "--mapping", "ecsel")
    assert (answer.code, "--applications FILE" in answer.err) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    answer = Desk(tmp_path).type("demo", str(tmp_path / "demo"), "--applications", str(tmp_path / "none.csv"))
    assert answer.code in (3, 6)
    assert "none.csv" in answer.err
