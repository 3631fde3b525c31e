"""站内信: the list of one's own notices, unread first."""

from __future__ import annotations

from functools import partial

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mingjing.accounts.scope import Viewer
from mingjing.alerts import lists, offers, queries, states
from mingjing.alerts.models import Notice
from mingjing.alerts.models.alert import LEVELS
from mingjing.cases.lists import on_export
from mingjing.cases.models import CaseOfficer
from mingjing.ui.lists import Choice, Column, DateRange, Flag, Listing, RowAction
from mingjing.ui.templatetags.ui import badge
from mingjing.ui.times import marked


class UnreadFirst(Listing):
    """Unread above read, each newest first, unless another order is asked for."""

    def _ordered(self, rows: QuerySet, sort: str) -> QuerySet:
        if sort != self.default_sort:
            return super()._ordered(rows, sort)
        is_read = Case(When(read_at__isnull=True, then=Value(False)), default=Value(True), output_field=BooleanField())
        return rows.order_by(is_read, "-delivered_at", "-pk")


def rows(viewer: Viewer) -> QuerySet[Notice]:
    """The own notices with their alerts; each knows whether the alert may (still) be read, and whether it is the viewer's own."""
    readable = queries.alerts(viewer).filter(pk=OuterRef("alert_id")).order_by()
    own = CaseOfficer.objects.filter(case_id=OuterRef("alert__matter_code"), officer=viewer.officer, until__isnull=True)
    return queries.notices(viewer).select_related("alert__unit").annotate(is_readable=Exists(readable), on_team=Exists(own))


def may_sign(viewer: Viewer, notice: Notice) -> bool:
    """Whether the viewer may acknowledge the alert now. Without a query, for rows of `rows`."""
    if notice.alert.state != states.OPEN or not notice.is_readable:
        return False
    is_own = notice.on_team or notice.alert.officer_id == viewer.officer.code
    return bool(offers.possible(viewer, notice.alert, ["acknowledge"], is_own=is_own, is_team=is_own, words={}))


# --- cells ---

def notice_url(notice: Notice) -> str:
    return reverse("alerts:notice", args=[notice.pk])


def mark(notice: Notice) -> SafeString:
    return badge("已读") if notice.read_at else badge("未读", "strong")


def text(notice: Notice) -> SafeString:
    return format_html("<b>{}</b>" if notice.read_at is None else "{}", notice.text)


def sign(viewer: Viewer, notice: Notice) -> SafeString:
    """The button that signs for the alert, inside the form of the list (which holds the token); what was seen goes with it as its version."""
    if not may_sign(viewer, notice):
        return badge(notice.alert.state) if notice.is_readable else marked(None)
    url = reverse("alerts:sign", args=[notice.pk])
    return format_html('<button class="button" type="submit" formaction="{}" name="version" value="{}">签收</button>', url, notice.alert.version)


def unread(rows: QuerySet, viewer: Viewer) -> QuerySet:
    return rows.filter(read_at__isnull=True)


def waiting(rows: QuerySet, viewer: Viewer) -> QuerySet:
    return rows.filter(Q(alert__state=states.OPEN, is_readable=True))


def listing(viewer: Viewer) -> Listing:
    return UnreadFirst(
        name="inbox", title="站内信", unit="条", default_sort="unread", tie_break="pk",
        on_export=partial(on_export, name="inbox", title="站内信"), empty=("没有站内信", "预警的开启、升级、退回等会通知到这里。"),
        row_actions=[RowAction("标为已读", "alerts:read")],
        filters=[
            Flag("unread", "未读", apply=unread), Flag("waiting", "预警待签收", apply=waiting),
            Choice("level", "级别", list(LEVELS.items()), field="alert__level"), DateRange("delivered", "送达日期", field="delivered_at"),
        ],
        columns=[
            Column("read", "状态", value=lambda row: "已读" if row.read_at else "未读", render=mark),
            Column("level", "级别", render=lambda row: lists.level_badge(row.alert.level), export=lambda row: LEVELS[row.alert.level]),
            Column("text", "内容", render=text, link=notice_url),
            Column("sign", "签收", render=partial(sign, viewer), export=lambda row: row.alert.state),
            Column("delivered_at", "送达时间", kind="time", sort="delivered_at"),
            Column("duty", "以何职责", shown=False),
            Column("alert", "预警编号", value="alert_id", kind="code", shown=False),
            Column("read_at", "阅读时间", kind="time", shown=False),
        ],
    )


