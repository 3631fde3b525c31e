"""External sources: a folder of another system's facts each, and how its last reading went."""

from __future__ import annotations

from django.db import models

from mingjing.alerts.models.run import Run


class Source(models.Model):
    """`stamp`: what the folder looked like when it was last tried, so that a change is noticed; `run`: that reading, sound or not; `read_at`: the last
    sound one. A folder that has disappeared stays here as a fault until somebody says that it is not expected any more (`mingjing forget_source`)."""

    name = models.CharField("来源", max_length=255, primary_key=True)
    stamp = models.CharField("文件摘要", max_length=64, blank=True)
    run = models.ForeignKey(Run, models.PROTECT, related_name="+", verbose_name="最近一次读取")
    read_at = models.DateTimeField("最近一次读成", null=True, blank=True)

    class Meta:
        verbose_name = "外部来源"
        ordering = ("name",)
