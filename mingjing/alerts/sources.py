"""External sources: every folder below `settings.SOURCES` holds another system's facts, one table a file. What is there, and how it is read.

Two systems may use the same code for different things. So whatever comes from a source bears its name: alerts and clocks in `origin`, and the code of
a matter as `source/code`, which no code of the house can be (they hold no slash). Units are the house's own: only their codes are taken as they are.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from django.conf import settings

from mingjing.accounts.facts import TABLES as PEOPLE
from mingjing.accounts.models import Unit
from mingjing.alerts.models import Alert, Source
from mingjing.alerts.places import Place
from mingjing.cases.models import NOUNS
from mingjing.cases.vocabulary import vocabulary
from rulebook.errors import Fault, SourceError
from rulebook.facts import Facts, literal, quote
from rulebook.sources import open_source
from rulebook.vocabulary import Table

LONGEST_NAME = Alert._meta.get_field("origin").max_length
LONGEST_CODE = Alert._meta.get_field("subject_code").max_length
NAMED = 5  # unknown units that are named one by one
MARK = "/"  # between the name of a source and the code of its matter


class Unreadable(Exception):
    """A source that cannot be read now; the text says why and what to do, in Chinese."""


# --- what is there ---


def folders() -> list[str]:
    """Names of the folders that are there; hidden ones (`.new`, `_old`) are not meant yet, or no more."""
    try:
        with os.scandir(settings.SOURCES) as entries:
            names = [entry.name for entry in entries if entry.is_dir() and not entry.name.startswith((".", "_")) and entry.name.isprintable()]
    except OSError:  # the folder of all folders is not there: what was known of it is missing now, and told
        return []
    return sorted(names)


def stamp(name: str) -> str:
    """What the files of a source look like from outside; empty when there is none."""
    seen = sha256()
    try:
        files = sorted(_files(settings.SOURCES / name))
        for path, status in files:
            seen.update(f"{path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}\n".encode(errors="surrogateescape"))
    except OSError:
        return ""
    return seen.hexdigest() if files else ""


def _files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """The files of the tables, and of tables in parts."""
    for entry in os.scandir(folder):
        if entry.name.startswith((".", "_")):
            continue
        if entry.is_dir():
            yield from ((f"{entry.name}/{part.name}", part.stat()) for part in os.scandir(entry) if part.is_file())
        else:
            yield entry.name, entry.stat()


def changed(names: Collection[str]) -> set[str]:
    """Those of the sources that look different from when they were last tried."""
    return {name for name, tried in Source.objects.filter(name__in=names).values_list("name", "stamp") if tried != stamp(name)}


def due(now: datetime) -> list[str]:
    """Sources to be read now: new ones, those whose files have changed, and every one when it was last tried long enough ago."""
    known = {source.name: source for source in Source.objects.select_related("run")}
    again = now - timedelta(minutes=settings.WHOLE_RUN_MINUTES)
    return [
        name for name in sorted({*known, *folders()})
        if name not in known or known[name].run.at <= again or known[name].stamp != stamp(name)
    ]


# --- whose is it ---


def matter_of(origin: str, code: str) -> str:
    return f"{origin}{MARK}{code}"


def origin_of(matter: str) -> str:
    """The source that a matter belongs to; empty for the house's own."""
    return matter.partition(MARK)[0] if MARK in matter else ""


@dataclass
class World:
    """What was read of a source. `refused`: findings that were not taken because nobody in the house would answer for them."""

    name: str
    facts: Facts
    refused: int = 0
    _lacking: set[str] = field(default_factory=set)

    @cached_property
    def units(self) -> frozenset[str]:
        return frozenset(Unit.objects.values_list("code", flat=True))

    @cached_property
    def doubtful(self) -> frozenset[str]:
        """Whatever the rows that were set aside speak of: because these are missing a rule may be silent, and that is no sign that all is well."""
        said: set[str] = set()
        for row in self.facts.rejected_rows().select(["table", "original"]).to_pylist():
            table = vocabulary().tables[row["table"]]
            values = json.loads(row["original"] or "null")
            said |= {values[name] for name in _codes(table) if values.get(name)} if isinstance(values, dict) else set()
        return frozenset(said | {matter_of(self.name, code) for code in said})

    def has(self, table: Table, code: str) -> bool:
        return bool(self.facts.keys(f"SELECT {quote(table.key)} FROM {quote(table.name)} WHERE {quote(table.key)} = {literal(code)}"))

    def places(self, kind: str, codes: Collection[str]) -> dict[str, Place]:
        """Where the subjects of one fact table belong. Those that no unit of the house answers for are left out and counted."""
        found = {}
        for code, matter, unit, moment in self._rows(kind, codes):
            named = matter_of(self.name, matter or code)
            if unit in self.units and max(len(code), len(named)) <= LONGEST_CODE and "\0" not in named + code:
                found[code] = Place(named, unit, "", moment)
        self.refused += len(codes) - len(found)
        return found

    def _rows(self, kind: str, codes: Collection[str]) -> list[tuple[str, str | None, str | None, datetime | None]]:
        table, present = vocabulary().tables[kind], self.facts.present
        joins, here, at, matter = "", table, "t0", f"t0.{quote(table.key)}"
        for number, step in enumerate(NOUNS[kind].unit_path.split("__")[:-2], start=1):
            reference = here.reference(step)
            there = vocabulary().tables[reference.refers]
            if reference.name not in present.get(here.name, ()) or there.name not in present:
                self._lacking.add(f"{here.name}.{reference.name}" if there.name in present else there.name)
                return []
            matter = f"{at}.{quote(reference.name)}"
            joins += f" LEFT JOIN {quote(there.name)} AS t{number} ON t{number}.{quote(there.key)} = {matter}"
            here, at = there, f"t{number}"
        if "unit_code" not in present[here.name]:
            self._lacking.add(f"{here.name}.unit_code")
            return []
        keys = ", ".join(literal(code) for code in sorted(codes))
        moment = f"t0.{quote(table.known_from)}" if table.known_from in present[kind] else "NULL"
        columns = f"t0.{quote(table.key)}, {matter}, {at}.unit_code, {moment}"
        query = f"SELECT {columns} FROM {quote(kind)} AS t0{joins} WHERE t0.{quote(table.key)} IN ({keys})"
        return self.facts.connection.execute(query).fetchall()

    def notes(self) -> list[str]:
        """What has to be known about this reading besides its counts, in Chinese."""
        notes = [note.zh for note in self.facts.notes]
        notes += [f"单列 {reject.rows} 行：{vocabulary().tables[reject.table].label}（{reject.table}.{reject.column}）{reject.reason}"
                  for reject in self.facts.rejects]
        notes += [f"{unit}：{rows} 行，涉及的判定没有采用" for unit, rows in self._unknown_units()]
        if self._lacking:
            notes.append(f"来源里没有 {'、'.join(sorted(self._lacking))}，找不到办案单位，涉及的判定没有采用")
        return notes

    def _unknown_units(self) -> Iterator[tuple[str, int]]:
        """Units that are none of the house's, the most frequent first."""
        tables = [name for name, columns in self.facts.present.items() if name not in PEOPLE and "unit_code" in columns]
        union = " UNION ALL ".join(f"SELECT unit_code FROM {quote(name)}" for name in tables)
        rows = self.facts.connection.execute(f"SELECT unit_code, count(*) FROM ({union}) GROUP BY 1 ORDER BY 2 DESC, 1").fetchall() if tables else []
        strange = [(unit, count) for unit, count in rows if unit not in self.units]
        yield from ((f"单位“{unit}”不是本平台的单位" if unit else "没有写办案单位", count) for unit, count in strange[:NAMED])
        if more := strange[NAMED:]:
            yield f"另有 {len(more)} 个不是本平台单位的编号", sum(count for _, count in more)


def _codes(table: Table) -> list[str]:
    """The columns that hold codes of matters and of what belongs to them."""
    return [table.key, *(column.name for column in table.columns.values() if column.refers and column.refers not in PEOPLE)]


# --- reading ---


@contextmanager
def opened(name: str, names: Collection[str] | None = None) -> Iterator[World]:
    """All facts of a source, or those tables; they stand still inside whatever happens to the files, because a copy is read. Raises Unreadable."""
    if len(name) > LONGEST_NAME:
        raise Unreadable(f"来源的名称就是文件夹的名称，不能超过 {LONGEST_NAME} 个字。请改名。")
    with TemporaryDirectory(prefix="mingjing-") as temporary:
        copy = Path(temporary) / "facts"
        _copy(name, copy, names)
        try:
            facts = open_source(copy, vocabulary())
            _read_through(facts)
        except SourceError as error:
            raise Unreadable("；".join(_told(fault, copy) for fault in error.faults)) from error
        except duckdb.Error as error:
            raise Unreadable(f"文件的内容读不出来，可能已损坏：{str(error).splitlines()[0]}。请重新导出。".replace(str(copy), "")) from error
        for table in PEOPLE.keys() - facts.present.keys():  # a source need not repeat what the house knows
            facts.connection.register(f"house {table}", PEOPLE[table](vocabulary().tables[table]))
            facts.add(table, f"SELECT * FROM {quote(f'house {table}')}", table, count_rows=False)
        yield World(name, facts)


def _copy(name: str, copy: Path, names: Collection[str] | None) -> None:
    folder = settings.SOURCES / name
    if not folder.is_dir():
        raise Unreadable("来源的文件夹不在了。请检查对方系统的交付和共享目录；不再接入的，用 mingjing forget_source 注销。")
    before = stamp(name)
    if not before:
        raise Unreadable("来源的文件夹里没有文件，或者读不了。请检查对方系统的交付和文件权限。")
    if links := [path.name for path in folder.rglob("*") if path.is_symlink()]:  # whoever may write here must not make the platform read elsewhere
        raise Unreadable(f"文件夹里有链接：{'、'.join(sorted(links))}。请放入文件本身。")
    try:
        shutil.copytree(folder, copy, ignore=lambda path, entries: [entry for entry in entries if not _is_wanted(Path(path) == folder, entry, names)])
    except (OSError, shutil.Error) as error:
        if before == stamp(name):
            raise Unreadable(f"文件读不了：{getattr(error, 'strerror', '') or '复制没有完成'}。请检查文件权限和磁盘空间。") from error
    if before != stamp(name):
        raise Unreadable("读取的时候文件有变动，没有采用，稍后自动重读。请对方系统先写到别处，写完再整体改名放入。")


def _is_wanted(is_table: bool, entry: str, names: Collection[str] | None) -> bool:
    return not entry.startswith((".", "_")) and (not is_table or names is None or Path(entry).stem in names)


def _read_through(facts: Facts) -> None:
    """Every value once: a file may be whole at its end and broken in the middle, and that must not look like a broken rule."""
    for name in facts.present:
        facts.connection.execute(f"SELECT bit_xor(hash(t)) FROM {quote(name)} AS t").fetchall()


def _told(fault: Fault, copy: Path) -> str:
    path = Path(fault.path)
    place = "" if path == copy else f"{path.name}："
    return f"{place}{fault.what.zh}。{fault.fix.zh}".replace(f"{copy}{os.sep}", "")
