"""Rows → options of ECharts, as plain data. No Django. Colours are names of tokens.css ("@series-1", "@level-red") that chart.js resolves for light and dark.

Alert levels alone may have the level colours; everything else takes the neutral series.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
SERIES = tuple(f"@series-{number}" for number in range(1, 7))
LEVELS = {"蓝色": "@level-blue", "黄色": "@level-yellow", "橙色": "@level-orange", "红色": "@level-red"}
LANE = 40  # height of one lane of a timeline, in pixels
NAMED = 12  # bars side by side of which every name is written

Options = dict[str, Any]


@dataclass(frozen=True)
class Interval:
    """Something that lasts. `end` None: still running at the timeline's `now`. Times are aware."""

    lane: str
    label: str
    start: datetime
    end: datetime | None
    colour: str = SERIES[0]


@dataclass(frozen=True)
class Instant:
    """Something that happens at once; `is_late` when it was recorded long after it happened."""

    lane: str
    label: str
    at: datetime
    is_late: bool = False
    colour: str = SERIES[2]


def bar(rows: Sequence[tuple[str, float]], *, unit: str, axis: str = "", links: Mapping[str, str] | None = None, horizontal: bool = False) -> Options:
    """One bar a row. `unit` stands at the axis; `links` lead from a bar to the list behind it."""
    data = [{"value": value, "href": links[name]} if links and name in links else {"value": value} for name, value in rows]
    return _bars([name for name, _ in rows], [{"data": data, "color": SERIES[0], "barMaxWidth": 32}], unit, axis, horizontal)


def stacked_bar(
    names: Sequence[str], parts: Mapping[str, Sequence[float]], *, unit: str, axis: str = "", links: Sequence[str] = (), horizontal: bool = False,
) -> Options:
    """Bars of several parts; a part called after a level (蓝色 …) has the level's colour. `links`: for each bar the list that it opens."""
    colours = _colours(list(parts))
    series = [
        {"name": part, "data": _linked(values, links), "stack": "all", "color": colours[part], "barMaxWidth": 32} for part, values in parts.items()
    ]
    options = _bars(list(names), series, unit, axis, horizontal)
    options["echarts"]["legend"] = _legend()
    return options


def _linked(values: Sequence[float], links: Sequence[str]) -> list[Any]:
    return [{"value": value, "href": href} for value, href in zip(values, links, strict=True)] if links else list(values)


def line(names: Sequence[str], lines: Mapping[str, Sequence[float | None]], *, unit: str, axis: str = "") -> Options:
    """A course over time; None is a gap, not a zero. Lines differ by dashes as well as by colour."""
    colours, dashes = _colours(list(lines)), ("solid", "dashed", "dotted")
    series = [
        {"type": "line", "name": name, "data": list(values), "color": colours[name], "symbolSize": 6, "lineStyle": {"width": 2, "type": dashes[number % 3]}}
        for number, (name, values) in enumerate(lines.items())
    ]
    options = {
        "grid": _grid(), "tooltip": {"trigger": "axis"}, "xAxis": _category(list(names), axis), "yAxis": _value(unit),
        "series": series, "aria": {"enabled": True},
    }
    if len(lines) > 1:
        options["legend"] = _legend()
    return {"echarts": options}


def timeline(items: Sequence[Interval | Instant], *, lanes: Sequence[str], now: datetime) -> Options:
    """Intervals and instants on lanes, the first lane on top. What still runs reaches to `now` and has a broken edge."""
    number = {lane: place for place, lane in enumerate(lanes)}
    bars = [_interval(item, number[item.lane], now) for item in items if isinstance(item, Interval)]
    dots = [_instant(item, number[item.lane]) for item in items if isinstance(item, Instant)]
    options = {
        "useUTC": True,
        "grid": {**_grid(), "top": 8, "bottom": 8},
        "tooltip": {"trigger": "item", "formatter": "{b}"},
        "xAxis": {
            "type": "time", "boundaryGap": ["2%", "2%"], "axisLabel": {"color": "@muted", "hideOverlap": True},
            "axisLine": {"lineStyle": {"color": "@line-strong"}}, "splitLine": {"show": True, "lineStyle": {"color": "@line"}},
        },
        "yAxis": {**_category(list(lanes), ""), "inverse": True, "splitLine": {"show": True, "lineStyle": {"color": "@line"}}},
        "dataZoom": [{"type": "inside", "zoomOnMouseWheel": "ctrl", "filterMode": "weakFilter"}],
        "series": [
            {"type": "custom", "renderItem": "@interval", "encode": {"x": [1, 2], "y": 0}, "data": bars},
            {"type": "custom", "renderItem": "@instant", "encode": {"x": 1, "y": 0}, "data": dots, "z": 3},
        ],
        "aria": {"enabled": True},
    }
    return {"echarts": options, "height": LANE * max(1, len(lanes)) + 48}


def _interval(item: Interval, lane: int, now: datetime) -> Options:
    name = f"{item.label}\n{_words(item.start)} — {_words(item.end) if item.end else '至今'}"
    value = [lane, _milliseconds(item.start), _milliseconds(item.end or now), int(item.end is None)]
    return {"name": name, "value": value, "itemStyle": {"color": item.colour}}


def _instant(item: Instant, lane: int) -> Options:
    late = "（补录）" if item.is_late else ""
    name = f"{item.label}{late}\n{_words(item.at)}"
    return {"name": name, "value": [lane, _milliseconds(item.at), int(item.is_late)], "itemStyle": {"color": item.colour}}


def _words(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _milliseconds(moment: datetime) -> int:
    """The clock on the wall in Shanghai as if it were UTC: with `useUTC` the axis says the same wherever the browser stands."""
    return int(moment.astimezone(SHANGHAI).replace(tzinfo=UTC).timestamp() * 1000)


def _bars(names: Sequence[str], series: Sequence[Options], unit: str, axis: str, horizontal: bool) -> Options:
    category, value = _category(names, axis), _value(unit)
    if horizontal:
        category["inverse"] = True
    elif len(names) <= NAMED:
        category["axisLabel"] = {**category["axisLabel"], "interval": 0, "hideOverlap": False, "width": 76, "overflow": "break"}
    options = {
        "grid": _grid(), "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}}, "aria": {"enabled": True},
        "xAxis": value if horizontal else category, "yAxis": category if horizontal else value,
        "series": [{"type": "bar", **one} for one in series],
    }
    return {"echarts": options, "height": 28 * len(names) + 90} if horizontal else {"echarts": options}


def _colours(names: Sequence[str]) -> dict[str, str]:
    return {name: LEVELS.get(name, SERIES[number % len(SERIES)]) for number, name in enumerate(names)}


def _grid() -> Options:
    return {"left": 8, "right": 24, "top": 36, "bottom": 8, "containLabel": True}


def _legend() -> Options:
    return {"top": 0, "right": 0, "icon": "roundRect", "itemWidth": 14, "itemHeight": 8, "textStyle": {"color": "@ink"}}


def _category(names: Sequence[str], axis: str) -> Options:
    return {
        "type": "category", "data": list(names), "name": axis, "nameTextStyle": {"color": "@muted"}, "axisTick": {"show": False},
        "axisLabel": {"color": "@muted", "hideOverlap": True}, "axisLine": {"lineStyle": {"color": "@line-strong"}},
    }


def _value(unit: str) -> Options:
    return {
        "type": "value", "name": unit, "nameTextStyle": {"color": "@muted", "align": "left"}, "minInterval": 1,
        "axisLabel": {"color": "@muted"}, "splitLine": {"lineStyle": {"color": "@line"}},
    }
