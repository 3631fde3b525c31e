"""Rows → what a chart draws, as plain numbers for the SVG templates. Each chart's title says what was found."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor, sqrt

import pyarrow as pa
import pyarrow.compute as pc

from rulebook.evaluation import Result
from rulebook.explain import STAGE_WORDS
from rulebook.shapes.deadline import Deadline
from rulebook.shapes.rate import Rate

WIDTH, HEIGHT = 860, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 14, 44
BINS = 48


@dataclass(frozen=True)
class Bar:
    """A bar in the drawing, with the numbers that it stands for."""

    x: float
    y: float
    width: float
    height: float
    is_late: bool
    label: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    is_late: bool
    label: str


@dataclass(frozen=True)
class Chart:
    """`bars` or `dots` over an x axis of `ticks`; `limit_x` marks where the law draws the line."""

    title: str
    x_label: str
    y_label: str
    bars: tuple[Bar, ...] = ()
    dots: tuple[Dot, ...] = ()
    curve: str = ""
    ticks: tuple[tuple[float, str], ...] = ()
    levels: tuple[tuple[float, str], ...] = ()
    limit_x: float | None = None


def chart(result: Result, at: datetime) -> Chart | None:
    """The chart that suits the rule's shape; None when there is nothing to draw."""
    if result.table.num_rows == 0:
        return None
    check = result.rule.versions[-1].check
    if isinstance(check, Deadline):
        return _distances(result, check, at)
    if isinstance(check, Rate):
        return _funnel(result, check)
    return _months(result) or _shares(result)


def _plot_width() -> float:
    return WIDTH - LEFT - RIGHT


def _height(value: float, most: float) -> float:
    return (HEIGHT - TOP - BOTTOM) * value / most if most else 0


def _distances(result: Result, check: Deadline, at: datetime) -> Chart | None:
    """How far from the end of its limit each matter was done, or stands now if it is still open."""
    unit, seconds = ("小时", 3600) if check.counting.axis == "clock" else ("天", 86400)
    table = result.table.filter(pc.is_valid(result.table["due_at"]))
    if table.num_rows == 0:
        return None
    reached = pc.coalesce(table["end_at"], pa.scalar(at, table["end_at"].type))
    distance = pc.divide(pc.cast(pc.subtract(pc.cast(reached, pa.int64()), pc.cast(table["due_at"], pa.int64())), pa.float64()), seconds * 1e6)
    low, high = _range(distance)
    low, high, width = _bins(low, high)
    late = pc.is_in(table["stage"], pa.array(["late", "overdue"])).to_pylist()
    counts: Counter[tuple[int, bool]] = Counter()
    for value, is_late in zip(distance.to_pylist(), late, strict=True):
        counts[(min(max(floor((value - low) / width + 1e-9), 0), BINS - 1), is_late)] += 1
    stages = result.by_stage
    said = [f"{STAGE_WORDS[stage]} {stages[stage]:,} 件" for stage in ("late", "overdue", "due_soon") if stages[stage]]
    title = f"{table.num_rows:,} 件中，{'，'.join(said) or '没有超期'}"
    return Chart(title, f"办结（未办结的算到判断时刻）距届满的{unit}数，右侧为超期", "件数", bars=_stack(counts, low, width, unit),
                 ticks=_ticks(low, high), levels=_levels(_tallest(counts)), limit_x=_x(0, low, high) if low <= 0 <= high else None)


def _range(distance: pa.ChunkedArray) -> tuple[float, float]:
    """From the 1st to the 99th hundredth, zero always in it; what lies outside is counted in the outermost bars."""
    low, high = pc.quantile(distance, q=[0.01, 0.99]).to_pylist()
    low, high = min(low, 0), max(high, 0)
    return (low, high) if high - low > 0 else (low - 1, high + 1)


def _bins(low: float, high: float) -> tuple[float, float, float]:
    """BINS bars of one width, with an edge exactly on zero, so that no bar mixes what was in time with what was not."""
    width = (high - low) / (BINS - 1)
    low = floor(low / width) * width
    return low, low + BINS * width, width


def _x(value: float, low: float, high: float) -> float:
    return LEFT + _plot_width() * (value - low) / (high - low)


def _tallest(counts: Counter) -> int:
    totals: Counter[int] = Counter()
    for (position, _), number in counts.items():
        totals[position] += number
    return max(totals.values())


def _stack(counts: Counter, low: float, width: float, unit: str) -> tuple[Bar, ...]:
    most, bars, step = _tallest(counts), [], _plot_width() / BINS
    for position in range(BINS):
        base = HEIGHT - BOTTOM
        for is_late in (False, True):
            number = counts[(position, is_late)]
            if number:
                height = _height(number, most)
                label = f"{low + position * width:.0f} 至 {low + (position + 1) * width:.0f} {unit}：{number:,} 件{'超期' if is_late else '未超期'}"
                bars.append(Bar(LEFT + position * step, base - height, max(step - 1, 1), height, is_late, label))
                base -= height
    return tuple(bars)


def _ticks(low: float, high: float, wanted: int = 8) -> tuple[tuple[float, str], ...]:
    step = _round_step((high - low) / wanted)
    first = ceil(low / step)
    return tuple((_x(index * step, low, high), f"{index * step:g}") for index in range(first, floor(high / step) + 1))


def _round_step(rough: float) -> float:
    for magnitude in (10.0 ** power for power in range(-3, 9)):
        for factor in (1, 2, 5):
            if factor * magnitude >= rough:
                return factor * magnitude
    return rough


def _levels(most: int) -> tuple[tuple[float, str], ...]:
    step = max(_round_step(most / 4), 1)
    return tuple((HEIGHT - BOTTOM - _height(index * step, most), f"{index * step:,.0f}") for index in range(floor(most / step) + 1))


def _months(result: Result) -> Chart | None:
    """Findings by month, where rows carry a time; quarters or years when there are too many months."""
    moments = pc.coalesce(result.table["end_at"], result.table["start_at"])
    violated = result.table["stage"].to_pylist()
    pairs = [(moment, stage) for moment, stage in zip(moments.to_pylist(), violated, strict=True) if moment and stage in ("violated", "kept")]
    if not pairs:
        return None
    by_year = len({(moment.year, moment.month) for moment, _ in pairs}) > BINS
    counts: Counter[tuple[str, bool]] = Counter((f"{moment:%Y}" if by_year else f"{moment:%Y-%m}", stage == "violated") for moment, stage in pairs)
    return _named_bars(counts, f"{len(pairs):,} 件中 {sum(1 for _, stage in pairs if stage == 'violated'):,} 件不符合规定",
                       "年份" if by_year else "月份")


def _shares(result: Result) -> Chart:
    """Kept and not kept, where rows carry no time."""
    violated = result.by_stage["violated"]
    counts = Counter({("符合", False): result.subjects - violated, ("不符合", True): violated})
    return _named_bars(counts, f"{result.subjects:,} 件中 {violated:,} 件不符合规定", "")


def _named_bars(counts: Counter, title: str, x_label: str) -> Chart:
    names = sorted({name for name, _ in counts})
    step, most, bars, ticks = min(_plot_width() / len(names), 120), _most_named(counts, names), [], []
    for position, name in enumerate(names):
        base = HEIGHT - BOTTOM
        for is_late in (False, True):
            number = counts[(name, is_late)]
            height = _height(number, most)
            if number:
                bars.append(Bar(LEFT + position * step, base - height, max(step - 2, 1), height, is_late,
                                f"{name}：{number:,} 件{'不符合' if is_late else '符合'}"))
            base -= height
        if position % ceil(len(names) / 12) == 0:
            ticks.append((LEFT + (position + 0.5) * step, name))
    return Chart(title, x_label, "件数", bars=tuple(bars), ticks=tuple(ticks), levels=_levels(most))


def _most_named(counts: Counter, names: list[str]) -> int:
    return max((counts[(name, False)] + counts[(name, True)] for name in names), default=0) or 1


def _funnel(result: Result, check: Rate) -> Chart | None:
    """Each unit's share against its number of rows, with the interval beyond which it is worth a look."""
    rows = [(stage == "violated", subject, json.loads(details)) for stage, subject, details in
            zip(*(result.table[name].to_pylist() for name in ("stage", "subject", "details")), strict=True) if details]
    if not rows:
        return None
    most_rows = max(row["rows"] for *_, row in rows)
    peers = sum(row["events"] for *_, row in rows) / sum(row["rows"] for *_, row in rows)
    limits = [(number, min(peers + check.deviations * sqrt(peers * (1 - peers) / number), 1)) for number in _steps(check.at_least, most_rows)]
    top = max([row["rate"] for *_, row in rows] + [limit for _, limit in limits]) or 1
    dots = tuple(Dot(_x(row["rows"], 0, most_rows), HEIGHT - BOTTOM - _height(row["rate"], top), is_out,
                     f"{subject}：{row['events']} / {row['rows']}，占 {row['rate']:.1%}") for is_out, subject, row in rows)
    curve = " ".join(f"{_x(number, 0, most_rows):.1f},{HEIGHT - BOTTOM - _height(limit, top):.1f}" for number, limit in limits)
    levels = tuple((HEIGHT - BOTTOM - _height(top * part / 4, top), f"{top * part / 4:.0%}") for part in range(5))
    return Chart(f"{len(rows)} 个单位中 {sum(dot.is_late for dot in dots)} 个离群，需要核查", "件数", "占比", dots=dots, curve=curve,
                 ticks=_ticks(0, most_rows), levels=levels)


def _steps(first: int, last: int) -> list[float]:
    return [first + (last - first) * index / 60 for index in range(61)]
