"""The vocabulary of facts: which tables rules may speak of, their columns, types, Chinese labels and references.

Source: one `facts.yaml` a rule set. Times without an offset are read in the vocabulary's time zone, which every file states.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rulebook.errors import Fault, RuleError
from rulebook.schema import departures, is_sound
from rulebook.yamlfile import Where, YamlFile, read_yaml

TYPES = {"text": "VARCHAR", "whole": "BIGINT", "number": "DOUBLE", "flag": "BOOLEAN", "date": "DATE", "time": "TIMESTAMPTZ"}
NAME = re.compile(r"^[a-z][a-z0-9_]*$")
COMPARED = {"date": "time", "time": "time", "whole": "number", "number": "number"}  # which types can be put in order


@dataclass(frozen=True)
class Column:
    """One column. `planned` times may lie in the future; all others are ignored until they have happened (see `known_from`). `usual`: whether an ordinary
    case system has it; one that is not and has never been filled in counts as missing (`rulebook.kept`)."""

    name: str
    type: str
    label: str
    refers: str | None = None
    values: tuple[str, ...] = ()
    unit: str = ""
    planned: bool = False
    required: bool = False
    usual: bool = True

    @property
    def sql_type(self) -> str:
        return TYPES[self.type]

    @property
    def path(self) -> str:
        """The name under which a condition reaches the referred row: `case_code` is written `case.…`."""
        return self.name.removesuffix("_code")


@dataclass(frozen=True)
class Table:
    """One fact table: a row per thing the law speaks of. A row is not yet known before its `known_from` time. `app`: the part of the platform that keeps it;
    `usual`: as for columns, of the whole table; `person`: `citizen` or `officer` where a row is a single human being (see `rulebook.closed`)."""

    name: str
    label: str
    key: str
    columns: dict[str, Column]
    known_from: str | None = None
    ordered: tuple[tuple[str, str], ...] = ()
    app: str = ""
    usual: bool = True
    person: str = ""

    def reference(self, path: str) -> Column | None:
        """The column through which `path` is reached from here."""
        return next((column for column in self.columns.values() if column.refers and column.path == path), None)

    def references_to(self, table: str) -> list[Column]:
        return [column for column in self.columns.values() if column.refers == table]


@dataclass(frozen=True)
class Vocabulary:
    """All tables of one rule set, with the time zone and the holiday calendar (`china`, `weekends` or `none`) that its law uses, and the phases of procedure
    by which its rules are listed (none: they are not)."""

    time_zone: ZoneInfo
    calendar: str
    tables: dict[str, Table]
    folder: Path
    overrides: tuple[Path, ...] = field(default=())
    phases: tuple[str, ...] = ()

    @cached_property
    def unusual(self) -> frozenset[str]:
        """The tables and columns that an ordinary case system lacks: `loan`, `case.refused_at`."""
        tables = {table.name for table in self.tables.values() if not table.usual}
        columns = {f"{table.name}.{column.name}" for table in self.tables.values() for column in table.columns.values() if not column.usual}
        return frozenset(tables | columns)


def load_vocabulary(folder: str | Path) -> Vocabulary:
    """Read `facts.yaml` of a rule set. Raises RuleError with all faults."""
    folder = Path(folder)
    faults: list[Fault] = []
    file = read_yaml(folder / "facts.yaml", faults)
    found, broken = departures(file, "facts")
    faults += [*found, *_zone_faults(file, broken), *_table_faults(file, broken)]
    if faults:
        raise RuleError(faults)
    tables = {name: _table(name, spec) for name, spec in file.data["tables"].items()}
    overrides = tuple(sorted((folder / "calendar").glob("*.yaml")))
    return Vocabulary(ZoneInfo(file.data["time_zone"]), file.data["calendar"], tables, folder, overrides,
                      tuple(file.data.get("phases", ())))


def _table(name: str, spec: dict) -> Table:
    columns = {
        column: Column(column, **{**spec_, "values": tuple(spec_.get("values", ()))}) for column, spec_ in spec["columns"].items()
    }
    return Table(name, spec["label"], spec["key"], columns, spec.get("known_from"), tuple(tuple(pair) for pair in spec.get("ordered", ())),
                 spec.get("app", ""), spec.get("usual", True), spec.get("person", ""))


def _zone_faults(file: YamlFile, broken: list[Where]) -> list[Fault]:
    if not isinstance(file.data, dict) or "time_zone" not in file.data or not is_sound(("time_zone",), broken):
        return []
    try:
        if ZoneInfo(file.data["time_zone"]).key == "localtime":  # means another zone on every machine
            raise ValueError
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = file.data["time_zone"]
        return [file.fault(("time_zone",), f"没有时区“{zone}”", f"no such time zone “{zone}”",
                           "写 IANA 名称，如 Asia/Shanghai", "write an IANA name such as Asia/Shanghai")]
    return []


def _table_faults(file: YamlFile, broken: list[Where]) -> list[Fault]:
    tables = file.data.get("tables") if isinstance(file.data, dict) else None
    if not isinstance(tables, dict):
        return []
    faults = []
    for name, spec in tables.items():
        if is_sound(("tables", name), broken):
            checked = _TableCheck(file, name, spec, tables)
            faults += [*checked.names(), *checked.columns_named(), *checked.references(), *checked.kinds()]
    return faults


@dataclass(frozen=True)
class _TableCheck:
    """What is wrong with the meaning of one table whose form is right."""

    file: YamlFile
    name: str
    spec: dict
    tables: dict

    def fault(self, *where: str, texts: tuple[str, str, str, str]) -> Fault:
        return self.file.fault(("tables", self.name, *where), *texts)

    def names(self) -> list[Fault]:
        """Names go into conditions, messages and SQL, where capitals and other signs would need care."""
        wrong = [(), *(("columns", column) for column in self.spec["columns"])]
        return [self.fault(*where, texts=(f"名字“{name}”只能用小写字母、数字和下划线", f"name “{name}” must be of small letters, digits and _",
                                          "改成 closed_at 这样的名字", "write it like closed_at"))
                for where in wrong if not NAME.match(name := where[-1] if where else self.name)]

    def columns_named(self) -> list[Fault]:
        pairs = [("ordered", column) for pair in self.spec.get("ordered", ()) for column in pair]
        named = [("key", self.spec["key"]), *(("known_from", each) for each in filter(None, [self.spec.get("known_from")])), *pairs]
        return [self.fault(place, texts=(f"事实表 {self.name} 没有列“{column}”", f"table {self.name} has no column “{column}”",
                                         "改成本表已有的列名，或补上这一列", "name a column of this table or add it"))
                for place, column in named if column not in self.spec["columns"]]

    def references(self) -> list[Fault]:
        faults = []
        for column, spec in self.spec["columns"].items():
            target = spec.get("refers")
            if target and target not in self.tables:
                faults.append(self.fault("columns", column, texts=(f"“{column}”指向不存在的事实表“{target}”",
                                         f"“{column}” refers to “{target}”, which is no table", "改正 refers", "correct refers")))
            if target and not column.endswith("_code"):
                faults.append(self.fault("columns", column, texts=(f"指向别表的列“{column}”须以 _code 结尾",
                                         f"“{column}” refers to a table, so its name must end in _code", "改列名", "rename the column")))
        return faults

    def kinds(self) -> list[Fault]:
        """Columns that are held against each other must be alike."""
        faults = []
        types = {column: spec["type"] for column, spec in self.spec["columns"].items()}
        if types.get(self.spec.get("known_from"), "time") not in ("time", "date"):
            faults.append(self.fault("known_from", texts=("known_from 要写一个时间或日期列", "known_from must be a time or a date",
                                                          "换成这一行何时存在的时间列", "name the time from which the row exists")))
        for place, pair in enumerate(self.spec.get("ordered", ())):
            classes = {COMPARED.get(types[column]) for column in pair if column in types}
            if None in classes or len(classes) > 1:
                faults.append(self.fault("ordered", place, texts=(f"{'、'.join(pair)} 不是同一类的列，不能比先后", f"{', '.join(pair)} cannot be compared",
                                                                  "写两个时间列，或两个数", "name two times or two numbers")))
        for column, spec in self.spec["columns"].items():
            if "values" in spec and spec["type"] != "text":
                faults.append(self.fault("columns", column, texts=(f"“{column}”不是文字列，不能列出 values", f"“{column}” is no text, so it takes no values",
                                                                   "去掉 values，或改 type: text", "remove values or set type: text")))
            key = self._key_type(spec.get("refers"))
            if key and spec["type"] != key:
                faults.append(self.fault("columns", column, texts=(f"“{column}”的类型与 {spec['refers']} 的主键（{key}）不同",
                                                                   f"“{column}” has another type than the key of {spec['refers']} ({key})",
                                                                   f"改成 type: {key}", f"set type: {key}")))
        return faults

    def _key_type(self, table: str | None) -> str | None:
        spec = self.tables.get(table)
        try:
            return spec["columns"][spec["key"]]["type"]
        except (TypeError, KeyError):  # no such table, or it is faulty itself
            return None
