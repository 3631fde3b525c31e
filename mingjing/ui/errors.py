"""Error pages in our own words. For htmx the same words come as a notice at the top of the page that asked."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader

from mingjing.lib.refused import Refused
from mingjing.ui.forms import status_of

API = "/api/"


@dataclass(frozen=True)
class Problem:
    """What is wrong, and what the reader can do."""

    title: str
    text: str


BAD_REQUEST = Problem("请求无法识别", "地址或提交的内容不完整。请返回上一页，刷新后再试一次。")
ZERO_BYTE = Problem("请求无法识别", "地址或提交的内容里有不能识别的空字符（零字节），没有处理。请从检索或列表重新进入；是粘贴进来的，请重新填写。")
FORBIDDEN = Problem("没有权限", "你的职责不包括这个页面或这个操作。需要时请由有职责的人办理，或联系系统管理员调整职责。")
EXPIRED = Problem("页面已过期", "这个页面停留太久，或登录状态已改变。请返回上一页刷新后重新提交；填写过的内容会自动恢复。")
NOT_FOUND = Problem("没有找到", "地址有误，或者对象不存在、不在你的查阅范围之内。请从检索或列表重新进入。")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, BAD_REQUEST, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, FORBIDDEN, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return answer(request, EXPIRED, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return answer(request, NOT_FOUND, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Draws from constants alone: database, session or context may be what broke."""
    page = "ui/_notice.html" if request.headers.get("HX-Request") else "500.html"
    problem = Problem("系统出错了", "错误已完整记入日志，数据没有被改动一半。请稍后再试；仍不行时请把时间和地址告诉系统管理员。")
    if request.path.startswith(API):
        return as_json("broken", problem, 500)
    return retargeted(HttpResponse(loader.render_to_string(page, standalone(problem)), status=500))


def refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    titles = {403: "没有权限", 409: "内容已被他人修改", 422: "不能办理"}
    status = status_of(refusal)
    return answer(request, Problem(titles[status], refusal.message), status)


def answer(request: HttpRequest, problem: Problem, status: int) -> HttpResponse:
    if request.path.startswith(API):
        return as_json({400: "bad_request", 404: "no_such_address"}.get(status, "forbidden"), problem, status)
    if request.headers.get("HX-Request"):
        return retargeted(render(request, "ui/_notice.html", {"problem": problem}, status=status))
    return render(request, "ui/error.html", {"problem": problem, "status": status}, status=status)


def as_json(code: str, problem: Problem, status: int) -> HttpResponse:
    """The form of every refusal of the API, for what happens before or outside of it."""
    return JsonResponse({"code": code, "message": problem.text, "details": []}, status=status, json_dumps_params={"ensure_ascii": False})


def retargeted(response: HttpResponse) -> HttpResponse:
    """htmx puts this into the notice of the page, wherever the request came from. Other readers pass over the two headers."""
    response.headers["HX-Retarget"] = "#notice"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def standalone(problem: Problem) -> dict[str, object]:
    """Context of a page that must not fail: addresses without the manifest of static files, which may be missing."""
    return {"problem": problem, "bureau": settings.BUREAU, "static_url": settings.STATIC_URL}
