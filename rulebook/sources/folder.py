"""A folder of fact tables: `summons.parquet`, `summons.csv` or the parts `summons/*.parquet`."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.compute as pc

from rulebook.errors import Fault, SourceError, Text
from rulebook.facts import Facts, literal, quote
from rulebook.sources.csvfile import ROW, read_csv
from rulebook.sources.faults import refusal, unreadable

KINDS = (".parquet", ".csv")


def take_folder(facts: Facts, folder: Path) -> None:
    """Give the facts every table of the folder. Raises SourceError with all files that cannot be used."""
    faults: list[Fault] = []
    found: dict[str, Path] = {}
    for path in _tables(facts, folder):
        faults += _name_faults(facts, found, path)
        found.setdefault(path.stem, path)
    if not found:
        raise refusal(folder, 0, "文件夹里没有 Parquet 或 CSV 事实表", "the folder holds no fact table as Parquet or CSV",
                      f"放入以事实表命名的文件，如 {next(iter(facts.vocabulary.tables))}.csv", "add files named after fact tables")
    for name, path in found.items() if not faults else ():
        try:
            _take(facts, name, path)
        except SourceError as error:
            faults += error.faults
    if faults:
        raise SourceError(faults)


def _tables(facts: Facts, folder: Path) -> list[Path]:
    """The files and folders that are tables; other files are noted, hidden ones passed over."""
    try:
        entries = sorted(path for path in folder.iterdir() if not path.name.startswith((".", "_")))
    except OSError as error:
        raise unreadable(folder, error) from error
    tables = [path for path in entries if path.suffix.lower() in KINDS or (path.is_dir() and _parts(path))]
    facts.notes += [Text(f"没有读取 {path.name}（不是 Parquet 或 CSV）", f"{path.name} was not read (neither Parquet nor CSV)")
                    for path in entries if path not in tables]
    return tables


def _parts(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(part for part in path.iterdir() if part.suffix.lower() in KINDS and not part.name.startswith((".", "_")))


def _name_faults(facts: Facts, found: dict[str, Path], path: Path) -> list[Fault]:
    known = "、".join(facts.vocabulary.tables)
    if path.stem not in facts.vocabulary.tables:
        return [Fault(str(path), 0, Text(f"没有叫“{path.stem}”的事实表", f"there is no fact table “{path.stem}”"),
                      Text(f"改用事实表的名字：{known}；或移出文件夹", f"name it after a fact table: {known}; or move it away"))]
    if path.stem in found:
        other = found[path.stem].name
        return [Fault(str(path), 0, Text(f"事实表 {path.stem} 有两份，另一份是 {other}", f"table {path.stem} is there twice, also as {other}"),
                      Text("只留一份", "keep one of the two"))]
    return []


def _take(facts: Facts, name: str, path: Path) -> None:
    parts = _parts(path)
    kinds = {part.suffix.lower() for part in parts}
    if len(kinds) > 1:
        raise refusal(path, 0, "同一张表既有 Parquet 又有 CSV", "the parts of one table are both Parquet and CSV", "只留一种", "keep one kind")
    if kinds == {".csv"}:
        _take_csv(facts, name, parts, str(path))
    else:
        _take_parquet(facts, name, parts, str(path))


def _take_parquet(facts: Facts, name: str, parts: list[Path], origin: str) -> None:
    files = ", ".join(literal(unglobbed(part)) for part in parts)
    try:
        facts.add(name, f"SELECT * FROM read_parquet([{files}], union_by_name = true, hive_partitioning = false)", origin)
    except duckdb.Error as error:
        raise bad_parquet(origin, error) from error


def unglobbed(path: Path) -> str:
    """The path for DuckDB, which would take `*`, `?` and `[` in it for a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))


def bad_parquet(origin: str, error: duckdb.Error) -> SourceError:
    reason = str(error).splitlines()[0]
    return refusal(origin, 0, f"不是可读的 Parquet 文件：{reason}", f"is no readable Parquet file: {reason}", "重新导出这个文件", "export the file again")


def _take_csv(facts: Facts, name: str, parts: list[Path], origin: str) -> None:
    queries, before = [], 0
    for place, part in enumerate(parts):
        rows, ragged = read_csv(part, name)
        facts.reject(name, ragged.set_column(1, "row", pc.add(ragged.column("row"), before)))
        facts.connection.register(f"read_{name}_{place}", rows)
        queries.append(f"SELECT * REPLACE ({quote(ROW)} + {before} AS {quote(ROW)}) FROM {quote(f'read_{name}_{place}')}")
        before += rows.num_rows + ragged.num_rows
    facts.add(name, " UNION ALL BY NAME ".join(queries), origin, row_column=ROW)
