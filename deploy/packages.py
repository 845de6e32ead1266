"""What PDF needs of the system: Pango and fonts. `make run` installs them where it may (Debian, root), else says how.

Without them everything works and PDF reads “not made”.
"""

import ctypes.util
import glob
import os
import shutil
import subprocess


def missing() -> list[str]:
    """Debian packages that PDF needs and this machine has not."""
    wanted = {
        "libpango-1.0-0": ctypes.util.find_library("pango-1.0"),
        "libpangoft2-1.0-0": ctypes.util.find_library("pangoft2-1.0"),
        "libharfbuzz-subset0": ctypes.util.find_library("harfbuzz-subset"),
        "fontconfig": shutil.which("fc-match"),
        "fonts-noto-core": glob.glob("/usr/share/fonts/**/NotoSans-Regular.*", recursive=True),
        "fonts-noto-cjk": glob.glob("/usr/share/fonts/**/NotoSansCJK*", recursive=True),
    }
    return [package for package, there in wanted.items() if not there]


def install(packages: list[str]) -> bool:
    """Install with apt where that may be done; whether it was tried."""
    if not packages or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    # dpkg asks for programs of the administrator's folders, which a root without a login shell may not look into.
    path = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"
    environment = {**os.environ, "PATH": path, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False, stdout=subprocess.DEVNULL)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        env=environment,
        check=False,
        stdout=subprocess.DEVNULL,
    )
    return True


if __name__ == "__main__":
    gone = missing()
    if gone:
        print(f"for reports as PDF: {', '.join(gone)} …", flush=True)
        install(gone)
        if gone := missing():
            print(f"PDF will read “not made”. On Debian: apt-get install {' '.join(gone)}", flush=True)
