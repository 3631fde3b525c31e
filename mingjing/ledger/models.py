"""The ledger's one table. The model refuses to change or delete an entry; so do triggers in the database (`guards`)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models

from mingjing.ledger import kinds
from mingjing.ledger.chain import FIELDS

LATE_AFTER = timedelta(hours=24)  # a parameter of the house, not of the law: from when on the pages call an entry late (补录)


class Immutable(Exception):
    """Somebody's code tried to change the ledger: a bug or an attack, never a user's mistake."""


class EntryQuerySet(models.QuerySet):
    def update(self, **values: Any) -> int:
        raise Immutable("ledger entries are never updated")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Immutable("ledger entries are never deleted")


class Event(models.Model):
    """One entry. Both databases keep microseconds, so the digested text of a time can be made again from the column."""

    seq = models.BigIntegerField("序号", primary_key=True)
    uid = models.CharField("唯一标识", max_length=32, unique=True)
    occurred_at = models.DateTimeField("发生时间", db_index=True)
    recorded_at = models.DateTimeField("记录时间", db_index=True)
    kind = models.CharField("事项", max_length=60)
    actor = models.CharField("经办人警号", max_length=32, db_index=True)
    unit = models.CharField("经办人单位", max_length=32)
    subject_kind = models.CharField("对象类别", max_length=30)
    subject_code = models.CharField("对象编号", max_length=64)
    matter_code = models.CharField("所属案件或者警情", max_length=64, db_index=True, blank=True)
    data = models.TextField("内容")  # canonical JSON, kept as the text that was digested
    algorithm = models.CharField("摘要算法", max_length=10)
    previous_digest = models.CharField("前一条摘要", max_length=64)
    digest = models.CharField("摘要", max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ("seq",)
        verbose_name = "台账"
        indexes = (
            models.Index(name="ledger_subject", fields=("subject_kind", "subject_code")),
            models.Index(name="ledger_kind", fields=("kind", "seq")),
        )

    def __str__(self) -> str:
        return f"第 {self.seq} 条 {self.label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        raise Immutable("ledger entries are written by record() only")

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise Immutable("ledger entries are never deleted")

    @property
    def label(self) -> str:
        """The act in Chinese."""
        return kinds.label(self.kind)

    @property
    def delay(self) -> timedelta:
        """How long after it happened it was recorded; never negative, because a clock may be a little fast."""
        return max(self.recorded_at - self.occurred_at, timedelta())

    @property
    def is_late(self) -> bool:
        """补录: recorded more than LATE_AFTER after it happened."""
        return self.delay > LATE_AFTER

    def entry(self) -> dict[str, Any]:
        """The entry as it was digested, for export and verification."""
        values = {name: getattr(self, name) for name in FIELDS}
        return {**values, "occurred_at": moment(self.occurred_at), "recorded_at": moment(self.recorded_at), "digest": self.digest}


def moment(value: datetime) -> str:
    """An aware time as the text that is digested: UTC, microseconds. Raises ValueError for a naive time, which could be any moment."""
    if value.tzinfo is None:
        raise ValueError("the ledger takes aware times only")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
