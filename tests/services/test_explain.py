"""``explain``: the marks behind each mark, how ties were broken, and who prepared and approved, without evaluators."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.application import SubmittedScore
from pipgrants.domain.vocabulary import Language, Role
from pipgrants.services import answers, evaluation, keys, letters, people, ratify
from pipgrants.services.explain import Explanation, explain
from pipgrants.services.letters import Renderer
from rounds import (
    AFTER_DEADLINE,
    AFTER_DRAW,
    BEFORE_OPENING,
    SCORING,
    SOURCE,
    WHILE_OPEN,
    Round,
    application,
    as_,
    criteria,
)
from signing import fingerprint, make_key, needs_ssh_keygen, public


@pytest.fixture
def tied(round_: Round) -> Round:
    """A ranked round: A1 and A2 have the same total and were drawn; A3 is alone with its own."""
    round_.receive([application("A1"), application("A2"), application("A3")])
    round_.screen()
    round_.score({"A1": Decimal(4), "A2": Decimal(4), "A3": Decimal(3)})
    round_.draw()
    round_.rank()
    return round_


def explained(round_: Round, reference: str, language: str = "en") -> Explanation:
    return explain(round_.workspace, round_.numbers[reference], language)


def test_a_tie_that_was_drawn_is_told_from_both_sides(tied: Round) -> None:
    first, second = sorted(("A1", "A2"), key=lambda name: explained(tied, name).data["rank"] or 0)
    common = {
        "tied_count": 2,
        "rules": ["priority", "draw"],
        "drawn_count": 2,
        "draw_key": "1.2.3.4.5.6./1.2.3.4.5.6.7./",
    }
    above, below = explained(tied, first).data, explained(tied, second).data
    assert (above["ties"], above["tie_broken_by"]) == ({**common, "next_broken_by": "draw"}, None)
    assert (below["ties"], below["tie_broken_by"]) == ({**common, "next_broken_by": None}, "draw")
    assert explained(tied, "A3").data["ties"] is None
    assert tied.numbers[second] not in explained(tied, first).text


def test_each_mark_is_shown_with_those_it_was_combined_from(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    round_.assign()
    given = {"eva": Decimal("4.5"), "emilio": Decimal(2), "edna": Decimal(4)}
    scores = [
        SubmittedScore(round_.numbers["A1"], actor, code, mark)
        for actor, mark in given.items()
        for code in criteria(round_)
    ]
    evaluation.score(round_.workspace, as_("olga"), SCORING, call=round_.call, scores=scores, source=SOURCE)
    round_.close_scores()
    assert explained(round_, "A1").data["scores"] == []
    round_.rank()
    marks = {(score["mark"], tuple(score["given"])) for score in explained(round_, "A1").data["scores"]}
    assert marks == {("3.5", ("2", "4", "4.5"))}
    assert "2; 4; 4.5" in explained(round_, "A1").text


def test_the_points_shown_add_up_to_the_total_in_the_explanation_and_in_the_letter(round_: Round) -> None:
    """Marks of thirds, and a criterion that no evaluator found applicable."""
    round_.receive([application("A1")])
    round_.screen()
    round_.assign()
    first, *others = criteria(round_)
    scores = [
        SubmittedScore(round_.numbers["A1"], actor, code, mark)
        for actor, mark in (("eva", Decimal(4)), ("emilio", Decimal(4)), ("edna", Decimal(3)))
        for code in others
    ]
    scores += [SubmittedScore(round_.numbers["A1"], actor, first, None) for actor in ("eva", "emilio", "edna")]
    evaluation.score(round_.workspace, as_("olga"), SCORING, call=round_.call, scores=scores, source=SOURCE)
    round_.close_scores()
    round_.rank()
    told = explained(round_, "A1").data
    assert {score["mark"] for score in told["scores"]} == {None, "3.6667"}
    added = sum(Decimal(score["points"] or "") for score in told["scores"])
    assert added + Decimal(told.get("points") or 0) == Decimal(told["total"] or "")
    round_.ratify(round_.prepare().package)
    with round_.workspace.read() as unit:
        letter = Renderer(unit).data(round_.letters("A1")[-1])
    assert [score["points"] for score in letter["scores"]] == [score["points"] for score in told["scores"]]


def test_who_prepared_and_who_approved_stand_with_their_entries(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    before = explained(round_, "A1").data
    assert (before["prepared"], before["approved"]) == (None, None)
    round_.ratify(package)
    prepared = round_.entries(act="PackagePrepared", subject=f"package/{package}")[-1]["sequence"]
    [approved] = [entry["sequence"] for entry in round_.entries(act="AllocationRatified")]
    found = explained(round_, "A1")
    told = [
        (act["actor"], act["entry"], act["fingerprint"]) for act in (found.data["prepared"], found.data["approved"])
    ]
    assert told == [("olga", prepared, None), ("marcos", approved, None)]
    assert {prepared, approved} <= {act["entry"] for act in found.data["history"]}
    entries = [act["entry"] for act in found.data["history"]]
    assert entries == sorted(entries)
    for language, sentence in {
        "en": f"marcos approved it (entry {approved}), without a signature.",
        "es": f"marcos la aprobó (asiento {approved}), sin firma.",
        "pt": f"marcos a aprovou (registro {approved}), sem assinatura.",
    }.items():
        assert sentence in " ".join(explained(round_, "A1", language).text.split())


def test_a_package_that_was_returned_was_prepared_by_who_did_it_last(packaged_round: tuple[Round, str]) -> None:
    round_, package = packaged_round
    ratify.return_package(round_.workspace, as_("marcos"), AFTER_DRAW, package=package, reason="Falta el acta")
    round_.ratify(round_.prepare().package)
    prepared = [entry["sequence"] for entry in round_.entries(act="PackagePrepared", subject=f"package/{package}")]
    assert len(prepared) == 2
    told = explained(round_, "A1").data["prepared"]
    assert told is not None and told["entry"] == prepared[-1]


@needs_ssh_keygen
def test_a_signed_approval_names_the_key(packaged_round: tuple[Round, str], tmp_path: Path) -> None:
    round_, package = packaged_round
    key = make_key(tmp_path / "marcos")
    keys.register_key(round_.workspace, as_("admin"), BEFORE_OPENING, actor="marcos", file=public(key))
    ratify.ratify(round_.workspace, as_("marcos"), AFTER_DRAW, package=package, key=key)
    text = " ".join(explained(round_, "A1").text.split())
    assert f"signed with the key {fingerprint(key)}." in text


def test_an_evaluator_who_scores_under_another_role_is_not_named(round_: Round) -> None:
    people.grant_role(round_.workspace, as_("admin"), WHILE_OPEN, actor="eva", role=Role.COORDINATION_OFFICER)
    round_.receive([application("A1")])
    round_.screen()
    round_.assign()
    people.revoke_role(round_.workspace, as_("admin"), SCORING, actor="eva", role=Role.EVALUATOR, reason="Traslado")
    scores = [SubmittedScore(round_.numbers["A1"], "eva", code, Decimal(4)) for code in criteria(round_)]
    evaluation.score(round_.workspace, as_("eva"), SCORING, call=round_.call, scores=scores, source=SOURCE)
    [scored] = round_.entries(act="ProposalScored")
    assert scored["role"] == "coordination_officer"
    assert not re.search(r"\beva\b", explained(round_, "A1").text)


def test_no_evaluator_is_named(round_: Round) -> None:
    round_.receive([application("A1")])
    round_.screen()
    round_.assign()
    for actor in ("eva", "emilio", "edna"):
        scores = [SubmittedScore(round_.numbers["A1"], actor, code, Decimal(4)) for code in criteria(round_)]
        evaluation.score(round_.workspace, as_(actor), SCORING, call=round_.call, scores=scores, source=SOURCE)
    found = explained(round_, "A1")
    assert [act["actor"] for act in found.data["history"] if act["act"] == "ProposalScored"] == [None] * 3
    shown = f"{found.text}{json.dumps(found.data)}"
    assert re.findall(r"\b(?:eva|emilio|edna)\b", shown) == []


# How proposals end without a decision on their merit

LATE_AT = datetime(2026, 3, 31, 23, 20, tzinfo=UTC)
"""17:20 in Tegucigalpa, twenty minutes after the deadline."""


def decision(round_: Round, reference: str, language: str) -> str:
    """The first section of an explanation, in one line."""
    heading = {"en": "Decision", "es": "Decisión", "pt": "Decisão"}[language]
    return " ".join(re.split(rf"^{heading}\n-+\n", explained(round_, reference, language).text, flags=re.M)[1].split())


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            "It arrived on March 31, 2026, 17:20 (Tegucigalpa time, UTC−06:00), after the deadline of March 31, 2026, "
            "17:00 (Tegucigalpa time, UTC−06:00). An application that comes late does not compete, whatever its merit, "
            "and is not assessed. Letter L-000001 says so. An appeal can be filed until April 21, 2026, that day "
            "included, with: Appeals committee of the Competitiveness Fund, appeals@competitiveness-fund.example "
            "(clause 7.2 of the call).",
        ),
        (
            "es",
            "Llegó el 31 de marzo de 2026 a las 17:20 (hora de Tegucigalpa, UTC−06:00), después del cierre, que fue el "
            "31 de marzo de 2026 a las 17:00 (hora de Tegucigalpa, UTC−06:00). Una solicitud que llega tarde no "
            "compite, cualquiera que sea su mérito, y no se evalúa. Así lo dice la carta L-000001. Puede presentarse "
            "un recurso hasta el 21 de abril de 2026 inclusive, ante: Comité de apelaciones del Fondo de "
            "Competitividad, appeals@competitiveness-fund.example (cláusula 7.2 de la convocatoria).",
        ),
        (
            "pt",
            "Chegou em 31 de março de 2026 às 17:20 (horário de Tegucigalpa, UTC−06:00), depois do encerramento, que "
            "foi em 31 de março de 2026 às 17:00 (horário de Tegucigalpa, UTC−06:00). Uma candidatura que chega com "
            "atraso não concorre, seja qual for o seu mérito, e não é avaliada. Assim diz a carta L-000001. Pode-se "
            "apresentar recurso até 21 de abril de 2026, inclusive, a:",
        ),
    ],
)
def test_a_late_application_is_told_its_deadline_and_how_to_appeal(
    round_: Round, language: str, sentences: str
) -> None:
    round_.receive([application("A1")._replace(received_at=LATE_AT)], AFTER_DEADLINE)
    assert "L-000001 says so and is not released yet. An appeal can be filed within 10 working" in decision(
        round_, "A1", "en"
    )
    round_.release(AFTER_DEADLINE)
    assert decision(round_, "A1", language).startswith(sentences)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The applicant withdrew the proposal on March 2, 2026, 09:00 (Tegucigalpa time, UTC−06:00). It does"),
        (
            "es",
            "El solicitante retiró la propuesta el 2 de marzo de 2026 a las 09:00 (hora de Tegucigalpa, UTC−06:00).",
        ),
        ("pt", "O proponente retirou a proposta em 2 de março de 2026 às 09:00 (horário de Tegucigalpa, UTC−06:00)."),
    ],
)
def test_a_withdrawal_is_told_with_its_moment(round_: Round, language: str, sentence: str) -> None:
    round_.receive([application("A1")])
    answers.withdraw(round_.workspace, as_("olga"), WHILE_OPEN, proposal=round_.numbers["A1"], reason="Otro fondo")
    assert decision(round_, "A1", language).startswith(sentence)


ASKED = {
    "en": "What was missing was asked for in letter L-000002 of April 6, 2026. By April 21, 2026, the last day to "
    "answer, it had not come.",
    "es": "Lo que faltaba se pidió en la carta L-000002, del 6 de abril de 2026. Hasta el 21 de abril de 2026, último "
    "día para responder, no había llegado.",
    "pt": "O que faltava foi pedido na carta L-000002, de 6 de abril de 2026. Até 21 de abril de 2026, último dia para "
    "responder, não tinha chegado.",
}
IN_LETTER = {
    Language.ENGLISH: "We asked you for what was missing in our letter L-000002 of April 6, 2026. By April 21, 2026, "
    "the last day to answer, it had not reached us.",
    Language.SPANISH: "En nuestra carta L-000002, del 6 de abril de 2026, le pedimos lo que faltaba. Hasta el 21 de "
    "abril de 2026, último día para responder, no lo habíamos recibido.",
    Language.PORTUGUESE: "Na nossa carta L-000002, de 6 de abril de 2026, pedimos o que faltava. Até 21 de abril de "
    "2026, último dia para responder, não o tínhamos recebido.",
}


@pytest.mark.parametrize("language", list(Language))
def test_a_silence_that_made_ineligible_is_told_in_the_letter_and_in_the_explanation(
    round_: Round, language: Language
) -> None:
    made = application("A1", language=language)
    lines = tuple(line._replace(evidence=None) for line in made.counterpart_lines)
    round_.receive([made._replace(counterpart_lines=lines)])
    round_.screen()
    round_.release()
    round_.screen(SCORING)
    assert ASKED[language] in decision(round_, "A1", language)
    round_.close_scores()
    round_.rank()
    round_.ratify(round_.prepare().package)
    assert ASKED[language] in decision(round_, "A1", language)
    text = letters.preview(round_.workspace, round_.numbers["A1"]).text
    assert IN_LETTER[language] in " ".join(text.split())


def test_an_ineligible_application_that_was_asked_nothing_is_told_of_no_letter(round_: Round) -> None:
    round_.receive([application("A1", firms=2)])
    round_.screen()
    round_.close_scores()
    round_.rank()
    round_.ratify(round_.prepare().package)
    assert explained(round_, "A1").data["asked"] is None
    assert "We asked" not in letters.preview(round_.workspace, round_.numbers["A1"]).text


def test_what_the_applicant_answered_is_told(round_: Round) -> None:
    made = application("A1")
    round_.receive([made._replace(counterpart_lines=tuple(x._replace(evidence=None) for x in made.counterpart_lines))])
    round_.screen()
    answers.clarify(
        round_.workspace,
        as_("olga"),
        AFTER_DEADLINE,
        proposal=round_.numbers["A1"],
        application=made,
        answer="Adjuntamos la carta",
    )
    told = explained(round_, "A1", "es")
    assert told.data["answers"] == ["Adjuntamos la carta"]
    assert "Respuestas del solicitante\n--------------------------\nAdjuntamos la carta" in told.text
