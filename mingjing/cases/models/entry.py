"""What every row of this app has in common."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Entry(models.Model):
    """A row that people, files or other systems entered. `code` is its number everywhere: in the vocabulary, in URLs, in the source system.

    `table`: name of the fact table; `unit_path` and `matter`: lookups from here to the path of the responsible unit and to the code of the
    case or incident it belongs to; `occurs`: the column that says when it happened, for the timeline and the ledger.
    """

    table: ClassVar[str]
    unit_path: ClassVar[str] = "case__unit__path"
    matter: ClassVar[str] = "case_id"
    occurs: ClassVar[str]
    kept: ClassVar[tuple[str, ...]] = ("version", "entered_at", "source")

    code = models.CharField("编号", max_length=64, primary_key=True)
    version = models.PositiveIntegerField("版本", default=1, editable=False)
    entered_at = models.DateTimeField("录入时间", editable=False)
    source = models.CharField("来源", max_length=64, default="人工录入", editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.code
