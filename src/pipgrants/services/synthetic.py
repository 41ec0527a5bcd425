"""Invented applications and marks for demonstrations, from Faker and a seed; nobody in them exists.

The same seed gives the same applications. Every quality of counterpart is among them: exactly half, a cent short, in
kind above the cap, without a letter, from an ineligible source, and one letter pledged twice.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from pipgrants.domain.application import Application, ApplicationMember, Exclusion, PartyDetails, SubmittedScore
from pipgrants.domain.evaluation import scale_of
from pipgrants.domain.proposal import BudgetLine, CounterpartLine, Evidence, Objective
from pipgrants.domain.rubric import Criterion, Rubric
from pipgrants.domain.vocabulary import (
    Component,
    ContributionForm,
    CostCategory,
    EvidenceKind,
    FundingSource,
    Horizon,
    Language,
    MemberType,
    PriorityGroup,
    ProjectType,
    SizeClass,
    TieKind,
)
from pipgrants.errors import RefusedError

if TYPE_CHECKING:
    from faker import Faker

CENT = Decimal("0.01")


class _Country(NamedTuple):
    """Where invented firms are: ISO code, language, Faker locale, some territories of ISO 3166-2, legal forms."""

    code: str
    language: Language
    locale: str
    territories: tuple[str, ...]
    forms: tuple[str, ...]


_COUNTRIES = (
    _Country("HN", Language.SPANISH, "es_MX", ("HN-FM", "HN-CR", "HN-AT"), ("S. de R.L.", "S.A.", "Cooperativa")),
    _Country("NI", Language.SPANISH, "es_MX", ("NI-MS", "NI-MN", "NI-ES"), ("S.A.", "Cooperativa")),
    _Country("CO", Language.SPANISH, "es_CO", ("CO-VAC", "CO-ANT", "CO-NAR"), ("S.A.S.", "Ltda.", "Cooperativa")),
    _Country("PE", Language.SPANISH, "es_MX", ("PE-LIM", "PE-CUS", "PE-UCA"), ("S.A.C.", "E.I.R.L.")),
    _Country("AR", Language.SPANISH, "es_AR", ("AR-X", "AR-S", "AR-M"), ("S.R.L.", "S.A.", "Cooperativa")),
    _Country("BR", Language.PORTUGUESE, "pt_BR", ("BR-SP", "BR-CE", "BR-RS"), ("Ltda.", "S.A.", "Cooperativa")),
    _Country("JM", Language.ENGLISH, "en_US", ("JM-01", "JM-08", "JM-13"), ("Ltd.", "Co-operative")),
    _Country("BZ", Language.ENGLISH, "en_US", ("BZ-BZ", "BZ-CY", "BZ-TOL"), ("Ltd.", "Co-operative")),
)
_WEIGHTS = (30, 18, 22, 12, 14, 26, 5, 4)

_SECTORS: Mapping[str, Mapping[Language, str]] = {
    "0122": {Language.SPANISH: "frutas tropicales", Language.PORTUGUESE: "frutas tropicais", Language.ENGLISH: "fruit"},
    "1079": {Language.SPANISH: "café", Language.PORTUGUESE: "café", Language.ENGLISH: "coffee"},
    "1410": {Language.SPANISH: "confección", Language.PORTUGUESE: "confecções", Language.ENGLISH: "garments"},
    "1520": {Language.SPANISH: "calzado", Language.PORTUGUESE: "calçados", Language.ENGLISH: "footwear"},
    "3100": {Language.SPANISH: "muebles", Language.PORTUGUESE: "móveis", Language.ENGLISH: "furniture"},
    "5510": {
        Language.SPANISH: "turismo rural",
        Language.PORTUGUESE: "turismo rural",
        Language.ENGLISH: "rural tourism",
    },
}
_TITLES: Mapping[ProjectType, Mapping[Language, str]] = {
    ProjectType.HORIZONTAL_NETWORK: {
        Language.SPANISH: "Red de pequeñas empresas de {sector} de {place}",
        Language.PORTUGUESE: "Rede de pequenas empresas de {sector} de {place}",
        Language.ENGLISH: "Network of small {sector} firms of {place}",
    },
    ProjectType.VERTICAL_NETWORK: {
        Language.SPANISH: "Desarrollo de proveedores de {sector} en {place}",
        Language.PORTUGUESE: "Desenvolvimento de fornecedores de {sector} em {place}",
        Language.ENGLISH: "Supplier development for {sector} in {place}",
    },
    ProjectType.CLUSTER: {
        Language.SPANISH: "Clúster de {sector} de {place}",
        Language.PORTUGUESE: "Cluster de {sector} de {place}",
        Language.ENGLISH: "{sector} cluster of {place}",
    },
    ProjectType.LOCAL_PRODUCTIVE_ENVIRONMENT: {
        Language.SPANISH: "Entorno productivo local de {place}: {sector}",
        Language.PORTUGUESE: "Ambiente produtivo local de {place}: {sector}",
        Language.ENGLISH: "Local productive environment of {place}: {sector}",
    },
}
_OBJECTIVES: Mapping[Language, tuple[str, str]] = {
    Language.SPANISH: ("Aumentar las ventas conjuntas", "Aumentar el empleo del grupo"),
    Language.PORTUGUESE: ("Aumentar as vendas conjuntas", "Aumentar o emprego do grupo"),
    Language.ENGLISH: ("Raise the group's joint sales", "Raise the group's employment"),
}
_ACTIVITIES: Mapping[Component, Mapping[Language, str]] = {
    Component.COOPERATION: {
        Language.SPANISH: "Compra conjunta de insumos",
        Language.PORTUGUESE: "Compra conjunta de insumos",
        Language.ENGLISH: "Joint purchase of inputs",
    },
    Component.MARKETS: {
        Language.SPANISH: "Participación en ferias",
        Language.PORTUGUESE: "Participação em feiras",
        Language.ENGLISH: "Joint presence at fairs",
    },
    Component.TECHNOLOGY_AND_SERVICES: {
        Language.SPANISH: "Asistencia técnica al grupo",
        Language.PORTUGUESE: "Assistência técnica ao grupo",
        Language.ENGLISH: "Technical assistance to the group",
    },
    Component.DISSEMINATION: {
        Language.SPANISH: "Difusión de buenas prácticas",
        Language.PORTUGUESE: "Difusão de boas práticas",
        Language.ENGLISH: "Spreading of best practices",
    },
}

QUALITIES: tuple[tuple[str, int], ...] = (
    ("ample", 46),
    ("exactly_half", 14),
    ("a_cent_short", 4),
    ("too_little", 9),
    ("in_kind_above_cap", 6),
    ("no_letter", 6),
    ("no_valuation", 3),
    ("ineligible_source", 4),
    ("pledged_twice", 4),
    ("few_firms", 4),
)
"""What is particular about an application's counterpart or group, with how often it occurs."""


def applications(count: int, seed: int, opens_at: datetime, closes_at: datetime) -> list[Application]:
    """Invented applications, received over the window; a few of them late. Raises RefusedError without Faker."""
    inventor = _Inventor(seed, opens_at, closes_at)
    return [inventor.application(place) for place in range(1, count + 1)]


def exclusions(found: Sequence[Application]) -> list[Exclusion]:
    """An invented exclusion list that names a member of some of the applications."""
    chosen = [application.members[1].details for application in found[7::120]]
    return [Exclusion(item.name, "synthetic example", item.tax_country, item.tax_number) for item in chosen]


def profiles(evaluators: Sequence[str], tied: str, seed: int) -> Iterator[dict[str, str]]:
    """Invented profiles as rows of their file; the first evaluator sat on the board of an organisation, ``tied``."""
    chance = random.Random(f"profiles {seed}")
    sectors = chance.sample([*_SECTORS], len(_SECTORS))
    for place, evaluator in enumerate(evaluators):
        country = _COUNTRIES[place % len(_COUNTRIES)]
        row = {
            "evaluator": evaluator,
            "sectors": f"{sectors[place % len(sectors)]}; {sectors[(place + 1) % len(sectors)]}",
            "territory": chance.choice(country.territories),
            "languages": "; ".join(Language) if place % 2 else f"{country.language}; {Language.ENGLISH}",
            "institution": f"Synthetic Institute {place // 2 + 1}",
            "email": f"{evaluator}@evaluators.invalid",
        }
        yield row if place else {**row, "tie": TieKind.BOARD, "organisation": tied}


def marks(
    rubric: Rubric, criteria: Sequence[Criterion], pairs: Sequence[tuple[str, str]], seed: int, comment: str
) -> Iterator[SubmittedScore]:
    """Invented marks on the rubric's scale for pairs of proposal and evaluator; proposals differ, and so do readers."""
    chance = random.Random(f"marks {seed}")
    quality = {number: chance.betavariate(5, 2.4) for number in sorted({number for number, _ in pairs})}
    leniency = {evaluator: chance.uniform(-0.05, 0.05) for evaluator in sorted({name for _, name in pairs})}
    for number, evaluator in pairs:
        for criterion in criteria:
            scale = scale_of(rubric, criterion)
            steps = int((scale.maximum - scale.minimum) / scale.step)
            level = quality[number] + leniency[evaluator] + chance.gauss(0, 0.09)
            step = min(steps, max(0, round(level * steps)))
            yield SubmittedScore(number, evaluator, criterion.code, scale.minimum + step * scale.step, comment)


def require_faker() -> None:
    """Raises RefusedError where the package that invents names is not installed."""
    if find_spec("faker") is None:
        raise RefusedError("invented applications need the package Faker", next_step="pip install 'pipgrants[demo]'")


def _faker(locale: str, seed: int) -> Faker:
    from faker import Faker

    faker = Faker(locale)
    faker.seed_instance(seed)
    return faker


class _Inventor:
    """Invents applications one after another."""

    def __init__(self, seed: int, opens_at: datetime, closes_at: datetime) -> None:
        self._chance = random.Random(seed)
        self._fakers = {country.locale: _faker(country.locale, seed) for country in _COUNTRIES}
        self._opens_at = opens_at
        self._closes_at = closes_at
        self._shared_letter: Evidence | None = None

    def application(self, place: int) -> Application:
        """One application."""
        chance = self._chance
        country = chance.choices(_COUNTRIES, _WEIGHTS)[0]
        language, faker = country.language, self._fakers[country.locale]
        quality = chance.choices([name for name, _ in QUALITIES], [weight for _, weight in QUALITIES])[0]
        project_type = chance.choice(list(ProjectType))
        territory, sector = chance.choice(country.territories), chance.choice(list(_SECTORS))
        members = self._members(country, faker, territory, sector, project_type, quality)
        total = Decimal(chance.randrange(60, 480)) * 1000
        own = self._own_share(quality, total)
        reference = f"SYN-{place:04d}"
        letters, lines = self._counterpart(reference, members[0], quality, own)
        papers = [*letters, *self._agreement(reference, members[0])]
        title = _TITLES[project_type][language].format(sector=_SECTORS[sector][language], place=faker.city())
        received_at = self._received_at()
        application = Application(
            reference=reference,
            title=title[0].upper() + title[1:],
            members=members,
            received_at=received_at,
            language=language,
            project_type=project_type,
            territory=territory,
            sector=sector,
            design_on=self._opens_at.date() - timedelta(days=chance.randrange(20, 400)),
            duration_months=chance.choices((12, 18, 24, 30, 36, 40), (10, 20, 35, 15, 17, 3))[0],
            total_amount=total,
            grant_amount=total - own,
            budget_lines=tuple(self._budget(members, language, total, own)),
            counterpart_lines=lines,
            objectives=tuple(self._objectives(language)),
            evidence=tuple(papers),
        )
        return _dated_until(application, received_at.date() - timedelta(days=1))

    def _received_at(self) -> datetime:
        chance = self._chance
        if chance.random() < 0.02:
            return self._closes_at + timedelta(minutes=chance.randrange(1, 600))
        window = int((self._closes_at - self._opens_at).total_seconds() // 60)
        return self._opens_at + timedelta(minutes=int(window * chance.random() ** 0.35))

    def _members(
        self,
        country: _Country,
        faker: Faker,
        territory: str,
        sector: str,
        project_type: ProjectType,
        quality: str,
    ) -> tuple[ApplicationMember, ...]:
        chance = self._chance
        wanted = 3 if quality == "few_firms" else chance.randrange(5, 10)
        led_by_institution = project_type in (ProjectType.CLUSTER, ProjectType.LOCAL_PRODUCTIVE_ENVIRONMENT)
        return tuple(
            ApplicationMember(
                f"M{place}",
                self._party(country, faker, territory, sector),
                place == 1,
                chance.choice((MemberType.ASSOCIATION, MemberType.KNOWLEDGE_INSTITUTION, MemberType.PUBLIC_BODY))
                if place == 1 and led_by_institution
                else MemberType.ENTERPRISE,
            )
            for place in range(1, wanted + 1)
        )

    def _party(self, country: _Country, faker: Faker, territory: str, sector: str) -> PartyDetails:
        chance = self._chance
        consent = self._opens_at.date() + timedelta(days=chance.randrange(0, 40))
        form = chance.choice(country.forms)
        groups = [group for group in PriorityGroup if chance.random() < 0.07]
        return PartyDetails(
            name=f"{faker.last_name()} {faker.last_name()} {form}",
            tax_number=faker.unique.numerify("############"),
            tax_country=country.code,
            country=country.code,
            legal_form=form,
            size_class=chance.choices(list(SizeClass), (45, 38, 13, 4))[0],
            sector=sector,
            territory=territory,
            language=country.language,
            email=f"{faker.user_name()}@example.org",
            postal_address=faker.address(),
            priority_groups=frozenset(groups),
            data_consent_on=consent if chance.random() < 0.985 else None,
        )

    def _own_share(self, quality: str, total: Decimal) -> Decimal:
        chance, half = self._chance, total / 2
        shares: dict[str, Callable[[], Decimal]] = {
            "exactly_half": lambda: half,
            "a_cent_short": lambda: half - CENT,
            "too_little": lambda: (total * chance.randrange(25, 48) / 100).quantize(CENT),
        }
        return shares.get(quality, lambda: (total * chance.randrange(51, 66) / 100).quantize(CENT))()

    def _counterpart(
        self, reference: str, lead: ApplicationMember, quality: str, own: Decimal
    ) -> tuple[list[Evidence], tuple[CounterpartLine, ...]]:
        chance = self._chance
        issuer = lead.details.name
        letter = Evidence(f"{reference}/CL", EvidenceKind.COMMITMENT_LETTER, issuer, self._day(), own)
        if quality == "pledged_twice":
            letter = self._shared_letter or letter
            self._shared_letter = None if self._shared_letter else letter
        in_kind_share = 70 if quality == "in_kind_above_cap" else chance.choice((0, 0, 10, 20, 30))
        in_kind = (own * in_kind_share / 100).quantize(CENT)
        source = FundingSource.OTHER_PUBLIC_GRANT if quality == "ineligible_source" else FundingSource.OWN_FUNDS
        evidence = None if quality == "no_letter" else letter.identity
        valuation = None if quality == "no_valuation" and in_kind else "market price, three quotations"
        lines = [CounterpartLine(lead.key, ContributionForm.CASH, source, own - in_kind, evidence)]
        if in_kind:
            lines.append(
                CounterpartLine(
                    lead.key,
                    ContributionForm.IN_KIND,
                    FundingSource.OWN_FUNDS,
                    in_kind,
                    evidence,
                    valuation,
                    "staff time",
                )
            )
        return ([] if quality == "no_letter" else [letter]), tuple(lines)

    def _agreement(self, reference: str, lead: ApplicationMember) -> Iterator[Evidence]:
        if self._chance.random() < 0.9:
            yield Evidence(f"{reference}/CA", EvidenceKind.CONSORTIUM_AGREEMENT, lead.details.name, self._day())

    def _day(self) -> date:
        return self._opens_at.date() + timedelta(days=self._chance.randrange(0, 50))

    def _budget(
        self, members: Sequence[ApplicationMember], language: Language, total: Decimal, own: Decimal
    ) -> Iterator[BudgetLine]:
        chance = self._chance
        administration = (total * chance.choices((4, 6, 8, 10, 14), (20, 30, 30, 15, 5))[0] / 100).quantize(CENT)
        lead = members[0].key
        yield BudgetLine(lead, None, "", CostCategory.ADMINISTRATION, FundingSource.OWN_FUNDS, administration)
        left = own - administration
        for place, component in enumerate(Component):
            activity = _ACTIVITIES[component][language]
            category = chance.choice((CostCategory.CONSULTANCY, CostCategory.TRAINING, CostCategory.EQUIPMENT))
            grant, paid = _quarter(total - own, place), _quarter(left, place)
            yield BudgetLine(lead, component, activity, category, FundingSource.GRANT, grant)
            payer = chance.choice(members).key
            yield BudgetLine(payer, component, activity, CostCategory.STAFF, FundingSource.OWN_FUNDS, paid)

    def _objectives(self, language: Language) -> Iterator[Objective]:
        chance = self._chance
        short, long = _OBJECTIVES[language]
        sales, jobs = Decimal(chance.randrange(80, 900)) * 1000, Decimal(chance.randrange(20, 200))
        yield Objective(short, "sales", Horizon.SHORT_TERM, sales, sales * Decimal("1.10"), 12)
        if chance.random() < 0.96:
            yield Objective(long, "employment", Horizon.LONG_TERM, jobs, jobs + chance.randrange(2, 30), 36)


def _dated_until(application: Application, latest: date) -> Application:
    """The application with no consent and no paper later than a day."""
    members = tuple(
        member._replace(details=member.details._replace(data_consent_on=_until(member.details.data_consent_on, latest)))
        for member in application.members
    )
    papers = tuple(paper._replace(issued_on=_until(paper.issued_on, latest)) for paper in application.evidence)
    return application._replace(members=members, evidence=papers)


def _until(day: date | None, latest: date) -> date | None:
    return min(day, latest) if day else None


def _quarter(amount: Decimal, place: int) -> Decimal:
    """One of four parts of an amount that add up to it: the last takes what rounding left."""
    part = (amount / 4).quantize(CENT)
    return amount - 3 * part if place == 3 else part


def completed(application: Application, today: date, asked: Collection[str]) -> Application:
    """The application with what a clarification usually asks for: consent, a letter for each line, a valuation.

    ``asked`` are the line tuples that the request is about; the others stay.
    """
    if "members" in asked:
        application = application._replace(members=tuple(_consenting(member, today) for member in application.members))
    if "counterpart_lines" not in asked:
        return application
    lead = next(member for member in application.members if member.is_lead)
    letter = Evidence(f"{application.reference}/CL-2", EvidenceKind.COMMITMENT_LETTER, lead.details.name, today, None)
    lines = tuple(
        line._replace(
            evidence=letter.identity, valuation_basis=line.valuation_basis or "market price, three quotations"
        )
        for line in application.counterpart_lines
    )
    return application._replace(counterpart_lines=lines, evidence=(*application.evidence, letter))


def _consenting(member: ApplicationMember, today: date) -> ApplicationMember:
    details = member.details
    return member._replace(details=details._replace(data_consent_on=details.data_consent_on or today))


def numbers(count: int, name: str, seed: int) -> list[int]:
    """Invented random numbers: the declared stand-in for a public source that a demonstration cannot wait for."""
    chance = random.Random(f"{name} {seed}")
    return sorted(chance.sample(range(1, 60), count))
