"""Letters as PDF: structure and metadata as PDF/A-3a and PDF/UA-1 ask for them, nothing but what the document says."""

import io
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, datetime

import pikepdf
import pytest
import segno

from golden_letters import DATED, FONTS, RECORD, shipped_layout
from pipgrants.domain.vocabulary import Language, LetterKind
from pipgrants.errors import RefusedError
from pipgrants.letters import pdf as pdf_module
from pipgrants.letters.document import Document, Section, Table
from pipgrants.letters.layout import to_html, to_text
from pipgrants.letters.letter import compose
from pipgrants.letters.logo import read_logo
from pipgrants.letters.pdf import PdfLayout, qr_code, renderer
from pipgrants.letters.sample import SAMPLE_RELEASE, sample_letter

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="needs the system tool pdftotext (poppler-utils)"
)

RIGHT_MARGIN = 595.28 - 20 / 25.4 * 72
"""Points from the left edge of an A4 page."""


@pytest.fixture(scope="module")
def layout():
    return shipped_layout()


def letter(templates, kind=LetterKind.INELIGIBLE, language=Language.SPANISH, release=SAMPLE_RELEASE, **changes):
    return compose(templates, kind, language.value, {**sample_letter(kind, language), **changes}, release)


def opened(pdf):
    return pikepdf.open(io.BytesIO(pdf))


@pytest.fixture(scope="module")
def ineligible(templates, layout):
    with opened(layout.render(letter(templates), RECORD, DATED)) as pdf:
        yield pdf


def elements(node, kind=None):
    """The structure elements at and below a node, in reading order, of one kind where given."""
    if isinstance(node, pikepdf.Array):
        return [found for child in node for found in elements(child, kind)]
    if not isinstance(node, pikepdf.Dictionary) or "/S" not in node:
        return []
    below = elements(node.K, kind) if "/K" in node else []
    return [node, *below] if kind in (None, str(node.S)) else below


def tree(pdf, kind=None):
    return elements(pdf.Root.StructTreeRoot.K, kind)


def text_of(pdf, page=None):
    """What a reader copies from a PDF, or from one of its pages."""
    pages = ["-f", str(page), "-l", str(page)] if page else []
    command = ["pdftotext", "-enc", "UTF-8", *pages, "-", "-"]
    return subprocess.run(command, input=pdf, capture_output=True, check=True).stdout.decode()


def joined(text):
    """A text without what may separate it on paper: spaces, line ends, and places to break long words at."""
    return re.sub(r"[\s\u200b]", "", text)


def test_pdf_claims_archiving_and_accessibility(ineligible):
    with ineligible.open_metadata() as xmp:
        claimed = [xmp["pdfaid:part"], xmp["pdfaid:conformance"], xmp["{http://www.aiim.org/pdfua/ns/id/}part"]]
    assert claimed == ["3", "A", "1"]
    assert ineligible.Root.MarkInfo.Marked is True


def test_pdf_tells_title_author_language_and_date(ineligible):
    info = ineligible.docinfo
    assert str(ineligible.Root.Lang) == "es"
    assert str(info.Title) == "Su solicitud PIP2-014 no es elegible"
    assert str(info.Author) == "Fondo de Competitividad del Istmo, Agencia de Encadenamientos Productivos"
    assert str(info.CreationDate).startswith("D:20260504060000")
    assert ineligible.Root.ViewerPreferences.DisplayDocTitle is True


def test_document_has_one_main_heading_before_those_of_its_sections(ineligible):
    headings = [(str(item.S), str(item.T)) for item in tree(ineligible) if str(item.S).startswith("/H")]
    assert headings == [
        ("/H1", "Su solicitud PIP2-014 no es elegible"),
        ("/H2", "En resumen"),
        ("/H2", "Motivos"),
        ("/H2", "Cómo presentar un recurso"),
        ("/H2", "Contacto"),
        ("/H2", "Cómo verificar esta carta"),
    ]


def test_tables_have_a_caption_header_cells_with_scope_and_data_cells_that_name_them(ineligible):
    (table,) = tree(ineligible, "/Table")
    headers, rows = elements(table, "/TH"), elements(table, "/TR")
    assert len(elements(table, "/Caption")) == 1
    scopes = [str(attribute.Scope) for header in headers for attribute in header.A if "/Scope" in attribute]
    assert scopes == ["/Column"] * 5
    identities = [bytes(header.ID) for header in headers]
    cells = [cell for row in rows[1:] for cell in elements(row, "/TD")]
    named = [bytes(attribute.Headers[0]) for cell in cells for attribute in cell.A if "/Headers" in attribute]
    assert (len(rows), named) == (4, identities * 3)


def test_summary_and_references_are_lists_of_labels_and_values(ineligible):
    lists = [len(elements(item, "/LI")) for item in tree(ineligible, "/L")]
    assert lists == [4, 3, 4]


def test_every_font_is_embedded_in_part(ineligible):
    fonts = [item for item in ineligible.objects if isinstance(item, pikepdf.Dictionary) and "/FontDescriptor" in item]
    assert sorted(str(font.BaseFont)[8:] for font in fonts) == ["NotoSans-Bold", "NotoSans-Regular"]
    assert all("/FontFile2" in font.FontDescriptor for font in fonts)


def shown(pdf):
    """The text operators of each page: the depth of marked content they stand in, the font, and the glyphs shown."""
    for page in pdf.pages:
        depth, font = 0, None
        for operands, operator in pikepdf.parse_content_stream(page):
            match str(operator):
                case "BDC" | "BMC":
                    depth += 1
                case "EMC":
                    depth -= 1
                case "Tf":
                    font = page.Resources.Font[str(operands[0])].DescendantFonts[0].FontDescriptor
                case "Tj" | "TJ":
                    texts = operands[0] if isinstance(operands[0], pikepdf.Array) else operands
                    yield depth, font, b"".join(bytes(text) for text in texts if isinstance(text, pikepdf.String))
        assert depth == 0


def test_every_text_is_tagged_or_decoration_and_each_mark_is_closed(ineligible):
    assert all(depth > 0 for depth, _, _ in shown(ineligible))


def test_every_glyph_shown_is_listed_as_part_of_its_font(ineligible):
    for _, font, glyphs in shown(ineligible):
        listed = font.CIDSet.read_bytes()
        for place in range(0, len(glyphs), 2):
            glyph = int.from_bytes(glyphs[place : place + 2])
            assert listed[glyph // 8] >> (7 - glyph % 8) & 1


def test_record_is_attached_as_the_data_of_the_letter(ineligible):
    (file,) = ineligible.Root.AF
    assert (str(file.UF), str(file.AFRelationship), str(file.EF.F.Subtype)) == (
        "record.json",
        "/Data",
        "/application/json",
    )
    assert file.EF.F.read_bytes() == RECORD


def test_pdf_does_nothing_by_itself_and_leads_nowhere(ineligible):
    keys = {key for item in ineligible.objects if isinstance(item, pikepdf.Dictionary) for key in item}
    assert keys & {"/OpenAction", "/AA", "/JavaScript", "/JS", "/URI", "/Launch", "/AcroForm", "/Annots"} == set()


def test_qr_code_has_a_description(ineligible, templates):
    figures = [str(figure.Alt) for figure in tree(ineligible, "/Figure")]
    assert figures == [templates.wording("es").label("qr_code")]


def test_qr_code_tells_letter_entry_and_checkpoint(templates):
    code = letter(templates).code
    assert code.text == f"letter L-000123\nentry 1234\nsize 5678\nroot {SAMPLE_RELEASE['root']}"
    rows = segno.make_qr(code.text, error="m", mask=3, boost_error=False).matrix
    drawn = [bytearray(len(rows)) for _ in rows]
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", qr_code(code.text)):
        drawn[int(y)][int(x) : int(x) + int(length)] = b"\1" * int(length)
    assert tuple(drawn) == tuple(rows)


def test_draft_has_no_code(templates, layout):
    with opened(layout.render(letter(templates, release=None), RECORD, DATED)) as pdf:
        assert tree(pdf, "/Figure") == []


def test_same_letter_has_the_same_bytes(templates, layout):
    once = layout.render(letter(templates), RECORD, DATED)
    layout.render(letter(templates, LetterKind.AWARD), RECORD, DATED)
    assert layout.render(letter(templates), RECORD, DATED) == once
    assert shipped_layout().render(letter(templates), RECORD, DATED) == once
    assert layout.render(letter(templates), RECORD, datetime(2026, 5, 5, tzinfo=UTC)) != once


@needs_poppler
@pytest.mark.parametrize("language", Language)
def test_every_page_bears_the_banners_the_number_of_the_letter_and_its_own(templates, layout, language):
    document = letter(templates, language=language, release=None)
    pdf = layout.render(document, RECORD, DATED)
    wording = templates.wording(language)
    banners, number = wording.banners(draft=True, synthetic=True), f"{wording.label('letter')} L-000123"
    for page in (1, 2):
        shown = joined(text_of(pdf, page))
        assert shown.startswith(joined("".join(banners)))
        assert shown.endswith(joined(f"{number}{page}/2"))


@needs_poppler
def test_no_page_begins_with_the_closing(templates, layout):
    for kind in LetterKind:
        pdf = layout.render(letter(templates, kind), RECORD, DATED)
        with opened(pdf) as pages:
            count = len(pages.pages)
        for page in range(2, count + 1):
            first = text_of(pdf, page).split("\n\n")[1]
            assert not first.startswith("Atentamente")


@needs_poppler
@needs_poppler
@pytest.mark.parametrize("language", [Language.SPANISH, Language.PORTUGUESE])
def test_address_with_a_hyphen_stays_on_its_line(templates, layout, language):
    full = sample_letter(LetterKind.INELIGIBLE, language)
    addressee = "Comité de apelaciones del Fondo de Competitividad, appeals@competitiveness-fund.example"
    call = {**full["call"], "appeal": {**full["call"]["appeal"], "addressee": addressee}}
    pdf = layout.render(letter(templates, language=language, call=call), RECORD, DATED)
    words = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    assert b">appeals@competitiveness-fund.example.</word>" in words


def test_header_of_a_long_table_is_repeated(layout):
    rows = tuple((f"row {number}", "1.5") for number in range(100))
    table = Table("Marks", ("Criterion", "Mark"), rows, numeric=(1,))
    pdf = layout.render(Document("en", "T", sections=(Section("scores", "Marks", tables=(table,)),)), b"{}", DATED)
    with opened(pdf) as found:
        pages = len(found.pages)
    assert pages > 2
    assert ["Criterion" in text_of(pdf, page) for page in range(1, pages + 1)] == [True] * pages


HOSTILE = [
    "{{7*7}}",
    '#read("/etc/passwd")',
    '#import "@preview/example:0.1.0"',
    "*b* _i_ `c` $x$ @ref <label> // c /* c */ \\u{41}",
    "= heading",
    "]; #panic() #[",
    "<script>alert(1)</script>",
    "Ñandú ≥ 5 → ₡ № ™ Ж Ω",
    "🧵 ✔",
]


@needs_poppler
@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_value_comes_out_literally(templates, layout, value):
    recipient = {"name": value, "postal_address": None, "email": None}
    pdf = layout.render(letter(templates, recipient=recipient, reason=value), RECORD, DATED)
    assert joined(text_of(pdf)).count(joined(value)) == 1
    assert "root:" not in text_of(pdf)


@needs_poppler
@pytest.mark.parametrize(
    ("value", "mark", "count"),
    [
        ("N" * 5_000, "N", 5_000),
        ("-" * 5_000, "-", 5_000),
        ("name@" * 1_000, "@", 1_000),
        ("Nombre muy largo " * 300, "largo", 300),
    ],
)
def test_value_of_thousands_of_characters_is_set_whole_and_within_its_page(templates, layout, value, mark, count):
    data = sample_letter(LetterKind.INELIGIBLE, Language.SPANISH)
    finding = {**data["findings"][0], "title": value, "seen": {"text": value}}
    document = letter(templates, recipient={**data["recipient"], "name": value}, findings=[finding])
    pdf = layout.render(document, RECORD, DATED)
    assert text_of(pdf).count(mark) >= 3 * count
    assert max(_right_edges(pdf)) <= RIGHT_MARGIN + 1


def _right_edges(pdf):
    """Where the words of a PDF end, in points from the left of their page."""
    found = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    return [float(edge) for edge in re.findall(r'xMax="([\d.]+)"', found.decode())]


@needs_poppler
def test_text_from_right_to_left_is_set_with_its_letters(templates, layout):
    recipient = {"name": "شركة التعاون", "postal_address": "עמותה שלום", "email": None}
    pdf = layout.render(letter(templates, recipient=recipient), RECORD, DATED)
    assert set("شركةالتعاونעמותהשלום") <= set(text_of(pdf))


def test_null_byte_comes_out_as_the_mark_of_what_cannot_be_shown(templates):
    recipient = {"name": "nul\0l", "postal_address": None, "email": None}
    assert letter(templates, recipient=recipient).recipient == ("nul\ufffdl",)


@pytest.mark.parametrize(
    ("changes", "field", "named"),
    [
        ({"title": "日本"}, "subject", "U+65E5"),
        ({"recipient": ("Cooperativa", "本")}, "recipient", "U+672C"),
        ({"title": "nul\0l"}, "subject", "U+0000"),
        ({"banners": ("\ue000",)}, "banner", "U+E000"),
        (
            {"sections": (Section("reasons", "Motivos", tables=(Table("", ("A", "Visto"), (("x", "ก"),)),)),)},
            "Motivos, Visto",
            "U+0E01",
        ),
    ],
)
def test_character_that_no_font_has_is_refused_with_its_field(templates, layout, changes, field, named):
    document = replace(letter(templates), **changes)
    with pytest.raises(RefusedError) as refused:
        layout.render(document, RECORD, DATED)
    assert refused.value.message == f"{field}: the PDF has no font for {named}"
    assert "templates/fonts" in refused.value.next_step
    assert to_text(document) and to_html(templates, document)


def test_font_of_the_agency_sets_what_the_shipped_ones_lack(templates, sources, tmp_path):
    ours, own = tmp_path / "ours", tmp_path / "own"
    ours.mkdir()
    for name in ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"):
        shutil.copy(FONTS / name, ours)
    document = letter(templates, recipient={"name": "שלום", "postal_address": None, "email": None})
    with pytest.raises(RefusedError, match=r"recipient: the PDF has no font for U\+05D"):
        PdfLayout(sources, [ours, own]).render(document, RECORD, DATED)
    own.mkdir()
    shutil.copy(FONTS / "NotoSansHebrew-Regular.ttf", own)
    assert PdfLayout(sources, [ours, own]).render(document, RECORD, DATED).startswith(b"%PDF-1.7")
    assert renderer([ours]) != renderer([ours, own])


def test_logo_stands_in_the_letterhead_as_decoration(templates, sources, tmp_path):
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#036"/></svg>'
    (tmp_path / "logo.svg").write_text(drawing, encoding="utf-8")
    logo = read_logo(tmp_path)
    with_logo = PdfLayout({**sources, "logo.svg": logo}, [FONTS])
    document = letter(templates)
    assert with_logo.pages(document, 30)[0] != shipped_layout().pages(document, 30)[0]
    with opened(with_logo.render(document, RECORD, DATED)) as pdf:
        assert len(tree(pdf, "/Figure")) == 1


def test_logo_that_cannot_be_drawn_stops_the_pdf_alone(templates, sources):
    broken = PdfLayout({**sources, "logo.svg": "<svg"}, [FONTS])
    with pytest.raises(RefusedError, match=r"the PDF cannot be set: .*SVG"):
        broken.render(letter(templates), RECORD, DATED)


def test_without_the_extra_the_refusal_says_how_to_install_it(sources, monkeypatch):
    monkeypatch.setattr(pdf_module, "find_spec", lambda name: None)
    with pytest.raises(RefusedError) as refused:
        PdfLayout(sources, [FONTS])
    assert refused.value.next_step.startswith('pip install "pipgrants[pdf]"')


def test_renderer_names_typst_segno_and_the_fonts():
    assert re.fullmatch(r"typst \d+\.\d+\.\d+, segno \d+\.\d+\.\d+, fonts [0-9a-f]{16}", renderer([FONTS]))
