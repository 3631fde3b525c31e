"""Interviews and interrogations, who was present, and what was recorded."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from mingjing.accounts.models import Officer
from mingjing.cases.models.entry import Entry
from mingjing.cases.models.matters import Case
from mingjing.cases.models.parties import Party
from mingjing.cases.vocabulary import Listed


class Interview(Entry):
    table = "interview"
    occurs = "started_at"

    case = models.ForeignKey(Case, models.PROTECT, db_column="case_code", related_name="interviews", verbose_name="所属案件")
    party = models.ForeignKey(Party, models.PROTECT, db_column="party_code", related_name="interviews", verbose_name="被询问讯问人")
    kind = models.CharField("询问讯问类型", max_length=10, choices=Listed("interview", "kind"))
    place = models.CharField("地点", max_length=20, choices=Listed("interview", "place"), blank=True)
    started_at = models.DateTimeField("开始时间")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    is_remote = models.BooleanField("远程视频", null=True, blank=True)
    is_qualified_place = models.BooleanField("规范设置严格管理的执法办案场所", null=True, blank=True)
    is_guardian_absence_noted = models.BooleanField("监护人无法通知或者未到场已在笔录注明", null=True, blank=True)
    room = models.CharField("功能室", max_length=50, blank=True)
    is_rights_told = models.BooleanField("已告知权利义务", null=True, blank=True)
    is_signed = models.BooleanField("笔录已核对签名或者注明拒签", null=True, blank=True)
    is_woman_present = models.BooleanField("有女性工作人员在场", null=True, blank=True)
    is_identity_checked = models.BooleanField("远程协作地已核实身份", null=True, blank=True)
    returned_at = models.DateTimeField("远程笔录签名件传回时间", null=True, blank=True)
    is_repeat_explained = models.BooleanField("再次询问的必要性已说明", null=True, blank=True)

    class Meta:
        verbose_name = "询问讯问"
        ordering = ("started_at", "code")
        indexes = (
            models.Index(name="interview_by_time", fields=("-started_at",)),
            models.Index(name="interview_running", fields=("started_at",), condition=Q(ended_at__isnull=True)),
        )


class Attendance(Entry):
    """Somebody who took part in an interview: an officer by number, or another person by role."""

    table = "attendance"
    unit_path = "interview__case__unit__path"
    matter = "interview__case_id"
    occurs = "entered_at"

    interview = models.ForeignKey(Interview, models.PROTECT, db_column="interview_code", related_name="attendances", verbose_name="所属询问讯问")
    officer = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, to_field="code", db_column="officer_code", related_name="attendances", verbose_name="民警")
    role = models.CharField("分工", max_length=20, choices=Listed("attendance", "role"))
    is_auxiliary = models.BooleanField("辅警", null=True, blank=True)
    person_name = models.CharField("人员姓名", max_length=50, blank=True)

    class Meta:
        verbose_name = "参加询问讯问的人员"
        ordering = ("interview", "code")


class Recording(Entry):
    """That an interview was recorded from when to when: in outline; the files themselves belong to the app for recordings."""

    table = "recording"
    unit_path = "interview__case__unit__path"
    matter = "interview__case_id"
    occurs = "started_at"

    interview = models.ForeignKey(Interview, models.PROTECT, db_column="interview_code", related_name="recordings", verbose_name="所属询问讯问")
    started_at = models.DateTimeField("录制开始时间")
    ended_at = models.DateTimeField("录制结束时间", null=True, blank=True)
    is_damaged = models.BooleanField("损毁或者丢失", null=True, blank=True)

    class Meta:
        verbose_name = "录音录像"
        ordering = ("started_at", "code")
