"""The tree of units: founding, moving with everything below, no circles, dissolving."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from bureau import BRANCH, BUREAU, ELSEWHERE, OTHER_BRANCH, SECOND, STATION, appoint
from django.db import connection

from mingjing.accounts import actions
from mingjing.accounts.models import Unit
from mingjing.accounts.scope import viewer
from mingjing.ledger.models import Event
from mingjing.lib.refused import Forbidden, Refused


@pytest.fixture
def by(admin):
    return viewer(admin)


def paths() -> dict[str, str]:
    return dict(Unit.objects.values_list("code", "path"))


def whole() -> bool:
    """Every path is the parent's path and the own code."""
    rows = {unit.code: unit for unit in Unit.objects.all()}
    return all(unit.path == (rows[unit.parent_id].path if unit.parent_id else "") + f"{unit.code}/" for unit in rows.values())


def test_founding_gives_the_path_and_an_entry(by):
    unit = actions.found_unit(by=by, code=" 42010203 ", name="三元 路派出所", kind="派出所", parent=BRANCH)
    assert (unit.code, unit.path, unit.name) == ("42010203", f"{BUREAU}/{BRANCH}/42010203/", "三元 路派出所")
    assert [(event.kind, event.subject_code) for event in Event.objects.all()] == [("unit.found", "42010203")]


@pytest.mark.parametrize(("kind", "parent"), [("派出所", BUREAU), ("派出所", STATION), ("分局", BRANCH), ("市局", BUREAU), ("大队", BUREAU), ("科", BRANCH)])
def test_kinds_that_do_not_fit_are_refused(by, kind, parent):
    with pytest.raises(Refused) as refused:
        actions.found_unit(by=by, code="77", name="某单位", kind=kind, parent=parent)
    assert refused.value.field == "kind"
    assert not Unit.objects.filter(code="77").exists()


@pytest.mark.parametrize("code", ["a/b", "", "1", "x" * 33, "%", STATION, "АБВ"])
def test_codes_that_would_break_the_path_are_refused(by, code):
    with pytest.raises(Refused) as refused:
        actions.found_unit(by=by, code=code, name="某所", kind="派出所", parent=BRANCH)
    assert refused.value.field == "code"


def test_a_second_unit_of_the_same_name_under_the_same_parent_is_refused(by):
    with pytest.raises(Refused):
        actions.found_unit(by=by, code="42010299", name="一元路派出所", kind="派出所", parent=BRANCH)
    actions.found_unit(by=by, code="42010399", name="一元路派出所", kind="派出所", parent=OTHER_BRANCH)


def test_moving_a_unit_moves_all_below_it(by, bureau):
    detachment = actions.found_unit(by=by, code="420181", name="刑侦支队", kind="支队", parent=BUREAU)
    squad = actions.found_unit(by=by, code="42018101", name="一大队", kind="大队", parent=detachment.code)
    before = paths()
    actions.move_unit(by=by, unit=squad.code, parent=BRANCH)
    assert paths() == {**before, squad.code: f"{BUREAU}/{BRANCH}/{squad.code}/"}
    assert whole()


def test_three_levels_move_together_and_reach_follows(by, bureau, wangfang):
    """A branch under a second bureau: the only move of a unit with units below it that the kinds allow."""
    Unit.objects.create(code="4301", name="另一市局", kind="市局", path="4301/")
    chief = appoint("430001", "外市领导", "4301", "局领导")
    Unit.objects.create(code="4201020101", name="警务室", kind="大队", parent_id=STATION, path=f"{bureau[STATION].path}4201020101/")
    assert viewer(chief).paths("case") == ["4301/"]
    by_both = viewer(appoint("000099", "总管理", BUREAU, "系统管理员"))
    with pytest.raises(Forbidden):
        actions.move_unit(by=by_both, unit=BRANCH, parent="4301")
    appoint_again = by_both.officer.assignments.create(duty="系统管理员", unit_id="4301", starts_on="2020-01-01")
    assert appoint_again
    actions.move_unit(by=viewer(by_both.officer), unit=BRANCH, parent="4301")
    moved = {code: path for code, path in paths().items() if code.startswith(BRANCH)}
    assert moved == {
        BRANCH: f"4301/{BRANCH}/", STATION: f"4301/{BRANCH}/{STATION}/", SECOND: f"4301/{BRANCH}/{SECOND}/",
        "4201020101": f"4301/{BRANCH}/{STATION}/4201020101/"}
    assert whole()
    assert viewer(wangfang).paths("case") == [f"4301/{BRANCH}/{STATION}/"]


def test_no_circles_and_no_moves_that_change_nothing(by, bureau):
    for unit, parent in [(BRANCH, BRANCH), (BRANCH, STATION), (BUREAU, BRANCH), (STATION, BRANCH), (STATION, "nowhere")]:
        with pytest.raises(Refused):
            actions.move_unit(by=by, unit=unit, parent=parent)
    assert whole()
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_moves_at_once_keep_the_tree_whole(bureau, admin):
    """Both stations of a branch go to the other branch, while that one's station comes here."""
    moves = [(STATION, OTHER_BRANCH), (SECOND, OTHER_BRANCH), (ELSEWHERE, BRANCH)]

    def move(pair):
        try:
            actions.move_unit(by=viewer(admin), unit=pair[0], parent=pair[1])
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(move, moves))
    assert whole()
    assert {unit: Unit.objects.get(code=unit).parent_id for unit, _ in moves} == dict(moves)
    assert sorted(Event.objects.values_list("seq", flat=True)) == [1, 2, 3]


def test_a_unit_is_dissolved_only_when_empty(by, liming):
    for unit in (BUREAU, BRANCH, STATION):
        with pytest.raises(Refused):
            actions.close_unit(by=by, unit=unit)
    actions.transfer(by=by, officer=liming.code, unit=SECOND)
    actions.close_unit(by=by, unit=STATION)
    assert not Unit.objects.get(code=STATION).is_active
    with pytest.raises(Refused):
        actions.enrol(by=by, code="010077", name="某人", unit=STATION)
    with pytest.raises(Refused):
        actions.rename_unit(by=by, unit=STATION, name="新名")
    actions.reopen_unit(by=by, unit=STATION)
    assert Unit.objects.get(code=STATION).is_active


def test_a_duty_still_to_come_keeps_a_unit_open(by, liming, zhaoqiang):
    actions.transfer(by=by, officer=liming.code, unit=SECOND)
    row = zhaoqiang.assignments.create(duty="法制员", unit_id=STATION, starts_on="2090-01-01")
    with pytest.raises(Refused):
        actions.close_unit(by=by, unit=STATION)
    actions.withdraw_duty(by=by, assignment=row.pk, reason="不设了")
    actions.close_unit(by=by, unit=STATION)


def test_a_child_of_a_dissolved_unit_cannot_be_reopened(by, bureau):
    actions.close_unit(by=by, unit=ELSEWHERE)
    actions.close_unit(by=by, unit=OTHER_BRANCH)
    with pytest.raises(Refused):
        actions.reopen_unit(by=by, unit=ELSEWHERE)


@pytest.mark.parametrize("person", ["liming", "wangfang", "leader", "legal", "chief", "inspector", "records"])
def test_only_administrators_change_the_tree(request, bureau, person):
    by = viewer(request.getfixturevalue(person))
    acts = [
        lambda: actions.found_unit(by=by, code="42010299", name="某所", kind="派出所", parent=BRANCH),
        lambda: actions.rename_unit(by=by, unit=STATION, name="某所"),
        lambda: actions.move_unit(by=by, unit=STATION, parent=OTHER_BRANCH), lambda: actions.close_unit(by=by, unit=SECOND)]
    for act in acts:
        with pytest.raises(Forbidden):
            act()


def test_a_branch_administrator_cannot_pull_units_in_or_push_them_out(bureau):
    by = viewer(appoint("020009", "分局管理", BRANCH, "系统管理员"))
    for unit, parent in [(ELSEWHERE, BRANCH), (STATION, OTHER_BRANCH)]:
        with pytest.raises(Forbidden):
            actions.move_unit(by=by, unit=unit, parent=parent)
