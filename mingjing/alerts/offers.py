"""What a viewer may do with an alert now: the permission table, the state, and whose words are to be judged. Without a query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mingjing.accounts.scope import Viewer
from mingjing.accounts.scope import check as check_permission
from mingjing.alerts import states
from mingjing.alerts.models import Alert, Statement
from mingjing.lib.refused import Forbidden, Refused

# acts that judge what somebody wrote, and the acts with which it was written
JUDGED = {"close": ("submit",), "return": ("submit",), "dismiss": ("submit", "dispute"), "uphold": ("dispute",), "reject": ("dispute",)}


def spoken(statements: Iterable[Statement]) -> dict[str, str]:
    """Who wrote last with each act (act → police number)."""
    return {statement.act: statement.officer_id for statement in sorted(statements, key=lambda one: (one.at, one.pk))}


def check(viewer: Viewer, alert: Alert, act: str, *, is_own: bool, is_team: bool, words: Mapping[str, str]) -> None:
    """Let the act pass or raise Forbidden or Refused with the reason. `words`: who wrote last with which act (`spoken`).

    `is_team`: the alert names the viewer, or the viewer is on the team of its matter, now; `is_own`: now or ever. Whoever is named has to
    answer whatever the duty; anybody else acts by a duty that may read what the alert is about.
    """
    about = "" if alert.officer_id == viewer.officer.code else alert.subject_kind
    check_permission(
        viewer, kind="alert", act=act, unit_path=alert.unit.path, is_team=is_team, state=alert.state, is_own=is_own, about=about)
    if states.after(alert.state, act) is None:
        raise Refused(f"这条预警现在是“{alert.state}”，不能办理此事项。请刷新页面查看最新情况。")
    if viewer.officer.code in (words.get(written) for written in JUDGED.get(act, ())):
        raise Forbidden("反馈或者申辩是你本人写的，须由他人审核。")


def possible(viewer: Viewer, alert: Alert, acts: Iterable[str], *, is_own: bool, is_team: bool, words: Mapping[str, str]) -> list[str]:
    """Those of the acts that pass."""
    return [act for act in acts if _passes(viewer, alert, act, is_own, is_team, words)]


def _passes(viewer: Viewer, alert: Alert, act: str, is_own: bool, is_team: bool, words: Mapping[str, str]) -> bool:
    try:
        check(viewer, alert, act, is_own=is_own, is_team=is_team, words=words)
    except Refused:
        return False
    return True
