"""Runs of the rules: what was judged, with which files, how long it took, and how far the ledger had been read."""

from __future__ import annotations

from django.db import models


class Beat(models.Model):
    """That a part of the background work is alive: written now and then while it goes round, whether or not there was anything to do."""

    part = models.CharField("部分", max_length=20, primary_key=True)
    at = models.DateTimeField("最近一次")

    class Meta:
        verbose_name = "运行情况"


class Run(models.Model):
    """`position`: number of the last ledger entry that this run has taken in; the next run of changes goes on there.

    `skipped`: rules that did not judge, or not everything; of these, `broken` names those that raised an error. A run of an external source names it in
    `origin` and has no position; `refused`: findings about matters that belong to no unit of the house; `notes`: what else has to be known about it.
    """

    class Kind(models.TextChoices):
        WHOLE = "全量"
        CHANGES = "变动"
        SOURCE = "外部来源"

    kind = models.CharField("方式", max_length=10, choices=Kind)
    at = models.DateTimeField("判定时刻")
    started_at = models.DateTimeField("开始")
    seconds = models.FloatField("用时（秒）", null=True, blank=True)
    position = models.BigIntegerField("台账位置")
    rules = models.PositiveIntegerField("规则数", default=0)
    subjects = models.PositiveBigIntegerField("对象数", default=0)
    findings = models.PositiveBigIntegerField("判定结果数", default=0)
    opened = models.PositiveIntegerField("新预警", default=0)
    gone = models.PositiveIntegerField("情况消失", default=0)
    rejected = models.PositiveIntegerField("不能判断的行", default=0)
    skipped = models.TextField("没有判断的规则", default="[]")  # JSON: [[code, reason], …]
    broken = models.TextField("出错的规则", default="[]")  # JSON: [code, …]
    versions = models.TextField("规则文件摘要", default="{}")  # JSON: {code: digest}
    origin = models.CharField("外部来源", max_length=255, blank=True)
    rows = models.PositiveBigIntegerField("来源的行", default=0)
    refused = models.PositiveIntegerField("没有采用的判定", default=0)
    notes = models.TextField("说明", default="[]")  # JSON: [sentence, …]
    error = models.TextField("出错", blank=True)

    class Meta:
        verbose_name = "评估"
        ordering = ("-pk",)
        indexes = (
            models.Index(name="run_reached", fields=("-position",), condition=models.Q(error="")),  # asked at every round of the worker
            models.Index(name="run_of_kind", fields=("kind", "-id")),
            models.Index(name="run_of_origin", fields=("origin", "-id")),
            models.Index(name="run_broken", fields=("started_at",), condition=~models.Q(broken="[]")),  # asked by the banner of every page
        )
