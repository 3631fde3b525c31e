"""`mingjing export_ledger`: the ledger, or a part of it, as a file that can be checked elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from mingjing.ledger import files, queries


class Command(BaseCommand):
    help = "导出台账：每行一条记录；文件名以 .gz 结尾时压缩。写完整之后才以该文件名出现"
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="文件", help="如 台账.jsonl 或 台账.jsonl.gz")
        parser.add_argument("--from", type=int, default=1, dest="first", metavar="序号", help="从第几条，默认从头")
        parser.add_argument("--to", type=int, dest="last", metavar="序号", help="到第几条，默认到最后")

    def handle(self, *args: Any, file: Path, first: int, last: int | None, **options: Any) -> None:
        if first < 1 or (last is not None and last < first):
            raise CommandError("起止序号应从 1 开始，并且起不大于止。")
        # the whole begins at the very front, where a forged entry could carry the number 0
        entries = queries.entries(first=first, last=last) if first > 1 else queries.entries(last=last)
        try:
            count, head = files.write(file, entries)
        except OSError as error:
            raise CommandError(f"写不了 {file}：{error.strerror or error}。请检查文件夹、权限和磁盘空间；没有留下不完整的文件。") from error
        except DatabaseError as error:
            raise CommandError(f"数据库读不出：{error}") from error
        self.stdout.write(f"已导出 {count:,} 条到 {file}\n" + (f"最后是第 {head.seq} 条，摘要 {head.digest}" if count else "这个范围内没有记录"))
        if first > 1 and count:
            self.stdout.write(f"核验这一部分：mingjing verify_ledger {file} --from {first}")
