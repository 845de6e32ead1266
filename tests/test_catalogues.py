"""Three languages are equals: every message is translated, in every plural form, and compiled."""

import re

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
        (e.msgid, e.msgid_plural): e.msgstr_plural or e.msgstr
        for e in polib.pofile(str(CATALOGUES[language]))
    }
    compiled = {
        (e.msgid, e.msgid_plural): e.msgstr_plural or e.msgstr
        for e in polib.mofile(str(CATALOGUES[language].with_suffix(".mo")))
    }
    assert compiled == source


def _messages() -> set[str]:
    found = set()
    for path in [*ROOT.glob("templates/**/*.html"), *ROOT.glob("commitments/**/*.py")]:
        text = path.read_text()
        found |= set(re.findall(r'{% translate "([^"]+)"', text)) | set(
            re.findall(r"{% translate '([^']+)'", text)
        )
        if path.suffix == ".py":
            found |= set(re.findall(r'\b(?:gettext_lazy|gettext|_)\(\s*"([^"]+)"\s*[,)]', text))
    return found


def test_every_message_of_the_code_is_in_the_catalogues() -> None:
    for path in CATALOGUES.values():
        known = {e.msgid for e in polib.pofile(str(path))}
        assert _messages() - known == set()
