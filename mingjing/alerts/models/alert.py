"""What people handle: one matter, one alert."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from mingjing.accounts.models import Officer, Unit
from mingjing.alerts import states

LEVELS = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色"}  # gravest first
RANKS = {level: rank for rank, level in enumerate(LEVELS)}


class Alert(models.Model):
    """A rule and a subject that it speaks against. A second finding of the same rule about the same subject joins it; a closed one is opened again.

    `unit` answers for it, `officer` (if known) has to mend it. `finding` is the evidence as JSON, in the words of the version of the rule that judged.
    `gone_at`: since when the rule no longer finds it; that closes nothing. `leader`: a firing rule that holds this one back.
    `is_historic`: the fault lies before the day from which the house pushes, so nobody is told and nobody has to sign in time.
    `climbs_at`: when the next up the ladder hears, because what has to be done by then (`term`) is not; None once everybody has heard.
    `origin`: the external source whose facts it rests on, empty for the house's own; its codes are that system's, and its matter bears its name.
    """

    class Source(models.TextChoices):
        RULE = "系统判定"
        HAND = "人工发现"

    class Fault(models.TextChoices):
        """Why an alert was dismissed; the first two speak against data or rule, the others against neither."""

        DATA = "误报-数据错"
        RULE = "误报-规则错"
        DOUBLE = "重复"
        ELSEWHERE = "不归本单位"
        UPHELD = "申辩成立"

    class Cure(models.TextChoices):
        PROVEN = "已改正"
        EXPLAINED = "不可补救，已说明"

    code = models.CharField("预警编号", max_length=32, primary_key=True)
    version = models.PositiveIntegerField("版本", default=1)
    source = models.CharField("产生方式", max_length=10, choices=Source, default=Source.RULE)
    rule_code = models.CharField("预警模型", max_length=20, db_index=True, blank=True)
    rule_version = models.DateField("规则版本", null=True, blank=True)
    subject_kind = models.CharField("对象类别", max_length=30)
    subject_code = models.CharField("对象编号", max_length=64)
    matter_code = models.CharField("所属案件或者警情", max_length=64, db_index=True, blank=True)
    origin = models.CharField("外部来源", max_length=20, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="alerts", verbose_name="责任单位")
    officer = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="officer_code", related_name="alerts", verbose_name="责任人")
    level = models.CharField("级别", max_length=10, choices=LEVELS)
    rank = models.PositiveSmallIntegerField("级别次序", default=0, editable=False)
    stage = models.CharField("阶段", max_length=12)
    state = models.CharField("状态", max_length=10, choices=[(state, state) for state in states.STATES], default=states.OPEN)
    is_trial = models.BooleanField("试运行", default=False)
    is_historic = models.BooleanField("历史遗留", default=False)
    message = models.CharField("内容", max_length=500)
    finding = models.TextField("判定依据", default="{}")
    start_at = models.DateTimeField("起算", null=True, blank=True)
    due_at = models.DateTimeField("届满", null=True, blank=True)
    opened_at = models.DateTimeField("发现时间")
    seen_at = models.DateTimeField("最近一次判定")
    gone_at = models.DateTimeField("情况消失时间", null=True, blank=True)
    repeats = models.PositiveIntegerField("重复次数", default=0)
    reopened = models.PositiveSmallIntegerField("重新开启次数", default=0)
    acknowledge_by = models.DateTimeField("签收期限", null=True, blank=True)
    answer_by = models.DateTimeField("反馈期限", null=True, blank=True)
    judge_by = models.DateTimeField("审核期限", null=True, blank=True)
    climbs_at = models.DateTimeField("下次升级", null=True, blank=True)
    acknowledged_at = models.DateTimeField("签收时间", null=True, blank=True)
    escalations = models.PositiveSmallIntegerField("升级次数", default=0)
    supervised_by = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, to_field="code", db_column="supervised_by_code", related_name="+", verbose_name="督办单位")
    supervise_by = models.DateTimeField("督办期限", null=True, blank=True)
    supervision_over_at = models.DateTimeField("督办逾期告知时间", null=True, blank=True)
    leader = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followers", verbose_name="并入的预警")
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    fault = models.CharField("撤销原因", max_length=20, choices=Fault, blank=True)
    cure = models.CharField("办结方式", max_length=20, choices=Cure, blank=True)

    class Meta:
        verbose_name = "预警"
        ordering = ("rank", "due_at", "code")
        constraints = (
            models.UniqueConstraint(
                name="one_matter_one_alert", fields=("rule_code", "origin", "subject_kind", "subject_code"), condition=Q(source="系统判定")),
        )
        indexes = (
            models.Index(name="alert_by_unit", fields=("unit", "state", "rank")), models.Index(name="alert_by_officer", fields=("officer", "state")),
            models.Index(name="alert_newest", fields=("-opened_at", "code")),
            models.Index(name="alert_urgent", fields=("rank", "due_at", "code"), condition=Q(state__in=states.LIVE)),  # the order of the list
            models.Index(name="alert_climbing", fields=("climbs_at",), condition=Q(climbs_at__isnull=False)),
            models.Index(name="alert_supervised", fields=("supervise_by",), condition=Q(supervise_by__isnull=False)),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def term(self) -> datetime | None:
        """Until when whoever has it now has to do his part: sign, answer, or judge what was answered (参数，非法定)."""
        return getattr(self, states.TERMS[self.state]) if self.is_live else None

    @property
    def is_live(self) -> bool:
        return self.state in states.LIVE


class Statement(models.Model):
    """What somebody wrote when acting on an alert: the ledger keeps that and when, the words stand here."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="statements", verbose_name="预警")
    act = models.CharField("事项", max_length=30)
    officer = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="officer_code", related_name="+", verbose_name="经办人")
    at = models.DateTimeField("时间")
    text = models.TextField("内容", max_length=2000)

    class Meta:
        verbose_name = "说明"
        ordering = ("at", "pk")


class Attachment(models.Model):
    """A file kept with an alert, by its digest (SHA-256); the ledger holds the digest too."""

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="attachments", verbose_name="预警")
    name = models.CharField("文件名", max_length=150)
    kind = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("字节数")
    digest = models.CharField("摘要", max_length=64)
    officer = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="officer_code", related_name="+", verbose_name="上传人")
    at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = "附件"
        ordering = ("at", "pk")
        constraints = (models.UniqueConstraint(name="one_file_once", fields=("alert", "digest")),)
