"""Mapping files: how the events of a log become rows of fact tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rulebook.errors import Fault, RuleError
from rulebook.facts import literal
from rulebook.schema import check_schema
from rulebook.vocabulary import Table, Vocabulary
from rulebook.yamlfile import Where, YamlFile, read_yaml

# what a column may take, by what the table has a row per: the word, and what may stand beside it
AT_EVENT = {"first": {"attribute"}, "last": {"attribute"}, "nth": {"number", "attribute"}, "count": set()}
WORDS: dict[str, dict[str, set[str]]] = {
    "case": {"case": set(), "case_attribute": set(), **AT_EVENT},
    "event": {"event": set(), "case": set(), "case_attribute": set(), "time": set(), "attribute": set(), "related": {"qualifier"}},
    "object": {"object": set(), "attribute": set(), "related": {"qualifier"}, **{word: beside | {"qualifier"} for word, beside in AT_EVENT.items()}},
}
MAIN_WORDS = ("case", "event", "object", "first", "last", "nth", "count", "time", "case_attribute", "related", "attribute")
PERS = {"xes": ("case", "event"), "csv": ("case", "event"), "ocel": ("event", "object")}
ONLY_CASE_LOGS = {"case", "case_attribute"}
ONLY_CSV = ("delimiter", "encoding", "columns", "time_format")


@dataclass(frozen=True)
class Given:
    """Where one column of a fact table comes from: `word: what`, and what stands beside it."""

    column: str
    word: str
    what: str | bool
    attribute: str | None = None
    qualifier: str | None = None
    number: int = 1


@dataclass(frozen=True)
class FactMap:
    """One fact table: a row per case, per event of the activities `of`, or per object of a type."""

    table: Table
    per: str
    of: tuple[str, ...]
    type: str
    columns: tuple[Given, ...]

    @property
    def activities(self) -> tuple[str, ...]:
        return (*self.of, *(str(given.what) for given in self.columns if given.word in AT_EVENT))

    @property
    def of_sql(self) -> str:
        return f"activity IN ({', '.join(map(literal, self.of))})" if self.of else "true"


@dataclass(frozen=True)
class Mapping:
    """A whole mapping file. `time_zone` is None where times without an offset are to be refused."""

    path: str
    source: str
    time_zone: str | None
    case: str
    activity: str
    time: str
    tables: tuple[FactMap, ...]
    delimiter: str = ","
    encoding: str = "utf-8"
    time_format: str | None = None
    columns: tuple[str, ...] = ()
    time_attributes: frozenset[str] = field(default=frozenset())
    event_attributes: frozenset[str] = field(default=frozenset())
    case_attributes: frozenset[str] = field(default=frozenset())


def load_mapping(path: str | Path, vocabulary: Vocabulary) -> Mapping:
    """Read a mapping and check it against the vocabulary. Raises RuleError with all faults."""
    file = read_yaml(path)
    faults = check_schema(file, "mapping")
    if not faults:
        faults = [*_head_faults(file), *_fact_faults(file, vocabulary)]
    if faults:
        raise RuleError(faults)
    mapping = _mapping(file, vocabulary)
    if faults := _letter_faults(file, mapping):
        raise RuleError(faults)
    return mapping


def _mapping(file: YamlFile, vocabulary: Vocabulary) -> Mapping:
    data = file.data
    tables = tuple(_fact_map(vocabulary.tables[name], spec) for name, spec in data["facts"].items())
    options = {name: data[name] for name in ("delimiter", "encoding", "time_format") if name in data}
    times = frozenset(name for table in tables for given in table.columns for name in _time_attributes(table, given))
    attributes = frozenset(name for table in tables if table.per != "object" for given in table.columns for name in _attributes(given))
    attributes |= {given.attribute for table in tables for given in table.columns if given.word in AT_EVENT and given.attribute}
    cases = frozenset(str(given.what) for table in tables for given in table.columns if given.word == "case_attribute")
    return Mapping(
        file.path, data["source"], data.get("time_zone"), data.get("case", "concept:name"), data.get("activity", "concept:name"),
        data.get("time", "time:timestamp"), tables, columns=tuple(data.get("columns", ())),
        time_attributes=times, event_attributes=attributes | times, case_attributes=cases, **options,
    )


def _fact_map(table: Table, spec: dict) -> FactMap:
    given = tuple(_given(column, words) for column, words in spec["columns"].items())
    return FactMap(table, spec["per"], tuple(spec.get("of", ())), spec.get("type", ""), given)


def _given(column: str, words: dict) -> Given:
    word = _main_word(words)
    beside = {name: value for name, value in words.items() if name != word}
    return Given(column, word, words[word], **beside)


def _main_word(words: dict) -> str:
    return next((word for word in MAIN_WORDS if word in words), "")


def _attributes(given: Given) -> list[str]:
    return [*([str(given.what)] if given.word == "attribute" else []), *([given.attribute] if given.attribute else [])]


def _time_attributes(table: FactMap, given: Given) -> list[str]:
    """Attributes of events that are to be read as instants under the rules of this mapping."""
    named = [given.what] if given.word == "time" and isinstance(given.what, str) else []
    if table.per == "object" and given.word == "attribute":  # the object's own; see `ocelfacts`
        return []
    return [*named, *(_attributes(given) if table.table.columns[given.column].type == "time" else [])]


def _letter_faults(file: YamlFile, mapping: Mapping) -> list[Fault]:
    """DuckDB does not tell capitals from small letters in names, so that two such attributes would be one column."""
    faults, seen = [], {}
    for name in sorted(mapping.event_attributes):
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            faults.append(file.fault(("facts",), f"属性“{other}”和“{name}”只差大小写，不能同时用", f"attributes “{other}” and “{name}” differ in capitals only",
                                     "只用其中一个", "use one of the two"))
    return faults


def _head_faults(file: YamlFile) -> list[Fault]:
    data, faults = file.data, []
    if zone := data.get("time_zone"):
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            faults.append(file.fault(("time_zone",), f"没有时区“{zone}”", f"no such time zone “{zone}”",
                                     "写 IANA 名称，如 Asia/Shanghai", "write an IANA name such as Asia/Shanghai"))
    source = data["source"]
    refused = {"xes": ONLY_CSV, "ocel": (*ONLY_CSV, "case", "activity", "time"), "csv": ()}[source]
    for key in refused:
        if key in data:
            faults.append(file.fault((key,), f"source 为 {source} 时不用“{key}”", f"“{key}” has no meaning with source {source}",
                                     "删去这一行", "delete this line"))
    for key in ("case", "activity", "time") if source == "csv" else ():
        if key not in data:
            faults.append(file.fault((), f"source 为 csv 时须写“{key}”", f"source csv needs “{key}”",
                                     f"补上 {key}: 列名", f"add {key}: and the name of the column"))
    return faults


def _fact_faults(file: YamlFile, vocabulary: Vocabulary) -> list[Fault]:
    faults: list[Fault] = []
    for name, spec in file.data["facts"].items():
        where: Where = ("facts", name)
        table = vocabulary.tables.get(name)
        if table is None:
            known = "、".join(vocabulary.tables)
            faults.append(file.fault(where, f"词汇表里没有事实表“{name}”", f"the vocabulary has no table “{name}”",
                                     f"可用的表：{known}", f"known tables: {known}"))
            continue
        faults += [*_per_faults(file, where, spec), *_column_faults(file, where, spec, table)]
    return faults


def _per_faults(file: YamlFile, where: Where, spec: dict) -> list[Fault]:
    source, per, faults = file.data["source"], spec["per"], []
    if per not in PERS[source]:
        allowed = " / ".join(PERS[source])
        faults.append(file.fault((*where, "per"), f"source 为 {source} 时 per 不能是 {per}", f"source {source} has no per: {per}",
                                 f"改为 {allowed}", f"write {allowed}"))
    if per == "object" and "type" not in spec:
        faults.append(file.fault(where, "per: object 须写明对象类型 type", "per: object needs the type of the objects",
                                 "补上 type: 类型名", "add type: and its name"))
    for key, only in (("type", "object"), ("of", "event")):
        if key in spec and per != only:
            faults.append(file.fault((*where, key), f"“{key}”只用于 per: {only}", f"“{key}” is for per: {only} only", "删去这一行", "delete this line"))
    return faults


def _column_faults(file: YamlFile, where: Where, spec: dict, table: Table) -> list[Fault]:
    faults = []
    if table.key not in spec["columns"]:
        faults.append(file.fault((*where, "columns"), f"缺少主键列“{table.key}”", f"the key column “{table.key}” is missing",
                                 f"补上 {table.key}: {{{spec['per']}: true}}", f"add {table.key}: {{{spec['per']}: true}}"))
    for column, words in spec["columns"].items():
        place: Where = (*where, "columns", column)
        if column not in table.columns:
            faults.append(file.fault(place, f"事实表 {table.name} 没有列“{column}”", f"table {table.name} has no column “{column}”",
                                     f"可用的列：{'、'.join(table.columns)}", f"known columns: {', '.join(table.columns)}"))
        faults += _word_faults(file, place, words, spec["per"])
    return faults


def _word_faults(file: YamlFile, place: Where, words: dict, per: str) -> list[Fault]:
    allowed, word = WORDS[per], _main_word(words)
    if file.data["source"] == "ocel":
        allowed = {name: beside for name, beside in allowed.items() if name not in ONLY_CASE_LOGS}
    else:
        allowed = {name: beside for name, beside in allowed.items() if name != "related"}
    if word not in allowed:
        known = "、".join(allowed)
        return [file.fault(place, f"per: {per} 的列不能取“{word or '、'.join(words)}”", f"a column of per: {per} cannot take “{word or ', '.join(words)}”",
                           f"可取：{known}", f"it can take: {known}")]
    faults = []
    for extra in words.keys() - allowed[word] - {word}:
        faults.append(file.fault((*place, extra), f"“{word}”旁边不能写“{extra}”", f"“{extra}” cannot stand beside “{word}”",
                                 "删去其中一个", "delete one of the two"))
    if word == "nth" and "number" not in words:
        faults.append(file.fault(place, "nth 须写明第几次", "nth needs to say which one", "补上 number: 2 之类", "add number: 2 or the like"))
    if words[word] is False:
        faults.append(file.fault(place, f"{word}: false 没有意义", f"{word}: false says nothing",
                                 f"写 {word}: true，或删去", f"write {word}: true or delete it"))
    return faults
