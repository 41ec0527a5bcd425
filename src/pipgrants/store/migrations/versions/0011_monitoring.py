"""Monitoring: the logical framework and the baseline of projects, and what was measured"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "monitored_project",
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("framework_hash", sa.Text(), nullable=False),
        sa.Column("baseline_year", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["project.proposal"], name="fk_monitored_project_project"),
        sa.ForeignKeyConstraint(["framework_hash"], ["definition.hash"], name="fk_monitored_project_framework_hash"),
        sa.PrimaryKeyConstraint("project", name="pk_monitored_project"),
    )
    op.create_table(
        "measurement",
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=True),
        sa.Column("firm", sa.Text(), nullable=True),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["project"], ["project.proposal"], name="fk_measurement_project"),
        sa.ForeignKeyConstraint(["firm"], ["party.number"], name="fk_measurement_firm"),
        sa.PrimaryKeyConstraint("project", "number", name="pk_measurement"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_measurement_firm", "measurement", ["firm"])
