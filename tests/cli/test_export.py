"""``export`` as a coordination officer types it."""

from pathlib import Path

import pytest

from desk import Desk
from rounds import AFTER_DRAW, CALL, FUND, Round


@pytest.fixture(scope="module")
def told(packaged: tuple[Round, str], tmp_path_factory: pytest.TempPathFactory) -> Round:
    """A round with three awards, whose letters are released."""
    round_ = packaged[0].copy(tmp_path_factory.mktemp("told") / "agency")
    round_.ratify(packaged[1])
    round_.release(AFTER_DRAW)
    return round_


@pytest.fixture
def desk(told: Round, tmp_path: Path) -> Desk:
    return Desk(told.copy(tmp_path / "agency").workspace.folder, AFTER_DRAW)


def test_export_says_what_was_written(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "grants.csv"
    answer = desk.do("export", "360giving", CALL, "--out", str(path), by="olga")
    assert answer.out.splitlines() == [
        "SYNTHETIC: this workspace holds invented data.",
        "",
        f"Wrote 3 awards to {path}.",
        "",
        "Calls",
        f"  {CALL}",
    ]
    assert path.read_bytes().startswith(b"\xef\xbb\xbfIdentifier,Title,")


@pytest.mark.parametrize(("verb", "file"), [("360giving", "g.json"), ("commongrants", "c.json"), ("iati", "i.xml")])
def test_export_as_json(desk: Desk, tmp_path: Path, verb: str, file: str) -> None:
    path = tmp_path / file
    found = desk.do("export", verb, FUND, "--out", str(path), "--json", by="marcos").json
    assert found == {
        "name": FUND,
        "calls": [CALL],
        "awards_count": 3,
        "file": str(path),
        "labels": ["SYNTHETIC: this workspace holds invented data."],
    }


@pytest.mark.parametrize(
    ("words", "by", "code", "said"),
    [
        (("360giving", CALL, "--out", "grants.xlsx"), "olga", 2, "name a file that ends in .json or .csv"),
        (("iati", CALL, "--out", "activities.xml"), "eva", 4, "auditor"),
        (("commongrants", "absent", "--out", "calls.json"), "olga", 6, "there is no programme 'absent'"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], by: str, code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = desk.type("export", *words, by=by)
    assert (answer.code, said in " ".join(answer.err.split())) == (code, True)
    assert not Path(words[-1]).exists()


def test_programme_shows_who_publishes_its_open_data(desk: Desk) -> None:
    assert publisher(desk) == [
        "  Name               Agency for Productive Linkages (invented)",
        "  Identifier         XX-INVENTED-0001",
        "  Grants begin with  XX-INVENTED-0001",
        "  Kind (IATI)        10",
        "  Country            HN",
        "  Sector (OECD DAC)  250",
        "  Defaults (IATI)    flow type 10, finance type 110, aid type C01, tied status 5",
    ]


def test_programme_shows_what_iati_needs_too(desk: Desk) -> None:
    file = desk.folder / "workflows" / "programmes" / f"{FUND}.yaml"
    file.write_text(file.read_text().replace('  organisation_type: "10"\n', "").replace('  sector: "250"\n', ""))
    assert publisher(desk)[-1] == "  IATI needs too     organisation_type, sector"


def publisher(desk: Desk) -> list[str]:
    told = desk.do("programme", "check", FUND).out
    return told.split("Publisher of open data\n")[1].split("\n\n")[0].splitlines()
