"""Seized items in outline: what the time limits need. Rooms and movements belong to the app for property."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mingjing.accounts.models import Officer, Unit
from mingjing.cases.models.entry import Entry
from mingjing.cases.models.matters import Case
from mingjing.cases.vocabulary import Listed


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
    kind = models.CharField("措施", max_length=20, choices=Listed("property_item", "kind"), blank=True)
    category = models.CharField("物品类别", max_length=20, choices=Listed("property_item", "category"), blank=True)
    keeper = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="keeper_code", related_name="+", verbose_name="保管人")
    is_on_the_spot = models.BooleanField("当场实施", null=True, blank=True)
    approved_at = models.DateTimeField("批准或者补办批准的时间", null=True, blank=True)
    is_recorded = models.BooleanField("实施过程全程同步录音录像", null=True, blank=True)
    is_list_signed = models.BooleanField("清单经见证人和持有人签名或者注明", null=True, blank=True)
    is_photographed = models.BooleanField("已拍照或者录像", null=True, blank=True)
    extended_at = models.DateTimeField("批准延长期限的时间", null=True, blank=True)
    extension_told_at = models.DateTimeField("书面告知延长期限的时间", null=True, blank=True)
    examination_told_at = models.DateTimeField("书面告知鉴定期间的时间", null=True, blank=True)
    irrelevant_at = models.DateTimeField("查明与案件无关的时间", null=True, blank=True)
    owner_told_at = models.DateTimeField("通知或者公告领取的时间", null=True, blank=True)

    class Meta:
        verbose_name = "涉案财物"
        ordering = ("seized_at", "code")
        indexes = (
            models.Index(name="item_by_time", fields=("-seized_at",)),
            models.Index(name="item_outside", fields=("seized_at",), condition=Q(checked_in_at__isnull=True, disposed_at__isnull=True)),
        )


class Loan(Entry):
    table = "loan"
    unit_path = "property_item__case__unit__path"
    matter = "property_item__case_id"
    occurs = "taken_at"

    property_item = models.ForeignKey(PropertyItem, models.PROTECT, db_column="property_item_code", related_name="loans", verbose_name="所调用的财物")
    officer = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="officer_code", related_name="loans", verbose_name="调用人")
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    taken_at = models.DateTimeField("出库时间")
    due_on = models.DateField("登记的归还日期", null=True, blank=True)
    returned_at = models.DateTimeField("归还时间", null=True, blank=True)

    class Meta:
        verbose_name = "财物调用"
        ordering = ("taken_at", "code")
