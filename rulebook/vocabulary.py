"""The vocabulary of facts: which tables rules may speak of, their columns, types, Chinese labels and references.

Source: one `facts.yaml` a rule set. Times without an offset are read in the vocabulary's time zone, which every file states.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rulebook.errors import Fault, RuleError
from rulebook.schema import check_schema
from rulebook.yamlfile import YamlFile, read_yaml

TYPES = {"text": "VARCHAR", "whole": "BIGINT", "number": "DOUBLE", "flag": "BOOLEAN", "date": "DATE", "time": "TIMESTAMPTZ"}


@dataclass(frozen=True)
class Column:
    """One column. `planned` times may lie in the future; all others are ignored until they have happened (see `known_from`)."""

    name: str
    type: str
    label: str
    refers: str | None = None
    values: tuple[str, ...] = ()
    unit: str = ""
    planned: bool = False
    required: bool = False

    @property
    def sql_type(self) -> str:
        return TYPES[self.type]

    @property
    def path(self) -> str:
        """The name under which a condition reaches the referred row: `case_code` is written `case.…`."""
        return self.name.removesuffix("_code")


@dataclass(frozen=True)
class Table:
    """One fact table: a row per thing the law speaks of. A row is not yet known before its `known_from` time."""

    name: str
    label: str
    key: str
    columns: dict[str, Column]
    known_from: str | None = None
    ordered: tuple[tuple[str, str], ...] = ()

    def reference(self, path: str) -> Column | None:
        """The column through which `path` is reached from here."""
        return next((column for column in self.columns.values() if column.refers and column.path == path), None)

    def references_to(self, table: str) -> list[Column]:
        return [column for column in self.columns.values() if column.refers == table]


@dataclass(frozen=True)
class Vocabulary:
    """All tables of one rule set, with the time zone and the holiday calendar (`china`, `weekends` or `none`) that its law uses."""

    time_zone: ZoneInfo
    calendar: str
    tables: dict[str, Table]
    folder: Path
    overrides: tuple[Path, ...] = field(default=())


def load_vocabulary(folder: str | Path) -> Vocabulary:
    """Read `facts.yaml` of a rule set. Raises RuleError with all faults."""
    folder = Path(folder)
    file = read_yaml(folder / "facts.yaml")
    faults = check_schema(file, "facts")
    if not faults:
        faults = [*_zone_faults(file), *_table_faults(file)]
    if faults:
        raise RuleError(faults)
    tables = {name: _table(name, spec) for name, spec in file.data["tables"].items()}
    overrides = tuple(sorted((folder / "calendar").glob("*.yaml")))
    return Vocabulary(ZoneInfo(file.data["time_zone"]), file.data["calendar"], tables, folder, overrides)


def _table(name: str, spec: dict) -> Table:
    columns = {
        column: Column(column, **{**spec_, "values": tuple(spec_.get("values", ()))}) for column, spec_ in spec["columns"].items()
    }
    return Table(name, spec["label"], spec["key"], columns, spec.get("known_from"), tuple(tuple(pair) for pair in spec.get("ordered", ())))


def _zone_faults(file: YamlFile) -> list[Fault]:
    try:
        ZoneInfo(file.data["time_zone"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = file.data["time_zone"]
        return [file.fault(("time_zone",), f"没有时区“{zone}”", f"no such time zone “{zone}”",
                           "写 IANA 名称，如 Asia/Shanghai", "write an IANA name such as Asia/Shanghai")]
    return []


def _table_faults(file: YamlFile) -> list[Fault]:
    tables = file.data["tables"]
    faults = []
    for name, spec in tables.items():
        columns = spec["columns"]
        named = [spec["key"], *filter(None, [spec.get("known_from")]), *(column for pair in spec.get("ordered", ()) for column in pair)]
        for column in named:
            if column not in columns:
                faults.append(file.fault(("tables", name), f"事实表 {name} 没有列“{column}”", f"table {name} has no column “{column}”",
                                         "改成本表已有的列名，或补上这一列", "name a column of this table or add it"))
        for column, column_spec in columns.items():
            target = column_spec.get("refers")
            if target and target not in tables:
                faults.append(file.fault(("tables", name, "columns", column), f"“{column}”指向不存在的事实表“{target}”",
                                         f"“{column}” refers to “{target}”, which is no table", "改正 refers", "correct refers"))
            if target and not column.endswith("_code"):
                faults.append(file.fault(("tables", name, "columns", column), f"指向别表的列“{column}”须以 _code 结尾",
                                         f"“{column}” refers to a table, so its name must end in _code", "改列名", "rename the column"))
    return faults
