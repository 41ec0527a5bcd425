"""Appeals against decisions"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appeal",
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("letter", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("grounds", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("heard_by", sa.Text(), nullable=True),
        sa.Column("remedy", sa.Text(), nullable=True),
        sa.Column("met", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["proposal"], ["proposal.number"], name="fk_appeal_proposal"),
        sa.ForeignKeyConstraint(["letter"], ["letter.number"], name="fk_appeal_letter"),
        sa.ForeignKeyConstraint(["heard_by"], ["actor.actor"], name="fk_appeal_heard_by"),
        sa.PrimaryKeyConstraint("proposal", "number", name="pk_appeal"),
        sqlite_with_rowid=False,
    )
