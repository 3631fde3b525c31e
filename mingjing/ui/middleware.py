"""The nets around every view: maintenance, texts that are none, and refusals that no form caught."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import loader

from mingjing.lib.refused import Refused
from mingjing.ui import errors

RETRY_AFTER = "300"  # seconds
Handler = Callable[[HttpRequest], HttpResponse]


def maintenance(get_response: Handler) -> Handler:
    """While settings.MAINTENANCE_FILE exists every page answers 503 with its text. Static files are served before this."""

    def middleware(request: HttpRequest) -> HttpResponse:
        text = notice()
        return get_response(request) if text is None else closed(request, text)

    return middleware


def notice() -> str | None:
    """The text of the maintenance file, None without one. It may vanish at any moment."""
    try:
        return settings.MAINTENANCE_FILE.read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None


def closed(request: HttpRequest, text: str) -> HttpResponse:
    problem = errors.Problem("系统维护中", text or "系统正在维护，请稍后再来。已保存的内容不受影响。")
    if request.path.startswith(errors.API):
        response = errors.as_json("maintenance", problem, 503)
    else:
        is_part = bool(request.headers.get("HX-Request"))
        page = loader.render_to_string("ui/_notice.html" if is_part else "503.html", errors.standalone(problem))
        response = errors.retargeted(HttpResponse(page, status=503))
    response.headers["Retry-After"] = RETRY_AFTER
    response.headers["Cache-Control"] = "no-store"
    return response


def zero_bytes(get_response: Handler) -> Handler:
    """A zero byte is nothing that somebody typed, and PostgreSQL takes none in any query: answered before a view asks with it. The API does so itself,
    and a view exempt from the check of tokens receives its form by itself."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any) -> HttpResponse | None:
        if request.path.startswith(errors.API):
            return None
        given = [request.GET] if getattr(view, "csrf_exempt", False) else [request.GET, request.POST]
        texts = (text for params in given for name, values in params.lists() for text in (name, *values))
        if "\0" in request.path or any("\0" in text for text in texts):
            return errors.answer(request, errors.ZERO_BYTE, 400)
        return None

    middleware.process_view = process_view
    return middleware


def refusals(get_response: Handler) -> Handler:
    """A `Refused` that a view let through becomes a page or a notice. The API answers in its own form."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Refused) and not request.path.startswith(errors.API):
            return errors.refused(request, exception)
        return None

    middleware.process_exception = process_exception
    return middleware
