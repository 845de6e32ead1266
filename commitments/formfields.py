"""Form fields for texts in several languages: one line a language, never raw JSON."""

from collections.abc import Mapping
from typing import Any

from django import forms

from commitments.models.fields import LANGUAGES

LABELS = {"en": "English", "zh": "中文", "ru": "Русский"}


class _Lines(forms.MultiWidget):
    """A box for each language, with its name in front."""

    template_name = "admin/texts.html"

    def __init__(self, rows: int) -> None:
        boxes: dict[str, forms.Widget | type[forms.Widget]] = {
            lang: forms.Textarea(attrs={"rows": rows, "cols": 70, "lang": lang, "aria-label": LABELS[lang]})
            for lang in LANGUAGES
        }
        super().__init__(boxes)

    def decompress(self, value: Any) -> list[str]:
        found = value if isinstance(value, Mapping) else {}
        return ["\n".join(v) if isinstance(v := found.get(lang, ""), list) else v for lang in LANGUAGES]


class TextsField(forms.MultiValueField):
    """{"en": …, "zh": …, "ru": …} as one box a language."""

    def __init__(self, rows: int = 1, **kwargs: Any) -> None:
        fields = [forms.CharField(required=False, max_length=5000) for _ in LANGUAGES]
        super().__init__(fields=fields, widget=_Lines(rows), require_all_fields=False, **kwargs)

    def compress(self, values: list[str]) -> dict[str, Any]:
        return {lang: text for lang, text in zip(LANGUAGES, values or [], strict=False) if text}


class AliasesField(TextsField):
    """{"zh": ["…", …]} with one name a line."""

    def compress(self, values: list[str]) -> dict[str, Any]:
        lists = {
            lang: [n.strip() for n in text.splitlines() if n.strip()]
            for lang, text in super().compress(values).items()
        }
        return {lang: names for lang, names in lists.items() if names}
