"""Before the tests: install what they need where that may be done, else say what is missing."""

import os
import shutil
import subprocess
import sys

from servers import missing

wanted = missing()
if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
    print(f"installing {', '.join(wanted)} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False, stdout=subprocess.DEVNULL)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *wanted],
        env=environment,
        check=False,
        stdout=subprocess.DEVNULL,
    )
    wanted = missing()
if wanted:
    print(f"missing: {', '.join(wanted)}. On Debian: apt-get install {' '.join(wanted)}")
    if os.environ.get("CI") == "true":
        sys.exit("nothing may be skipped here")
