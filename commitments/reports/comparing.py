"""What lies between two frozen readings: what moved, entered, left, was corrected. Both may be of one period or of two."""

from typing import Any

Reading = dict[str, Any]


def compare(a: Reading, b: Reading) -> dict[str, Any]:
    """The differences from reading `a` to reading `b`, in the order of the text.

    {"figures": {"a", "b"}; "moved", "reaffirmed", "earlier" (fell back to an earlier judgement of
    the same value), "entered", "left": commitments; "entered_count", "left_count": those whose
    status counts now, or no longer; "corrected": assessments of `a` that do not stand in `b`; "added": judgements that `b` has
    besides; "reworded": other words or links; "empty": whether nothing differs but the ledger number, the edition and how they are called;
    "other": whether something does that no list has}
    """
    was, now = _commitments(a), _commitments(b)
    both = [key for key in now if key in was]
    moved = [_pair(was[key], now[key]) for key in both if _value(was[key]) != _value(now[key])]
    anew = [k for k in both if _value(was[k]) == _value(now[k]) and _judgement(was[k]) != _judgement(now[k])]
    reaffirmed = [_pair(was[key], now[key]) for key in anew if _later(was[key], now[key])]
    earlier = [_pair(was[key], now[key]) for key in anew if not _later(was[key], now[key])]
    steps_a, steps_b = _steps(a), _steps(b)
    found: dict[str, Any] = {
        "figures": {"a": a.get("figures"), "b": b.get("figures")},
        "moved": moved,
        "reaffirmed": reaffirmed,
        "earlier": earlier,
        "entered": [_named(now[key]) for key in now if key not in was],
        "left": [_named(was[key]) for key in was if key not in now],
        "entered_count": [_named(now[k]) for k in both if _counts(now[k]) and not _counts(was[k])],
        "left_count": [_named(now[k]) for k in both if _counts(was[k]) and not _counts(now[k])],
        "corrected": [row for row in b.get("corrections", []) if row not in a.get("corrections", [])],
        "added": [steps_b[key] for key in steps_b if key not in steps_a]
        if a["period"] == b["period"]
        else [],
        "gone": [steps_a[key] for key in steps_a if key not in steps_b] if a["period"] == b["period"] else [],
        "reworded": [_named(now[key]) for key in both if _words(was[key]) != _words(now[key])],
    }
    lists = [value for name, value in found.items() if name != "figures"]
    names = a["format"] == b["format"]  # those before 6 have fewer
    found["empty"] = not any(lists) and _body(a, names=names) == _body(b, names=names)
    found["other"] = not any(lists) and not found["empty"]
    return found


def _commitments(reading: Reading) -> dict[str, Reading]:
    return {row["key"]: row for row in reading["commitments"]}


def _steps(reading: Reading) -> dict[str, Reading]:
    return {step["key"]: step for step in reading.get("assessments", [])}


def _value(row: Reading) -> str:
    value: str = row["status"]["value"]
    return value


def _judgement(row: Reading) -> Any:
    return row["status"].get("assessment")


def _later(before: Reading, after: Reading) -> bool:
    """Whether a status rests on a later judgement than before; else it fell back to an earlier one."""
    return (after["status"]["effective_on"] or "") >= (before["status"]["effective_on"] or "")


def _counts(row: Reading) -> bool:
    return bool(row["status"]["counts"])


def _named(row: Reading) -> Reading:
    return {"key": row["key"], "code": row["code"], "title": row["title"], "value": _value(row)}


def _pair(before: Reading, after: Reading) -> Reading:
    return {
        "key": after["key"], "code": after["code"], "title": after["title"], "before": _value(before), "after": _value(after),
        "because": after["status"]["because"], "effective_on": after["status"]["effective_on"],
        "effective_precision": after["status"]["effective_precision"],
    }  # fmt: skip


def _words(row: Reading) -> Any:
    return row["title"], row["quotations"], row["organizations"]


_OF_ITSELF = ("ledger_number", "ledger_hash", "format", "edition", "title")


def _body(reading: Reading, *, names: bool) -> Reading:
    """What a reading says, but for what it says of itself; with or without how what narrows it is called."""
    said = {name: value for name, value in reading.items() if name not in _OF_ITSELF}
    return said if names else said | {"scope": reading["scope"]["filters"]}
