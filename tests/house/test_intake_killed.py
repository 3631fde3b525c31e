"""An import whose workers are killed again and again comes to the same as one that nobody disturbs."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

SCRIPT = Path(__file__).with_name("import_in_pieces.py")
COMMAND = [sys.executable, "-c", f"import django, runpy; django.setup(); runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"]
ROOT = Path(__file__).parents[2]
KILLS = 6


@pytest.fixture
def installation(tmp_path):
    """Makes an empty installation: a database and a data folder of its own. Gives the environment for its processes."""
    url, made = os.environ.get("DATABASE_URL", ""), []

    def make(name: str) -> dict[str, str]:
        folder = tmp_path / name
        folder.mkdir()
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "mingjing.settings", "MINGJING_DATA": str(folder), "PYTHONPATH": str(ROOT)}
        if url:
            database = f"{urlsplit(url).path.lstrip('/')}_killed_{name}"
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
                connection.execute(f'CREATE DATABASE "{database}"')
            made.append(database)
            environment["DATABASE_URL"] = urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
        return environment

    yield make
    for database in made:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def run(environment, what: str) -> str:
    done = subprocess.run([*COMMAND, what], env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=300)
    return done.stdout


def start_working(environment) -> subprocess.Popen:
    process = subprocess.Popen([*COMMAND, "work"], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().strip() == "working"
    return process


def test_killed_anywhere_nothing_is_lost_and_nothing_doubled(installation):
    calm, stormy = installation("calm"), installation("stormy")
    for environment in (calm, stormy):
        run(environment, "prepare")
    run(calm, "work")
    kills, chance = 0, random.Random(7)
    for _ in range(KILLS):
        pair = [start_working(stormy), start_working(stormy)]  # two at once: they must not both do the same rows
        time.sleep(chance.uniform(0.02, 0.25))
        for process in pair:
            kills += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
    run(stormy, "work")
    calm_report, stormy_report = json.loads(run(calm, "report")), json.loads(run(stormy, "report"))
    assert kills >= KILLS
    assert calm_report["state"] == "完成"
    assert calm_report["sound"]
    assert calm_report["rejects"] > 0
    assert calm_report["foreseen"] == dict(zip(("entered", "changed", "unchanged", "rejected"), calm_report["counts"][2:], strict=True))
    assert stormy_report == calm_report
