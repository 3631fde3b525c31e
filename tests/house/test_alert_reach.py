"""An alert tells the facts that it rests on: it is read, and acted on, by duties that may read what it is about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alerting import hand
from bureau import SECOND, STATION, sign_in
from caseload import case, enter, incident, lead
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mingjing.accounts.duties import NONE, TEAM, table
from mingjing.accounts.models import DutyAssignment, Officer
from mingjing.accounts.scope import viewer
from mingjing.alerts import queries
from mingjing.alerts.actions import handling
from mingjing.alerts.models import Clock
from mingjing.cases.vocabulary import vocabulary
from mingjing.lib.refused import Forbidden

pytestmark = pytest.mark.django_db
KINDS = sorted(vocabulary().tables)
DUTIES = sorted(set(table().duties) - {"系统接口"})
REASON = "写明了理由的一段话"


@pytest.fixture
def of_every_kind(bureau) -> None:
    for number, kind in enumerate(KINDS, 1):
        hand(number, subject_kind=kind)
        clock(number, kind)


def clock(number: int, kind: str, unit: str = STATION, **more) -> Clock:
    return Clock.objects.create(
        rule_code="CU-012", rule_version="2026-01-01", subject_kind=kind, subject_code=f"X{number}", unit_id=unit, level="red", stage="running",
        due_at=timezone.now() + timedelta(hours=1), message="时限", **more)


def kinds(rows) -> list[str]:
    return sorted(rows.values_list("subject_kind", flat=True))


@pytest.mark.parametrize("duty", DUTIES)
def test_a_duty_sees_alerts_and_limits_about_what_it_may_read(of_every_kind, duty):
    officer = Officer.objects.create(code="T00001", name="测试", unit_id=STATION)
    DutyAssignment.objects.create(officer=officer, duty=duty, unit_id=STATION, starts_on="2020-01-01")
    reads = table().allows(duty, "alert", "read") and table().duties[duty].reach not in (NONE, TEAM)
    expected = [kind for kind in KINDS if reads and table().allows(duty, kind, "read")]
    assert kinds(queries.alerts(viewer(officer))) == kinds(queries.clocks(viewer(officer))) == expected


def test_who_keeps_property_knows_nothing_of_people_held(of_every_kind, client, keeper):
    custody, own = (f"YJ-2026-{KINDS.index(kind) + 1:06d}" for kind in ("summons", "property_item"))
    sign_in(client, keeper)
    for path in ("", "acknowledge/", "submit/", "dispute/", "attach/"):
        assert client.post(f"/alerts/{custody}/{path}", {"version": 1, "text": REASON}).status_code in (404, 405)
        assert client.get(f"/alerts/{custody}/{path}").status_code in (404, 405)
    assert client.get(f"/radar/{Clock.objects.get(subject_kind='measure').pk}/").status_code == 404
    assert client.get(f"/alerts/{own}/").status_code == 200
    page = client.get("/alerts/").content.decode()
    assert own in page and custody not in page
    assert handling.submit(by=viewer(keeper), code=own, text=REASON).state == "已反馈"


def test_each_duty_for_itself(bureau, keeper):
    """财物管理员 at one station, 法制员 at another: people held are seen at the other only, and nothing is signed by a duty that may not see it."""
    DutyAssignment.objects.create(officer=keeper, duty="法制员", unit_id=SECOND, starts_on="2020-01-01")
    here, there, thing = hand(1, subject_kind="summons"), hand(2, subject_kind="summons", unit=SECOND), hand(3, subject_kind="property_item")
    assert set(queries.alerts(viewer(keeper))) == {there, thing}
    with pytest.raises(Http404):
        handling.acknowledge(by=viewer(keeper), code=here.code)
    handling.acknowledge(by=viewer(keeper), code=there.code)
    DutyAssignment.objects.create(officer=keeper, duty="督察", unit_id="4201", starts_on="2020-01-01")  # sees everything, signs for nothing
    assert set(queries.alerts(viewer(keeper))) == {here, there, thing}
    with pytest.raises(Forbidden):
        handling.acknowledge(by=viewer(keeper), code=here.code)


def test_whoever_is_named_reads_and_answers_whatever_the_duty(bureau, keeper):
    one = hand(1, subject_kind="summons", officer=keeper)
    assert queries.one(viewer(keeper), one.code) == one
    assert handling.submit(by=viewer(keeper), code=one.code, text=REASON).state == "已反馈"


def test_own_incidents_and_cases_are_in_reach(bureau, liming, zhaoqiang):
    enter("case", case("A1"))
    enter("incident", incident("J1", officer_code=liming.code))
    lead("A1", liming)
    own = {hand(1, matter="A1", subject_kind="measure"), hand(2, matter="J1", subject_kind="incident")}
    assert set(queries.alerts(viewer(liming))) == own
    assert not queries.alerts(viewer(zhaoqiang)).exists()


@pytest.mark.parametrize("who", ["legal", "wangfang", "custodian", "keeper", "liming"])
def test_it_stays_one_query(request, of_every_kind, who):
    """Whatever the duty; and for whoever reads everything, without a word about kinds."""
    seen = viewer(request.getfixturevalue(who))
    list(seen.tree), list(seen.grants)
    with CaptureQueriesContext(connection) as asked:
        list(queries.alerts(seen)), list(queries.clocks(seen))
    assert len(asked) == 2
    conditions = "".join(query["sql"].split("WHERE")[-1] for query in asked if "WHERE" in query["sql"])
    assert ("subject_kind" in conditions) == (who in ("custodian", "keeper"))
