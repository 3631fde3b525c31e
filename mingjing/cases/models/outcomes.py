"""Notifications, hearings, decisions, their service and execution."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models

from mingjing.accounts.models import Unit
from mingjing.cases.models.entry import Entry
from mingjing.cases.models.matters import Case
from mingjing.cases.models.measures import Measure
from mingjing.cases.models.parties import Party
from mingjing.cases.vocabulary import Listed


class Notification(Entry):
    table = "notification"
    occurs = "notified_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="notifications", verbose_name="所属案件")
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, db_column="party_code", related_name="notifications", verbose_name="涉及的当事人")
    measure = models.ForeignKey(
        Measure, models.PROTECT, null=True, blank=True, db_column="measure_code", related_name="notifications", verbose_name="涉及的措施")
    kind = models.CharField("告知类型", max_length=20, choices=Listed("notification", "kind"))
    notified_at = models.DateTimeField("告知时间")

    class Meta:
        verbose_name = "告知通知"
        ordering = ("notified_at", "code")


class Hearing(Entry):
    table = "hearing"
    occurs = "applied_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="hearings", verbose_name="所属案件")
    party = models.ForeignKey(Party, models.PROTECT, db_column="party_code", related_name="hearings", verbose_name="听证申请人")
    applied_at = models.DateTimeField("申请时间")
    notified_at = models.DateTimeField("通知举行时间地点的时间", null=True, blank=True)
    held_at = models.DateTimeField("听证举行时间", null=True, blank=True)
    is_withdrawn = models.BooleanField("撤回听证申请", null=True, blank=True)

    class Meta:
        verbose_name = "听证"
        ordering = ("applied_at", "code")


class Decision(Entry):
    """A penalty decision. `fine` in yuan, `detention_days` and `merged_days` in days."""

    table = "decision"
    occurs = "decided_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="decisions", verbose_name="所属案件")
    party = models.ForeignKey(Party, models.PROTECT, db_column="party_code", related_name="decisions", verbose_name="被处罚人")
    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="decisions", verbose_name="决定名义单位")
    decided_at = models.DateTimeField("决定时间")
    fine = models.DecimalField("罚款数额", max_digits=14, decimal_places=2, null=True, blank=True, validators=(MinValueValidator(0),))
    detention_days = models.PositiveSmallIntegerField("行政拘留日数", null=True, blank=True)
    merged_days = models.PositiveSmallIntegerField("写明的合并执行行政拘留日数", null=True, blank=True)
    revokes_licence = models.BooleanField("吊销许可证件", null=True, blank=True)
    suspends_business = models.BooleanField("责令停产停业或者停业整顿", null=True, blank=True)
    is_on_the_spot = models.BooleanField("当场处罚", null=True, blank=True)
    is_announced_on_the_spot = models.BooleanField("当场宣告并交付", null=True, blank=True)
    told_fine = models.DecimalField("告知时拟处罚款数额", max_digits=14, decimal_places=2, null=True, blank=True, validators=(MinValueValidator(0),))
    told_detention_days = models.PositiveSmallIntegerField("告知时拟处行政拘留日数", null=True, blank=True)
    confiscated = models.DecimalField("收缴追缴财物价值", max_digits=14, decimal_places=2, null=True, blank=True, validators=(MinValueValidator(0),))
    law_version = models.CharField("所引治安管理处罚法的版本", max_length=20, choices=Listed("decision", "law_version"), blank=True)
    states_remedies = models.BooleanField("载明救济途径和期限", null=True, blank=True)
    is_complex = models.BooleanField("情节复杂或者重大违法行为", null=True, blank=True)
    discussed_at = models.DateTimeField("负责人集体讨论时间", null=True, blank=True)
    is_by_one_officer = models.BooleanField("一名民警当场处罚", null=True, blank=True)
    is_recorded = models.BooleanField("当场处罚全程同步录音录像", null=True, blank=True)
    has_objection = models.BooleanField("当事人对当场处罚有异议", null=True, blank=True)
    reported_at = models.DateTimeField("当场处罚报备时间", null=True, blank=True)
    overturned_at = models.DateTimeField("处罚被撤销或者变更的时间", null=True, blank=True)
    guardian_told_at = models.DateTimeField("处罚前告知监护人的时间", null=True, blank=True)
    announced_at = models.DateTimeField("处罚前公告告知的时间", null=True, blank=True)
    official_told_at = models.DateTimeField("公职人员受处罚通报的时间", null=True, blank=True)
    corrected_at = models.DateTimeField("采取矫治教育措施的时间", null=True, blank=True)

    class Meta:
        verbose_name = "处罚决定"
        ordering = ("decided_at", "code")
        indexes = (models.Index(name="decision_by_time", fields=("-decided_at",)),)


class Service(Entry):
    table = "service"
    unit_path = "decision__case__unit__path"
    matter = "decision__case_id"
    occurs = "served_at"

    decision = models.ForeignKey(Decision, models.PROTECT, db_column="decision_code", related_name="services", verbose_name="所送决定")
    recipient = models.CharField("受送达人", max_length=20, choices=Listed("service", "recipient"))
    method = models.CharField("送达方式", max_length=10, choices=Listed("service", "method"))
    served_at = models.DateTimeField("送达时间")
    announced_on = models.DateField("公告发布日期", null=True, blank=True)
    has_consent = models.BooleanField("签订电子送达确认书", null=True, blank=True)

    class Meta:
        verbose_name = "送达"
        ordering = ("served_at", "code")


class Execution(Entry):
    table = "execution"
    unit_path = "decision__case__unit__path"
    matter = "decision__case_id"
    occurs = "executed_at"

    decision = models.ForeignKey(Decision, models.PROTECT, db_column="decision_code", related_name="executions", verbose_name="所执行的决定")
    kind = models.CharField("执行类型", max_length=20, choices=Listed("execution", "kind"))
    executed_at = models.DateTimeField("开始执行时间")
    completed_at = models.DateTimeField("执行完毕时间", null=True, blank=True)
    collected = models.DecimalField("当场收缴数额", max_digits=14, decimal_places=2, null=True, blank=True, validators=(MinValueValidator(0),))
    has_receipt = models.BooleanField("出具专用票据", null=True, blank=True)
    is_hard_to_pay = models.BooleanField("边远水上交通不便地区或者当地没有固定住所", null=True, blank=True)
    handed_in_at = models.DateTimeField("所收罚款交至所属公安机关的时间", null=True, blank=True)

    class Meta:
        verbose_name = "处罚执行"
        ordering = ("executed_at", "code")
