"""Verify a ledger of Declaration Tracker without trusting it: python verify.py FILE.ndjson [NUMBER HASH]

FILE holds one entry a line, as /api/v1/changes/ gives them in `results`, or as `manage.py export_ledger` writes them.
Exits 0 when every entry follows from the one before it, or names the first fault. With a number and a hash that you noted
before, it also proves that the record still holds what it held then. Standard library only. Apache License 2.0.
"""

import hashlib
import json
import sys
from pathlib import Path

FIELDS = "number batch recorded_at actor verb subject_type subject audience body_sha256 previous_hash".split()


def canonical(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def verify(lines, known):
    """(number of entries, last hash). Raises ValueError with the first fault."""
    previous, number, gone, redacted = "0" * 64, 0, [], set()
    for number, entry in enumerate(map(json.loads, lines), start=1):
        if entry["number"] != number:
            raise ValueError(f"entry {number}: is missing")
        if entry["previous_hash"] != previous:
            raise ValueError(f"entry {number}: does not continue the entry before it")
        if digest(canonical({name: entry[name] for name in FIELDS})) != entry["hash"]:
            raise ValueError(f"entry {number}: its hash is not that of its header")
        if entry["body"] is None and entry["audience"] == "public":
            gone.append(number)
        elif (
            entry["body"] is not None
            and digest(entry["salt"] + canonical(entry["body"])) != entry["body_sha256"]
        ):
            raise ValueError(f"entry {number}: its body is not the one that was recorded")
        if known.get(number, entry["hash"]) != entry["hash"]:
            raise ValueError(f"entry {number}: is not the one that you knew")
        if entry["verb"] == "redact" and entry["subject_type"] == "entry":
            redacted.add(int(entry["subject"]))
        previous = entry["hash"]
    for lost in [n for n in gone if n not in redacted] + [n for n in known if n > number]:
        raise ValueError(f"entry {lost}: is gone and no redaction names it")
    return number, previous


if __name__ == "__main__":
    try:
        noted = {int(sys.argv[2]): sys.argv[3]} if len(sys.argv) == 4 else {}
        with Path(sys.argv[1]).open(encoding="utf-8") as file:
            print("verified: %d entries, the last has the hash %s" % verify(file, noted))
    except (ValueError, KeyError, IndexError, TypeError, OSError) as fault:
        sys.exit(f"not verified: {fault}")
