"""Documents as text of 78 columns and as accessible HTML."""

import re

from pipgrants.letters.document import Document, Pair, Paragraph, Section, Table
from pipgrants.letters.layout import display_width, to_html, to_text


def document(*tables, paragraphs=()):
    return Document("en", "Title", sections=(Section("reasons", "Reasons", paragraphs, tables),))


def test_narrow_table_is_a_grid_with_numbers_flush_right():
    table = Table("Marks", ("Criterion", "Mark"), (("Ideas", "3.5"), ("Territory", "12")), numeric=(1,))
    assert to_text(document(table)) == (
        "Title\n=====\n\nReasons\n-------\nMarks\n\n"
        "Criterion  Mark\n---------  ----\nIdeas       3.5\nTerritory    12\n"
    )


def test_wide_column_of_a_grid_is_wrapped():
    table = Table("", ("Mark", "Meaning"), (("0", "word " * 30),))
    lines = to_text(document(table)).splitlines()
    assert max(map(len, lines)) <= 78
    assert lines[5:] == [
        "Mark  Meaning",
        f"----  {'-' * 72}",
        "0     " + ("word " * 14).strip(),
        "      " + ("word " * 14).strip(),
        "      word word",
    ]


def test_table_with_lines_in_cells_becomes_a_list_of_its_rows():
    table = Table("", ("Criterion", "Seen", "Remedy"), (("Counterpart", "41%\nnot counted", ""),))
    assert to_text(document(table)).splitlines()[5:] == [
        "1. Counterpart",
        "   Seen:   41%",
        "           not counted",
    ]


def test_items_are_indented_under_their_dash():
    text = to_text(document(paragraphs=(Paragraph("Send:", ("a " * 50,)),)))
    assert text.splitlines()[5:] == ["Send:", "- " + "a " * 37 + "a", "  " + "a " * 11 + "a"]


def test_summary_box_stands_before_the_sections():
    text = to_text(Document("en", "T", summary_heading="In short", summary=(Pair("Decision", "Not funded"),)))
    assert text == f"T\n=\n\n{'-' * 78}\nIN SHORT\nDecision: Not funded\n{'-' * 78}\n"


def test_wide_and_combining_characters_take_their_columns():
    assert [display_width(text) for text in ("abc", "日本", "e\u0301", "👍")] == [3, 4, 1, 2]


def test_html_escapes_everything_it_is_given(templates):
    hostile = "<b>&\"'"
    page = to_html(
        templates,
        Document(
            "en",
            hostile,
            banners=(hostile,),
            sender=(hostile,),
            recipient=(hostile,),
            references=(Pair(hostile, hostile),),
            summary=(Pair(hostile, hostile),),
            sections=(
                Section(
                    "x",
                    hostile,
                    (Paragraph(hostile, (hostile,)),),
                    (Table(hostile, (hostile,) * 2, ((hostile,) * 2,)),),
                ),
            ),
        ),
    )
    assert "<b>" not in page
    assert page.count("&lt;b&gt;&amp;&#34;&#39;") == 18


def test_html_table_names_its_columns_and_rows_for_screen_readers_and_phones(templates):
    table = Table("Marks", ("Criterion", "Mark"), (("Ideas", "3.5"),), numeric=(1,))
    page = to_html(templates, document(table))
    assert '<th scope="col" role="columnheader">Criterion</th>' in page
    assert '<th scope="row" role="rowheader" dir="auto">Ideas</th>' in page
    assert '<td role="cell" data-label="Mark" class="number" dir="auto">3.5</td>' in page


def test_html_needs_nothing_from_elsewhere(templates):
    page = to_html(templates, document())
    assert re.findall(r"(?:src=|href=|url\(|@import|<script)", page) == []
    assert "default-src 'none'" in page


def test_html_has_one_main_heading(templates):
    assert len(re.findall(r"<h1[ >]", to_html(templates, document()))) == 1


def test_amount_stays_on_one_line() -> None:
    words = "word " * 14
    document = Document("en", "T", sections=(Section("decision", "", (Paragraph(f"{words}to USD 1,234.50 now"),)),))
    assert to_text(document).splitlines()[-2:] == [f"{words}to", "USD 1,234.50 now"]


def test_wide_columns_of_a_table_share_the_room() -> None:
    table = Table("", ("Criterion", "Clause", "Required", "Found"), (("Funds", "6.1", "r" * 5 + " r" * 30, "f " * 40),))
    lines = to_text(Document("en", "T", sections=(Section("reasons", "", (), (table,)),))).splitlines()
    assert lines[3] == "Criterion  Clause  Required                      Found"
    assert max(map(len, lines)) <= 78
