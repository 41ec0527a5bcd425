"""Plain text read as paragraphs and lists."""

from pipgrants.letters.document import Paragraph, Section, Table, paragraphs, sections


def test_blank_lines_separate_paragraphs_and_dashes_begin_items():
    text = "First line\nof one paragraph.\n\n\nLead:\n- one\n- two,\n  continued\n\n- alone\n"
    assert paragraphs(text) == (
        Paragraph("First line of one paragraph."),
        Paragraph("Lead:", ("one", "two, continued")),
        Paragraph("", ("alone",)),
    )


def test_blank_text_has_no_paragraph():
    assert paragraphs(" \n\n \t\n") == ()


def test_sections_without_content_are_left_out():
    table = Table("", ("a",), (("1",),))
    found = sections({"one": "text", "two": "\n"}, {"two": "Two", "one": "One", "three": "Three"}, {"three": (table,)})
    assert found == (
        Section("one", "One", (Paragraph("text"),)),
        Section("three", "Three", (), (table,)),
    )
