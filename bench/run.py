"""Run all benchmarks and write docs/reference/benchmarks.md.

    python -m bench.run [--quick] [--temporal-profile]

Every part is a process of its own, so that its peak memory is its own. Tools that are compared run in turn in this one run. `--quick`: a
small city, without the other tool, and the figures are printed, not written.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from bench.report import Measured, write_report
from demo.city import City
from demo.plan import SIZES
from demo.scored import SEED, UNTIL
from demo.writing import write
from rulebook.vocabulary import load_vocabulary

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "bench"
LOG = ROOT.parent / "shared" / "data" / "road_fines" / "Road_Traffic_Fine_Management_Process.xes.gz"
OTHER = ROOT / ".venv-bench" / "bin" / "python"
REPORT = ROOT / "docs" / "reference" / "benchmarks.md"


@dataclass(frozen=True)
class Ran:
    """A process that has run: its answer, its seconds from start to end, the most memory that it held."""

    answer: dict
    seconds: float
    peak_mb: int


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20,000 cases, without Declare4Py, nothing written")
    parser.add_argument("--cases", type=int, help="cases of the city (1,000,000; quick 20,000)")
    parser.add_argument("--repeats", type=int, help="how often each part is timed (3; quick 1)")
    parser.add_argument("--temporal-profile", action="store_true", help="also PM4Py's temporal profile (many minutes)")
    given = parser.parse_args(arguments)
    cases = given.cases or (20_000 if given.quick else 1_000_000)
    repeats = given.repeats or (1 if given.quick else 3)
    measured = Measured(load=os.getloadavg()[0], repeats=repeats)
    if LOG.exists():
        measured.road_fines = run_road_fines(repeats)
        measured.other = None if given.quick else run_other(given.temporal_profile)
    else:
        say(f"road fines left out: there is no {LOG.relative_to(ROOT.parent)} beside the repository")
    measured.city = run_city(cases, repeats)
    text = write_report(measured)
    if given.quick:
        print(text)
    else:
        REPORT.parent.mkdir(parents=True, exist_ok=True)
        REPORT.write_text(text, encoding="utf-8")
        say(f"written: {REPORT.relative_to(ROOT)}")
    return 0


def run_city(cases: int, repeats: int) -> dict:
    """The generator's city; one that was written before is taken again, because a million cases take a quarter of an hour."""
    folder, noted = BUILD / f"city-{cases}", BUILD / f"city-{cases}.json"
    if not noted.exists():
        say(f"city of {cases:,} cases: writing (many minutes)")
        shutil.rmtree(folder, ignore_errors=True)
        started = time.perf_counter()
        plan = replace(SIZES["city"], cases=cases, incidents=3 * cases)
        rows = write(City(plan, SEED, UNTIL), folder, load_vocabulary(ROOT / "rules"), say)
        noted.write_text(json.dumps({"seconds": time.perf_counter() - started, "rows": sum(rows.values())}), encoding="utf-8")
    known = json.loads(noted.read_text(encoding="utf-8"))
    say(f"city of {cases:,} cases, {known['rows']:,} rows: judging")
    ran = run([sys.executable, "-m", "bench.run_city", str(folder), "--repeats", str(repeats)])
    return {"cases": cases, "write_seconds": known["seconds"], "whole_seconds": ran.seconds, **ran.answer}


def run_road_fines(repeats: int) -> dict:
    """Whole processes, and in the last of them the check alone over and over on the loaded facts."""
    say("road fines: rulebook")
    command = [sys.executable, "-m", "bench.run_road_fines", str(LOG)]
    whole = [run(command) for _ in range(repeats)]
    alone = run([*command, str(max(3, repeats))])
    return {
        "whole_seconds": statistics.median(ran.seconds for ran in whole),
        "read_seconds": statistics.median(ran.answer["read_seconds"] for ran in whole),
        "first_check_seconds": statistics.median(ran.answer["check_seconds"][0] for ran in whole),
        "check_seconds": statistics.median(alone.answer["check_seconds"]),
        "peak_mb": max(ran.peak_mb for ran in whole), "results": whole[0].answer["results"], "rows": whole[0].answer["rows"],
    }


def run_other(temporal_profile: bool) -> dict | None:
    """Declare4Py in its own environment, installed when it is not there; None with a message where that fails."""
    if subprocess.run(["sh", str(ROOT / "bench" / "setup.sh")], check=False).returncode:
        say("Declare4Py left out: bench/setup.sh could not install it into .venv-bench")
        return None
    say("road fines: Declare4Py (some minutes)")
    more = ["--temporal-profile"] if temporal_profile else []
    ran = run([str(OTHER), str(ROOT / "bench" / "declare4py_road_fines.py"), str(LOG), *more])
    return {"whole_seconds": ran.seconds, "peak_mb": ran.peak_mb, **ran.answer}


def run(command: list[str]) -> Ran:
    """Run a command that prints JSON on its last line. Raises CalledProcessError when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Ran(json.loads(output.decode().strip().splitlines()[-1]), time.perf_counter() - started, usage.ru_maxrss // 1024)


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
