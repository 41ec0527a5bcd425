"""What sample letters are put together from: their texts by language, and the reasons of decisions by kind."""

from __future__ import annotations

from collections.abc import Mapping

from pipgrants.domain.vocabulary import Language, LetterKind
from pipgrants.letters.data import NoteData

TEXTS: Mapping[Language, Mapping[str, str]] = {
    Language.ENGLISH: {
        "call": "Productive integration projects 2026",
        "programme": "Competitiveness Fund of the Isthmus",
        "agency": "Agency for Productive Linkages",
        "appeal": "Appeals committee, appeals@linkages.example",
        "title": "Ceramics of San Juan: one brand for twelve workshops",
        "purpose": "To help groups of enterprises compete together.",
        "who_may_apply": "Groups of enterprises and the institutions that support them.",
        "enterprises": "A horizontal network has at least five different enterprises.",
        "add_enterprises": "Add enterprises to the group; the same enterprise counts once.",
        "agreement": "The members have signed a consortium agreement.",
        "deliver_agreement": "Deliver the agreement signed by all members before the grant agreement is signed.",
        "collective": "Competitiveness through collective action, innovative and replicable",
        "territory": "Comprehensive vision of the territory",
        "sustainability": "Sustainability once the grant ends",
        "change": "Floods kept applicants of the coast from finishing their papers in time.",
        "reason": "The funds were withdrawn by decree 14 of April 27, 2026.",
        "ruling": "The commitment letter of Cerámica Ortega stands on page 12 of the papers received.",
        "milestone": "Agreement signed",
        "report": "First report of results accepted",
        "fair": "The regional fair of 2027 was called off.",
        "termination": "The firms stopped the work in March, and no report came.",
        "abandonment": "Four of the six firms left the group.",
    },
    Language.SPANISH: {
        "call": "Proyectos de integración productiva 2026",
        "programme": "Fondo de Competitividad del Istmo",
        "agency": "Agencia de Encadenamientos Productivos",
        "appeal": "Comité de apelaciones, apelaciones@encadenamientos.example",
        "title": "Cerámica de San Juan: una marca para doce talleres",
        "purpose": "Ayudar a grupos de empresas a competir en conjunto.",
        "who_may_apply": "Grupos de empresas y las instituciones que los apoyan.",
        "enterprises": "Una red horizontal tiene al menos cinco empresas distintas.",
        "add_enterprises": "Sume empresas al grupo; la misma empresa cuenta una sola vez.",
        "agreement": "Los miembros han firmado un acuerdo de consorcio.",
        "deliver_agreement": "Entregue el acuerdo firmado por todos antes de la firma del convenio de subvención.",
        "collective": "Competitividad mediante la acción colectiva, innovadora y replicable",
        "territory": "Visión integral del territorio",
        "sustainability": "Sostenibilidad después de la subvención",
        "change": "Las inundaciones impidieron a los solicitantes de la costa terminar a tiempo sus documentos.",
        "reason": "Los fondos fueron retirados por el decreto 14 del 27 de abril de 2026.",
        "ruling": "La carta de compromiso de Cerámica Ortega consta en el folio 12 de lo recibido.",
        "milestone": "Firma del convenio",
        "report": "Primer informe de resultados aceptado",
        "fair": "La feria regional de 2027 fue cancelada.",
        "termination": "Las empresas suspendieron los trabajos en marzo y no se recibió ningún informe.",
        "abandonment": "Cuatro de las seis empresas dejaron el grupo.",
    },
    Language.PORTUGUESE: {
        "call": "Projetos de integração produtiva 2026",
        "programme": "Fundo de Competitividade do Istmo",
        "agency": "Agência de Encadeamentos Produtivos",
        "appeal": "Comitê de recursos, recursos@encadeamentos.example",
        "title": "Cerâmica de San Juan: uma marca para doze oficinas",
        "purpose": "Ajudar grupos de empresas a competir em conjunto.",
        "who_may_apply": "Grupos de empresas e as instituições que os apoiam.",
        "enterprises": "Uma rede horizontal tem pelo menos cinco empresas diferentes.",
        "add_enterprises": "Acrescente empresas ao grupo; a mesma empresa conta uma só vez.",
        "agreement": "Os membros assinaram um acordo de consórcio.",
        "deliver_agreement": "Entregue o acordo assinado por todos antes da assinatura do termo de concessão.",
        "collective": "Competitividade por meio da ação coletiva, inovadora e replicável",
        "territory": "Visão integral do território",
        "sustainability": "Sustentabilidade depois da subvenção",
        "change": "As enchentes impediram os proponentes do litoral de concluir a tempo os seus documentos.",
        "reason": "Os recursos foram retirados pelo decreto 14 de 27 de abril de 2026.",
        "ruling": "A carta de compromisso da Cerâmica Ortega consta na folha 12 do que foi recebido.",
        "milestone": "Assinatura do termo",
        "report": "Primeiro relatório de resultados aceito",
        "fair": "A feira regional de 2027 foi cancelada.",
        "termination": "As empresas pararam os trabalhos em março e não chegou nenhum relatório.",
        "abandonment": "Quatro das seis empresas deixaram o grupo.",
    },
}

_ASKED = {"amount": "50000.00", "currency": "USD"}
EXHAUSTED: NoteData = {
    "code": "allocation.envelope_exhausted",
    "values": {"asked": _ASKED, "left": {"amount": "1234.50", "currency": "USD"}, "clause": "6.1"},
}
_BEYOND_AWARDS: NoteData = {
    "code": "allocation.beyond_maximum_awards",
    "values": {"maximum": {"number": "11"}, "clause": "6.1"},
}
_AFTER_FIRST: NoteData = {
    "code": "allocation.after_first_that_did_not_fit",
    "values": {"first": {"number": "9"}, "clause": "6.1"},
}
_BELOW_SCORE: NoteData = {
    "code": "allocation.below_minimum_score",
    "values": {"required": {"number": "23"}, "seen": {"number": "22.6667"}, "clause": "6.1"},
}
_FUNDED: NoteData = {
    "code": "allocation.funded",
    "values": {"asked": _ASKED, "left": {"amount": "812345.50", "currency": "USD"}, "clause": "6.1"},
}
_SELECTED, _NOT_SELECTED = (
    NoteData(code=code, values={"asked": _ASKED, "objective": {"code": "sum_of_scores"}, "clause": "6.1"})
    for code in ("allocation.selected", "allocation.not_selected")
)
_BEYOND_PROFILES: NoteData = {
    "code": "invitation.beyond_maximum_count",
    "values": {"maximum": {"number": "10"}, "clause": "6.4"},
}
_BELOW_TOTAL: NoteData = {
    "code": "invitation.below_minimum_total",
    "values": {"required": {"number": "23"}, "seen": {"number": "22.6667"}, "clause": "6.4"},
}
_BELOW_LINE: NoteData = {
    "code": "invitation.below_line",
    "values": {"required": {"number": "23"}, "seen": {"number": "22.6667"}, "times": {"number": "3"}, "clause": "6.4"},
}
_INVITED: NoteData = {"code": "invitation.invited", "values": {"seen": {"number": "22.6667"}, "clause": "6.4"}}


def _appealed(code: str) -> NoteData:
    asked, left = ({"amount": amount, "currency": "USD"} for amount in ("50000.00", "60000.00"))
    return {"code": f"appeal.{code}", "values": {"asked": asked, "left": left, "clause": "7.2"}}


REASONS: Mapping[LetterKind, Mapping[str, NoteData]] = {
    LetterKind.AWARD: {
        "within the funds": _FUNDED,
        "among those selected": _SELECTED,
        "on appeal from the margin": _appealed("funded_from_margin"),
        "on appeal from what is left": _appealed("funded_from_money_left"),
    },
    LetterKind.CONDITIONAL_AWARD: {"within the funds": _FUNDED},
    LetterKind.RESERVE: {
        "for want of funds": EXHAUSTED,
        "beyond the number of awards": _BEYOND_AWARDS,
        "after the first that did not fit": _AFTER_FIRST,
        "not among those selected": _NOT_SELECTED,
        "first on appeal": _appealed("first_in_reserve"),
    },
    LetterKind.DECLINE: {
        "for want of funds": EXHAUSTED,
        "beyond the number of awards": _BEYOND_AWARDS,
        "after the first that did not fit": _AFTER_FIRST,
        "not among those selected": _NOT_SELECTED,
        "below the minimum score": _BELOW_SCORE,
        "as before the appeal": {"code": "appeal.former_decision_stands", "values": {"clause": "7.2"}},
    },
    LetterKind.PROFILE_INVITED: {"among those invited": _INVITED},
    LetterKind.PROFILE_NOT_INVITED: {
        "beyond the number of invitations": _BEYOND_PROFILES,
        "below the minimum total": _BELOW_TOTAL,
        "below the line": _BELOW_LINE,
    },
}
"""The reasons for which decisions fall, by kind of letter; the first is that of its sample."""
