"""Three languages are equals: every message is translated, in every plural form, and compiled."""

import ast
import re
from collections.abc import Iterator

import polib
import pytest

from tests.catalogues import CATALOGUES, ROOT

pytestmark = pytest.mark.engineless


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_message_is_translated(language: str) -> None:
    catalogue = polib.pofile(str(CATALOGUES[language]))
    assert [e.msgid for e in catalogue if not e.translated() or e.fuzzy] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_placeholder_is_kept(language: str) -> None:
    for entry in polib.pofile(str(CATALOGUES[language])):
        wanted = set(re.findall(r"%\(\w+\)s", entry.msgid + entry.msgid_plural))
        for text in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            assert set(re.findall(r"%\(\w+\)s", text)) == wanted, entry.msgid


@pytest.mark.parametrize("language", CATALOGUES)
def test_the_compiled_catalogue_is_that_of_the_source(language: str) -> None:
    source = {
        (e.msgctxt, e.msgid, e.msgid_plural): e.msgstr_plural or e.msgstr
        for e in polib.pofile(str(CATALOGUES[language]))
    }
    compiled = {
        (e.msgctxt, e.msgid, e.msgid_plural): e.msgstr_plural or e.msgstr
        for e in polib.mofile(str(CATALOGUES[language].with_suffix(".mo")))
    }
    assert compiled == source


MARKS = {"gettext": 1, "gettext_lazy": 1, "_": 1, "ngettext": 1, "ngettext_lazy": 1, "pgettext": 2}


def _called(text: str) -> Iterator[str]:
    """The first words of each call that marks a message, wherever it stands: xgettext does not look into f-strings."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
            place = MARKS[node.func.id] - 1
            argument = node.args[place] if len(node.args) > place else None
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def _messages() -> set[str]:
    found = set()
    for path in [*ROOT.glob("templates/**/*.html"), *ROOT.glob("commitments/**/*.py")]:
        text = path.read_text()
        found |= set(re.findall(r'{% translate "([^"]+)"', text)) | set(
            re.findall(r"{% translate '([^']+)'", text)
        )
        if path.suffix == ".py":
            found |= set(_called(text))
    return found


def test_every_message_of_the_code_is_in_the_catalogues() -> None:
    for path in CATALOGUES.values():
        known = {e.msgid for e in polib.pofile(str(path))}
        assert _messages() - known == set()
