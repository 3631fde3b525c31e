"""Incidents, cases, who works on them, and changes between administrative and criminal."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mingjing.accounts.models import Officer, Unit
from mingjing.cases.models.entry import Entry
from mingjing.cases.vocabulary import Listed


class Case(Entry):
    """A case, administrative or criminal. `state` follows from the times and is kept so that lists can filter by it."""

    table = "case"
    unit_path = "unit__path"
    matter = "code"
    occurs = "accepted_at"

    class State(models.TextChoices):
        ACCEPTED = "受案"
        FILED = "立案"
        DECIDED = "已决定"
        CLOSED = "结案"

    kind = models.CharField("案件类型", max_length=10, choices=Listed("case", "kind"))
    category = models.CharField("行政案件类别", max_length=10, choices=Listed("case", "category"), blank=True)
    offence = models.CharField("案由", max_length=100, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="cases", verbose_name="办案单位")
    accepted_at = models.DateTimeField("受理时间", db_index=True)
    filed_at = models.DateTimeField("立案时间", null=True, blank=True)
    mediation_failed_at = models.DateTimeField("调解未达成或者不履行的时间", null=True, blank=True)
    decided_at = models.DateTimeField("作出处理决定时间", null=True, blank=True)
    ended_without_decision_at = models.DateTimeField("移送转刑事或者终止调查的时间", null=True, blank=True)
    closed_at = models.DateTimeField("结案时间", null=True, blank=True)
    outcome = models.CharField("处理结果", max_length=20, choices=Listed("case", "outcome"), blank=True)
    is_offender_unknown = models.BooleanField("违法行为人不明或者逃跑", null=True, blank=True)
    is_grave = models.BooleanField("可能判处无期徒刑死刑或者其他重大犯罪", null=True, blank=True)
    summary = models.TextField("简要案情", max_length=4000, blank=True)
    state = models.CharField("状态", max_length=10, choices=State, default=State.ACCEPTED, editable=False, db_index=True)
    refused_at = models.DateTimeField("决定不予立案的时间", null=True, blank=True)
    transferred_in_at = models.DateTimeField("接受行政执法机关移送的时间", null=True, blank=True)
    violated_on = models.DateField("违法行为终了日期", null=True, blank=True)
    procedure = models.CharField("办理程序", max_length=20, choices=Listed("case", "procedure"), blank=True)
    has_complainant = models.BooleanField("有控告人报案人或者举报人", null=True, blank=True)
    is_fast_agreed = models.BooleanField("书面同意快速办理", null=True, blank=True)
    receipt_given_at = models.DateTimeField("交付受案回执的时间", null=True, blank=True)
    refusal_served_at = models.DateTimeField("送达不予立案通知书的时间", null=True, blank=True)
    end_told_at = models.DateTimeField("告知撤案或者终止侦查的时间", null=True, blank=True)
    transfer_told_at = models.DateTimeField("告知移送起诉情况的时间", null=True, blank=True)

    class Meta:
        verbose_name = "案件"
        ordering = ("-accepted_at", "code")
        indexes = (
            models.Index(name="case_by_unit", fields=("unit", "-accepted_at")),
            models.Index(name="case_open", fields=("-accepted_at",), condition=Q(closed_at__isnull=True)),
        )


def state_of(case: Case) -> str:
    """The state that the times of a case say."""
    if case.closed_at:
        return Case.State.CLOSED
    if case.decided_at or case.ended_without_decision_at or case.refused_at:
        return Case.State.DECIDED
    return Case.State.FILED if case.filed_at else Case.State.ACCEPTED


class CaseOfficer(models.Model):
    """Membership of a case's team between two times; `until` None while it lasts."""

    class Role(models.TextChoices):
        LEAD = "主办"
        ASSISTING = "协办"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="team", verbose_name="案件")
    officer = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="officer_code", related_name="cases", verbose_name="民警")
    role = models.CharField("分工", max_length=10, choices=Role)
    since = models.DateTimeField("自")
    until = models.DateTimeField("至", null=True, blank=True)

    class Meta:
        verbose_name = "办案人员"
        ordering = ("until", "role", "since")
        constraints = (
            models.UniqueConstraint(name="one_place_on_a_team", fields=("case", "officer"), condition=Q(until__isnull=True)),
            models.UniqueConstraint(name="one_lead_officer", fields=("case",), condition=Q(until__isnull=True, role="主办")),
        )


class Conversion(Entry):
    """A case became criminal (升格) or administrative (降格)."""

    table = "conversion"
    occurs = "converted_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="conversions", verbose_name="所属案件")
    from_kind = models.CharField("转换前类型", max_length=10, choices=Listed("conversion", "from_kind"))
    to_kind = models.CharField("转换后类型", max_length=10, choices=Listed("conversion", "to_kind"))
    converted_at = models.DateTimeField("转换时间")
    reason = models.CharField("转换理由", max_length=500, blank=True)
    is_approved = models.BooleanField("经县级以上公安机关负责人批准转换", null=True, blank=True)

    class Meta:
        verbose_name = "案件类型转换"
        ordering = ("converted_at", "code")


class Incident(Entry):
    """A call or report (警情) and what became of it."""

    table = "incident"
    unit_path = "unit__path"
    matter = "code"
    occurs = "reported_at"

    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="incidents", verbose_name="处警单位")
    officer = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="officer_code", related_name="incidents", verbose_name="处警民警")
    case = models.ForeignKey(
        Case, models.PROTECT, null=True, blank=True, db_column="case_code", related_name="incidents", verbose_name="所转案件")
    kind = models.CharField("警情类别", max_length=10, choices=Listed("incident", "kind"), blank=True)
    reported_at = models.DateTimeField("报警时间", db_index=True)
    arrived_at = models.DateTimeField("到达现场时间", null=True, blank=True)
    handled_at = models.DateTimeField("处理结果登记时间", null=True, blank=True)
    outcome = models.CharField("处理结果", max_length=20, choices=Listed("incident", "outcome"), blank=True)
    place = models.CharField("地点", max_length=200, blank=True)
    content = models.TextField("报警内容", max_length=2000, blank=True)
    reporter_name = models.CharField("报警人", max_length=50, blank=True)
    reporter_phone = models.CharField("报警电话", max_length=20, blank=True)
    dispatched_at = models.DateTimeField("派警时间", null=True, blank=True)
    is_domestic_violence = models.BooleanField("家庭暴力", null=True, blank=True)
    warned_at = models.DateTimeField("出具家庭暴力告诫书的时间", null=True, blank=True)

    class Meta:
        verbose_name = "警情"
        ordering = ("-reported_at", "code")
        indexes = (
            models.Index(name="incident_by_unit", fields=("unit", "-reported_at")),
            models.Index(name="incident_unhandled", fields=("-reported_at",), condition=Q(handled_at__isnull=True)),
        )
