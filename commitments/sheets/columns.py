"""Columns: what each stands for, guessed from its first cell in three languages, named by hand once and then known."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from commitments.models.assessment import Assessment
from commitments.models.source import Source
from commitments.readings import judgements
from commitments.source.folding import fold
from commitments.templatetags.desk import FIELDS

LISTS = ("basis", "sources")
# In the order in which the downloaded list has them; `words` matches a row by its words when it has no code.
COLUMNS = (
    "commitment", "words", "value", "effective_on", "because_en", "because_zh", "because_ru", "confidence", "basis",
    "sources", "source_url", "source_title", "source_publisher", "source_date", "source_class", "source_language", "passage",
    "locator", "accessed_on", "searched", "searched_on",
)  # fmt: skip
_MORE = {
    "commitment": ("code", "key", "代码", "编号", "код"), "words": ("words", "clause", "text", "措辞", "条款", "текст", "формулировка"),
    "because_en": ("because", "reason"), "because_zh": ("理由", "原因"), "because_ru": ("обоснование", "причина", "почему"),
    "value": ("status", "状态", "статус", "оценка", "评估"), "effective_on": ("date", "as of", "日期", "дата", "когда"), "basis": ("basis", "facts", "依据", "факты"), "source_url": ("url", "link", "链接", "ссылка"),
}  # fmt: skip


def signature(header: Sequence[str]) -> str:
    """The same for tables with the same first row."""
    return hashlib.sha256("\x1f".join(fold(cell) for cell in header).encode()).hexdigest()


def column_word(column: str) -> str:
    """The interface's name of a column."""
    if column == "words":
        return _("Words of the clause")
    field, _sep, language = column.partition("_")
    return str(FIELDS[column]) if column in FIELDS else f"{FIELDS[field]} ({language})"


def _names() -> dict[str, str]:
    found: dict[str, str] = {}
    for column in COLUMNS:
        found[fold(column)] = column
        for code in ("en", "zh-hans", "ru"):
            with translation.override(code):
                found.setdefault(fold(column_word(column)), column)
        for word in _MORE.get(column, ()):
            found.setdefault(fold(word), column)
    return found


def guess(header: Sequence[str]) -> dict[str, int]:
    """Which column holds which field, by its first cell; a field is found once."""
    names, found = _names(), dict[str, int]()
    for index, cell in enumerate(header):
        field = names.get(fold(cell))
        if field and field not in found:
            found[field] = index
    return found


def certain(mapping: Mapping[str, int]) -> bool:
    """Whether a guess needs no person to confirm it: the downloaded list, or a table with the same names."""
    return enough(mapping) and "effective_on" in mapping


def enough(mapping: Mapping[str, int]) -> bool:
    """Whether rows can be matched and read."""
    return ("commitment" in mapping or "words" in mapping) and "value" in mapping


def letter(index: int) -> str:
    """The name of a column as spreadsheets have it: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


class Vocabulary:
    """Words of values in three languages, for a declaration."""

    def __init__(self, scale: str) -> None:
        self.values: dict[str, str] = {}
        for value in judgements.scale_values(scale):
            for word in (value["value"], *value["label"].values()):
                self.values[fold(word)] = value["value"]
        self.confidences = _choices(Assessment.Confidence.choices)
        self.classes = _choices(Source.Class.choices)

    def read(self, field: str, text: str) -> Any:
        """A cell as the payload has it. What is no word of ours stays as it is, and the ledger refuses it."""
        known = {"value": self.values, "confidence": self.confidences, "source_class": self.classes}.get(
            field
        )
        return known.get(fold(text), text) if known is not None else text


def _choices(choices: Sequence[tuple[str, Any]]) -> dict[str, str]:
    found = {}
    for value, label in choices:
        found[fold(value)] = value
        for code in ("en", "zh-hans", "ru"):
            with translation.override(code):
                found[fold(str(label))] = value
    return found
