"""The outline of an edition: which span of the text is the title, a heading, a numbered paragraph.

An edition is a Markdown file in the shape of the seed: one `#` title, `##` section headings, paragraphs
separated by blank lines, and `* * *` (escaped or not) before the closing paragraphs. Only markers are left out
of a span: the text itself is never changed, so an offset counts code points of the decoded bytes.
"""

import re
from dataclasses import dataclass

_SECTION_INITIALS = {
    "narcotics": "N",
    "terrorism": "T",
    "organized-crime": "C",
    "closing": "K",
    "preamble": "P",
}
_SEPARATOR = re.compile(r"\\?\* ?\\?\* ?\\?\*")


class MalformedText(ValueError):
    """The text cannot be read as a declaration; `line` is 1-based."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason, self.line = reason, line


@dataclass(frozen=True)
class Block:
    """One block of the text. `start` and `end` are code points of the whole text, end exclusive."""

    code: str
    kind: str  # title, opening, preamble, enacting, heading, operative, separator, closing
    section: str
    start: int
    end: int
    line: int


def decode(raw: bytes) -> str:
    """The text of an edition: its bytes as UTF-8, nothing stripped and nothing normalized."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise MalformedText(f"not UTF-8 at byte {error.start}", line) from None


def _raw_blocks(text: str) -> list[tuple[int, int, int, str]]:
    """(start, end, line, marker) of every non-blank run of lines; the marker is `#`, `##` or empty."""
    found = []
    offset = 0
    for number, line in enumerate(text.split("\n"), start=1):
        body = line.strip()
        if body:
            lead = len(line) - len(line.lstrip())
            marker = re.match(r"(#{1,6})\s+", body)
            skip = lead + (marker.end() if marker else 0)
            found.append(
                (offset + skip, offset + lead + len(body), number, marker.group(1) if marker else "")
            )
        offset += len(line) + 1
    return found


def outline(text: str, sections: list[str]) -> list[Block]:
    """Blocks of the text in order.

    `sections` are the codes of the numbered sections in their order; preamble and closing are implied. The first
    paragraph after the title opens the preamble, the last one before the first heading enacts; both carry no number.
    Raises MalformedText when the number of headings is not that of the sections.
    """
    blocks: list[Block] = []
    raw = _raw_blocks(text)
    if not raw or raw[0][3] != "#":
        raise MalformedText(
            "the first line of text must be the title, marked with #", raw[0][2] if raw else 1
        )
    for _, _, line, marker in raw[1:]:
        if marker and marker != "##":
            reason = "a second title" if marker == "#" else "headings below the second level are not used"
            raise MalformedText(reason, line)
    headings = [line for _, _, line, marker in raw if marker == "##"]
    if len(headings) != len(sections):
        raise MalformedText(
            f"{len(headings)} section headings, {len(sections)} sections expected",
            headings[-1] if headings else 1,
        )
    first_heading = headings[0] if headings else len(text)
    preamble = [line for _, _, line, marker in raw[1:] if not marker and line < first_heading]
    section, counter, index = "preamble", 0, 0
    for start, end, line, marker in raw:
        if marker == "#":
            blocks.append(Block("TITLE", "title", "front", start, end, line))
        elif marker == "##":
            section, counter, index = sections[index], 0, index + 1
            blocks.append(Block(f"H{index}", "heading", section, start, end, line))
        elif _SEPARATOR.fullmatch(text[start:end]):
            section, counter = "closing", 0
            blocks.append(Block("SEP", "separator", section, start, end, line))
        elif section == "preamble" and line == preamble[0]:
            blocks.append(Block("OPEN", "opening", section, start, end, line))
        elif section == "preamble" and line == preamble[-1] and len(preamble) > 1:
            blocks.append(Block("ENACT", "enacting", section, start, end, line))
        else:
            counter += 1
            kind = section if section in ("preamble", "closing") else "operative"
            letter = _SECTION_INITIALS.get(section, section[0].upper())
            blocks.append(Block(f"{letter}{counter}", kind, section, start, end, line))
    return blocks
