"""`mingjing verify_ledger`: is the history whole? Of the database, or of an exported file without any database."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from mingjing.ledger import anchors, chain, files, verification

SOUND, FLAWED, UNREADABLE = 0, 1, 2
SAID_EVERY = 100_000  # entries


class Command(BaseCommand):
    help = "核验台账：数据库里的，或者导出的文件（不需要数据库）。退出码：0 完好，1 有问题，2 读不出"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, metavar="文件", help="export_ledger 导出的 .jsonl 或 .jsonl.gz；不写则核验数据库")
        parser.add_argument("--anchor", action="append", default=[], metavar="序号:摘要", help="打印或者抄录的链头，可以给多个")
        parser.add_argument("--anchors", type=Path, dest="kept", metavar="路径", help="留存链头的文件或者文件夹；核验数据库时本平台留存的自动使用")
        parser.add_argument("--from", type=int, default=1, dest="first", metavar="序号", help="文件从第几条开始（只导出了一部分时）")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="输出格式")

    def handle(self, *args: Any, file: Path | None, anchor: list[str], kept: Path | None, first: int, format: str, **options: Any) -> None:
        report, obstacle = chain.Report(), ""
        try:
            outside = _outside(anchor, kept)
            report = of_file(file, outside, first, report) if file else verification.whole(outside, self.progress())
        except (ValueError, files.Unreadable) as error:
            obstacle = str(error)
        except DatabaseError as error:
            obstacle = f"数据库读不出：{error}"
        self.stdout.write(_json(report, obstacle) if format == "json" else _text(report, obstacle, file))
        if obstacle or report.found:
            sys.exit(UNREADABLE if obstacle else FLAWED)

    def progress(self) -> Callable[[int], None]:
        """On a terminal, the count now and then."""
        if not self.stderr.isatty():
            return lambda count: None
        return lambda count: self.stderr.write(f"已核验 {count:,} 条……") if count % SAID_EVERY == 0 else None


def of_file(file: Path, outside: list[chain.Anchor], first: int, report: chain.Report) -> chain.Report:
    """Check an exported file. The heads kept here are not used unless they are given: the file may be older, or another installation's."""
    check = chain.Check(outside, report)
    for entry in files.read(file):
        if report.entries == 0 and first > 1:  # a part: what lies before it is taken from it, unless a head kept outside is known
            before = next((kept.digest for kept in outside if kept.seq == first - 1), entry["previous_digest"])
            report.head = chain.Anchor(first - 1, before)
        check.take(entry)
    return check.finish()


def _outside(given: list[str], path: Path | None) -> list[chain.Anchor]:
    """Raises ValueError for a head or a file of heads that cannot be read."""
    heads = [anchors.given(text) for text in given]
    if path is None:
        return heads
    found, faults = anchors.read(path)
    if faults or not found:
        raise ValueError(str(faults[0]) if faults else f"{path} 里没有留存的链头")
    return [*heads, *(kept.anchor for kept in found)]


def _json(report: chain.Report, obstacle: str) -> str:
    values = {
        "sound": report.sound and not obstacle, "entries": report.entries, "head": {"seq": report.head.seq, "digest": report.head.digest},
        "anchors": report.anchors, "found": report.found, "flaws": [{"seq": flaw.seq, "text": flaw.text} for flaw in report.flaws], "unreadable": obstacle,
    }
    return json.dumps(values, ensure_ascii=False, indent=2)


def _text(report: chain.Report, obstacle: str, file: Path | None) -> str:
    lines = [
        f"核验{f'文件 {file}' if file else '数据库里的台账'}：{report.entries:,} 条",
        f"链头：第 {report.head.seq} 条，摘要 {report.head.digest}" if report.entries else "没有记录",
        f"与留存的链头相符：{report.anchors} 个{'' if report.anchors else '，因此不能排除末尾被截去或者整体被替换'}",
    ]
    lines += [f"  {'整体' if flaw.seq == 0 else f'第 {flaw.seq} 条'}：{flaw.text}" for flaw in report.flaws]
    if report.found > len(report.flaws):
        lines.append(f"  ……共 {report.found:,} 处，以上是前 {len(report.flaws)} 处")
    if obstacle:
        return "\n".join([*lines, f"读不出：{obstacle}"])
    return "\n".join([*lines, f"结论：发现 {report.found:,} 处问题" if report.found else "结论：完好"])
