"""All rules on the made-up city: seconds to open, to judge, of a plain scan of the same columns, of one changed case.

    python -m bench.run_city FOLDER [--cases 5] [--repeats 3]

Prints JSON. FOLDER holds a city of the generator (`demo`).
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa

from demo.scored import UNTIL
from rulebook import evaluate, load_rules, open_source
from rulebook.desk import Desk
from rulebook.evaluation import Evaluation, compile_rule
from rulebook.facts import Facts, quote
from rulebook.rules import Rule, RuleSet

RULES = Path(__file__).parent.parent / "rules"
AT = UNTIL.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
WHOLE = {"unit", "officer"}  # subjects that are judged on everybody's cases: counted anew each night, not on each change


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.run_city")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cases", type=int, default=40, help="how many single cases to judge")
    parser.add_argument("--repeats", type=int, default=3, help="how often the whole city is judged")
    given = parser.parse_args()
    print(json.dumps(measure(given.folder, given.cases, given.repeats), ensure_ascii=False))


def measure(folder: Path, cases: int, repeats: int) -> dict:
    rules = load_rules(RULES)
    started = time.perf_counter()
    facts = open_source(folder, rules.vocabulary)
    opened = time.perf_counter() - started
    say(f"opened in {opened:.1f} s")
    answer = {"rows": facts.rows, "rejected": facts.rejected, "open_seconds": opened, **whole_city(rules, facts, repeats)}
    answer["peak_mb"] = peak_mb()
    started = time.perf_counter()
    facts.index()
    answer["index_seconds"] = time.perf_counter() - started
    say(f"indexed in {answer['index_seconds']:.1f} s")
    answer["one_case"] = single_cases(rules, facts, cases)
    answer["peak_with_index_mb"] = peak_mb()
    return answer


def say(words: str) -> None:
    print(f"  {words}", file=sys.stderr, flush=True)


def peak_mb() -> int:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


# --- the whole city --------------------------------------------------------------------------------------------------------------------


def whole_city(rules: RuleSet, facts: Facts, repeats: int) -> dict:
    """Every rule on every subject, in turn with the plain scans, so that both see the same machine."""
    runs, busy, together, apart = [], [], [], []
    for _ in range(repeats):
        started, worked = time.perf_counter(), time.process_time()
        evaluation = evaluate(rules, facts, AT)
        runs.append(time.perf_counter() - started)
        say(f"judged in {runs[-1]:.1f} s")
        busy.append(time.process_time() - worked)
        together.append(_scan_together(rules, facts))
        apart.append(_scan_apart(rules, facts))
    return {"evaluate_seconds": runs, "evaluate_cpu_seconds": busy, "scan_seconds": together, "scan_by_rule_seconds": apart, "rules": _by_rule(evaluation),
            "skipped": [each.reason.en for each in evaluation.skipped]}


def _by_rule(evaluation: Evaluation) -> list[dict]:
    return [{"code": result.rule.code, "shape": result.rule.versions[-1].check.name, "subjects": result.subjects, "findings": len(result),
             "seconds": result.seconds} for result in evaluation.results]


def _scan_together(rules: RuleSet, facts: Facts) -> float:
    """Seconds to read each column that some rule reads once."""
    union: dict[str, set[str]] = defaultdict(set)
    for rule in rules:
        for table, columns in compile_rule(rule, AT).reads.items():
            union[table] |= columns
    return _scan(facts, union)


def _scan_apart(rules: RuleSet, facts: Facts) -> float:
    """Seconds to read, for each rule in turn, the columns that it reads."""
    return sum(_scan(facts, compile_rule(rule, AT).reads) for rule in rules)


def _scan(facts: Facts, reads: dict[str, set[str]]) -> float:
    """A hash over each column: it must decode every value, and statistics of the file cannot answer for it."""
    started = time.perf_counter()
    for table, columns in sorted(reads.items()):
        wanted = ", ".join(f"bit_xor(hash({quote(column)}))" for column in sorted(columns & facts.present[table]))
        facts.connection.execute(f"SELECT {wanted} FROM {quote(table)}").fetchall()
    return time.perf_counter() - started


# --- one changed case ------------------------------------------------------------------------------------------------------------------


def single_cases(rules: RuleSet, facts: Facts, count: int) -> dict:
    """Milliseconds to judge one case at the desk after a change in one of its tables (each case has another such table, in turn), by every rule that reads
    this table; and by every rule on everything that belongs to it. The rows of all cases are read first and the city is then let go, so that judging is
    measured in a process like that of the house. The first case warms up and is not counted.
    """
    reads = {rule.code: frozenset(compile_rule(rule, AT).reads) for rule in rules}
    kept, codes = facts.unusual_kept, [row[0] for row in facts.connection.execute(
        f'SELECT code FROM "case" ORDER BY hash(code, 1) LIMIT {count + 1}').fetchall()]
    changes, everything = [], []
    for place, code in enumerate(codes):
        keys = belonging(facts, code)
        changed = sorted(keys)[place % len(keys)]
        changes.append(read_case([rule for rule in rules if changed in reads[rule.code]], reads, facts, code))
        everything.append(read_case(rules, reads, facts, code))
    facts.connection.close()
    started = time.perf_counter()
    desk = Desk(rules, facts.vocabulary, kept)
    desk.plan()
    planned = time.perf_counter() - started
    return {"cases": count, "plan_seconds": planned, "change": _spread(desk, changes), "everything": _spread(desk, everything)}


@dataclass(frozen=True)
class OneCase:
    """The rows of a case and of what is held against it, the milliseconds to find and read them, and the rules to judge it by."""

    keys: dict[str, list[str]]
    tables: dict[str, pa.Table]
    read_ms: float
    rules: list[Rule]


def _spread(desk: Desk, cases: list[OneCase]) -> dict:
    judged, read = [judge_case(desk, case) for case in cases][1:], [case.read_ms for case in cases[1:]]
    rules = [len(case.rules) for case in cases[1:]]
    return {"median_ms": statistics.median(judged), "p95_ms": statistics.quantiles(judged, n=20)[-1], "worst_ms": max(judged),
            "read_ms": statistics.median(read), "rules": statistics.median(rules), "most_rules": max(rules)}


def read_case(rules: Iterable[Rule], reads: dict[str, frozenset[str]], facts: Facts, code: str) -> OneCase:
    started = time.perf_counter()
    keys = belonging(facts, code)
    touched = [rule for rule in rules if rule.subject.name in keys and rule.subject.name not in WHOLE]
    tables = rows_of(facts, keys, frozenset().union(*(reads[rule.code] for rule in touched)))
    return OneCase(keys, tables, 1000 * (time.perf_counter() - started), touched)


def judge_case(desk: Desk, case: OneCase) -> float:
    """Milliseconds to judge a case as the house does: its rows are laid on the desk, checked and judged."""
    started = time.perf_counter()
    assert desk.lay(case.tables, case.keys, AT)
    for subject in sorted({rule.subject.name for rule in case.rules}):
        desk.judge([rule for rule in case.rules if rule.subject.name == subject])
    return 1000 * (time.perf_counter() - started)


def rows_of(facts: Facts, keys: dict[str, list[str]], names: Collection[str]) -> dict[str, pa.Table]:
    """The rows with these keys, all units and officers, and the other interviews of the officers who interview in the case."""
    seen = dict(keys)
    if "attendance" in keys and "attendance" in names:
        officers = _keys(facts, "attendance", "code", keys["attendance"], "officer_code")
        seen["attendance"] = _keys(facts, "attendance", "officer_code", officers, "code")
        seen["interview"] = _keys(facts, "attendance", "officer_code", officers, "interview_code")
    tables = {}
    for name in names:
        table = facts.vocabulary.tables[name]
        only = "" if name in WHOLE else f"WHERE {quote(table.key)} IN (SELECT unnest($keys))"
        tables[name] = facts.connection.execute(f"SELECT * FROM {quote(name)} {only}", {"keys": seen.get(name, [])} if only else {}).to_arrow_table()
    return tables


def _keys(facts: Facts, table: str, column: str, values: list[str], wanted: str) -> list[str]:
    query = f"SELECT DISTINCT {quote(wanted)} FROM {quote(table)} WHERE {quote(column)} IN (SELECT unnest($values)) AND {quote(wanted)} IS NOT NULL"
    return [row[0] for row in facts.connection.execute(query, {"values": values}).fetchall()]


def belonging(facts: Facts, *cases: str) -> dict[str, list[str]]:
    """The cases and everything that refers to them, directly or through other rows: keys by table."""
    keys = {"case": list(cases)}
    for _ in range(3):  # case ← interview ← attendance is the longest way
        for name, table in facts.vocabulary.tables.items():
            links = [column for column in table.columns.values() if column.refers in keys and column.name in facts.present.get(name, ())]
            if name in keys or not links:
                continue
            found = _referring(facts, name, table.key, links, keys)
            if found:
                keys[name] = found
    return keys


def _referring(facts: Facts, name: str, key: str, links: list, keys: dict[str, list[str]]) -> list[str]:
    """One look-up a reference, so that each uses its index."""
    found: set[str] = set()
    for link in links:
        marks = ", ".join("?" * len(keys[link.refers]))
        query = f"SELECT {quote(key)} FROM {quote(name)} WHERE {quote(link.name)} IN ({marks})"
        found.update(row[0] for row in facts.connection.execute(query, keys[link.refers]).fetchall())
    return sorted(found)


if __name__ == "__main__":
    main()
