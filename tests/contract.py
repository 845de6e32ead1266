"""Adds to docs/bodies.json the schemas of bodies that are new. What stands there is never made anew."""

import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docs" / "bodies.json"


def main() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="tracker-contract-")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "declaration_tracker.settings")
    import django

    django.setup()
    from commitments.ledger import schemas

    now = {f"{kind}.{number}": schemas.schema_of(kind, number) for kind, number in schemas.names()}
    before = json.loads(FILE.read_text()) if FILE.exists() else {}
    FILE.write_text(json.dumps(now | before, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
