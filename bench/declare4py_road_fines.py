"""The ten constraints on the road-fines log with Declare4Py: seconds to read, seconds to check, cases satisfied and violated.

    .venv-bench/bin/python bench/declare4py_road_fines.py LOG.xes.gz [--temporal-profile]

Runs in the optional environment that `bench/setup.sh` makes, as a plain script. Prints JSON on its last line.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

from constraints import CONSTRAINTS, declare_model


def check(path: str) -> dict:
    """Read and check as the manual of Declare4Py shows. A case without the activation is satisfied."""
    from Declare4Py.D4PyEventLog import D4PyEventLog  # noqa: PLC0415
    from Declare4Py.ProcessMiningTasks.ConformanceChecking.MPDeclareAnalyzer import MPDeclareAnalyzer  # noqa: PLC0415
    from Declare4Py.ProcessModels.DeclareModel import DeclareModel  # noqa: PLC0415

    started = time.perf_counter()
    log = D4PyEventLog(case_name="case:concept:name")
    log.parse_xes_log(path)
    read = time.perf_counter()
    model = DeclareModel().parse_from_string(declare_model())
    checked = MPDeclareAnalyzer(log=log, declare_model=model, consider_vacuity=True).run()
    done = time.perf_counter()
    return {"read_seconds": read - started, "check_seconds": done - read, "results": _results(checked.model_check_res)}


def _results(cases: list) -> list[dict]:
    rows = []
    for place, code in enumerate(CONSTRAINTS):
        judged = [case[place] for case in cases]
        active = [each for each in judged if each.num_activations]
        violated = sum(each.state.value == "Violated" for each in judged)
        rows.append({"constraint": code, "satisfied": len(active) - violated, "violated": violated, "vacuous": len(judged) - len(active)})
    return rows


def temporal_profile(path: str) -> float:
    """Seconds for PM4Py's temporal profile, discovered and checked on the same log."""
    import pm4py  # noqa: PLC0415

    log = pm4py.read_xes(path)
    started = time.perf_counter()
    pm4py.conformance_temporal_profile(log, pm4py.discover_temporal_profile(log))
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("log")
    parser.add_argument("--temporal-profile", action="store_true", help="also time PM4Py's temporal profile (many minutes)")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    with redirect_stderr(StringIO()), redirect_stdout(StringIO()):  # progress bars
        answer = check(given.log)
        if given.temporal_profile:
            answer["temporal_profile_seconds"] = temporal_profile(given.log)
    json.dump(answer, sys.stdout)
    print()


if __name__ == "__main__":
    main()
