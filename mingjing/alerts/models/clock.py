"""A time limit that is running: what the radar shows, and what fires at its own time."""

from __future__ import annotations

from django.db import models

from mingjing.accounts.models import Officer, Unit
from mingjing.alerts.models.alert import LEVELS


class Clock(models.Model):
    """One open limit of one rule for one subject. Written by a run; fires at `warns_at` and `due_at` without judging again, unless `is_paused`:
    then the end moves on while the pause lasts, and firing judges again first. `origin` as in an alert; its paused clocks wait for its next reading."""

    rule_code = models.CharField("预警模型", max_length=20)
    rule_version = models.DateField("规则版本")
    subject_kind = models.CharField("对象类别", max_length=30)
    subject_code = models.CharField("对象编号", max_length=64)
    matter_code = models.CharField("所属案件或者警情", max_length=64, db_index=True, blank=True)
    origin = models.CharField("外部来源", max_length=20, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="clocks", verbose_name="责任单位")
    officer = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="officer_code", related_name="clocks", verbose_name="承办人")
    level = models.CharField("级别", max_length=10, choices=LEVELS)
    stage = models.CharField("阶段", max_length=12)
    start_at = models.DateTimeField("起算", null=True, blank=True)
    warns_at = models.DateTimeField("提示时间", null=True, blank=True)
    due_at = models.DateTimeField("届满")
    fires_at = models.DateTimeField("下次触发", null=True, blank=True, db_index=True)
    is_paused = models.BooleanField("暂停中", default=False)
    message = models.CharField("内容", max_length=500)
    finding = models.TextField("判定依据", default="{}")

    class Meta:
        verbose_name = "时限"
        ordering = ("due_at", "pk")
        constraints = (models.UniqueConstraint(name="one_clock_a_limit", fields=("rule_code", "origin", "subject_kind", "subject_code")),)
        indexes = (
            models.Index(name="clock_by_end", fields=("due_at", "id"), include=("level", "unit")),  # the order of the radar, and its chart without the rows
            models.Index(name="clock_by_unit", fields=("unit", "due_at")), models.Index(name="clock_by_officer", fields=("officer", "due_at")),
        )
