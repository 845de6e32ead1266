"""How a report looks in Word: its pages, its fonts and its styles."""

from typing import Any

from django.utils.translation import gettext as _
from docx.enum.section import WD_ORIENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from commitments.templatetags.reports import is_close, is_dense
from commitments.templatetags.tracker import n

Reading = dict[str, Any]
TEXT = "Body Text"
_INK = "17191D"
# Thin rules between rows, none between columns, as the page has it.
_LOOK = f"""<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="Record"><w:name w:val="Record"/><w:basedOn w:val="TableNormal"/>
<w:pPr><w:spacing w:before="30" w:after="30"/></w:pPr><w:tblPr><w:tblBorders><w:top w:val="single" w:sz="8" w:color="{_INK}"/><w:bottom w:val="single" w:sz="4" w:color="{_INK}"/><w:insideH w:val="single" w:sz="4" w:color="DCD8CF"/></w:tblBorders>
<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="140" w:type="dxa"/></w:tblCellMar></w:tblPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders><w:bottom w:val="single" w:sz="4" w:color="{_INK}"/></w:tcBorders></w:tcPr></w:tblStylePr></w:style>"""
_FIELD = '<w:fldSimple {} w:instr="{}"><w:r><w:t>1</w:t></w:r></w:fldSimple>'


def add_paragraph(doc: Any, words: str = "", style: str = TEXT) -> Any:
    """A paragraph at the end of the document, in one of Word's own styles.

    The element is given the style's identifier, which is its name without spaces: python-docx looks for a name among all styles,
    each time, which took a quarter of the time of a report.
    """
    paragraph = doc.add_paragraph(words)
    paragraph._p.style = None if style == "Normal" else style.replace(" ", "")  # who names none has that one
    return paragraph


def add_table(doc: Any, rows: int, columns: int) -> Any:
    """An empty table at the end of the document, with thin rules between its rows."""
    table = doc.add_table(rows, columns)
    table._tbl.tblPr.style = "Record"
    return table


def set_up(doc: Any, entry: int) -> None:
    """A4 across, fonts that have Latin, Cyrillic and Chinese, the look of tables, and the number of each page."""
    section = doc.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(16)
    section.top_margin = section.bottom_margin = Mm(16)
    for name in ("Normal", "Title", "Heading 1", "Heading 2"):
        style = doc.styles[name]
        style.font.name = "Noto Sans" if name == "Normal" else "Noto Serif"
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), "Noto Sans CJK SC" if name == "Normal" else "Noto Serif CJK SC")
        fonts.set(qn("w:cs"), style.font.name)
        style.font.color.rgb = RGBColor.from_string(_INK)
    doc.styles["Title"].font.size = Pt(20)
    doc.styles["Normal"].font.size = Pt(8)  # what stands in tables
    for name in (TEXT, "Quote", "List Bullet"):
        doc.styles[name].font.size = Pt(9)
    doc.styles.element.append(parse_xml(_LOOK))
    for key, relation in list(doc.part.package.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL:  # the picture of an empty page
            del doc.part.package.rels[key]
    foot = section.footer.paragraphs[0]
    foot.add_run(f"{_('Declaration Tracker')} · {_('Ledger entry')} {n(entry)} · ")
    foot._p.append(parse_xml(_FIELD.format(nsdecls("w"), "PAGE")))
    foot.add_run(" / ")
    foot._p.append(parse_xml(_FIELD.format(nsdecls("w"), "NUMPAGES")))


def set_close(doc: Any, reading: Reading) -> None:
    """A brief stands upright and close, so that a short list is one page; the more there is, the smaller."""
    section, size = doc.sections[0], 0.78 if is_close(reading) else 0.88 if is_dense(reading) else 1.0
    section.orientation, section.page_width, section.page_height = WD_ORIENT.PORTRAIT, Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(round(14 * size))
    section.footer_distance = Mm(6)
    for name, points, above, below in (
        ("Title", 14, 0, 2), ("Heading 1", 11, 7, 1), ("Heading 2", 10, 3, 1), (TEXT, 8, 0, 2), ("Quote", 8, 0, 2), ("List Bullet", 8, 0, 0),
        ("Normal", 7, 0, 0),
    ):  # fmt: skip
        style = doc.styles[name]
        style.font.size = Pt(round(points * size, 1))
        spaced = style.paragraph_format
        spaced.space_before, spaced.space_after = Pt(round(above * size**2, 1)), Pt(round(below * size**2, 1))
        spaced.line_spacing = 1.0
