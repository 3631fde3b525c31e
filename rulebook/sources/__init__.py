"""Sources of facts: folders of tables and event logs, each read into `Facts` through its one gate.

`open_source` is all that callers need. A reader either gives facts, with single bad rows in the rejects, or raises SourceError (the file)
or RuleError (the mapping) with every fault it found.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rulebook.errors import SourceError
from rulebook.facts import Facts
from rulebook.sources.eventcsv import take_csv
from rulebook.sources.faults import refusal
from rulebook.sources.folder import take_folder
from rulebook.sources.mapping import Mapping, load_mapping
from rulebook.sources.ocelfacts import take_ocel
from rulebook.sources.xesfacts import take_xes
from rulebook.vocabulary import Vocabulary

ENDINGS = {
    ".xes": "xes", ".xes.gz": "xes", ".csv": "csv", ".parquet": "csv", ".sqlite": "ocel", ".db": "ocel", ".json": "ocel", ".jsonocel": "ocel",
    ".xml": "ocel", ".xmlocel": "ocel",
}
TAKERS = {"xes": take_xes, "ocel": take_ocel, "csv": take_csv}
Progress = Callable[[int, int], None]


def open_source(
    path: str | Path, vocabulary: Vocabulary, mapping: str | Path | None = None, progress: Progress | None = None, threads: int | None = None
) -> Facts:
    """Facts from a folder of Parquet/CSV tables, or from an event log (XES, OCEL 2.0, CSV, Parquet) under a mapping file.

    `progress(done, total)` is told bytes of the file as it lies on disk. `threads` limits the processors used (default: all).
    Raises SourceError when the source cannot be read, RuleError when the mapping is wrong.
    """
    path = Path(path)
    facts = Facts(vocabulary)
    if threads:
        facts.connection.execute(f"SET threads = {int(threads)}")
    if not path.exists():
        raise refusal(path, 0, "没有这个文件或文件夹", "there is no such file or folder", "核对路径", "check the path")
    if path.is_dir():
        _refuse_mapping(path, mapping)
        take_folder(facts, path)
    else:
        _take_log(facts, path, vocabulary, mapping, progress, threads)
    return facts


def _take_log(
    facts: Facts, path: Path, vocabulary: Vocabulary, mapping: str | Path | None, progress: Progress | None, threads: int | None
) -> None:
    source = _source_of(path)
    if mapping is None:
        raise refusal(path, 0, "事件日志要有映射文件，说明事件怎样成为事实", "an event log needs a mapping file that says how events become facts",
                      "用 --mapping 指定映射文件；若这是事实表，请给出它所在的文件夹", "name one by --mapping; for a fact table give the folder that holds it")
    known = load_mapping(mapping, vocabulary)
    _check_source(path, known, source)
    TAKERS[source](facts, path, known, progress, threads)
    if progress:
        size = path.stat().st_size
        progress(size, size)


def _source_of(path: Path) -> str:
    name = path.name.lower()
    ending = next((ending for ending in ENDINGS if name.endswith(ending)), None)
    if ending is None:
        known = " ".join(ENDINGS)
        raise refusal(path, 0, "认不出这种文件", "this kind of file is not known",
                      f"可用的扩展名：{known}；或给出一个文件夹", f"known endings: {known}; or a folder")
    return ENDINGS[ending]


def _check_source(path: Path, mapping: Mapping, source: str) -> None:
    if mapping.source != source:
        raise refusal(mapping.path, 0, f"映射文件写的是 source: {mapping.source}，而 {path.name} 是 {source}",
                      f"the mapping says source: {mapping.source}, but {path.name} is {source}",
                      "换成对应的映射文件，或改正 source", "give the mapping that belongs to the file, or correct source")


def _refuse_mapping(path: Path, mapping: str | Path | None) -> None:
    if mapping is not None:
        raise refusal(path, 0, "文件夹里的事实表不用映射文件", "fact tables in a folder take no mapping",
                      "去掉 --mapping，或给出事件日志文件", "leave --mapping out, or give the file of an event log")


__all__ = ["SourceError", "open_source"]
