"""What people do with an alert. Each act: may he, can it be done now, is it the version that he saw; then the change, his words and the ledger entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import transaction
from django.utils import timezone

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import Viewer
from mingjing.alerts import offers, pace, states
from mingjing.alerts.actions.reconciling import ALERT_STAGES, IRREPARABLE, UNSUPERVISED, happening
from mingjing.alerts.actions.telling import tell
from mingjing.alerts.evaluating import judge
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Statement
from mingjing.alerts.queries import one, ties
from mingjing.alerts.recipients import HANDLING, Directory, Recipient, may_decide
from mingjing.ledger.actions import record_all
from mingjing.lib.refused import Conflict, Refused
from rulebook.explain import STAGE_WORDS

SHORTEST = 5  # characters of a reason


def acknowledge(*, by: Viewer, code: str, version: int | None = None) -> Alert:
    """签收: the officer or unit has seen it."""
    return _act(by, code, "acknowledge", version, {"acknowledged_at": timezone.now()})


def begin(*, by: Viewer, code: str, version: int | None = None) -> Alert:
    return _act(by, code, "begin", version)


def submit(*, by: Viewer, code: str, text: str, version: int | None = None) -> Alert:
    """反馈: what was done, or why it cannot be mended."""
    return _act(by, code, "submit", version, text=text)


def return_(*, by: Viewer, code: str, text: str, answer_by: datetime, version: int | None = None) -> Alert:
    """退回: not mended yet; until when it has to be."""
    if answer_by <= timezone.now():
        raise Refused("反馈期限应在现在之后。", field="answer_by")
    return _act(by, code, "return", version, {"answer_by": answer_by}, text=text)


def close(*, by: Viewer, code: str, text: str = "", explained: bool = False, version: int | None = None) -> Alert:
    """办结, by somebody other than whoever mended it. The rule judges again on the facts of now: what it still finds is not cured.

    `explained`: the fault cannot be undone (it happened too late, or against the law) and the explanation given is accepted; it stays counted.
    """
    return _act(by, code, "close", version, text=text, needs_text=explained, then=lambda alert: _cure(alert, explained, text.strip()))


def _cure(alert: Alert, explained: bool, text: str) -> dict[str, Any]:
    """How the alert closes, or why it cannot."""
    if alert.source == Alert.Source.HAND and len(text) < SHORTEST:
        raise Refused(f"人工发现的问题没有模型可以重新判断，办结须写明审核意见，不少于 {SHORTEST} 个字。", field="text")
    stage = still_found(alert)
    if stage is None:
        return {"closed_at": timezone.now(), "cure": Alert.Cure.PROVEN}
    if not explained:
        raise Refused(
            f"按现在的事实重新判断，仍然{STAGE_WORDS[stage]}，不能办结。请退回整改；确实不可补救的，选择“不可补救，已说明”并写明审核意见。", field="explained")
    if stage not in IRREPARABLE:  # of now: what the alert says may be older than the facts
        raise Refused("期限还没有办结，不属于不可补救。请先办理，再反馈。", field="explained")
    return {"closed_at": timezone.now(), "cure": Alert.Cure.EXPLAINED}


def still_found(alert: Alert) -> str | None:
    """The stage in which the rule finds the subject now; None when it is clean. A rule that is gone or cannot be judged proves nothing: Refused.

    What a person found has no rule to ask: whoever closes answers for it, and that is never the one who had to mend it or wrote the answer.
    """
    if alert.source == Alert.Source.HAND:
        return None
    rule = library().rules.get(alert.rule_code)
    if rule is None:
        raise Refused(f"预警模型 {alert.rule_code} 现在没有运行，无法重新判断，不能办结。请联系法制支队恢复模型，或按误报撤销。")
    evaluation = judge(rule, alert.subject_code, alert.matter_code, timezone.now())
    if evaluation.skipped:
        raise Refused(f"{evaluation.skipped[0].reason.zh}，无法重新判断，不能办结。")
    return next((finding.stage for finding in evaluation if finding.stage in ALERT_STAGES), None)


def dispute(*, by: Viewer, code: str, text: str, version: int | None = None) -> Alert:
    """申辩: whoever is named says that it is not so; nothing counts until this is decided."""
    return _act(by, code, "dispute", version, text=text)


def uphold(*, by: Viewer, code: str, text: str, version: int | None = None) -> Alert:
    return _act(by, code, "uphold", version, {"closed_at": timezone.now(), "fault": Alert.Fault.UPHELD}, text=text)


def reject(*, by: Viewer, code: str, text: str, version: int | None = None) -> Alert:
    return _act(by, code, "reject", version, text=text, then=lambda alert: {"answer_by": _terms(alert)["answer_by"]})


def dismiss(*, by: Viewer, code: str, fault: str, text: str, version: int | None = None) -> Alert:
    """撤销, with one of the codes, by somebody other than whoever is responsible."""
    if fault not in Alert.Fault.values or fault == Alert.Fault.UPHELD:
        raise Refused("请选择撤销原因。", field="fault")
    return _act(by, code, "dismiss", version, {"closed_at": timezone.now(), "fault": fault}, text=text)


def reopen(*, by: Viewer, code: str, text: str, version: int | None = None) -> Alert:
    return _act(by, code, "reopen", version, {"closed_at": None, "fault": "", "cure": "", "acknowledged_at": None, **UNSUPERVISED}, text=text,
                then=lambda alert: {"reopened": alert.reopened + 1, **_anew(alert)})


def transfer(*, by: Viewer, code: str, officer: Officer, text: str, version: int | None = None) -> Alert:
    """转办: somebody else has to mend it, in the same unit or below the one who transfers."""
    if not officer.is_active or officer.is_interface or officer.is_auxiliary:
        raise Refused("只能转办给在职民警（不含辅警和接口账号）。", field="officer")
    if not any(officer.unit.path.startswith(path) for path in by.paths("alert", "transfer")):
        raise Refused("只能转办给本单位及下级单位的民警。", field="officer")
    return _act(by, code, "transfer", version, {"officer_id": officer.code, "unit_id": officer.unit_id, "acknowledged_at": None}, text=text,
                then=_anew, noted=lambda alert: {"left": alert.officer_id or ""})


def _anew(alert: Alert) -> dict[str, Any]:
    """It has to be signed for again: with the time that a new alert has, and from the foot of the ladder."""
    return _terms(alert)


def _terms(alert: Alert) -> dict[str, Any]:
    """Until when it has to be signed for and answered, from now on. More time to answer, once given, is not taken back."""
    sign, answer = (pace.by(alert.level, what, timezone.now()) for what in ("acknowledge", "answer"))
    return {"acknowledge_by": sign, "answer_by": max(answer, alert.answer_by or answer)}


def extend(*, by: Viewer, code: str, answer_by: datetime, text: str, version: int | None = None) -> Alert:
    """延期 of the answer, never of the law's limit."""
    if answer_by <= timezone.now():
        raise Refused("新的反馈期限应在现在之后。", field="answer_by")
    return _act(by, code, "extend", version, {"answer_by": answer_by}, text=text)


def supervise(*, by: Viewer, code: str, supervise_by: datetime, text: str, version: int | None = None) -> Alert:
    """督办 from above, with a deadline of its own."""
    if supervise_by <= timezone.now():
        raise Refused("督办期限应在现在之后。", field="supervise_by")
    return _act(by, code, "supervise", version, {"supervised_by_id": by.officer.unit_id, "supervise_by": supervise_by, "supervision_over_at": None}, text=text)


@transaction.atomic
def _act(
    by: Viewer, code: str, act: str, version: int | None, values: Mapping[str, Any] | None = None, *, text: str = "", needs_text: bool = True,
    then: Callable[[Alert], Mapping[str, Any]] | None = None, noted: Callable[[Alert], Mapping[str, Any]] | None = None,
) -> Alert:
    """`then`: what changes besides `values`, and depends on the alert as it stands; `noted`: what the ledger should know of it before it changes."""
    alert = one(by, code)
    alert = Alert.objects.select_for_update(of=("self",)).select_related("unit", "officer").get(pk=alert.pk)
    if version is not None and alert.version != version:
        raise Conflict("你打开页面之后，别人已经处理过这条预警。请对照最新情况，确认后再提交。", current=alert)
    offers.check(by, alert, act, **ties(by, alert), words=offers.spoken(alert.statements.all()))
    state, text = states.after(alert.state, act), text.strip()
    if act in WORDED and needs_text and len(text) < SHORTEST:
        raise Refused(f"请写明理由或者说明，不少于 {SHORTEST} 个字。", field="text")
    changed, notes = {**(values or {}), **(then(alert) if then else {})}, noted(alert) if noted else {}
    before, waited_for, now = alert.state, (alert.state, alert.term), timezone.now()
    alert.state = state
    for name, value in changed.items():
        setattr(alert, name, value)
    if state in states.TO_JUDGE and before != state:
        alert.judge_by = pace.by(alert.level, "judge", now)
    if (alert.state, alert.term) != waited_for:
        alert.climbs_at, alert.escalations = alert.term, 0  # somebody else's turn, or more time: the ladder is climbed from its foot
    alert.version += 1
    alert.save()
    if text:
        Statement.objects.create(alert=alert, act=act, officer=by.officer, at=now, text=text)
    said = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in changed.items()}
    if act in HEARD:
        occasion = f"{HEARD[act][0]}{alert.version}"  # each time anew, so it carries the version
        tell(alert=alert, recipients=_hearing(by, alert, act, now), occasion=occasion, at=now)
    record_all(by=by.officer, happenings=[happening(alert, act, state=[before, state], **said, **notes)])  # last: whoever holds the chain must wait for no row
    return alert


def _hearing(by: Viewer, alert: Alert, act: str, now: datetime) -> list[Recipient]:
    """Whoever has to go on with it; where that is nobody else than who acted, or nobody who may judge it, the next up the ladder."""
    directory, when = Directory([alert.unit]), pace.send_at(now, alert.level)
    first = directory.of_roles(HEARD[act][1], alert.unit, alert.officer, when)
    told = ([each for each in step if _may_go_on(each, by, alert, act)] for step in chain([first], directory.steps(alert.unit, when)))
    return next(filter(None, told), [])


def _may_go_on(each: Recipient, by: Viewer, alert: Alert, act: str) -> bool:
    if each.officer.code == by.officer.code:
        return False
    return act not in WRITTEN or may_decide(each, alert)


# who hears of an act besides whoever did it: those who have to go on with it
HEARD: dict[str, tuple[str, tuple[str, ...]]] = {
    "submit": ("反馈", ("unit_legal_reviewer",)), "dispute": ("申辩", ("unit_leader", "legal_division")), "return": ("退回", (HANDLING,)),
    "reject": ("申辩不成立", (HANDLING,)), "uphold": ("申辩成立", (HANDLING,)), "transfer": ("转办", (HANDLING,)),
    "supervise": ("督办", (HANDLING, "unit_leader")), "extend": ("延期", (HANDLING,)), "reopen": ("重新开启", (HANDLING, "unit_legal_reviewer")),
}
WRITTEN = frozenset({"submit", "dispute"})  # to be judged by somebody else
WORDED = frozenset({"submit", "return", "close", "dispute", "uphold", "reject", "dismiss", "reopen", "transfer", "extend", "supervise"})
