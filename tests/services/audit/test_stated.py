"""How the difference between a row as stored and as stated is told."""

from pipgrants.services.audit.stated import Fault, StatedRows, compare


def told(stored: str, stated: str) -> str:
    rows = {name: ["call", 1, text, None, None, None] for name, text in (("stored", stored), ("stated", stated))}
    [fault] = compare("question", {("call", 1): (7, rows["stated"])}, [rows["stored"]])
    assert fault[:2] == ("question call 1", "question")
    assert fault.entry == 7
    return fault.message


def test_short_values_are_shown_whole() -> None:
    assert told("no", "yes") == "stored is no; stated is yes"


def test_long_values_are_shown_where_they_differ() -> None:
    same = "a" * 100
    assert told(f"{same}1{same}", f"{same}2") == (f"stored is ...{'a' * 20}1{'a' * 39}...; stated is ...{'a' * 20}2")


def test_a_row_that_is_stored_twice_is_told() -> None:
    row = ["call", 1, "text", None, None, None]
    assert list(compare("question", {("call", 1): (7, row)}, [[*row[:2], "other", *row[3:]], row])) == [
        Fault("question call 1", "", "is stored more than once: the table lost its key")
    ]


def test_rows_of_a_grouped_table_are_told_by_what_their_key_begins_with() -> None:
    rows = StatedRows(grouped=("tranche",))
    for project, number in (("P-1", 2), ("P-2", 1), ("P-1", 10), ("P-1", 1)):
        rows.put("tranche", (project, number), 7, [project, number])
    rows.put("project", "P-1", 7, ["P-1"])
    assert rows.group("tranche", "P-1") == [["P-1", 1], ["P-1", 2], ["P-1", 10]]
    rows.drop_group("tranche", "P-1")
    rows.put("tranche", ("P-1", 3), 8, ["P-1", 3])
    assert rows.group("tranche", "P-1") == [["P-1", 3]]
    assert rows.group("tranche", "P-3") == []
    assert dict(rows.of["tranche"]) == {("P-2", 1): (7, ["P-2", 1]), ("P-1", 3): (8, ["P-1", 3])}
