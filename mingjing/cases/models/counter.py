"""The last number given under a prefix."""

from __future__ import annotations

from django.db import models


class Counter(models.Model):
    prefix = models.CharField(max_length=64, primary_key=True)
    last = models.PositiveIntegerField(default=0)
