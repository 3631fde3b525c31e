"""How the API says no: always JSON {code, message, details}, in Chinese: what, why, what to do."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from mingjing.lib.refused import Conflict, Forbidden, Refused

log = logging.getLogger("mingjing.api")

BUSY_AGAIN = 5  # seconds


class Fault(Exception):
    """An answer that is not what was asked for. `code` is for programs, `message` for people; `details` name the places at fault."""

    def __init__(self, status: int, code: str, message: str, details: Iterable[Mapping[str, Any]] = (), headers: Mapping[str, str] | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.details, self.headers = status, code, message, list(details), headers or {}


def said(data: Any, status: int = 200) -> HttpResponse:
    """JSON in UTF-8. What was sent may come back in a message, so half a surrogate pair must not stop the answer."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False)
    return HttpResponse(text.encode("utf-8", "replace"), status=status, content_type="application/json")


def answer(fault: Fault) -> HttpResponse:
    response = said({"code": fault.code, "message": fault.message, "details": fault.details}, fault.status)
    for name, value in fault.headers.items():
        response.headers[name] = value
    return response


def detail(place: str, message: str) -> dict[str, str]:
    return {"place": place, "message": message}


def not_found() -> Fault:
    return Fault(404, "not_found", "没有这个编号，或者不在这个密钥的范围之内。请核对编号；确实需要时请联系系统管理员调整接口账号的单位。")


def wrong_method(allowed: str) -> Fault:
    return Fault(405, "wrong_method", f"这个地址不接受这种请求方法，可用：{allowed}。", headers={"Allow": allowed})


def busy() -> Fault:
    return Fault(
        503, "busy", "数据库正忙，这次没有写入任何内容。请稍后原样重试；带幂等键重试不会重复写入。", headers={"Retry-After": str(BUSY_AGAIN)})


def broken() -> Fault:
    return Fault(500, "broken", "系统出错了，这次没有写入任何内容，错误已记入日志。请稍后再试；仍不行时请把时间和地址告诉系统管理员。")


def refused(refusal: Refused) -> Fault:
    status, code = (403, "forbidden") if isinstance(refusal, Forbidden) else (409, "conflict") if isinstance(refusal, Conflict) else (422, "refused")
    return Fault(status, code, refusal.message, [detail(refusal.field, refusal.message)] if refusal.field else ())


def suspicious(error: SuspiciousOperation) -> Fault:
    if isinstance(error, RequestDataTooBig):
        return Fault(413, "too_large", "请求内容过大，没有处理。请分成几次发送。")
    return Fault(400, "bad_request", "请求无法识别，没有处理。请核对地址、参数和请求头。")


# pydantic's kinds of errors, in our words; {…} comes from the error's context
WORDS = {
    "missing": "必须提供", "int_parsing": "应为整数", "int_type": "应为整数", "bool_parsing": "应为 true 或 false",
    "greater_than_equal": "不能小于 {ge}", "less_than_equal": "不能大于 {le}", "literal_error": "只能是 {expected}",
    "string_too_long": "最长 {max_length} 个字符", "string_too_short": "至少 {min_length} 个字符", "string_pattern_mismatch": "含有不允许的字符",
    "extra_forbidden": "没有这个参数，请核对拼写", "value_error": "{error}",
}


def invalid(error: ValidationError) -> Fault:
    details = [_in_words(one) for one in error.errors]
    named = "；".join(f"{one['place']} {one['message']}" for one in details)
    return Fault(422, "invalid", f"参数有误，没有处理：{named}。", details)


def _in_words(error: Mapping[str, Any]) -> dict[str, str]:
    context = dict(error.get("ctx", {}))
    if "expected" in context:  # 'a', 'b' or 'c'
        context["expected"] = context["expected"].replace("'", "").replace(", ", "、").replace(" or ", "、")
    return detail(str(error["loc"][-1]), WORDS.get(error["type"], "不符合要求").format(**context))


def install(api: NinjaAPI) -> None:
    """Every exception inside an operation becomes one of these answers."""
    def told(make: Any) -> Any:
        return lambda request, error: answer(make(error))

    api.add_exception_handler(Fault, lambda request, fault: answer(fault))
    api.add_exception_handler(Refused, told(refused))
    api.add_exception_handler(Http404, told(lambda error: not_found()))
    api.add_exception_handler(ValidationError, told(invalid))
    api.add_exception_handler(HttpError, told(lambda error: Fault(error.status_code, "bad_request", "请求无法识别，没有处理。")))
    api.add_exception_handler(SuspiciousOperation, told(suspicious))
    api.add_exception_handler(OperationalError, _busy)
    api.add_exception_handler(Exception, _broken)


def _busy(request: HttpRequest, error: Exception) -> HttpResponse:
    log.warning("%s %s: the database is busy: %s", request.method, request.path, error)
    return answer(busy())


def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("%s %s", request.method, request.path, exc_info=error)
    return answer(broken())
