"""Times as the pages say them: Asia/Shanghai, to the minute. `now` is always given."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from mingjing.ui.html import fill

NOTHING = "—"


@cache
def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def local(moment: datetime) -> datetime:
    """An aware moment in the one zone of the house: quicker than asking each time whether somebody has activated another."""
    return moment.astimezone(_zone())


def full(value: datetime | date | None) -> str:
    """2026年3月1日 09:00, or 2026年3月1日 for a date."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, datetime):
        value = local(value)
        return f"{_date(value)} {value:%H:%M}"
    return _date(value)


def marked(value: datetime | date | None) -> SafeString:
    """The full time inside <time datetime>."""
    if value is None or value == "":
        return fill('<span class="muted">{}</span>', NOTHING)
    machine = local(value).isoformat(timespec="minutes") if isinstance(value, datetime) else value.isoformat()
    return mark_safe(f'<time datetime="{machine}">{full(value)}</time>')  # digits and signs of our own: nothing to escape


def span(length: timedelta) -> str:
    """A length of time in the two largest units that matter, rounded down: 3 小时 12 分. Days alone from two days on."""
    minutes = int(length.total_seconds() // 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days >= 2:
        return f"{days} 天"
    if days:
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    if hours:
        return f"{hours} 小时 {minutes % 60} 分" if minutes % 60 else f"{hours} 小时"
    return f"{minutes} 分" if minutes else "不足 1 分"


def left(due: datetime, now: datetime) -> str:
    """剩 3 小时 12 分, or 已超 2 天. The moment itself is still within the limit (以内 includes the number)."""
    return f"剩 {span(due - now)}" if now <= due else f"已超 {span(now - due)}"


def ends(due: datetime, now: datetime) -> str:
    """今日 16:20 届满; 3月1日 24:00 届满 for midnight, because a limit in days ends with the day; 3月1日届满 once that day is past."""
    end, today = local(due), local(now).date()
    is_midnight = (end.hour, end.minute) == (0, 0)
    last_day = (end - timedelta(days=1)).date() if is_midnight else end.date()
    if last_day < today - timedelta(days=1):
        return f"{_near(last_day, today)}届满"
    return f"{_near(last_day, today)} {'24:00' if is_midnight else f'{end:%H:%M}'} 届满"


def _near(day: date, today: date) -> str:
    words = {0: "今日", 1: "明日", -1: "昨日"}
    if (day - today).days in words:
        return words[(day - today).days]
    return f"{day.month}月{day.day}日" if day.year == today.year else _date(day)


def _date(value: date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"
