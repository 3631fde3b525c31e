"""A file on its way into one fact table, and the rows of it that were set aside."""

from __future__ import annotations

from django.db import models

from mingjing.accounts.models import Officer, Unit
from mingjing.cases.models import NOUNS


class Batch(models.Model):
    """One file. It is first tried out and then, on confirmation, imported; files of the watched folder are imported at once.

    `position`: data rows done in the present pass (trying or importing); the counts and rejects are of that pass. `worker` holds the batch until
    `leased_until`. `foreseen`: counts of the finished trial. `repeated`: codes that come more than once, which the trial must remember.
    `inbox_name`: its name in the watched folder, empty for a file sent by page; `filed`: where in the folder it was put away.
    """

    class State(models.TextChoices):
        WAITING = "待试运行"
        TRYING = "试运行中"
        READY = "可导入"
        IMPORTING = "导入中"
        DONE = "完成"
        CANCELLED = "已取消"
        FAILED = "出错"

    table = models.CharField("事实表", max_length=30)
    name = models.CharField("文件名", max_length=200)
    kind = models.CharField("格式", max_length=10)
    digest = models.CharField("文件摘要", max_length=64, db_index=True)
    size = models.BigIntegerField("大小")
    officer = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="officer_code", related_name="batches", verbose_name="经办人")
    unit = models.ForeignKey(Unit, models.PROTECT, to_field="code", db_column="unit_code", related_name="batches", verbose_name="单位")

    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING, db_index=True)
    failed_in = models.CharField("出错前的状态", max_length=10, choices=State, blank=True)
    message = models.TextField("说明", blank=True)
    total = models.PositiveIntegerField("总行数", null=True)
    position = models.PositiveIntegerField("已处理行数", default=0)
    entered = models.PositiveIntegerField("新增", default=0)
    changed = models.PositiveIntegerField("变更", default=0)
    unchanged = models.PositiveIntegerField("不变", default=0)
    rejected = models.PositiveIntegerField("单列", default=0)
    header = models.JSONField("表头", default=list)
    notes = models.JSONField("关于文件", default=list)
    preview = models.JSONField("预览", default=list)
    foreseen = models.JSONField("试运行结果", default=dict)
    repeated = models.JSONField("重复的编号", default=list)

    worker = models.CharField("处理者", max_length=100, blank=True)
    leased_until = models.DateTimeField("占用至", null=True)
    attempts = models.PositiveSmallIntegerField("没有进展的次数", default=0)

    created_at = models.DateTimeField("上传时间")
    started_at = models.DateTimeField("开始导入时间", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)

    inbox_name = models.CharField("收件夹文件名", max_length=255, blank=True, db_index=True)
    filed = models.CharField("归置", max_length=300, blank=True)

    class Meta:
        verbose_name = "导入"
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"第 {self.pk} 批"

    @property
    def code(self) -> str:
        """How the ledger and the rows' own `source` name it."""
        return str(self.pk)

    @property
    def noun(self) -> str:
        return str(NOUNS[self.table]._meta.verbose_name)

    @property
    def is_trial(self) -> bool:
        """Whether the present pass only tries out."""
        return self.state in TRIAL or (self.state in (self.State.FAILED, self.State.CANCELLED) and self.started_at is None)

    @property
    def is_due(self) -> bool:
        return self.state in DUE

    @property
    def source(self) -> str:
        """What the rows say about where they came from."""
        return f"文件导入第 {self.pk} 批"


State = Batch.State
TRIAL = (State.WAITING, State.TRYING, State.READY)
DUE = (State.WAITING, State.TRYING, State.IMPORTING)  # something for a worker to do
ENDED = (State.DONE, State.CANCELLED, State.FAILED)


class Reject(models.Model):
    """A row set aside in the present pass. `row`: its number in the file; `column`: name of the column at fault; `cells`: the row as it was, by header."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="rejects", verbose_name="导入")
    row = models.PositiveIntegerField("行号")
    column = models.CharField("列", max_length=64, blank=True)
    label = models.CharField("列名", max_length=64, blank=True)
    reason = models.TextField("原因")
    cells = models.JSONField("原始内容")

    class Meta:
        verbose_name = "单列行"
        ordering = ("row",)
        constraints = (models.UniqueConstraint(name="one_reject_a_row", fields=("batch", "row")),)
