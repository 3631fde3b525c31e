"""Keys of connected systems, how they are used, and the answers kept for calls that are made twice."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from django.db import models

from mingjing.accounts.models import Officer
from mingjing.cases.models import NOUNS

READ, WRITE, EVERYTHING = "cases:read", "facts:write:", "facts:write:*"


class ApiKey(models.Model):
    """The right of an interface account to call the API until a moment. The key itself is kept nowhere: only its SHA-256, and a beginning to know it by.

    `scopes`: `cases:read`, `facts:write:*` or `facts:write:<table>`; they narrow what the account's duty allows and never widen it.
    """

    name = models.CharField("名称", max_length=50, unique=True)
    prefix = models.CharField("前缀", max_length=16, unique=True)
    digest = models.CharField("密钥摘要", max_length=64, unique=True)
    officer = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="officer_code", related_name="keys", verbose_name="接口账号")
    scopes = models.JSONField("权限", default=list)
    per_minute = models.PositiveIntegerField("每分钟上限")
    issued_at = models.DateTimeField("发放时间")
    issued_by = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="issued_by_code", related_name="+", verbose_name="发放人")
    expires_at = models.DateTimeField("失效时间")
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)
    revoked_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="revoked_by_code", related_name="+", verbose_name="撤销人")
    reason = models.CharField("撤销理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "接口密钥"
        ordering = ("-issued_at", "-pk")

    def __str__(self) -> str:
        return self.name

    @property
    def source(self) -> str:
        """What the rows say about where they came from."""
        return f"接口 {self.name}"

    def state(self, at: datetime) -> str:
        """有效, 已失效, 已撤销 or 账号停用 at a moment (aware): good before `expires_at`, no longer at it."""
        if self.revoked_at:
            return "已撤销"
        if at >= self.expires_at:
            return "已失效"
        return "有效" if self.officer.is_active else "账号停用"

    @property
    def may_read(self) -> bool:
        return READ in self.scopes

    @cached_property
    def writes(self) -> tuple[str, ...]:
        """Names of the tables that it may push to."""
        return tuple(name for name in NOUNS if EVERYTHING in self.scopes or WRITE + name in self.scopes)

    def in_words(self) -> str:
        said = ["读取案件"] if self.may_read else []
        if EVERYTHING in self.scopes:
            said.append("写入全部事实表")
        elif self.writes:
            said.append("写入" + "、".join(str(NOUNS[name]._meta.verbose_name) for name in self.writes))
        return "；".join(said)


class KeyUse(models.Model):
    """How often a key was used on a day (Asia/Shanghai); `in_minute` of the present `minute` (minutes since 1970) is what the limit looks at."""

    key = models.ForeignKey(ApiKey, models.PROTECT, related_name="uses", verbose_name="密钥")
    day = models.DateField("日期")
    calls = models.PositiveIntegerField("调用次数", default=0)
    refused = models.PositiveIntegerField("超出上限的次数", default=0)
    last_at = models.DateTimeField("最近一次")
    minute = models.BigIntegerField("当前分钟")
    in_minute = models.PositiveIntegerField("当前分钟内的次数", default=0)

    class Meta:
        verbose_name = "密钥使用情况"
        ordering = ("-day",)
        constraints = (models.UniqueConstraint(name="one_use_a_day", fields=("key", "day")),)


class Answer(models.Model):
    """The answer to a call that named an idempotency key, written in the same transaction as the rows. `digest`: of what was asked. Empty body: being done."""

    key = models.ForeignKey(ApiKey, models.PROTECT, related_name="answers", verbose_name="密钥")
    token = models.CharField("幂等键", max_length=100)
    digest = models.CharField("请求摘要", max_length=64)
    body = models.TextField("答复", blank=True)
    made_at = models.DateTimeField("时间", db_index=True)

    class Meta:
        verbose_name = "已答复的调用"
        constraints = (models.UniqueConstraint(name="one_answer_a_token", fields=("key", "token")),)
