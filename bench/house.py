"""Benchmarks of the house and the loop: import, facts, judging, pages under load, from a change to its alert; writes docs/reference/benchmarks-house.md.

    python -m bench.house [--size year|small] [--seconds 20]

PostgreSQL is the one of BENCH_DATABASE_URL (an account that may create databases; 127.0.0.1 as postgres by default). Databases called `mingjing_bench_…`
there, and a folder of SQLite in build/bench, are made anew. `--size small` tries the whole thing out and prints instead of writing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build" / "bench"
REPORT = ROOT / "docs" / "reference" / "benchmarks-house.md"
SERVER = os.environ.get("BENCH_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
PORT = 8765
AIMS = {"sqlite": 20, "postgresql": 10}  # seconds for 10,000 incidents
PAGE_MS, FACTS_SECONDS, JUDGING_SECONDS, CHANGE_MS = 200, 30, 20, 2000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.house", description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=["year", "small"], default="year")
    parser.add_argument("--seconds", type=int, default=20, help="how long the pages are under load")
    given = parser.parse_args()
    shutil.rmtree(BUILD / "house", ignore_errors=True)
    load = os.getloadavg()[0]
    imports = {"sqlite": imported(""), "postgresql": imported(fresh("mingjing_bench_import"))}
    city = lived_in(fresh("mingjing_bench_city"), given.size, given.seconds)
    text = report(load, given.size, imports, city)
    if given.size == "year":
        REPORT.write_text(text, encoding="utf-8")
        say(f"written: {REPORT.relative_to(ROOT)}")
    else:
        print(text)


def imported(url: str) -> dict:
    say(f"import into {'PostgreSQL' if url else 'SQLite'}")
    environment = surroundings(url)
    mingjing("migrate", "--verbosity", "0", environment=environment)
    return answer("run_house", ["import"], environment)


def lived_in(url: str, size: str, seconds: int) -> dict:
    """The synthetic city in PostgreSQL: loading it, its facts in the engine, judging it, its pages under load, changes, and many clocks."""
    environment = surroundings(url)
    say(f"loading the {size} city")
    started = time.perf_counter()
    mingjing("demo", "--size", size, "--no-serve", environment=environment)
    city = {"load_seconds": time.perf_counter() - started}
    say("facts into the engine")
    city["facts"] = answer("run_house", ["facts"], environment)
    say("judging")
    city["judging"] = answer("run_loop", ["evaluation"], environment)  # first: a server would begin by judging everything
    with served(environment):
        loaded = ["--seconds", str(seconds), "--port", str(PORT)]
        say("pages under load")
        city["pages"] = answer("run_house", ["pages", *loaded], environment)
        say("from a change to its alert")
        city["changes"] = answer("run_loop", ["changes", *loaded], environment)
        say("many clocks")
        answer("run_loop", ["fill"], environment)  # in a process of its own: whoever measures must not have that behind him
        city["clocks"] = answer("run_loop", ["clocks", *loaded], environment)
    return city


@contextmanager
def served(environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", "mingjing", "serve", "--port", str(PORT)], cwd=ROOT, env=environment)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/account/login/", timeout=5)
                break
            except OSError:
                time.sleep(0.5)
        else:
            raise RuntimeError("mingjing serve does not answer")
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)


def surroundings(url: str) -> dict[str, str]:
    """The environment of an installation of its own; without a URL on SQLite."""
    folder = BUILD / "house" / (urlsplit(url).path.lstrip("/") or "sqlite")
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return environment | {"MINGJING_DATA": str(folder), "MINGJING_LOG_LEVEL": "ERROR"} | ({"DATABASE_URL": url} if url else {})


def fresh(name: str) -> str:
    """The URL of an empty database."""
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))


def mingjing(*arguments: str, environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", "mingjing", *arguments], cwd=ROOT, env=environment, check=True)


def answer(module: str, arguments: list[str], environment: dict[str, str]) -> dict:
    """What a part printed on its last line."""
    done = subprocess.run([sys.executable, "-m", f"bench.{module}", *arguments], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


# --- the page --------------------------------------------------------------------------------------------------------------------------


def report(load: float, size: str, imports: dict[str, dict], city: dict) -> str:
    pages, facts, judging, changes, clocks = (city[part] for part in ("pages", "facts", "judging", "changes", "clocks"))
    head = f"""# Benchmarks of the house and the loop

Written by `make bench` (`python -m bench.house`); do not edit by hand.

- measured {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} processors, load average at the start {load:.1f}
- Python {platform.python_version()}, Django {version('django')}, granian {version('granian')}, psycopg {version('psycopg')}"""
    rows = [[f"{each['rows']:,} incidents, {'SQLite' if name == 'sqlite' else 'PostgreSQL'}", f"{each['seconds']:.1f} s",
             f"{each['seconds'] / each['plain_seconds']:.0f} times", aim(each["seconds"], AIMS[name], "s")] for name, each in imports.items()]
    first = f"""## Import

Through the door that files and interfaces use: cleaned, checked, written, indexed for search, each row with its entry in the chain. Beside it, in the same
run, the same rows put into the same table by `bulk_create` and nothing else.

{table(['', 'import', 'against plain rows', 'aim'], rows)}"""
    kinds = {"list": "case and incident lists", "page": "case page", "smallest": "smallest page (own account)"}
    rows = [[label, f"{pages[f'{kind}_p50_ms']:.0f} ms", f"{pages[f'{kind}_p95_ms']:.0f} ms",
             aim(pages[f"{kind}_p95_ms"], PAGE_MS, "ms") if kind != "smallest" else ""] for kind, label in kinds.items()]
    second = f"""## Pages

The `{size}` city ({pages['cases']:,} cases, {pages['incidents']:,} incidents, {pages['entries']:,} entries in the ledger; loaded in
{city['load_seconds']:.0f} s) in PostgreSQL. {pages['requests']} requests, {pages['rate']} a second, leaving on time whether or not earlier
ones are back; the server, the database and the asking process share the {os.cpu_count()} processors. Failed: {pages['failed']}.

{table(['', 'median', '95th percentile', 'aim'], rows)}"""
    rows = [["all facts as Arrow tables", f"{facts['read_seconds']:.1f} s", ""],
            ["… and through the gate of the engine", f"{facts['seconds']:.1f} s", aim(facts["seconds"], FACTS_SECONDS, "s")],
            ["the same columns fetched by plain SQL", f"{facts['plain_seconds']:.1f} s", f"ratio {facts['seconds'] / facts['plain_seconds']:.1f}"]]
    third = f"""## Facts into the engine

{facts['rows']:,} rows of the same city, {facts['rejected']} rejected.

{table(['', 'measured', 'aim'], rows)}"""
    rows = [[f"{judging['rules']} rules over {judging['rows']:,} rows: {judging['subjects']:,} judgements, {judging['findings']:,} findings",
             f"{judging['seconds']:.1f} s", aim(judging["seconds"], JUDGING_SECONDS, "s")],
            ["a whole run: facts, judging on one processor, alerts and clocks", f"{judging['whole_run_seconds']:.1f} s", ""]]
    fourth = f"""## Judging everything

{table(['', 'measured', 'aim'], rows)}"""
    rows = [["from the commit of a change to the page that shows its alert", f"{changes['p50_ms']:.0f} ms", f"{changes['p95_ms']:.0f} ms",
             aim(changes["p95_ms"], CHANGE_MS, "ms")]]
    fifth = f"""## From a change to its alert

{changes['rate']} changes a second ({changes['changes']:,} in all), each a transaction of its own and each the cause of one red alert; somebody looks at the
newest alerts four times a second. The server, the workers, the database, whoever writes and whoever looks share the {os.cpu_count()} processors. Never seen:
{changes['missing']}.

{table(['', 'median', '95th percentile', 'aim'], rows)}"""
    rows = [[label, f"{clocks[f'{kind}_p50_ms']:.0f} ms", f"{clocks[f'{kind}_p95_ms']:.0f} ms", aim(clocks[f"{kind}_p95_ms"], PAGE_MS, "ms")]
            for kind, label in {"radar": "radar", "alerts": "list of alerts"}.items()]
    sixth = f"""## Radar and alerts with {clocks['clocks']:,} open clocks

{clocks['requests']} requests, {clocks['rate']} a second. Failed: {clocks['failed']}.

{table(['', 'median', '95th percentile', 'aim'], rows)}"""
    return "\n\n".join([head, first, second, third, fourth, fifth, sixth]) + "\n"


def aim(measured: float, limit: float, unit: str) -> str:
    return f"under {limit} {unit}: {'met' if measured < limit else '**missed**'}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
