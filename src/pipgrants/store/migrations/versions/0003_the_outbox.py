"""The outbox: when letters were sent and what the mail server said; letters of ratified decisions are approved"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DECISIONS = (
    "award",
    "conditional_award",
    "reserve",
    "decline",
    "ineligible",
    "profile_invited",
    "profile_not_invited",
)


def upgrade() -> None:
    op.execute("ALTER TABLE letter ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0")
    for column in ("next_attempt_at", "sent_at", "settled_at", "reply"):
        op.execute(f"ALTER TABLE letter ADD COLUMN {column} TEXT")
    op.execute("ALTER TABLE letter ADD COLUMN superseded_by INTEGER REFERENCES letter (number)")
    op.execute(f"UPDATE letter SET stage = 'approved' WHERE stage = 'pending' AND kind IN {DECISIONS}")
