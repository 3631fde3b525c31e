"""The tree of units. `path` is kept right here and nowhere else."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone

from mingjing.accounts.actions.permit import clean_code, clean_text, open_unit, permit
from mingjing.accounts.models import DutyAssignment, Unit
from mingjing.accounts.scope import Viewer
from mingjing.ledger.actions import record
from mingjing.lib.refused import Refused

Kind = Unit.Kind
ABOVE: dict[str, tuple[str, ...]] = {  # what kind of unit stands above which
    Kind.BRANCH: (Kind.BUREAU,), Kind.DETACHMENT: (Kind.BUREAU,),
    Kind.STATION: (Kind.BRANCH,), Kind.SQUAD: (Kind.BRANCH, Kind.DETACHMENT), Kind.CENTRE: (Kind.BUREAU, Kind.BRANCH, Kind.DETACHMENT),
}
LONGEST_PATH = Unit._meta.get_field("path").max_length


@transaction.atomic
def found_unit(*, by: Viewer, code: str, name: str, kind: str, parent: str) -> Unit:
    tree = _locked_tree()
    above = _open(tree, parent)
    permit(by, "unit", "manage", above.path)
    code = clean_code(code, what="单位编号")
    if code in tree:
        raise Refused(f"单位编号 {code} 已经有了：{tree[code].name}。", field="code")
    _fits(kind, above)
    unit = Unit(code=code, name=_free_name(tree, name, above.code), kind=kind, parent=above, path=_short(f"{above.path}{code}/"))
    unit.save(force_insert=True)
    _record(by, "unit.found", unit, name=unit.name, kind_of_unit=kind, parent=above.code)
    return unit


@transaction.atomic
def rename_unit(*, by: Viewer, unit: str, name: str) -> Unit:
    tree = _locked_tree()
    row = _managed(by, tree, unit)
    name = _free_name(tree, name, row.parent_id, row)
    if name == row.name:
        raise Refused("名称没有变化。", field="name")
    Unit.objects.filter(pk=row.pk).update(name=name)
    _record(by, "unit.rename", row, before=row.name, after=name)
    return row


@transaction.atomic
def move_unit(*, by: Viewer, unit: str, parent: str) -> Unit:
    """Put a unit, with all below it, under another unit. The reach of everybody follows at the next request."""
    tree = _locked_tree()
    row, above = _managed(by, tree, unit), _open(tree, parent)
    permit(by, "unit", "manage", above.path)
    if row.parent_id is None:
        raise Refused("最上级单位不能移动。")
    if above.path.startswith(row.path):
        raise Refused(f"{above.name}就是{row.name}本身或者它的下级，不能移到那里。", field="parent")
    if row.parent_id == above.code:
        raise Refused(f"{row.name}已经在{above.name}之下。", field="parent")
    _fits(row.kind, above, field="parent")
    _free_name(tree, row.name, above.code, row)
    path = f"{above.path}{row.code}/"
    below = [each for each in tree.values() if each.path.startswith(row.path)]
    _short(path + max((each.path for each in below), key=len)[len(row.path):])
    Unit.objects.filter(pk=row.pk).update(parent=above)
    Unit.objects.filter(pk__in=[each.pk for each in below]).update(path=Concat(Value(path), Substr("path", len(row.path) + 1)))
    _record(by, "unit.move", row, before=row.parent_id, after=above.code, moved=len(below))
    return row


@transaction.atomic
def close_unit(*, by: Viewer, unit: str) -> Unit:
    """A unit is dissolved once nobody belongs to it any more. Its cases stay where they are and are seen from above."""
    tree = _locked_tree()
    row = _managed(by, tree, unit)
    if row.parent_id is None:
        raise Refused("最上级单位不能撤销。")
    if any(each.parent_id == row.code and each.is_active for each in tree.values()):
        raise Refused("还有在用的下级单位，请先移走或者撤销。")
    people = row.officers.filter(is_active=True).count()
    if people:
        raise Refused(f"还有 {people} 名在职人员，请先办理调动或者停用。")
    unfinished = Q(ends_on__isnull=True) | Q(ends_on__gte=timezone.localdate())
    held = DutyAssignment.objects.filter(unfinished, unit=row, withdrawn_at__isnull=True).count()
    if held:
        raise Refused(f"还有 {held} 段没有结束的职责，请先结束。")
    Unit.objects.filter(pk=row.pk).update(is_active=False)
    _record(by, "unit.close", row)
    return row


@transaction.atomic
def reopen_unit(*, by: Viewer, unit: str) -> Unit:
    tree = _locked_tree()
    row = tree.get(unit)
    if row is None or row.is_active:
        raise Refused("没有这个单位，或者它没有撤销。")
    permit(by, "unit", "manage", row.path)
    open_unit(row.parent_id)
    Unit.objects.filter(pk=row.pk).update(is_active=True)
    _record(by, "unit.reopen", row)
    return row


def _locked_tree() -> dict[str, Unit]:
    """All units by code, locked: a few hundred rows, and two changes of the tree at once could make a circle."""
    return {unit.code: unit for unit in Unit.objects.select_for_update().order_by("pk")}


def _managed(by: Viewer, tree: dict[str, Unit], code: str) -> Unit:
    unit = _open(tree, code, field="")
    permit(by, "unit", "manage", unit.path)
    return unit


def _open(tree: dict[str, Unit], code: str, field: str = "parent") -> Unit:
    unit = tree.get(code)
    if unit is None or not unit.is_active:
        raise Refused("没有这个单位，或者它已撤销。", field=field)
    return unit


def _fits(kind: str, above: Unit, field: str = "kind") -> None:
    if kind not in ABOVE:
        raise Refused("请选择分局、支队、派出所、大队或者执法办案管理中心。最上级单位只有一个。", field=field)
    if above.kind not in ABOVE[kind]:
        raise Refused(f"{kind}的上级应为{'或者'.join(ABOVE[kind])}，{above.name}是{above.kind}。", field=field)


def _free_name(tree: dict[str, Unit], value: str, parent: str | None, itself: Unit | None = None) -> str:
    name = clean_text(value, field="name", what="单位名称", most=100)
    if any(each.name == name and each.parent_id == parent and each != itself and each.is_active for each in tree.values()):
        raise Refused(f"同一上级之下已经有“{name}”。", field="name")
    return name


def _short(path: str) -> str:
    if len(path) > LONGEST_PATH:
        raise Refused("单位编号连同各级上级的编号太长，请改用短一些的编号。", field="code")
    return path


def _record(by: Viewer, what: str, unit: Unit, **data: object) -> None:
    record(by=by.officer, kind=what, subject_kind="unit", subject_code=unit.code, **data)

