"""The press: every page in a process of its own, the same bytes whatever was set before, and nothing fetched."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from commitments.reports import pdf
from commitments.reports.rendering import missing_for_pdf
from tests.product import ROOT

pytestmark = pytest.mark.engineless
PAGE = '<html lang="en"><title>a</title><body style="font-family: Noto Sans"><h1>One</h1><p>{}'


@pytest.fixture(autouse=True)
def fonts() -> None:
    if gone := missing_for_pdf():
        assert not os.environ.get("CI"), gone
        pytest.skip(", ".join(gone))


def page(words: str = "毒品 наркотики") -> bytes:
    return PAGE.format(words).encode()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def pid() -> int:
    process = pdf._press.process
    assert process
    return process.pid


def test_the_bytes_do_not_depend_on_what_was_set_before() -> None:
    first = pdf.set_page(page())
    with ThreadPoolExecutor(4) as threads:
        others = list(threads.map(pdf.set_page, [page(), page("x" * 5000), page(), page("<b>b</b>"), page()]))
    assert first.startswith(b"%PDF-") and {others[0], others[2], others[4]} == {first} and len({*others}) == 3
    os.kill(pid(), signal.SIGKILL)
    before = pid()
    assert pdf.set_page(page()) == first and pid() != before  # of a press that was started anew


def test_pages_are_set_while_other_things_are_done() -> None:
    expected = pdf.set_page(page())
    with pdf.setting(page("<p>long</p>" * 500)) as long, pdf.setting(page()) as made:
        assert made() == expected
        assert long().startswith(b"%PDF-")
    with contextlib.suppress(KeyError), pdf.setting(page("<p>long</p>" * 20_000)):
        waited(lambda: copies(pid()))
        raise KeyError  # what is done meanwhile fails, and nobody waits for the page:
    waited(lambda: not copies(pid()))  # its process ends long before it is set
    assert pdf.set_page(page()) == expected


SET = r"""
import hashlib, re, sys
from pathlib import Path
from commitments.reports import pdf
if sys.argv[1] == "copied":
    pdf._read_fonts_in_place = lambda: None
words = "".join(f"<p style='font: {weight} {size}px {family}'>禁毒 {size}</p>" for size in range(9, 15) for weight in ("normal", "bold")
                for family in ("Noto Sans CJK SC", "Noto Serif CJK SC"))
made = pdf._set(f"<html lang='zh'><title>a</title><body>{words}")
print(hashlib.sha256(made).hexdigest(), int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def test_fonts_are_read_where_they_are_mapped() -> None:
    """Chinese has 20 MB a font, and WeasyPrint copies it for every size: of 24 styles not even one such copy is held."""

    def made(how: str) -> tuple[str, int]:
        command = [sys.executable, "-c", SET, how]
        digest, most = subprocess.run(
            command, cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.split()
        return digest, int(most)

    (copied, much), (in_place, little) = made("copied"), made("in place")
    assert copied == in_place
    assert little < 120 < much - little, (much, little)


def test_a_page_fetches_nothing_and_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        for address in (f"http://127.0.0.1:{server.getsockname()[1]}/a.svg", "file:///etc/hostname"):
            with pytest.raises(pdf.PDFNotMade, match="Error fetching"):
                pdf.set_page(page(f'<img alt="" src="{address}">'))
        with pytest.raises(TimeoutError):
            server.accept()
    with_picture = '<img alt="a" src="data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22 width=%229%22 height=%229%22/>">'
    assert pdf.set_page(page(with_picture)).startswith(b"%PDF-")


def test_a_press_that_ends_with_a_page_waiting_is_started_again() -> None:
    pdf.start()
    process = pdf._press.process
    assert process
    process.send_signal(signal.SIGSTOP)  # it cannot take the page …
    asked: list[bytes] = []
    thread = threading.Thread(target=lambda: asked.append(pdf.set_page(page())))
    thread.start()
    time.sleep(0.5)
    process.kill()  # … and ends with the page still waiting
    thread.join(60)
    assert asked and asked[0].startswith(b"%PDF-") and pid() != process.pid and process.returncode is not None


def test_who_asks_a_press_that_dies_does_not_wait_for_its_copies() -> None:
    slow = (
        "import time; main = pdf._one\ndef one(asked): time.sleep(8); main(asked)\npdf._one = one; pdf.main()"
    )
    ours, its = socket.socketpair()
    with ours:
        with its:
            code = f"from commitments.reports import pdf; {slow}"
            process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=its.fileno())
        with pdf._hand_over(ours, page(), time.monotonic() + 60):  # a copy sleeps over it
            process.send_signal(signal.SIGSTOP)
            with ThreadPoolExecutor(1) as other:
                started = time.monotonic()
                asked = other.submit(pdf._hand_over, ours, page(), started + 60)
                time.sleep(0.3)
                process.kill()
                with pytest.raises(pdf._Gone):
                    asked.result(30)
            assert time.monotonic() - started < 4
        process.wait()


@contextlib.contextmanager
def press(changed: str) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    """A press of its own with other limits, and our end of its socket."""
    ours, its = socket.socketpair()
    with ours, its:
        code = f"from commitments.reports import pdf; {changed}"
        process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=its.fileno())
        its.close()
        yield process, ours
        ours.close()
        assert process.wait(60) == 0


def answer(control: socket.socket, page: bytes, until: float) -> bytes:
    with pdf._hand_over(control, page, until) as asked:
        said = pdf._all(asked, until)
    assert not said or len(said) == pdf._SIZE + int.from_bytes(said[: pdf._SIZE])
    return said[pdf._SIZE :]


def test_it_ends_after_a_while_that_nobody_asks() -> None:
    with press("pdf.main(0.2)") as (process, _ours):
        assert process.wait(60) == 0


def test_no_page_takes_longer_or_more_than_it_may() -> None:
    until = time.monotonic() + 100
    long = page("<p>long</p>" * 20_000)
    with press(
        "import signal; pdf.SECONDS = 60; main = pdf._one\ndef one(asked): pdf.SECONDS = 1; main(asked)\npdf._one = one; pdf.main()"
    ) as (_process, ours):
        started = time.monotonic()
        assert answer(ours, page(), until).startswith(b"%PDF-")
        assert answer(ours, long, until) == b"" and time.monotonic() - started < 30
    with press("pdf.MEMORY = 450 << 20; pdf.main()") as (_process, ours):
        assert answer(ours, page(), until).startswith(b"%PDF-")
        assert not answer(ours, long, until).startswith(b"%PDF-")
        assert answer(ours, page(), until).startswith(b"%PDF-")


def test_a_press_that_cannot_be_made_ready_says_why_to_each_page() -> None:
    with press("pdf._EVERY_SCRIPT = 7; pdf.main()") as (_process, ours):
        for _again in range(2):
            said = answer(ours, page(), time.monotonic() + 60)
            assert b"Traceback" in said and b"Error" in said


def test_what_ends_a_whole_group_ends_no_page() -> None:
    """A worker that is told to stop finishes the page in hand; its press ends after it."""
    with press("pdf.main()") as (process, ours):
        assert answer(ours, page(), time.monotonic() + 60).startswith(b"%PDF-")
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        assert answer(ours, page(), time.monotonic() + 60).startswith(b"%PDF-")


def copies(of: int) -> list[int]:
    children = Path(f"/proc/{of}/task/{of}/children").read_text().split()
    return [int(child) for child in children if alive(int(child))]


def waited(for_: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not for_():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_page_whose_process_is_killed_is_not_made() -> None:
    pdf.set_page(page())
    waited(lambda: not copies(pid()))
    failed: list[Exception] = []

    def ask() -> None:
        try:
            pdf.set_page(page("<p>long</p>" * 20_000))
        except pdf.PDFNotMade as error:
            failed.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    waited(lambda: copies(pid()))
    os.kill(copies(pid())[0], signal.SIGKILL)
    thread.join(60)
    assert len(failed) == 1 and pdf.set_page(page()).startswith(b"%PDF-")


def test_a_part_of_an_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = pdf.set_page(page())
    monkeypatch.setattr(pdf, "_all", lambda _from, _until: len(whole).to_bytes(pdf._SIZE) + whole[:-1])
    with pytest.raises(pdf.PDFNotMade, match="before its answer"):
        pdf.set_page(page())


def test_a_press_ends_with_whoever_started_it() -> None:
    code = "from commitments.reports import pdf; import os; pdf.set_page(b'<p>a'); print(pdf._press.process.pid, flush=True); os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    press = int(done.stdout)
    until = time.monotonic() + 20
    while alive(press) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(press)


def test_a_process_that_was_forked_has_a_press_of_its_own() -> None:
    pdf.start()
    ours = pid()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, f"{pdf.set_page(page())[:5].decode()} {pid()}".encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    head, _blank, theirs = os.read(reader, 100).decode().partition(" ")
    os.close(reader)
    assert head == "%PDF-" and int(theirs) != ours and pid() == ours
