"""人工发现: a problem that a person found, entering the same loop as what the rules find."""

from __future__ import annotations

import json

from django.db import transaction
from django.utils import timezone

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import Viewer
from mingjing.accounts.scope import check as check_permission
from mingjing.alerts import pace
from mingjing.alerts.actions.handling import SHORTEST
from mingjing.alerts.actions.numbering import next_codes
from mingjing.alerts.actions.reconciling import happening
from mingjing.alerts.actions.telling import tell
from mingjing.alerts.models import Alert
from mingjing.alerts.models.alert import RANKS
from mingjing.alerts.places import places
from mingjing.alerts.recipients import HANDLING, Directory
from mingjing.cases import queries
from mingjing.cases.models import Case, Incident
from mingjing.ledger.actions import record_all
from mingjing.lib.refused import Refused

TOLD = (HANDLING, "unit_legal_reviewer")
LONGEST, LONGEST_ARTICLE = 500, 200  # characters


def matter(by: Viewer, code: str) -> Case | Incident:
    """The case or incident with this number within reach. Raises Refused at the field: it is typed."""
    for model in (Case, Incident):
        if found := queries.visible(by, model).filter(code=code).select_related("unit").first():
            return found
    raise Refused(f"没有编号为“{code[:64]}”的案件或者警情，或者不在你的范围内。请核对编号。", field="matter")


def lead(row: Case | Incident) -> Officer | None:
    """Who answers unless somebody else is named: the lead officer of a case, whoever handles an incident."""
    code = places(row.table, [row.code])[row.code].officer
    return Officer.objects.filter(code=code, is_active=True).select_related("unit").first() if code else None


@transaction.atomic
def find(*, by: Viewer, code: str, level: str, text: str, article: str = "", officer: Officer | None = None) -> Alert:
    """Register a problem in a case or incident within reach. Without an officer the lead answers; the unit is that of the matter.

    No rule can prove its cure: it closes by the written opinion of somebody who neither answers for it nor wrote the answer. Whoever found it may be
    that person; it is his judgement of the case, not of his own work, and who found and who closed both stand in the ledger.
    """
    row = matter(by, code)
    check_permission(by, kind="alert", act="find", unit_path=row.unit.path, is_team=queries.is_on_team(by, row))
    text, article = text.strip(), article.strip()
    if level not in RANKS:
        raise Refused("请选择级别。", field="level")
    if not SHORTEST <= len(text) <= LONGEST:
        raise Refused(f"请写明发现的问题，{SHORTEST} 到 {LONGEST} 个字。", field="text")
    if len(article) > LONGEST_ARTICLE:
        raise Refused(f"依据不超过 {LONGEST_ARTICLE} 个字。", field="article")
    officer = officer or lead(row)
    if officer and (not officer.is_active or officer.is_interface or officer.is_auxiliary):
        raise Refused("责任人应为在职民警（不含辅警和接口账号）。", field="officer")
    if officer and not any(officer.unit.path.startswith(path) for path in by.paths("alert", "find")):
        raise Refused("责任人应为你职责范围内各单位的民警。", field="officer")
    now = timezone.now()
    sign_by = pace.by(level, "acknowledge", now)
    (number,) = next_codes(1, now)
    alert = Alert.objects.create(
        code=number, source=Alert.Source.HAND, subject_kind=row.table, subject_code=row.code, matter_code=row.code, unit=row.unit, officer=officer,
        level=level, rank=RANKS[level], stage="violated", message=text, finding=json.dumps({"article": article}, ensure_ascii=False), opened_at=now,
        seen_at=now, acknowledge_by=sign_by, climbs_at=sign_by, answer_by=pace.by(level, "answer", now))
    told = Directory([row.unit]).of_roles(TOLD, row.unit, officer, pace.send_at(now, level))
    tell(alert=alert, recipients=[one for one in told if one.officer.code != by.officer.code], occasion="人工发现", at=now)
    said = {"officer_id": officer.code} if officer else {}
    record_all(by=by.officer, happenings=[happening(alert, "find", level=level, article=article, **said)])
    return alert
