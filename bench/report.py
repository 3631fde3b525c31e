"""The figures of one benchmark run as a page."""

from __future__ import annotations

import platform
import statistics
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from os import cpu_count
from pathlib import Path

from bench.constraints import CONSTRAINTS
from demo.faults import NAMES

FASTER_FILE, FASTER_CHECK = 20, 50  # what the project aims at


@dataclass
class Measured:
    """What one run found; parts that were left out are None."""

    load: float
    repeats: int
    city: dict | None = None
    road_fines: dict | None = None
    other: dict | None = None


def write_report(measured: Measured) -> str:
    parts = [HEAD, _machine(measured)]
    if measured.road_fines:
        parts.append(_road_fines(measured.road_fines, measured.other))
    if measured.city:
        parts += [_city(measured.city), _rules(measured.city), _one_case(measured.city)]
    return "\n\n".join(parts) + "\n"


HEAD = """# Benchmarks

Written by `make bench` (`python -m bench.run`); do not edit by hand. The optional environment `.venv-bench` holds the tool that is compared
with; the project itself never needs it."""


def _machine(measured: Measured) -> str:
    lines = [
        f"- measured {datetime.now(UTC):%Y-%m-%d}, {cpu_count()} processors ({_processor()}), load average at the start {measured.load:.1f}",
        f"- Python {platform.python_version()}, DuckDB {version('duckdb')}, PyArrow {version('pyarrow')}, {platform.system()}",
        f"- times of rulebook are medians of {measured.repeats} runs; Declare4Py runs once, in the same session",
    ]
    if measured.load > 0.5:
        lines.append("- **the machine was not idle when the run began**, so single times are too high; ratios suffer less")
    return "## Machine\n\n" + "\n".join(lines)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), sys.platform)


def _table(head: list[str], rows: list[list[object]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# --- road fines ------------------------------------------------------------------------------------------------------------------------


def _road_fines(own: dict, other: dict | None) -> str:
    text = f"""## Road fines: ten timed response constraints

The Road Traffic Fine Management Process log (150,370 cases, {own['rows']:,} events, `.xes.gz`), `Response[A, B]` within so many days of 24
hours, checked by Declare4Py 2.2 and by the rules in `bench/road_fines`."""
    return "\n\n".join([text, _speeds(own, other), _counts(own, other), SEMANTICS])


def _speeds(own: dict, other: dict | None) -> str:
    spoken = [("from the packed log to the findings, whole process", "whole_seconds", FASTER_FILE), ("reading alone", "read_seconds", None),
              ("checking alone, the log loaded", "check_seconds", FASTER_CHECK)]
    rows = []
    for label, key, target in spoken:
        theirs = other[key] if other else None
        ratio = f"{theirs / own[key]:.0f} times" if theirs else "–"
        rows.append([label, f"{theirs:.1f} s" if theirs else "–", f"{own[key]:.2f} s", ratio, _aim(target, theirs and theirs / own[key])])
    rows.append(["peak memory", f"{other['peak_mb']:,} MB" if other else "–", f"{own['peak_mb']:,} MB",
                 f"{other['peak_mb'] / own['peak_mb']:.1f} times less" if other else "–", ""])
    table = _table(["", "Declare4Py", "rulebook", "ratio", "aim"], rows)
    if other and "temporal_profile_seconds" in other:
        table += f"\n\nPM4Py's temporal profile of the same log, discovered and checked: {other['temporal_profile_seconds']:.0f} s."
    return table


def _aim(target: int | None, ratio: float | None) -> str:
    if target is None or not ratio:
        return "" if target is None else f"{target} times"
    return f"{target} times: {'met' if ratio >= target else '**missed**'}"


def _counts(own: dict, other: dict | None) -> str:
    theirs = {row["constraint"]: row for row in other["results"]} if other else {}
    rows = []
    for row in own["results"]:
        first, then, days = CONSTRAINTS[row["constraint"]]
        violated = theirs.get(row["constraint"], {}).get("violated")
        difference = "–" if violated is None else f"{row['violated'] - violated:+,}" if row["violated"] != violated else "0"
        rows.append([f"{row['constraint']} {first} → {then}", f"{days} d", "–" if violated is None else f"{violated:,}",
                     f"{row['violated']:,}", f"{row['late']:,}", f"{row['never']:,}", difference])
    return _table(["violated cases", "limit", "Declare4Py", "rulebook", "of these late", "never", "difference"], rows)


SEMANTICS = """What is the same and what is not:

- Declare judges finished cases: an activation without its target is violated. So the rules are judged at a time when every clock has run out,
  and `late` + `overdue` is compared with *violated*.
- Elapsed time, not legal days: `0,90,d` in Declare is 90 × 24 hours, so the limits are written in hours. Counted in legal days, as the law
  has it, BR-001 gives 49,772 late cases and BR-003 none at all: daylight saving makes the difference. Declare cannot say that.
- Each activation of these constraints occurs at most once a case; *Payment*, the only target that occurs more often, fulfils by its first
  occurrence after the activation in both tools. So judging each activation and judging each case are the same here.
- The differences (14, 7 and 1 cases) are targets at the very instant of the activation that stand before it in the file. The log has dates
  only, so their true order is unknown. Declare goes by the place in the file; rulebook compares instants, and equal is in time.
- The times of rulebook include the evidence of every finding (values, due time, last day); Declare4Py returns states and counts."""


# --- city ------------------------------------------------------------------------------------------------------------------------------


WHOLE_SECONDS, WHOLE_MB, CHANGE_MS = 30, 6_144, 100


def _met(holds: bool) -> str:
    return "met" if holds else "**missed**"


def _city(city: dict) -> str:
    judged, together, apart = (statistics.median(city[key]) for key in ("evaluate_seconds", "scan_seconds", "scan_by_rule_seconds"))
    rows = [
        ["writing the city", f"{city['write_seconds']:.1f} s"], ["opening: every row through the gate", f"{city['open_seconds']:.1f} s"],
        [f"judging: {len(city['rules'])} rules in one run", f"{judged:.1f} s (aim: under {WHOLE_SECONDS} s: {_met(judged < WHOLE_SECONDS)})"],
        ["processor time of this judging", f"{statistics.median(city['evaluate_cpu_seconds']):.1f} s"],
        ["plain scan of all columns read, once", f"{together:.2f} s"], ["judging ÷ this scan", f"{judged / together:.0f}"],
        ["plain scans of the columns read, rule by rule", f"{apart:.2f} s"], ["judging ÷ these scans", f"{judged / apart:.1f}"],
        ["peak memory, opening and judging", f"{city['peak_mb']:,} MB (aim: under {WHOLE_MB:,} MB: {_met(city['peak_mb'] < WHOLE_MB)})"],
    ]
    text = f"""## A city: every rule on {city['cases']:,} cases

Made up by the generator (`demo`, its set `city`): {city['rows']:,} rows in Parquet, {city['rejected']} rejected, lawful but for {len(NAMES)} kinds of
planted faults, a hundred each. A plain scan hashes exactly the columns that the compiled rules read."""
    skipped = [f"Not judged: {reason}." for reason in city["skipped"]]
    return "\n\n".join([text, _table(["", "measured"], rows), *skipped])


def _rules(city: dict) -> str:
    rows = [[f"{row['code']} ({row['shape']})", f"{row['subjects']:,}", f"{row['findings']:,}", f"{row['seconds']:.2f}"]
            for row in sorted(city["rules"], key=lambda row: -row["seconds"])]
    return "### Rule by rule\n\nSlowest first, from the last run. Running clocks are among the findings.\n\n" + _table(
        ["rule", "subjects", "findings", "seconds"], rows)


def _one_case(city: dict) -> str:
    one = city["one_case"]
    change, everything = one["change"], one["everything"]
    touched = f"{change['rules']:.0f}, at most {change['most_rules']}"
    rows = [[f"a change in one table: the rules that read it ({touched}), median", f"{change['median_ms']:.0f} ms", ""],
            ["the same, 95 of 100", f"{change['p95_ms']:.0f} ms", f"under {CHANGE_MS} ms: {_met(change['p95_ms'] < CHANGE_MS)}"],
            ["the same, worst case", f"{change['worst_ms']:.0f} ms", ""],
            [f"every rule on all that belongs to the case ({everything['rules']:.0f} rules), median", f"{everything['median_ms']:.0f} ms", ""],
            ["the same, 95 of 100", f"{everything['p95_ms']:.0f} ms", ""],
            ["not in these: finding and reading the rows, from this store", f"{change['read_ms']:.0f} ms", ""],
            ["once, at the start of a process: planning every query", f"{one['plan_seconds']:.1f} s", ""]]
    text = f"""## One changed case

{one['cases']} cases of the city one by one, with what belongs to each (summonses, interviews, measures, items, …) and the other interviews of its officers:
rows laid on the desk (`rulebook.desk`), checked and judged, as the house does it at each change. Rules about units are left out, as they compare everybody.
To find the rows the city is held with an index on each key (`Facts.index()`: {city['index_seconds']:.1f} s, peak {city['peak_with_index_mb']:,} MB)."""
    return "\n\n".join([text, _table(["", "measured", "aim"], rows)])
