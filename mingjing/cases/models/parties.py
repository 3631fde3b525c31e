"""The people of a case, in their procedural role and only in it."""

from __future__ import annotations

from django.db import models

from mingjing.cases.models.entry import Entry
from mingjing.cases.models.matters import Case
from mingjing.cases.vocabulary import Listed

MARKS = ("is_juvenile", "is_foreign", "is_deaf", "is_blind", "is_pregnant", "is_nursing", "is_seriously_ill", "is_mentally_ill", "is_deputy",
         "is_official", "is_foreign_tongue", "is_protected_minor")


class Party(Entry):
    """A person in one case, with the marks that change what the law demands."""

    table = "party"
    occurs = "entered_at"

    class IdKind(models.TextChoices):
        RESIDENT = "居民身份证"
        PASSPORT = "护照"
        PERMIT = "往来通行证"
        OTHER = "其他证件"
        UNKNOWN = "身份不明"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="parties", verbose_name="所属案件")
    role = models.CharField("身份", max_length=20, choices=Listed("party", "role"))
    name = models.CharField("姓名", max_length=50)
    sex = models.CharField("性别", max_length=4, choices=Listed("party", "sex"), blank=True)
    born_on = models.DateField("出生日期", null=True, blank=True)
    id_kind = models.CharField("证件类型", max_length=20, choices=IdKind, blank=True)
    id_number = models.CharField("证件号码", max_length=30, blank=True)
    phone = models.CharField("联系电话", max_length=20, blank=True)
    address = models.CharField("住址", max_length=200, blank=True)
    is_juvenile = models.BooleanField("未成年人", null=True, blank=True)
    is_foreign = models.BooleanField("外国人或者无国籍人", null=True, blank=True)
    is_deaf = models.BooleanField("聋哑人", null=True, blank=True)
    is_blind = models.BooleanField("盲人", null=True, blank=True)
    is_pregnant = models.BooleanField("怀孕", null=True, blank=True)
    is_nursing = models.BooleanField("哺乳不满一周岁婴儿", null=True, blank=True)
    is_seriously_ill = models.BooleanField("患有严重疾病", null=True, blank=True)
    is_mentally_ill = models.BooleanField("精神病人或者智力残疾人", null=True, blank=True)
    is_deputy = models.BooleanField("人大代表或者政协委员", null=True, blank=True)
    is_official = models.BooleanField("公职人员", null=True, blank=True)
    is_foreign_tongue = models.BooleanField("不通晓当地通用语言文字", null=True, blank=True)
    is_protected_minor = models.BooleanField("遭受性侵害或者暴力伤害的未成年被害人证人", null=True, blank=True)
    has_defender = models.BooleanField("已委托辩护人", null=True, blank=True)
    aid_asked_at = models.DateTimeField("通知法律援助机构的时间", null=True, blank=True)

    class Meta:
        verbose_name = "当事人"
        ordering = ("case", "code")
        indexes = (models.Index(name="party_by_name", fields=("name",), opclasses=("varchar_pattern_ops",)),)  # also for the beginning of a name

    def __str__(self) -> str:
        return self.name
