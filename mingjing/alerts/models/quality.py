"""The blind control sample: subjects that no rule flagged, judged by a person on the same sheet, for the rate of misses."""

from __future__ import annotations

from django.db import models

from mingjing.accounts.models import Officer, Unit


class Sample(models.Model):
    class Verdict(models.TextChoices):
        SOUND = "符合规定"
        MISSED = "漏报"
        UNCLEAR = "无法判断"

    week = models.DateField("抽样周（周一）")
    rule_code = models.CharField("预警模型", max_length=20)
    subject_kind = models.CharField("对象类别", max_length=30)
    subject_code = models.CharField("对象编号", max_length=64)
    matter_code = models.CharField("所属案件或者警情", max_length=64, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="+", verbose_name="单位")
    verdict = models.CharField("结论", max_length=10, choices=Verdict, blank=True)
    remark = models.CharField("说明", max_length=500, blank=True)
    judged_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="judged_by_code", related_name="+", verbose_name="判断人")
    judged_at = models.DateTimeField("判断时间", null=True, blank=True)

    class Meta:
        verbose_name = "抽查对照"
        ordering = ("-week", "rule_code", "subject_code")
        constraints = (models.UniqueConstraint(name="sampled_once_a_week", fields=("week", "rule_code", "subject_code")),)
