"""Payments of projects in cash or in kind"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE expenditure ADD COLUMN form TEXT DEFAULT 'cash' NOT NULL")
