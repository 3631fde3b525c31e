"""Who is told of what, by which way, and whether it arrived."""

from __future__ import annotations

from django.db import models

from mingjing.accounts.models import Officer
from mingjing.alerts.models.alert import Alert


class Notice(models.Model):
    """One message to one officer by one channel. Delivery is at least once: a worker takes it by compare-and-set (`lease_until`), sends, then marks it.

    `occasion` names what it is about (`开启`, `逾期未签收3`, `退回2` …; the number is the version of the alert), so
    that the same occasion is never told twice by the same way.
    """

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="notices", verbose_name="预警")
    officer = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="officer_code", related_name="notices", verbose_name="收件人")
    duty = models.CharField("以何职责", max_length=20)
    channel = models.CharField("渠道", max_length=20)
    occasion = models.CharField("事由", max_length=30)
    text = models.CharField("内容", max_length=600)
    created_at = models.DateTimeField("生成时间")
    send_at = models.DateTimeField("发送时间")
    lease_until = models.DateTimeField("占用至", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    delivered_at = models.DateTimeField("送达时间", null=True, blank=True)
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)
    error = models.CharField("最近一次失败", max_length=300, blank=True)

    class Meta:
        verbose_name = "推送"
        ordering = ("-created_at", "-pk")
        constraints = (models.UniqueConstraint(name="one_occasion_told_once", fields=("alert", "officer", "channel", "occasion")),)
        indexes = (
            models.Index(name="notice_waiting", fields=("send_at",), condition=models.Q(delivered_at__isnull=True)),
            models.Index(name="notice_inbox", fields=("officer", "channel", "-created_at")),
        )
