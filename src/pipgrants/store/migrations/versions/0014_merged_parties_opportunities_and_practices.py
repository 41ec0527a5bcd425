"""Merged parties, opportunities noted by coordination, and best practices"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def text(name: str, *, required: bool = True) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=not required)


def upgrade() -> None:
    op.create_table(
        "merged_party",
        text("party"),
        text("kept"),
        sa.ForeignKeyConstraint(["party"], ["party.number"], name="fk_merged_party_party"),
        sa.ForeignKeyConstraint(["kept"], ["party.number"], name="fk_merged_party_kept"),
        sa.PrimaryKeyConstraint("party", name="pk_merged_party"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_merged_party_kept", "merged_party", ["kept"])
    op.create_table(
        "opportunity",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        text("territory"),
        text("sector"),
        text("firms"),
        text("description"),
        text("noted_at"),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_opportunity"),
    )
    op.create_table(
        "opportunity_link",
        sa.Column("opportunity", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        text("call", required=False),
        text("proposal", required=False),
        sa.ForeignKeyConstraint(["opportunity"], ["opportunity.number"], name="fk_opportunity_link_opportunity"),
        sa.ForeignKeyConstraint(["call"], ["call.call"], name="fk_opportunity_link_call"),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.number"], name="fk_opportunity_link_proposal"),
        sa.PrimaryKeyConstraint("opportunity", "position", name="pk_opportunity_link"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "practice",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        text("project_type"),
        text("sector"),
        text("component", required=False),
        text("language"),
        text("title"),
        text("description"),
        text("result"),
        text("proposal", required=False),
        text("evidence_sha256"),
        text("recorded_at"),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.number"], name="fk_practice_proposal"),
        sa.PrimaryKeyConstraint("number", name="pk_practice"),
    )
