"""The command `rulebook`. Results go to standard output, progress and faults to standard error.

Exit codes: 0 nothing found, 1 findings (or failing examples, unpinned numbers, lint faults), 2 bad input. A clock that merely runs is no find.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from rulebook import output
from rulebook.backtest import backtest
from rulebook.errors import BadInput, Fault, RuleError, SourceError, Text
from rulebook.evaluation import Evaluation, evaluate
from rulebook.examples import run_examples
from rulebook.explain import explain_subject, rule_sentences
from rulebook.facts import Facts
from rulebook.impact import check_law, impact
from rulebook.lint import lint
from rulebook.pins import check_pins
from rulebook.rules import Rule, RuleSet, load_rules
from rulebook.score import read_truth, score
from rulebook.sources import open_source
from rulebook.statutes import load_laws
from rulebook.together import together
from rulebook.vocabulary import Vocabulary, load_vocabulary

NOTHING, FOUND, BAD = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Bad input is told without a traceback."""
    arguments = _parser().parse_args(arguments)
    try:
        return arguments.run(arguments)
    except BadInput as error:
        sys.stderr.write(error.say(arguments.lang) + "\n")
        counted = Text(f"共 {len(error.faults)} 处问题，没有运行。", f"{len(error.faults)} fault(s); nothing was run.")
        sys.stderr.write(counted.say(arguments.lang) + "\n")
        return BAD
    except BrokenPipeError:  # the reader (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOTHING


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rulebook", description="按施行中的法律核对办案记录 · check case records against dated law")
    parser.add_argument("--lang", choices=["zh", "en"], default=_language(), help="语言 language (RULEBOOK_LANG)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    judge = _command(commands, "evaluate", _evaluate, "判断一批事实 judge a source of facts")
    _source_options(judge)
    judge.add_argument("--at", required=True, help="判断时刻，如 2026-03-02 09:00 the time of judgement")
    judge.add_argument("--format", choices=["table", "json", "parquet", "html"], default="table")
    judge.add_argument("--output", type=Path, help="结果文件（parquet、json）或目录（html） file or folder of the result")

    for name, run, about in (("lint", _lint, "检查规则文件 check the rule files"), ("test", _test, "运行范例 run the examples"),
                             ("pins", _pins, "查没有被范例钉住的数和条件 find unpinned numbers and conditions"),
                             ("facts", _facts, "列出事实词汇表 list the vocabulary of facts")):
        command = _command(commands, name, run, about)
        command.add_argument("folder", nargs="?", type=Path, help="规则目录 folder of rules")
        command.add_argument("--format", choices=["table", "json"], default="table")
        if name == "lint":
            command.add_argument("--texts", type=Path, help="法规原文目录，用来核对引用 folder of statute texts to check citations against")

    words = _command(commands, "explain", _explain, "用中文讲一条规则 a rule in words")
    words.add_argument("code", metavar="CODE")
    words.add_argument("--subject", metavar="ID", help="讲这一个对象怎样算出来的 how this subject came out")
    words.add_argument("--source", help="事实来源，与 --subject 同用 the source of facts for --subject")
    words.add_argument("--mapping", type=Path)
    words.add_argument("--at", help="判断时刻，与 --subject 同用 the time of judgement for --subject")

    weeks = _command(commands, "backtest", _backtest, "回测：过去每周会怎么说 what a rule would have said each week")
    weeks.add_argument("code", metavar="CODE")
    _source_options(weeks)
    weeks.add_argument("--from", dest="first", required=True, help="起始日 first day")
    weeks.add_argument("--to", dest="last", required=True, help="截止日 last day")
    weeks.add_argument("--format", choices=["table", "json"], default="table")

    known = _command(commands, "score", _score, "对照已知的问题，算查全率和查准率 recall and precision against known faults")
    known.add_argument("source", metavar="SOURCE", help="带 _truth 的事实目录，或者 demo（现造一座城市） a folder with _truth, or demo (a city made for it)")
    known.add_argument("--at", help="判断时刻；demo 不用写 the time of judgement; not for demo")
    known.add_argument("--threads", type=_positive, help="线程数 number of threads")
    known.add_argument("--format", choices=["table", "json"], default="table")

    changed = _command(commands, "impact", _impact, "法律有了新版本，涉及哪些规则、范例和正在走的期限 what a new version of a statute touches")
    changed.add_argument("--law", required=True, help="法律名称 the statute")
    changed.add_argument("--from", dest="day", required=True, help="新版本施行日 the day on which it comes into force")
    changed.add_argument("--source", help="事实来源：另数出正在走的期限 facts, to count the clocks that run")
    changed.add_argument("--mapping", type=Path)
    changed.add_argument("--at", help="判断时刻，与 --source 同用 the time of judgement, with --source")
    changed.add_argument("--threads", type=_positive, help="线程数 number of threads")
    changed.add_argument("--format", choices=["table", "json"], default="table")

    pairs = _command(commands, "overlap", _overlap, "哪些规则总是一起预警 which rules fire together")
    _source_options(pairs)
    pairs.add_argument("--at", required=True, help="判断时刻 the time of judgement")
    pairs.add_argument("--by", default="case", help="按哪张表的一行算一起（case） the table whose rows are the matters (case)")
    pairs.add_argument("--share", type=float, default=0.5, help="至少占多少才列出（0.5） the least share that is listed (0.5)")
    pairs.add_argument("--format", choices=["table", "json"], default="table")
    return parser


def _language() -> str:
    """English where RULEBOOK_LANG asks for it, Chinese otherwise."""
    return "en" if os.environ.get("RULEBOOK_LANG", "").startswith("en") else "zh"


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("1, 2, 3 …")
    return number


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], words: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words, description=words)
    command.add_argument("--rules", type=Path, default=Path("rules"), help="规则目录 folder of rules (rules)")
    command.add_argument("--lang", choices=["zh", "en"], default=argparse.SUPPRESS)
    command.set_defaults(run=run)
    return command


def _source_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("source", metavar="SOURCE", help="Parquet/CSV 目录、XES、OCEL 2.0、CSV 事件日志 a folder of tables or an event log")
    command.add_argument("--mapping", type=Path, help="事件日志的映射文件 mapping file of an event log")
    command.add_argument("--threads", type=_positive, help="线程数 number of threads")


# --- evaluate --------------------------------------------------------------------------------------------------------------------------


def _evaluate(arguments: argparse.Namespace) -> int:
    started = time.perf_counter()
    if arguments.output and arguments.format == "table":
        raise SourceError([Fault("--output", 0, Text("表格只显示在屏幕上", "a table is only shown on screen"),
                                 Text("加 --format json、parquet 或 html", "add --format json, parquet or html"))])
    rules = _rules(arguments)
    at = _instant(arguments.at, rules.vocabulary, "--at")
    with output.Progress(arguments.lang) as progress:
        facts = _open(arguments, rules.vocabulary, progress)
        evaluation = _judge(rules, facts, at, arguments.threads, arguments.format == "html", progress)
    run = output.Run(arguments.source, evaluation, facts, time.perf_counter() - started)
    output.write(run, arguments.format, arguments.output, arguments.lang)
    return FOUND if run.found else NOTHING


def _judge(rules: RuleSet, facts: Facts, at: datetime, threads: int | None, every_stage: bool, progress: output.Progress) -> Evaluation:
    task = progress.task(Text("判断", "judging"), len(rules))
    return evaluate(rules, facts, at, threads=threads, every_stage=every_stage, progress=lambda _rule: task.advance())


def _open(arguments: argparse.Namespace, vocabulary: Vocabulary, progress: output.Progress) -> Facts:
    task = progress.task(Text("读取", "reading"), None)
    return open_source(arguments.source, vocabulary, arguments.mapping, progress=task.reach, threads=getattr(arguments, "threads", None))


def _rules(arguments: argparse.Namespace) -> RuleSet:
    return load_rules(getattr(arguments, "folder", None) or arguments.rules)


def _rule(arguments: argparse.Namespace) -> Rule:
    rules = _rules(arguments)
    rule = rules.get(arguments.code)
    if rule is None:
        codes = "、".join(each.code for each in rules)
        raise RuleError([Fault(str(arguments.rules), 0, Text(f"没有编号为 {arguments.code} 的规则", f"no rule {arguments.code}"),
                               Text(f"现有：{codes}", f"there are: {codes}"))])
    return rule


def _instant(text: str, vocabulary: Vocabulary, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SourceError([Fault(option, 0, Text(f"“{text}”不是时间", f"“{text}” is no time"),
                                 Text("写成 2026-03-02 或 2026-03-02 09:00", "write 2026-03-02 or 2026-03-02 09:00"))]) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=vocabulary.time_zone)


# --- score -----------------------------------------------------------------------------------------------------------------------------


def _score(arguments: argparse.Namespace) -> int:
    rules = _rules(arguments)
    with tempfile.TemporaryDirectory(prefix="rulebook-") as folder, output.Progress(arguments.lang) as progress:
        made = _made(arguments.source, Path(folder) / "city", rules.vocabulary)
        at = made or _instant(_given(arguments.at), rules.vocabulary, "--at")
        source = Path(folder) / "city" if made else Path(arguments.source)
        facts = open_source(str(source), rules.vocabulary, None, progress=progress.task(Text("读取", "reading"), None).reach, threads=arguments.threads)
        scores = score(_judge(rules, facts, at, arguments.threads, False, progress), read_truth(source))
    output.scores(rules, scores, arguments.format, arguments.lang)
    return NOTHING if all(each.is_perfect for each in scores) else FOUND


def _made(name: str, folder: Path, vocabulary: Vocabulary) -> datetime | None:
    """Where the source is the name of a generator that some installed package offers (a folder of that name is written ./demo): lets it fill the folder.
    Gives the time at which the history ends."""
    offered = entry_points(group="rulebook.sources", name=name)
    return next(iter(offered)).load()(folder, vocabulary) if offered else None


def _given(at: str | None) -> str:
    if at is None:
        raise SourceError([Fault("--at", 0, Text("没有写明判断时刻", "no time of judgement"), Text("加 --at 2026-03-02T09:00", "add --at 2026-03-02T09:00"))])
    return at


# --- overlap and impact ----------------------------------------------------------------------------------------------------------------


def _overlap(arguments: argparse.Namespace) -> int:
    rules = _rules(arguments)
    at = _instant(arguments.at, rules.vocabulary, "--at")
    if arguments.by not in rules.vocabulary.tables:
        raise SourceError([Fault("--by", 0, Text(f"词汇表里没有事实表“{arguments.by}”", f"the vocabulary has no table “{arguments.by}”"),
                                 Text(f"可用的表：{'、'.join(rules.vocabulary.tables)}", f"known tables: {', '.join(rules.vocabulary.tables)}"))])
    with output.Progress(arguments.lang) as progress:
        facts = _open(arguments, rules.vocabulary, progress)
        pairs = together(list(rules), _judge(rules, facts, at, arguments.threads, False, progress), facts, arguments.by)
    output.pairs(rules, [pair for pair in pairs if pair.share >= arguments.share], arguments.format, arguments.lang)
    return FOUND if any(pair.is_always and not pair.is_led for pair in pairs) else NOTHING


def _impact(arguments: argparse.Namespace) -> int:
    rules = _rules(arguments)
    check_law(load_laws(arguments.rules), arguments.law)
    day = _instant(arguments.day, rules.vocabulary, "--from").date()
    evaluation = None
    if arguments.source:
        with output.Progress(arguments.lang) as progress:
            facts = _open(arguments, rules.vocabulary, progress)
            evaluation = _judge(rules, facts, _instant(_given(arguments.at), rules.vocabulary, "--at"), arguments.threads, False, progress)
    touched = impact(rules, arguments.law, day, evaluation)
    output.impact(touched, arguments.law, day, arguments.format, arguments.lang)
    return FOUND if touched else NOTHING


# --- the rule files --------------------------------------------------------------------------------------------------------------------


def _lint(arguments: argparse.Namespace) -> int:
    report = lint(arguments.folder or arguments.rules, arguments.texts)
    tally = report.tally
    summary = Text(f"{report.rules} 条规则；引用 {tally.checked} 处已对照原文，{tally.listed_only} 处只对照清单，{tally.unchecked} 处没有清单可对照",
                   f"{report.rules} rules; {tally.checked} citations checked against texts, {tally.listed_only} against the list only, "
                   f"{tally.unchecked} not checked")
    _tell(report.faults, summary, arguments)
    return (FOUND if report.rules else BAD) if report.faults else NOTHING


def _test(arguments: argparse.Namespace) -> int:
    outcomes = run_examples(_rules(arguments))
    faults = [outcome.fault for outcome in outcomes if outcome.fault]
    _tell(faults, Text(f"{len(outcomes)} 个范例，{len(faults)} 个不符", f"{len(outcomes)} examples, {len(faults)} failed"), arguments)
    return FOUND if faults else NOTHING


def _pins(arguments: argparse.Namespace) -> int:
    rules = _rules(arguments)
    with output.Progress(arguments.lang) as progress:
        task = progress.task(Text("逐项改动", "changing one thing at a time"), len(rules))
        report = check_pins(rules, progress=lambda _rule: task.advance(), jobs=os.cpu_count() or 1)
    unpinned = len(report.unpinned)
    _tell(report.faults(), Text(f"试了 {report.tried} 处改动，{unpinned} 处没有范例发现", f"{report.tried} changes tried, {unpinned} unnoticed"), arguments)
    return FOUND if unpinned else NOTHING


def _tell(faults: list[Fault], summary: Text, arguments: argparse.Namespace) -> None:
    if arguments.format == "json":
        rows = [{"path": fault.path, "line": fault.line, "what": fault.what.say(arguments.lang), "fix": fault.fix.say(arguments.lang)} for fault in faults]
        print(json.dumps({"summary": summary.say(arguments.lang), "faults": rows}, ensure_ascii=False, indent=2))
        return
    for fault in faults:
        print(fault.say(arguments.lang))
    print(summary.say(arguments.lang))


def _facts(arguments: argparse.Namespace) -> int:
    output.vocabulary(load_vocabulary(arguments.folder or arguments.rules), arguments.format, arguments.lang)
    return NOTHING


# --- one rule --------------------------------------------------------------------------------------------------------------------------


def _explain(arguments: argparse.Namespace) -> int:
    rule = _rule(arguments)
    if arguments.subject is None:
        print("\n".join(rule_sentences(rule)))
        return NOTHING
    if not (arguments.source and arguments.at):
        raise SourceError([Fault("--subject", 0, Text("要讲一个对象，还需要 --source 和 --at", "--subject also needs --source and --at"),
                                 Text("加上事实来源和判断时刻", "give the source of facts and the time of judgement"))])
    with output.Progress(arguments.lang) as progress:
        facts = _open(arguments, rule.vocabulary, progress)
    strip = explain_subject(rule, facts, arguments.subject, _instant(arguments.at, rule.vocabulary, "--at"))
    if strip is None:
        raise SourceError([Fault(arguments.source, 0, Text(f"{rule.code} 不涉及对象 {arguments.subject}", f"{rule.code} does not concern {arguments.subject}"),
                                 Text("核对编号；不在适用范围内、缺少事实或者没有适用版本的不判断", "check the code; it may be outside the rule's scope"))])
    print("\n".join([*rule_sentences(rule)[:1], *strip.lines()]))
    return NOTHING if strip.finding.stage in ("running", "kept", "unstarted") else FOUND


def _backtest(arguments: argparse.Namespace) -> int:
    rule = _rule(arguments)
    first, last = _instant(arguments.first, rule.vocabulary, "--from"), _instant(arguments.last, rule.vocabulary, "--to")
    if last < first:
        raise SourceError([Fault("--to", 0, Text("截止日早于起始日", "--to is before --from"), Text("调换两个日期", "swap the two dates"))])
    with output.Progress(arguments.lang) as progress:
        facts = _open(arguments, rule.vocabulary, progress)
        task = progress.task(Text("逐周判断", "judging each week"), (last - first) // timedelta(days=7) + 1)
        found = []
        for week in backtest(rule, facts, first, last):
            found.append(week)
            task.advance()
    output.weeks(rule, found, arguments.format, arguments.lang)
    return FOUND if any(week.new for week in found) else NOTHING
