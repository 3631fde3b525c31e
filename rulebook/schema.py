"""The form of every YAML file, as JSON Schema in `rulebook/schemas/`, with messages an author can act on."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from rulebook.errors import Fault
from rulebook.yamlfile import Where, YamlFile

TYPE_NAMES = {
    "object": ("一组“键: 值”", "a mapping"), "array": ("列表", "a list"), "string": ("文字", "text"), "integer": ("整数", "a whole number"),
    "number": ("数", "a number"), "boolean": ("true 或 false", "true or false"), "null": ("空", "nothing"),
}
LEAST, MOST = ("至少 {} 项（字）", "needs at least {}"), ("至多 {} 项（字）", "takes at most {}")
BOUNDS = {
    "pattern": ("写法应符合 {}", "must match {}"), "minimum": ("不得小于 {}", "must be {} or more"),
    "minItems": LEAST, "minLength": LEAST, "minProperties": LEAST, "maxItems": MOST, "maxLength": MOST, "maxProperties": MOST,
}


@cache
def _validator(name: str) -> Draft202012Validator:
    text = resources.files("rulebook").joinpath(f"schemas/{name}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def check_schema(file: YamlFile, name: str) -> list[Fault]:
    """All departures of the file from schema `name`, each at its own line."""
    return departures(file, name)[0]


def departures(file: YamlFile, name: str) -> tuple[list[Fault], list[Where]]:
    """The same, and where in the file they are, so that what is sound can still be checked for its meaning."""
    errors = list(_validator(name).iter_errors(file.data))
    return [fault for error in errors for fault in _faults(file, error)], [tuple(error.absolute_path) for error in errors]


def is_sound(where: Where, broken: list[Where]) -> bool:
    """Whether nothing at or below `where` departs from the schema."""
    return not any(place[:len(where)] == where for place in broken)


def _faults(file: YamlFile, error: ValidationError) -> list[Fault]:
    where = tuple(error.absolute_path)
    place = ".".join(str(part) for part in where) or "(top)"
    kind, expected, value = error.validator, error.validator_value, error.instance
    if kind == "required":
        missing = [key for key in expected if key not in value]
        # jsonschema reports one error a missing key; the last word of its message names it
        key = next((key for key in missing if f"'{key}'" in error.message), missing[0])
        return [file.fault(where, f"{place} 缺少“{key}”", f"{place} lacks “{key}”", f"补上 {key}:", f"add {key}:")]
    if kind == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        extra = [key for key in value if key not in known]
        return [file.fault((*where, key), f"{place} 不认识的键“{key}”", f"{place}: unknown key “{key}”",
                           f"可用的键：{'、'.join(known)}", f"known keys: {', '.join(known)}") for key in extra]
    zh, en = _wanted(kind, expected)
    shown = _short(value)
    return [file.fault(where, f"{place} 的值 {shown} 不合要求：{zh}", f"{place}: {shown} is not right: {en}", "按要求改正", "correct it")]


def _wanted(kind: str, expected: Any) -> tuple[str, str]:
    if kind == "type":
        names = [TYPE_NAMES[name] for name in ([expected] if isinstance(expected, str) else expected)]
        return "应为" + "或".join(zh for zh, _ in names), "expected " + " or ".join(en for _, en in names)
    if kind == "enum":
        return "应为其中之一：" + "、".join(map(str, expected)), "expected one of: " + ", ".join(map(str, expected))
    zh, en = BOUNDS.get(kind, (f"{kind} {{}}", f"{kind} {{}}"))
    return zh.format(expected), en.format(expected)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"
