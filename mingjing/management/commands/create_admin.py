"""`mingjing create_admin`: the first system administrator, when nobody can sign in yet."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mingjing.accounts import actions
from mingjing.lib.refused import Refused


class Command(BaseCommand):
    help = "登记一名系统管理员，打印一次性密码；没有单位时先建最上级单位（名称取 MINGJING_BUREAU）"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="警号")
        parser.add_argument("name", help="姓名")
        parser.add_argument("--unit", default="", help="单位编号，默认最上级单位；还没有单位时是最上级单位的编号")

    def handle(self, *args: Any, code: str, name: str, unit: str, **options: Any) -> None:
        try:
            officer, password = actions.found_administrator(code=code, name=name, unit=unit)
        except Refused as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"系统管理员 {officer.name}，警号 {officer.code}，单位 {officer.unit.name}（{officer.unit_id}）")
        self.stdout.write(f"一次性密码：{password}")
        self.stdout.write("密码只显示这一次；第一次登录时必须改掉。")
