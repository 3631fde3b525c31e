"""An external source that is not expected any more: whoever runs the platform says so, for a folder that has disappeared may as well be a fault."""

from __future__ import annotations

from django.db import transaction

from mingjing.alerts import sources, states
from mingjing.alerts.actor import SYSTEM
from mingjing.alerts.models import Alert, Clock, Source
from mingjing.ledger.actions import record
from mingjing.lib.refused import Refused


@transaction.atomic
def forget(name: str) -> None:
    """Raises Refused while something of the source is still there or waits for somebody."""
    if not Source.objects.filter(name=name).exists():
        raise Refused(f"没有名为“{name}”的外部来源。")
    if name in sources.folders():
        raise Refused("来源的文件夹还在。请先移走，否则它会被重新读取。")
    clocks = Clock.objects.filter(origin=name).count()
    alerts = Alert.objects.filter(origin=name, state__in=states.LIVE).count()
    if clocks or alerts:
        raise Refused(f"这个来源还有 {clocks} 项进行中的时限、{alerts} 条未办结的预警。请先放入一次只有列、没有行的文件（时限随之清除，"
                      "预警标为情况已消失），并把预警办结或者撤销，再移走文件夹。")
    Source.objects.filter(name=name).delete()
    record(by=SYSTEM, kind="source.forget", subject_kind="source", subject_code=name[:64])
