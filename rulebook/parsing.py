"""Reading the parts of a rule: each getter returns a checked value, or notes a fault at the right line and returns None."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rulebook.conditions import Condition, parse_condition
from rulebook.errors import Fault
from rulebook.names import KIND, ConditionError, Path, resolve
from rulebook.query import Moment, Related
from rulebook.timelimits import UNITS, Span
from rulebook.vocabulary import Table, Vocabulary
from rulebook.yamlfile import YamlFile


@dataclass(frozen=True)
class Part:
    """A mapping inside a rule file, with the table that its names speak of and the list that takes its faults."""

    file: YamlFile
    where: tuple
    data: Any
    table: Table
    vocabulary: Vocabulary
    faults: list[Fault]

    @property
    def line(self) -> int:
        return self.file.line(self.where)

    def at(self, *keys: str | int) -> Part:
        data = self.data
        for key in keys:
            data = data[key]
        return Part(self.file, (*self.where, *keys), data, self.table, self.vocabulary, self.faults)

    def parts(self, key: str) -> list[Part]:
        return [self.at(key, index) for index in range(len(self.data.get(key, ())))]

    def fault(self, key: str | None, zh: str, en: str, fix_zh: str, fix_en: str) -> None:
        self.faults.append(self.file.fault((*self.where, key) if key else self.where, zh, en, fix_zh, fix_en))

    def needs(self, *keys: str) -> bool:
        """Whether all keys are there; notes a fault for each that is not."""
        missing = [key for key in keys if key not in self.data]
        for key in missing:
            self.fault(None, f"缺少“{key}”", f"lacks “{key}”", f"补上 {key}:", f"add {key}:")
        return not missing

    def speaking_of(self, table: Table) -> Part:
        return Part(self.file, self.where, self.data, table, self.vocabulary, self.faults)

    def condition(self, key: str) -> Condition | None:
        """The condition under `key`; None without one."""
        if key not in self.data:
            return None
        try:
            return parse_condition(self.data[key], self.table, self.vocabulary)
        except ConditionError as error:
            self.fault(key, error.what.zh, error.what.en, error.fix.zh, error.fix.en)
            return None

    def span(self, key: str, *units: str) -> Span | None:
        """The span under `key`, in one of the units (any if none is given)."""
        if key not in self.data:
            return None
        try:
            span = Span.parse(self.data[key])
            if units and span.unit not in units:
                self.fault(key, f"“{self.data[key]}”的单位不能用在这里", f"“{self.data[key]}” has a unit that does not fit here",
                           f"用 {'、'.join(UNITS[unit] for unit in units)}", f"use {', '.join(units)}")
                return None
            return span
        except ValueError:
            self.fault(key, f"“{self.data[key]}”不是期限", f"“{self.data[key]}” is no span of time",
                       "写成 8 hours、30 days、12 months 或 7 workdays", "write 8 hours, 30 days, 12 months or 7 workdays")
            return None

    def day(self, key: str) -> date | None:
        try:
            return date.fromisoformat(str(self.data[key]))
        except ValueError:
            self.fault(key, f"“{self.data[key]}”不是日期", f"“{self.data[key]}” is no date", "写成 2026-01-01", "write it as 2026-01-01")
            return None

    def instant(self, key: str) -> datetime | None:
        """A local time of the vocabulary's zone."""
        try:
            moment = datetime.fromisoformat(str(self.data[key]))
        except ValueError:
            self.fault(key, f"“{self.data[key]}”不是时间", f"“{self.data[key]}” is no time", "写成 2026-03-02 09:00", "write it as 2026-03-02 09:00")
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=self.vocabulary.time_zone)

    def column(self, key: str, *kinds: str) -> Path | None:
        """The column path under `key`, of one of the kinds (any if none is given)."""
        return self.check_path(key, self.data[key], self.table, *kinds) if key in self.data else None

    def check_path(self, key: str, text: str, table: Table, *kinds: str) -> Path | None:
        path = tuple(str(text).split("."))
        try:
            column = resolve(path, table, self.vocabulary)[1]
        except ConditionError as error:
            self.fault(key, error.what.zh, error.what.en, error.fix.zh, error.fix.en)
            return None
        if kinds and KIND[column.type] not in kinds:
            self.fault(key, f"“{text}”是{column.type}类型的列", f"“{text}” is a {column.type} column", f"应为 {'、'.join(kinds)} 类型", f"expected {kinds}")
            return None
        return path

    def moment(self, key: str, planned: bool = False) -> Moment | None:
        """`arrived_at`, `{earliest: [requested_at, ended_at]}` or `{first: notification.notified_at, matching: …, via: …}`."""
        if key not in self.data:
            return None
        if isinstance(self.data[key], str):
            path = self.column(key, "time")
            if path and not planned and resolve(path, self.table, self.vocabulary)[1].planned:
                self.fault(key, f"“{self.data[key]}”是计划的时间，不能当作已经发生", f"“{self.data[key]}” is a planned time and not yet a fact",
                           "换成实际发生的时间；往前计算的写在 before", "use the time when it happened; planned times stand under before")
                return None
            return Moment(path) if path else None
        part = self.at(key)
        return part._earliest() if "earliest" in part.data else part._among_related()

    def _earliest(self) -> Moment | None:
        paths = [self.check_path("earliest", text, self.table, "time") for text in self.data["earliest"]]
        return Moment(paths[0], others=tuple(paths[1:])) if all(paths) else None

    def _among_related(self) -> Moment | None:
        if ("first" in self.data) == ("last" in self.data):
            self.fault(None, "first 和 last 要写一个，且只写一个", "give one of first and last",
                       "写成 {first: notification.notified_at}", "write {first: notification.notified_at}")
            return None
        pick = "first" if "first" in self.data else "last"
        table_name, _, column = self.data[pick].partition(".")
        related = self.related(pick, table_name)
        if related is None:
            return None
        path = self.check_path(pick, column, related.table, "time")
        if path and len(path) > 1:
            self.fault(pick, f"“{column}”不是 {table_name} 自己的列", f"“{column}” is no column of {table_name} itself",
                       f"写 {table_name} 自己的时间列", f"name a time of {table_name} itself")
            return None
        return Moment(path, related, pick) if path else None

    def related(self, key: str, table_name: str) -> Related | None:
        """Rows of `table_name` that belong to the subject, by `via` or by the one column that refers to it."""
        table = self.vocabulary.tables.get(table_name)
        if table is None:
            self.fault(key, f"没有事实表“{table_name}”", f"no fact table “{table_name}”", f"可用的表：{'、'.join(self.vocabulary.tables)}", "use a known table")
            return None
        link = self._link(key, table)
        before = len(self.faults)
        matching = self.speaking_of(table).condition("matching")
        return Related(table, link, matching) if link and len(self.faults) == before else None

    def _link(self, key: str, table: Table) -> tuple[tuple[str, str], ...] | None:
        if "via" not in self.data:
            references = table.references_to(self.table.name)
            if len(references) == 1:
                return ((references[0].name, self.table.key),)
            self.fault(key, f"{table.name} 有 {len(references)} 列指向 {self.table.name}，不知按哪列对应",
                       f"{table.name} refers to {self.table.name} through {len(references)} columns", "用 via 写明对应的列", "say which with via")
            return None
        names = self.data["via"] if isinstance(self.data["via"], list) else [self.data["via"]]
        links = [self._link_by(name, table) for name in names]
        return tuple(links) if all(links) else None

    def _link_by(self, name: str, table: Table) -> tuple[str, str] | None:
        column = table.columns.get(name)
        if column and column.refers == self.table.name:
            return name, self.table.key
        if column and name in self.table.columns:
            return name, name
        self.fault("via", f"“{name}”不能把 {table.name} 和 {self.table.name} 对应起来", f"“{name}” does not link {table.name} and {self.table.name}",
                   f"写一列指向 {self.table.name} 的列，或两表都有的列", "name a column that refers to the subject, or one that both have")
        return None
