"""Hostile and merely unlucky workbooks: a clear error that says what to do, in bounded memory."""

from __future__ import annotations

import random
import re
import sys
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from pipgrants.errors import ImportRefusedError, Problem
from pipgrants.exchange import workbook_packages, workbooks
from pipgrants.exchange.files import open_table, open_tables
from pipgrants.exchange.tabular import Row

SHEET_PART = "xl/worksheets/sheet1.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A workbook of one sheet, with a header and two rows."""
    book = Workbook()
    for row in (["name", "amount"], ["Coop", 1], ["Union", 2]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "plain.xlsx")
    return tmp_path / "plain.xlsx"


def with_part(path: Path, part: str, content: bytes | Callable[[bytes], bytes]) -> Path:
    """The workbook with one part written otherwise, or added."""
    target = path.with_name("hostile.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as hostile:
        old = source.read(part) if part in source.namelist() else b""
        for item in source.infolist():
            if item.filename != part:
                hostile.writestr(item, source.read(item))
        hostile.writestr(part, content(old) if callable(content) else content)
    return target


def read(path: Path) -> tuple[list[Row], list[Problem]]:
    problems: list[Problem] = []
    with open_table(path, problems.append) as table:
        return list(table.rows), problems


def refusal(path: Path) -> tuple[str, dict[str, str]]:
    with pytest.raises(ImportRefusedError) as refused:
        read(path)
    [problem] = refused.value.problems
    assert refused.value.next_step
    return problem.code, dict(problem.values)


def edited(path: Path, edit: Callable[[Workbook], None]) -> Path:
    book = load_workbook(path)
    edit(book)
    book.save(path)
    return path


def test_rows_are_numbered_as_a_person_sees_them(plain: Path) -> None:
    def insert(book: Workbook) -> None:
        book.worksheets[0].insert_rows(3, 4)

    rows, problems = read(edited(plain, insert))
    assert [(row.place.row, row.cells) for row in rows] == [
        (2, {"name": "Coop", "amount": "1"}),
        (7, {"name": "Union", "amount": "2"}),
    ]
    assert problems == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (0.1 + 0.2, "0.3"),
        (35020, "35020"),
        (35020.0, "35020"),
        (1234567.89, "1234567.89"),
        (1e-7, "0.0000001"),
        (123456789012345, "123456789012345"),
        (True, "true"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 9, 30), "2026-01-31 09:30:00"),
        (time(9, 30), "09:30:00"),
        ("  Coop.\r\nSan Juan ", "Coop.\nSan Juan"),
        ("'=x", "=x"),
        ("'quoted'", "'quoted'"),
    ],
)
def test_value_becomes_the_text_that_its_cell_shows(plain: Path, value: object, text: str) -> None:
    def write(book: Workbook) -> None:
        book.worksheets[0]["B2"] = value

    rows, _ = read(edited(plain, write))
    assert rows[0].cells["amount"] == text


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("=1+1", "import.formula"),
        ("#DIV/0!", "import.error_value"),
        (1234567890123456.7, "import.number_not_exact"),
    ],
)
def test_cell_that_holds_no_exact_value_is_reported_and_its_row_is_unsound(plain: Path, value, code: str) -> None:
    def write(book: Workbook) -> None:
        book.worksheets[0]["B3"] = value

    rows, problems = read(edited(plain, write))
    assert [(problem.line, problem.field, problem.code) for problem in problems] == [(3, "Sheet.amount", code)]
    assert [row.sound for row in rows] == [True, False]


def test_shared_and_array_formulas_are_seen(plain: Path) -> None:
    def rewrite(sheet: bytes) -> bytes:
        first = sheet.replace(b'<c r="B2" t="n"><v>1</v></c>', b'<c r="B2"><f t="array" ref="B2">A2</f><v>1</v></c>')
        return first.replace(
            b'<c r="B3" t="n"><v>2</v></c>', b'<c r="B3"><f t="shared" ref="B3:B4" si="0">A3*2</f><v>2</v></c>'
        )

    _, problems = read(with_part(plain, SHEET_PART, rewrite))
    assert [(problem.line, problem.code) for problem in problems] == [(2, "import.formula"), (3, "import.formula")]


def test_merged_cells_are_reported_with_their_range(plain: Path) -> None:
    def merge(book: Workbook) -> None:
        book.worksheets[0].merge_cells("A2:A3")

    rows, problems = read(edited(plain, merge))
    assert [(problem.code, dict(problem.values)) for problem in problems] == [
        ("import.merged_cells", {"range": "A2:A3", "sheet": "Sheet"})
    ]
    assert [row.sound for row in rows] == [False, False]


def test_two_sheets_where_one_is_expected_are_named(plain: Path) -> None:
    def add(book: Workbook) -> None:
        book.create_sheet("Empty")
        book.create_sheet("Other").append(["name"])

    assert refusal(edited(plain, add)) == ("import.one_sheet_expected", {"seen": "Sheet, Other"})


def test_sheet_that_is_named_is_found_among_others(plain: Path) -> None:
    def add(book: Workbook) -> None:
        book.create_sheet("Other").append(["name"])

    with open_table(edited(plain, add), print, sheet="Sheet") as table:
        assert len(list(table.rows)) == 2


def test_a_million_blank_rows_cost_nothing(plain: Path) -> None:
    def swell(sheet: bytes) -> bytes:
        blank = b"".join(b'<row r="%d" spans="1:2"/>' % number for number in range(4, 1_000_000))
        return sheet.replace(b"</sheetData>", blank + b"</sheetData>")

    path = with_part(plain, SHEET_PART, swell)
    tracemalloc.start()
    rows, problems = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(rows), problems) == (2, [])
    assert peak < 20_000_000


def test_row_after_a_million_blank_ones_is_not_lost(plain: Path) -> None:
    def write(book: Workbook) -> None:
        book.worksheets[0]["A1048576"] = "Last"

    rows, _ = read(edited(plain, write))
    assert [row.place.row for row in rows] == [2, 3, 1_048_576]


def test_dimension_that_lies_hides_nothing(plain: Path) -> None:
    path = with_part(plain, SHEET_PART, lambda sheet: sheet.replace(b'ref="A1:B3"', b'ref="A1:A1"'))
    rows, _ = read(path)
    assert [row.cells for row in rows] == [{"name": "Coop", "amount": "1"}, {"name": "Union", "amount": "2"}]


def test_row_beyond_the_last_of_a_spreadsheet_is_refused(plain: Path) -> None:
    path = with_part(plain, SHEET_PART, lambda sheet: sheet.replace(b'r="3"', b'r="99999999999"'))
    assert refusal(path) == ("import.too_many_rows", {"limit": "1048576", "sheet": "Sheet"})


def test_rows_out_of_order_are_refused_rather_than_lost(plain: Path) -> None:
    path = with_part(plain, SHEET_PART, lambda sheet: sheet.replace(b'<row r="3"', b'<row r="1"'))
    assert refusal(path) == ("import.rows_out_of_order", {"row": "1", "previous": "2", "sheet": "Sheet"})


def test_cell_longer_than_spreadsheets_allow_is_reported(plain: Path) -> None:
    text = b"x" * 32_768
    path = with_part(
        plain,
        SHEET_PART,
        lambda sheet: sheet.replace(
            b'<c r="B3" t="n"><v>2</v></c>', b'<c r="B3" t="inlineStr"><is><t>' + text + b"</t></is></c>"
        ),
    )
    _, problems = read(path)
    assert [(problem.line, problem.code) for problem in problems] == [(3, "import.cell_too_long")]


def test_cells_beyond_the_header_are_reported(plain: Path) -> None:
    def write(book: Workbook) -> None:
        book.worksheets[0]["D2"] = "stray"

    rows, problems = read(edited(plain, write))
    assert [(problem.line, problem.code) for problem in problems] == [(2, "import.too_many_cells")]
    assert [row.sound for row in rows] == [False, True]


@pytest.mark.parametrize(
    ("header", "code"),
    [(["name", "name"], "import.column_twice"), ([None, "amount"], "import.column_without_name")],
)
def test_header_that_names_columns_badly_is_refused(plain: Path, header, code: str) -> None:
    def write(book: Workbook) -> None:
        for column, name in enumerate(header, 1):
            book.worksheets[0].cell(1, column).value = name

    assert refusal(edited(plain, write))[0] == code


def test_blank_first_row_is_refused(plain: Path) -> None:
    def insert(book: Workbook) -> None:
        book.worksheets[0].insert_rows(1)

    assert refusal(edited(plain, insert))[0] == "import.no_header"


def test_zip_bomb_is_refused_before_anything_of_it_is_unpacked(plain: Path) -> None:
    bomb = with_part(plain, "xl/media/image1.bin", b"\0" * 210_000_000)
    assert bomb.stat().st_size < 300_000
    tracemalloc.start()
    code, values = refusal(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (code, values["limit"]) == ("import.unpacks_too_large", str(workbook_packages.LARGEST_UNPACKED_BYTES))
    assert peak < 2_000_000


def test_part_packed_too_tightly_is_refused(plain: Path) -> None:
    code, values = refusal(with_part(plain, SHEET_PART, b" " * 5_000_000))
    assert (code, values["part"]) == ("import.packed_too_tightly", SHEET_PART)


def test_part_larger_than_it_declares_is_refused(plain: Path) -> None:
    content = plain.read_bytes()
    with zipfile.ZipFile(plain) as source:
        size = source.getinfo(SHEET_PART).file_size
    lying = plain.with_name("lying.xlsx")
    lying.write_bytes(content.replace(size.to_bytes(4, "little"), (size - 200).to_bytes(4, "little")))
    assert refusal(lying)[0] == "import.not_a_workbook"


@contextmanager
def memory_below(limit: int) -> Iterator[None]:
    """Fails where more bytes than the limit were held at a time."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


STRINGS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"


def with_strings(path: Path, strings: bytes, part: str = "xl/words.xml") -> Path:
    """The workbook with its shared strings in a part of another name, which its content types alone tell."""
    override = f'<Override PartName="/{part}" ContentType="{STRINGS_TYPE}"/>'.encode()
    typed = with_part(
        path,
        "[Content_Types].xml",
        lambda types: re.sub(rb"<Override[^>]*sharedStrings\+xml[^>]*/>", b"", types).replace(
            b"</Types>", override + b"</Types>"
        ),
    )
    typed.replace(path)
    return with_part(path, part, f'<sst xmlns="{NAMESPACE}">'.encode() + strings + b"</sst>")


@pytest.mark.parametrize(
    ("part", "within", "tag"),
    [
        ("xl/styles.xml", b"</cellXfs>", b'<xf numFmtId="0" fontId="0" fillId="0" xfId="%d"/>'),
        ("xl/workbook.xml", b"</sheets>", b'<sheet name="s%d" sheetId="1"/>'),
        ("xl/_rels/workbook.xml.rels", b"</Relationships>", b'<Relationship Id="a%d" Type="b" Target="c"/>'),
        ("[Content_Types].xml", b"</Types>", b'<Override PartName="/a%d" ContentType="b"/>'),
    ],
)
def test_part_that_is_read_whole_holds_few_tags(plain: Path, part: str, within: bytes, tag: bytes) -> None:
    """A parsed tag takes some hundred times the memory that it takes in the file."""
    many = b"".join(tag % number for number in range(workbook_packages.MOST_TAGS))
    path = with_part(plain, part, lambda old: old.replace(within, many + within))
    with memory_below(50_000_000):
        code, values = refusal(path)
    assert (code, values["part"]) == ("import.part_too_large", part)


def test_part_that_is_read_whole_is_small(plain: Path) -> None:
    noise = random.Random(1).randbytes(workbook_packages.LARGEST_PIECE_BYTES // 2).hex().encode()
    path = with_part(plain, "xl/styles.xml", lambda old: old.replace(b"</styleSheet>", noise + b"</styleSheet>"))
    with memory_below(10_000_000):
        code, values = refusal(path)
    assert (code, values["part"]) == ("import.part_too_large", "xl/styles.xml")


def test_shared_strings_are_found_under_any_name(plain: Path) -> None:
    def refer(sheet: bytes) -> bytes:
        return sheet.replace(b'<c r="B3" t="n"><v>2</v>', b'<c r="B3" t="s"><v>0</v>')

    strings = b"<si><r><rPr/><t>Twenty </t></r><r><t>one</t></r><rPh sb='0' eb='1'><t>x</t></rPh></si>"
    path = with_strings(with_part(plain, SHEET_PART, refer).replace(plain), strings)
    with open_table(path, print) as table:
        assert [row.cells["amount"] for row in table.rows] == ["1", "Twenty one"]


def test_shared_strings_are_limited_whatever_their_name(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "LARGEST_STRINGS_BYTES", 10_000)
    code, values = refusal(with_strings(plain, b"<si><t>abc</t></si>" * 1_000))
    assert (code, values["part"], values["limit"]) == ("import.part_too_large", "xl/words.xml", "10000")


def test_shared_string_of_very_many_pieces_is_refused(plain: Path) -> None:
    path = with_strings(plain, b"<si>" + b"<r/>" * workbook_packages.MOST_TAGS + b"</si>")
    with memory_below(20_000_000):
        assert refusal(path)[0] == "import.part_too_large"


def test_sheet_under_another_type_is_not_read_whole(plain: Path) -> None:
    """As a chart sheet it would be; charts hold no values."""

    def swell(sheet: bytes) -> bytes:
        blank = b"".join(b'<row r="%d"/>' % number for number in range(4, 150_000))
        return sheet.replace(b"</sheetData>", blank + b"</sheetData>")

    path = with_part(plain, SHEET_PART, swell).replace(plain)
    charted = with_part(
        path, "xl/_rels/workbook.xml.rels", lambda old: old.replace(b"relationships/worksheet", b"chartsheet")
    )
    with memory_below(20_000_000):
        assert refusal(charted)[0] == "import.one_sheet_expected"


@pytest.mark.parametrize("junk", [b"<c/>", b'<c r="A%d"/>', b"<x%d/>"])
def test_row_of_very_many_cells_is_refused(plain: Path, junk: bytes) -> None:
    many = b"".join(junk % number if b"%" in junk else junk for number in range(workbook_packages.MOST_TAGS))
    row = b'<row r="4">' + many + b"</row></sheetData>"
    path = with_part(plain, SHEET_PART, lambda sheet: sheet.replace(b"</sheetData>", row))
    with memory_below(20_000_000):
        code, values = refusal(path)
    assert (code, values["part"]) == ("import.part_too_large", SHEET_PART)


def test_nothing_is_kept_of_what_stands_between_rows(plain: Path) -> None:
    """Neither elements nor their names, of which there are half a million."""
    rows = b"".join(
        b'<row r="%d" ht="1"><c r="A%d"><f t="shared" si="%d">1+1+1</f></c></row>' % (number, number, number)
        + b"".join(b"<x%d/>" % other for other in range(number * 100, number * 100 + 100))
        for number in range(4, 5_000)
    )
    path = with_part(plain, SHEET_PART, lambda sheet: sheet.replace(b"</sheetData>", rows + b"</sheetData>"))
    with memory_below(25_000_000), open_table(path, lambda _: None) as table:
        assert sum(1 for _ in table.rows) == 4_998


def test_cell_far_to_the_right_is_reported_and_its_row_not_filled_up(plain: Path) -> None:
    def widen(sheet: bytes) -> bytes:
        rows = b"".join(b'<row r="%d"><c r="ZZZ%d"><v>1</v></c></row>' % (row, row) for row in range(4, 24))
        return sheet.replace(b"</sheetData>", rows + b"</sheetData>")

    path, steps = with_part(plain, SHEET_PART, widen), 0

    def count(*_: object) -> None:
        nonlocal steps
        steps += 1

    sys.setprofile(count)
    try:
        rows, problems = read(path)
    finally:
        sys.setprofile(None)
    assert [problem.code for problem in problems] == ["import.too_many_cells"] * 20
    assert len(rows) == 22
    assert steps < 200_000


@pytest.mark.parametrize("encoding", ["utf-16", "cp037"])
@pytest.mark.parametrize("part", [SHEET_PART, "xl/styles.xml"])
def test_part_in_another_encoding_is_refused_and_its_rows_not_lost(plain: Path, part: str, encoding: str) -> None:
    def recode(old: bytes) -> bytes:
        declared = re.sub(r"<\?xml[^>]*>", "", old.decode())
        return f'<?xml version="1.0" encoding="{encoding}"?>{declared}'.encode(encoding)

    assert refusal(with_part(plain, part, recode))[0] == "import.not_a_workbook"


def test_sheet_that_breaks_off_is_refused(plain: Path) -> None:
    path = with_part(plain, SHEET_PART, lambda sheet: sheet[: sheet.index(b'<row r="3"')])
    assert refusal(path)[0] == "import.not_a_workbook"


def test_names_with_prefixes_are_understood(plain: Path) -> None:
    def prefix(sheet: bytes) -> bytes:
        return re.sub(rb"<(/?)(?=\w)", rb"<\1a-b:", sheet).replace(b"xmlns=", b"xmlns:a-b=")

    rows, problems = read(with_part(plain, SHEET_PART, prefix))
    assert [row.cells["name"] for row in rows] == ["Coop", "Union"]
    assert problems == []


def test_formula_is_shown_as_it_is_written(plain: Path) -> None:
    def rewrite(sheet: bytes) -> bytes:
        return sheet.replace(b'<c r="B2" t="n"><v>1</v></c>', b'<c r="B2"><f t="array" ref="B2">A2*2</f><v>1</v></c>')

    _, problems = read(with_part(plain, SHEET_PART, rewrite))
    assert [problem.value for problem in problems] == ["=A2*2"]


def test_too_many_parts_are_refused(plain: Path) -> None:
    with zipfile.ZipFile(plain, "a") as hostile:
        for number in range(workbook_packages.MOST_PARTS):
            hostile.writestr(f"xl/media/{number}", b"")
    assert refusal(plain)[0] == "import.too_many_parts"


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("../../etc/cron.d/x", "import.unsafe_path"),
        ("xl\\..\\..\\x", "import.unsafe_path"),
        ("/etc/x", "import.unsafe_path"),
        ("C:/x", "import.unsafe_path"),
        ("xl/vbaProject.bin", "import.macros"),
        ("xl/externalLinks/externalLink1.xml", "import.external_links"),
    ],
)
def test_part_that_no_plain_workbook_has_is_refused(plain: Path, part: str, code: str) -> None:
    assert refusal(with_part(plain, part, b"<x/>"))[0] == code


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>"""


@pytest.mark.parametrize("part", [SHEET_PART, "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities_are_refused_in_every_part(plain: Path, part: str, encoding: str) -> None:
    document = ENTITIES + f'<sst xmlns="{NAMESPACE}"><si><t>&b;</t></si></sst>'.encode()
    path = with_part(plain, part, document.decode().encode(encoding))
    assert refusal(path)[0] == "import.xml_entities"


def test_encrypted_part_is_refused(plain: Path) -> None:
    content = bytearray(plain.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 8] |= 1
    plain.write_bytes(bytes(content))
    assert refusal(plain)[0] == "import.encrypted_part"


def test_old_or_password_protected_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.xlsx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500)
    assert refusal(path) == ("import.old_or_encrypted", {})


@pytest.mark.parametrize("content", [b"", b"name,amount\n", b"PK\x03\x04 and then nothing"])
def test_file_that_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "form.xlsx"
    path.write_bytes(content)
    assert refusal(path) == ("import.not_a_workbook", {})


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_part_packed_in_a_way_that_workbooks_do_not_use_is_refused(plain: Path, packing: int) -> None:
    with zipfile.ZipFile(plain, "a", packing) as hostile:
        hostile.writestr("xl/media/image1.xml", b"<x/>")
    assert refusal(plain) == ("import.not_a_workbook", {})


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(back=st.integers(1, 900), noise=st.binary(min_size=1, max_size=4))
def test_workbook_whose_directory_is_damaged_is_read_or_refused(plain: Path, back: int, noise: bytes) -> None:
    """The directory of a ZIP archive stands at its end."""
    whole = plain.read_bytes()
    start = max(0, len(whole) - back)
    damaged = plain.with_name("damaged.xlsx")
    damaged.write_bytes(whole[:start] + noise + whole[start + len(noise) :])
    try:
        read(damaged)
    except ImportRefusedError as refused:
        assert refused.problems


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(part=st.integers(0, 20), position=st.integers(0, 5_000), noise=st.binary(min_size=1, max_size=8))
def test_damaged_workbook_is_read_or_refused_and_never_a_traceback(
    plain: Path, part: int, position: int, noise: bytes
) -> None:
    with zipfile.ZipFile(plain) as source:
        names = source.namelist()
    name = names[part % len(names)]

    def damage(old: bytes) -> bytes:
        place = position % len(old)
        return old[:place] + noise + old[place + len(noise) :]

    path = with_part(plain, name, damage)
    try:
        with open_tables(path, lambda _: None) as tables:
            for table in tables:
                list(table.rows)
    except ImportRefusedError as refused:
        assert refused.problems
