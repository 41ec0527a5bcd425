"""Technical teams with their selection, firms that register with a project, and activities with who took part"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def text(name: str, *, required: bool = True) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=not required)


def number(name: str, *, required: bool = True) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), nullable=not required)


def salt(*, required: bool) -> "sa.Column[bytes]":
    return sa.Column("salt", sa.LargeBinary(), nullable=not required)


def foreign(table: str, columns: list[str], others: list[str]) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(columns, others, name=f"fk_{table}_{'_'.join(columns)}")


def key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def upgrade() -> None:
    op.create_table(
        "team_member",
        text("project"),
        number("number"),
        text("position"),
        text("engagement"),
        text("published_on"),
        text("published_in"),
        text("criteria"),
        number("candidates_count"),
        text("selected_on"),
        text("minutes"),
        text("without_firms", required=False),
        text("starts_on"),
        text("ends_on"),
        text("name", required=False),
        text("email", required=False),
        salt(required=False),
        text("left_on", required=False),
        foreign("team_member", ["project"], ["project.proposal"]),
        key("team_member", "project", "number"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "selection_part",
        text("project"),
        number("member"),
        text("party"),
        text("part"),
        foreign("selection_part", ["party"], ["party.number"]),
        foreign("selection_part", ["project", "member"], ["team_member.project", "team_member.number"]),
        key("selection_part", "project", "member", "party", "part"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "firm_registration",
        text("project"),
        text("party"),
        text("registered_on"),
        text("consent_on"),
        number("year"),
        text("figures"),
        salt(required=True),
        text("withdrawn_on", required=False),
        foreign("firm_registration", ["project"], ["project.proposal"]),
        foreign("firm_registration", ["party"], ["party.number"]),
        key("firm_registration", "project", "party"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "activity",
        text("project"),
        text("code"),
        text("kind"),
        text("component"),
        text("held_on"),
        number("cost_minor"),
        number("people"),
        text("title"),
        text("result"),
        text("minutes", required=False),
        salt(required=True),
        text("voided_on", required=False),
        foreign("activity", ["project"], ["project.proposal"]),
        key("activity", "project", "code"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "activity_people",
        text("project"),
        text("activity"),
        text("people_group"),
        number("people"),
        foreign("activity_people", ["project", "activity"], ["activity.project", "activity.code"]),
        key("activity_people", "project", "activity", "people_group"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "participation",
        text("project"),
        text("activity"),
        text("party"),
        number("is_firm"),
        number("agreed", required=False),
        number("year", required=False),
        text("figures", required=False),
        salt(required=False),
        foreign("participation", ["party"], ["party.number"]),
        foreign("participation", ["project", "activity"], ["activity.project", "activity.code"]),
        key("participation", "project", "activity", "party"),
        sqlite_with_rowid=False,
    )
