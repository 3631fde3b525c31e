"""The operations put together, with their description as an OpenAPI document in Chinese."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from ninja import NinjaAPI

from mingjing.intake.api import about, faults, reference, writing
from mingjing.intake.api.door import Bearer, finished

INTRO = (
    "其他系统经接口写入事实、读取案件。检查、台账和范围与页面完全相同；证件号码、电话和住址始终遮盖。"
    "每次调用都要带 Authorization: Bearer mj_…，密钥由系统管理员在“接口”页面发放。时间一律带时区，默认 +08:00。"
)
STATUSES = {
    200: "成功", 400: "请求无法识别，例如不是 JSON", 401: "没有密钥，或者密钥不对、失效、被撤销", 403: "密钥没有这项权限", 404: "没有这个编号，或者不在范围内",
    409: "幂等键已用于另一个请求，或者同时有人写入相同的编号", 413: "请求内容过大", 415: "请求内容不是 JSON", 422: "参数或者内容的形式不对",
    429: "超过每分钟的上限", 503: "维护中，或者数据库正忙",
}
LIMITS, AGAIN = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"), "Retry-After"
HEADERS = dict(zip((*LIMITS, AGAIN), ("每分钟最多调用次数", "这一分钟还剩几次", "几秒后重新计数", "几秒后再试"), strict=True))


class Api(NinjaAPI):
    """Ninja's document, with words and headers of ours."""

    def get_openapi_schema(self, **kwargs: Any) -> dict[str, Any]:
        schema = super().get_openapi_schema(**kwargs)
        for operations in schema["paths"].values():
            for operation in operations.values():
                _finish(operation)
        schema["components"]["headers"] = {
            name: {"description": said, "schema": {"type": "integer", "minimum": 0}} for name, said in HEADERS.items()
        }
        return schema


def _finish(operation: dict[str, Any]) -> None:
    operation["parameters"] = [_parameter(one) for one in operation["parameters"]]
    operation["responses"] = dict(sorted(operation["responses"].items()))
    for status, response in operation["responses"].items():
        response["description"] = STATUSES[status]
        names = LIMITS if "security" in operation and status not in (400, 401, 503) else ()
        names = (*names, AGAIN) if status in (429, 503) else names
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _parameter(one: dict[str, Any]) -> dict[str, Any]:
    """An address knows no null: a parameter that may be missing is simply not required."""
    schema = {name: value for name, value in one["schema"].items() if name not in ("title", "description", "examples")}
    if "anyOf" in schema:
        (real,) = (kind for kind in schema.pop("anyOf") if kind != {"type": "null"})
        schema |= real
    return {
        "name": one["name"], "in": one["in"], "required": one["required"], "description": one.get("description") or schema.pop("description", ""),
        "schema": schema}


api = Api(
    title="明镜接口", version="1", description=INTRO, urls_namespace="api", auth=Bearer(), docs_url=None, openapi_url=None,
    openapi_extra={"tags": [{"name": "概况"}, {"name": "读取"}]})
faults.install(api)
for _router in (about.router, writing.router):
    api.add_router("", _router)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; paths are absolute on this server."""
    return api.get_openapi_schema()


def openapi_json(request: HttpRequest) -> HttpResponse:
    """Open without a key: it describes the product and holds no data."""
    if request.method != "GET":
        return faults.answer(faults.wrong_method("GET"))
    return faults.said(document())


def docs(request: HttpRequest) -> HttpResponse:
    return reference.page(request, document())


def open_to_all(view: Any) -> Any:
    view.csrf_exempt, view.login_required = True, False
    return view


def urls() -> list[URLPattern]:
    patterns = api.urls[0]
    for pattern in patterns:
        pattern.callback = open_to_all(finished(pattern.callback))
    return [
        path("openapi.json", finished(open_to_all(openapi_json)), name="openapi"), path("docs", docs, name="docs"), *patterns,
    ]
