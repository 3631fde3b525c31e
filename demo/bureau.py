"""The bureau: units, officers, the pairs who handle cases together, and the duties that they hold."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from demo.plan import Plan
from demo.words import BRANCHES, BUREAU, GIVEN_MEN, GIVEN_WOMEN, STATIONS, SURNAMES

ROOT = "4299"  # no place has this number
DETACHMENTS = {"法制支队": "429981", "刑侦支队": "429982", "治安支队": "429983", "督察支队": "429984"}
# ending of the code, weight, share of criminal cases
SQUADS = {"刑侦大队": ("71", 2.5, 1.0), "治安大队": ("72", 1.0, 0.05), "交警大队": ("73", 1.5, 0.0)}
STATION_CRIMINAL = 0.16
PAIRS = {"派出所": 3, "大队": 2, "支队": 2}  # at the least
BRANCH = f"{ROOT}01"
STATION = f"{BRANCH}01"  # where 李明 handles cases
NAMED = {(STATION, 1): "王芳", (STATION, 3): "李明", (f"{ROOT}0201", 3): "赵强"}  # 赵强 belongs to another branch


@dataclass
class Unit:
    """`weight`: its share of all cases, 0 for a unit that handles none; `criminal`: share of criminal ones among them; `authority`: whose name stands
    under decisions beyond the power of a station."""

    code: str
    name: str
    kind: str
    parent: str | None
    weight: float = 0.0
    criminal: float = 0.0
    authority: str = ""
    officers: list[Officer] = field(default_factory=list)

    @property
    def is_handling(self) -> bool:
        return self.weight > 0

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Officers who interview together; the last pair stands in for the others."""
        working = [officer.code for officer in self.officers if officer.post == "办案民警"]
        return list(zip(working[::2], working[1::2], strict=False))


@dataclass
class Officer:
    code: str
    name: str
    unit: str
    post: str
    is_auxiliary: bool = False


@dataclass(frozen=True)
class Assignment:
    officer: str
    duty: str
    unit: str
    kind: str
    starts_on: date
    ends_on: date | None = None
    reason: str = ""


@dataclass
class Bureau:
    units: list[Unit]
    assignments: list[Assignment]

    @property
    def officers(self) -> Iterator[Officer]:
        return (officer for unit in self.units for officer in unit.officers)

    @property
    def handling(self) -> list[Unit]:
        return [unit for unit in self.units if unit.is_handling]

    def stations(self) -> list[Unit]:
        return [unit for unit in self.units if unit.kind == "派出所"]


def found(plan: Plan, seed: int, until: date) -> Bureau:
    """The bureau of a plan. Duties held now began before the history does; a few are secondments and acting ones around `until`."""
    chance = random.Random(f"bureau {seed}")
    units = _units(plan, chance)
    _staff(units, plan, chance)
    begin = until - timedelta(weeks=plan.weeks + 52)
    return Bureau(units, [*_regular(units, begin), *_temporary(units, until)])


def _units(plan: Plan, chance: random.Random) -> list[Unit]:
    root = Unit(ROOT, BUREAU, "市局", None)
    units = [root]
    for name, code in DETACHMENTS.items():
        handles = name in ("刑侦支队", "治安支队")
        units.append(Unit(code, f"{BUREAU}{name}", "支队", ROOT, 0.6 if handles else 0, float(name == "刑侦支队"), ROOT))
    for number in range(plan.branches):
        code = f"{ROOT}{number + 1:02d}"
        branch = f"{BRANCHES[number]}分局"
        units.append(Unit(code, branch, "分局", ROOT))
        for place in range(_part(plan.stations, plan.branches, number)):
            name = f"{branch}{STATIONS[(place + 7 * number) % len(STATIONS)]}路派出所"
            units.append(Unit(f"{code}{place + 1:02d}", name, "派出所", code, chance.uniform(0.6, 1.6), STATION_CRIMINAL, code))
        for name, (ending, weight, criminal) in list(SQUADS.items())[:plan.squads]:
            units.append(Unit(f"{code}{ending}", f"{branch}{name}", "大队", code, weight, criminal, code))
        for place in range(_part(plan.centres, plan.branches, number)):
            units.append(Unit(f"{code}{91 + place}", f"{branch}执法办案管理中心{'二部' * place}", "执法办案管理中心", code))
    return units


def _part(whole: int, parts: int, number: int) -> int:
    """How many of `whole` things the part of this number gets."""
    return whole // parts + (number < whole % parts)


def _staff(units: list[Unit], plan: Plan, chance: random.Random) -> None:
    """Posts first, then pairs until the plan's number of officers is reached: the heavier a unit, the more."""
    posts = {unit.code: [*_posts(unit), *(["办案民警"] * 2 * PAIRS[unit.kind] if unit.is_handling else [])] for unit in units}
    left = plan.officers - sum(len(each) for each in posts.values())
    handling = [unit for unit in units if unit.is_handling]
    whole = sum(unit.weight for unit in handling)
    for unit in handling:
        more = max(0, int(left * unit.weight / whole))
        auxiliaries = max(1, more // 4) if unit.kind == "派出所" else 0
        posts[unit.code] += ["办案民警"] * ((more - auxiliaries) // 2 * 2) + ["辅警"] * auxiliaries
    for _ in range(plan.officers - sum(len(each) for each in posts.values())):
        posts[ROOT].append("内勤")
    for place, unit in enumerate(units):
        for number, post in enumerate(posts[unit.code]):
            name = NAMED.get((unit.code, number)) or _name(chance)
            unit.officers.append(Officer(f"{place:03d}{number:03d}", name, unit.code, post, post == "辅警"))


def _posts(unit: Unit) -> list[str]:
    if unit.kind == "市局":
        return ["局领导", "局领导", "案管", "系统管理员"]
    if unit.name.endswith("法制支队"):
        return ["单位负责人", *["法制支队监督岗"] * 4]
    if unit.name.endswith("督察支队"):
        return ["单位负责人", *["督察"] * 4]
    if unit.kind == "分局":
        return ["单位负责人", "法制员", "案管", "局领导"]
    if unit.kind == "执法办案管理中心":
        return ["单位负责人", *["办案中心管理员"] * 3]
    return ["单位负责人", "法制员", "财物管理员"]


def _name(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + chance.choice(GIVEN_MEN if chance.random() < 0.78 else GIVEN_WOMEN)


def _regular(units: list[Unit], begin: date) -> Iterator[Assignment]:
    parents = {unit.code: unit.parent for unit in units}
    for unit in units:
        for officer in unit.officers:
            if officer.post in ("内勤", "辅警"):
                continue
            place = {"法制支队监督岗": ROOT, "督察": ROOT, "办案中心管理员": parents[unit.code]}.get(officer.post, unit.code)
            yield Assignment(officer.code, officer.post, place or ROOT, "任职", begin)


def _temporary(units: list[Unit], until: date) -> Iterator[Assignment]:
    """In every branch somebody is seconded to the detectives and somebody stands in for a station leader who is away; some of it is over."""
    squads = {unit.parent: unit for unit in units if unit.name.endswith("刑侦大队")}
    for number, unit in enumerate(unit for unit in units if unit.kind == "派出所"):
        if number % 4 == 2:
            begin = until - timedelta(days=200 if number % 8 == 2 else 60)
            yield Assignment(unit.officers[4].code, "办案民警", squads[unit.parent].code, "借调", begin, begin + timedelta(days=120), "专案需要")
        if number % 6 == 3:
            begin = until - timedelta(days=10)
            yield Assignment(unit.officers[1].code, "单位负责人", unit.code, "代理", begin, begin + timedelta(days=21), "所长外出学习")
