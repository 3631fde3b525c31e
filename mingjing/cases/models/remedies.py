"""What comes after a penalty: detention put off, publication, administrative review, litigation and compensation."""

from __future__ import annotations

from django.db import models

from mingjing.cases.models.entry import Entry
from mingjing.cases.models.matters import Case
from mingjing.cases.models.outcomes import Decision
from mingjing.cases.models.parties import Party
from mingjing.cases.vocabulary import Listed


class Postponement(Entry):
    table = "postponement"
    unit_path = "decision__case__unit__path"
    matter = "decision__case_id"
    occurs = "applied_at"

    decision = models.ForeignKey(Decision, models.PROTECT, db_column="decision_code", related_name="postponements", verbose_name="所涉决定")
    applied_at = models.DateTimeField("收到申请时间")
    decided_at = models.DateTimeField("作出决定时间", null=True, blank=True)
    is_granted = models.BooleanField("决定暂缓执行", null=True, blank=True)
    deposit_paid_at = models.DateTimeField("收取保证金时间", null=True, blank=True)
    deposit_banked_at = models.DateTimeField("保证金存入银行时间", null=True, blank=True)
    deposit_returned_at = models.DateTimeField("退还或者没收保证金的时间", null=True, blank=True)
    ended_at = models.DateTimeField("暂缓事由消失的时间", null=True, blank=True)

    class Meta:
        verbose_name = "暂缓执行拘留"
        ordering = ("applied_at", "code")


class Disclosure(Entry):
    table = "disclosure"
    unit_path = "decision__case__unit__path"
    matter = "decision__case_id"
    occurs = "published_at"

    decision = models.ForeignKey(Decision, models.PROTECT, db_column="decision_code", related_name="disclosures", verbose_name="公开的处罚决定")
    published_at = models.DateTimeField("公开时间")
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    is_anonymised = models.BooleanField("已隐去姓名和个人信息", null=True, blank=True)

    class Meta:
        verbose_name = "执法公开"
        ordering = ("published_at", "code")


class Remedy(Entry):
    table = "remedy"
    occurs = "received_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="remedies", verbose_name="所属案件")
    party = models.ForeignKey(Party, models.PROTECT, null=True, blank=True, db_column="party_code", related_name="remedies", verbose_name="申请人")
    kind = models.CharField("救济类型", max_length=20, choices=Listed("remedy", "kind"))
    received_at = models.DateTimeField("收到或者开庭时间")
    extended_at = models.DateTimeField("批准并告知延长的时间", null=True, blank=True)
    due_on = models.DateField("文书载明的期限", null=True, blank=True)
    answered_at = models.DateTimeField("答复决定或者履行时间", null=True, blank=True)
    is_leader_present = models.BooleanField("负责人出庭", null=True, blank=True)
    is_absence_explained = models.BooleanField("负责人不能出庭已书面说明", null=True, blank=True)

    class Meta:
        verbose_name = "复议诉讼赔偿"
        ordering = ("received_at", "code")
