"""YAML as packages use it: strings stay strings, a duplicate key is a fault, and a file knows its lines."""

import re
from typing import Any

import yaml


class Malformed(ValueError):
    """The file is not the YAML we read; `line` is 1-based."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason, self.line = reason, line


class _Loader(yaml.CSafeLoader):
    """Safe YAML without dates (they lose precision) and without duplicate keys."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key.value, str):
                raise Malformed("a key must be a plain word", key.start_mark.line + 1)
            if key.value in seen:
                raise Malformed(f"the key “{key.value}” stands twice", key.start_mark.line + 1)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# Only strings, integers, true/false and null: a float would not survive canonical JSON, a date would lose its precision,
# and the country code NO must not become false.
_DROPPED = {f"tag:yaml.org,2002:{name}" for name in ("timestamp", "float", "bool")}
_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag not in _DROPPED]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), ["t", "f"])


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def parse(text: str) -> Any:
    """The content of a YAML file; raises Malformed with the line."""
    try:
        for event in yaml.parse(text, yaml.CSafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise Malformed(
                    "aliases are not used in packages", event.start_mark.line + 1 if event.start_mark else 1
                )
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader, made stricter
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Malformed(error.problem or "not YAML", mark.line + 1 if mark else 1) from None
    except yaml.YAMLError as error:
        raise Malformed(str(error).split("\n")[0], 1) from None


# PostgreSQL keeps no order of keys: these have one of their own.
_ORDERS = (("en", "zh", "ru"), ("one", "few", "many", "other"))


def _tidy(value: Any) -> Any:
    """Without what says nothing (null, empty text, empty lists and objects), languages and plural forms in their order."""
    if isinstance(value, dict):
        for order in _ORDERS:
            if set(value) <= set(order):
                value = {k: value[k] for k in order if k in value}
        return {k: _tidy(v) for k, v in value.items() if v not in (None, "", [], {})}
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    return value


def dump(content: Any) -> str:
    """Content as YAML for people: keys in their order, one line a paragraph, nothing empty."""
    return yaml.dump(_tidy(content), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
