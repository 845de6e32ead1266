"""A package as files: which list stands in which file, and reading and writing them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from commitments.packages.yamlfile import Malformed, dump, parse
from commitments.source.characters import forbidden
from commitments.source.outline import MalformedText, decode

SCHEMA = Path(__file__).with_name("declaration-package.schema.json")
LARGEST_FILE = 20_000_000  # bytes
# file -> what stands in it; None: the file is the object itself
FILES: dict[str, tuple[str, ...] | None] = {
    "declaration.yaml": None,
    "scale.yaml": None,
    "organizations.yaml": ("organizations", "memberships"),
    "entities.yaml": ("instruments", "mechanisms", "operations", "places"),
    "commitments.yaml": ("commitments",),
    "quotations.yaml": ("quotations", "connectives"),
    "topics.yaml": ("topics",),
    "actions.yaml": ("actions",),
    "events.yaml": ("events",),
    "indicators.yaml": ("indicators",),
    "sources.yaml": ("sources",),
    "assessments.yaml": ("assessments", "retractions"),
    "schedules.yaml": ("schedules",),
}
FILE_OF = {key: file for file, keys in FILES.items() for key in (keys or (file.removesuffix(".yaml"),))}


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong with a package: the file, the key in it, and the reason."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.reason}" if self.key else f"{self.file}: {self.reason}"


class Faults(Exception):
    """Every fault of a package; nothing was written."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


class Streamed:
    """Rows of a list that are made while they are read, each time anew."""

    def __init__(self, make: Callable[[], Iterator[dict[str, Any]]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._make()


@dataclass(frozen=True)
class Package:
    """The content of a package by list name (lists; of an export Streamed), and the text of each edition by file name."""

    content: dict[str, Any]
    texts: dict[str, str]


@cache
def _validator() -> Any:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))


def read(folder: Path) -> Package:
    """Read and check the form of a package; raises Faults with everything that is wrong."""
    if not folder.is_dir():
        raise Faults([Fault(str(folder), "", "is not a folder")])
    faults: list[Fault] = []
    content: dict[str, Any] = {}
    for file, keys in FILES.items():
        path = folder / file
        if not path.is_file():
            if keys is None or file in ("commitments.yaml", "quotations.yaml"):
                faults.append(Fault(file, "", "is missing"))
            continue
        data = _parse(path, faults)
        if data is None:
            continue
        if keys is None:
            content[file.removesuffix(".yaml")] = data
        elif not isinstance(data, dict) or set(data) - set(keys):
            faults.append(Fault(file, "", f"must be an object with {', '.join(keys)}"))
        else:
            content |= data
    texts: dict[str, str] = {}
    for path in sorted(folder.glob("*.md")):
        try:
            texts[path.name] = decode(path.read_bytes())
        except (MalformedText, OSError) as error:
            line = f"line {error.line}" if isinstance(error, MalformedText) else ""
            faults.append(Fault(path.name, line, getattr(error, "reason", str(error))))
            texts[path.name] = ""
    faults += _schema_faults(content)
    faults += [f for key, value in content.items() for f in _forbidden(FILE_OF.get(key, "?"), key, value)]
    editions = content.get("declaration", {}).get("editions", []) if not faults else []
    faults += [Fault(e["file"], "", "is missing") for e in editions if e["file"] not in texts]
    if faults:
        raise Faults(faults)
    return Package(content, {e["file"]: texts[e["file"]] for e in editions})


def _parse(path: Path, faults: list[Fault]) -> Any:
    if path.stat().st_size > LARGEST_FILE:
        faults.append(Fault(path.name, "", f"is larger than {LARGEST_FILE // 1_000_000} MB"))
        return None
    try:
        return parse(decode(path.read_bytes()))
    except (Malformed, MalformedText) as error:
        faults.append(Fault(path.name, f"line {error.line}", error.reason))
    except RecursionError:
        faults.append(Fault(path.name, "", "is nested too deep"))
    return None


def _schema_faults(content: dict[str, Any]) -> Iterator[Fault]:
    for error in sorted(_validator().iter_errors(content), key=lambda e: [str(p) for p in e.absolute_path]):
        path = list(error.absolute_path)
        if not path and error.validator == "required":
            continue  # a file that is missing or cannot be read was named already
        if not path:
            yield Fault("package", "", error.message[:300])
            continue
        yield Fault(FILE_OF[str(path[0])], where(content, path), error.message[:300])


def where(content: dict[str, Any], path: list[str | int]) -> str:
    """A path in words: the code of a row where it has one, else its place."""
    words, here = [], content
    for part in path:
        here = here[part]  # type: ignore[index]
        name = here.get("code") if isinstance(part, int) and isinstance(here, dict) else None
        words.append(
            str(name) if isinstance(name, str) else f"#{part + 1}" if isinstance(part, int) else str(part)
        )
    return " ".join(words)


def _forbidden(file: str, path: str, value: Any) -> Iterator[Fault]:
    if isinstance(value, str):
        if path.rsplit(".", 1)[-1] != "exact" and (found := forbidden(value)):
            yield Fault(file, path, found)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _forbidden(file, f"{path}.{key}", item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _forbidden(file, f"{path}.{index + 1}", item)


def write(package: Package, folder: Path) -> None:
    """Write a package into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in package.texts.items():
        (folder / name).write_bytes(text.encode())
    for file, keys in FILES.items():
        if keys is None:
            (folder / file).write_text(dump(package.content[file.removesuffix(".yaml")]))
        else:
            _write_lists(folder / file, {key: package.content.get(key, ()) for key in keys})


def _write_lists(path: Path, lists: Mapping[str, Iterable[dict[str, Any]]]) -> None:
    """The lists of one file, row by row; one without rows is left out, and so is a file without lists."""
    file = None
    try:
        for key, rows in lists.items():
            for n, row in enumerate(rows):
                file = file or path.open("w")
                file.write(("" if n else f"{key}:\n") + dump([row]))
    finally:
        if file is not None:
            file.close()
