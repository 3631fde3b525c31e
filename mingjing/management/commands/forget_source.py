"""`mingjing forget_source`: an external source is not expected any more."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mingjing.alerts.actions.forgetting import forget
from mingjing.lib.refused import Refused


class Command(BaseCommand):
    help = "注销一个不再接入的外部来源：文件夹已移走，也没有进行中的时限和未办结的预警"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="来源的名称，即文件夹的名称")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        try:
            forget(name)
        except Refused as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"已注销外部来源“{name}”。它的预警和评估运行的记录都还在。")
