"""`mingjing anchor_ledger`: keep the head of the ledger now, and print it for the duty log."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from mingjing.ledger import anchors, queries

SHEET = """\
{bureau} 执法台账链头

  时间    {at:%Y年%m月%d日 %H:%M:%S}
  序号    {seq}
  算法    {algorithm}
  摘要    {upper}
          {lower}

  值班民警（签名）：                监督人员（签名）：

  核验：mingjing verify_ledger --anchor {seq}:{digest}
  已留存：{file}"""


class Command(BaseCommand):
    help = "留存并打印台账现在的链头：请打印或者抄录，存放在平台之外"
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            head = queries.head()
        except DatabaseError as error:
            raise CommandError(f"数据库读不出：{error}") from error
        if head is None:
            raise CommandError("台账里还没有记录，没有链头可以留存。")
        kept = anchors.of(head, timezone.now())
        try:
            file = anchors.write(kept)
        except OSError as error:
            raise CommandError(f"写不了 {anchors.folder()}：{error.strerror or error}。请检查权限和磁盘空间。") from error
        groups = kept.groups
        self.stdout.write(SHEET.format(
            bureau=settings.BUREAU, at=kept.at, seq=kept.seq, algorithm=kept.algorithm.upper(), digest=kept.digest,
            upper=" ".join(groups[:8]), lower=" ".join(groups[8:]), file=file))
