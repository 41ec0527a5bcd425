"""Comments of evaluators get a salt, and answers of applicants a table: the trail holds salted hashes of both"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE evaluation ADD COLUMN salt BLOB")
    op.create_table(
        "clarification_answer",
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.number"], name="fk_clarification_answer_proposal"),
        sa.PrimaryKeyConstraint("proposal", "position", name="pk_clarification_answer"),
        sqlite_with_rowid=False,
    )
