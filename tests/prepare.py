"""Before the tests: install what they need where that may be done, else say what is missing."""

import os
import sys
from pathlib import Path

from servers import missing

sys.path.insert(0, str(Path(__file__).parent.parent / "deploy"))
from packages import install

wanted = missing()
if wanted:
    print(f"installing {', '.join(wanted)} …", flush=True)
    install(wanted)
    wanted = missing()
if wanted:
    print(f"missing: {', '.join(wanted)}. On Debian: apt-get install {' '.join(wanted)}")
    if os.environ.get("CI") == "true":
        sys.exit("nothing may be skipped here")
