"""What stops or lengthens the time for handling a case."""

from __future__ import annotations

from django.db import models

from mingjing.cases.models.entry import Entry
from mingjing.cases.models.matters import Case
from mingjing.cases.vocabulary import Listed


class Suspension(Entry):
    table = "suspension"
    occurs = "started_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="suspensions", verbose_name="所属案件")
    kind = models.CharField("扣除事由", max_length=20, choices=Listed("suspension", "kind"))
    started_at = models.DateTimeField("扣除开始时间")
    ended_at = models.DateTimeField("扣除结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "期间扣除"
        ordering = ("started_at", "code")


class Extension(Entry):
    table = "extension"
    occurs = "granted_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="extensions", verbose_name="所属案件")
    granted_at = models.DateTimeField("批准时间")
    approver = models.CharField("批准机关", max_length=20, choices=Listed("extension", "approver"))
    reason = models.CharField("延长理由", max_length=500, blank=True)

    class Meta:
        verbose_name = "办案期限延长"
        ordering = ("granted_at", "code")
