"""Summons, restraint and coercive measures."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from mingjing.accounts.models import Officer
from mingjing.cases.models.entry import Entry
from mingjing.cases.models.matters import Case
from mingjing.cases.models.parties import Party
from mingjing.cases.vocabulary import Listed


class Summons(Entry):
    table = "summons"
    occurs = "arrived_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="summonses", verbose_name="所属案件")
    party = models.ForeignKey(Party, models.PROTECT, db_column="party_code", related_name="summonses", verbose_name="被传唤人")
    kind = models.CharField("传唤类型", max_length=20, choices=Listed("summons", "kind"), blank=True)
    arrived_at = models.DateTimeField("到案时间")
    left_at = models.DateTimeField("离开时间", null=True, blank=True)
    is_complex = models.BooleanField("情况复杂", null=True, blank=True)
    may_be_detained = models.BooleanField("可能适用行政拘留或者需要拘留逮捕", null=True, blank=True)
    is_numerous = models.BooleanField("涉案人数众多", null=True, blank=True)
    is_identity_unknown = models.BooleanField("身份不明", null=True, blank=True)
    approver = models.CharField("批准传唤的人", max_length=20, choices=Listed("summons", "approver"), blank=True)
    searched_at = models.DateTimeField("人身安全检查时间", null=True, blank=True)
    has_belongings = models.BooleanField("有随身财物", null=True, blank=True)
    belongings_returned_at = models.DateTimeField("随身财物返还或者移交时间", null=True, blank=True)
    is_meal_noted = models.BooleanField("饮食和必要休息已记录", null=True, blank=True)
    is_times_signed = models.BooleanField("到案离开时间由本人填写或者注明拒绝", null=True, blank=True)

    class Meta:
        verbose_name = "传唤"
        ordering = ("arrived_at", "code")
        indexes = (
            models.Index(name="summons_by_time", fields=("-arrived_at",)),
            models.Index(name="summons_here", fields=("arrived_at",), condition=Q(left_at__isnull=True)),
        )


class Restraint(Entry):
    """A drunk person kept until sober; the time does not count towards the summons."""

    table = "restraint"
    unit_path = "summons__case__unit__path"
    matter = "summons__case_id"
    occurs = "started_at"

    summons = models.ForeignKey(Summons, models.PROTECT, db_column="summons_code", related_name="restraints", verbose_name="所属传唤")
    started_at = models.DateTimeField("约束开始时间")
    ended_at = models.DateTimeField("约束解除时间", null=True, blank=True)
    is_guarded = models.BooleanField("指定专人看护", null=True, blank=True)

    class Meta:
        verbose_name = "约束醉酒人"
        ordering = ("started_at", "code")


class Measure(Entry):
    """A coercive measure, with who approved it and when."""

    table = "measure"
    occurs = "started_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="measures", verbose_name="所属案件")
    party = models.ForeignKey(Party, models.PROTECT, db_column="party_code", related_name="measures", verbose_name="被采取措施人")
    kind = models.CharField("措施类型", max_length=20, choices=Listed("measure", "kind"))
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    approver = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="approver_code", related_name="+", verbose_name="批准人")
    started_at = models.DateTimeField("执行时间", null=True, blank=True)
    ended_at = models.DateTimeField("解除或者变更时间", null=True, blank=True)
    redecided_at = models.DateTimeField("检察机关或者法院重新决定取保候审的时间", null=True, blank=True)
    arrest_requested_at = models.DateTimeField("提请批准逮捕时间", null=True, blank=True)
    transferred_at = models.DateTimeField("移送审查起诉时间", null=True, blank=True)
    is_extended_special = models.BooleanField("特殊情况经批准延长", null=True, blank=True)
    is_extended_gang = models.BooleanField("流窜多次结伙作案经批准延长", null=True, blank=True)
    cannot_notify_family = models.BooleanField("无法通知家属", null=True, blank=True)
    notice_hinders = models.BooleanField("危害国家安全或者恐怖活动犯罪且通知可能有碍侦查", null=True, blank=True)
    approver_rank = models.CharField("批准人层级", max_length=20, choices=Listed("measure", "approver_rank"), blank=True)
    delivered_at = models.DateTimeField("送看守所或者拘留所的时间", null=True, blank=True)
    examined_at = models.DateTimeField("收押健康和体表检查时间", null=True, blank=True)
    prolonged_months = models.PositiveSmallIntegerField("批准延长侦查羁押的月数", null=True, blank=True)
    place = models.CharField("执行地点", max_length=20, choices=Listed("measure", "place"), blank=True)
    has_guarantor = models.BooleanField("责令提出保证人", null=True, blank=True)
    deposit = models.DecimalField("保证金数额", max_digits=14, decimal_places=2, null=True, blank=True, validators=(MinValueValidator(0),))
    deposit_returned_at = models.DateTimeField("退还或者没收保证金的时间", null=True, blank=True)
    station_told_at = models.DateTimeField("通知派出所执行的时间", null=True, blank=True)
    end_told_at = models.DateTimeField("解除后通知本人和执行机关的时间", null=True, blank=True)
    foreign_reported_at = models.DateTimeField("外国人被限制人身自由层报的时间", null=True, blank=True)
    deputy_reported_at = models.DateTimeField("人大代表报请许可或者报告的时间", null=True, blank=True)

    class Meta:
        verbose_name = "强制措施"
        ordering = ("started_at", "code")
        indexes = (
            models.Index(Coalesce("started_at", "approved_at", "entered_at"), name="measure_since"),
            models.Index(name="measure_waiting", fields=("entered_at",), condition=Q(started_at__isnull=True)),
        )


class Waiting(Entry):
    table = "waiting"
    unit_path = "summons__case__unit__path"
    matter = "summons__case_id"
    occurs = "started_at"

    summons = models.ForeignKey(Summons, models.PROTECT, db_column="summons_code", related_name="waitings", verbose_name="所属传唤")
    room = models.CharField("候问室", max_length=50)
    started_at = models.DateTimeField("进入时间")
    ended_at = models.DateTimeField("离开时间", null=True, blank=True)
    sex = models.CharField("性别", max_length=20, choices=Listed("waiting", "sex"), blank=True)
    is_juvenile = models.BooleanField("未成年人", null=True, blank=True)

    class Meta:
        verbose_name = "候问"
        ordering = ("started_at", "code")
