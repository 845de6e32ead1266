"""Mirror a Declaration Tracker: python tracker_sync.py https://tracker.example.org FILE

FILE ends in .sqlite3 (a table `entries`) or .ndjson (one entry a line, as verify.py takes it). Run it again, by hand or each minute,
and it goes on where it stopped, whatever stopped it: a page is written whole or not at all. Every entry is verified as it comes, what
was redacted is dropped here too, and at the end it says whether the mirror is equal to the tracker. A token, where one is needed,
stands in the environment as TRACKER_TOKEN. Exits 0 when equal, 1 with the fault. Standard library only. Apache License 2.0.
"""

import hashlib
import http.client
import json
import os
import sqlite3
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

try:
    import fcntl
except ImportError:  # no such locks here: see that two runs do not meet
    fcntl = None

FIELDS = [
    "number",
    "batch",
    "recorded_at",
    "actor",
    "verb",
    "subject_type",
    "subject",
    "audience",
    "body_sha256",
    "previous_hash",
]
TRIES = 8
PAGE = int(os.environ.get("TRACKER_SYNC_PAGE", "500"))


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def check(entry, number, previous):
    """Raises ValueError unless the entry is the one that follows."""
    if entry["number"] != number or entry["previous_hash"] != previous:
        raise ValueError(f"entry {number}: does not continue the entry before it")
    if digest(canonical({name: entry[name] for name in FIELDS})) != entry["hash"]:
        raise ValueError(f"entry {number}: its hash is not that of its header")
    if entry["body"] is not None and digest(entry["salt"] + canonical(entry["body"])) != entry["body_sha256"]:
        raise ValueError(f"entry {number}: its body is not the one that was recorded")


def redacted_by(entry):
    return int(entry["subject"]) if (entry["verb"], entry["subject_type"]) == ("redact", "entry") else None


class Database:
    """A file of SQLite; `state` of a body by entry, subject and kind is one query away."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, timeout=30)
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.execute(
            "CREATE TABLE IF NOT EXISTS entries (number INTEGER PRIMARY KEY, verb TEXT, subject_type TEXT, subject TEXT,"
            " recorded_at TEXT, hash TEXT NOT NULL, header TEXT NOT NULL, salt TEXT, body TEXT)"
        )

    def last(self):
        return self.db.execute(
            "SELECT number, hash FROM entries ORDER BY number DESC LIMIT 1"
        ).fetchone() or (0, "0" * 64)

    def add(self, page):
        with self.db:
            for e in page:
                header = canonical({name: e[name] for name in [*FIELDS, "hash"]})
                body = None if e["body"] is None else canonical(e["body"])
                row = (
                    e["number"],
                    e["verb"],
                    e["subject_type"],
                    e["subject"],
                    e["recorded_at"],
                    e["hash"],
                    header,
                    e["salt"],
                    body,
                )
                self.db.execute("INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?)", row)
                if gone := redacted_by(e):
                    self.db.execute("UPDATE entries SET salt = NULL, body = NULL WHERE number = ?", (gone,))

    def entries(self):
        for header, salt, body in self.db.execute("SELECT header, salt, body FROM entries ORDER BY number"):
            yield json.loads(header) | {"salt": salt, "body": json.loads(body) if body else None}


class Lines:
    """A file with one entry a line. Half a line, which a kill may leave, is cut off."""

    def __init__(self, path):
        self.path, self.tip = Path(path), (0, "0" * 64)
        self.path.touch()
        with self.path.open("rb+") as file:
            whole, kept, gone = 0, set(), set()
            for line in file:
                if not line.endswith(b"\n"):
                    break
                whole += len(line)
                entry = json.loads(line)
                self.tip = (entry["number"], entry["hash"])
                if entry["body"] is not None:
                    kept.add(entry["number"])
                gone.add(redacted_by(entry))
            file.truncate(whole)
        if gone & kept:  # a kill fell between a redaction and what it takes away
            self.drop(gone)

    def last(self):
        return self.tip

    def add(self, page):
        gone = {number for e in page if (number := redacted_by(e))}
        with self.path.open("ab") as file:
            file.write(b"".join(json.dumps(e, ensure_ascii=False).encode() + b"\n" for e in page))
            file.flush()
            os.fsync(file.fileno())
        self.tip = (page[-1]["number"], page[-1]["hash"])
        if gone:
            self.drop(gone)

    def drop(self, gone):
        aside = self.path.with_suffix(".part")
        with aside.open("wb") as file:
            for entry in self.entries():
                if entry["number"] in gone:
                    entry |= {"salt": None, "body": None}
                file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.path)

    def entries(self):
        with self.path.open(encoding="utf-8") as file:
            yield from map(json.loads, file)


def get(address):
    """A page of the feed; what passes (too many requests, a moving record, a line that is down) is asked for again."""
    request = urllib.request.Request(
        address, headers={"Accept": "application/json", "User-Agent": "tracker_sync"}
    )
    if token := os.environ.get("TRACKER_TOKEN"):
        request.add_header("Authorization", f"Bearer {token}")
    for attempt in range(1, TRIES + 1):
        wait = min(60, 2**attempt / 4)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            if error.code not in (429, 500, 502, 503, 504) or attempt == TRIES:
                raise ValueError(
                    f"{address}: {error.code} {error.read(500).decode(errors='replace')}"
                ) from None
            asked = error.headers.get("Retry-After", "")
            wait = min(300, int(asked)) if asked.isascii() and asked.isdigit() else wait
        except (OSError, http.client.HTTPException, ValueError) as error:  # cut off in the middle, too
            if attempt == TRIES:
                raise ValueError(f"{address}: {error!r}") from None
        time.sleep(wait)
    raise AssertionError


def sync(base, mirror, say=print):
    """Bring a mirror to the tracker's head, and prove that it is equal. Raises ValueError with the first fault."""
    number, previous = mirror.last()
    while True:
        page = get(f"{base}/api/v1/changes/?after={number}&limit={PAGE}")
        for entry in page["results"]:
            check(entry, number + 1, previous)
            number, previous = entry["number"], entry["hash"]
        if page["results"]:
            mirror.add(page["results"])
            say(f"{number} of {page['head']['number']}")
        if number >= page["head"]["number"]:
            break
    if (number, previous) != (page["head"]["number"], page["head"]["hash"]):
        raise ValueError(f"entry {number}: the tracker's has another hash")
    at, before, bare, gone = 0, "0" * 64, set(), set()
    for entry in mirror.entries():  # from the file itself, from the first entry on
        check(entry, at + 1, before)
        at, before = entry["number"], entry["hash"]
        gone.add(redacted_by(entry))
        if entry["body"] is None and entry["audience"] == "public":
            bare.add(at)
    if bare - gone:
        raise ValueError(f"entry {min(bare - gone)}: its body is missing and no redaction names it")
    if (at, before) != (number, previous):
        raise ValueError(f"entry {at}: the mirror ends here")
    return number, previous


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[2].endswith((".sqlite3", ".ndjson")):
        sys.exit(__doc__)
    try:
        with open(sys.argv[2] + ".lock", "w") as lock:
            try:
                if fcntl:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                sys.exit("another run mirrors into this file just now")
            kind = Database if sys.argv[2].endswith(".sqlite3") else Lines
            print(
                "equal: %d entries, the last has the hash %s"
                % sync(sys.argv[1].rstrip("/"), kind(sys.argv[2]))
            )
    except (ValueError, KeyError, TypeError, OSError, sqlite3.Error) as fault:
        sys.exit(f"not equal: {fault}")
