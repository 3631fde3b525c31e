"""预警: the list, the same by case, and as a sheet to be printed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from mingjing.accounts.scope import Viewer
from mingjing.alerts import lists, queries, states, supervision
from mingjing.lib.refused import Forbidden
from mingjing.ui.lists import Button, with_params

ON_PAPER = 500  # rows of a printed list


def permit(viewer: Viewer | None) -> None:
    """Raises Forbidden for whoever has no duty that reads alerts. Somebody named in one still reaches it by its own address."""
    if viewer is None or not viewer.may("alert", "read"):
        raise Forbidden("你现在的职责不包括查看预警。需要时请由有职责的人办理，或联系系统管理员调整职责。")


@require_safe
def alerts(request: HttpRequest) -> HttpResponseBase:
    viewer, is_print = request.viewer, request.GET.get("print") == "1"
    permit(viewer)
    rows, hidden = lists.shown(queries.alerts(viewer), request.GET)
    listing = lists.alerts_for(viewer, on_paper=ON_PAPER if is_print else 0)
    asked = listing.ask(request, lists.with_together(rows.select_related("unit", "officer"), viewer))
    without = {name: lists.counted(listing.narrowed(asked, left_out, viewer)) for name, left_out in hidden.items()}
    context = {
        "hidden_over": without.get("over", 0), "all_url": with_params(request.GET, page="", state=lists.ALL),
        "hidden_followers": without.get("followers", 0), "followers_url": with_params(request.GET, page="", followers="1"), "most": lists.MOST,
        "is_print": is_print, "on_paper": ON_PAPER, "screen_url": with_params(request.GET, print=""),
    }
    return listing.respond(request, asked, template="alerts/alerts.html", context=context, buttons=_buttons(request, is_print))


def _buttons(request: HttpRequest, is_print: bool) -> list[Button]:
    if is_print:
        return []
    find = [Button("登记人工发现", reverse("alerts:find"), "plus")] if request.viewer.may("alert", "find") else []
    return [*find, Button("按案件", reverse("alerts:by_matter"), "folder-open"), Button("打印清单", with_params(request.GET, page="", print="1"), "printer")]


@require_safe
def supervised(request: HttpRequest) -> HttpResponseBase:
    permit(request.viewer)
    listing = supervision.SUPERVISED
    rows, over = supervision.shown(supervision.supervised(request.viewer), request.GET)
    asked = listing.ask(request, rows)
    context = {
        "lead": "先列先届满的；督办期限由督办人下达，不是法定期限", "hidden_over": lists.counted(listing.narrowed(asked, over, request.viewer)),
        "most": lists.MOST, "all_url": with_params(request.GET, page="", outcome=supervision.ALL),
    }
    return listing.respond(request, asked, template="alerts/alerts.html", context=context)


@require_safe
def by_matter(request: HttpRequest) -> HttpResponseBase:
    permit(request.viewer)
    rows = queries.alerts(request.viewer).filter(state__in=states.LIVE, leader__isnull=True)  # whatever the address says: the column counts these
    buttons = [Button("逐条查看", reverse("alerts:alerts"), "list")]
    return lists.BY_MATTER.respond(request, lists.by_matter(rows), buttons=buttons)
