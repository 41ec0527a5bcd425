"""How the difference between a row as stored and as stated is told."""

from pipgrants.services.audit.stated import Fault, compare


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
