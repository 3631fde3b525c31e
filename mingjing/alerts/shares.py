"""How right each rule has been, from rows: of its alerts judged last how many were right, of the blind sample how many it missed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count, F, Max, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from mingjing.alerts.models import Alert, Demotion, Sample
from mingjing.alerts.quality import LAST, Share

SAYS_NOTHING = (Alert.Fault.DOUBLE, Alert.Fault.ELSEWHERE)  # about the rule


def precisions(rows: QuerySet[Alert], lifted: Mapping[str, datetime] | None = None) -> dict[str, Share]:
    """Of each rule's alerts judged last, how many were right: closed as cured or explained against dismissed as false; a dispute that was upheld speaks
    against it. What was judged before the rule was changed and let go again says nothing about what it is now.
    `lifted`: see `lifted_at`, where it is known already."""
    lifted = lifted_at() if lifted is None else lifted
    judged = rows.filter(closed_at__isnull=False).exclude(fault__in=SAYS_NOTHING)
    after = Q()
    for code, moment in lifted.items():
        after &= ~Q(rule_code=code, closed_at__lte=moment)
    place = Window(RowNumber(), partition_by=F("rule_code"), order_by=(F("closed_at").desc(), F("code").desc()))
    last = judged.filter(after).order_by().annotate(place=place).filter(place__lte=LAST).values_list("rule_code", "fault")
    faults: dict[str, list[str]] = defaultdict(list)
    for code, fault in last:
        faults[code].append(fault)
    return {code: Share(sum(not fault for fault in given), len(given)) for code, given in faults.items()}


def lifted_at() -> Mapping[str, datetime]:
    """By rule: when it was last let go again."""
    lifted = Demotion.objects.filter(lifted_at__isnull=False).order_by().values_list("rule_code")
    return dict(lifted.annotate(last=Max("lifted_at")))


def misses(samples: QuerySet[Sample]) -> dict[str, Share]:
    """By rule: of the unflagged subjects that were judged clearly, how many it had missed."""
    judged = samples.exclude(verdict__in=("", Sample.Verdict.UNCLEAR)).order_by().values_list("rule_code")
    counted = judged.annotate(missed=Count("pk", filter=Q(verdict=Sample.Verdict.MISSED)), number=Count("pk"))
    return {code: Share(missed, number) for code, missed, number in counted}
