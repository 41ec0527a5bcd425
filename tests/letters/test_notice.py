"""The call notice of every shipped call, in three languages."""

import dataclasses
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipgrants.domain.allocation_terms import AllocationRule, AllocationTerms, PartialFunding, PartialRule, TiesAtLine
from pipgrants.domain.call import (
    Base,
    Call,
    EligibleCosts,
    InKindBase,
    InKindCap,
    Priority,
    RandomSource,
)
from pipgrants.domain.rules import AllOf, AnyOf, HasEvidence, NoneOf, Present
from pipgrants.domain.vocabulary import CostCategory, EvidenceKind, Objective, Stage
from pipgrants.letters.document import Pair
from pipgrants.letters.notice import compose_notice, render_notice
from pipgrants.reading import read_file

CALLS = sorted((Path(__file__).resolve().parents[2] / "workflows" / "calls").glob("*.yaml"))
LANGUAGES = ("en", "es", "pt")
PROGRAMME = {"en": "Competitiveness Fund", "es": "Fondo de Competitividad", "pt": "Fundo de Competitividade"}


@pytest.fixture(scope="module")
def call():
    return read_file(next(path for path in CALLS if path.stem == "pip-two-stage"), Call)


def words(document, name):
    section = next(section for section in document.sections if section.name == name)
    return " ".join([*(" ".join([item.text, *item.items]) for item in section.paragraphs)])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_every_shipped_call_has_a_notice(templates, path, language):
    call = read_file(path, Call)
    notice = render_notice(templates, call, PROGRAMME, language)
    assert f'<html lang="{language}">' in notice.html
    assert call.contact.email in notice.text and call.contact.email in notice.html
    assert max(map(len, notice.text.splitlines())) <= 78
    assert "None" not in notice.text and "$" not in notice.text
    assert notice == render_notice(templates, call, PROGRAMME, language)


def shipped(name):
    return read_file(next(path for path in CALLS if path.stem == name), Call)


@pytest.mark.parametrize(
    ("language", "months", "line", "pace"),
    [
        (
            "en",
            "If more than 12 months lie between the design",
            "for a line of the budget at most 10% more than agreed",
            "a tranche is held back.",
        ),
        ("es", "transcurren más de 12 meses", "más de lo acordado y, en total, no más que lo", "se retiene el tramo."),
        ("pt", "passarem mais de 12 meses", "no máximo 10% a mais do que o combinado", "a parcela é retida."),
    ],
)
def test_what_follows_an_award_is_told_where_the_call_says_it(templates, call, language, months, line, pace):
    flexible = dataclasses.replace(call.implementation, line_flexibility_share=Decimal("0.1"))
    told = words(
        compose_notice(templates, dataclasses.replace(call, implementation=flexible), PROGRAMME, language),
        "implementation",
    )
    assert [part for part in ("8.1", months, line, pace) if part not in told] == []
    silent = compose_notice(templates, shipped("nuble-frpd"), PROGRAMME, language)
    assert "implementation" not in [section.name for section in silent.sections]


@pytest.mark.parametrize(
    ("language", "rubric", "allocation"),
    [
        (
            "en",
            "Proposals are ranked by another total, in which the marks count by their weights in the ranking.",
            "as close as possible to 3 times the funds of the call, and to no less than 2.5 times.",
        ),
        (
            "es",
            "se ordenan por otro total, en el que las notas cuentan según su peso en el orden de mérito.",
            "lo más posible a 3 veces los fondos de la convocatoria, y no sea inferior a 2,5 veces.",
        ),
        (
            "pt",
            "são classificadas por outro total, em que as notas contam segundo o seu peso na classificação.",
            "mais perto possível de 3 vezes os recursos da chamada, e não seja inferior a 2,5 vezes.",
        ),
    ],
)
def test_weights_in_the_ranking_and_the_line_of_the_invitation_are_told(templates, language, rubric, allocation):
    innovation = compose_notice(templates, shipped("horizon-europe-innovation"), PROGRAMME, language)
    assert rubric in words(innovation, "rubric")
    section = next(section for section in innovation.sections if section.name == "rubric")
    assert [row[1:3] for row in section.tables[0].rows] == [
        ("1", "1"),
        ("1", "1.5" if language == "en" else "1,5"),
        ("1", "1"),
    ]
    two_stages = compose_notice(templates, shipped("horizon-europe-two-stage"), PROGRAMME, language)
    assert allocation in words(two_stages, "allocation")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            [
                "profile: a total of at least 8 is needed",
                "one on which they agree in a recorded consensus",
                "evaluators see proposals by their number, without the names of the applicants (stage: profile);",
                "every mark is explained;",
                "marks come in until May 29, 2026 (stage: profile); those that come later are refused;",
            ],
        ),
        (
            "es",
            [
                "perfil: se necesita un total de al menos 8",
                "aquella en la que coinciden en un consenso que queda registrado",
                "sin los nombres de los solicitantes (etapa: perfil);",
                "cada nota se explica;",
                "se reciben hasta el 29 de mayo de 2026 (etapa: perfil); las que lleguen después se rechazan;",
            ],
        ),
        (
            "pt",
            [
                "perfil: é preciso um total de no mínimo 8",
                "aquela em que concordam num consenso que fica registrado",
                "sem os nomes dos proponentes (etapa: perfil);",
                "cada nota é explicada;",
                "as notas são recebidas até 29 de maio de 2026 (etapa: perfil); as que chegarem depois são recusadas;",
            ],
        ),
    ],
)
def test_thresholds_by_stage_consensus_and_scoring_terms_are_told(templates, language, told):
    call = shipped("horizon-europe-two-stage")
    due = dataclasses.replace(call.scoring, due_on={Stage.PROFILE: date(2026, 5, 29)})
    notice = compose_notice(templates, dataclasses.replace(call, scoring=due), PROGRAMME, language)
    text = words(notice, "rubric")
    assert [sentence for sentence in told if sentence not in text] == []


def test_counterpart_is_explained_with_the_numbers_of_the_call(templates, call):
    assert words(compose_notice(templates, call, PROGRAMME, "en"), "counterpart").endswith(
        "Example: a proposal of USD 500,000.00 needs a counterpart of at least USD 250,000.00. With that counterpart, "
        "at most USD 100,000.00 is counted in kind, so that at least USD 150,000.00 is in cash."
    )


def test_counterpart_of_the_grant_is_explained_on_a_grant(templates, call):
    cap = InKindCap(Decimal("0.10"), InKindBase.TOTAL)
    rule = dataclasses.replace(call.counterpart, of=Base.GRANT, in_kind_cap=cap)
    text = words(compose_notice(templates, dataclasses.replace(call, counterpart=rule), PROGRAMME, "en"), "counterpart")
    assert "a grant of USD 200,000.00 needs a counterpart of at least USD 100,000.00" in text
    assert "at most USD 30,000.00 is counted in kind" in text


def test_call_without_counterpart_says_so(templates, call):
    notice = compose_notice(templates, dataclasses.replace(call, counterpart=None), PROGRAMME, "es")
    assert words(notice, "counterpart") == "Esta convocatoria no exige contrapartida."


@pytest.mark.parametrize(
    ("language", "support", "costs"),
    [
        (
            "en",
            ("Kind of support", "matching grant"),
            "The budget may hold only these costs (clause 3.9, stage: proposal), whoever pays for them: staff, works.",
        ),
        (
            "es",
            ("Forma de apoyo", "subvención con contrapartida"),
            "El presupuesto solo puede incluir estos gastos (cláusula 3.9, etapa: propuesta), cualquiera que sea su "
            "fuente de financiamiento: personal, obras.",
        ),
        (
            "pt",
            ("Forma de apoio", "subvenção com contrapartida"),
            "O orçamento só pode incluir estes custos (cláusula 3.9, etapa: proposta), qualquer que seja a sua fonte "
            "de financiamento: pessoal, obras.",
        ),
    ],
)
def test_kind_of_support_and_eligible_costs_are_told(templates, call, language, support, costs):
    limited = dataclasses.replace(
        call, eligible_costs=EligibleCosts("3.9", (CostCategory.STAFF, CostCategory.WORKS), stage=Stage.PROPOSAL)
    )
    notice = compose_notice(templates, limited, PROGRAMME, language)
    assert notice.summary[1] == Pair(*support)
    assert words(notice, "prerequisites").endswith(costs)


def test_call_that_limits_no_costs_names_none(templates, call):
    open_to_all = compose_notice(templates, dataclasses.replace(call, eligible_costs=None), PROGRAMME, "en")
    assert words(open_to_all, "prerequisites").endswith("we ask for it before we decide.")


def test_tie_breaks_are_told_in_words_and_in_order(templates, call):
    section = next(item for item in compose_notice(templates, call, PROGRAMME, "en").sections if item.name == "ranking")
    assert [item for paragraph in section.paragraphs for item in paragraph.items] == [
        "the proposal of a priority group comes first",
        "the higher mark in “Competitiveness through collective action, innovative and replicable” comes first",
        "the higher counterpart share comes first",
        "the proposal received earlier comes first",
        "the lower proposal number comes first",
    ]


SOURCES = (
    RandomSource("Lotería", "los números", date(2026, 5, 10), 3, Stage.PROFILE),
    RandomSource("Lotería", "los números", date(2026, 10, 5), 3, Stage.PROPOSAL),
)


def drawing(call, *sources):
    return dataclasses.replace(call, ranking=dataclasses.replace(call.ranking, draw=sources))


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            [
                "Lotería (stage: profile), published on May 10, 2026: los números",
                "Lotería (stage: proposal), published on October 5, 2026: los números",
            ],
        ),
        (
            "es",
            [
                "Lotería (etapa: perfil), publicada el 10 de mayo de 2026: los números",
                "Lotería (etapa: propuesta), publicada el 5 de octubre de 2026: los números",
            ],
        ),
        (
            "pt",
            [
                "Lotería (etapa: perfil), publicada em 10 de maio de 2026: los números",
                "Lotería (etapa: proposta), publicada em 5 de outubro de 2026: los números",
            ],
        ),
    ],
)
def test_sources_of_a_draw_in_two_stages_name_their_stage(templates, call, language, told):
    notice = render_notice(templates, drawing(call, *SOURCES), PROGRAMME, language)
    assert [line for line in told if line not in " ".join(notice.text.split())] == []
    assert [line for line in told if line not in notice.html] == []


def test_source_of_a_draw_in_one_stage_names_no_stage(templates, call):
    single = dataclasses.replace(drawing(call, SOURCES[1]), stages=(Stage.PROPOSAL,))
    told = words(compose_notice(templates, single, PROGRAMME, "en"), "ranking")
    assert told.endswith("Lotería, published on October 5, 2026: los números")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Ties of the stage profile are not drawn: they keep the order of the proposal numbers."),
        ("es", "Los empates de la etapa perfil no se sortean: conservan el orden de los números de propuesta."),
        ("pt", "Os empates da etapa perfil não são sorteados: mantêm a ordem dos números de proposta."),
    ],
)
def test_stage_without_a_source_keeps_its_ties_by_number(templates, call, language, told):
    notice = compose_notice(templates, drawing(call, SOURCES[1]), PROGRAMME, language)
    assert words(notice, "ranking").endswith(told)


@pytest.mark.parametrize(
    ("rule", "terms", "told"),
    [
        (AllocationRule.RANK_AND_CUT, {"maximum_awards": 7}, "The first 7 proposals of the ranking are funded"),
        (AllocationRule.STOP_AT_FIRST, {}, "funding ends at the first that the money left does not cover"),
        (AllocationRule.SKIP_AND_FILL, {}, "is passed over, and the next are tried"),
        (AllocationRule.MINIMUM_SCORE_THEN_FILL, {"minimum_score": 60}, "Only proposals with a total of at least 60"),
    ],
)
def test_allocation_rule_is_told_in_words(templates, call, rule, terms, told):
    changed = dataclasses.replace(call, allocation=AllocationTerms("6.1", rule, **terms))
    assert told in words(compose_notice(templates, changed, PROGRAMME, "en"), "allocation")


HALF = Decimal("0.5")
REST = {"rule": AllocationRule.FUND_NEXT_IF_REST_COVERS, "minimum_rest_share": Decimal("0.8")}
SHARED = {"rule": AllocationRule.STOP_AT_FIRST, "partial": PartialFunding(PartialRule.PRO_RATA, minimum_share=HALF)}
LAST = {
    "rule": AllocationRule.SKIP_AND_FILL,
    "partial": PartialFunding(PartialRule.LAST_ONLY, minimum_amount=Decimal(5000)),
}
EQUAL = {
    "rule": AllocationRule.RANK_AND_CUT,
    "maximum_awards": 9,
    "partial": PartialFunding(PartialRule.CONSTRAINED_EQUAL, minimum_share=HALF),
}
TIES = {"rule": AllocationRule.STOP_AT_FIRST, "ties_at_line": TiesAtLine.FUND_NONE}
ALL_TIED = {
    "rule": AllocationRule.RANK_AND_CUT,
    "maximum_awards": 9,
    "ties_at_line": TiesAtLine.FUND_ALL_IF_MONEY_ALLOWS,
}
SCORES = {"rule": AllocationRule.OPTIMISE, "objective": Objective.SUM_OF_SCORES, "reserve_count": 3}
MONEY = {
    "rule": AllocationRule.OPTIMISE,
    "objective": Objective.SUM_OF_SCORE_TIMES_AMOUNT,
    "largest_gap_share": Decimal("0.001"),
}
TELLS = {"rule": AllocationRule.STOP_AT_FIRST, "robustness_in_letters": True}
EXPIRES = {"rule": AllocationRule.STOP_AT_FIRST, "reserve_count": 3, "reserve_expires_on": date(2026, 12, 31)}


@pytest.mark.parametrize(
    ("terms", "language", "told"),
    [
        (REST, "en", "receives what is left if that is at least 80% of what it asks for, and funding ends there"),
        (REST, "es", "recibe el resto si este es al menos el 80 % de lo que solicita"),
        (REST, "pt", "recebe o resto se este for no mínimo 80% do que solicita"),
        (SHARED, "en", "The funds are shared among the best proposals of the ranking (clause 6.1)."),
        (SHARED, "en", "each receives the same share of what it asks for"),
        (SHARED, "es", "Una subvención viable es de al menos el 50 % de lo solicitado."),
        (SHARED, "pt", "cada uma recebe o mesmo percentual do que solicita"),
        (LAST, "en", "A viable grant is at least USD 5,000.00, or all that is asked for where that is less."),
        (LAST, "es", "salvo una: la primera que el dinero restante no alcance a cubrir"),
        (LAST, "pt", "salvo uma: a primeira que o dinheiro restante não cobrir"),
        (EQUAL, "en", "at most 9 of them (clause 6.1)."),
        (EQUAL, "es", "cada una recibe el mismo monto, o lo que solicita si es menos"),
        (EQUAL, "pt", "cada uma recebe o mesmo valor, ou o que solicita se for menos"),
        (TIES, "en", "cannot all be funded, are none of them funded."),
        (TIES, "es", "no se financia ninguna de ellas."),
        (TIES, "pt", "nenhuma delas é financiada."),
        (ALL_TIED, "en", "are all funded if the funds cover them all; otherwise the order of the ranking counts."),
        (ALL_TIED, "es", "se financian todas si los fondos las cubren"),
        (ALL_TIED, "pt", "são todas financiadas se os recursos as cobrirem"),
        (SCORES, "en", "as the funds allow: the sum of the points of the proposals funded (clause 6.1)."),
        (SCORES, "en", "funded only once it is proved that no other has more. Whoever maximises the sum of points"),
        (SCORES, "en", "they are funded in the order of the ranking, passing over what the money does not cover."),
        (SCORES, "es", "Maximizar la suma de puntos financia muchos proyectos pequeños:"),
        (SCORES, "es", "se financian por orden de mérito, pasando por alto lo que el dinero no alcance a cubrir."),
        (SCORES, "pt", "Maximizar a soma dos pontos financia muitos projetos pequenos:"),
        (SCORES, "pt", "são financiadas por ordem de classificação, deixando de lado o que o dinheiro não cobrir."),
        (MONEY, "en", "whose value no other can exceed by more than 0.1%. With the results we publish"),
        (MONEY, "es", "cuyo valor ninguna otra pueda superar en más del 0,1 %."),
        (MONEY, "pt", "cujo valor nenhuma outra possa superar em mais de 0,1%."),
        (TELLS, "en", "Each letter says how many points the proposal stands from the line"),
        (TELLS, "es", "Cada carta dice a cuántos puntos de la línea está la propuesta"),
        (TELLS, "pt", "Cada carta diz a quantos pontos da linha está a proposta"),
        (EXPIRES, "en", "The next 3 proposals stand on a reserve list until December 31, 2026:"),
        (EXPIRES, "es", "quedan en una lista de reserva hasta el 31 de diciembre de 2026:"),
        (EXPIRES, "pt", "ficam em uma lista de reserva até 31 de dezembro de 2026:"),
    ],
)
def test_what_the_call_says_of_spending_is_told_in_every_language(templates, call, terms, language, told):
    changed = dataclasses.replace(call, allocation=AllocationTerms("6.1", **terms))
    text = " ".join(words(compose_notice(templates, changed, PROGRAMME, language), "allocation").split())
    assert told in text.replace("\u00a0", " ").replace("\u202f", " ")


def papers(templates, call, language):
    section = next(
        item for item in compose_notice(templates, call, PROGRAMME, language).sections if item.name == "evidence"
    )
    return [item for paragraph in section.paragraphs for item in (paragraph.items or (paragraph.text,))]


@pytest.mark.parametrize(
    ("name", "language", "told"),
    [
        (
            "pip-one-stage",
            "en",
            [
                "consortium agreement (clause 3.10)",
                "commitment letter (clause 4.2): for each contribution of the counterpart",
                "basis of valuation (clause 4.2): for each contribution in kind",
            ],
        ),
        (
            "pip-two-stage",
            "es",
            [
                "acuerdo de consorcio (cláusula 3.10, etapa: propuesta)",
                "carta de compromiso (cláusula 4.2, etapa: propuesta): por cada aporte de la contrapartida",
                "base de valoración (cláusula 4.2, etapa: propuesta): por cada aporte en especie",
            ],
        ),
        (
            "territorial-initiatives",
            "pt",
            [
                "certificado de registro (cláusula 3.7)",
                "carta de compromisso (cláusula 4.2): para cada contribuição da contrapartida",
                "base de avaliação (cláusula 4.2): para cada contribuição em bens ou serviços",
            ],
        ),
        ("participatory-budget", "en", ["This call asks for no papers."]),
    ],
)
def test_every_paper_that_is_asked_for_is_named_with_its_clause(templates, name, language, told):
    assert papers(templates, shipped(name), language) == told


def test_a_required_paper_is_named_once_and_says_its_stage(templates, call):
    kinds = (EvidenceKind.COMMITMENT_LETTER, EvidenceKind.VALUATION_REPORT)
    changed = dataclasses.replace(call, required_evidence=kinds)
    assert papers(templates, changed, "en")[0] == "valuation report (stage: proposal)"
    assert papers(templates, changed, "en")[1:] == papers(templates, call, "en")


def test_a_paper_that_is_one_way_among_others_and_one_of_a_priority_are_told_so(templates, call):
    item, paper = call.prerequisites[0], HasEvidence(EvidenceKind.REGISTRATION_CERTIFICATE)
    ways = dataclasses.replace(item, clause="3.1", rule=AllOf((AnyOf((paper, Present("total_amount"))),)))
    denied = dataclasses.replace(item, rule=NoneOf((paper,)))
    priority = Priority("registered", "5.3", {"en": "Registered groups"}, paper)
    changed = dataclasses.replace(call, prerequisites=(ways, denied), counterpart=None, priorities=(priority,))
    assert papers(templates, changed, "en") == [
        "registration certificate (clause 3.1, stage: profile): one of several ways to meet the clause",
        "registration certificate (clause 5.3): for “Registered groups”",
    ]


def test_dates_are_in_the_time_zone_of_the_call(templates, call):
    section = next(item for item in compose_notice(templates, call, PROGRAMME, "en").sections if item.name == "dates")
    assert section.tables[0].rows[1] == (
        "Last minute to apply",
        "March 31, 2026, 17:00 (Tegucigalpa time, UTC−06:00)",
    )


def test_rubric_gives_weights_thresholds_and_the_anchored_scale(templates, call):
    section = next(item for item in compose_notice(templates, call, PROGRAMME, "en").sections if item.name == "rubric")
    criteria, anchors = section.tables
    assert [row[2:] for row in criteria.rows] == [
        (f"{criterion.weight}", "at least 2", "0 to 5 in steps of 0.5") for criterion in call.rubric.criteria
    ]
    assert [row[0] for row in anchors.rows] == ["0", "1", "2", "3", "4", "5"]


def test_invented_and_modelled_calls_are_labelled(templates, call):
    modelled = dataclasses.replace(call, modelled_on="Modelled on a call of another fund.")
    notice = compose_notice(templates, modelled, PROGRAMME, "en", synthetic=True)
    assert notice.banners == (templates.wording("en").label("synthetic_banner"),)
    assert words(notice, "about").endswith("Modelled on a call of another fund.")


def test_text_that_the_call_lacks_in_a_language_is_given_in_another(templates, call):
    notice = compose_notice(templates, dataclasses.replace(call, purpose={"es": "Objeto"}), PROGRAMME, "en")
    assert words(notice, "purpose") == "Objeto"
