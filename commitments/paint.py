"""Drawings for where no style sheet is: files of charts, pages that are saved, PDF."""

import re
from urllib.parse import quote

_FILLS = {
    "fulfilled": "#0c3c52", "largely_fulfilled": "#22708f", "partially_fulfilled": "#5ba0ba", "ongoing": "#a3cbd8", "not_started": "#e1edf1",
    "stalled": "#e0ac3c", "lapsed": "#c3b59c", "reversed": "#8d3a1c", "not_fulfilled": "#cf5b2c", "unknown": "#d5d7da", "not_trackable": "#e3e4e6",
    "declaratory": "#eeeeee", "not_assessed": "#f6f6f6",
}  # fmt: skip
_OTHER_STROKES = {
    "stalled": "#8a6200", "not_fulfilled": "#b23a17", "reversed": "#7d2c12", "lapsed": "#6a5d4a",
    "unknown": "#666b73", "not_trackable": "#666b73", "declaratory": "#666b73", "not_assessed": "#666b73",
}  # fmt: skip
_CLASSES = {
    "ax": 'stroke="#dcd8cf"', "yr": 'stroke="#dcd8cf" stroke-width="0.12"', "ev": 'stroke="#17191d"', "mk": 'stroke="#17191d" stroke-dasharray="2 2"', "ink": 'fill="#17191d"', "strong": 'fill="#17191d" font-weight="600"',
    "range": 'stroke="#11506b" stroke-width="5" stroke-opacity="0.3"', "stem": 'stroke="#11506b" stroke-width="1.5"', "ln": 'stroke="#11506b" stroke-width="1.75"',
    "dot": 'fill="#11506b"', "hollow": 'fill="#fff" stroke="#11506b" stroke-width="1.5"',
    "ev-primary": 'fill="#17191d"', "ev-press": 'fill="#fff" stroke="#17191d" stroke-width="1.75"', "ev-copy": 'fill="#fff" stroke="#666b73" stroke-width="1.5" stroke-dasharray="2 2"',
    "hatch": 'stroke="#fff" stroke-opacity="0.5" stroke-width="2"', "small": 'font-size="10"',
    **{f"f-{value}": f'fill="{colour}"' for value, colour in _FILLS.items()},
}  # fmt: skip


def stroke_of(value: str) -> str:
    """The colour that the shape of a status is drawn in."""
    return _OTHER_STROKES.get(value, "#11506b")


_CLASSES |= {f"s-{value}": f'color="{stroke_of(value)}"' for value in _FILLS}


def painted(drawing: str) -> str:
    """A drawing whose classes have become the attributes that the sheet would give them."""

    def paint(found: re.Match[str]) -> str:
        return " ".join(_CLASSES[name] for name in found.group(1).split() if name in _CLASSES)

    return re.sub(r'class="([^"]*)"', paint, drawing)


def as_address(drawing: str) -> str:
    """A drawing as the address of a picture that holds all of it: `data:image/svg+xml,…`."""
    return f"data:image/svg+xml,{quote(drawing, safe=' =:/;,()-.')}"
