"""The ten constraints on the road-fines log with rulebook, from the packed log to the findings.

    python -m bench.run_road_fines LOG.xes.gz

Prints JSON of the same form as `declare4py_road_fines.py`. A case whose clock ran out without the target is violated, as in Declare.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from pathlib import Path

from rulebook import evaluate, load_rules, open_source
from rulebook.evaluation import Result

FOLDER = Path(__file__).parent / "road_fines"
AT = datetime.fromisoformat("2020-01-01T00:00:00+01:00")  # long after the log's last event: every clock has run out


def check(path: Path, repeats: int = 1) -> dict:
    """Seconds of each step and the counts; `repeats` checks the loaded facts that many times and keeps every time."""
    started = time.perf_counter()
    rules = load_rules(FOLDER / "rules")
    loaded = time.perf_counter()
    facts = open_source(path, rules.vocabulary, mapping=FOLDER / "mapping.yaml")
    read = time.perf_counter()
    seconds = []
    for _ in range(repeats):
        before = time.perf_counter()
        evaluation = evaluate(rules, facts, AT)
        seconds.append(time.perf_counter() - before)
    return {"rules_seconds": loaded - started, "read_seconds": read - loaded, "check_seconds": seconds, "rows": facts.rows,
            "results": [_counts(result) for result in evaluation.results]}


def _counts(result: Result) -> dict:
    stages = result.by_stage
    return {"constraint": result.rule.code, "violated": stages["late"] + stages["overdue"], "late": stages["late"], "never": stages["overdue"],
            "running": stages["running"] + stages["due_soon"], "seconds": result.seconds}


def main() -> None:
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    json.dump(check(Path(sys.argv[1]), repeats), sys.stdout)
    print()


if __name__ == "__main__":
    main()
