"""One act by an officer: may he, does it make sense now, can it be true; then the change and its ledger entry in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from mingjing.accounts.duties import table as permissions
from mingjing.accounts.models import Officer, Unit
from mingjing.accounts.scope import Viewer
from mingjing.accounts.scope import check as check_permission
from mingjing.cases import queries, search
from mingjing.cases.actions.numbering import next_code
from mingjing.cases.actions.writing import changed, changes, created
from mingjing.cases.acts import ACTS, Act
from mingjing.cases.checks import check, check_filled
from mingjing.cases.cleaning import columns
from mingjing.cases.models import NOUNS, Case, CaseOfficer, Conversion, Entry, Incident
from mingjing.cases.models.matters import state_of
from mingjing.cases.references import check_references, foreign_keys, references
from mingjing.ledger.actions import Happening, record, record_all
from mingjing.lib.refused import Conflict, Refused

Matter = Case | Incident


@transaction.atomic
def act(
    *, by: Viewer, table: str, name: str, values: Mapping[str, Any], target: str = "", matter: str = "", version: int | None = None, incident: str = "",
) -> Entry:
    """Do one act of `acts.LISTED`.

    `values` by field name, typed; `target`: code of the row to complete; `matter`: code of the case in which a new row is made; `version`: the version
    of the target that the officer saw; `incident`: for 受案, the incident that becomes the case. Returns the row. Raises Forbidden, Conflict, Refused,
    or Http404 for what is not within reach.
    """
    doing = ACTS[table, name]
    if (table, name) in OWN:
        return OWN[table, name](by, doing, values, target, version)
    if doing.creates:
        return _create(by, doing, values, matter, incident)
    row = _locked(by, NOUNS[table], target)
    _permit(by, doing, queries.matter_of(row))
    _fits(doing, row, version)
    return _complete(by, doing, row, values)


@transaction.atomic
def correct(*, by: Viewer, table: str, target: str, values: Mapping[str, Any], reason: str, version: int) -> Entry:
    """更正: put right what was entered wrongly, whatever the column, with a reason; old and new values stay in the ledger."""
    if len(reason.strip()) < 5:
        raise Refused("更正理由：请写明录错的原因，不少于 5 个字。", field="reason")
    row = _locked(by, NOUNS[table], target)
    matter = queries.matter_of(row)
    check_permission(by, kind=table, act="correct", unit_path=matter.unit.path, is_team=queries.is_on_team(by, matter), state=state(matter))
    _same_version(row, version)
    doing = Act(table, "correct", "更正", tuple(values))
    _stays_within(by, row, _typed(type(row), doing, values))
    return _complete(by, doing, row, values, reason=reason.strip())


def _stays_within(by: Viewer, row: Entry, typed: Mapping[str, Any]) -> None:
    """A correction moves no row to another case, and neither a row nor what it refers to beyond the reach of whoever corrects."""
    model, whole = type(row), {**_whole(row), **typed}
    for field in foreign_keys(model):  # an emptied reference is refused before it is looked for
        if not field.null and not whole[field.attname]:
            raise Refused(f"{field.verbose_name}：必须填写。", field=f"{field.name}_code")
    known = references(model, [whole])
    place = known.place(model, whole)
    if place.matter != queries.matter_of(row).code:
        raise Refused("更正不能把这一项改到另一案件。录错案件的，请在原案件注明，另在正确的案件里登记。", field=f"{model.unit_path.split('__')[0]}_code")
    if not any(place.path.startswith(path) for path in by.paths(model.table, "correct")):
        raise Refused("改到的单位不在你的管辖范围内，请由其上级的案管更正。", field="unit_code")
    if typed.get("case_id") and typed["case_id"] != row.case_id and not queries.visible(by, Case).filter(code=typed["case_id"]).exists():
        raise Refused(f"没有编号为“{typed['case_id']}”的案件，或者不在你的范围内。", field="case_code")


def state(matter: Matter) -> str:
    """The state in the words of the permission table."""
    if isinstance(matter, Case):
        return matter.state
    return "已处理" if matter.handled_at else "未处理"


def _locked(by: Viewer, model: type[Entry], code: str) -> Entry:
    """The row, with its case locked first, so that the writers of one case take turns in the same order."""
    row = queries.one(by, model, code)
    matter = queries.matter_of(row)
    type(matter).objects.select_for_update().get(pk=matter.pk)
    return model.objects.select_for_update(of=("self",)).select_related(*_ways(model)).get(pk=code)


def _ways(model: type[Entry]) -> list[str]:
    return [model.unit_path.removesuffix("__path")]


def _permit(by: Viewer, doing: Act, matter: Matter) -> None:
    check_permission(by, kind=doing.table, act=doing.name, unit_path=matter.unit.path, is_team=queries.is_on_team(by, matter), state=state(matter))


def _fits(doing: Act, row: Entry, version: int | None) -> None:
    _same_version(row, version)
    if not doing.applies(row):
        raise Refused(f"“{doing.label}”现在不能办理：可能已经办过，或者前一步还没有办。请刷新页面查看最新情况。")


def _same_version(row: Entry, version: int | None) -> None:
    if version is not None and row.version != version:
        raise Conflict("你打开页面之后，别人已经改过这一项。请对照最新内容，确认后再提交。", current=row)


def _typed(model: type[Entry], doing: Act, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by attribute, only of the act's own fields."""
    extra = set(values) - set(doing.fields)
    if extra:
        raise Refused(f"“{doing.label}”不包括这些内容：{'、'.join(sorted(extra))}。")
    typed = {}
    for name, value in values.items():
        field = model._meta.get_field(name)
        typed[field.attname] = value.pk if isinstance(value, Entry) else value.code if isinstance(value, Unit | Officer) else value
    return {name: ("" if value is None and not model._meta.get_field(name).null else value) for name, value in typed.items()}


def _create(by: Viewer, doing: Act, values: Mapping[str, Any], matter_code: str, incident_code: str) -> Entry:
    model, now = NOUNS[doing.table], timezone.now()
    typed = _typed(model, doing, values)
    if model in (Case, Incident):
        unit = Unit.objects.get(code=typed["unit_id"]) if typed.get("unit_id") else None
        if unit is None:
            raise Refused(f"{model._meta.get_field('unit').verbose_name}：必须填写。", field="unit_code")
        handling = permissions().permission(doing.table, doing.name).duties
        own = any(held.path == unit.path and held.duty in handling for held in by.held)
        check_permission(by, kind=doing.table, act=doing.name, unit_path=unit.path, is_team=own)
    else:
        case = queries.one(by, Case, matter_code)
        matter = Case.objects.select_for_update(of=("self",)).select_related("unit").get(pk=case.pk)
        _permit(by, doing, matter)
        unit = matter.unit
        if "case" in {field.name for field in model._meta.concrete_fields}:
            typed["case_id"] = matter.code
    incident = _locked(by, Incident, incident_code) if incident_code and model is Case else None
    at = typed.get(doing.at) or now
    row = model(**typed, code=next_code(model, unit_code=unit.code, matter_code=matter_code, at=at), entered_at=now)
    whole = _whole(row)
    check_filled(doing.table, doing.required, whole)
    check(doing.table, whole, now)
    check_references(model, whole, references(model, [whole]))
    if model not in (Case, Incident) and queries.matter_of(row).code != matter_code:
        raise Refused("所选的内容不属于本案。")
    _settle(by, row)
    row.save(force_insert=True)
    search.index([row])
    happenings = [created(row, kind=doing.kind, matter=matter_code or row.code, at=at, source=row.source), *_follow(by, row, incident)]
    record_all(by=by.officer, happenings=happenings)  # last: whoever holds the chain must wait for no row
    return row


def _settle(by: Viewer, row: Entry) -> None:
    """What a new row says by itself."""
    if isinstance(row, Case):
        row.state = state_of(row)
    if isinstance(row, Incident) and row.officer_id is None and "办案民警" in by.duties:
        row.officer = by.officer


def _follow(by: Viewer, row: Entry, incident: Incident | None) -> list[Happening]:
    """What lawfully goes with an act: whoever accepts a case leads it; its incident points to it; a penalty decision decides the case."""
    happenings = []
    if isinstance(row, Case):
        if "办案民警" in by.duties:
            CaseOfficer.objects.create(case=row, officer=by.officer, role=CaseOfficer.Role.LEAD, since=row.accepted_at)
            happenings.append(Happening("case.assign", "case", row.code, row.code, None, {"officer": by.officer.code, "role": "主办"}))
        if incident:
            happenings.append(_linked(row, incident))
    if row.table == "decision":
        case = queries.matter_of(row)
        if case.decided_at is None and case.ended_without_decision_at is None:
            happenings.append(_altered(ACTS["case", "decide"], case, {"decided_at": row.decided_at, "outcome": "处罚"}))
    return happenings


def _linked(case: Case, incident: Incident) -> Happening:
    if incident.case_id:
        raise Refused(f"该警情已经转为案件 {incident.case_id}，不能再次受案。")
    values = {"case_id": case.code}
    if not incident.handled_at:
        values |= {"outcome": "受理为案件", "handled_at": case.accepted_at}
    if values.get("handled_at") and values["handled_at"] < incident.reported_at:
        raise Refused("受理时间早于报警时间，请核对。", field="accepted_at")
    return _altered(ACTS["incident", "handle"], incident, values)


def _complete(by: Viewer, doing: Act, row: Entry, values: Mapping[str, Any], **more: Any) -> Entry:
    model = type(row)
    typed = {**_typed(model, doing, values), **dict(doing.sets)}
    whole = {**_whole(row), **typed}
    check_filled(doing.table, doing.required, whole)
    check(doing.table, whole, timezone.now())
    check_references(model, whole, references(model, [whole]))
    if doing.kind == "measure.approve":
        typed["approver_id"] = by.officer.code
    _change(by, doing, row, typed, **more)
    return row


def _change(by: Viewer, doing: Act, row: Entry, typed: Mapping[str, Any], **more: Any) -> None:
    record_all(by=by.officer, happenings=[_altered(doing, row, typed, **more)])


def _altered(doing: Act, row: Entry, typed: Mapping[str, Any], **more: Any) -> Happening:
    """The row is changed; what is returned has yet to be recorded."""
    found = changes(row, typed)
    if not found:
        raise Refused("没有任何改动，未保存。")
    for name, (_, new) in found.items():
        setattr(row, name, new)
    row.version += 1
    if isinstance(row, Case):
        row.state = state_of(row)
    row.save()
    if search.is_touched(row.table, found):
        search.index([row])
    at = typed.get(doing.at) if doing.at else None
    return changed(row, found, kind=doing.kind, matter=queries.matter_of(row).code, at=at, **more)


def _whole(row: Entry) -> dict[str, Any]:
    return {"code": row.code, **{field.attname: getattr(row, field.attname) for field in columns(row.table).values()}}


def _convert(by: Viewer, doing: Act, values: Mapping[str, Any], target: str, version: int | None) -> Entry:
    """A change between administrative and criminal, kept as a row of its own. A case that turns criminal loses its administrative category."""
    case = _locked(by, Case, target)
    _permit(by, doing, case)
    _fits(doing, case, version)
    row = Conversion(
        code=next_code(Conversion, unit_code=case.unit_id, matter_code=case.code, at=values["converted_at"]), case=case, from_kind=case.kind,
        to_kind=values["to_kind"], converted_at=values["converted_at"], reason=values["reason"], is_approved=values.get("is_approved"),
        entered_at=timezone.now())
    whole = _whole(row)
    check_filled("conversion", ("to_kind", "converted_at", "reason"), whole)
    check("conversion", whole, timezone.now())
    if row.converted_at < case.accepted_at:
        raise Refused("转换时间早于受理时间，请核对。", field="converted_at")
    row.save(force_insert=True)
    entered = created(row, kind="conversion.enter", matter=case.code, at=row.converted_at, source=row.source)
    typed = {"kind": row.to_kind, "category": "" if row.to_kind == "刑事" else case.category}
    record_all(by=by.officer, happenings=[entered, _altered(doing, case, typed, conversion=row.code)])
    return case


def _assign(by: Viewer, doing: Act, values: Mapping[str, Any], target: str, version: int | None) -> Entry:
    """Put an officer on the team; a new lead replaces the old one."""
    case = _locked(by, Case, target)
    _permit(by, doing, case)
    officer, role, now = values.get("officer"), values.get("role"), timezone.now()
    if not officer or not role:
        raise Refused("请选择民警和分工。", field="officer" if not officer else "role")
    if not officer.is_active or officer.is_auxiliary or officer.is_interface:
        raise Refused("只能指派在职民警（不含辅警和接口账号）。", field="officer")
    current = case.team.filter(until__isnull=True)
    if current.filter(officer=officer, role=role).exists():
        raise Refused(f"{officer.name} 已经是本案{role}。", field="officer")
    leaving = current.filter(officer=officer) | (current.filter(role=role) if role == CaseOfficer.Role.LEAD else current.none())
    left = sorted(leaving.values_list("officer__code", flat=True))
    leaving.update(until=now)
    CaseOfficer.objects.create(case=case, officer=officer, role=role, since=now)
    record(by=by.officer, kind="case.assign", subject_kind="case", subject_code=case.code, matter_code=case.code, officer=officer.code, role=role, left=left)
    return case


OWN: dict[tuple[str, str], Callable[..., Entry]] = {("case", "convert"): _convert, ("case", "assign"): _assign}
