"""The page that describes the API, drawn from its OpenAPI document: what stands on the page is what the API does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mingjing.cases.models import NOUNS

KINDS = {"string": "文字", "integer": "整数", "number": "数字", "boolean": "是否", "array": "列表", "object": "对象", "date-time": "时间", "date": "日期"}
KEY = "$MINGJING_KEY"
FACTS = "/facts/"


@dataclass(frozen=True)
class Part:
    """A parameter, a column, or a part of an answer."""

    name: str
    said: str
    kind: str
    is_needed: bool
    values: tuple[str, ...] = ()
    default: str = ""


@dataclass(frozen=True)
class Operation:
    method: str
    path: str
    summary: str
    said: str
    asked: tuple[Part, ...]
    answered: tuple[Part, ...]
    statuses: tuple[tuple[str, str], ...]
    example: str


@dataclass(frozen=True)
class Facts:
    """The two operations of one fact table, and its columns."""

    table: str
    label: str
    columns: tuple[Part, ...]
    example: str


def page(request: HttpRequest, document: Mapping[str, Any]) -> HttpResponse:
    """For everybody who is signed in."""
    if request.viewer is None:
        return redirect_to_login(request.get_full_path())
    described = Described(document, request.build_absolute_uri("/").rstrip("/"))
    context = {
        "title": "接口说明", "operations": list(described.single()), "facts": [described.facts(name) for name in NOUNS],
        "read": described.operation(described.path_of("case"), "get"), "push": described.operation(described.path_of("case"), "post"),
        "base": described.base, "faults": described.parts({"$ref": "#/components/schemas/Fault"}),
    }
    return render(request, "intake/api.html", context)


class Described:
    """The document, ready to be shown; `host` with its scheme, for the examples."""

    def __init__(self, document: Mapping[str, Any], host: str):
        self.document, self.host = document, host

    @property
    def base(self) -> str:
        first = next(iter(self.document["paths"]))
        return self.host + first.rpartition("/")[0]

    def path_of(self, table: str) -> str:
        return next(path for path in self.document["paths"] if path.endswith(f"{FACTS}{table}"))

    def single(self) -> Iterator[Operation]:
        """Everything but the operations of the fact tables, which are all alike."""
        for path, operations in self.document["paths"].items():
            if FACTS not in path:
                yield from (self.operation(path, method) for method in operations)

    def operation(self, path: str, method: str) -> Operation:
        spec = self.document["paths"][path][method]
        answered = spec["responses"][200]["content"]["application/json"]["schema"]
        asked = tuple(self._part(one["name"], one["schema"], one["description"], one["required"]) for one in spec["parameters"])
        statuses = tuple((str(status), one["description"]) for status, one in spec["responses"].items())
        return Operation(
            method.upper(), path, spec["summary"], spec.get("description", ""), asked, self.parts(answered), statuses, self._example(path, method, spec))

    def facts(self, table: str) -> Facts:
        path = self.path_of(table)
        body = self.document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        columns = self.parts(body["schema"]["properties"]["rows"]["items"])
        return Facts(table, str(NOUNS[table]._meta.verbose_name), columns, self._example(path, "post", self.document["paths"][path]["post"]))

    def parts(self, schema: Mapping[str, Any]) -> tuple[Part, ...]:
        schema = self._resolved(schema)
        needed = schema.get("required", ())
        return tuple(self._part(name, one, one.get("description", ""), name in needed) for name, one in schema["properties"].items())

    def _part(self, name: str, schema: Mapping[str, Any], said: str, is_needed: bool) -> Part:
        real = next((kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}), schema)
        real = self._resolved(real)
        kind = KINDS[real.get("format") or real["type"]]
        if real.get("maxLength"):
            kind += f"，最长 {real['maxLength']} 字"
        if "maximum" in real:
            kind += f"，{real.get('minimum', 0)} 至 {real['maximum']}"
        default = "" if schema.get("default") is None else json.dumps(schema["default"])
        return Part(name, said, kind, is_needed, tuple(real.get("enum", ())), default)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in schema:
            return schema
        return self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]

    def _example(self, path: str, method: str, spec: Mapping[str, Any]) -> str:
        """A call that can be copied into a shell."""
        asked = {"limit": 100} if any(one["name"] == "limit" for one in spec["parameters"]) else {}
        url = self.host + path.replace("{code}", "A420102012026030001") + (f"?{urlencode(asked)}" if asked else "")
        lines = [f"curl {url}"]
        if "security" in spec:
            lines.append(f'-H "Authorization: Bearer {KEY}"')
        if method == "post":
            body = json.dumps(spec["requestBody"]["content"]["application/json"]["example"], ensure_ascii=False)
            lines += ['-H "Content-Type: application/json"', '-H "Idempotency-Key: $(uuidgen)"', f"--data '{body}'"]
        return " \\\n  ".join(lines)
