"""No hash of the tree over the trail is replaced by INSERT OR REPLACE"""

from alembic import op

from pipgrants.store.guards import NODE_REPLACEMENT_GUARD

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in NODE_REPLACEMENT_GUARD.values():
        op.execute(statement)
