"""The consensus of evaluators"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consensus",
        sa.Column("proposal", sa.Text(), sa.ForeignKey("proposal.number"), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.Column("participants", sa.Text(), nullable=False),
        sa.Column("held_on", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("proposal", "stage"),
        sa.CheckConstraint("json_valid(marks)", name="marks_json"),
        sqlite_with_rowid=False,
    )
