"""Every check and every test, one after the other. Ends with what failed and what was left out."""

import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.product import ROOT, environment, make_template, told
from tests.servers import missing, postgres

BIN = Path(sys.executable).parent
PRODUCTION = {
    "HTTPS": "true",
    "ALLOWED_HOSTS": "tracker.example.org",
    "SECRET_KEY": secrets.token_urlsafe(64),
    "LC_ALL": "C.UTF-8",
}
failures: list[str] = []
adding = threading.Lock()
passed = failed = skipped = 0


def together(*steps: tuple[str, list[str], dict[str, str]]) -> None:
    """Run steps, two at once, each on a core of its own; what each says is shown when it has ended."""
    started = time.monotonic()
    with ThreadPoolExecutor(2) as cores:
        running = {
            cores.submit(step, name, command, quiet=True, **more): name for name, command, more in steps
        }
        while wait(running, timeout=60).not_done:
            left = [name for future, name in running.items() if not future.done()]
            print(f"   … {time.monotonic() - started:.0f} s; still to end: {', '.join(left)}", flush=True)
    for future in running:
        future.result()


def step(name: str, command: list[str], quiet: bool = False, **more: str) -> None:
    """Run one step; its output is shown, its figures are added up."""
    print(f"== {name}", flush=True)
    started, said = time.monotonic(), ""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    last = ""
    for line in process.stdout:
        said += line
        if not quiet:
            print(line, end="", flush=True)
        last = line if re.search(r"\d+ (passed|failed|skipped|error)", line) else last
    code = process.wait()
    with adding:
        _add(name, last, code)
    print(
        (said if quiet else "")
        + f"   {name}: {'ok' if not code else 'FAILED'} in {time.monotonic() - started:.1f} s",
        flush=True,
    )


def _add(name: str, last: str, code: int) -> None:
    global passed, failed, skipped
    for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", last):
        passed += int(number) * (word == "passed")
        failed += int(number) * (word in ("failed", "error"))
        skipped += int(number) * (word == "skipped")
    if code:
        failures.append(name)


def main() -> int:
    started = time.monotonic()
    python, gone = str(BIN / "python"), missing()
    step("ruff", [str(BIN / "ruff"), "check", "."])
    step("ruff format", [str(BIN / "ruff"), "format", "--check", "."])
    step("mypy --strict", [str(BIN / "mypy")])
    step("import contracts", [str(BIN / "lint-imports")])
    with_data = {
        "DATA_DIR": subprocess.run(
            ["mktemp", "-d"], capture_output=True, text=True, check=True
        ).stdout.strip()
    }
    step("migrations", [python, "manage.py", "makemigrations", "--check", "--dry-run"], **with_data)
    step(
        "check --deploy",
        [python, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        **with_data,
        **PRODUCTION,
    )
    with ExitStack() as stack:
        os.environ["TESTS_TEMPLATE"] = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="tracker-template-")
        )
        make_template(Path(os.environ["TESTS_TEMPLATE"]))
        told(environment(Path(os.environ["TESTS_TEMPLATE"]), 1), "collectstatic", "--noinput", "-v0")
        if "DATABASE_URL" in os.environ:
            of_engine = [("the database of DATABASE_URL", {})]
        else:
            of_engine = [("SQLite", {})]
            if "postgresql" not in gone:
                of_engine.insert(0, ("PostgreSQL", {"DATABASE_URL": stack.enter_context(postgres())}))
        pytest = [python, "-m", "pytest", "--ignore=tests/faults", "--durations=12", "-m"]
        plain = "not browser and not processes and not timed"
        together(  # the longest first: so both cores end at about the same time
            ("tests in processes", [*pytest, "processes and not timed"], {}),
            ("tests in the browser", [*pytest, "browser and not timed"], {}),
            ("tests that need no other engine", [*pytest, f"{plain} and engineless"], {}),
            *(
                (f"tests on {name}", [*pytest, f"{plain} and not engineless"], more)
                for name, more in of_engine
            ),
        )
        step("tests that measure seconds, alone", [*pytest, "timed"])
    if gone:
        print(f"left out, because {', '.join(gone)} is missing: tests that need it")
    print(f"in {time.monotonic() - started:.0f} s" + (f"; FAILED: {', '.join(failures)}" if failures else ""))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failures or (gone and os.environ.get("CI") == "true") else 0


if __name__ == "__main__":
    sys.exit(main())
