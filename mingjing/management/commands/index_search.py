"""`mingjing index_search`: make the index of the search anew, for rows that were written past the platform or before it had one."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from mingjing.cases import search
from mingjing.cases.models import NOUNS


class Command(BaseCommand):
    help = "重建检索用的字词索引；可随时中断，重新运行即可"

    def handle(self, *args: Any, **options: Any) -> None:
        done: dict[str, int] = {}
        for table, number in search.rebuild():
            if number // 50_000 > done.get(table, 0) // 50_000:
                self.stdout.write(f"{NOUNS[table]._meta.verbose_name}：已索引 {number:,} 行")
            done[table] = number
        self.stdout.write("、".join(f"{NOUNS[table]._meta.verbose_name} {number:,} 行" for table, number in done.items()) or "没有可索引的内容")
