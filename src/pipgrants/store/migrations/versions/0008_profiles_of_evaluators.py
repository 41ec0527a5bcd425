"""What is on record of evaluators: expertise, territory, languages, load limit, employer and ties"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evaluator_profile",
        sa.Column("evaluator", sa.Text(), nullable=False),
        sa.Column("sectors", sa.Text(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=True),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("load_limit", sa.Integer(), nullable=True),
        sa.Column("tax_country", sa.Text(), nullable=True),
        sa.Column("institution", sa.Text(), nullable=True),
        sa.Column("tax_number", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("postal_address", sa.Text(), nullable=True),
        sa.Column("ties", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["evaluator"], ["actor.actor"], name=op.f("fk_evaluator_profile_evaluator")),
        sa.PrimaryKeyConstraint("evaluator", name=op.f("pk_evaluator_profile")),
    )
