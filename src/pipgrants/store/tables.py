"""The tables. Amounts are whole minor units of the currency of the call; instants are UTC text, dates ISO text."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, *, required: bool = False) -> Column[str]:
    return Column(name, Text, nullable=not required)


def _number(name: str, *, required: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=not required)


entry = Table(
    "entry",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    _text("act", required=True),
    _text("subject", required=True),
    _text("call"),
    Column("content", LargeBinary, nullable=False),
    Column("leaf_hash", LargeBinary, nullable=False),
    Index(None, "subject"),
)

node = Table(
    "node",
    metadata,
    _number("level", required=True),
    _number("position", required=True),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("level", "position"),
    sqlite_with_rowid=False,
)

setting = Table("setting", metadata, Column("name", Text, primary_key=True), _text("value", required=True))

definition = Table(
    "definition",
    metadata,
    Column("hash", Text, primary_key=True),
    _text("kind", required=True),
    _text("name", required=True),
    _text("content", required=True),
)

actor = Table(
    "actor",
    metadata,
    Column("actor", Text, primary_key=True),
    _text("name"),
    _text("os_user"),
    Column("salt", LargeBinary),
    Column("party", Text, ForeignKey("party.number")),
)

actor_role = Table(
    "actor_role",
    metadata,
    Column("actor", Text, ForeignKey("actor.actor"), nullable=False),
    _text("role", required=True),
    _text("since", required=True),
    _text("until"),
    PrimaryKeyConstraint("actor", "role", "since"),
)

evaluator_profile = Table(
    "evaluator_profile",
    metadata,
    Column("evaluator", Text, ForeignKey("actor.actor"), primary_key=True),
    _text("sectors", required=True),
    _text("territory"),
    _text("languages", required=True),
    _number("load_limit"),
    _text("tax_country"),
    _text("institution"),
    _text("tax_number"),
    _text("email"),
    _text("postal_address"),
    _text("ties"),
    Column("salt", LargeBinary),
)

actor_key = Table(
    "actor_key",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("actor", Text, ForeignKey("actor.actor"), nullable=False),
    _text("public_key", required=True),
    Column("since_entry", Integer, ForeignKey("entry.sequence"), nullable=False),
    Column("until_entry", Integer, ForeignKey("entry.sequence")),
)

delegation = Table(
    "delegation",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("delegator", Text, ForeignKey("actor.actor"), nullable=False),
    Column("delegate", Text, ForeignKey("actor.actor"), nullable=False),
    _text("role", required=True),
    _text("from_on", required=True),
    _text("until_on", required=True),
    _text("ended_at"),
)

programme = Table(
    "programme",
    metadata,
    Column("programme", Text, primary_key=True),
    Column("definition_hash", Text, ForeignKey("definition.hash"), nullable=False),
    Column("machine_hash", Text, ForeignKey("definition.hash"), nullable=False),
    _text("state", required=True),
)

call = Table(
    "call",
    metadata,
    Column("call", Text, primary_key=True),
    Column("programme", Text, ForeignKey("programme.programme"), nullable=False),
    Column("definition_hash", Text, ForeignKey("definition.hash"), nullable=False),
    Column("machine_hash", Text, ForeignKey("definition.hash"), nullable=False),
    Column("proposal_machine_hash", Text, ForeignKey("definition.hash"), nullable=False),
    Column("templates_hash", Text, ForeignKey("definition.hash"), nullable=False),
    _text("number_prefix", required=True),
    _text("state", required=True),
    _text("stage", required=True),
    _text("currency", required=True),
    _number("envelope_minor", required=True),
    _text("scores_closed_at"),
    _text("released_at"),
    UniqueConstraint("number_prefix"),
)

question = Table(
    "question",
    metadata,
    Column("call", Text, ForeignKey("call.call"), nullable=False),
    _number("number", required=True),
    _text("question", required=True),
    _text("asked_at", required=True),
    _text("answer"),
    _text("answered_at"),
    PrimaryKeyConstraint("call", "number"),
)

form_taker = Table(
    "form_taker",
    metadata,
    Column("call", Text, ForeignKey("call.call"), nullable=False),
    _number("number", required=True),
    _text("name"),
    _text("email"),
    _text("language", required=True),
    Column("salt", LargeBinary),
    PrimaryKeyConstraint("call", "number"),
)

party = Table(
    "party",
    metadata,
    Column("number", Text, primary_key=True),
    _text("name"),
    _text("match_name"),
    _text("tax_number"),
    _text("tax_country"),
    _text("country"),
    _text("legal_form"),
    _text("size_class"),
    _text("sector"),
    _text("territory"),
    _text("language"),
    _text("email"),
    _text("postal_address"),
    _text("priority_groups"),
    _text("data_consent_on"),
    _text("redacted_at"),
    Column("salt", LargeBinary),
    _text("match_tax_number"),
    _text("kind"),
    Index(None, "tax_country", "match_tax_number"),
    Index(None, "match_name"),
)

exclusion = Table(
    "exclusion",
    metadata,
    Column("number", Integer, primary_key=True),
    _text("match_name"),
    _text("tax_country"),
    _text("tax_number"),
    _text("reason", required=True),
    _text("until"),
)

proposal = Table(
    "proposal",
    metadata,
    Column("number", Text, primary_key=True),
    Column("call", Text, ForeignKey("call.call"), nullable=False),
    _text("stage", required=True),
    _text("state", required=True),
    _text("reference", required=True),
    _text("title", required=True),
    _text("language", required=True),
    Column("lead", Text, ForeignKey("party.number"), nullable=False),
    _text("project_type"),
    _text("territory"),
    _text("sector"),
    _text("received_at", required=True),
    _text("design_on"),
    _number("duration_months"),
    _number("total_minor"),
    _number("grant_minor"),
    _text("source_state"),
    _text("clarification_due_on"),
    Column("screening_entry", Integer, ForeignKey("entry.sequence")),
    _number("has_open_findings", required=True),
    _number("counterpart_minor"),
    Column("determination_package", Text, ForeignKey("package.hash")),
    UniqueConstraint("call", "reference"),
    Index(None, "call", "number"),
)


def _line_table(name: str, *columns: Column[str] | Column[int] | Column[bytes]) -> Table:
    """A table of lines of a proposal, in the order of the application."""
    return Table(
        name,
        metadata,
        Column("proposal", Text, ForeignKey("proposal.number"), nullable=False),
        _number("position", required=True),
        *columns,
        PrimaryKeyConstraint("proposal", "position"),
        sqlite_with_rowid=False,
    )


member = _line_table(
    "member",
    Column("party", Text, ForeignKey("party.number"), nullable=False, index=True),
    _number("is_lead", required=True),
    _text("member_type"),
)

budget_line = _line_table(
    "budget_line",
    Column("party", Text, ForeignKey("party.number")),
    _text("component"),
    _text("activity", required=True),
    _text("cost_category"),
    _text("source", required=True),
    _number("amount_minor", required=True),
)

counterpart_line = _line_table(
    "counterpart_line",
    Column("party", Text, ForeignKey("party.number")),
    _text("form", required=True),
    _text("source", required=True),
    _number("amount_minor", required=True),
    _text("evidence"),
    _text("valuation_basis"),
    _text("description", required=True),
)

objective = _line_table(
    "objective",
    _text("description", required=True),
    _text("indicator", required=True),
    _text("horizon"),
    _text("baseline"),
    _text("target"),
    _number("due_month"),
)

evidence = _line_table(
    "evidence",
    _text("identity", required=True),
    _text("kind", required=True),
    _text("issuer", required=True),
    _text("issued_on"),
    _number("committed_minor"),
    _text("file_name"),
    _text("sha256"),
    _text("reference", required=True),
)

clarification_answer = _line_table(
    "clarification_answer",
    _text("text"),
    Column("salt", LargeBinary),
)

appeal = Table(
    "appeal",
    metadata,
    Column("proposal", Text, ForeignKey("proposal.number"), nullable=False),
    _number("number", required=True),
    Column("letter", Integer, ForeignKey("letter.number"), nullable=False),
    _text("received_at", required=True),
    _text("standing", required=True),
    _text("grounds"),
    Column("salt", LargeBinary),
    Column("heard_by", Text, ForeignKey("actor.actor")),
    _text("remedy"),
    _text("met"),
    PrimaryKeyConstraint("proposal", "number"),
    sqlite_with_rowid=False,
)

evidence_settlement = Table(
    "evidence_settlement",
    metadata,
    Column("identity", Text, primary_key=True),
    Column("proposal", Text, ForeignKey("proposal.number"), nullable=False),
)

evaluation = Table(
    "evaluation",
    metadata,
    Column("proposal", Text, ForeignKey("proposal.number"), nullable=False),
    _text("stage", required=True),
    Column("evaluator", Text, ForeignKey("actor.actor"), nullable=False),
    _text("marks"),
    _text("comments"),
    _text("conflict"),
    Column("salt", LargeBinary),
    PrimaryKeyConstraint("proposal", "stage", "evaluator"),
    CheckConstraint("marks IS NULL OR json_valid(marks)", name="marks_json"),
    sqlite_with_rowid=False,
)

consensus = Table(
    "consensus",
    metadata,
    Column("proposal", Text, ForeignKey("proposal.number"), nullable=False),
    _text("stage", required=True),
    _text("marks", required=True),
    _text("participants", required=True),
    _text("held_on", required=True),
    _text("minutes", required=True),
    PrimaryKeyConstraint("proposal", "stage"),
    CheckConstraint("json_valid(marks)", name="marks_json"),
    sqlite_with_rowid=False,
)

draw = Table(
    "draw",
    metadata,
    Column("call", Text, ForeignKey("call.call"), nullable=False),
    _text("stage", required=True),
    _text("key", required=True),
    _text("evidence_sha256", required=True),
    PrimaryKeyConstraint("call", "stage"),
)

ranking_line = Table(
    "ranking_line",
    metadata,
    Column("call", Text, ForeignKey("call.call"), nullable=False),
    _text("stage", required=True),
    _number("rank", required=True),
    Column("proposal", Text, ForeignKey("proposal.number"), nullable=False),
    _text("total", required=True),
    _text("tie_broken_by"),
    _text("drawn_among"),
    _number("passes_thresholds", required=True),
    Column("detail", LargeBinary, nullable=False),
    PrimaryKeyConstraint("call", "stage", "rank"),
    sqlite_with_rowid=False,
)

package = Table(
    "package",
    metadata,
    Column("hash", Text, primary_key=True),
    _text("kind", required=True),
    Column("programme", Text, ForeignKey("programme.programme")),
    Column("call", Text, ForeignKey("call.call")),
    _text("stage"),
    _text("state", required=True),
    Column("prepared_by", Text, ForeignKey("actor.actor"), nullable=False),
    _text("prepared_at", required=True),
    Column("content", LargeBinary, nullable=False),
    Index(None, "call"),
)

package_line = Table(
    "package_line",
    metadata,
    Column("package", Text, ForeignKey("package.hash"), nullable=False),
    Column("proposal", Text, ForeignKey("proposal.number"), nullable=False),
    _number("rank"),
    _text("outcome", required=True),
    _number("amount_minor"),
    Column("detail", LargeBinary, nullable=False),
    PrimaryKeyConstraint("package", "proposal"),
    sqlite_with_rowid=False,
)

letter = Table(
    "letter",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("call", Text, ForeignKey("call.call"), nullable=False),
    Column("proposal", Text, ForeignKey("proposal.number")),
    _text("kind", required=True),
    _text("language", required=True),
    _text("stage", required=True),
    Column("template_hash", Text, ForeignKey("definition.hash"), nullable=False),
    _number("entry", required=True),
    Column("data", LargeBinary, nullable=False),
    _text("recipient"),
    Column("salt", LargeBinary),
    _text("released_on"),
    Column("release", LargeBinary),
    _number("attempts", required=True),
    _text("next_attempt_at"),
    _text("sent_at"),
    _text("settled_at"),
    _text("reply"),
    Column("superseded_by", Integer, ForeignKey("letter.number")),
    ForeignKeyConstraint(["entry"], ["entry.sequence"]),
    Index(None, "call", "stage"),
    Index(None, "proposal"),
)

project = Table(
    "project",
    metadata,
    Column("proposal", Text, ForeignKey("proposal.number"), primary_key=True),
    _text("state", required=True),
    Column("machine_hash", Text, ForeignKey("definition.hash"), nullable=False),
    Column("disbursement_machine_hash", Text, ForeignKey("definition.hash"), nullable=False),
    _text("signed_on"),
    _text("starts_on"),
    _text("ends_on"),
    _text("validated_on"),
)


def _project_table(name: str, key: str, *columns: Column[str] | Column[int] | Column[bytes] | Index) -> Table:
    """A table of what belongs to a project, each row with a number or code of its own."""
    return Table(
        name,
        metadata,
        Column("project", Text, ForeignKey("project.proposal"), nullable=False),
        _text(key, required=True) if key == "criterion" else _number(key, required=True),
        *columns,
        PrimaryKeyConstraint("project", key),
        sqlite_with_rowid=False,
    )


project_line = _project_table(
    "project_line",
    "number",
    Column("party", Text, ForeignKey("party.number")),
    _text("component"),
    _text("activity", required=True),
    _text("cost_category"),
    _text("source", required=True),
    _number("amount_minor", required=True),
)

project_condition = _project_table("project_condition", "criterion", _text("met_by", required=True))

tranche = _project_table(
    "tranche",
    "number",
    _text("milestone", required=True),
    _text("due_on", required=True),
    _number("amount_minor", required=True),
)

disbursement = _project_table(
    "disbursement",
    "number",
    _number("tranche", required=True),
    _text("state", required=True),
    _number("asked_minor", required=True),
    _number("certified_minor"),
    _text("paid_on"),
)

expenditure = _project_table(
    "expenditure",
    "number",
    _number("line", required=True),
    _text("component"),
    _text("activity", required=True),
    _text("cost_category"),
    _text("source", required=True),
    _text("paid_on", required=True),
    _number("amount_minor", required=True),
    _text("document"),
    _text("description"),
    Column("salt", LargeBinary),
    _number("disallowed_minor", required=True),
    Column("form", Text, nullable=False, server_default="cash"),
)

movement = _project_table(
    "movement",
    "number",
    _text("kind", required=True),
    _number("amount_minor", required=True),
    _text("moved_on", required=True),
)

service_contract = _project_table(
    "service_contract",
    "number",
    Column("machine_hash", Text, ForeignKey("definition.hash"), nullable=False),
    _text("state", required=True),
    Column("supplier", Text, ForeignKey("party.number"), nullable=False),
    _text("object", required=True),
    _text("component", required=True),
    _number("amount_minor", required=True),
    _text("due_on", required=True),
    _text("agreed_on", required=True),
    _text("agreed_by", required=True),
    _number("offers_count", required=True),
    _text("offers"),
    _text("reason"),
    _text("minutes"),
    Column("salt", LargeBinary),
    _text("signed_on"),
    _text("delivered_on"),
    _text("ended_on"),
)

contract_payment = Table(
    "contract_payment",
    metadata,
    _text("project", required=True),
    _number("expenditure", required=True),
    _number("contract", required=True),
    ForeignKeyConstraint(["project", "expenditure"], ["expenditure.project", "expenditure.number"]),
    ForeignKeyConstraint(["project", "contract"], ["service_contract.project", "service_contract.number"]),
    PrimaryKeyConstraint("project", "expenditure"),
    sqlite_with_rowid=False,
)

group_conflict = _project_table(
    "group_conflict",
    "number",
    Column("machine_hash", Text, ForeignKey("definition.hash"), nullable=False),
    _text("state", required=True),
    _text("cause", required=True),
    _text("opened_on", required=True),
    _text("parties", required=True),
    _text("about"),
    Column("salt", LargeBinary),
    Column("leaving", Text, ForeignKey("party.number")),
    _text("consequence"),
    _text("ended_on"),
)

group_conflict_step = Table(
    "group_conflict_step",
    metadata,
    _text("project", required=True),
    _number("conflict", required=True),
    _number("number", required=True),
    _text("trigger", required=True),
    _text("done_on", required=True),
    _text("mediator"),
    _text("statement"),
    Column("salt", LargeBinary),
    ForeignKeyConstraint(["project", "conflict"], ["group_conflict.project", "group_conflict.number"]),
    PrimaryKeyConstraint("project", "conflict", "number"),
    sqlite_with_rowid=False,
)

team_member = _project_table(
    "team_member",
    "number",
    _text("position", required=True),
    _text("engagement", required=True),
    _text("published_on", required=True),
    _text("published_in", required=True),
    _text("criteria", required=True),
    _number("candidates_count", required=True),
    _text("selected_on", required=True),
    _text("minutes", required=True),
    _text("without_firms"),
    _text("starts_on", required=True),
    _text("ends_on", required=True),
    _text("name"),
    _text("email"),
    Column("salt", LargeBinary),
    _text("left_on"),
)

selection_part = Table(
    "selection_part",
    metadata,
    _text("project", required=True),
    _number("member", required=True),
    Column("party", Text, ForeignKey("party.number"), nullable=False),
    _text("part", required=True),
    ForeignKeyConstraint(["project", "member"], ["team_member.project", "team_member.number"]),
    PrimaryKeyConstraint("project", "member", "party", "part"),
    sqlite_with_rowid=False,
)

firm_registration = Table(
    "firm_registration",
    metadata,
    Column("project", Text, ForeignKey("project.proposal"), nullable=False),
    Column("party", Text, ForeignKey("party.number"), nullable=False),
    _text("registered_on", required=True),
    _text("consent_on", required=True),
    _number("year", required=True),
    _text("figures", required=True),
    Column("salt", LargeBinary, nullable=False),
    _text("withdrawn_on"),
    PrimaryKeyConstraint("project", "party"),
    sqlite_with_rowid=False,
)

activity = Table(
    "activity",
    metadata,
    Column("project", Text, ForeignKey("project.proposal"), nullable=False),
    _text("code", required=True),
    _text("kind", required=True),
    _text("component", required=True),
    _text("held_on", required=True),
    _number("cost_minor", required=True),
    _number("people", required=True),
    _text("title", required=True),
    _text("result", required=True),
    _text("minutes"),
    Column("salt", LargeBinary, nullable=False),
    _text("voided_on"),
    PrimaryKeyConstraint("project", "code"),
    sqlite_with_rowid=False,
)


def _of_activity(name: str, key: Column[str], *columns: Column[str] | Column[int] | Column[bytes]) -> Table:
    """A table of what belongs to an activity."""
    return Table(
        name,
        metadata,
        _text("project", required=True),
        _text("activity", required=True),
        key,
        *columns,
        ForeignKeyConstraint(["project", "activity"], ["activity.project", "activity.code"]),
        PrimaryKeyConstraint("project", "activity", key.name),
        sqlite_with_rowid=False,
    )


activity_people = _of_activity(
    "activity_people", _text("people_group", required=True), _number("people", required=True)
)

participation = _of_activity(
    "participation",
    Column("party", Text, ForeignKey("party.number"), nullable=False),
    _number("is_firm", required=True),
    _number("agreed"),
    _number("year"),
    _text("figures"),
    Column("salt", LargeBinary),
)

merged_party = Table(
    "merged_party",
    metadata,
    Column("party", Text, ForeignKey("party.number"), primary_key=True),
    Column("kept", Text, ForeignKey("party.number"), nullable=False, index=True),
    sqlite_with_rowid=False,
)

opportunity = Table(
    "opportunity",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("territory", required=True),
    _text("sector", required=True),
    _text("firms", required=True),
    _text("description", required=True),
    _text("noted_at", required=True),
    Column("salt", LargeBinary, nullable=False),
)

opportunity_link = Table(
    "opportunity_link",
    metadata,
    Column("opportunity", Integer, ForeignKey("opportunity.number"), nullable=False),
    _number("position", required=True),
    Column("call", Text, ForeignKey("call.call")),
    Column("proposal", Text, ForeignKey("proposal.number")),
    PrimaryKeyConstraint("opportunity", "position"),
    sqlite_with_rowid=False,
)

practice = Table(
    "practice",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("project_type", required=True),
    _text("sector", required=True),
    _text("component"),
    _text("language", required=True),
    _text("title", required=True),
    _text("description", required=True),
    _text("result", required=True),
    Column("proposal", Text, ForeignKey("proposal.number")),
    _text("evidence_sha256", required=True),
    _text("recorded_at", required=True),
)

monitored_project = Table(
    "monitored_project",
    metadata,
    Column("project", Text, ForeignKey("project.proposal"), primary_key=True),
    Column("framework_hash", Text, ForeignKey("definition.hash"), nullable=False),
    _number("baseline_year"),
)

measurement = _project_table(
    "measurement",
    "number",
    _text("kind", required=True),
    _text("as_of"),
    Column("firm", Text, ForeignKey("party.number")),
    _text("content"),
    Column("salt", LargeBinary),
    Index(None, "firm"),
)
