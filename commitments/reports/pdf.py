"""The press: pages as PDF, outside the process that asks. Its own process, and a copy of it for every page.

WeasyPrint draws with Pango, which is not made for several threads, and a broken font can take its process down: so every page
is set in a process of its own, with a cap on memory and time, that ends with the page. To load WeasyPrint takes as long as to
set five pages, so one process loads it once and forks for each page; it ends when whoever started it does, or when nothing was
asked for a minute. It opens no address: everything that a page needs stands in the page, pictures as `data:image/svg+xml,…`.
The bytes depend on the page, the release of WeasyPrint and the fonts, and on nothing else (no date, no name of a machine, not
what was set before).

The asking side is `set_page`, or `setting` for what is done meanwhile; the press runs as `python -m commitments.reports.pdf` with its end of a socket as standard
input. It is sent one end of a pair of sockets for each page; there it says TAKEN, reads the page to its end, and answers with
the PDF, or with why there is none.
"""

import contextlib
import gc
import io
import logging
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

MEMORY = 3 * 1024**3  # bytes of address space; what is resident is a small part of it
SECONDS = 150  # of one page, by the clock and of the processor
IDLE = 60  # seconds after which a press that nobody asks ends
TAKEN = b"."
_SIZE = 8  # bytes of the number before an answer
_ROOT = Path(__file__).resolve().parent.parent.parent
_EVERY_SCRIPT = '<html lang="en"><title>a</title><style>p { font-family: "Noto Sans", "Noto Sans CJK SC" }</style><p>a 中 я'


class PDFNotMade(Exception):
    """The process that sets a page ended without one; the message is what it said."""


class _Gone(Exception):
    """The press ended before it took the page."""


class _Press:
    """The press of this process; a process that was forked starts one of its own."""

    def __init__(self) -> None:
        self.starting = threading.Lock()
        self.control: socket.socket | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def started(self) -> socket.socket:
        with self.starting:
            if self.process is None or self.control is None or self.process.poll() is not None:
                if self.control:
                    self.control.close()
                ours, its = socket.socketpair()
                with its:
                    self.process = subprocess.Popen(
                        [sys.executable, "-m", "commitments.reports.pdf"], stdin=its.fileno(), stdout=subprocess.DEVNULL, cwd=_ROOT
                    )  # fmt: skip
                self.control = ours
            return self.control

    def forget(self, control: socket.socket) -> int | None:
        """End a press that does not take pages; how it ended. Copies that set one go on."""
        with self.starting:
            if self.control is not control or self.process is None:
                return None
            process, self.control, self.process = self.process, None, None
        control.close()
        with contextlib.suppress(subprocess.TimeoutExpired):  # at the end of its socket it ends by itself
            return process.wait(2)
        process.kill()
        return process.wait()


_press = _Press()


def _start_anew() -> None:
    global _press
    _press = _Press()


os.register_at_fork(after_in_child=_start_anew)


def start() -> None:
    """Have the press ready by the time a page comes: it loads while the record is read."""
    _press.started()


def set_page(page: bytes) -> bytes:
    """A page as PDF. Raises PDFNotMade. May be called from several threads at once."""
    with setting(page) as made:
        return made()


@contextlib.contextmanager
def setting(page: bytes) -> Iterator[Callable[[], bytes]]:
    """Have a page set while other things are done: what this yields waits for the PDF. Both raise PDFNotMade.

    A thread takes the answer as it comes, so that the page's process ends with its page; that process ends too when nobody
    waits any more.
    """
    until = time.monotonic() + SECONDS + 20  # the page's own process ends itself before
    with _taken(page, until) as asked, ThreadPoolExecutor(1, "press") as reader:
        answer = reader.submit(_all, asked, until)

        def made() -> bytes:
            try:
                found = answer.result()
            except TimeoutError:
                raise PDFNotMade(f"not in {SECONDS} s") from None
            except OSError as error:
                raise PDFNotMade(f"its process ended: {error}") from None
            size, said = int.from_bytes(found[:_SIZE]), found[_SIZE:]
            if len(said) != size:
                raise PDFNotMade("its process ended before its answer did")
            if not said.startswith(b"%PDF-"):
                raise PDFNotMade(said.decode(errors="replace")[-1000:] or "its process ended without a word")
            return said

        try:
            yield made
        finally:
            with contextlib.suppress(OSError):  # it has ended
                asked.shutdown(socket.SHUT_RDWR)  # the thread does not wait for what nobody asks


def _taken(page: bytes, until: float) -> socket.socket:
    ended = None
    for _once_more in range(3):
        control = _press.started()
        try:
            return _hand_over(control, page, until)
        except TimeoutError:
            raise PDFNotMade(f"not in {SECONDS} s") from None
        except OSError as error:
            raise PDFNotMade(f"its process ended: {error}") from None
        except _Gone:  # it ended just now, for nobody had asked: the next one takes the page
            ended = _press.forget(control)
    raise PDFNotMade(f"the process that sets pages does not start (it ended with {ended})")


def _hand_over(control: socket.socket, page: bytes, until: float) -> socket.socket:
    """Where the answer will be read. Raises _Gone when the press ended before it took the page."""
    ours, its = socket.socketpair()
    try:
        try:
            with its:
                socket.send_fds(control, [TAKEN], [its.fileno()])
            if _some(ours, until, 1) != TAKEN:
                raise _Gone
        except TimeoutError:
            raise
        except OSError as error:
            raise _Gone from error
        with contextlib.suppress(
            BrokenPipeError, ConnectionResetError
        ):  # why it did not read on is its answer
            ours.sendall(page)
            ours.shutdown(socket.SHUT_WR)
    except BaseException:
        ours.close()
        raise
    return ours


def _say(asked: socket.socket, said: bytes) -> None:
    """An answer with its length before it: a part of one is none."""
    asked.sendall(len(said).to_bytes(_SIZE) + said)


def _some(from_: socket.socket, until: float | None, most: int = 1 << 20) -> bytes:
    if until is not None:
        from_.settimeout(max(0.001, until - time.monotonic()))
    return from_.recv(most)


def _all(from_: socket.socket, until: float | None = None) -> bytes:
    parts = []
    while part := _some(from_, until):
        parts.append(part)
    return b"".join(parts)


def _tell_languages() -> None:
    """Have each part of a page tell its own language (ISO 14289-1, 7.2): WeasyPrint 70 tells that of the page alone.

    It has no place to be told so, hence its builder of tags is wrapped; a test looks for the languages in the PDF.
    """
    import pydyf  # type: ignore[import-untyped]
    from weasyprint.pdf import tags

    build = tags._build_box_tree
    if getattr(build, "tells_languages", False):
        return

    def told(box: Any, *more: Any) -> Iterator[Any]:
        element = getattr(box, "element", None)
        language = None if element is None or element.tag == "html" else element.get("lang")
        for made in build(box, *more):
            if language:
                made["Lang"] = pydyf.String(language)
            yield made

    told.tells_languages = True  # type: ignore[attr-defined]
    tags._build_box_tree = told


def _read_fonts_in_place() -> None:
    """Have fonts read where they are mapped: WeasyPrint 70 copies the whole file for each family, weight and size of a page, 20 MB
    each time for Chinese, of which a few glyphs are kept. The bytes are the same; a test looks for the memory.
    """
    from weasyprint.pdf import fonts
    from weasyprint.text.ffi import ffi, harfbuzz

    clean = fonts.Font.clean
    if getattr(clean, "reads_in_place", False):
        return
    blobs = []  # a copy of the press ends with its page, and they with it

    def data(face: Any) -> Any:
        blobs.append(ffi.gc(harfbuzz.hb_face_reference_blob(face), harfbuzz.hb_blob_destroy))
        length = ffi.new("unsigned int *")
        found = harfbuzz.hb_blob_get_data(blobs[-1], length)
        return ffi.buffer(found, int(length[0])) if found != ffi.NULL else None

    def cleaned(font: Any, *more: Any) -> None:
        clean(font, *more)
        font.file_content = bytes(font.file_content)  # what goes into the PDF: the glyphs that are kept

    cleaned.reads_in_place = True  # type: ignore[attr-defined]
    fonts.get_hb_object_data, fonts.Font.clean = data, cleaned


def _set(page: str) -> bytes:
    from weasyprint import HTML  # only the press loads it: it loads Pango
    from weasyprint.urls import URLFetcher

    _tell_languages()
    _read_fonts_in_place()
    logging.getLogger("weasyprint").setLevel(
        logging.ERROR
    )  # what it cannot draw of a style for the screen is no news
    made = io.BytesIO()
    inside = URLFetcher(allowed_protocols={"data"}, allow_redirects=False, fail_on_errors=True)
    document = HTML(string=page, url_fetcher=inside)
    document.write_pdf(made, pdf_variant="pdf/ua-1", pdf_tags=True, optimize_images=False)
    return made.getvalue()


def _limit(what: int, most: int) -> None:
    _soft, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _one(asked: socket.socket) -> None:
    """What the copy does that sets one page."""
    try:
        signal.alarm(SECONDS)
        _limit(resource.RLIMIT_CPU, SECONDS)
        threading.Thread(target=_end_with, args=(asked,), daemon=True).start()
        said = _set(_all(asked).decode())
    except BaseException:  # of an address that is not fetched it is no Exception
        said = traceback.format_exc().encode()
    _say(asked, said)


def _end_with(asked: socket.socket) -> None:
    """End this process when whoever asked has closed its end: a page that nobody waits for is not set to its end."""
    gone = select.poll()
    gone.register(asked, 0)  # a hang-up is told unasked; that nothing more is sent is none
    gone.poll()
    os._exit(1)


def _answer(asked: socket.socket, broken: str) -> None:
    """Take a page, and set it in a copy of this process; of a press that could not be made ready, say why."""
    try:
        asked.sendall(TAKEN)
        if broken:
            _all(asked)
            _say(asked, broken.encode())
            return
        child = os.fork()
    except OSError as error:
        with contextlib.suppress(OSError):  # who asked may have ended
            _say(asked, f"no process for the page: {error}".encode())
        return
    if child == 0:
        try:
            # The press's own end: else who asks a press that has died would wait for its copies too.
            os.close(0)
            _one(asked)
        finally:
            os._exit(0)  # without what a process does at its end, which is the press's to do


def main(idle: float = IDLE) -> None:
    control = socket.socket(fileno=sys.stdin.fileno())
    # A worker that is told to stop finishes the page in hand: what is sent to all of its group ends no press.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _limit(resource.RLIMIT_AS, MEMORY)
    gc.disable()  # a third of the time went into looking for garbage in a process that ends with its page
    broken = ""
    signal.alarm(SECONDS)
    try:
        _set(_EVERY_SCRIPT)  # fonts and the rules of every page are found once
    except BaseException:
        broken = traceback.format_exc()
    signal.alarm(0)
    control.settimeout(idle)
    while True:
        try:
            _sent, handles, *_rest = socket.recv_fds(control, 1, 1)
        except TimeoutError:
            return
        if not handles:  # whoever started this has ended
            return
        with socket.socket(fileno=handles[0]) as asked:
            _answer(asked, broken)


if __name__ == "__main__":
    main()
