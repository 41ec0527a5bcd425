"""Parties by the form in which tax numbers are compared, and of a kind where no application brought them"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE party ADD COLUMN match_tax_number TEXT")
    op.execute("ALTER TABLE party ADD COLUMN kind TEXT")
    op.drop_index("ix_party_tax_country_tax_number", "party")
    op.create_index("ix_party_tax_country_match_tax_number", "party", ["tax_country", "match_tax_number"])
    connection = op.get_bind()
    rows = connection.exec_driver_sql("SELECT tax_number, number FROM party WHERE tax_number IS NOT NULL").all()
    for tax_number, number in rows:
        compared = "".join(character for character in tax_number.casefold() if character.isalnum())
        connection.exec_driver_sql("UPDATE party SET match_tax_number = ? WHERE number = ?", (compared or None, number))
