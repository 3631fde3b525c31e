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
from collections.abc import Callable, Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

from demo.scored import UNTIL
from rulebook import evaluate, load_rules, open_source
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
    """Milliseconds to judge one case: by the rules whose subject is the case; by the rules that read a table in which one of its rows has changed (each
    case has another such table, in turn); and by every rule that anything belonging to it touches. The first case warms up and is not counted.
    """
    reads = {rule.code: frozenset(compile_rule(rule, AT).reads) for rule in rules}
    codes = [row[0] for row in facts.connection.execute(f'SELECT code FROM "case" ORDER BY hash(code, 1) LIMIT {count + 1}').fetchall()]
    of_cases = [rule for rule in rules if rule.subject.name == "case"]
    own, found, totals, judged, changes, affected = [], [], [], [], [], []
    by_rule: dict[str, list[float]] = defaultdict(list)
    for place, code in enumerate(codes):
        own.append(_milliseconds(lambda code=code: evaluate(of_cases, facts, AT, [code])))
        started = time.perf_counter()
        keys = belonging(facts, code)
        found.append(1000 * (time.perf_counter() - started))
        changed = sorted(keys)[place % len(keys)]
        touched = [rule for rule in rules if changed in reads[rule.code]]
        runs = judge_case(touched, facts, keys)
        changes.append(1000 * sum(seconds for _, seconds in runs))
        affected.append(len(runs))
        runs = judge_case(rules, facts, keys)
        totals.append(1000 * sum(seconds for _, seconds in runs))
        judged.append(len(runs))
        for rule, seconds in runs:
            by_rule[rule.code].append(1000 * seconds)
    slowest = {code: statistics.median(values) for code, values in by_rule.items()}
    return {
        "cases": count, "own_ms": statistics.median(own[1:]), "own_worst_ms": max(own[1:]), "own_rules": len(of_cases),
        "change_ms": statistics.median(changes[1:]), "change_p95_ms": statistics.quantiles(changes[1:], n=20)[-1], "affected": statistics.median(affected[1:]),
        "all_ms": statistics.median(totals[1:]), "find_ms": statistics.median(found[1:]), "rules": statistics.median(judged[1:]),
        "by_rule_ms": dict(sorted(slowest.items(), key=lambda each: -each[1])),
    }


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - started)


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


def judge_case(rules: Iterable[Rule], facts: Facts, keys: dict[str, list[str]]) -> list[tuple[Rule, float]]:
    """Judge the affected rules, each on its own subjects only."""
    runs = []
    for rule in rules:
        own = keys.get(rule.subject.name)
        if own and rule.subject.name not in WHOLE:
            started = time.perf_counter()
            evaluate([rule], facts, AT, own)
            runs.append((rule, time.perf_counter() - started))
    return runs


if __name__ == "__main__":
    main()
