"""Quality of the rules: back to trial when too many alerts were false; the weekly blind sample of what no rule flagged."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from mingjing.accounts.scope import Viewer
from mingjing.accounts.scope import check as check_permission
from mingjing.alerts import pace
from mingjing.alerts.actions.telling import tell
from mingjing.alerts.actor import SYSTEM
from mingjing.alerts.library import Library
from mingjing.alerts.models import Alert, Clock, Demotion, Sample
from mingjing.alerts.places import places
from mingjing.alerts.quality import Share, falls_below
from mingjing.alerts.queries import one_sample
from mingjing.alerts.recipients import Directory
from mingjing.alerts.shares import precisions
from mingjing.cases.models import NOUNS
from mingjing.ledger.actions import record
from mingjing.lib.refused import Conflict, Refused

EACH = 3  # subjects a rule and week
RECENT = timedelta(days=60)  # a sample is drawn from what happened lately


@transaction.atomic
def demote(*, rules: Library, at: datetime) -> list[Demotion]:
    """Take rules whose precision has fallen below the line back to trial, and tell whoever answers for the rules."""
    demoted, shares = [], precisions(Alert.objects.exclude(rule_code=""))
    for rule in rules:
        if rule.status == "active" and falls_below(share := shares.get(rule.code, Share(0, 0))):
            values = {"file_digest": rules.digests[rule.code], "precision": share.value, "judged": share.judged, "at": at}
            demotion, is_new = Demotion.objects.get_or_create(rule_code=rule.code, lifted_at=None, defaults=values)
            if is_new:  # neither demoted already nor by another worker just now
                _tell_owner(rule.code, at)
                demoted.append(demotion)
    for each in demoted:
        record(by=SYSTEM, kind="rule.demote", subject_kind="rule", subject_code=each.rule_code, precision=round(each.precision, 3), judged=each.judged)
    return demoted


def _tell_owner(rule_code: str, at: datetime) -> None:
    """By way of the latest alert of the rule: those who watch over the law in the whole bureau."""
    alert = Alert.objects.filter(rule_code=rule_code).select_related("unit").order_by("-opened_at").first()
    if alert:
        recipients = Directory([alert.unit]).holders("法制支队监督岗", alert.unit, pace.send_at(at, alert.level))
        tell(alert=alert, recipients=recipients, occasion=f"模型降级{at:%Y%m%d}", at=at)


@transaction.atomic
def draw_sample(*, rules: Library, week: date, seed: str) -> int:
    """The week's blind sample: per rule a few recent subjects without alert and without clock. Whoever judges does not see that no rule spoke.

    `seed` makes the draw repeatable for those who check it. Returns how many were drawn; a week is drawn once.
    """
    if Sample.objects.filter(week=week).exists():
        return 0
    drawn = []
    for rule in rules:
        if rule.subject.name not in NOUNS:
            continue
        model = NOUNS[rule.subject.name]
        since = timezone.now() - RECENT
        flagged = set(Alert.objects.filter(rule_code=rule.code, origin="").values_list("subject_code", flat=True))
        flagged |= set(Clock.objects.filter(rule_code=rule.code, origin="").values_list("subject_code", flat=True))
        codes = [code for code in model.objects.filter(**{f"{model.occurs}__gte": since}).order_by("pk").values_list("pk", flat=True) if code not in flagged]
        chosen = sorted(random.Random(f"{seed} {week} {rule.code}").sample(codes, min(EACH, len(codes))))
        where = places(rule.subject.name, chosen)
        drawn += [
            Sample(week=week, rule_code=rule.code, subject_kind=rule.subject.name, subject_code=code, matter_code=where[code].matter, unit_id=where[code].unit)
            for code in chosen
        ]
    Sample.objects.bulk_create(drawn)
    record(by=SYSTEM, kind="sample.draw", subject_kind="sample", subject_code=week.isoformat(), count=len(drawn), seed=seed)
    return len(drawn)


@transaction.atomic
def judge_sample(*, by: Viewer, pk: int, verdict: str, remark: str) -> Sample:
    sample = Sample.objects.select_for_update(of=("self",)).select_related("unit").get(pk=one_sample(by, pk).pk)
    check_permission(by, kind="rule", act="sample", unit_path=sample.unit.path, is_team=False)
    if sample.verdict:
        raise Conflict("这一项已经有人判断过。", current=sample)
    if verdict not in Sample.Verdict.values:
        raise Refused("请选择结论。", field="verdict")
    if verdict != Sample.Verdict.SOUND and len(remark.strip()) < 5:
        raise Refused("请说明看到了什么，不少于 5 个字。", field="remark")
    sample.verdict, sample.remark, sample.judged_by, sample.judged_at = verdict, remark.strip(), by.officer, timezone.now()
    sample.save(update_fields=["verdict", "remark", "judged_by", "judged_at"])
    record(by=by.officer, kind="sample.judge", subject_kind="sample", subject_code=str(sample.pk), rule=sample.rule_code, verdict=verdict)
    return sample
