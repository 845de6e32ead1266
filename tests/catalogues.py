"""Message catalogues: `python tests/catalogues.py --compile` writes the .mo files from the .po files."""

import sys
from pathlib import Path

import polib

ROOT = Path(__file__).parent.parent
CATALOGUES = {lang: ROOT / "locale" / lang / "LC_MESSAGES" / "django.po" for lang in ("zh_Hans", "ru")}

if __name__ == "__main__" and "--compile" in sys.argv:
    for path in CATALOGUES.values():
        polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))
