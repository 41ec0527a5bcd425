"""What letters and explanations call things: papers and parties by name, changes by value, the end of a call by law."""

import re
from datetime import datetime
from pathlib import Path

import orjson
import pytest

from pipgrants.domain.application import Application
from pipgrants.domain.vocabulary import Language
from pipgrants.services import calls, explain, imports, letters, notices, parties, views
from pipgrants.services.amend import amend_call
from pipgrants.services.release import release
from pipgrants.services.workspace import Workspace
from rounds import AFTER_DEADLINE, WHILE_OPEN, Round, application, as_, copied, edit, publish

LANGUAGES = [Language.ENGLISH, Language.SPANISH, Language.PORTUGUESE]
MOVED = {
    "closes_at: 2026-03-31 17:00": "closes_at: 2026-04-15 17:00",
    "minimum_share: 0.50\n  of: proposal": "minimum_share: 0.55\n  of: proposal",
    "evaluators_count: 3": "evaluators_count: 2",
}


def text(round_: Round, reference: str) -> str:
    """The last letter about a proposal, without line breaks."""
    return " ".join(letters.preview(round_.workspace, round_.numbers[reference]).text.split())


def explained(round_: Round, reference: str, language: str | None = None) -> str:
    return " ".join(explain.explain(round_.workspace, round_.numbers[reference], language).text.split())


def amend(round_: Round, changes: dict[str, str]) -> str:
    edit(round_.workspace, "calls", round_.call, changes)
    found = amend_call(round_.workspace, as_("olga"), WHILE_OPEN, file=round_.call, reason="Feriado nacional")
    return found.package


def contesting(reference: str, language: Language) -> Application:
    """An application that pledges a paper of a bank that another one pledges too."""
    made = application(reference, evidence="Carta 7/2026", language=language)
    papers = tuple(paper._replace(issuer="Banco del Valle") for paper in made.evidence)
    return made._replace(evidence=papers)


@pytest.mark.parametrize(
    ("language", "rows"),
    [
        (
            Language.ENGLISH,
            [
                "last minute for applications||March 31, 2026, 17:00 (Tegucigalpa time, UTC−06:00)|"
                "April 15, 2026, 17:00 (Tegucigalpa time, UTC−06:00)",
                "how proposals are scored: evaluators of each proposal|5.1|3|2",
                "lowest share of the counterpart|4.2|50%|55%",
            ],
        ),
        (
            Language.SPANISH,
            [
                "cierre de la recepción de solicitudes||31 de marzo de 2026 a las 17:00 (hora de Tegucigalpa, "
                "UTC−06:00)|15 de abril de 2026 a las 17:00 (hora de Tegucigalpa, UTC−06:00)",
                "cómo se evalúan las propuestas: evaluadores de cada propuesta|5.1|3|2",
                "porcentaje mínimo de contrapartida|4.2|50 %|55 %",
            ],
        ),
        (
            Language.PORTUGUESE,
            [
                "encerramento do recebimento de candidaturas||31 de março de 2026 às 17:00 (horário de Tegucigalpa, "
                "UTC−06:00)|15 de abril de 2026 às 17:00 (horário de Tegucigalpa, UTC−06:00)",
                "como as propostas são avaliadas: avaliadores de cada proposta|5.1|3|2",
                "percentual mínimo de contrapartida|4.2|50%|55%",
            ],
        ),
    ],
)
def test_a_corrigendum_says_what_changes_from_what_to_what(round_: Round, language: Language, rows: list[str]) -> None:
    round_.receive([application("A1", language=language)])
    round_.ratify(amend(round_, MOVED), WHILE_OPEN)
    letter = letters.preview(round_.workspace, round_.numbers["A1"])
    page = letter.html.replace("\xa0", " ").partition("<tbody")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in page.split("</tr>")]
    assert ["|".join(row) for row in cells if row] == rows
    assert language != Language.ENGLISH or "Feriado nacional" in letter.text


def test_the_one_who_approves_an_amendment_sees_what_the_corrigendum_will_say(round_: Round) -> None:
    assert views.show_package(round_.workspace, amend(round_, MOVED)).changed == (
        "last minute for applications: March 31, 2026, 17:00 (Tegucigalpa time, UTC−06:00) → "
        "April 15, 2026, 17:00 (Tegucigalpa time, UTC−06:00)",
        "how proposals are scored: evaluators of each proposal (clause 5.1): 3 → 2",
        "lowest share of the counterpart (clause 4.2): 50% → 55%",
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_contested_paper_is_called_as_the_applicant_calls_it(round_: Round, language: Language) -> None:
    round_.receive([contesting("A1", language), contesting("A2", language)])
    round_.screen()
    for said in (text(round_, "A1"), explained(round_, "A1")):
        assert "Carta 7/2026" in said and "Taller A1-1" in said
        assert "paper:" not in said and "E-000001" not in said


DESKS = {
    Language.ENGLISH: "Agency for Productive Linkages, calls desk",
    Language.SPANISH: "Agencia de Encadenamientos Productivos, ventanilla de convocatorias",
    Language.PORTUGUESE: "Agência de Encadeamentos Produtivos, balcão de chamadas",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_letter_notice_and_form_name_the_agency_in_their_language(round_: Round, language: Language) -> None:
    round_.receive([application("A1", language=language)])
    folder = round_.workspace.folder
    imports.write_form(round_.workspace, round_.call, folder / "form", language)
    notices.write_notices(round_.workspace, round_.call)
    told = (
        text(round_, "A1"),
        (folder / "notices" / round_.call / f"notice.{language}.txt").read_text(encoding="utf-8"),
        (folder / "form" / "instructions.txt").read_text(encoding="utf-8-sig"),
    )
    for said in (" ".join(item.split()) for item in told):
        assert {name for name, desk in DESKS.items() if desk in said} == {language}


def test_the_issuer_of_a_contested_paper_is_the_remedy(round_: Round) -> None:
    round_.receive([contesting("A1", Language.ENGLISH), contesting("A2", Language.ENGLISH)])
    round_.screen()
    said = text(round_, "A1")
    assert "Have the issuer of the contested paper state in writing which proposal it supports" in said
    assert "Raise" not in said


def test_a_redacted_party_is_cited_by_its_number(round_: Round) -> None:
    """A member that is not the lead is named in the letter to the lead."""
    made = application("A1")
    line = made.counterpart_lines[0]._replace(party="M2", evidence=None)
    round_.receive([made._replace(counterpart_lines=(line,))])
    round_.screen()
    assert "Taller A1-2" in text(round_, "A1")
    parties.redact(round_.workspace, as_("olga"), AFTER_DEADLINE, party="E-000002", reason="Solicitud")
    for said in (text(round_, "A1"), explained(round_, "A1")):
        assert "E-000002" in said and "Taller A1-2" not in said
    assert "Taller A1-1" in text(round_, "A1")
    parties.redact(round_.workspace, as_("olga"), AFTER_DEADLINE, party="E-000001", reason="Solicitud")
    assert "[datos suprimidos] Carta:" in text(round_, "A1")
    assert [letter.recipient for letter in round_.letters()] == [None, None]


def test_only_letters_with_findings_hold_names(round_: Round) -> None:
    round_.receive([contesting("A1", Language.ENGLISH), contesting("A2", Language.ENGLISH)])
    round_.screen()
    receipt, request = round_.letters("A1")
    assert ["parties" in orjson.loads(letter.recipient or "{}") for letter in (receipt, request)] == [False, True]
    assert ["references" in orjson.loads(letter.data) for letter in (receipt, request)] == [False, True]


ENDED = [
    (
        Language.ENGLISH,
        {"cancel": "has been cancelled", "declare_void": "has been declared void"},
        {"cancel": "The call was cancelled;", "declare_void": "The call was declared void;"},
    ),
    (
        Language.SPANISH,
        {"cancel": "Se ha cancelado la convocatoria", "declare_void": "ha quedado sin efecto"},
        {"cancel": "La convocatoria fue cancelada;", "declare_void": "La convocatoria quedó sin efecto;"},
    ),
    (
        Language.PORTUGUESE,
        {"cancel": "foi cancelada", "declare_void": "foi tornada sem efeito"},
        {"cancel": "A chamada foi cancelada;", "declare_void": "A chamada foi tornada sem efeito;"},
    ),
]


@pytest.mark.parametrize(("language", "told", "explanation"), ENDED)
@pytest.mark.parametrize(("trigger", "now"), [("cancel", WHILE_OPEN), ("declare_void", AFTER_DEADLINE)])
def test_a_cancelled_and_a_void_call_are_told_apart(
    round_: Round,
    trigger: str,
    now: datetime,
    language: Language,
    told: dict[str, str],
    explanation: dict[str, str],
) -> None:
    round_.receive([application("A1", language=language)])
    if trigger == "declare_void":
        round_.screen()
    calls.end_call(round_.workspace, as_("marcos"), now, call=round_.call, trigger=trigger, reason="Sin fondos")
    release(round_.workspace, as_("olga"), now, call=round_.call)
    assert [(shown in text(round_, "A1")) for shown in told.values()] == [trigger == one for one in told]
    assert explanation[trigger] in explained(round_, "A1")


@pytest.mark.parametrize(
    ("language", "minimum", "points"),
    [
        (
            Language.ENGLISH,
            "Minimum total Clause: 5.1 Required: at least 60 Seen in your proposal: 20",
            "Priority points 2",
        ),
        (
            Language.SPANISH,
            "Total mínimo Cláusula: 5.1 Exigido: al menos 60 Constatado en su propuesta: 20",
            "Puntos de prioridad 2",
        ),
        (
            Language.PORTUGUESE,
            "Total mínimo Cláusula: 5.1 Exigido: no mínimo 60 Constatado na sua proposta: 20",
            "Pontos de prioridade 2",
        ),
    ],
)
def test_a_declined_proposal_is_told_each_threshold_it_missed(
    round_: Round, language: Language, minimum: str, points: str
) -> None:
    round_.receive([application("A1", language=language), application("A2", language=language)])
    round_.ratify(round_.to_package({"A1": "1", "A2": "5"}))
    (below,) = [letter for letter in round_.letters("A1") if letter.kind == "decline"]
    assert len(orjson.loads(below.data)["reasons"]) == 9
    said = text(round_, "A1")
    assert (minimum in said, points in said, "evaluation." in said) == (True, True, False)


def test_a_letter_renders_from_templates_that_lack_what_a_newer_program_asks_for(
    staffed: Workspace, tmp_path: Path
) -> None:
    """As if the sections and labels left out came with a later version than the one that stored the templates."""
    said = []
    for name in ("complete", "older"):
        workspace = copied(staffed, tmp_path / name)
        if name == "older":
            without(workspace, "wording/findings.es.yaml", "remedies:")
            without(workspace, "wording/words.es.yaml", "  section_next_steps:")
        round_ = publish(workspace)
        round_.receive([application("A1", counterpart="80000")])
        round_.screen()
        said += [text(round_, "A1")]
    assert said[0] == said[1]


def without(workspace: Workspace, name: str, start: str) -> None:
    """Takes a key, and what is indented below it, out of a wording of the workspace."""
    path = workspace.folder / "templates" / name
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next(place for place, line in enumerate(lines) if line.startswith(start))
    indent = len(start) - len(start.lstrip())
    last = first + 1
    while last < len(lines) and len(lines[last]) - len(lines[last].lstrip()) > indent:
        last += 1
    path.write_text("".join(lines[:first] + lines[last:]), encoding="utf-8")
