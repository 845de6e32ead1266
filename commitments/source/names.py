"""Names in the text: short names that the text defines itself, and aliases that are listed for an organization."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# 上海合作组织（以下简称“上合组织”） · Shanghai Cooperation Organisation (hereinafter “SCO”) · … (далее – «ШОС» / далее – ШОС)
_DEFINED = (
    re.compile(r"(?P<long>[\u4e00-\u9fff]+)（以下简称“(?P<short>[^”]+)”）"),
    re.compile(
        r"(?P<long>[A-Z][\w’'-]*(?: (?:[A-Z][\w’'-]*|of|on|and|for|the|in))*) \(hereinafter “(?P<short>[^”]+)”\)"
    ),
    re.compile(r"(?P<long>[А-ЯЁ][\w-]*(?: [\w-]+)*?) \(далее\s*[–—-]\s*«?(?P<short>[^»)]+)»?\)"),
)


@dataclass(frozen=True)
class Found:
    """A name at a place in the text; `code` is the organization's, `name` the words that stand there."""

    start: int
    end: int
    code: str
    name: str


def defined_short_names(text: str) -> dict[str, str]:
    """Short names that the text introduces: {"上合组织": "上海合作组织"}."""
    return {m["short"]: m["long"] for pattern in _DEFINED for m in pattern.finditer(text)}


def find_names(text: str, names: Mapping[str, str]) -> list[Found]:
    """Every place where one of `names` ({words: code}) stands. The longest name wins, so that 联合国安理会 is not 联合国."""
    if not names:
        return []
    pattern = re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))
    return [Found(m.start(), m.end(), names[m.group()], m.group()) for m in pattern.finditer(text)]
