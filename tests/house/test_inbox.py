"""站内信: one's own and nobody else's, only what has arrived, unread first; opening is reading, signing is an act of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from alerting import hand
from bureau import ELSEWHERE, sign_in
from caseload import case, enter, lead
from django.utils import timezone

from mingjing.accounts.models import DutyAssignment
from mingjing.accounts.scope import viewer
from mingjing.alerts import states
from mingjing.alerts.actions.reading import read
from mingjing.alerts.actions.telling import deliver, tell
from mingjing.alerts.models import Alert, Notice
from mingjing.alerts.recipients import Recipient
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db


def told(alert: Alert, officer, *, minutes: int = 0, arrived: bool = True, **more) -> Notice:
    at = timezone.now() - timedelta(minutes=minutes)
    values = {"occasion": "开启", "text": f"开启：{alert.message}", "channel": "站内", "duty": "法制员", "delivered_at": at if arrived else None, **more}
    return Notice.objects.create(alert=alert, officer=officer, created_at=at, send_at=at, **values)


@pytest.fixture
def matter(liming, wangfang):
    enter("case", case("A1"), case("A9", ELSEWHERE))
    lead("A1", liming)


@pytest.fixture
def alert(matter, liming) -> Alert:
    return hand(1, matter="A1", officer=liming, level="red")


def shown(client) -> list[int]:
    return [row.pk for row in client.get("/inbox/").context["listing"].asked.rows]


def test_only_the_own_and_only_what_has_arrived_in_the_inbox(client, alert, liming, wangfang, zhaoqiang, chief):
    mine = told(alert, liming)
    told(alert, liming, arrived=False, occasion="升级1")
    told(alert, liming, channel="邮件")
    told(alert, wangfang)
    assert shown(sign_in(client, liming)) == [mine.pk]
    assert client.get("/count/", headers={"HX-Request": "true"}).context["unread"] == 1
    for who in (zhaoqiang, chief):
        sign_in(client, who)
        assert shown(client) == []
        assert client.get(f"/inbox/{mine.pk}/").status_code == 404
        assert client.get("/count/", headers={"HX-Request": "true"}).context["unread"] == 0
    mine.refresh_from_db()
    assert mine.read_at is None


def test_opening_the_alert_is_reading_what_told_of_it(client, alert, liming, wangfang, zhaoqiang):
    """The own notices that have arrived, of this alert; it is no act, so the ledger is silent."""
    mine, later, other = told(alert, liming), told(alert, liming, arrived=False, occasion="升级1"), told(hand(2, matter="A1"), liming)
    mail, hers = told(alert, liming, channel="邮件"), told(alert, wangfang)
    before = Event.objects.count()
    sign_in(client, zhaoqiang)
    assert client.get(f"/alerts/{alert.code}/").status_code == 404
    sign_in(client, liming)
    assert "已读" in client.get(f"/alerts/{alert.code}/").content.decode()
    read_at = Notice.objects.get(pk=mine.pk).read_at
    assert client.get(f"/alerts/{alert.code}/").status_code == 200
    unread = set(Notice.objects.filter(read_at__isnull=True).values_list("pk", flat=True))
    assert unread == {later.pk, other.pk, mail.pk, hers.pk}
    assert Notice.objects.get(pk=mine.pk).read_at == read_at  # the first time counts
    assert Event.objects.count() == before


def test_what_is_to_be_sent_later_is_not_there_before(client, alert, liming):
    """A yellow alert of the night arrives in the morning."""
    night, morning = (timezone.now().astimezone().replace(year=2026, month=3, day=day, hour=hour, minute=0) for day, hour in ((2, 23), (3, 8)))
    Alert.objects.update(level="yellow")
    alert.refresh_from_db()
    tell(alert=alert, recipients=[Recipient(liming, "承办人")], occasion="开启", at=night)
    sign_in(client, liming)
    assert (deliver(at=night), shown(client)) == (0, [])
    assert deliver(at=morning + timedelta(days=1)) == 1
    assert len(shown(client)) == 1


def test_unread_stands_first_then_the_newest(client, alert, liming):
    old_unread, new_read = told(alert, liming, minutes=60, occasion="一"), told(alert, liming, minutes=1, occasion="二", read_at=timezone.now())
    new_unread, old_read = told(alert, liming, minutes=30, occasion="三"), told(alert, liming, minutes=90, occasion="四", read_at=timezone.now())
    assert shown(sign_in(client, liming)) == [new_unread.pk, old_unread.pk, new_read.pk, old_read.pk]
    listing = client.get("/inbox/?unread=1").context["listing"]
    assert listing.count == 2


def test_opening_is_reading_once_and_no_matter_of_the_ledger(client, alert, liming):
    one, before = told(alert, liming), Event.objects.count()
    page = sign_in(client, liming).get(f"/inbox/{one.pk}/")
    assert f"/alerts/{alert.code}/" in page.content.decode()
    one.refresh_from_db()
    first = one.read_at
    assert first is not None
    client.get(f"/inbox/{one.pk}/")
    one.refresh_from_db()
    assert one.read_at == first
    assert Event.objects.exclude(kind__startswith="officer").count() == before
    assert (read(by=viewer(liming), keys=[one.pk]), Alert.objects.get().state) == (0, states.OPEN)


def test_several_are_marked_and_those_of_others_left_alone(client, alert, liming, wangfang):
    mine, second, others = told(alert, liming), told(alert, liming, occasion="升级1"), told(alert, wangfang)
    sign_in(client, liming)
    assert client.post("/inbox/read/", {"selected": [mine.pk, others.pk]}).status_code == 302
    assert set(Notice.objects.filter(read_at__isnull=True).values_list("pk", flat=True)) == {second.pk, others.pk}
    for bad in ([], ["x"], ["１"], ["-1"], ["9" * 30], [str(number) for number in range(201)]):
        assert client.post("/inbox/read/", {"selected": bad}).status_code == 422, bad
    assert client.get("/inbox/read/").status_code == 405


def test_signing_straight_from_the_inbox(client, alert, liming):
    one = told(alert, liming)
    sign_in(client, liming)
    assert f'formaction="/inbox/{one.pk}/sign/"' in client.get("/inbox/").content.decode()
    answer = client.post(f"/inbox/{one.pk}/sign/", {"version": alert.version})
    assert (answer.status_code, answer["Location"]) == (302, "/inbox/")
    one.refresh_from_db()
    assert one.read_at is not None
    assert Alert.objects.get().state == states.ACKNOWLEDGED
    assert Event.objects.filter(kind="alert.acknowledge", actor=liming.code).count() == 1
    assert "formaction=" not in client.get("/inbox/").content.decode().split("<tbody>")[1].split("</tbody>")[0]
    assert client.post(f"/inbox/{one.pk}/sign/", {"version": alert.version}).status_code in (403, 409, 422)  # twice


def test_signing_what_somebody_changed_meanwhile_is_refused(client, alert, liming):
    one = told(alert, liming)
    Alert.objects.update(version=7)
    assert sign_in(client, liming).post(f"/inbox/{one.pk}/sign/", {"version": 1}).status_code == 409
    assert Alert.objects.get().state == states.OPEN


def test_who_may_not_sign_has_no_button_and_is_refused(client, alert, liming, chief, zhaoqiang):
    one = told(alert, chief)
    sign_in(client, chief)
    assert "签收</button>" not in client.get(f"/inbox/{one.pk}/").content.decode()
    assert client.post(f"/inbox/{one.pk}/sign/", {"version": 1}).status_code == 403
    assert sign_in(client, zhaoqiang).post(f"/inbox/{one.pk}/sign/", {"version": 1}).status_code == 404
    assert Alert.objects.get().state == states.OPEN


def test_what_was_told_stays_but_leads_nowhere_once_it_is_out_of_reach(client, alert, wangfang, liming):
    one = told(alert, wangfang)
    DutyAssignment.objects.filter(officer=wangfang).update(unit_id=ELSEWHERE)
    page = sign_in(client, wangfang).get(f"/inbox/{one.pk}/").content.decode()
    assert one.text in page
    assert f"/alerts/{alert.code}/" not in page
    assert "不在你的范围内" in page
    assert client.post(f"/inbox/{one.pk}/sign/", {"version": 1}).status_code == 404


def test_scripts_in_a_message_stay_text(client, matter, liming):
    evil = '<script>alert("x")</script>'
    one = told(hand(1, matter="A1", officer=liming, message=evil), liming)
    sign_in(client, liming)
    for url in ("/inbox/", f"/inbox/{one.pk}/"):
        assert evil not in client.get(url).content.decode()


def test_conditions_that_make_no_sense_are_told(client, alert, liming):
    told(alert, liming)
    sign_in(client, liming)
    for bad in ("unread=x", "level=purple", "delivered_from=x", "sort=text", "page=-1"):
        page = client.get(f"/inbox/?{bad}")
        assert (page.status_code, page.context["listing"].count) == (200, 1)
        assert [chip for chip in page.context["listing"].asked.chips if chip.is_fault], bad
    assert client.get("/inbox/?level=red&waiting=1").context["listing"].count == 1
    assert client.get("/inbox/?level=blue").context["listing"].count == 0
    assert client.get("/inbox/99999999999999999999/").status_code == 404


@pytest.mark.parametrize("number", [3, 60])
def test_the_inbox_asks_no_more_for_more_rows(client, matter, liming, number, django_assert_max_num_queries):
    for index in range(number):
        told(hand(index + 1, matter="A1", officer=liming), liming)
    sign_in(client, liming).get("/me/")
    with django_assert_max_num_queries(9):
        assert client.get("/inbox/").context["listing"].count == number
    with django_assert_max_num_queries(12):
        client.get(f"/inbox/{Notice.objects.first().pk}/")
