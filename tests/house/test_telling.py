"""Who is told, by which way, once; who hears next when nobody signs; what happens when mail or another system is down."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from bureau import BRANCH, STATION, appoint
from django.core.exceptions import ImproperlyConfigured

from mingjing.accounts.models import DutyAssignment, Shift, Unit
from mingjing.alerts import states
from mingjing.alerts.actions.telling import LEASE, deliver, escalate, tell_all
from mingjing.alerts.channels.webhook import signature
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Notice, UnitSetting
from mingjing.alerts.recipients import Directory
from mingjing.lib import env


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


NOW = at("2026-03-02 10:00")


def alert(number: int = 1, **values) -> Alert:
    values = {"rule_code": "CU-012", "subject_kind": "summons", "subject_code": f"S{number}", "unit_id": STATION, "level": "red", "stage": "overdue",
              "message": "询问查证时限到了", "opened_at": NOW, "seen_at": NOW, **values}
    values.setdefault("climbs_at", values.get("acknowledge_by"))
    return Alert.objects.create(code=f"YJ-2026-{number:06d}", **values)


def holders(duty: str, unit: Unit, moment: datetime) -> list:
    return Directory([unit]).holders(duty, unit, moment)


def told() -> set[tuple[str, str]]:
    return set(Notice.objects.values_list("officer_id", "occasion"))


@pytest.mark.django_db
def test_the_rules_own_list_is_told_once(liming, wangfang, custodian, chief, zhaoqiang):
    one = alert(officer=liming)
    for _ in range(2):
        tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
    assert told() == {(liming.code, "开启"), (wangfang.code, "开启"), (custodian.code, "开启")}
    one.refresh_from_db()
    assert one.acknowledge_by == NOW + timedelta(hours=1)


@pytest.mark.django_db
def test_telling_of_many_asks_no_more_than_telling_of_one(liming, wangfang, leader, django_assert_max_num_queries):
    for number in range(1, 31):
        alert(number, officer=liming, level="red" if number % 2 else "orange", unit_id=STATION if number % 3 else BRANCH)
    with django_assert_max_num_queries(25):
        tell_all(occasions=dict.fromkeys(Alert.objects.values_list("code", flat=True), "开启"), rules=library(), at=at("2026-03-02 23:00"))
    assert Notice.objects.filter(officer=liming).count() == 30


@pytest.mark.django_db
def test_trial_rules_followers_and_silent_alerts_tell_nobody(liming, wangfang, legal):
    leader = alert(9, officer=liming)
    for number, values in enumerate(({"is_trial": True}, {"leader": leader}), 1):
        one = alert(number, officer=liming, **values)
        tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
    quiet = alert(5, officer=liming)
    quiet.silences.create(unit_id=STATION, reason="重复告警核实中", requested_by=wangfang, approved_by=legal, starts_at=NOW, ends_at=NOW + timedelta(days=1))
    tell_all(occasions={quiet.code: "开启"}, rules=library(), at=NOW)
    assert told() == set()
    tell_all(occasions={quiet.code: "开启"}, rules=library(), at=NOW + timedelta(days=1))
    assert told() == {(liming.code, "开启"), (wangfang.code, "开启")}


@pytest.mark.django_db
def test_whoever_stands_in_today_is_told(bureau, wangfang, liming):
    DutyAssignment.objects.create(officer=liming, duty="法制员", unit_id=STATION, kind="代理", starts_on="2026-03-02", ends_on="2026-03-03")
    unit = Unit.objects.get(code=STATION)
    assert {recipient.officer.code for recipient in holders("法制员", unit, at("2026-03-03 23:59"))} == {wangfang.code, liming.code}
    assert {recipient.officer.code for recipient in holders("法制员", unit, at("2026-03-04 00:00"))} == {wangfang.code}


@pytest.mark.django_db
def test_the_nearest_unit_above_hears_where_nobody_holds_the_duty(records):
    assert [recipient.officer.code for recipient in holders("案管", Unit.objects.get(code=STATION), NOW)] == [records.code]
    assert holders("财物管理员", Unit.objects.get(code=STATION), NOW) == []


@pytest.mark.django_db
def test_a_units_setting_adds_duties(liming, wangfang, leader, records):
    UnitSetting.objects.create(unit_id=BRANCH, rule_code="CU-012", also_told="案管、单位负责人", officer=records, at=NOW)
    one = alert(officer=liming)
    tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
    assert {code for code, _ in told()} == {liming.code, wangfang.code, leader.code, records.code}


@pytest.mark.django_db
def test_an_alert_that_nobody_signs_for_climbs_step_by_step(liming, wangfang, leader, legal, chief):
    one = alert(officer=liming, acknowledge_by=NOW)
    assert escalate(at=NOW) == 0  # the moment itself is still in time
    moment, seen = NOW + timedelta(seconds=1), []
    for _ in range(6):
        escalate(at=moment)
        seen.append({code for code, occasion in told() if occasion == f"逾期未签收{len(seen) + 2}"})
        moment += timedelta(hours=1, seconds=1)
    one.refresh_from_db()
    assert seen == [{wangfang.code}, {leader.code}, {legal.code}, {chief.code}, set(), set()]
    assert (one.acknowledge_by, one.climbs_at, one.state) == (NOW, None, states.OPEN)


@pytest.mark.django_db
def test_a_step_of_the_ladder_where_nobody_holds_the_duty_is_no_step(liming, legal, chief):
    alert(officer=liming, acknowledge_by=NOW)
    escalate(at=NOW + timedelta(seconds=1))
    assert told() == {(legal.code, "逾期未签收2")}


@pytest.mark.django_db
@pytest.mark.parametrize("state", [states.ACKNOWLEDGED, states.RECTIFYING, states.RETURNED])
def test_an_alert_that_nobody_answers_climbs_and_whoever_has_to_answer_hears_once_more(liming, wangfang, leader, state):
    one = alert(officer=liming, state=state, acknowledge_by=NOW - timedelta(days=1), answer_by=NOW, climbs_at=NOW)
    assert escalate(at=NOW) == 0
    assert escalate(at=NOW + timedelta(seconds=1)) == 1
    assert told() == {(liming.code, "逾期未反馈2"), (wangfang.code, "逾期未反馈2")}
    assert escalate(at=NOW + timedelta(hours=1, seconds=2)) == 1
    assert {code for code, occasion in told() if occasion == "逾期未反馈3"} == {leader.code}
    one.refresh_from_db()
    assert (one.answer_by, one.state) == (NOW, state)  # the time that was given stays on record


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "first"), [(states.SUBMITTED, "wangfang"), (states.DISPUTED, "leader")])
def test_what_nobody_judges_climbs_to_those_who_may_judge_it(liming, wangfang, leader, legal, state, first):
    """A dispute is none of the legal reviewer's business: the head of the unit hears first."""
    alert(officer=liming, state=state, judge_by=NOW, climbs_at=NOW)
    assert escalate(at=NOW) == 0
    assert escalate(at=NOW + timedelta(seconds=1)) == 1
    assert told() == {({"wangfang": wangfang, "leader": leader}[first].code, "逾期未审核2")}
    escalate(at=NOW + timedelta(hours=1, seconds=2))
    assert {code for code, occasion in told() if occasion == "逾期未审核3"} == {legal.code}


@pytest.mark.django_db
def test_a_supervision_that_is_over_is_told_once_to_whoever_ordered_it(liming, leader, legal, chief):
    one = alert(officer=liming, state=states.RECTIFYING, supervise_by=NOW, supervised_by_id="4201")
    one.statements.create(act="supervise", officer=chief, at=NOW - timedelta(days=1), text="请尽快改正")
    assert escalate(at=NOW) == 0
    assert escalate(at=NOW + timedelta(seconds=1)) == 1
    assert told() == {(chief.code, "督办逾期2"), (liming.code, "督办逾期2"), (leader.code, "督办逾期2")}
    assert escalate(at=NOW + timedelta(seconds=2)) == 0
    one.refresh_from_db()
    assert one.supervision_over_at == NOW + timedelta(seconds=1)


@pytest.mark.django_db
def test_a_supervision_whose_order_nobody_can_answer_for_is_told_to_those_who_watch_over_the_law(liming, leader, legal, chief):
    one = alert(officer=liming, supervise_by=NOW, supervised_by_id="4201")
    one.statements.create(act="supervise", officer=chief, at=NOW - timedelta(days=1), text="请尽快改正")
    chief.is_active = False
    chief.save()
    escalate(at=NOW + timedelta(seconds=1))
    assert {code for code, _ in told()} == {legal.code, liming.code, leader.code}


@pytest.mark.django_db
@pytest.mark.parametrize("state", [states.CLOSED, states.DISMISSED])
def test_what_is_over_neither_climbs_nor_is_supervised(liming, wangfang, chief, state):
    alert(officer=liming, state=state, acknowledge_by=NOW, answer_by=NOW, judge_by=NOW, climbs_at=NOW, supervise_by=NOW, supervised_by_id="4201")
    assert escalate(at=NOW + timedelta(days=9)) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["late", "violated"])
def test_of_what_cannot_be_undone_whoever_is_named_hears_first(liming, wangfang, stage):
    one = alert(officer=liming, stage=stage, rule_code="SW-001", level="orange")
    tell_all(occasions={one.code: "开启"}, rules=library(), at=at("2026-03-06 17:00"))  # a Friday
    assert dict(Notice.objects.values_list("officer_id", "send_at")) == {liming.code: at("2026-03-06 17:00"), wangfang.code: at("2026-03-09 09:00")}


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["due_soon", "overdue"])
def test_what_can_still_be_helped_is_told_to_all_at_once(liming, wangfang, stage):
    one = alert(officer=liming, stage=stage, rule_code="SW-001", level="orange")
    tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
    assert dict(Notice.objects.values_list("officer_id", "send_at")) == {liming.code: NOW, wangfang.code: NOW}


@pytest.mark.django_db
def test_what_protects_liberty_waits_for_nobody(liming, wangfang, custodian):
    """CU-012: somebody may still be sitting there."""
    one = alert(officer=liming, stage="violated")
    tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
    assert set(Notice.objects.values_list("send_at", flat=True)) == {NOW}
    assert Notice.objects.count() == 3


@pytest.mark.django_db
def test_whoever_a_rule_does_not_push_to_does_not_hear_because_he_is_named(liming, wangfang):
    """XW-003 tells the reviewer alone: two records contradict each other."""
    one = alert(officer=liming, stage="violated", rule_code="XW-003", level="orange", subject_kind="attendance")
    tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
    assert dict(Notice.objects.values_list("officer_id", "send_at")) == {wangfang.code: NOW}


@pytest.mark.django_db
def test_whoever_is_on_shift_is_chosen_for_the_moment_of_sending(liming, wangfang):
    """At night an orange alert waits until seven: who has the night then has gone home by half past eight, who has not is told."""
    second = appoint("010012", "王二", STATION, "法制员")
    Shift.objects.create(officer=second, unit_id=STATION, starts_at=at("2026-03-02 17:30"), ends_at=at("2026-03-03 06:00"))
    one = alert(officer=liming, rule_code="SW-001", level="orange")
    tell_all(occasions={one.code: "开启"}, rules=library(), at=at("2026-03-02 23:00"))
    assert dict(Notice.objects.values_list("officer_id", "send_at")) == dict.fromkeys((liming.code, wangfang.code, second.code), at("2026-03-03 07:00"))


@pytest.mark.django_db
def test_what_was_signed_for_before_anybody_was_told_climbs_when_it_is_not_answered(liming, wangfang):
    one = alert(officer=liming, state=states.ACKNOWLEDGED)  # while it was silent, on trial or held back
    tell_all(occasions={one.code: "静默结束1"}, rules=library(), at=NOW)
    one.refresh_from_db()
    assert one.climbs_at == one.answer_by == NOW + timedelta(hours=24)


@pytest.mark.django_db
def test_an_alert_that_is_told_anew_climbs_from_the_foot(liming, wangfang):
    one = alert(officer=liming, acknowledge_by=NOW, climbs_at=None, escalations=4)
    tell_all(occasions={one.code: "转由5"}, rules=library(), at=NOW)
    escalate(at=NOW + timedelta(hours=1, seconds=1))
    assert {code for code, occasion in told() if occasion.startswith("逾期")} == {wangfang.code}


@pytest.mark.django_db
@pytest.mark.parametrize("barred", ["named", "wrote"])
def test_judging_climbs_past_whoever_may_not_judge(liming, wangfang, leader, legal, barred):
    one = alert(officer=wangfang if barred == "named" else liming, state=states.SUBMITTED, judge_by=NOW, climbs_at=NOW)
    one.statements.create(act="submit", officer=wangfang, at=NOW, text="已补录离开时间")
    escalate(at=NOW + timedelta(seconds=1))
    assert {code for code, _ in told()} == {legal.code}


@pytest.mark.django_db
def test_an_alert_takes_one_step_in_one_round(liming, wangfang, leader, legal):
    one = alert(officer=liming, acknowledge_by=NOW, supervise_by=NOW, supervised_by_id="4201")
    for _ in range(2):
        escalate(at=NOW + timedelta(seconds=1))
    one.refresh_from_db()
    assert one.version == 3
    assert {occasion for _, occasion in told()} == {"逾期未签收2", "督办逾期3"}


@pytest.mark.django_db
@pytest.mark.parametrize("named", [None, "left"])
def test_where_nobody_can_be_heard_nobody_waits(liming, wangfang, named):
    liming.is_active = False
    liming.save()
    one = alert(officer=liming if named else None, stage="violated", rule_code="SW-001", level="orange")
    tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
    assert set(Notice.objects.values_list("officer_id", "send_at")) == {(wangfang.code, NOW)}


@pytest.mark.django_db
def test_blue_alerts_of_one_officer_go_out_as_one_mail(liming, wangfang, settings, mailoutbox):
    settings.EMAIL_HOST, settings.MAIL_DOMAIN = "mail.example", "police.example"
    for number, level in ((1, "blue"), (2, "blue"), (3, "yellow")):
        one = alert(number, officer=liming, level=level, rule_code="SW-001")
        tell_all(occasions={one.code: "开启"}, rules=library(), at=at("2026-03-02 20:00"))
    deliver(at=at("2026-03-02 20:00"))
    assert {message.subject for message in mailoutbox} == {"明镜预警 YJ-2026-000003（黄色）开启"}
    mailoutbox.clear()
    assert deliver(at=at("2026-03-03 08:29")) == 0
    deliver(at=at("2026-03-03 08:30"))
    mine = [message for message in mailoutbox if message.to == [f"{liming.code}@police.example"]]
    assert [message.subject for message in mine] == ["明镜预警摘要：2 条蓝色预警"]
    assert "YJ-2026-000001" in mine[0].body and "YJ-2026-000002" in mine[0].body
    assert not Notice.objects.filter(delivered_at__isnull=True).exists()


@pytest.mark.django_db
def test_a_digest_that_fails_is_sent_again_whole(liming, settings, mailoutbox, monkeypatch):
    settings.EMAIL_HOST, settings.MAIL_DOMAIN = "mail.example", "police.example"
    for number in (1, 2):
        one = alert(number, officer=liming, level="blue", rule_code="SW-001")
        tell_all(occasions={one.code: "开启"}, rules=library(), at=at("2026-03-02 20:00"))

    def down(self):
        raise OSError("no route")

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMessage.send", down)
        deliver(at=at("2026-03-03 08:30"))
    assert Notice.objects.filter(channel="邮件", delivered_at__isnull=True).exclude(error="").count() == 2
    deliver(at=at("2026-03-03 08:31"))
    assert [message.subject for message in mailoutbox] == ["明镜预警摘要：2 条蓝色预警"]


@pytest.mark.django_db
def test_signing_in_time_stops_the_climb(liming, wangfang):
    alert(officer=liming, acknowledge_by=NOW, state=states.ACKNOWLEDGED, climbs_at=NOW + timedelta(days=1))
    assert escalate(at=NOW + timedelta(days=1)) == 0


@pytest.mark.django_db
def test_an_orange_alert_of_the_evening_before_the_holidays_climbs_after_them(liming, wangfang):
    one = alert(officer=liming, level="orange")
    tell_all(occasions={one.code: "开启"}, rules=library(), at=at("2026-09-30 17:00"))
    one.refresh_from_db()
    assert one.acknowledge_by == at("2026-10-08 12:00")  # half an hour on the last day, three and a half on the first
    assert escalate(at=at("2026-10-07 23:00")) == 0
    assert escalate(at=at("2026-10-08 12:01")) == 1


@pytest.mark.django_db
def test_mail_that_is_down_for_a_day_arrives_in_the_end_and_once(liming, settings, mailoutbox, monkeypatch):
    settings.EMAIL_HOST, settings.MAIL_DOMAIN = "mail.example", "police.example"
    one = alert(officer=liming)
    tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
    mail = Notice.objects.get(channel="邮件")

    def down(self):
        raise OSError("no route")

    with monkeypatch.context() as patched:
        patched.setattr("django.core.mail.EmailMessage.send", down)
        moment = NOW
        while moment < NOW + timedelta(days=1):
            deliver(at=moment)
            moment += timedelta(minutes=30)
        mail.refresh_from_db()
        assert mail.delivered_at is None
        assert "没有收下" in mail.error
        assert mail.attempts <= 30  # it waits longer and longer
    deliver(at=moment + timedelta(hours=1))
    deliver(at=moment + timedelta(hours=2))
    assert [message.to for message in mailoutbox] == [[f"{liming.code}@police.example"]]
    assert "询问查证" not in mailoutbox[0].body  # contents stay in the platform


@pytest.mark.django_db
def test_a_notice_that_somebody_took_and_died_with_is_sent_again(liming):
    one = alert(officer=liming)
    tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
    Notice.objects.update(lease_until=NOW + LEASE)
    assert deliver(at=NOW + LEASE) == 0
    assert deliver(at=NOW + LEASE + timedelta(seconds=1)) == 1


@contextmanager
def other_system(answers: list[tuple[int, dict[str, str]]]) -> Iterator[tuple[str, list[tuple[str, dict, bytes]]]]:
    """A server that gives these answers one after the other; its address, and what was sent to it (path, headers, body)."""
    calls: list[tuple[str, dict, bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            calls.append((self.path, dict(self.headers), self.rfile.read(int(self.headers.get("Content-Length", 0)))))
            code, headers = answers[len(calls) - 1]
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", calls
        server.shutdown()


@pytest.mark.django_db
def test_the_call_to_another_system_is_signed_and_tried_again(liming, settings):
    with other_system([(500, {}), (500, {}), (200, {})]) as (address, calls):
        settings.WEBHOOK_URL, settings.WEBHOOK_SECRET = f"{address}/", "钥匙"
        one = alert(officer=liming)
        tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
        for minutes in (0, 0.5, 1, 7):
            deliver(at=NOW + timedelta(minutes=minutes))
    assert len(calls) == 3
    _, headers, body = calls[-1]
    assert headers["X-Mingjing-Signature"] == signature(headers["X-Mingjing-Time"], body)
    assert len({json.loads(each)["id"] for _, _, each in calls}) == 1
    assert Notice.objects.get(channel="接口").delivered_at == NOW + timedelta(minutes=7)


@pytest.mark.django_db
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_delivers_nothing(liming, settings, code):
    """A login page behind it would answer 200 to everything, and get the signature."""
    with other_system([(code, {"Location": "/login/"}), (200, {})]) as (address, calls):
        settings.WEBHOOK_URL, settings.WEBHOOK_SECRET = f"{address}/notices/", "钥匙"
        one = alert(officer=liming)
        tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
        deliver(at=NOW)
    assert [path for path, _, _ in calls] == ["/notices/"]
    sent = Notice.objects.get(channel="接口")
    assert (sent.delivered_at, sent.error) == (None, f"对方系统答复 {code}")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["http://127.0.0.1:999999/", "http://a b/", "no address", "http://主机/路径"])
def test_an_address_that_is_none_delivers_nothing_and_stops_nothing(liming, settings, address):
    settings.WEBHOOK_URL, settings.WEBHOOK_SECRET = address, "钥匙"
    one = alert(officer=liming)
    tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
    assert deliver(at=NOW) == 1  # the inbox
    assert "没有答复" in Notice.objects.get(channel="接口").error


@pytest.mark.django_db
def test_an_answer_that_is_no_http_delivers_nothing(liming, settings):
    with socket.create_server(("127.0.0.1", 0)) as server:
        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall("你好\r\n\r\n".encode())

        threading.Thread(target=answer, daemon=True).start()
        settings.WEBHOOK_URL, settings.WEBHOOK_SECRET = f"http://127.0.0.1:{server.getsockname()[1]}/", "钥匙"
        one = alert(officer=liming)
        tell_all(occasions={one.code: "开启"}, rules=library(), at=NOW)
        assert deliver(at=NOW) == 1
    assert "BadStatusLine" in Notice.objects.get(channel="接口").error


@pytest.mark.parametrize(("address", "fits"), [
    ("", True), ("http://10.0.0.8:8080/notices", True), ("https://messages.example/", True), ("http://[::1]:80/", True), ("messages.example/", False),
    ("ftp://messages.example/", False), ("http:///notices", False), ("http://host:port/", False), ("http://host:0/", False), ("http://a b/", False),
    ("http://[::1/", False), ("http://主机/", False), ("http://host/\n", False),
])
def test_the_address_of_the_other_system_is_checked_at_the_start(monkeypatch, address, fits):
    monkeypatch.setenv("MINGJING_WEBHOOK_URL", address)
    if fits:
        assert env.url("MINGJING_WEBHOOK_URL") == address
    else:
        with pytest.raises(ImproperlyConfigured, match="MINGJING_WEBHOOK_URL"):
            env.url("MINGJING_WEBHOOK_URL")
