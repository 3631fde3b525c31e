"""The body of a push, read strictly: what two readers of JSON could understand differently is refused, not guessed."""

from __future__ import annotations

import json
import math
from typing import Any

from django.http import HttpRequest

from mingjing.intake.api.faults import Fault, detail

LIMIT = 8 * 1024 * 1024  # bytes; 500 rows of the widest table with long texts
MOST = 500  # rows


def rows(request: HttpRequest) -> list[dict[str, Any]]:
    """The rows of {"rows": [{column: value}]}. Raises Fault: 400 not JSON, 413 too large, 415 another kind, 422 another form."""
    return _rows(_document(_text(request)))


def raw(request: HttpRequest) -> bytes:
    """The bytes of the body, read once and kept on the request."""
    if not hasattr(request, "raw_body"):
        request.raw_body = _read(request)
    return request.raw_body


def _read(request: HttpRequest) -> bytes:
    if request.content_type != "application/json" or request.content_params.get("charset", "utf-8").lower().replace("-", "") != "utf8":
        raise Fault(415, "wrong_kind", "请求内容须为 JSON。请在请求头中写 Content-Type: application/json，用 UTF-8 编码。")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Fault(415, "wrong_kind", "不接受压缩的请求内容，请去掉 Content-Encoding 后直接发送。")
    read = request.read(LIMIT + 1)
    if len(read) > LIMIT:
        raise Fault(413, "too_large", f"请求内容超过 {LIMIT // (1024 * 1024)} MB，没有处理。请减少每次发送的行数。")
    return read


def _text(request: HttpRequest) -> str:
    try:
        return raw(request).decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_json(f"第 {error.start + 1} 个字节不是 UTF-8 编码。请把内容存成 UTF-8") from None


def _document(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise _not_json(f"第 {error.lineno} 行第 {error.colno} 个字符附近不合 JSON 的写法") from None
    except RecursionError:
        raise _not_json("嵌套太深") from None
    except ValueError as error:  # our own, and Python's limit on the digits of a whole number
        raise _not_json(str(error) if isinstance(error, _Doubtful) else "数字太大") from None


class _Doubtful(ValueError):
    """Something that JSON leaves open."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Doubtful(f"同一个对象里“{next(name for name in names if names.count(name) > 1)[:60]}”出现了不止一次")
    return made


def _constant(word: str) -> None:
    raise _Doubtful(f"{word} 不是 JSON 的数字")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _Doubtful("数字太大")
    return value


def _not_json(why: str) -> Fault:
    return Fault(400, "bad_json", f"请求内容不是可以确定读懂的 JSON：{why}。没有写入任何内容。")


def _rows(document: Any) -> list[dict[str, Any]]:
    if not isinstance(document, dict) or set(document) != {"rows"} or not isinstance(document["rows"], list):
        raise _wrong_form("应为 {\"rows\": [ … ]}，不能有别的内容", "rows")
    found = document["rows"]
    if not 1 <= len(found) <= MOST:
        raise _wrong_form(f"一次应有 1 至 {MOST} 行，现在有 {len(found)} 行", "rows")
    for index, row in enumerate(found):
        _check_row(index, row)
    return found


def _check_row(index: int, row: Any) -> None:
    if not isinstance(row, dict):
        raise _wrong_form(f"第 {index} 行应为一个对象：列名和值", f"rows[{index}]")
    for name, value in row.items():
        if isinstance(value, list | dict):
            raise _wrong_form(f"第 {index} 行的“{name[:60]}”应为一个值，不能是列表或者对象", f"rows[{index}].{name[:60]}")
        if not _is_text(name) or (isinstance(value, str) and not _is_text(value)):
            raise _wrong_form(f"第 {index} 行含有不成对的代理字符（\\ud800 至 \\udfff），无法保存", f"rows[{index}]")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _wrong_form(why: str, place: str) -> Fault:
    return Fault(422, "invalid", f"请求内容的形式不对：{why}。没有写入任何内容。", [detail(place, why)])
