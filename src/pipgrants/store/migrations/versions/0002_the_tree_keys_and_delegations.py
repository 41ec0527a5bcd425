"""The tree over the trail, the keys of the people who sign, and delegations"""

import sqlalchemy as sa
from alembic import op

from pipgrants.store.guards import NODE_GUARDS
from pipgrants.store.tree import Tree

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "node",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name=op.f("pk_node")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "actor_key",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("since_entry", sa.Integer(), nullable=False),
        sa.Column("until_entry", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["actor"], ["actor.actor"], name=op.f("fk_actor_key_actor")),
        sa.ForeignKeyConstraint(["since_entry"], ["entry.sequence"], name=op.f("fk_actor_key_since_entry")),
        sa.ForeignKeyConstraint(["until_entry"], ["entry.sequence"], name=op.f("fk_actor_key_until_entry")),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_actor_key")),
    )
    op.execute("ALTER TABLE actor ADD COLUMN party TEXT REFERENCES party (number)")
    op.create_table(
        "delegation",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("delegator", sa.Text(), nullable=False),
        sa.Column("delegate", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Text(), nullable=False),
        sa.Column("until_on", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["delegate"], ["actor.actor"], name=op.f("fk_delegation_delegate")),
        sa.ForeignKeyConstraint(["delegator"], ["actor.actor"], name=op.f("fk_delegation_delegator")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_delegation")),
    )
    for statement in NODE_GUARDS.values():
        op.execute(statement)
    connection = op.get_bind()
    leaves = [row[0] for row in connection.exec_driver_sql("SELECT leaf_hash FROM entry ORDER BY sequence")]
    Tree(connection).grow(0, leaves)
