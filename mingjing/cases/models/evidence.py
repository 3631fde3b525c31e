"""Inspections and searches, line-ups, appraisals."""

from __future__ import annotations

from django.db import models

from mingjing.cases.models.entry import Entry
from mingjing.cases.models.matters import Case
from mingjing.cases.models.parties import Party
from mingjing.cases.vocabulary import Listed


class Inspection(Entry):
    table = "inspection"
    occurs = "started_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="inspections", verbose_name="所属案件")
    party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, db_column="party_code", related_name="inspections", verbose_name="被检查搜查人")
    kind = models.CharField("勘验检查搜查类型", max_length=20, choices=Listed("inspection", "kind"))
    target = models.CharField("对象", max_length=20, choices=Listed("inspection", "target"), blank=True)
    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    officer_count = models.PositiveSmallIntegerField("执行民警人数", null=True, blank=True)
    has_warrant = models.BooleanField("持检查证或者搜查证", null=True, blank=True)
    is_urgent = models.BooleanField("当场检查或者紧急情况", null=True, blank=True)
    is_recorded = models.BooleanField("全程同步录音录像", null=True, blank=True)
    is_by_woman = models.BooleanField("由女性工作人员或者医师进行", null=True, blank=True)
    has_witness = models.BooleanField("有见证人", null=True, blank=True)
    is_witness_staff = models.BooleanField("见证人是公安机关工作人员或者聘用人员", null=True, blank=True)
    is_signed = models.BooleanField("笔录签名齐全或者已注明", null=True, blank=True)

    class Meta:
        verbose_name = "勘验检查搜查"
        ordering = ("started_at", "code")


class Lineup(Entry):
    table = "lineup"
    occurs = "started_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="lineups", verbose_name="所属案件")
    party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, db_column="party_code", related_name="lineups", verbose_name="辨认人")
    kind = models.CharField("辨认对象", max_length=20, choices=Listed("lineup", "kind"))
    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    shown = models.PositiveSmallIntegerField("供辨认的数量", null=True, blank=True)
    officer_count = models.PositiveSmallIntegerField("主持民警人数", null=True, blank=True)
    is_qualified_place = models.BooleanField("规范设置严格管理的执法办案场所", null=True, blank=True)
    is_recorded = models.BooleanField("全程同步录音录像", null=True, blank=True)
    has_witness = models.BooleanField("有见证人", null=True, blank=True)

    class Meta:
        verbose_name = "辨认"
        ordering = ("started_at", "code")


class Appraisal(Entry):
    table = "appraisal"
    occurs = "commissioned_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="appraisals", verbose_name="所属案件")
    party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, db_column="party_code", related_name="appraisals", verbose_name="被鉴定人")
    kind = models.CharField("鉴定类型", max_length=20, choices=Listed("appraisal", "kind"))
    commissioned_at = models.DateTimeField("委托时间")
    received_at = models.DateTimeField("收到鉴定意见时间", null=True, blank=True)
    told_at = models.DateTimeField("送达或者告知当事人的时间", null=True, blank=True)
    objected_at = models.DateTimeField("收到补充重新鉴定申请的时间", null=True, blank=True)
    answered_at = models.DateTimeField("对申请作出决定的时间", null=True, blank=True)
    is_refused = models.BooleanField("不准予补充重新鉴定", null=True, blank=True)
    refusal_told_at = models.DateTimeField("不准予的书面通知时间", null=True, blank=True)

    class Meta:
        verbose_name = "鉴定"
        ordering = ("commissioned_at", "code")
