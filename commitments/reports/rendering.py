"""Renderings of a frozen reading. All come from its canonical JSON and nothing else."""

import contextlib
import functools
import hashlib
import json
import platform
import re
import subprocess
import zlib
from collections.abc import Callable, Iterable, Mapping
from ctypes.util import find_library
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from commitments.paint import as_address, stroke_of
from commitments.reports import tables, word
from commitments.reports.memory import give_back
from commitments.reports.pdf import setting
from commitments.reports.sentences import summary
from commitments.reports.slots import PAGES, slot
from commitments.templatetags.tracker import INTERFACE

FAMILIES = ("Noto Sans", "Noto Serif", "Noto Sans CJK SC", "Noto Serif CJK SC")
MOST_ROWS = 400  # of one table on paper; the page, the workbook, CSV and JSON have every row
_LONG = ("assessments", "happenings", "commitments", "corrections", "sources")
_ROW = re.compile(
    rb'<tr id="[^"]*">'
)  # places to link to on a page; in PDF each takes as long as two cells, and has no use
Reading = dict[str, Any]


@functools.cache
def font_digests() -> dict[str, str]:
    """The fonts that PDF is set in, by family, with the digest of each file; a family that is not there has none."""
    found = {}
    for family in FAMILIES:
        for weight in ("regular", "semibold"):
            asked = subprocess.run(
                ["fc-match", "--format", "%{family}\\t%{file}", f"{family}:weight={weight}"], capture_output=True, text=True, check=False,
            )  # fmt: skip
            names, _tab, path = asked.stdout.partition("\t")
            if family in names.split(",") and Path(path).is_file():
                with Path(path).open("rb") as file:
                    found[f"{family} {weight}"] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def missing_for_pdf() -> list[str]:
    """What a PDF needs and this machine has not: fonts, or Pango."""
    try:
        fonts = font_digests()
    except FileNotFoundError:
        return ["fontconfig"]
    gone = [family for family in FAMILIES if f"{family} regular" not in fonts]
    return gone if find_library("pangoft2-1.0") else [*gone, "Pango"]


@functools.cache
def renderer() -> dict[str, Any]:
    """What made the bytes: a rendering has the same bytes under the same renderer."""
    lock = settings.BASE_DIR / "requirements.txt"
    fonts = (
        ""
        if missing_for_pdf()
        else hashlib.sha256(json.dumps(font_digests(), sort_keys=True).encode()).hexdigest()
    )
    return {
        "release": settings.RELEASE,
        "lock_sha256": hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else "",
        "fonts_sha256": fonts,
        "python": platform.python_version(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
    }


def html(reading: Reading, language: str, *, sentences: list[str], cut: Mapping[str, int]) -> bytes:
    """The report as one page without any other file: it can be saved and mailed, and PDF is made of it.

    `sentences`: the summary of the whole reading. `cut`: how many rows those tables have in full that stand here with their
    first rows alone.
    """
    style = (settings.BASE_DIR / "static" / "css" / "report.css").read_text()
    labels = {value["value"]: value["label"] for value in reading["scale"]}
    page = render_to_string(
        "reports/report.html",
        {
            "reading": reading,
            "labels": labels,
            "language": language,
            "style": f"{style}{_shapes()}",
            "sentences": sentences,
            "cut": {name: word.too_long(len(reading[name]), k) for name, k in cut.items()},
        },
    )
    return _drawn(page).encode()


def _for_paper(reading: Reading) -> tuple[Reading, Reading]:
    """A reading whose long tables end after MOST_ROWS rows, and how many rows each of them has in full."""
    cut = {name: len(reading[name]) for name in _LONG if len(reading.get(name, [])) > MOST_ROWS}
    return reading | {name: reading[name][:MOST_ROWS] for name in cut}, cut


def summary_of(frozen: str, language: str) -> str:
    """The summary in sentences, one a line; of a brief there is none."""
    reading = json.loads(frozen)
    if reading["form"] != "report":
        return ""
    with translation.override(INTERFACE[language]):
        return "\n".join(summary(reading))


def csv(reading: Reading, language: str, *, raw: bool = False, bom: bool = False) -> bytes:
    """The table of commitments in other clothes: without apostrophes, with a byte order mark."""
    with translation.override(INTERFACE[language]):
        return (b"\xef\xbb\xbf" if bom else b"") + tables.csv(reading, language, raw=raw)


@functools.cache
def _shapes() -> str:
    """The rules that put its shape before a status, drawn as the one sheet of symbols has it.

    A shape that stands in the page as an element would be a figure that wants words of its own; the words are beside it.
    """
    sheet = (settings.BASE_DIR / "templates" / "parts" / "sprite.html").read_text()
    rules = []
    for value, shape in re.findall(r'<symbol id="s-(\w+)" viewBox="0 0 16 16">(.*?)</symbol>', sheet):
        drawn = shape.replace("currentColor", stroke_of(value))
        picture = as_address(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="12" height="12">{drawn}</svg>'
        )
        rules.append(f'.s-{value}::before {{ content: url("{picture}") }}')
    return "\n".join(rules)


def _drawn(page: str) -> str:
    """Every status with its shape from the style: a page that is saved or printed has no sheet of symbols."""
    return re.sub(
        r'<span class="st"><svg class="s s-(\w+)"[^>]*><use href="#s-\w+"/></svg>\u00a0',
        r'<span class="st s-\1">',
        page,
    )


def render(
    frozen: str, language: str, formats: Iterable[str], told: Callable[[str], None] = lambda name: None
) -> dict[str, bytes]:
    """The renderings of a frozen reading by file name; `told` hears the name of each format before it is made or waited for.

    A format that this machine cannot make is left out, and the others are made all the same. Raises PDFNotMade.
    """
    reading, wanted = json.loads(frozen), set(formats) & set(settings.REPORT_FORMATS)
    found = {"report.json": b""}  # always: it is what the report is
    short, cut = _for_paper(reading)
    with contextlib.ExitStack() as meanwhile:
        meanwhile.enter_context(translation.override(INTERFACE[language]))
        sentences = summary(reading) if reading["form"] == "report" else []
        page, made = b"", None
        if "html" in wanted:
            told("html")
            found["report.html"] = html(reading, language, sentences=sentences, cut={})
        if "pdf" in wanted and not missing_for_pdf():
            whole = found.get("report.html", b"") if not cut else b""
            page = _ROW.sub(b"<tr>", whole or html(short, language, sentences=sentences, cut=cut))
        # It takes longest: a process of its own sets it meanwhile, if there is room, and not while thousands of commitments are held.
        if page and not cut and meanwhile.enter_context(slot("page", PAGES)):
            made = meanwhile.enter_context(setting(page))
        if "docx" in wanted:
            told("docx")
            found["report.docx"] = word.document(short, language, sentences=sentences, cut=cut)
        for name, make in (("xlsx", tables.workbook), ("csv", tables.csv)):
            if name in wanted:
                told(name)
                found[f"report.{name}"] = make(reading, language)
        if cut:
            del reading, short
            give_back()
        if page and made is None:
            meanwhile.enter_context(slot("page", PAGES, wait=True))
            made = meanwhile.enter_context(setting(page))
        if made:
            told("pdf")
            found["report.pdf"] = made()
    found["report.json"] = frozen.encode()  # at last, for of thousands of commitments it is long
    return found
