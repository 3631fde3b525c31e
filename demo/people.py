"""The people of the demo who can sign in: who they are, and the file that keeps their passwords (`demo-people.txt` in the data folder, for its owner only)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction

from demo.bureau import BRANCH, ROOT, STATION
from mingjing.accounts import passwords
from mingjing.accounts.models import Officer

FILE = "demo-people.txt"
HEADER = "# 虚构城市的演示人员：职责、姓名、警号、密码。只用于演示，不要放到正式环境。"
@dataclass(frozen=True)
class Person:
    duty: str
    name: str
    code: str
    password: str


# duty, unit where it is held (empty: anywhere), name (empty: anybody): 李明 and who works around his cases, 赵强 elsewhere, and those who look at the whole
INVITED = (
    ("办案民警", STATION, "李明"), ("法制员", STATION, "王芳"), ("单位负责人", STATION, ""), ("财物管理员", STATION, ""), ("办案民警", "", "赵强"),
    ("案管", BRANCH, ""), ("办案中心管理员", BRANCH, ""), ("局领导", ROOT, ""), ("法制支队监督岗", ROOT, ""), ("督察", ROOT, ""), ("系统管理员", ROOT, ""),
)


def invited() -> list[tuple[str, Officer]]:
    """(duty, officer) of everybody in the database who gets a password."""
    return [(duty, _first(duty, unit, name)) for duty, unit, name in INVITED]


def _first(duty: str, unit: str, name: str) -> Officer:
    wanted = {"assignments__duty": duty, "assignments__kind": "任职"} | ({"assignments__unit": unit} if unit else {}) | ({"name": name} if name else {})
    return Officer.objects.filter(**wanted).order_by("code")[:1].get()


def let_in(folder: Path) -> None:
    """Give the demo people their passwords: those in the file of the folder, new ones for whoever is not in it. From now on the city counts as complete."""
    known = {person.code: person.password for person in read(folder / FILE)}
    people = [Person(duty, officer.name, officer.code, known.get(officer.code) or passwords.one_time()) for duty, officer in invited()]
    _write(folder / FILE, people)
    with transaction.atomic():
        for person in people:
            Officer.objects.filter(code=person.code).update(password=make_password(person.password), must_change_password=False)


def read(path: Path) -> list[Person]:
    """Nobody when there is no file."""
    if not path.exists():
        return []
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return [Person(*cells) for cells in lines if len(cells) == 4]


def _write(path: Path, people: list[Person]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [HEADER, *("\t".join((each.duty, each.name, each.code, each.password)) for each in people)]
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    new.replace(path)
