"""A city into the platform's database: the bureau and its duties, every row, and the ledger of how it all came to be entered.

As if everything had been entered by hand as it happened: each act has its entry, some minutes later, by whoever would have done it; some are entered days
late on purpose (`acts.LATE`). Rows come first, in chunks; then the ledger in order of recording; the passwords of the demo people last, so that a city
that was not finished can be told from one that was (`demo.state`).
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
from django.contrib.auth.hashers import make_password
from django.db import connection, models, transaction

from demo.acts import KEEPER, LEAD, LEADER, PARENTS, REVIEWER, STEPS, Step, chance, recorded_at
from demo.bulk import insert, insert_values, without_indexes
from demo.bureau import ROOT, Bureau, Unit
from demo.chronicle import Actor, Chronicle
from demo.city import BUREAU_TABLES, MEMORY, Batch, City, batches
from demo.faults import ANSWER
from demo.macros import ZONE
from demo.writing import write_truth
from mingjing.accounts.actions.officers import COMMAND
from mingjing.accounts.models import DutyAssignment, Officer
from mingjing.accounts.models import Unit as UnitRow
from mingjing.cases import search
from mingjing.cases.actions.numbering import HEADS
from mingjing.cases.actions.writing import changed, created
from mingjing.cases.cleaning import columns
from mingjing.cases.models import NOUNS, Case, CaseOfficer, Counter, Entry, SearchText
from mingjing.cases.models.matters import state_of
from mingjing.ledger.actions import Happening
from mingjing.ledger.models import Event

SHANGHAI = ZoneInfo(ZONE)
LONG_AGO = datetime.min.replace(tzinfo=SHANGHAI)
CASES_AT_A_TIME = 1_000
INCIDENTS_AT_A_TIME = 5_000

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Team:
    """Who works on a case."""

    unit: str
    lead: str
    second: str


@dataclass
class Progress:
    """Says how far a long job is, at most once in two seconds."""

    tell: Tell
    started: float = dataclasses.field(default_factory=time.perf_counter)
    said: float = 0.0

    def __call__(self, what: str, done: int, whole: int) -> None:
        now = time.perf_counter()
        if now - self.said >= 2 or done >= whole:
            self.said = now
            self.tell(f"{what} {100 * done // max(1, whole)}%（{done}/{whole}，已用 {now - self.started:.0f} 秒）")


def load(city: City, truth: Path, tell: Tell) -> int:
    """Fill an empty database. Returns the number of ledger entries. `truth`: a folder for the answer, what was planted where.

    Nobody can sign in yet: that is what `people.let_in` is for.
    """
    progress = Progress(tell)
    with tempfile.TemporaryDirectory(prefix="ledger-") as spill, duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": spill}) as other:
        chronicle = Chronicle(other)
        bureau = city.bureau
        enter_bureau(bureau, chronicle, city.until)
        loader = Loader(bureau, chronicle, city.until.replace(tzinfo=SHANGHAI))
        with without_indexes([model._meta.db_table for model in (*NOUNS.values(), CaseOfficer, SearchText, Event)]):
            truths = []
            for batch in batches(city, tell):
                loader.enter(batch, progress)
                truths.append(batch.connection.execute(ANSWER).to_arrow_table())
            loader.count_up()
            entries = chronicle.write(lambda done, whole: progress("正在写入台账", done, whole))
            tell("正在建索引")
    write_truth(pa.concat_tables(truths), truth)
    _gather_statistics()
    return entries


def _gather_statistics() -> None:
    """So that the database plans its queries for what is there now."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


# --- the bureau

@transaction.atomic
def enter_bureau(bureau: Bureau, chronicle: Chronicle, until: datetime) -> None:
    """Units, officers, duties. They were set up on the command line before the history began; later secondments by the administrator."""
    paths: dict[str, str] = {}
    for unit in bureau.units:  # a unit comes after the one above it
        paths[unit.code] = f"{paths.get(unit.parent, '')}{unit.code}/"
    insert(UnitRow, [UnitRow(code=each.code, name=each.name, kind=each.kind, parent_id=each.parent, path=paths[each.code]) for each in bureau.units])
    insert(Officer, [Officer(code=each.code, name=each.name, unit_id=each.unit, is_auxiliary=each.is_auxiliary, password=make_password(None))
                     for each in bureau.officers])
    insert(DutyAssignment, [
        DutyAssignment(officer_id=each.officer, duty=each.duty, unit_id=each.unit, kind=each.kind, starts_on=each.starts_on, ends_on=each.ends_on,
                       reason=each.reason)
        for each in bureau.assignments])
    _note_bureau(bureau, chronicle)


def _note_bureau(bureau: Bureau, chronicle: Chronicle) -> None:
    console = Actor(COMMAND, ROOT)
    begin = midnight(min(each.starts_on for each in bureau.assignments)) - timedelta(days=1)
    for unit in bureau.units:
        data = {"name": unit.name, "kind_of_unit": unit.kind, "parent": unit.parent or ""}
        chronicle.note(Happening("unit.found", "unit", unit.code, data=data), console, begin)
    for officer in bureau.officers:
        data = {"name": officer.name, "unit": officer.unit, "is_auxiliary": officer.is_auxiliary}
        chronicle.note(Happening("officer.enrol", "officer", officer.code, data=data), console, begin)
    administrator = next(each.code for each in bureau.officers if each.post == "系统管理员")
    numbers = DutyAssignment.objects.order_by("pk").values_list("pk", flat=True)
    for number, each in zip(numbers, bureau.assignments, strict=True):
        data = {"duty": each.duty, "place": each.unit, "assignment": number, "manner": each.kind, "starts_on": each.starts_on.isoformat(),
                "ends_on": each.ends_on.isoformat() if each.ends_on else "", "reason": each.reason}
        actor = console if each.kind == "任职" else Actor(administrator, ROOT)
        chronicle.note(Happening("duty.give", "officer", each.officer, data=data), actor, midnight(each.starts_on) + timedelta(hours=8))


def midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), SHANGHAI)


# --- the rows

class Loader:
    """Enters the rows of batches, and notes in the chronicle how each came about."""

    def __init__(self, bureau: Bureau, chronicle: Chronicle, until: datetime):
        self.chronicle, self.until = chronicle, until
        self.actors = {each.code: Actor(each.code, each.unit) for each in bureau.officers}
        self.posts = {unit.code: _posts(unit) for unit in bureau.handling}
        self.cases: dict[str, datetime] = {}  # when every case was entered
        self.inside: dict[str, datetime] = {}  # when the rows of the cases at hand were
        self.heads: dict[str, int] = {}  # the last number given, by the beginning of a code

    def enter(self, batch: Batch, progress: Progress) -> None:
        first, last, whole = batch.connection.execute("SELECT min(n), max(n), count(*) FROM row_case").fetchone()
        done = 0
        for start in range(first, last + 1, CASES_AT_A_TIME):
            done += self._enter_cases(batch, start, start + CASES_AT_A_TIME - 1)
            progress(f"正在登记案件（第 {batch.number + 1}/{batch.of} 组）", done, whole)
        self._enter_incidents(batch, progress)

    def _enter_cases(self, batch: Batch, low: int, high: int) -> int:
        """The cases with these numbers and everything in them, in one transaction."""
        teams, self.inside = _teams(batch, low, high), {}
        with transaction.atomic():
            for table in (name for name in batch.tables() if name not in (*BUREAU_TABLES, "incident")):
                self._enter_table(Form(table), batch, f"n BETWEEN {low} AND {high} ORDER BY n, code", teams)
                if table == "case":
                    self._enter_teams(teams)
        return len(teams)

    def _enter_incidents(self, batch: Batch, progress: Progress) -> None:
        whole = batch.connection.execute("SELECT count(*) FROM row_incident").fetchone()[0]
        for done in range(0, whole, INCIDENTS_AT_A_TIME):
            with transaction.atomic():
                self._enter_table(Form("incident"), batch, f"true ORDER BY n, code LIMIT {INCIDENTS_AT_A_TIME} OFFSET {done}", {})
            progress(f"正在登记警情（第 {batch.number + 1}/{batch.of} 组）", min(whole, done + INCIDENTS_AT_A_TIME), whole)

    def _enter_table(self, form: Form, batch: Batch, which: str, teams: dict[str, Team]) -> None:
        made = [self._made(form, values, teams) for values in form.read(batch, which)]
        insert(form.model, made)
        if form.table in search.TEXTS:
            search.index(made)
        if form.model in HEADS:
            for row in made:
                self.heads[row.code[:-4]] = max(int(row.code[-4:]), self.heads.get(row.code[:-4], 0))

    def _made(self, form: Form, values: dict[str, Any], teams: dict[str, Team]) -> Entry:
        """The row as it stands at the end, with its acts noted."""
        table = form.table
        matter = values["code"] if table in ("case", "incident") else values["case_code"]
        team = teams.get(matter) or Team(values["unit_code"], values["officer_code"], "")
        if table == "measure":
            values["approver_code"] = self.posts[team.unit][LEADER]
        steps = [each for each in STEPS[table] if not each.at or values[each.at] is not None]
        row = form.beginning(values, steps)
        recorded = self._entered_before(table, values)
        for place, each in enumerate(steps):
            happened = values[each.at] if each.at else None
            recorded = max(recorded, self._when(table, row.code, each, happened, recorded, first=place == 0))
            if place == 0:
                row.entered_at = recorded
                told = created(row, kind=f"{table}.{each.act}", matter=matter, at=happened or recorded, source=row.source)
            else:
                told = form.changed(row, each, values, matter, happened or recorded)
                recorded = max(recorded, self.cases.get(values.get("case_code"), recorded))  # an incident becomes a case when there is one
            self.chronicle.note(told, self.actors[team.lead if each.who == LEAD else self.posts[team.unit][each.who]], recorded)
        if isinstance(row, Case):
            row.state = state_of(row)
            self.cases[row.code] = row.entered_at
        self.inside[row.code] = row.entered_at
        return row

    def _entered_before(self, table: str, values: dict[str, Any]) -> datetime:
        """When the last of what a row belongs to was entered."""
        if table == "incident":
            return LONG_AGO
        return max((self.inside.get(values[name], LONG_AGO) for name in PARENTS if values.get(name)), default=LONG_AGO)

    def _when(self, table: str, code: str, each: Step, happened: datetime | None, before: datetime, *, first: bool) -> datetime:
        if happened is None:  # an act of no moment of its own: soon after what went before
            return min(self.until, before + timedelta(seconds=30 + chance(code, each.act) % 600))
        return recorded_at(table, code, each.act, happened, self.until, first)

    def _enter_teams(self, teams: dict[str, Team]) -> None:
        """Whoever accepts a case leads it; the unit's leader puts a second officer on it."""
        rows = []
        for code, team in teams.items():
            leader = self.posts[team.unit][LEADER]
            for officer, role, by, minutes in ((team.lead, "主办", team.lead, 0), (team.second, "协办", leader, 5)):
                since = min(self.until, self.cases[code] + timedelta(minutes=minutes))
                data = {"officer": officer, "role": role, **({"left": []} if role == "协办" else {})}
                rows.append(CaseOfficer(case_id=code, officer_id=officer, role=role, since=since))
                self.chronicle.note(Happening("case.assign", "case", code, code, data=data), self.actors[by], since)
        insert(CaseOfficer, rows)

    def count_up(self) -> None:
        """Numbers given by hand go on where the city stopped."""
        with transaction.atomic():
            insert_values(Counter, sorted(self.heads.items()))


def _posts(unit: Unit) -> dict[str, str]:
    return {post: next(each.code for each in unit.officers if each.post == post) for post in (LEADER, REVIEWER, KEEPER)}


def _teams(batch: Batch, low: int, high: int) -> dict[str, Team]:
    rows = batch.connection.execute(f"""SELECT code, c.unit_code, lead, second FROM cases AS c JOIN pairs USING (unit_code, crew)
        WHERE n BETWEEN {low} AND {high} ORDER BY n""").fetchall()
    return {code: Team(*rest) for code, *rest in rows}


class Form:
    """How rows of one table are read from a batch and made into rows of the platform."""

    def __init__(self, table: str):
        self.table, self.model = table, NOUNS[table]
        self.fields = columns(table)
        self.times = {name for name, field in self.fields.items() if isinstance(field, models.DateTimeField)} | {"converted_at", "requested_at"}
        names = {field: name for name, field in self.fields.items()}
        self.plan = [(field, names.get(field), None if field in names else field.get_default()) for field in self.model._meta.concrete_fields]

    def read(self, batch: Batch, which: str) -> Iterator[dict[str, Any]]:
        """Rows by name of column, times aware, in Asia/Shanghai."""
        names = batch.columns(self.table)
        picked = [f"timezone('{ZONE}', {name})" if name in self.times else name for name in names]
        times = [place for place, name in enumerate(names) if name in self.times]
        for cells in batch.connection.execute(f"SELECT {', '.join(picked)} FROM row_{self.table} WHERE {which}").fetchall():
            row = list(cells)
            for place in times:
                if row[place] is not None:
                    row[place] = row[place].replace(tzinfo=SHANGHAI)
            yield dict(zip(names, row, strict=True))

    def beginning(self, values: dict[str, Any], steps: list[Step]) -> Entry:
        """The row as its first act made it."""
        later = {name for each in steps[1:] for name in each.fills}
        return self.model(*[
            default if name is None else self._cell(field, values.get(f"was_{name}") if name in later else values.get(name))
            for field, name, default in self.plan])

    def changed(self, row: Entry, each: Step, values: dict[str, Any], matter: str, at: datetime) -> Happening:
        """The row completed by one more act, and what the ledger says of it."""
        found = {}
        for name in each.fills:
            field = self.fields[name]
            old, new = getattr(row, field.attname), self._cell(field, values[name])
            if old != new:
                found[field.attname] = (old, new)
                setattr(row, field.attname, new)
        row.version += 1
        more = {"conversion": f"{matter}-ZH01"} if each.act == "convert" else {}
        return changed(row, found, kind=f"{self.table}.{each.act}", matter=matter, at=at, **more)

    @staticmethod
    def _cell(field: models.Field, value: Any) -> Any:
        if value is None:
            return None if field.null else ""
        return Decimal(str(value)) if isinstance(field, models.DecimalField) else value
