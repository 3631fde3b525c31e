"""Seized items in outline: what the time limits need. Rooms and movements belong to the app for property."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mingjing.accounts.models import Unit
from mingjing.cases.models.entry import Entry
from mingjing.cases.models.matters import Case


class PropertyItem(Entry):
    table = "property_item"
    occurs = "seized_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="property_items", verbose_name="所属案件")
    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="property_items", verbose_name="提取单位")
    name = models.CharField("物品名称", max_length=100, blank=True)
    quantity = models.CharField("数量", max_length=50, blank=True)
    seized_at = models.DateTimeField("提取时间")
    returned_at = models.DateTimeField("返回单位时间", null=True, blank=True)
    examined_at = models.DateTimeField("鉴定检验等完成时间", null=True, blank=True)
    checked_in_at = models.DateTimeField("入库时间", null=True, blank=True)
    disposed_at = models.DateTimeField("处理完毕时间", null=True, blank=True)
    is_remote = models.BooleanField("异地办案或者在偏远地区提取", null=True, blank=True)
    is_urgent_examination = models.BooleanField("因紧急鉴定等经批准暂缓移交", null=True, blank=True)

    class Meta:
        verbose_name = "涉案财物"
        ordering = ("seized_at", "code")
        indexes = (
            models.Index(name="item_by_time", fields=("-seized_at",)),
            models.Index(name="item_outside", fields=("seized_at",), condition=Q(checked_in_at__isnull=True, disposed_at__isnull=True)),
        )
