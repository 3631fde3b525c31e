"""Units, officers, duties with dates, and access outside the ordinary reach."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Unit(models.Model):
    """A unit in the tree of the bureau. `path` is the codes from the root down, each followed by a slash: all units below a unit start with its path."""

    class Kind(models.TextChoices):
        BUREAU = "市局"
        BRANCH = "分局"
        DETACHMENT = "支队"
        STATION = "派出所"
        SQUAD = "大队"
        CENTRE = "执法办案管理中心"

    code = models.CharField("单位编号", max_length=32, unique=True)
    name = models.CharField("单位名称", max_length=100)
    kind = models.CharField("单位类型", max_length=20, choices=Kind)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, to_field="code", db_column="parent_code", related_name="children", verbose_name="上级单位")
    path = models.CharField("层级路径", max_length=200, db_index=True, editable=False)
    is_active = models.BooleanField("在用", default=True)

    class Meta:
        ordering = ("path",)
        verbose_name = "单位"

    def __str__(self) -> str:
        return self.name

    @property
    def line(self) -> list[str]:
        """Codes from the root down to this unit."""
        return line_of(self.path)


def line_of(path: str) -> list[str]:
    return path.rstrip("/").split("/")


class Officer(AbstractBaseUser):
    """A police officer, an auxiliary, or the account of a connected system (`is_interface`), which cannot sign in."""

    code = models.CharField("警号", max_length=32, unique=True)
    name = models.CharField("姓名", max_length=50)
    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="officers", verbose_name="所属单位")
    is_auxiliary = models.BooleanField("辅警", default=False)
    is_interface = models.BooleanField("系统接口账号", default=False)
    is_active = models.BooleanField("在职", default=True)
    must_change_password = models.BooleanField("须改密码", default=False)
    password_changed_at = models.DateTimeField("改密时间", null=True, blank=True)

    USERNAME_FIELD = "code"
    REQUIRED_FIELDS = ("name",)
    objects = BaseUserManager()  # what Django's own commands need; officers are made by `actions.enrol`

    class Meta:
        ordering = ("code",)
        verbose_name = "民警"

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name


class DutyAssignment(models.Model):
    """A duty held at a unit between two dates, both included. A secondment or an acting duty is an assignment with an end.

    A duty withdrawn ends at that very moment and not with the day; one that never began is withdrawn as well, because nothing is deleted.
    """

    class Kind(models.TextChoices):
        REGULAR = "任职"
        SECONDED = "借调"
        ACTING = "代理"

    officer = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="officer_code", related_name="assignments", verbose_name="民警")
    duty = models.CharField("职责", max_length=20)
    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="assignments", verbose_name="单位")
    kind = models.CharField("方式", max_length=10, choices=Kind, default=Kind.REGULAR)
    starts_on = models.DateField("自")
    ends_on = models.DateField("至", null=True, blank=True)
    reason = models.CharField("事由", max_length=200, blank=True)
    withdrawn_at = models.DateTimeField("停止时间", null=True, blank=True)

    class Meta:
        ordering = ("-starts_on", "pk")
        verbose_name = "职责"
        constraints = (models.CheckConstraint(name="duty_ends_after_it_starts", condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))),)

    def state(self, day: date) -> str:
        """现任, 未到任 or 已结束 on a day (Asia/Shanghai)."""
        if self.withdrawn_at or (self.ends_on and self.ends_on < day):
            return "已结束"
        return "现任" if self.starts_on <= day else "未到任"


class Shift(models.Model):
    """Somebody is on shift (值班) at a unit from `starts_at`, not any more at `ends_at`. Taken back rather than deleted, as long as it is not over."""

    officer = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="officer_code", related_name="shifts", verbose_name="值班人")
    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="shifts", verbose_name="单位")
    starts_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("结束")
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        ordering = ("starts_at", "pk")
        verbose_name = "值班"
        constraints = (models.CheckConstraint(name="shift_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),)
        indexes = (models.Index(name="shift_now", fields=("ends_at", "starts_at"), condition=Q(withdrawn_at__isnull=True)),)

    @property
    def duties(self) -> list[str]:
        """What the officer holds at this unit, for rows that `queries.shifts` has read."""
        return [assignment.duty for assignment in self.officer.held if assignment.unit_id == self.unit_id]


class BreakGlass(models.Model):
    """Access to one case outside one's reach: with a reason, for a limited time, reviewed by someone else the next day."""

    class Verdict(models.TextChoices):
        JUSTIFIED = "必要"
        UNJUSTIFIED = "不必要"

    officer = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="officer_code", related_name="break_glass", verbose_name="民警")
    matter_code = models.CharField("案件编号", max_length=64, db_index=True)
    reason = models.CharField("理由", max_length=500)
    starts_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("截止")
    reviewed_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="reviewed_by_code", related_name="+", verbose_name="复核人")
    reviewed_at = models.DateTimeField("复核时间", null=True, blank=True)
    verdict = models.CharField("复核结论", max_length=10, choices=Verdict, blank=True)
    remark = models.CharField("复核说明", max_length=500, blank=True)

    class Meta:
        ordering = ("-starts_at", "-pk")
        verbose_name = "临时授权"

    @property
    def review_due_on(self) -> date:
        """The last day for the review: the day after the access began."""
        return timezone.localdate(self.starts_at) + timedelta(days=1)

    def is_open(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at

    def state(self, at: datetime) -> str:
        """已复核, 逾期未复核 or 待复核 at a moment (aware)."""
        if self.reviewed_at:
            return "已复核"
        return "逾期未复核" if timezone.localdate(at) > self.review_due_on else "待复核"
