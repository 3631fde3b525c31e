"""The quiet bureau: a second installation, empty but for the few cases of a journey, whose time stands still until the journey moves it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from window import City, Person, Visit

ROOT = Path(__file__).parents[2]
BACKSTAGE, HOUSE = ROOT / "tests" / "journeys" / "backstage", ROOT / "tests" / "house"
BEGIN = "2026-09-14 08:00"  # a Monday; over National Day nobody works from the 1st to the 7th of October


def environment(data: Path) -> dict[str, str]:
    """Sessions outlast the journeys, whose days pass in seconds."""
    given = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return given | {
        "MINGJING_DATA": str(data), "MINGJING_BUREAU": "江城市公安局", "DJANGO_SETTINGS_MODULE": "mingjing.settings",
        "PYTHONPATH": os.pathsep.join(map(str, (BACKSTAGE, HOUSE, ROOT))), "MINGJING_SESSION_MINUTES": "99999", "MINGJING_IDLE_MINUTES": "99999",
        "MINGJING_WHOLE_RUN_MINUTES": "99999",  # so that clocks fire by themselves, as they do between whole runs
    }


class Stagehand:
    """The process behind the pages: says when what it was told to do is done."""

    def __init__(self, data: Path):
        command = [sys.executable, str(BACKSTAGE / "stagehand.py")]
        self.process = subprocess.Popen(command, env=environment(data), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def does(self, cue: str, **values: Any) -> Any:
        self.process.stdin.write(json.dumps([cue, values]) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"“{cue}” has failed: see the standard error"
        return json.loads(answer)

    def leaves(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=20)


@dataclass
class Bureau(City):
    """As a city, with its own time. The journeys take place one after the other, each on days of its own: no time runs backwards. `desks`: the windows
    that are open, by name and width."""

    stagehand: Stagehand | None = None
    desks: dict[tuple[str, int], Visit] = field(default_factory=dict)

    def goes_to(self, moment: str) -> None:
        """To a moment (2026-09-30 17:00, Beijing time): the worker does what is due, then time stands still again."""
        set_moment(self.data, moment)
        self.stagehand.does("work")

    def receives(self, *rows: tuple[str, dict[str, Any]], leads: dict[str, str] | None = None) -> None:
        """What another system sends now, and what the rules make of it."""
        self.stagehand.does("enter", rows=rows, leads=leads or {})
        self.stagehand.does("work")

    def works(self) -> None:
        """The worker takes in what people have done."""
        self.stagehand.does("work")

    def told(self, alert: str) -> list[tuple[str, str]]:
        return [tuple(each) for each in self.stagehand.does("told", alert=alert)]

    def ledger_is_sound(self) -> bool:
        return self.stagehand.does("verify")["sound"]


def set_moment(data: Path, moment: str) -> None:
    """Moves the time of everything that runs on this folder. The file is replaced, never half written."""
    given, file = datetime.fromisoformat(f"{moment}+08:00"), data / "moment"
    assert not file.exists() or datetime.fromisoformat(file.read_text()) <= given, f"{moment} is over"
    new = file.with_suffix(".new")
    new.write_text(given.isoformat())
    new.replace(file)


def found(data: Path) -> tuple[Stagehand, list[Person], dict[str, Any]]:
    """The empty installation: who works behind its pages, its people, and their cookies by police number: they are signed in already."""
    set_moment(data, BEGIN)
    stagehand = Stagehand(data)
    given = stagehand.does("found")
    stagehand.does("work")
    people = [Person(duty, name, code, "") for duty, name, code, _ in given]
    return stagehand, people, {code: {"cookies": [cookie(key)], "origins": []} for _, _, code, key in given}


def cookie(key: str) -> dict[str, str]:
    return {"name": "sessionid", "value": key, "domain": "localhost", "path": "/"}
