"""What a unit may set about a rule, what is silent now, and rules that were taken back to trial."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mingjing.accounts.models import Officer, Unit
from mingjing.alerts.models.alert import Alert


class UnitSetting(models.Model):
    """For a unit and all below it; the nearest unit decides. Limits, conditions and bases are never set here: they are the law's."""

    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="rule_settings", verbose_name="单位")
    rule_code = models.CharField("预警模型", max_length=20)
    is_on = models.BooleanField("启用", default=True)
    reason = models.CharField("停用理由", max_length=300, blank=True)
    warn_minutes = models.PositiveIntegerField("提前提示（分钟）", null=True, blank=True)  # only longer than the rule's own
    also_told = models.CharField("另行告知的职责", max_length=200, blank=True)  # separated by 、
    officer = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="officer_code", related_name="+", verbose_name="设置人")
    at = models.DateTimeField("设置时间")

    class Meta:
        verbose_name = "单位设置"
        ordering = ("unit", "rule_code")
        constraints = (models.UniqueConstraint(name="one_setting_a_rule", fields=("unit", "rule_code")),)


class Silence(models.Model):
    """Quiet for a rule in a unit, or for one alert, until an end: asked for by one, approved by another. Without approval it silences nothing."""

    alert = models.ForeignKey(Alert, models.PROTECT, null=True, blank=True, related_name="silences", verbose_name="预警")
    rule_code = models.CharField("预警模型", max_length=20, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="silences", verbose_name="单位")
    reason = models.CharField("理由", max_length=500)
    requested_by = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="requested_by_code", related_name="+", verbose_name="申请人")
    approved_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="approved_by_code", related_name="+", verbose_name="批准人")
    starts_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("截止")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = "静默"
        ordering = ("-starts_at", "-pk")


class Demotion(models.Model):
    """A rule taken back to trial because too many of its alerts were false; lifted when the file changes and a person says so."""

    rule_code = models.CharField("预警模型", max_length=20, db_index=True)
    file_digest = models.CharField("规则文件摘要", max_length=64)
    precision = models.FloatField("准确率")
    judged = models.PositiveIntegerField("已判断的预警数")
    at = models.DateTimeField("降级时间")
    lifted_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="lifted_by_code", related_name="+", verbose_name="恢复人")
    lifted_at = models.DateTimeField("恢复时间", null=True, blank=True)
    reason = models.CharField("恢复理由", max_length=300, blank=True)

    class Meta:
        verbose_name = "降级"
        ordering = ("-at",)
        constraints = (models.UniqueConstraint(name="demoted_once", fields=("rule_code",), condition=Q(lifted_at__isnull=True)),)
