"""Projects: agreements, tranches, disbursements, expenditure and movements of money"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def text(name: str, *, required: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=not required)


def number(name: str, *, required: bool = True) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=not required)


def create(table: str, *columns: "sa.Column[str] | sa.Column[int] | sa.Column[bytes]", party: bool = False) -> None:
    """A table of what belongs to a project; its first column is the number or code of each row."""
    key, *others = columns
    constraints = [
        sa.ForeignKeyConstraint(["project"], ["project.proposal"], name=f"fk_{table}_project"),
        *([sa.ForeignKeyConstraint(["party"], ["party.number"], name=f"fk_{table}_party")] if party else []),
        sa.PrimaryKeyConstraint("project", key.name, name=f"pk_{table}"),
    ]
    op.create_table(table, text("project", required=True), key, *others, *constraints, sqlite_with_rowid=False)


def upgrade() -> None:
    op.create_table(
        "project",
        text("proposal", required=True),
        text("state", required=True),
        text("machine_hash", required=True),
        text("disbursement_machine_hash", required=True),
        text("signed_on"),
        text("starts_on"),
        text("ends_on"),
        text("validated_on"),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.number"], name="fk_project_proposal"),
        sa.ForeignKeyConstraint(["machine_hash"], ["definition.hash"], name="fk_project_machine_hash"),
        sa.ForeignKeyConstraint(
            ["disbursement_machine_hash"], ["definition.hash"], name="fk_project_disbursement_machine_hash"
        ),
        sa.PrimaryKeyConstraint("proposal", name="pk_project"),
    )
    create(
        "project_line",
        number("number"),
        text("party"),
        text("component"),
        text("activity", required=True),
        text("cost_category"),
        text("source", required=True),
        number("amount_minor"),
        party=True,
    )
    create("project_condition", text("criterion", required=True), text("met_by", required=True))
    create(
        "tranche",
        number("number"),
        text("milestone", required=True),
        text("due_on", required=True),
        number("amount_minor"),
    )
    create(
        "disbursement",
        number("number"),
        number("tranche"),
        text("state", required=True),
        number("asked_minor"),
        number("certified_minor", required=False),
        text("paid_on"),
    )
    create(
        "expenditure",
        number("number"),
        number("line"),
        text("component"),
        text("activity", required=True),
        text("cost_category"),
        text("source", required=True),
        text("paid_on", required=True),
        number("amount_minor"),
        text("document"),
        text("description"),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        number("disallowed_minor"),
    )
    create(
        "movement",
        number("number"),
        text("kind", required=True),
        number("amount_minor"),
        text("moved_on", required=True),
    )
