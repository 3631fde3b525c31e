"""`mingjing evaluate`: the rules on the platform's own database, by the engine's own command."""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow.parquet as pq
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from mingjing.facts import snapshot
from rulebook import cli


class Command(BaseCommand):
    help = "用平台数据库里的事实跑全部预警模型；选项与 rulebook evaluate 相同（--at、--format、--output、--rule …）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", help="判定时刻，默认现在（北京时间）")
        parser.add_argument("--facts", help="把事实另存为 Parquet 的文件夹，默认用后即删")

    def run_from_argv(self, argv: list[str]) -> None:
        self.rest: list[str] = []
        parser = self.create_parser(argv[0], argv[1])
        options, self.rest = parser.parse_known_args(argv[2:])
        raise SystemExit(self.handle(**vars(options)))

    def handle(self, *args: Any, at: str | None = None, facts: str | None = None, **options: Any) -> int:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(facts or temporary)
            self.write_facts(folder)
            moment = at or timezone.localtime().strftime("%Y-%m-%d %H:%M")
            return cli.main(["evaluate", str(folder), "--rules", str(settings.RULES), "--at", moment, *self.rest])

    def write_facts(self, folder: Path) -> None:
        started = perf_counter()
        folder.mkdir(parents=True, exist_ok=True)
        tables = snapshot()
        for name, table in tables.items():
            pq.write_table(table, folder / f"{name}.parquet")
        rows = sum(table.num_rows for table in tables.values())
        self.stderr.write(f"事实 {rows} 行，{len(tables)} 张表，读取 {perf_counter() - started:.1f} 秒")
