"""The ledger's one table. The model refuses to change or delete an entry; so does a trigger in the database (migration 0002)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import models

from mingjing.ledger.chain import FIELDS


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
        indexes = (models.Index(name="ledger_subject", fields=("subject_kind", "subject_code")),)

    def save(self, *args: Any, **kwargs: Any) -> None:
        raise Immutable("ledger entries are written by record() only")

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise Immutable("ledger entries are never deleted")

    def entry(self) -> dict[str, Any]:
        """The entry as it was digested, for export and verification."""
        values = {name: getattr(self, name) for name in FIELDS}
        return {**values, "occurred_at": moment(self.occurred_at), "recorded_at": moment(self.recorded_at), "digest": self.digest}


def moment(value: datetime) -> str:
    """An aware time as the text that is digested: UTC, microseconds."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
