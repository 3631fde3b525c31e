"""What the command line prints: tables, JSON, Parquet, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from rich import progress as rich_progress
from rich.console import Console
from rich.table import Table

from rulebook.backtest import Week
from rulebook.errors import Fault, SourceError, Text
from rulebook.evaluation import Evaluation
from rulebook.explain import STAGE_TEXTS
from rulebook.facts import Facts
from rulebook.impact import Touched
from rulebook.report import write_report
from rulebook.rules import STAGES, Rule
from rulebook.score import Score, whole
from rulebook.together import Pair
from rulebook.vocabulary import Vocabulary


@dataclass(frozen=True)
class Run:
    """One evaluation with its source; `seconds` is the whole run, reading included."""

    source: str
    evaluation: Evaluation
    facts: Facts
    seconds: float

    @property
    def found(self) -> bool:
        return any(count for result in self.evaluation.results for stage, count in result.by_stage.items() if stage != "running")

    def as_json(self) -> dict:
        rules = [{"code": result.rule.code, "name": result.rule.name, "subjects": result.subjects, "by_stage": result.by_stage}
                 for result in self.evaluation.results]
        document = {"source": self.source, "at": self.evaluation.at.isoformat(), "rows": self.facts.rows, "rejected": self.facts.rejected,
                    "seconds": round(self.seconds, 3), "rules": rules}
        if self.evaluation.skipped:
            document["skipped"] = [{"code": each.rule.code, "missing": list(each.missing)} for each in self.evaluation.skipped]
        return document


def write(run: Run, form: str, output: Path | None, language: str) -> None:
    """Write a run as table or JSON (to standard output or `output`), Parquet (a file) or HTML (a folder)."""
    if form == "table":
        _print_run(run, language)
    elif form == "json":
        text = json.dumps(run.as_json(), ensure_ascii=False, indent=2)
        if output:
            _save(output, lambda: output.write_text(text + "\n", encoding="utf-8"))
        else:
            print(text)
    elif form == "parquet":
        target = output or Path("findings.parquet")
        _save(target, lambda: pq.write_table(findings_table(run.evaluation), target))
        _console().print(Text(f"判定结果已写入 {target}", f"findings written to {target}").say(language))
    else:
        target = output or Path("report")
        _save(target, lambda: write_report(run.evaluation, target, run.source, summary_lines(run), run.facts))
        _print_run(run, language)
        _console().print(Text(f"报告：{target / 'index.html'}", f"report: {target / 'index.html'}").say(language))


def findings_table(evaluation: Evaluation) -> pa.Table:
    """All findings as one Arrow table, with the rule's code in front."""
    tables = [result.table.add_column(0, "rule", pa.array([result.rule.code] * len(result), pa.string())) for result in evaluation.results]
    return pa.concat_tables(tables) if tables else pa.table({"rule": pa.array([], pa.string())})


def _save(target: Path, save) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        save()
    except OSError as error:
        raise SourceError([Fault(str(target), 0, Text(f"写不了：{error.strerror}", f"cannot write: {error.strerror}"),
                                 Text("换一个有写权限、空间够的位置", "choose a place that can be written and has room"))]) from error


def _console() -> Console:
    """A terminal's own width; elsewhere wide enough that nothing is cut."""
    return _Console(width=None if sys.stdout.isatty() else 140, highlight=False, soft_wrap=False)


class _Console(Console):
    """Leaves a closed pipe to the command line, which knows the exit code."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _print_run(run: Run, language: str) -> None:
    console = _console()
    table = Table(title=None, header_style="bold", box=None, pad_edge=False)
    table.add_column(Text("编号", "code").say(language), no_wrap=True)
    table.add_column(Text("预警模型", "rule").say(language))
    for words in (Text("对象", "subjects"), *(STAGE_TEXTS[stage] for stage in STAGES)):
        table.add_column(words.say(language), justify="right", no_wrap=True)
    for result in run.evaluation.results:
        table.add_row(result.rule.code, result.rule.name, f"{result.subjects:,}", *(f"{count:,}" if count else "·" for count in result.by_stage.values()))
    console.print(table)
    for line in summary_lines(run):
        console.print(line.say(language))


def summary_lines(run: Run) -> list[Text]:
    """Counts of what was read and set aside, what was not judged, and how long it took."""
    facts = run.facts
    lines = [Text(f"读取 {facts.rows:,} 行，另有 {facts.rejected:,} 行不能判断，已单列", f"{facts.rows:,} rows read, {facts.rejected:,} set aside")]
    lines += [Text(f"  单列：{each.table}.{each.column} {each.reason} {each.rows:,} 行",
                   f"  set aside: {each.table}.{each.column} {each.reason}: {each.rows:,}") for each in facts.rejects]
    lines += [Text(f"  提示：{note.zh}", f"  note: {note.en}") for note in facts.notes]
    lines += [each.reason for each in run.evaluation.skipped]
    at = run.evaluation.at.isoformat(" ")
    return [*lines, Text(f"判断时刻 {at}，用时 {run.seconds:.2f} 秒", f"judged as of {at} in {run.seconds:.2f} s")]


def weeks(rule: Rule, found: list[Week], form: str, language: str) -> None:
    """The weeks of a back-test."""
    if form == "json":
        rows = [{"at": week.at.isoformat(), "subjects": week.subjects, "by_stage": week.by_stage, "new": week.new} for week in found]
        print(json.dumps({"code": rule.code, "name": rule.name, "weeks": rows}, ensure_ascii=False, indent=2))
        return
    table = Table(title=f"{rule.code} {rule.name}", header_style="bold", box=None, pad_edge=False)
    table.add_column(Text("判断时刻", "as of").say(language), no_wrap=True)
    for words in (Text("对象", "subjects"), *(STAGE_TEXTS[stage] for stage in STAGES), Text("本周新增", "new")):
        table.add_column(words.say(language), justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    most = max((week.new for week in found), default=0) or 1
    for week in found:
        counts = [f"{week.by_stage[stage]:,}" for stage in STAGES]
        table.add_row(f"{week.at:%Y-%m-%d}", f"{week.subjects:,}", *counts, f"{week.new:,}", "█" * round(20 * week.new / most))
    _console().print(table)


def scores(rules: Iterable[Rule], found: list[Score], form: str, language: str) -> None:
    """Recall and precision of each rule, and of all together."""
    names, every = {rule.code: rule.name for rule in rules}, whole(found)
    if form == "json":
        rows = [{"code": each.rule, "name": names.get(each.rule, ""), "planted": each.planted, "found": each.found, "right": each.right,
                 "recall": each.recall, "precision": each.precision} for each in found]
        print(json.dumps({"recall": every.recall, "precision": every.precision, "rules": rows}, ensure_ascii=False, indent=2))
        return
    table = Table(header_style="bold", box=None, pad_edge=False)
    for words in (Text("编号", "code"), Text("预警模型", "rule")):
        table.add_column(words.say(language), no_wrap=True)
    for words in (Text("已知问题", "planted"), Text("查出", "found"), Text("查对", "right"), Text("查全率", "recall"), Text("查准率", "precision")):
        table.add_column(words.say(language), justify="right", no_wrap=True)
    for each in [*found, every]:
        name = names.get(each.rule, "") if each.rule else Text("全部", "all").say(language)
        table.add_row(each.rule, name, f"{each.planted:,}", f"{each.found:,}", f"{each.right:,}", _share(each.recall), _share(each.precision))
    _console().print(table)


def pairs(rules: Iterable[Rule], found: list[Pair], form: str, language: str) -> None:
    """Rules that fire together, a line for each direction."""
    names = {rule.code: rule.name for rule in rules}
    if form == "json":
        rows = [{"rule": pair.rule, "other": pair.other, "matters": pair.matters, "both": pair.both, "share": round(pair.share, 4),
                 "always": pair.is_always, "led": pair.is_led} for pair in found]
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    table = Table(header_style="bold", box=None, pad_edge=False)
    for words in (Text("预警模型", "rule"), Text("另一个", "other")):
        table.add_column(words.say(language))
    for words in (Text("案件", "matters"), Text("一起", "both"), Text("占比", "share"), Text("并入", "follows")):
        table.add_column(words.say(language), justify="right", no_wrap=True)
    for pair in found:
        led = Text("已并入", "yes").say(language) if pair.is_led else "·"
        table.add_row(f"{pair.rule} {names[pair.rule]}", f"{pair.other} {names[pair.other]}", f"{pair.matters:,}", f"{pair.both:,}", f"{pair.share:.0%}", led)
    console = _console()
    console.print(table)
    always = sum(pair.is_always and not pair.is_led for pair in found)
    console.print(Text(f"{always} 处总是一起而没有并入", f"{always} always together and not led").say(language))


def impact(found: list[Touched], law: str, day: date, form: str, language: str) -> None:
    """What a new version of a law touches, a line a rule."""
    if form == "json":
        rows = [{"code": each.rule.code, "name": each.rule.name, "status": each.rule.status, "basis": list(each.bases), "has_version": each.has_version,
                 "examples_before": list(each.before), "examples_after": list(each.after), "clocks": each.clocks, "crossing": each.crossing}
                for each in found]
        print(json.dumps({"law": law, "from": day.isoformat(), "rules": rows}, ensure_ascii=False, indent=2))
        return
    table = Table(title=f"{law} {day}", title_justify="left", header_style="bold", box=None, pad_edge=False)
    table.add_column(Text("预警模型", "rule").say(language))
    table.add_column(Text("依据", "basis").say(language))
    for words in (Text("当日有新版本", "version"), Text("范例：此前", "examples before"), Text("此后", "after"), Text("正在走的期限", "clocks"),
                  Text("跨过当日", "across")):
        table.add_column(words.say(language), justify="right")
    for each in found:
        has = Text("有", "yes") if each.has_version else Text("没有，须核对", "none: check")
        counts = ["·" if count is None else f"{count:,}" for count in (each.clocks, each.crossing)]
        bases = "；".join(basis.removeprefix(f"{law} ") for basis in each.bases)
        table.add_row(f"{each.rule.code} {each.rule.name}", bases, has.say(language), str(len(each.before)), str(len(each.after)), *counts)
    console = _console()
    console.print(table)
    without = sum(not each.has_version for each in found)
    console.print(Text(f"涉及 {len(found)} 条规则，其中 {without} 条当日没有新版本", f"{len(found)} rules, {without} of them without a version of that day")
                  .say(language))


def _share(value: float | None) -> str:
    return "·" if value is None else f"{value:.4f}"


def vocabulary(known: Vocabulary, form: str, language: str) -> None:
    """The fact tables and their columns."""
    if form == "json":
        document = {name: {"label": table.label, "key": table.key, "columns": {
            column.name: {"type": column.type, "label": column.label, "refers": column.refers, "values": list(column.values)}
            for column in table.columns.values()}} for name, table in known.tables.items()}
        print(json.dumps({"time_zone": known.time_zone.key, "calendar": known.calendar, "tables": document}, ensure_ascii=False, indent=2))
        return
    console = _console()
    for table in known.tables.values():
        shown = Table(title=f"{table.name}  {table.label}", title_justify="left", title_style="bold", show_header=False, box=None, pad_edge=False)
        for column in table.columns.values():
            more = f"→ {column.refers}" if column.refers else "、".join(column.values)
            shown.add_row(column.name, column.type, column.label, more)
        console.print(shown)


class Progress:
    """Progress bars on standard error, only where somebody watches."""

    def __init__(self, language: str):
        self.language = language
        columns = (rich_progress.TextColumn("{task.description}"), rich_progress.BarColumn(), rich_progress.TaskProgressColumn(),
                   rich_progress.TimeElapsedColumn())
        self.bars = rich_progress.Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)

    def __enter__(self) -> Progress:
        self.bars.start()
        return self

    def __exit__(self, *_) -> None:
        self.bars.stop()

    def task(self, words: Text, total: int | None) -> Task:
        return Task(self.bars, self.bars.add_task(words.say(self.language), total=total))


@dataclass(frozen=True)
class Task:
    bars: rich_progress.Progress
    number: rich_progress.TaskID

    def advance(self) -> None:
        self.bars.advance(self.number)

    def reach(self, done: int, total: int) -> None:
        self.bars.update(self.number, completed=done, total=total)
