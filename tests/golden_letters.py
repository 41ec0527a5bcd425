"""One letter of each kind in each language, as an applicant of an invented round would get it."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from pipgrants.domain.vocabulary import Language, LetterKind
from pipgrants.letters.data import DecisionData, FindingData, LetterData, NoteData, Release, ScoreData
from pipgrants.letters.document import Document
from pipgrants.letters.letter import compose
from pipgrants.letters.pdf import PdfLayout
from pipgrants.letters.templates import Templates, read_sources

PROJECT = Path(__file__).resolve().parents[1]
FONTS = PROJECT / "templates" / "fonts"
GOLDEN = PROJECT / "tests" / "letters" / "golden"
EVERY = tuple((kind, language) for kind in LetterKind for language in Language)
MADE_WITH = ", ".join(f"{package} {version(package)}" for package in ("typst", "segno"))
DATED = datetime(2026, 5, 4, 6, 0, tzinfo=UTC)
RECORD = b'{"definition":"0f3a","proposal":"PIP2-014"}'
RELEASE: Release = {
    "released_on": "2026-05-04",
    "appeal_until": "2026-05-18",
    "answer_until": "2026-05-18",
    "entry": 1234,
    "size": 5678,
    "root": "hbxR9kFnq0B+OUXDKF1Qw1CHqFLrGiGfgOTyQIq2yqk=",
}

_TEXTS = {
    Language.ENGLISH: {
        "call": "Productive integration projects 2026",
        "programme": "Competitiveness Fund of the Isthmus",
        "agency": "Agency for Productive Linkages",
        "appeal": "Appeals committee, appeals@linkages.example",
        "title": "Ceramics of San Juan: one brand for twelve workshops",
        "enterprises": "A horizontal network has at least five different enterprises.",
        "add_enterprises": "Add enterprises to the group; the same enterprise counts once.",
        "agreement": "The members have signed a consortium agreement.",
        "deliver_agreement": "Deliver the agreement signed by all members before the grant agreement is signed.",
        "collective": "Competitiveness through collective action, innovative and replicable",
        "territory": "Comprehensive vision of the territory",
        "sustainability": "Sustainability once the grant ends",
        "change": "Floods kept applicants of the coast from finishing their papers in time.",
        "reason": "The funds were withdrawn by decree 14 of April 27, 2026.",
    },
    Language.SPANISH: {
        "call": "Proyectos de integración productiva 2026",
        "programme": "Fondo de Competitividad del Istmo",
        "agency": "Agencia de Encadenamientos Productivos",
        "appeal": "Comité de apelaciones, apelaciones@encadenamientos.example",
        "title": "Cerámica de San Juan: una marca para doce talleres",
        "enterprises": "Una red horizontal tiene al menos cinco empresas distintas.",
        "add_enterprises": "Sume empresas al grupo; la misma empresa cuenta una sola vez.",
        "agreement": "Los miembros han firmado un acuerdo de consorcio.",
        "deliver_agreement": "Entregue el acuerdo firmado por todos antes de la firma del convenio de subvención.",
        "collective": "Competitividad mediante la acción colectiva, innovadora y replicable",
        "territory": "Visión integral del territorio",
        "sustainability": "Sostenibilidad después de la subvención",
        "change": "Las inundaciones impidieron a los solicitantes de la costa terminar a tiempo sus documentos.",
        "reason": "Los fondos fueron retirados por el decreto 14 del 27 de abril de 2026.",
    },
    Language.PORTUGUESE: {
        "call": "Projetos de integração produtiva 2026",
        "programme": "Fundo de Competitividade do Istmo",
        "agency": "Agência de Encadeamentos Produtivos",
        "appeal": "Comitê de recursos, recursos@encadeamentos.example",
        "title": "Cerâmica de San Juan: uma marca para doze oficinas",
        "enterprises": "Uma rede horizontal tem pelo menos cinco empresas diferentes.",
        "add_enterprises": "Acrescente empresas ao grupo; a mesma empresa conta uma só vez.",
        "agreement": "Os membros assinaram um acordo de consórcio.",
        "deliver_agreement": "Entregue o acordo assinado por todos antes da assinatura do convênio de subvenção.",
        "collective": "Competitividade por meio da ação coletiva, inovadora e replicável",
        "territory": "Visão integral do território",
        "sustainability": "Sustentabilidade depois da subvenção",
        "change": "As enchentes impediram os candidatos do litoral de concluir a tempo os seus documentos.",
        "reason": "Os recursos foram retirados pelo decreto 14 de 27 de abril de 2026.",
    },
}
_NOT_MET = (LetterKind.INELIGIBLE, LetterKind.CLARIFICATION_REQUEST)
_SCORED = (
    LetterKind.PROFILE_INVITED,
    LetterKind.PROFILE_NOT_INVITED,
    LetterKind.AWARD,
    LetterKind.CONDITIONAL_AWARD,
    LetterKind.RESERVE,
    LetterKind.DECLINE,
)
_AWARDED = (LetterKind.AWARD, LetterKind.CONDITIONAL_AWARD)
_SELECTED = (*_AWARDED, LetterKind.PROFILE_INVITED)


def golden_documents(templates: Templates) -> dict[tuple[LetterKind, Language], Document]:
    """Each letter, released."""
    return {
        (kind, language): compose(templates, kind, language.value, letter_data(kind, language), RELEASE)
        for kind, language in EVERY
    }


def shipped_templates() -> Templates:
    """The shipped templates."""
    return Templates(read_sources(PROJECT / "templates"))


def shipped_layout() -> PdfLayout:
    """The shipped page layout with the shipped fonts."""
    return PdfLayout(read_sources(PROJECT / "templates"), [FONTS])


def letter_data(kind: LetterKind, language: Language) -> LetterData:
    """The data of a letter with what its kind says, in a language."""
    texts = _TEXTS[language]
    return {
        "letter": "L-000123",
        "call": {
            "call": "pip-2026",
            "title": texts["call"],
            "programme": texts["programme"],
            "currency": "USD",
            "contact": {
                "name": texts["agency"],
                "email": "calls@linkages.example",
                "postal_address": "1 Calle Inventada\nTegucigalpa",
                "telephone": "+504 0000 0000",
            },
            "appeal": {"clause": "7.2", "working_days": 10, "addressee": texts["appeal"]},
            "synthetic": True,
            "time_zone": "America/Tegucigalpa",
            "label": None,
        },
        "recipient": {
            "name": "Cooperativa San Juan de Oriente",
            "postal_address": "Km 42 carretera a Masaya\nSan Juan de Oriente\nNicaragua",
            "email": "coop@sanjuan.example",
        },
        "proposal": {
            "number": "PIP2-014",
            "title": texts["title"],
            "received_at": "2026-03-31T23:05:00Z" if kind == LetterKind.LATE else "2026-03-31T22:59:00Z",
            "total_amount": "100000.00",
            "grant_amount": "50000.00",
        },
        "decision": _decision(kind),
        "findings": _findings(kind, texts),
        "scores": _scores(texts) if kind in _SCORED else [],
        "reasons": _reasons(kind),
        "clarification": {"working_days": 10} if kind == LetterKind.CLARIFICATION_REQUEST else None,
        "deadline": {"closes_at": _deadline(kind), "time_zone": "America/Tegucigalpa"},
        "second_deadline": {"closes_at": "2026-08-31T23:00:00Z", "time_zone": "America/Tegucigalpa"},
        "reason": texts["change" if kind == LetterKind.CORRIGENDUM else "reason"],
        "changes": [
            {
                "part": "window.closes_at",
                "clauses": [],
                "old": {"instant": "2026-03-31T23:00:00Z"},
                "new": {"instant": "2026-04-15T23:00:00Z"},
            },
            {"part": "counterpart.minimum_share", "clauses": ["4.2"], "old": {"share": "0.5"}, "new": {"share": "0.4"}},
            {"part": "prerequisites", "clauses": ["3.2", "3.4"], "old": None, "new": None},
        ],
        "names": {"E-000123": "Cerámica Ortega"},
    }


def _deadline(kind: LetterKind) -> str:
    return "2026-04-15T23:00:00Z" if kind == LetterKind.CORRIGENDUM else "2026-03-31T23:00:00Z"


def _decision(kind: LetterKind) -> DecisionData | None:
    if kind not in _SCORED:
        return None
    return {
        "outcome": kind.value,
        "amount": "50000.00" if kind in _AWARDED else None,
        "rank": 4 if kind in _SELECTED else 12,
        "ranked_count": 40,
        "total": "22.6667",
        "maximum_total": "30",
        "line_total": "21.3333" if kind in _SELECTED else "24",
        "reserve_position": 3 if kind == LetterKind.RESERVE else None,
    }


def _findings(kind: LetterKind, texts: dict[str, str]) -> list[FindingData]:
    enterprises: FindingData = {
        "criterion": "prerequisite.minimum_enterprises",
        "title": texts["enterprises"],
        "clause": "3.2",
        "verdict": "not_met",
        "required": {"comparison": "at_least", "number": "5", "member_type": ["enterprise"]},
        "seen": {"number": "3", "possible_number": "4"},
        "remedy": texts["add_enterprises"],
        "notes": [],
        "is_condition": False,
    }
    counterpart: FindingData = {
        "criterion": "counterpart",
        "title": None,
        "clause": "4.2",
        "verdict": "not_met",
        "required": {"comparison": "at_least", "share": "0.5", "of": "proposal"},
        "seen": {
            "share": "0.4999",
            "amount": "49990.00",
            "currency": "USD",
            "cash_amount": "30000.00",
            "in_kind_amount": "19990.00",
        },
        "remedy": None,
        "notes": [
            {
                "code": "counterpart.no_evidence",
                "values": {
                    "amount": "8000.00",
                    "currency": "USD",
                    "form": "in_kind",
                    "source": "own_funds",
                    "party": "E-000123",
                    "evidence": None,
                },
            }
        ],
        "is_condition": False,
    }
    agreement: FindingData = {
        "criterion": "prerequisite.consortium_agreement",
        "title": texts["agreement"],
        "clause": "3.10",
        "verdict": "undetermined",
        "required": {"comparison": "present", "code": "consortium_agreement"},
        "seen": None,
        "remedy": texts["deliver_agreement"],
        "notes": [],
        "is_condition": kind == LetterKind.CONDITIONAL_AWARD,
    }
    if kind == LetterKind.CONDITIONAL_AWARD:
        return [agreement]
    return [enterprises, counterpart, agreement] if kind in _NOT_MET else []


def _scores(texts: dict[str, str]) -> list[ScoreData]:
    marks = (("collective", "3", "3.6667", "2", "11"), ("territory", "2", "3.5", None, "7"))
    scores: list[ScoreData] = [
        {
            "criterion": code,
            "title": texts[code],
            "weight": weight,
            "mark": mark,
            "minimum": minimum,
            "maximum": "5",
            "points": points,
        }
        for code, weight, mark, minimum, points in (*marks, ("sustainability", "1", "4.6667", "2", "4.6667"))
    ]
    return scores


def _reasons(kind: LetterKind) -> list[NoteData]:
    match kind:
        case LetterKind.PROFILE_INVITED:
            return [{"code": "invitation.invited", "values": {"seen": {"number": "22.6667"}, "clause": "6.4"}}]
        case LetterKind.PROFILE_NOT_INVITED:
            return [{"code": "invitation.beyond_maximum_count", "values": {"maximum": "10", "clause": "6.4"}}]
        case LetterKind.DECLINE | LetterKind.RESERVE:
            asked = {"amount": "50000.00", "currency": "USD"}
            left = {"amount": "1234.50", "currency": "USD"}
            return [
                {
                    "code": "allocation.envelope_exhausted",
                    "values": {"asked": asked, "left": left, "clause": "6.1"},
                }
            ]
    return []
