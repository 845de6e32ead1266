"""Package rows to states of the record and back.

A row is a state in the words of one declaration: its codes are local, what follows from other fields is left out.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from commitments.ledger.canonical import sha256
from commitments.models.report import FORMATS
from commitments.packages.folder import FILE_OF, Fault, Package, Streamed
from commitments.packages.stored import Stored
from commitments.rules.dates import BadDate, last_day
from commitments.rules.periods import ONCE
from commitments.source import anchors
from commitments.source.names import defined_short_names
from commitments.source.outline import Block, MalformedText, outline

Row = dict[str, Any]
States = dict[str, dict[str, Row]]
ROLES = {
    "obligor": "obligors",
    "addressee": "addressees",
    "lead": "leads",
    "partner": "partners",
    "named": "named",
}
CATEGORIES = {
    "instrument": "instruments",
    "mechanism": "mechanisms",
    "operation": "operations",
    "place": "places",
}


def number(text: str | None) -> str | None:
    """A decimal as the record spells it: no trailing zeros, no exponent."""
    return None if text is None else format(Decimal(text).normalize(), "f")


class Reading:
    """One pass over a package that makes the states and gathers every fault."""

    def __init__(self, package: Package, known: Mapping[str, set[str]]) -> None:
        self.package, self.known = package, known
        self.content = package.content
        self.declaration: Row = self.content["declaration"]
        self.code: str = self.declaration["code"]
        self.faults: list[Fault] = []
        self.states: States = defaultdict(dict)
        self.codes: dict[str, set[str]] = {}
        self.blocks: dict[str, dict[str, Block]] = {}
        self.texts: dict[str, str] = {}

    def fault(self, key: str, where: str, reason: str) -> None:
        self.faults.append(Fault(FILE_OF[key], where, reason))

    def rows(self, key: str) -> list[Row]:
        return self.content.get(key) or []

    def local(self, code: str) -> str:
        return f"{self.code}:{code}"

    def edition(self, row: Row) -> str:
        return self.local(f"{row['language']}.{row.get('version', 1)}")

    def put(self, subject_type: str, key: str, state: Row, file_key: str, where: str) -> None:
        if key in self.states[subject_type]:
            self.fault(file_key, where, "stands twice")
        self.states[subject_type][key] = state

    def refer(self, kind: str, codes: Iterable[str], file_key: str, where: str) -> None:
        for code in codes:
            if code not in self.codes[kind]:
                self.fault(file_key, where, f"the {kind} “{code}” is not known")

    def day(self, text: str, file_key: str, where: str) -> str | None:
        try:
            return last_day(text).isoformat()
        except BadDate as error:
            self.fault(file_key, where, str(error))
            return None

    def read(self) -> States:
        """Every state of the package by subject type and key. `faults` says what is wrong with them."""
        for kind, keys in {
            "organization": ("organizations",),
            "entity": tuple(CATEGORIES.values()),
            "source": ("sources",),
            "commitment": ("commitments",),
            "action": ("actions",),
            "event": ("events",),
            "indicator": ("indicators",),
        }.items():
            found = [row["code"] for key in keys for row in self.rows(key)]
            self.codes[kind] = set(found) | self.known.get(kind, set())
        self.codes["paragraph"] = {p["code"] for p in self.declaration["paragraphs"]}
        self.codes["section"] = {s["code"] for s in self.declaration["sections"]}
        self.codes["fact"] = self.codes["action"] | self.codes["event"] | self.codes["indicator"]
        if clash := self.codes["action"] & self.codes["event"]:
            self.fault("events", min(clash), "is the code of an action too")
        self._scale()
        self._organizations()
        self._declaration()
        self._sources()
        self._editions()
        self._carry_anchors()
        self._commitments()
        self._topics()
        self._happenings()
        self._indicators()
        self._assessments()
        self._schedules()
        return self.states

    def _scale(self) -> None:
        scale = self.content["scale"]
        self.scale_key = f"{scale['code']}@{scale['version']}"
        self.values = {v["value"] for v in scale["values"]}
        if self.declaration["scale"] != self.scale_key:
            self.fault(
                "declaration",
                "scale",
                f"“{self.declaration['scale']}” is not the scale of scale.yaml, {self.scale_key}",
            )
        values = [
            {"value": v["value"], "label": v["label"], "definition": v["definition"], "counts": v["counts"]}
            for v in scale["values"]
        ]
        self.put(
            "scale",
            self.scale_key,
            {"code": scale["code"], "version": scale["version"], "values": values},
            "scale",
            "code",
        )

    def _organizations(self) -> None:
        for row in self.rows("organizations"):
            code = row["code"]
            for name in ("parent", "successor"):
                if row.get(name):
                    self.refer("organization", [row[name]], "organizations", f"{code} {name}")
            for name in ("valid_from", "valid_to"):
                if row.get(name):
                    self.day(row[name], "organizations", f"{code} {name}")
            if row.get("valid_from") and row.get("valid_to") and row["valid_to"] <= row["valid_from"]:
                self.fault("organizations", f"{code} valid_to", "it ends before it begins")
            if row.get("validity_event"):
                self.refer("event", [row["validity_event"]], "organizations", f"{code} validity_event")
            state = {
                "kind": row["kind"], "name": row["name"], "aliases": row.get("aliases", {}), "parent": row.get("parent"),
                "valid_from": row.get("valid_from", ""), "valid_to": row.get("valid_to", ""),
                "successor": row.get("successor"),
                "validity_event": self.local(row["validity_event"]) if row.get("validity_event") else "",
                "note": row.get("note", {}),
            }  # fmt: skip
            self.put("organization", code, state, "organizations", code)
        serial: Counter[str] = Counter()
        for row in self.rows("memberships"):
            pair = f"{row['group']}/{row['member']}"
            serial[pair] += 1
            self.refer("organization", [row["group"], row["member"]], "memberships", pair)
            self.refer("source", row.get("sources", []), "memberships", pair)
            for name in ("start", "end"):
                if row.get(name):
                    self.day(row[name], "memberships", f"{pair} {name}")
            state = {
                "group": row["group"], "member": row["member"], "start": row.get("start", ""), "end": row.get("end", ""),
                "note": row.get("note", {}), "sources": [self.local(s) for s in row.get("sources", [])],
            }  # fmt: skip
            self.put("membership", f"{pair}.{serial[pair]}", state, "memberships", pair)
        for category, key in CATEGORIES.items():
            for row in self.rows(key):
                state = {
                    "category": category, "kind": row.get("kind", ""), "name": row["name"],
                    "as_in_text": row.get("as_in_text", {}),
                }  # fmt: skip
                self.put("entity", row["code"], state, key, row["code"])

    def _declaration(self) -> None:
        row = self.declaration
        self.adopted_on = self.day(row["adopted_on"], "declaration", "adopted_on") or ""
        for name in ("parties", "parties_at_adoption"):
            self.refer("organization", row.get(name, []), "declaration", name)
        self.refer("source", row.get("sources", []), "declaration", "sources")
        for paragraph in row["paragraphs"]:
            if "section" in paragraph:
                self.refer("section", [paragraph["section"]], "declaration", f"{paragraph['code']} section")
        for code, times in Counter(p["code"] for p in row["paragraphs"]).items():
            if times > 1:
                self.fault("declaration", code, "stands twice")
        state = {
            "title": row["title"], "adopted_on": self.adopted_on, "adopted_at": row.get("adopted_at", {}),
            "event": row.get("event", {}), "legal_nature": row.get("legal_nature", {}), "language": row["language"],
            "scale": row["scale"], "companions": row.get("companions", []), "verification": row.get("verification", {}),
            "research": row.get("research", {}), "licence": row["licence"], "notes": row.get("notes", []),
            "parties": [{"organization": o, "capacity": "party"} for o in row["parties"]]
            + [{"organization": o, "capacity": "at_adoption"} for o in row.get("parties_at_adoption", [])],
            "sections": [{"key": self.local(s["code"]), "code": s["code"], "title": s["title"]} for s in row["sections"]],
            "paragraphs": [
                {"key": self.local(p["code"]), "code": p["code"], "kind": p["kind"],
                 "section": self.local(p["section"]) if "section" in p else None,
                 "divergence_note": p.get("divergence_note", {})}
                for p in row["paragraphs"]
            ],
            "sources": [self.local(s) for s in row.get("sources", [])],
        }  # fmt: skip
        self.put("declaration", self.code, state, "declaration", "code")

    def _sources(self) -> None:
        for row in self.rows("sources"):
            if row.get("date"):
                self.day(row["date"], "sources", f"{row['code']} date")
            state = {
                "declaration": self.code, "code": row["code"], "source_class": row["class"], "title": row["title"],
                "publisher": row["publisher"], "date": row.get("date", ""), "url": row["url"], "language": row["language"],
                "title_is_descriptive": row.get("title_is_descriptive", False), "note": row.get("note", ""),
            }  # fmt: skip
            self.put("source", self.local(row["code"]), state, "sources", row["code"])

    def _editions(self) -> None:
        numbered = [
            s["code"] for s in self.declaration["sections"] if s["code"] not in ("preamble", "closing")
        ]
        self.codes["edition"] = {f"{e['language']}.{e['version']}" for e in self.declaration["editions"]}
        kinds = {p["code"]: p["kind"] for p in self.declaration["paragraphs"]}
        for row in self.declaration["editions"]:
            key, file = self.edition(row), row["file"]
            text = self.texts[key] = self.package.texts[file]
            try:
                blocks = {b.code: b for b in outline(text, numbered)}
            except MalformedText as error:
                self.faults.append(Fault(file, f"line {error.line}", error.reason))
                blocks = {}
            self.blocks[key] = blocks
            if row["standing"] == "authentic":
                self._short_names(text, row["language"])
            if blocks and {c: b.kind for c, b in blocks.items()} != kinds:
                odd = sorted(
                    {c for c, b in blocks.items() if kinds.get(c) != b.kind} | (set(kinds) - set(blocks))
                )
                self.faults.append(
                    Fault(file, odd[0], "paragraphs of the text and of declaration.yaml differ")
                )
            state = {
                "declaration": self.code, "language": row["language"], "version": row["version"],
                "standing": row["standing"], "text": text, "sha256": sha256(text), "provenance": row.get("provenance", {}),
                "replaces": self.local(row["replaces"]) if row.get("replaces") else None, "notes": row.get("notes", []),
                "spans": [{"paragraph": self.local(b.code), "start": b.start, "end": b.end} for b in blocks.values()],
                "connectives": self._connectives(key),
            }  # fmt: skip
            self.put("edition", key, state, "declaration", f"editions {row['language']}")

    def _carry_anchors(self) -> None:
        """A corrected text replaces an edition: anchors that the package does not give anew are found again in it.

        They are resolved by their words and context (source.anchors.resolve); those that cannot be are listed.
        """
        for row in self.declaration["editions"]:
            key, old = self.edition(row), self.local(row.get("replaces", ""))
            if "replaces" not in row:
                continue
            if old not in self.texts:
                self.fault(
                    "declaration", f"editions {row['language']}", f"“{row['replaces']}” is not in the package"
                )
                continue
            given = any(self.edition(q) == key for q in self.rows("quotations"))
            for name in () if given else ("quotations", "connectives"):
                self.content[name] = self.rows(name) + [
                    carried for anchored in self.rows(name) if self.edition(anchored) == old
                    for carried in self._carried(name, anchored, old, row)
                ]  # fmt: skip
            for state in (self.states["edition"][key],):
                state["connectives"] = self._connectives(key)

    def _carried(self, name: str, anchored: Row, old: str, edition: Row) -> list[Row]:
        held = anchors.anchor(self.texts[old], anchored["start"], anchored["end"])
        try:
            start = anchors.resolve(self.texts[self.edition(edition)], held)
        except anchors.AnchorMismatch as mismatch:
            where = f"{anchored.get('commitment') or anchored['paragraph']} {edition['language']}.{edition['version']}"
            self.fault(name, where, f"cannot be found again: {mismatch}")
            return []
        return [{**anchored, "version": edition["version"], "start": start, "end": start + len(held.exact)}]

    def _connectives(self, edition: str) -> list[Row]:
        return [
            {"paragraph": self.local(c["paragraph"]), "start": c["start"], "end": c["end"], "exact": c["exact"],
             "reason": c["reason"]}
            for c in self.rows("connectives")
            if self.edition(c) == edition
        ]  # fmt: skip

    def _short_names(self, text: str, language: str) -> None:
        """A short name that the authentic text defines is an alias of the organization that it names."""
        for short, long in defined_short_names(text).items():
            for code, state in self.states["organization"].items():
                spellings = [state["name"].get(language), *state["aliases"].get(language, [])]
                if long in spellings and short not in spellings:
                    self.fault(
                        "organizations",
                        f"{code} aliases",
                        f"the text defines “{short}” for “{long}”: list it",
                    )

    def _commitments(self) -> None:
        quoted: dict[str, list[Row]] = defaultdict(list)
        paragraph_of = {c["code"]: c["paragraph"] for c in self.rows("commitments")}
        covered: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        clauses: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        for row in self.rows("quotations"):
            where, key = (
                f"{row['commitment']} {row['language']} {row['role']} {row['order']}",
                self.edition(row),
            )
            if row["commitment"] not in paragraph_of:
                self.fault("quotations", where, f"the commitment “{row['commitment']}” is not known")
                continue
            paragraph = paragraph_of[row["commitment"]]
            if self._anchored("quotations", where, key, paragraph, row):
                text = self.texts[key]
                found = anchors.anchor(text, row["start"], row["end"])
                quoted[row["commitment"]].append(
                    {"edition": key, "role": row["role"], "order": row["order"], "start": found.start, "end": found.end,
                     "exact": found.exact, "prefix": found.prefix, "suffix": found.suffix}
                )  # fmt: skip
                covered[key, paragraph].append((row["start"], row["end"]))
                if row["role"] == "clause":
                    clauses[key, paragraph].append((row["start"], row["end"]))
        for row in self.rows("connectives"):
            key = self.edition(row)
            where = f"{row['paragraph']} {row['language']} connective at {row['start']}"
            if self._anchored("connectives", where, key, row["paragraph"], row):
                block = self.blocks[key][row["paragraph"]]
                if (row["start"], row["end"]) == (block.start, block.end):
                    self.fault("connectives", where, "a whole paragraph cannot be connective text")
                covered[key, row["paragraph"]].append((row["start"], row["end"]))
        for (key, paragraph), spans in covered.items():
            block = self.blocks[key][paragraph]
            for left, right in anchors.uncovered(block.start, block.end, spans):
                rest = self.texts[key][left:right]
                self.fault(
                    "connectives", f"{paragraph} {key}", f"“{rest}” at {left}–{right} is not accounted for"
                )
            for left, right in anchors.overlapping(clauses[key, paragraph]):
                self.fault(
                    "quotations", f"{paragraph} {key}", f"the clause at {left}–{right} overlaps another"
                )
        authentic = [self.edition(e) for e in self.declaration["editions"] if e["standing"] == "authentic"]
        if not authentic:
            self.fault("declaration", "editions", "none is the authentic text")
        for key in (
            authentic
        ):  # every sentence of a numbered paragraph is accounted for, also where nothing is quoted
            for code, block in self.blocks[key].items():
                if block.kind in ("preamble", "operative", "closing") and (key, code) not in covered:
                    self.fault("quotations", code, f"no word of it is accounted for in {key}")
        for ordinal, row in enumerate(self.rows("commitments"), start=1):
            code = row["code"]
            self.refer("paragraph", [row["paragraph"]], "commitments", f"{code} paragraph")
            for key in (*ROLES.values(),):
                self.refer("organization", row.get(key, []), "commitments", f"{code} {key}")
            for key in CATEGORIES.values():
                self.refer("entity", row.get(key, []), "commitments", f"{code} {key}")
            self.refer("commitment", row.get("replaced_by", []), "commitments", f"{code} replaced_by")
            for key in authentic:
                if not row.get("retired") and not any(
                    q["edition"] == key and q["role"] == "clause" for q in quoted[code]
                ):
                    self.fault("quotations", code, f"has no clause in the authentic edition {key}")
            state = {
                "declaration": self.code, "paragraph": self.local(row["paragraph"]), "code": code, "ordinal": ordinal,
                "kind": row["kind"], "title": row["title"], "plain": row.get("plain", {}), "verifiable": row["verifiable"],
                "strength": row["strength"], "strength_words": row.get("strength_words", ""), "note": row.get("note", {}),
                "retired": row.get("retired", False), "quotations": quoted[code],
                "responsibilities": [
                    {"organization": o, "role": role} for role, key in ROLES.items() for o in row.get(key, [])
                ],
                "mentions": [entity for key in CATEGORIES.values() for entity in row.get(key, [])],
                "replacements": [self.local(c) for c in row.get("replaced_by", [])],
            }  # fmt: skip
            self.put("commitment", self.local(code), state, "commitments", code)

    def _anchored(self, file_key: str, where: str, edition: str, paragraph: str, row: Row) -> bool:
        if edition not in self.texts:
            self.fault(file_key, where, f"the edition {edition} is not in the package")
            return False
        try:
            anchors.check(self.texts[edition], row["start"], row["end"], row["exact"])
        except anchors.AnchorMismatch as mismatch:
            self.fault(file_key, where, str(mismatch))
            return False
        block = self.blocks[edition].get(paragraph)
        if block is None or not block.start <= row["start"] < row["end"] <= block.end:
            self.fault(file_key, where, f"lies outside the paragraph {paragraph}")
            return False
        return True

    def _topics(self) -> None:
        for row in self.rows("topics"):
            code, named = row["code"], row["commitments"]
            self.refer("commitment", [c["code"] for c in named], "topics", f"{code} commitments")
            self.refer("entity", [c["through"] for c in named if "through" in c], "topics", f"{code} through")
            for one, times in Counter(c["code"] for c in named).items():
                if times > 1:
                    self.fault("topics", f"{code} commitments", f"“{one}” stands twice")
            state = {
                "declaration": self.code, "code": code, "name": row["name"], "note": row.get("note", {}),
                "commitments": [{"commitment": self.local(c["code"]), "through": c.get("through")} for c in named],
            }  # fmt: skip
            self.put("topic", self.local(code), state, "topics", code)

    def _happenings(self) -> None:
        self.dated: dict[str, str] = {}
        for kind, key in (("action", "actions"), ("event", "events")):
            for row in self.rows(key):
                code = row["code"]
                on = self.day(row["date"], key, f"{code} date")
                if (
                    on and row["kind"] == "baseline"
                ):  # known to precede the declaration: it counts at adoption
                    on = min(on, self.adopted_on)
                self.dated[code] = on or ""
                if row.get("end_date"):
                    end = self.day(row["end_date"], key, f"{code} end_date")
                    if on and end and end < on:
                        self.fault(key, f"{code} end_date", "lies before its date")
                self.refer("organization", row.get("organizations", []), key, f"{code} organizations")
                self.refer("commitment", row.get("commitments", []), key, f"{code} commitments")
                self.refer("source", row.get("sources", []), key, f"{code} sources")
                if row["verified"] and not row.get("sources"):
                    self.fault(key, f"{code} verified", "a verified fact has a source")
                state = {
                    "declaration": self.code, "code": code, "kind": row["kind"], "date": row["date"], "on": on,
                    "end_date": row.get("end_date", ""), "title": row["title"], "description": row.get("description", {}),
                    "verified": row["verified"], "unverified_parts": row.get("unverified_parts", []),
                    "note": row.get("note", ""), "organizations": row.get("organizations", []),
                    "commitments": [self.local(c) for c in row.get("commitments", [])],
                    "sources": [self.local(s) for s in row.get("sources", [])],
                }  # fmt: skip
                self.put(kind, self.local(code), state, key, code)

    def _indicators(self) -> None:
        self.measured: dict[str, list[str]] = defaultdict(list)
        for row in self.rows("indicators"):
            code = row["code"]
            self.refer("commitment", row.get("commitments", []), "indicators", f"{code} commitments")
            if row.get("organization"):
                self.refer("organization", [row["organization"]], "indicators", f"{code} organization")
            state = {
                "declaration": self.code, "code": code, "name": row["name"], "unit": row["unit"],
                "unit_label": row.get("unit_label", {}), "unit_forms": row.get("unit_forms", {}),
                "desired_direction": row["desired_direction"], "organization": row.get("organization"),
                "note": row.get("note", ""), "commitments": [self.local(c) for c in row.get("commitments", [])],
            }  # fmt: skip
            self.put("indicator", self.local(code), state, "indicators", code)
            serial: Counter[str] = Counter()
            for ordinal, m in enumerate(row.get("measurements", []), start=1):
                date = m.get("date", "")
                serial[date] += 1
                key = self.local(f"{code}@{date or 'undated'}.{serial[date]}")
                on = self.day(date, "indicators", f"{code} {date}") if date else None
                if on and m["verified"]:
                    self.measured[code].append(on)
                self.refer("source", m.get("sources", []), "indicators", f"{code} {date}")
                if m["verified"] and not m.get("sources"):
                    self.fault("indicators", f"{code} {date}", "a verified value has a source")
                state = {
                    "indicator": self.local(code), "ordinal": ordinal, "date": date, "on": on,
                    "value": number(m["value"]), "low": number(m.get("low")), "high": number(m.get("high")),
                    "verified": m["verified"], "derived": m.get("derived", False), "note": m.get("note", ""),
                    "sources": [self.local(s) for s in m.get("sources", [])],
                }  # fmt: skip
                self.put("measurement", key, state, "indicators", f"{code} {date}")

    def _assessments(self) -> None:
        serial: Counter[str] = Counter()
        replaced: set[str] = set()
        for row in self.rows("assessments"):
            stem = f"{row['commitment']}@{row['effective_on']}"
            serial[stem] += 1
            where = f"{stem}.{serial[stem]}"
            day = self.day(row["effective_on"], "assessments", f"{where} effective_on") or ""
            self.refer("commitment", [row["commitment"]], "assessments", where)
            self.refer("fact", row.get("basis", []), "assessments", f"{where} basis")
            self.refer("source", row.get("sources", []), "assessments", f"{where} sources")
            for field in ("party", "organization"):
                if row.get(field):
                    self.refer("organization", [row[field]], "assessments", f"{where} {field}")
            if row["value"] not in self.values:
                self.fault(
                    "assessments", f"{where} value", f"“{row['value']}” is not on the scale {self.scale_key}"
                )
            if day < self.adopted_on:
                self.fault(
                    "assessments", f"{where} effective_on", f"lies before the adoption on {self.adopted_on}"
                )
            for fact in row.get("basis", []):
                if self.dated.get(fact, "") > day:
                    self.fault(
                        "assessments", f"{where} basis", f"“{fact}” is dated {self.dated[fact]}, after {day}"
                    )
                if fact in self.codes["indicator"] and not any(on <= day for on in self.measured[fact]):
                    self.fault("assessments", f"{where} basis", f"“{fact}” has no verified value by {day}")
            basis = [
                {"happening": None, "indicator": self.local(f)} if f in self.codes["indicator"]
                else {"happening": self.local(f), "indicator": None}
                for f in row.get("basis", [])
            ]  # fmt: skip
            state = {
                "commitment": self.local(row["commitment"]), "scale": self.scale_key, "value": row["value"],
                "effective_on": day, "precision": row.get("precision", "day"), "because": row["because"],
                "confidence": row["confidence"], "track": row["track"], "by": row["by"], "party": row.get("party"),
                "replaces": self.local(row["replaces"]) if row.get("replaces") else None,
                "review_note": row.get("review_note", ""), "organization": row.get("organization"),
                "reviewed_by": row.get("reviewed_by", ""), "searched": row.get("searched", ""),
                "searched_on": row.get("searched_on", ""), "basis": basis,
                "sources": [self.local(s) for s in row.get("sources", [])],
            }  # fmt: skip
            if row.get("replaces"):
                earlier = self.states["assessment"].get(self.local(row["replaces"]))
                if earlier is None or earlier["commitment"] != state["commitment"]:
                    reason = f"“{row['replaces']}” is not an earlier assessment of this commitment"
                    self.fault("assessments", f"{where} replaces", reason)
                if row["replaces"] in replaced:
                    self.fault("assessments", f"{where} replaces", f"“{row['replaces']}” is replaced twice")
                replaced.add(row["replaces"])
            self.put("assessment", self.local(where), state, "assessments", where)
        for row in self.rows("retractions"):
            key = self.local(row["assessment"])
            if key not in self.states["assessment"]:
                self.fault("retractions", row["assessment"], "is not an assessment of the package")
            if row["assessment"] in replaced:
                self.fault("retractions", row["assessment"], "is replaced already")
            state = {"assessment": key, "because": row["because"], "by": row["by"]}
            self.put("retraction", key, state, "retractions", row["assessment"])

    def _schedules(self) -> None:
        for row in self.rows("schedules"):
            if row["start"] < self.adopted_on:
                self.fault(
                    "schedules", f"{row['code']} start", f"lies before the adoption on {self.adopted_on}"
                )
            for name in ("start", "end"):
                if row.get(name):
                    self.day(row[name], "schedules", f"{row['code']} {name}")
            if row.get("time_zone", "UTC") not in available_timezones():
                self.fault(
                    "schedules", f"{row['code']} time_zone", f"“{row['time_zone']}” is not a time zone"
                )
            state = {
                "declaration": self.code, "title": row.get("title", {}), "form": row.get("form", "report"),
                "scope": row.get("scope", {}), "formats": row.get("formats", list(FORMATS)), "cadence": row["cadence"],
                "languages": row["languages"], "time_zone": row.get("time_zone", "UTC"), "start": row["start"],
                "end": row.get("end"), "paused": row.get("paused", False),
            }  # fmt: skip
            self.put("schedule", self.local(row["code"]), state, "schedules", row["code"])


# --- and back ---------------------------------------------------------------------------------------------------------


def _sorted(value: Any) -> Any:
    """Free objects with their keys in order: not every engine keeps one."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def to_package(code: str, states: Mapping[str, Stored]) -> Package:
    """The package of a declaration from its states, which loads to the same record. Rows are made while they are read."""

    def local(key: str | None) -> str | None:
        return key.removeprefix(f"{code}:") if key else None

    def locals_(keys: Iterable[str]) -> list[str]:
        return [key.removeprefix(f"{code}:") for key in keys]

    (d,) = states["declaration"].values()
    (scale,) = states["scale"].values()
    editions, texts = [], {}
    connectives: list[Row] = []
    for e in states["edition"].values():
        suffix = "" if e["version"] == 1 else f".{e['version']}"
        file = f"source.{e['language']}{suffix}.md"
        texts[file] = e["text"]
        editions.append(
            {"language": e["language"], "version": e["version"], "file": file, "standing": e["standing"],
             "provenance": e["provenance"], "replaces": local(e["replaces"]), "notes": _sorted(e["notes"])}
        )  # fmt: skip
        version = {} if e["version"] == 1 else {"version": e["version"]}
        connectives += [
            {"paragraph": local(c["paragraph"]), "language": e["language"], **version, "start": c["start"], "end": c["end"],
             "exact": c["exact"], "reason": c["reason"]}
            for c in e["connectives"]
        ]  # fmt: skip

    def quotations() -> Iterator[Row]:
        for key, c in states["commitment"].items():
            for q in c["quotations"]:
                language, version_text = q["edition"].rsplit(":", 1)[1].split(".")
                version = {} if version_text == "1" else {"version": int(version_text)}
                yield {
                    "commitment": local(key), "language": language, **version, "role": q["role"], "order": q["order"],
                    "start": q["start"], "end": q["end"], "exact": q["exact"],
                }  # fmt: skip

    entity_category = {key: e["category"] for key, e in states["entity"].items()}

    def commitments() -> Iterator[Row]:
        for _, c in states["commitment"].items("ordinal"):
            yield {
                "code": c["code"], "paragraph": local(c["paragraph"]), "kind": c["kind"], "title": c["title"], "plain": c["plain"],
                "verifiable": c["verifiable"], "strength": c["strength"], "strength_words": c["strength_words"],
                **{name: [r["organization"] for r in c["responsibilities"] if r["role"] == role] for role, name in ROLES.items()},
                **{name: [m for m in c["mentions"] if entity_category[m] == category] for category, name in CATEGORIES.items()},
                "note": c["note"], "retired": c["retired"] or None, "replaced_by": locals_(c["replacements"]),
            }  # fmt: skip

    def measurements(indicator: str) -> list[Row]:
        return [
            {"date": m["date"], "value": m["value"], "low": m["low"], "high": m["high"], "sources": locals_(m["sources"]),
             "verified": m["verified"], "derived": m["derived"] or None, "note": m["note"]}
            for m in states["measurement"].of("indicator", indicator, "ordinal")
        ]  # fmt: skip

    def happenings(kind: str) -> Streamed:
        return Streamed(lambda: (
            {"code": h["code"], "date": h["date"], "end_date": h["end_date"], "kind": h["kind"], "title": h["title"],
             "description": h["description"], "organizations": h["organizations"], "commitments": locals_(h["commitments"]),
             "sources": locals_(h["sources"]), "verified": h["verified"], "unverified_parts": h["unverified_parts"],
             "note": h["note"]}
            for h in states[kind].values()
        ))  # fmt: skip

    content: dict[str, Any] = {
        "declaration": {
            "format": "declaration-package/1", "code": code, "title": d["title"], "adopted_on": d["adopted_on"],
            "adopted_at": d["adopted_at"], "event": d["event"], "legal_nature": d["legal_nature"], "language": d["language"],
            "scale": d["scale"],
            "parties": [p["organization"] for p in d["parties"] if p["capacity"] == "party"],
            "parties_at_adoption": [p["organization"] for p in d["parties"] if p["capacity"] == "at_adoption"],
            "companions": d["companions"], "sources": locals_(d["sources"]), "verification": _sorted(d["verification"]),
            "research": _sorted(d["research"]), "licence": d["licence"], "notes": _sorted(d["notes"]), "editions": editions,
            "sections": [{"code": s["code"], "title": s["title"]} for s in d["sections"]],
            "paragraphs": [
                {"code": p["code"], "kind": p["kind"], "section": local(p["section"]), "divergence_note": p["divergence_note"]}
                for p in d["paragraphs"]
            ],
        },
        "scale": scale,
        "organizations": Streamed(lambda: (
            {"code": key, **o, "validity_event": local(o["validity_event"])} for key, o in states["organization"].items()
        )),
        "memberships": Streamed(lambda: (
            {"group": m["group"], "member": m["member"], "start": m["start"], "end": m["end"], "sources": locals_(m["sources"]),
             "note": m["note"]}
            for m in states["membership"].values()
        )),
        **{
            name: Streamed(lambda category=category: (  # type: ignore[misc]
                {"code": key, "kind": e["kind"], "name": e["name"], "as_in_text": e["as_in_text"]}
                for key, e in states["entity"].items()
                if e["category"] == category
            ))
            for category, name in CATEGORIES.items()
        },
        "commitments": Streamed(commitments), "quotations": Streamed(quotations), "connectives": connectives,
        "topics": Streamed(lambda: (
            {"code": t["code"], "name": t["name"], "note": t["note"],
             "commitments": [{"code": local(c["commitment"]), "through": c["through"]} for c in t["commitments"]]}
            for t in states["topic"].values()
        )),
        "actions": happenings("action"), "events": happenings("event"),
        "indicators": Streamed(lambda: (
            {"code": i["code"], "name": i["name"], "unit": i["unit"], "unit_label": i["unit_label"],
             "unit_forms": i["unit_forms"], "desired_direction": i["desired_direction"], "organization": i["organization"],
             "commitments": locals_(i["commitments"]), "note": i["note"], "measurements": measurements(key)}
            for key, i in states["indicator"].items()
        )),
        "sources": Streamed(lambda: (
            {"code": s["code"], "class": s["source_class"], "title": s["title"], "publisher": s["publisher"],
             "date": s["date"], "url": s["url"], "language": s["language"],
             "title_is_descriptive": s["title_is_descriptive"] or None, "note": s["note"]}
            for s in states["source"].values()
        )),
        "assessments": Streamed(lambda: (
            {"commitment": local(a["commitment"]), "effective_on": a["effective_on"], "precision": a["precision"],
             "value": a["value"], "because": a["because"],
             "basis": locals_(b["happening"] or b["indicator"] for b in a["basis"]), "sources": locals_(a["sources"]),
             "confidence": a["confidence"], "track": a["track"], "by": a["by"], "party": a["party"],
             "replaces": local(a["replaces"]), "review_note": a["review_note"], "organization": a["organization"],
             "reviewed_by": a["reviewed_by"], "searched": a["searched"], "searched_on": a["searched_on"]}
            for a in states["assessment"].values()
        )),
        "retractions": Streamed(lambda: (
            {"assessment": local(key), "because": r["because"], "by": r["by"]} for key, r in states["retraction"].items()
        )),
        "schedules": Streamed(lambda: (
            {"code": local(key), "form": s["form"] if s["form"] != "report" else None, "scope": _sorted(s["scope"]) or None,
             "cadence": s["cadence"], "languages": s["languages"], "formats": s["formats"], "time_zone": s["time_zone"],
             "start": s["start"], "end": s["end"], "paused": s["paused"] or None, "title": s["title"]}
            for key, s in states["schedule"].items()
            if s["cadence"] != ONCE  # what somebody asked for once is not the declaration's
        )),
    }  # fmt: skip
    return Package(content, texts)
