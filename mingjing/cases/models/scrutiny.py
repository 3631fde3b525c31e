"""Who looks at a case from outside its team: the procuratorate, legal reviewers; and officers who must stand back from it."""

from __future__ import annotations

from django.db import models

from mingjing.accounts.models import Officer
from mingjing.cases.models.entry import Entry
from mingjing.cases.models.matters import Case
from mingjing.cases.models.measures import Measure
from mingjing.cases.models.parties import Party
from mingjing.cases.vocabulary import Listed


class ProsecutorDocument(Entry):
    table = "prosecutor_document"
    occurs = "received_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="prosecutor_documents", verbose_name="所属案件")
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, db_column="party_code", related_name="prosecutor_documents", verbose_name="涉及的当事人")
    measure = models.ForeignKey(
        Measure, models.PROTECT, null=True, blank=True, db_column="measure_code", related_name="prosecutor_documents", verbose_name="涉及的措施")
    kind = models.CharField("文书类型", max_length=20, choices=Listed("prosecutor_document", "kind"))
    received_at = models.DateTimeField("收到时间")
    due_on = models.DateField("文书载明的回复期限", null=True, blank=True)
    answered_at = models.DateTimeField("回复或者办结时间", null=True, blank=True)

    class Meta:
        verbose_name = "检察文书"
        ordering = ("received_at", "code")


class Review(Entry):
    table = "review"
    occurs = "requested_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="reviews", verbose_name="所属案件")
    party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, db_column="party_code", related_name="reviews", verbose_name="涉及的当事人")
    kind = models.CharField("审核事项", max_length=20, choices=Listed("review", "kind"))
    officer = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="officer_code", related_name="reviews", verbose_name="审核人")
    requested_at = models.DateTimeField("提交审核时间")
    finished_at = models.DateTimeField("审核完成时间", null=True, blank=True)
    result = models.CharField("审核结果", max_length=20, choices=Listed("review", "result"), blank=True)
    is_new_reviewer = models.BooleanField("审核人初次从事法制审核", null=True, blank=True)
    is_qualified = models.BooleanField("审核人已取得法律职业资格", null=True, blank=True)

    class Meta:
        verbose_name = "法制审核"
        ordering = ("requested_at", "code")


class Recusal(Entry):
    table = "recusal"
    occurs = "applied_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="recusals", verbose_name="所属案件")
    officer = models.ForeignKey(Officer, models.PROTECT, to_field="code", db_column="officer_code", related_name="recusals", verbose_name="被申请回避的民警")
    applied_at = models.DateTimeField("收到申请时间")
    decided_at = models.DateTimeField("作出决定时间", null=True, blank=True)
    is_granted = models.BooleanField("决定回避", null=True, blank=True)

    class Meta:
        verbose_name = "回避"
        ordering = ("applied_at", "code")
