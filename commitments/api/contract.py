"""The contract: what the generator of the schema cannot know, and what of a changed contract would break a client."""

import json
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
_ALWAYS = {
    "400": "A parameter or a body that cannot be answered.", "401": "A token that does not hold; or reading is closed.", "403": "Not for this token.",
    "406": "Another media type was asked for.", "429": "Too many requests; `Retry-After` says when.", "503": "The record is moving; `Retry-After` says when.",
}  # fmt: skip
_WORK = ("/api/v1/proposals/", "/api/v1/webhooks/")
_WRITES = {"413": "The body is too large.", "415": "The body is not JSON."}


def complete(result: Schema, generator: Any, request: Any, public: Any) -> Schema:
    """What every operation may answer, whatever it does."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for _path, method, operation in operations(result):
        more = _ALWAYS | (_WRITES if method in ("post", "put", "patch") else {})
        if "{" in _path:
            more = more | {"404": "Nothing has this key."}
        for code, words in more.items():
            operation["responses"].setdefault(code, {"content": problem, "description": words})
        if method == "get" and not _path.startswith(_WORK):
            operation["security"] = [
                *operation.get("security", []),
                {},
            ]  # a token is needed where reading is closed
        for response in operation["responses"].values():
            response["description"] = response["description"] or operation["summary"]
        operation["responses"] = dict(sorted(operation["responses"].items()))
    return result


def operations(schema: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, item in schema["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def breaking(old: Schema, new: Schema) -> list[str]:
    """What a client of the old contract could trip over in the new one; empty when everything of it still holds.

    More operations, parameters that may be left out, fields of replies and values of requests are no break. Gone operations and
    parameters, new required ones, fields of replies that are gone, may be null now or have another type, are; and so are bodies
    that may say less than before, and another authentication.
    """
    found: list[str] = []
    now = {(path, method): operation for path, method, operation in operations(new)}
    for path, method, before in operations(old):
        where = f"{method.upper()} {path}"
        after = now.get((path, method))
        if after is None:
            found.append(f"{where}: is gone")
            continue
        found += _parameters(where, before, after)
        found += [
            f"{where}: no longer answers {code}"
            for code in before["responses"]
            if code.startswith("2") and code not in after["responses"]
        ]
        for code, reply in before["responses"].items():
            for kind, content in reply.get("content", {}).items():
                to = after["responses"].get(code, {}).get("content", {}).get(kind)
                if to is None:
                    found.append(f"{where}: {code} is no longer {kind}")
                else:
                    found += _reply(
                        f"{where} {code}", content.get("schema", {}), to.get("schema", {}), old, new, ()
                    )
        found += _request(where, before, after, old, new)
    return found


def _parameters(where: str, before: Schema, after: Schema) -> Iterator[str]:
    now = {(p["in"], p["name"]): p for p in after.get("parameters", [])}
    known = {(p["in"], p["name"]): p for p in before.get("parameters", [])}
    for key, parameter in known.items():
        if key not in now:
            yield f"{where}: the parameter {key[1]} is gone"
        else:
            named = f"{where}: the parameter {key[1]}"
            yield from _taken(named, parameter.get("schema", {}), now[key].get("schema", {}), {}, {}, ())
    for key, parameter in now.items():
        if parameter.get("required") and not known.get(key, {}).get("required"):
            yield f"{where}: the parameter {key[1]} is required now"


def _resolved(schema: Schema, whole: Schema) -> Schema:
    while "$ref" in schema:
        schema = whole["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _types(schema: Schema) -> set[str]:
    kind = schema.get("type")
    found = set(kind) if isinstance(kind, list) else {kind} if kind else set()
    for name in ("oneOf", "anyOf"):
        for part in schema.get(name, []):
            found |= (
                {part["type"]}
                if isinstance(part.get("type"), str)
                else {"object"}
                if "$ref" in part
                else set()
            )
    return found


def _reply(
    where: str, old: Schema, new: Schema, a: Schema, b: Schema, seen: tuple[str, ...]
) -> Iterator[str]:
    """What a reply promised and promises no longer."""
    if (name := old.get("$ref", "")) in seen and name:
        return
    seen = (*seen, name)
    old, new = _whole(old, a), _whole(new, b)
    if _types(old) and _types(new) - _types(old):
        yield f"{where}: may be {', '.join(sorted(_types(new) - _types(old)))} now"
    if old.get("enum") and set(map(str, new.get("enum", []))) - set(map(str, old["enum"])):
        yield f"{where}: has values that it had not"
    for field, schema in old.get("properties", {}).items():
        to = new.get("properties", {}).get(field)
        if to is None:
            yield f"{where}.{field}: is gone"
            continue
        if field in old.get("required", []) and field not in new.get("required", []):
            yield f"{where}.{field}: may be missing now"
        yield from _reply(f"{where}.{field}", schema, to, a, b, seen)
    if "items" in old and "items" in new:
        yield from _reply(f"{where}[]", old["items"], new["items"], a, b, seen)


def _request(where: str, before: Schema, after: Schema, a: Schema, b: Schema) -> Iterator[str]:
    """What a request may say no longer, and what it must say now."""

    def body(operation: Schema) -> Schema:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        found: Schema = content.get("schema", {})
        return found

    if after.get("requestBody", {}).get("required") and not before.get("requestBody", {}).get("required"):
        yield f"{where}: a body is required now"
    opens, opened = (
        {json.dumps(way, sort_keys=True) for way in operation.get("security", [{}])}
        for operation in (after, before)
    )
    if "{}" not in opens and opened - opens:
        yield f"{where}: asks for another authentication"
    yield from _taken(f"{where}: the body", body(before), body(after), a, b, ())


def _taken(
    where: str, old: Schema, new: Schema, a: Schema, b: Schema, seen: tuple[str, ...]
) -> Iterator[str]:
    """What could be said of this and can be said no longer. No type is any type."""
    if (name := old.get("$ref", "")) in seen and name:
        return
    seen = (*seen, name)
    old, new = _whole(old, a), _whole(new, b)
    takes, took = _types(new), _types(old)
    if "number" in takes:
        takes.add("integer")
    if takes and (not took or took - takes):
        yield f"{where}: may not be {', '.join(sorted(took - takes)) or 'of any type'} any more"
    if new.get("enum") and (not old.get("enum") or set(map(str, old["enum"])) - set(map(str, new["enum"]))):
        yield f"{where}: takes fewer values"
    for rule, narrower in (("maxLength", min), ("maximum", min), ("maxItems", min), ("minLength", max), ("minimum", max), ("minItems", max)):  # fmt: skip
        if rule in new and (rule not in old or narrower(old[rule], new[rule]) != old[rule]):
            yield f"{where}: has a narrower {rule}"
    if new.get("pattern") and new["pattern"] != old.get("pattern"):
        yield f"{where}: has another pattern"
    if new.get("additionalProperties") is False and old.get("additionalProperties", True) is not False:
        yield f"{where}: takes no other fields now"
    for field in sorted(set(new.get("required", [])) - set(old.get("required", []))):
        yield f"{where}: needs {field} now"
    for field, schema in old.get("properties", {}).items():
        to = new.get("properties", {}).get(field)
        if to is None:
            yield f"{where}: takes {field} no longer"
        else:
            yield from _taken(f"{where}.{field}", schema, to, a, b, seen)
    if "items" in old and "items" in new:
        yield from _taken(f"{where}[]", old["items"], new["items"], a, b, seen)


def _whole(schema: Schema, components: Schema) -> Schema:
    """A schema with what it refers to, and with the one schema that it is all of."""
    schema = _resolved(schema, components)
    return _resolved(schema["allOf"][0], components) if len(schema.get("allOf", [])) == 1 else schema
