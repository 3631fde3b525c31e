"""督办: the page of what was ordered from above, until when, and what became of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alerting import hand
from bureau import sign_in
from caseload import case, enter, lead
from django.utils import timezone

from mingjing.alerts import states


@pytest.fixture
def ordered(bureau, liming, chief):
    """One of each outcome, all of 李明's station, and one of another unit."""
    now = timezone.now()
    enter("case", case("A1"))
    lead("A1", liming)
    given = {"supervised_by_id": "4201", "matter": "A1", "officer": liming}
    found = {
        "live": hand(1, states.RECTIFYING, supervise_by=now + timedelta(hours=3), **given),
        "over": hand(2, states.RETURNED, supervise_by=now - timedelta(hours=1), supervision_over_at=now, **given),
        "in_time": hand(3, states.CLOSED, supervise_by=now, closed_at=now, cure="已改正", **given),
        "late": hand(4, states.CLOSED, supervise_by=now - timedelta(seconds=1), closed_at=now, cure="已改正", **given),
        "dismissed": hand(5, states.DISMISSED, supervise_by=now, closed_at=now, fault="重复", **given),
    }
    found["live"].statements.create(act="supervise", officer=chief, at=now, text="三日内改正<b>并报结果")
    found["live"].statements.create(act="submit", officer=liming, at=now, text="不是督办要求")
    hand(6, states.OPEN, matter="A1", officer=liming)  # ordered by nobody
    hand(7, states.OPEN, unit="42010301", supervise_by=now, supervised_by_id="4201")
    return found


def listed(client, query: str = "") -> set[str]:
    page = client.get(f"/alerts/supervised/{query}")
    assert page.status_code == 200
    return {line.key for line in page.context["listing"].lines}


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", ["live", "over", "in_time", "late", "dismissed"])
def test_each_outcome_has_its_list(client, ordered, leader, outcome):
    sign_in(client, leader)
    expected = {ordered["live"].code, ordered["over"].code} if outcome == "live" else {ordered[outcome].code}
    assert listed(client, f"?outcome={outcome}") == expected


@pytest.mark.django_db
def test_what_is_over_is_counted_and_not_shown(client, ordered, leader):
    sign_in(client, leader)
    assert listed(client) == {ordered["live"].code, ordered["over"].code}
    page = client.get("/alerts/supervised/").content.decode()
    assert "3 条" in page and "三日内改正&lt;b&gt;并报结果" in page and "不是督办要求" not in page
    assert listed(client, "?outcome=all") == {one.code for one in ordered.values()}


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "number"), [("liming", 2), ("wangfang", 2), ("leader", 2), ("chief", 3), ("legal", 3), ("zhaoqiang", 0)])
def test_everybody_sees_what_is_within_reach(client, ordered, request, who, number):
    sign_in(client, request.getfixturevalue(who))
    assert len(listed(client)) == number


@pytest.mark.django_db
def test_whoever_reads_no_alerts_is_refused(client, ordered, admin):
    sign_in(client, admin)
    assert client.get("/alerts/supervised/").status_code == 403


@pytest.mark.django_db
def test_few_queries_whatever_the_number(client, ordered, leader, liming, django_assert_max_num_queries):
    for number in range(10, 60):
        hand(number, states.OPEN, matter="A1", officer=liming, supervise_by=timezone.now(), supervised_by_id="4201")
    sign_in(client, leader)
    with django_assert_max_num_queries(15):
        client.get("/alerts/supervised/")
