"""`mingjing demo`: an invented city in an empty installation, then the platform with it; or the city alone, as files for the engine.

A second run on a filled city only serves. A run on a database that holds anything else refuses; one that was killed half-way is started anew.
"""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo import people
from demo.city import City, now
from demo.loading import load
from demo.plan import SIZES
from demo.state import State, start_over, state
from demo.writing import write
from mingjing.cases.vocabulary import vocabulary

SEED = 20260101
FOREIGN = """数据库里已经有数据，而且不是演示城市：演示城市只能装进空的数据库，这里什么也没有改动。
请换一个数据目录再试，例如：MINGJING_DATA=某个空目录 mingjing demo；用 PostgreSQL 的，另建一个空库并改 DATABASE_URL。"""
HALF = """上一次装入演示城市时中途停了，数据库里只有一半。PostgreSQL 的库请先删掉重建（dropdb、createdb），再运行一次。"""


class Command(BaseCommand):
    help = "造一座虚构的城市并启动平台；或者用 --output 只生成给规则引擎用的 Parquet 文件"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--size", choices=list(SIZES), default="small", help="small 演示用；year 一年的数据；city 一百万起案件，只能写成文件")
        parser.add_argument("--seed", type=int, default=SEED, help="种子：相同的种子、大小和截止时间造出相同的城市")
        parser.add_argument("--until", help="城市的现在（北京时间，如 2026-10-08 09:00），默认此刻")
        parser.add_argument("--no-faults", action="store_true", help="不埋问题：全部案件都合法")
        parser.add_argument("--no-serve", action="store_true", help="装完就结束，不启动平台")
        parser.add_argument("--output", type=Path, help="不装入数据库，只把事实写成 Parquet 放进这个空文件夹，答案在其中的 _truth")
        parser.add_argument("--host", default="127.0.0.1", help="监听地址，默认只供本机访问")
        parser.add_argument("--port", type=int, default=8000, help="端口")

    def handle(self, *args: Any, size: str, seed: int, until: str | None, no_faults: bool, no_serve: bool, output: Path | None, host: str, port: int,
               **options: Any) -> None:
        self.started = time.perf_counter()
        city = City(SIZES[size], seed, _moment(until), with_faults=not no_faults)
        if output:
            return self.write(city, output)
        if size == "city":
            raise CommandError("这座城市太大，只能写成文件：请加 --output 文件夹。装入数据库最大用 --size year。")
        self.fill(city)
        self.introduce(port)
        if not no_serve:
            call_command("serve", host=host, port=port)

    def say(self, said: str) -> None:
        self.stdout.write(said)
        self.stdout.flush()

    def write(self, city: City, folder: Path) -> None:
        try:
            rows = write(city, folder, vocabulary(), self.say)
        except FileExistsError:
            raise CommandError(f"{folder} 不是空的。请换一个空文件夹，或者先移走里面的文件。") from None
        for name, count in rows.items():
            self.say(f"{name:<14} {count:>10,}")
        self.say(f"共 {sum(rows.values()):,} 行，{time.perf_counter() - self.started:.0f} 秒。")
        self.say(f"用规则判断：rulebook evaluate {folder} --at '{city.until:%Y-%m-%d %H:%M}'")

    def fill(self, city: City) -> None:
        """The city into the database, unless it is there already."""
        call_command("migrate", verbosity=0)
        found = state()
        if found is State.FOREIGN:
            raise CommandError(FOREIGN)
        if found is State.HALF:
            if not start_over():
                raise CommandError(HALF)
            self.say("上一次装入中途停了，现在重新装。")
            call_command("migrate", verbosity=0)
        if found is State.WHOLE:
            self.say("演示城市已经装好，不再重新装。")
            if not people.read(settings.DATA / people.FILE):
                self.say("密码文件不在了，重新发密码。")
                people.let_in(settings.DATA)
            return
        entries = load(city, settings.DATA / "demo-truth", self.say)
        people.let_in(settings.DATA)
        self.say(f"演示城市装好了：台账 {entries:,} 条，用了 {time.perf_counter() - self.started:.0f} 秒。")

    def introduce(self, port: int) -> None:
        self.say(f"\n可以登录的演示人员（密码也在 {settings.DATA / people.FILE}）：\n")
        for each in people.read(settings.DATA / people.FILE):
            self.say(f"  {each.duty}\t{each.name}\t{each.code}\t{each.password}")
        self.say("")


def _moment(given: str | None) -> datetime:
    if not given:
        return now()
    try:
        return datetime.fromisoformat(given).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError:
        raise CommandError(f"认不出时间“{given}”，请写成 2026-10-08 09:00。") from None
