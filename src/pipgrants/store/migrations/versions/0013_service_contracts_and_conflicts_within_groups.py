"""Service contracts, the payments made under them, and conflicts within the groups of projects"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def text(name: str, *, required: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=not required)


def number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=False)


def salt() -> "sa.Column[bytes]":
    return sa.Column("salt", sa.LargeBinary(), nullable=True)


def upgrade() -> None:
    op.create_table(
        "service_contract",
        text("project", required=True),
        number("number"),
        text("machine_hash", required=True),
        text("state", required=True),
        text("supplier", required=True),
        text("object", required=True),
        text("component", required=True),
        number("amount_minor"),
        text("due_on", required=True),
        text("agreed_on", required=True),
        text("agreed_by", required=True),
        number("offers_count"),
        text("offers"),
        text("reason"),
        text("minutes"),
        salt(),
        text("signed_on"),
        text("delivered_on"),
        text("ended_on"),
        sa.ForeignKeyConstraint(["project"], ["project.proposal"], name="fk_service_contract_project"),
        sa.ForeignKeyConstraint(["machine_hash"], ["definition.hash"], name="fk_service_contract_machine_hash"),
        sa.ForeignKeyConstraint(["supplier"], ["party.number"], name="fk_service_contract_supplier"),
        sa.PrimaryKeyConstraint("project", "number", name="pk_service_contract"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "contract_payment",
        text("project", required=True),
        number("expenditure"),
        number("contract"),
        sa.ForeignKeyConstraint(
            ["project", "expenditure"],
            ["expenditure.project", "expenditure.number"],
            name="fk_contract_payment_project_expenditure",
        ),
        sa.ForeignKeyConstraint(
            ["project", "contract"],
            ["service_contract.project", "service_contract.number"],
            name="fk_contract_payment_project_contract",
        ),
        sa.PrimaryKeyConstraint("project", "expenditure", name="pk_contract_payment"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "group_conflict",
        text("project", required=True),
        number("number"),
        text("machine_hash", required=True),
        text("state", required=True),
        text("cause", required=True),
        text("opened_on", required=True),
        text("parties", required=True),
        text("about"),
        salt(),
        text("leaving"),
        text("consequence"),
        text("ended_on"),
        sa.ForeignKeyConstraint(["project"], ["project.proposal"], name="fk_group_conflict_project"),
        sa.ForeignKeyConstraint(["machine_hash"], ["definition.hash"], name="fk_group_conflict_machine_hash"),
        sa.ForeignKeyConstraint(["leaving"], ["party.number"], name="fk_group_conflict_leaving"),
        sa.PrimaryKeyConstraint("project", "number", name="pk_group_conflict"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "group_conflict_step",
        text("project", required=True),
        number("conflict"),
        number("number"),
        text("trigger", required=True),
        text("done_on", required=True),
        text("mediator"),
        text("statement"),
        salt(),
        sa.ForeignKeyConstraint(
            ["project", "conflict"],
            ["group_conflict.project", "group_conflict.number"],
            name="fk_group_conflict_step_project_conflict",
        ),
        sa.PrimaryKeyConstraint("project", "conflict", "number", name="pk_group_conflict_step"),
        sqlite_with_rowid=False,
    )
