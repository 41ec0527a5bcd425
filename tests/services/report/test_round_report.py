"""The report of a round: what its figures tell is what the analyses found and the packages say."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import pikepdf
import pytest

from appealed import ENVELOPE, decide, score, told_round, uphold
from grouped import grouped
from marked import decided, marked
from paged import Page, faults, read_page
from pipgrants.domain.appeal import Remedy
from pipgrants.domain.vocabulary import Language, Stage
from pipgrants.errors import NotAuthorisedError, RefusedError, UsageError
from pipgrants.services import amend
from pipgrants.services.access import ACCESS_LOG
from pipgrants.services.analysis.evaluators import evaluators
from pipgrants.services.analysis.fairness import fairness
from pipgrants.services.analysis.optimum import optimum
from pipgrants.services.analysis.robustness import robustness
from pipgrants.services.report import pages
from pipgrants.services.report.decided import announced_of, proof
from pipgrants.services.report.round_report import Written, round_report
from pipgrants.services.report.words import report_words
from pipgrants.services.shipped import shipped
from pipgrants.services.workspace import Workspace
from pipgrants.trail.access_log import lines
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    CALL,
    WHILE_OPEN,
    Round,
    application,
    as_,
    copied,
    edit,
    hash_of_tables,
    open_workspace,
    publish,
)
from staged import END, TWO_STAGES, two_stages

DRAWS = 500
ANNOUNCED = {**ENVELOPE, "rule: skip_and_fill": "rule: optimise\n  objective: sum_of_scores"}
CAPITAL = """allocation:
  envelopes:
    - code: capital
      clause: "6.2"
      title: {en: Projects in the capital, es: Proyectos en la capital, pt: Projetos na capital}
      kind: cap
      amount: 100000
      rule:
        one_of:
          fact: applicant.territory
          values: [HN-FM]
"""


@pytest.fixture(scope="module")
def round_(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return grouped(published.copy(tmp_path_factory.mktemp("grouped") / "agency"))


@pytest.fixture(scope="module")
def page(round_: Round, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return read_page(write(round_, tmp_path_factory.mktemp("report") / "round.html").path)


@pytest.fixture(scope="module")
def many(published: Round, tmp_path_factory: pytest.TempPathFactory) -> Round:
    """Fifty proposals of 100,000 each, whose evaluators differ; the money is enough for twenty-three of them."""
    round_ = published.copy(tmp_path_factory.mktemp("many") / "agency")
    edit(round_.workspace, "calls", CALL, {"envelope_amount: 9000000": "envelope_amount: 2300000"})
    amended = amend.amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=CALL, reason="Menos fondos")
    round_.ratify(amended.package, WHILE_OPEN)
    return decided(marked(round_, 50, mixed))


def mixed(reference: str, evaluator: str, criterion: str) -> Decimal:
    """Marks from 3.5 to 5, so that everybody is above every threshold."""
    drawn = int(reference[1:]) * 7 + len(evaluator) * 3 + sum(map(ord, criterion)) * int(reference[1:]) % 5
    return Decimal(7 + drawn % 4) / 2


@pytest.fixture(scope="module")
def page_of_many(many: Round) -> Page:
    return read_page(write(many, many.workspace.folder / "round.html").path)


def write(round_: Round, out: Path, seed: int = 1, language: Language | None = Language.ENGLISH) -> Written:
    return round_report(
        round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL, out=out, language=language, draws=DRAWS, seed=seed
    )


def test_advisory_stands_first_and_the_page_says_whom_it_is_for(page: Page) -> None:
    assert page.texts[0] == "Advisory: this analysis decides nothing; the published rule of the call does."
    assert "staff and auditors; it names evaluators and is not for applicants" in page.texts


def test_funnel_counts_who_came_to_each_step(page: Page) -> None:
    assert page.tables["Funnel of the round"] == [
        ["Step", "Proposals", "Of received"],
        ["Received", "7", "100.0\u00a0%"],
        ["Late", "0", "0.0\u00a0%"],
        ["Decided on", "7", "100.0\u00a0%"],
        ["Eligible", "5", "71.4\u00a0%"],
        ["Scored", "5", "71.4\u00a0%"],
        ["Ranked", "5", "71.4\u00a0%"],
        ["Above thresholds", "4", "57.1\u00a0%"],
        ["Awarded", "3", "42.9\u00a0%"],
    ]


def test_late_and_withdrawn_were_received_and_not_decided_on(published: Round, tmp_path: Path) -> None:
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("A1"), application("A2")])
    round_.receive([application("B1")], AFTER_DEADLINE)
    round_.to_package({"A1": "5", "A2": "4"})
    rows = read_page(write(round_, tmp_path / "round.html").path).tables["Funnel of the round"]
    assert [row[:2] for row in rows[1:4]] == [["Received", "3"], ["Late", "1"], ["Decided on", "2"]]


def test_distribution_counts_every_total_once(page: Page) -> None:
    rows = page.tables["Distribution of the scores"]
    assert rows[0] == ["Total", "Awarded", "Not awarded", "Below a threshold"]
    assert [sum(int(row[column]) for row in rows[1:]) for column in (1, 2, 3)] == [3, 1, 1]
    assert "5 totals from 52 to 102. The lowest total that was awarded is 82." in page.texts


def test_ranks_are_those_of_the_analysis_of_the_same_seed(page_of_many: Page, many: Round) -> None:
    found = evaluators(many.workspace, as_("aldo"), AFTER_DRAW, call=CALL, draws=DRAWS, seed=1)
    around_line = [line for line in found.proposals if line.rank in range(4, 44) and line.place]
    assert [row[:5] for row in page_of_many.tables["Expected ranks around the line"][1:]] == [
        [
            line.proposal,
            str(line.rank),
            str(line.place.expected_rank),
            str(line.place.rank_low),
            str(line.place.rank_high),
        ]
        for line in around_line
        if line.place
    ]
    assert len(around_line) == 40


def test_acceptability_is_that_of_the_analysis_of_the_same_seed(page: Page, round_: Round) -> None:
    found = robustness(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL, draws=DRAWS, seed=1)
    assert [row[3] for row in page.tables["Acceptability around the line"][1:]] == [
        f"{100 * item.funded_share:.1f}\u00a0%" for item in found.proposals
    ]
    assert len(page.tables["The smallest change of each weight that alters the list"]) == 1 + len(found.weight_changes)


def test_money_is_told_by_territory_and_group(page: Page) -> None:
    assert page.tables["Money by territory"] == [
        ["Territory", "Decided on", "Above the line", "Requested", "Awarded", "Of all money"],
        ["HN-FM", "6", "3", "670,000.00", "290,000.00", "100.0\u00a0%"],
        ["HN-CR", "1", "0", "180,000.00", "0.00", "0.0\u00a0%"],
    ]
    women = [row for row in page.tables["Money by group"] if row[0].startswith("led by women")]
    assert [row[:3] for row in women] == [
        ["led by women: no", "2", "2"],
        ["led by women: yes", "3", "1"],
        ["led by women: unknown", "2", "0"],
    ]


def test_groups_are_those_of_any_member_where_asked(round_: Round, tmp_path: Path) -> None:
    out = tmp_path / "round.html"
    workspace, who = round_.workspace, as_("aldo")
    round_report(
        workspace, who, AFTER_DRAW, call=CALL, out=out, language=Language.ENGLISH, by_any_member=True, draws=100, seed=1
    )
    page, told = read_page(out), fairness(workspace, who, AFTER_DRAW, call=CALL, by_any_member=True).dimensions[0]
    rows = [row[:2] for row in page.tables["Money by group"] if row[0].startswith("led by women")]
    assert rows == [[f"led by women: {group.group}", str(group.decided_count)] for group in told.groups]
    assert any(text.startswith("A proposal counts for the groups of any of its members") for text in page.texts)


def test_every_evaluator_is_told_with_the_leniency(page: Page) -> None:
    rows = page.tables["Leniency of the evaluators"][1:]
    assert {row[0] for row in rows} == {"eva", "emilio", "edna"}
    assert {row[1] for row in rows} == {"5"}


def test_every_figure_but_the_weights_is_drawn_and_every_one_has_its_data(page_of_many: Page) -> None:
    page = page_of_many
    titles = [name for name in page.tables if name != "The smallest change of each weight that alters the list"]
    assert len(page.all("svg")) == len(titles) == 9
    assert all(len(rows) > 1 for rows in page.tables.values())


def test_envelope_is_told_with_its_cost_in_merit(tmp_path: Path) -> None:
    workspace = open_workspace(tmp_path / "fund")
    edit(workspace, "calls", CALL, {"envelope_amount: 9000000": "envelope_amount: 500000", "allocation:\n": CAPITAL})
    round_ = publish(workspace)
    round_.receive([application("A1"), application("A2")])
    round_.to_package({"A1": "5", "A2": "4"})
    page = read_page(write(round_, tmp_path / "round.html").path)
    assert page.tables["Cost of the envelopes in merit"][1:] == [
        ["Projects in the capital", "82", "-10", round_.numbers["A2"], "nobody"]
    ]


@pytest.fixture(scope="module")
def staged(staffed: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Round:
    return two_stages(staffed, tmp_path_factory.mktemp("staged") / "agency")


def test_each_stage_of_a_round_has_its_report(staged: Round, tmp_path: Path) -> None:
    told = {}
    for stage in Stage:
        out = tmp_path / f"{stage}.html"
        round_report(
            staged.workspace,
            as_("aldo"),
            END,
            call=TWO_STAGES,
            out=out,
            language=Language.ENGLISH,
            stage=stage,
            draws=DRAWS,
            seed=1,
        )
        told[stage] = read_page(out)
    steps = {stage: dict(row[:2] for row in page.tables["Funnel of the round"][1:]) for stage, page in told.items()}
    assert (steps[Stage.PROFILE]["Received"], steps[Stage.PROFILE]["Invited"]) == ("3", "2")
    assert (steps[Stage.PROPOSAL]["Received"], steps[Stage.PROPOSAL]["Awarded"]) == ("1", "1")
    assert "No money was awarded at this stage." in told[Stage.PROFILE].texts
    assert told[Stage.PROFILE].texts != told[Stage.PROPOSAL].texts


def test_an_announced_objective_and_appeals_have_figures_of_their_own(staffed: Workspace, tmp_path: Path) -> None:
    round_ = told_round(copied(staffed, tmp_path / "agency"), ANNOUNCED)
    uphold(round_, "below", Remedy.RESCORE)
    score(round_, "below", "5")
    decide(round_)
    page = read_page(write(round_, tmp_path / "round.html").path)
    rows = {row[0]: row[2] for row in page.tables["The selection beside the ranking"][1:]}
    assert rows == {"funded": "2", "by the ranking": "2"}
    assert page.tables["Appeals by how they stand"][1:] == [
        [round_.numbers["below"], "1", "decided", "decline", "reserve"]
    ]


def test_optimum_stands_beside_the_rule_and_says_that_it_is_advisory(page: Page, round_: Round) -> None:
    found = optimum(round_.workspace, as_("aldo"), AFTER_DRAW, call=CALL)
    assert found.is_proved
    assert page.tables["Optimum and rule compared"] == [
        ["Selection", "Objective", "Awards", "Amount", "Mean award"],
        *(
            [name, f"{item.value:,}", str(item.awards_count), f"{item.amount:,}", f"{item.mean_amount:,}"]
            for name, item in (("optimum (advisory)", found.by_optimum), ("by the rule", found.by_rule))
        ),
    ]
    assert any(
        text.startswith("Advisory: the rule of the call decides, and this selection funds") for text in page.texts
    )
    assert any(f"the bound is {found.bound:,}" in text for text in page.texts)


def test_bound_and_gap_of_a_selection_that_is_not_proved_are_told() -> None:
    plain = {"rule": "skip_and_fill", "value": "90", "awards": 1, "amount": "80.00", "mean": "80.00", "funded": ["P-1"]}
    told = announced_of(
        {
            **plain,
            "objective": "sum_of_scores",
            "bound": "1234.5",
            "gap": "0.027",
            "proved": False,
            "settled": False,
            "plain": plain,
        }
    )
    words = report_words(shipped("templates"), Language.SPANISH)
    assert proof(words, told) == (
        "No está demostrado: otra selección puede alcanzar hasta 1.234,5, la cota, de la que a esta le falta "
        "2,7000\u00a0% (la brecha)."
    )


@pytest.mark.parametrize("language", [Language.SPANISH, Language.PORTUGUESE])
def test_report_speaks_the_language_asked_for_in_all_that_it_says(
    language: Language, round_: Round, page: Page, tmp_path: Path
) -> None:
    other = read_page(write(round_, tmp_path / "round.html", language=language).path)
    assert other.all("html") == [{"lang": language.value}]
    assert [len(rows) for rows in other.tables.values()] == [len(rows) for rows in page.tables.values()]
    here, there = ({*found.texts, *found.drawn, *heads(found)} for found in (other, page))
    assert {text for text in here & there if re.search("[a-z]{3}", text)} <= {
        "total",
        "Total",
        "micro",
        *(text for text in here if text.startswith(("HN-", "PIP1")) or "  PIP1" in text),
        *{"eva", "emilio", "edna"},
    }


def heads(page: Page) -> set[str]:
    """The titles of a page's tables with the heads of their columns."""
    return {*page.tables, *(head for rows in page.tables.values() for head in rows[0])}


def test_numbers_are_written_as_the_language_does(round_: Round, tmp_path: Path) -> None:
    page = read_page(write(round_, tmp_path / "round.html", language=Language.SPANISH).path)
    assert page.tables["El dinero por territorio"][1][3:] == ["670.000,00", "290.000,00", "100,0\u00a0%"]


def test_report_speaks_the_first_language_of_the_call_unless_asked(round_: Round, tmp_path: Path) -> None:
    assert write(round_, tmp_path / "round.html", language=None).language == "es"


def test_page_is_built_as_screen_readers_read_it(round_: Round, page_of_many: Page, tmp_path: Path) -> None:
    assert faults(page_of_many) == []
    assert faults(read_page(write(round_, tmp_path / "round.html", language=Language.PORTUGUESE).path)) == []


def test_a_round_without_either_has_neither(page: Page) -> None:
    assert {"The selection beside the ranking", "Appeals by how they stand"}.isdisjoint(page.tables)


def test_round_without_envelopes_says_so(page: Page) -> None:
    assert "No envelopes within that of the call were at work, so none costs anything." in page.texts


def test_ranks_that_are_not_computable_are_said_to_be_so(published: Round, tmp_path: Path) -> None:
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("A1")])
    round_.to_package({"A1": "5"})
    page = read_page(write(round_, tmp_path / "round.html").path)
    assert "Expected ranks are not computable: fewer than two proposals have marks." in page.texts
    assert page.tables["Totals around the line"][1][3:6] == ["–", "–", "–"]
    assert "Expected ranks around the line" not in page.tables


def test_of_a_long_list_those_around_the_line_are_shown(page_of_many: Page) -> None:
    shown = [row[1] for row in page_of_many.tables["Totals around the line"][1:]]
    assert shown == [str(rank) for rank in range(4, 44)]


def test_same_record_and_seed_give_the_same_bytes(round_: Round, tmp_path: Path) -> None:
    one, again, other = (
        write(round_, tmp_path / name, seed).path.read_bytes()
        for name, seed in (("one.html", 1), ("again.html", 1), ("other.html", 2))
    )
    assert one == again
    assert one != other


def test_what_was_approved_says_so(round_: Round, page: Page, tmp_path: Path) -> None:
    approved = round_.copy(tmp_path / "ratified")
    with approved.workspace.read() as unit:
        package = unit.packages.waiting()[0].hash
    approved.ratify(package)
    assert "prepared, not approved yet" in page.texts
    assert "approved" in read_page(write(approved, tmp_path / "round.html").path).texts


def test_reading_is_one_line_of_the_access_log_and_changes_nothing(round_: Round, tmp_path: Path) -> None:
    before, already = hash_of_tables(round_.workspace.folder), [*lines(round_.workspace.folder / ACCESS_LOG)]
    write(round_, tmp_path / "round.html")
    assert hash_of_tables(round_.workspace.folder) == before
    read = [*lines(round_.workspace.folder / ACCESS_LOG)][len(already) :]
    assert [(line.access.did, line.access.subject) for line in read] == [("report.round", f"call/{CALL}")]


def test_report_is_not_for_evaluators(round_: Round, tmp_path: Path) -> None:
    with pytest.raises(NotAuthorisedError):
        round_report(round_.workspace, as_("eva"), AFTER_DRAW, call=CALL, out=tmp_path / "round.html")
    assert not (tmp_path / "round.html").exists()


def test_nothing_is_reported_before_the_decisions_are_prepared(published: Round, tmp_path: Path) -> None:
    round_ = published.copy(tmp_path / "agency")
    round_.receive([application("A1")])
    round_.screen()
    with pytest.raises(RefusedError, match="are not ranked yet") as refused:
        write(round_, tmp_path / "round.html")
    assert refused.value.next_step == f"pipgrants rank run {CALL}"
    round_.score({"A1": Decimal(5)})
    round_.rank()
    with pytest.raises(RefusedError, match="no decision") as refused:
        write(round_, tmp_path / "round.html")
    assert refused.value.next_step == f"pipgrants allocate {CALL}"


def test_file_that_exists_stays(round_: Round, tmp_path: Path) -> None:
    (tmp_path / "round.html").write_text("mine")
    with pytest.raises(RefusedError, match="exists already"):
        write(round_, tmp_path / "round.html")
    assert (tmp_path / "round.html").read_text() == "mine"


def test_file_of_another_kind_is_refused(round_: Round, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is neither an HTML nor a PDF file") as refused:
        write(round_, tmp_path / "round.docx")
    assert refused.value.next_step == "name a file that ends in .html or .pdf"


@pytest.mark.parametrize(
    ("package", "file", "extra"),
    [("matplotlib", "round.html", "report"), ("matplotlib", "round.pdf", "report"), ("typst", "round.pdf", "pdf")],
)
def test_machine_without_a_package_is_told_what_to_install(
    round_: Round, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, file: str, extra: str
) -> None:
    monkeypatch.setattr(pages, "find_spec", lambda name: None if name == package else find_spec(name))
    with pytest.raises(RefusedError, match=f"needs the package {package}") as refused:
        write(round_, tmp_path / file)
    assert refused.value.next_step == f"pip install 'pipgrants[{extra}]'"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs the system tool pdftotext (poppler-utils)")
def test_pdf_tells_the_same_and_is_the_same_each_time(page: Page, round_: Round, tmp_path: Path) -> None:
    one, again = (write(round_, tmp_path / name).path for name in ("one.pdf", "again.pdf"))
    assert one.read_bytes() == again.read_bytes()
    told = subprocess.run(["pdftotext", "-raw", one, "-"], capture_output=True, check=True, text=True).stdout
    assert told.startswith(page.texts[0])
    assert all(title in told for title in page.tables)


def test_pdf_is_tagged_with_headings_tables_and_alternatives_of_its_pictures(round_: Round, tmp_path: Path) -> None:
    with pikepdf.open(write(round_, tmp_path / "round.pdf").path) as pdf:
        assert (str(pdf.Root.Lang), bool(pdf.Root.MarkInfo.Marked)) == ("en", True)
        found = list(structure(pdf.Root.StructTreeRoot))
    kinds = [kind for kind, _ in found]
    assert [kind for kind in kinds if kind in {"/H1", "/H2"}] == ["/H1"] + ["/H2"] * 7
    assert kinds.count("/Table") == 9
    assert [alternative.split(".")[0] for kind, alternative in found if kind == "/Figure"] == [
        "Funnel of the round",
        "Distribution of the scores",
        "Totals around the line",
        "Acceptability around the line",
        "Money by territory",
        "Money by group",
        "Leniency of the evaluators",
        "Optimum and rule compared",
    ]


def structure(element: pikepdf.Object) -> Iterator[tuple[str, str]]:
    """The kind of each element of a PDF's structure with its alternative text, in order."""
    if isinstance(element, pikepdf.Array):
        for child in element:
            yield from structure(child)
    elif isinstance(element, pikepdf.Dictionary):
        if "/S" in element:
            yield str(element.S), str(element.get("/Alt", ""))
        yield from structure(element.get("/K", pikepdf.Array()))
