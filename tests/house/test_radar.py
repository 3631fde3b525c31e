"""时限雷达, the strip, 我的今日 and the printed list: in reach only, right at the boundaries, every number opens its list, every end can be recomputed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from alerting import hand
from bureau import ELSEWHERE, STATION, mentions, sign_in
from caseload import ago, case, enter, incident, lead, party, put_on_team
from django.utils import timezone

from mingjing.accounts.models import DutyAssignment
from mingjing.accounts.scope import viewer
from mingjing.alerts import evidence, queries, radar, states, strips
from mingjing.alerts.evaluating import run_matters
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Clock, Statement
from mingjing.cases.models import Incident
from mingjing.ledger.models import Event
from mingjing.ui import navigation
from rulebook.evaluation import evaluate
from rulebook.examples import given_facts
from rulebook.shapes.deadline import Deadline

HTMX = {"HX-Request": "true"}
INSTANT = timedelta(microseconds=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


NOW = local("2026-03-02 10:00")  # a Monday


def clock(number: int, due_at: datetime, *, unit: str = STATION, matter: str = "A1", rule: str = "CU-012", level: str = "red", **more) -> Clock:
    """A running limit as a run would have stored it."""
    kind = library().rules[rule].subject.name
    found = {"stage": "running", "version": "2026-01-01", "limit": "8 小时", "estimated": False, "start_at": None, "due_at": due_at.isoformat(),
             "end_at": None, "last_day": None, "pauses": [], "extensions": [], "met": [], "unmet": [], "facts": {"party.name": "周某某"}, "details": {}}
    values = {"subject_kind": kind, "subject_code": f"S{number}", "stage": "running", "message": f"第 {number} 项时限", "finding": json.dumps(found), **more}
    return Clock.objects.create(
        rule_code=rule, rule_version="2026-01-01", matter_code=matter, unit_id=unit, level=level, due_at=due_at, fires_at=due_at, **values)


def listed(client, url: str) -> set[str]:
    page = client.get(url)
    assert page.status_code == 200, url
    return {row.subject_code for row in page.context["listing"].asked.rows}


def faults(client, url: str) -> list[str]:
    page = client.get(url)
    assert page.status_code == 200, url
    return [chip.text for chip in page.context["listing"].asked.chips if chip.is_fault]


@pytest.fixture
def stations(liming, zhaoqiang):
    """A case of 李明 with two limits and one of another station with one; another case of 李明's station that is not his."""
    enter("case", case("A1"), case("A2"), case("A9", ELSEWHERE))
    lead("A1", liming)
    now = timezone.now()
    clock(1, now + timedelta(hours=2), officer=liming)
    clock(2, now - timedelta(hours=2), rule="SW-001", level="orange", officer=liming, is_paused=True)
    clock(3, now + timedelta(hours=50), matter="A2", rule="AJ-001", level="yellow")
    clock(9, now + timedelta(hours=3), unit=ELSEWHERE, matter="A9")


# --- moments ---

@pytest.mark.django_db
@pytest.mark.parametrize(("due", "is_today"), [
    ("2026-03-02 00:00:00", False), ("2026-03-02 00:00:00.000001", True), ("2026-03-02 10:00", True), ("2026-03-03 00:00", True),
    ("2026-03-03 00:00:00.000001", False),
])
def test_a_day_ends_at_24(bureau, due, is_today):
    clock(1, local(due))
    assert Clock.objects.filter(radar.ends_today(NOW)).exists() is is_today


@pytest.mark.django_db
@pytest.mark.parametrize(("due", "is_over", "is_ahead"), [(NOW - INSTANT, True, False), (NOW, False, True), (NOW + INSTANT, False, True)])
def test_the_very_moment_is_still_within_the_limit_and_in_the_chart(bureau, due, is_over, is_ahead):
    clock(1, due)
    assert Clock.objects.filter(radar.is_over(NOW)).exists() is is_over
    assert bool(radar.counted(Clock.objects.all(), radar.bars(NOW))) is is_ahead


@pytest.mark.parametrize("now", ["2026-03-02 10:00", "2026-03-02 00:00", "2026-03-02 06:00", "2026-03-02 23:59:59.999999", "2026-03-02 05:59:59"])
def test_the_bars_cover_72_hours_without_gap_or_overlap(now):
    now = local(now)
    bars = radar.bars(now)
    assert (bars[0].after + INSTANT, bars[-1].until) == (now, now + timedelta(hours=72))
    assert all(one.until == other.after for one, other in pairwise(bars))
    assert all(timedelta() < bar.until - bar.after <= timedelta(hours=6) + INSTANT for bar in bars)
    assert all(timezone.localtime(bar.until).hour in (0, 6, 12, 18) for bar in bars[:-1])
    assert len({bar.name for bar in bars}) == len({bar.short for bar in bars}) == len(bars)


@pytest.mark.django_db
def test_each_end_is_in_one_bar_and_midnight_in_the_day_that_it_ends(bureau):
    bars = radar.bars(NOW)
    for number, bar in enumerate(bars):
        clock(number, bar.until)
    assert radar.counted(Clock.objects.all(), bars) == {(number, "red"): 1 for number in range(len(bars))}
    assert next(bar.name for bar in bars if bar.until == local("2026-03-03 00:00")) == "今日 18–24时"
    clock(100, bars[-1].until + INSTANT)
    assert sum(radar.counted(Clock.objects.all(), bars).values()) == len(bars)


# --- the list ---

@pytest.mark.django_db
@pytest.mark.parametrize(("who", "seen"), [
    ("liming", {"S1", "S2"}), ("zhaoqiang", set()), ("wangfang", {"S1", "S2", "S3"}), ("leader", {"S1", "S2", "S3"}), ("legal", {"S1", "S2", "S3", "S9"}),
    ("chief", {"S1", "S2", "S3", "S9"}),
])
def test_everybody_sees_what_is_in_reach_in_list_chart_numbers_and_print(client, stations, request, who, seen):
    person = request.getfixturevalue(who)
    sign_in(client, person)
    assert listed(client, "/radar/") == seen
    ahead = seen - {"S2"}
    assert client.get("/radar/").context["chart"]["total"] == len(ahead)
    assert client.get("/radar/chart/", headers=HTMX).context["chart"]["total"] == len(ahead)
    assert client.get("/today/", headers=HTMX).context["today"].chart["total"] == len(ahead)
    ends = set(queries.clocks(viewer(person)).filter(radar.ends_today(timezone.now())).values_list("subject_code", flat=True))
    assert ends <= seen
    assert client.get("/count/", headers=HTMX).context["ends"] == len(ends)
    over_or_today = {line[0].subject_code for line in client.get("/radar/print/").context["rows"]}
    assert over_or_today == ends | ({"S2"} & seen)
    for one in Clock.objects.all():
        assert client.get(f"/radar/{one.pk}/").status_code == (200 if one.subject_code in seen else 404)
    text = client.get("/radar/").content.decode() + client.get("/radar/print/").content.decode() + client.get("/radar/?format=csv").getvalue().decode()
    assert mentions("A9", text) is ("S9" in seen)


@pytest.mark.django_db
def test_what_is_out_of_reach_is_answered_like_what_does_not_exist(client, stations, liming):
    sign_in(client, liming)
    foreign = client.get(f"/radar/{Clock.objects.get(subject_code='S9').pk}/")
    missing = client.get("/radar/987654321/")
    assert (foreign.status_code, foreign.content.decode().count("没有")) == (404, missing.content.decode().count("没有"))
    assert client.get("/radar/99999999999999999999999/").status_code == 404


@pytest.mark.django_db
def test_own_incidents_are_in_reach_too(bureau, liming, zhaoqiang):
    enter("incident", incident("J1"))
    Incident.objects.filter(code="J1").update(officer=liming)
    clock(1, timezone.now(), matter="J1")
    assert queries.clocks(viewer(liming)).count() == 1
    assert queries.clocks(viewer(zhaoqiang)).count() == 0


@pytest.mark.django_db
def test_filters_narrow_and_tell_what_they_cannot_read(client, stations, legal, liming):
    sign_in(client, legal)
    assert listed(client, f"/radar/?unit={ELSEWHERE}") == {"S9"}
    assert listed(client, "/radar/?unit=420102") == {"S1", "S2", "S3"}
    assert listed(client, "/radar/?level=orange") == {"S2"}
    assert listed(client, "/radar/?element=物") == {"S2"}
    assert listed(client, "/radar/?subject=case") == {"S3"}
    assert listed(client, "/radar/?rule=AJ-001") == {"S3"}
    assert listed(client, "/radar/?over=1") == {"S2"}
    assert listed(client, "/radar/?paused=1") == {"S2"}
    assert listed(client, "/radar/?mine=1") == set()
    assert listed(client, "/radar/?q=A9") == {"S9"}
    put_on_team("A2", liming, "协办")
    assert listed(sign_in(client, liming), "/radar/?mine=1") == {"S1", "S2", "S3"}
    for bad in ("unit=nowhere", "element=x", "level=purple", "due_after=x&due_until=y", "due_after=2026-01-01", "due_after=2026-02-01&due_until=2026-01-01",
                "due_after=2026-01-01T00:00%2B08:00&due_until=2027-01-01", "due_after=0001-01-01&due_until=2026-01-01", "today=maybe", "page=0",
                "sort=finding"):
        everything = listed(client, f"/radar/?{bad}")
        assert everything == {"S1", "S2", "S3"}, bad
        if not bad.startswith("due_after=0001"):
            assert faults(client, f"/radar/?{bad}"), bad
        assert client.get(f"/radar/chart/?{bad}", headers=HTMX).status_code == 200


@pytest.mark.django_db
def test_every_bar_and_figure_opens_exactly_its_rows(client, stations, legal):
    sign_in(client, legal)
    for hours in range(1, 71, 7):
        clock(100 + hours, timezone.now() + timedelta(hours=hours), level="blue" if hours % 2 else "orange")
    chart = client.get("/radar/?level=blue").context["chart"]
    assert chart["total"] == Clock.objects.filter(level="blue").count()
    for start in ("/radar/", "/radar/?level=blue", f"/radar/?unit={STATION}"):
        chart = client.get(start).context["chart"]
        series = chart["options"]["echarts"]["series"]
        sums = [sum(part["data"][number]["value"] for part in series) for number in range(len(series[0]["data"]))]
        assert sum(sums) == chart["total"]
        for number, href in zip(sums, (one["href"] for one in series[0]["data"]), strict=True):
            assert len(listed(client, href)) == number, href
            assert not faults(client, href)
        assert len(listed(client, chart["url"])) == chart["total"]
    row = next(row for row in client.get("/radar/").context["chart"]["table"][1:] if row[-1])
    assert 'href="/radar/?due_after=' in str(row[-1])


@pytest.mark.django_db
def test_the_export_is_in_the_ledger(client, stations, wangfang):
    answer = sign_in(client, wangfang).get("/radar/?format=csv&over=1")
    assert "SW" not in answer.getvalue().decode() or "涉案财物" in answer.getvalue().decode()
    assert Event.objects.filter(actor=wangfang.code, data__contains="时限雷达").exists()


@pytest.mark.django_db
def test_whoever_has_no_duty_that_reads_alerts_is_told_so(client, stations, admin):
    sign_in(client, admin)
    for url in ("/radar/", "/radar/print/", "/radar/chart/"):
        answer = client.get(url)
        assert (answer.status_code, "不包括查看预警" in answer.content.decode()) == (403, True)
    assert client.get("/today/", headers=HTMX).content == b""
    count = client.get("/count/", headers=HTMX)
    assert count.context["ends"] is None
    assert "站内信" in count.content.decode()
    assert client.post("/radar/").status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "seen", "unseen"), [
    ("liming", {"alerts:alerts", "cases:summonses"}, {"alerts:silences", "ledger:check", "intake:batches"}),
    ("keeper", {"alerts:alerts", "cases:property_items"}, {"cases:summonses", "cases:incidents"}),
    ("admin", {"accounts:system", "alerts:runs"}, {"alerts:alerts"}),
    ("records", {"intake:batches"}, {"accounts:system"}), ("legal", {"alerts:samples", "alerts:supervised"}, {"intake:batches"}),
])
def test_the_navigation_shows_what_the_table_of_permissions_allows(request, who, seen, unseen):
    by = viewer(request.getfixturevalue(who))
    names = {entry.item.url_name for group in navigation.groups(by, "/") for entry in group.entries}
    assert seen <= names and not unseen & names


@pytest.mark.django_db
def test_scripts_in_data_stay_text(client, bureau, legal):
    enter("case", case("A1"))
    evil = '<script>alert("x")</script>'
    one = clock(1, timezone.now(), message=evil)
    one.finding = one.finding.replace(json.dumps("周某某"), json.dumps(evil))
    one.save()
    sign_in(client, legal)
    for url in ("/radar/", "/radar/print/", f"/radar/{one.pk}/"):
        assert evil not in client.get(url).content.decode(), url


# --- the strip ---

DEADLINES = [rule for rule in library() if any(isinstance(version.check, Deadline) for version in rule.versions)]


@pytest.mark.parametrize("rule", DEADLINES, ids=lambda rule: rule.code)
def test_every_end_that_the_rules_examples_give_is_recomputed_step_by_step(rule):
    """The rulebook reckons in SQL, the strip in Python; both must come to the same day, and the steps must end there."""
    checked, bench = 0, None
    for example in rule.examples:
        bench = given_facts(rule, example, bench)
        for found in evaluate([rule], bench, example.at, every_stage=True):
            version = next(one for one in rule.versions if one.effective == found.version)
            if found.due_at is None or not isinstance(version.check, Deadline):
                continue
            reckoned = strips.reckon(found, version.check, example.at)
            if version.check.direction == "before":
                assert reckoned is None
                continue
            steps, last = reckoned
            assert (last.at, last.estimated) == (found.due_at, found.estimated), (example.name, found.subject)
            assert len(steps) == 3 + len(found.pauses) + len(found.extensions) + (last.raw_day != last.last_day)
            assert (steps[0].what, steps[-1].what) == ("起算", "届满")
            checked += 1
    assert checked or all(version.check.direction == "before" for version in rule.versions)


@pytest.fixture
def summoned(liming):
    """Somebody summoned at ten who was drunk from eleven to twelve."""
    enter("case", case("A1", accepted_at="2026-03-02 09:00"))
    lead("A1", liming)
    enter("party", party("D1", "A1"))
    enter("summons", {"code": "S1", "case_code": "A1", "party_code": "D1", "kind": "行政传唤", "arrived_at": "2026-03-02 10:00"})


def steps_of(page) -> list[tuple[str, str, str]]:
    return [(step.what, step.end, step.why) for step in page.context["strip"].steps]


@pytest.mark.django_db
def test_the_strip_tells_each_step_with_its_time_and_reason(client, summoned, liming):
    enter("restraint", {"code": "Y1", "summons_code": "S1", "started_at": "2026-03-02 11:00", "ended_at": "2026-03-02 12:30"})
    run_matters(["A1"], local("2026-03-02 13:00"))
    page = sign_in(client, liming).get(radar.strip_url(Clock.objects.get(rule_code="CU-012")))
    assert steps_of(page) == [
        ("起算", "2026年3月2日 10:00", "到案时间。按小时计算，自这一时刻起。"),
        ("期限 8 小时", "2026年3月2日 18:00", "自起算时刻起满 8 小时；节假日照计。"),
        ("暂停", "2026年3月2日 19:30", "2026年3月2日 11:00 至 2026年3月2日 12:30 不计入，届满后移 1 小时 30 分。"),
        ("届满", "2026年3月2日 19:30", "“以内”包括本数：这一时刻仍在期限内，之后为超期。"),
    ]
    assert dict(page.context["strip"].line)["期限"] == "治安管理处罚法 第97条第1款 8 小时"
    assert page.context["strip"].agrees
    text = page.content.decode()
    assert "打开案件" in text
    assert "/cases/A1/" in text
    assert "治安管理处罚法 第97条第1款" in text


@pytest.mark.django_db
def test_a_pause_that_goes_on_is_reckoned_for_now_and_said(client, summoned, liming):
    enter("restraint", {"code": "Y1", "summons_code": "S1", "started_at": "2026-03-02 11:00"})
    run_matters(["A1"], local("2026-03-02 13:00"))
    held = Clock.objects.get(rule_code="CU-012")
    page = sign_in(client, liming).get(radar.strip_url(held))
    assert page.context["strip"].is_moving
    assert "随暂停后移" in page.content.decode()
    assert "暂停中" in page.content.decode()


def found_of(rule: str, given: dict, at: str, subject: str):
    """The evidence of a finding of the real rule on these rows."""
    one = library().rules[rule]
    facts = given_facts(one, SimpleNamespace(given=given))
    found = next(each for each in evaluate([one], facts, local(at), every_stage=True) if each.subject == subject)
    version = next(each for each in one.versions if each.effective == found.version)
    return evidence.Evidence(found, one, version, found.stage)


def test_a_last_day_on_a_weekend_rolls_over_and_says_so():
    given = {"case": [{"code": "A1", "kind": "行政", "category": "治安", "accepted_at": "2026-04-02 09:00", "filed_at": "2026-04-02 10:00"}]}
    strip = strips.strip(found_of("AJ-001", given, "2026-04-10 09:00", "A1"), local("2026-04-10 09:00"))
    assert [(step.what, step.end) for step in strip.steps] == [
        ("起算", "2026年4月2日 10:00"), ("期限 30 日", "2026年5月2日（周六）"), ("顺延", "2026年5月6日"), ("届满", "2026年5月6日 24:00"),
    ]
    assert "当日不计入，从次日起数" in strip.steps[0].why
    assert "2026年5月2日（周六）不是工作日" in strip.steps[2].why
    assert not strip.is_estimated


def test_a_year_without_a_calendar_is_told():
    given = {"case": [{"code": "A1", "kind": "行政", "category": "治安", "accepted_at": "2031-05-02 09:00", "filed_at": "2031-05-02 10:00"}]}
    strip = strips.strip(found_of("AJ-001", given, "2031-05-10 09:00", "A1"), local("2031-05-10 09:00"))
    assert strip.is_estimated
    assert "节假日尚未公布" in strip.steps[-1].why


@pytest.mark.django_db
def test_steps_that_lead_elsewhere_than_the_stored_end_are_told(client, summoned, liming):
    run_matters(["A1"], local("2026-03-02 13:00"))
    held = Clock.objects.get(rule_code="CU-012")
    found = json.loads(held.finding) | {"due_at": local("2026-03-02 17:00").isoformat()}
    Clock.objects.filter(pk=held.pk).update(due_at=local("2026-03-02 17:00"), finding=json.dumps(found))
    assert "与最近一次判定的" in sign_in(client, liming).get(radar.strip_url(held)).content.decode()


@pytest.mark.django_db
def test_a_version_that_is_gone_leaves_what_was_stored(client, summoned, liming):
    run_matters(["A1"], local("2026-03-02 13:00"))
    held = Clock.objects.get(rule_code="CU-012")
    found = json.loads(held.finding) | {"version": "2025-12-31"}
    Clock.objects.filter(pk=held.pk).update(finding=json.dumps(found))
    page = sign_in(client, liming).get(radar.strip_url(held))
    assert (page.status_code, steps_of(page)) == (200, [])
    assert "判定时留存的内容" in page.content.decode()


@pytest.mark.django_db
def test_an_alert_has_the_same_strip_and_what_is_no_limit_has_none(client, summoned, liming, zhaoqiang):
    run_matters(["A1"], local("2026-03-02 19:00"))
    alert = Alert.objects.get(rule_code="CU-012")
    by_hand = hand(999, matter="A1", officer=liming)
    sign_in(client, liming)
    page = client.get(f"/radar/of/{alert.code}/")
    assert [step.end for step in page.context["strip"].steps][-1] == "2026年3月2日 18:00"
    assert client.get(f"/radar/of/{by_hand.code}/").status_code == 404
    assert sign_in(client, zhaoqiang).get(f"/radar/of/{alert.code}/").status_code == 404


# --- 我的今日 ---

@pytest.mark.django_db
def test_what_ends_first_stands_first_and_every_number_opens_its_list(client, stations, liming, wangfang, leader):
    now = timezone.now()
    hand(1, states.OPEN, matter="A1", officer=liming, acknowledge_by=now + timedelta(hours=1))
    hand(2, states.ACKNOWLEDGED, matter="A1", officer=liming, answer_by=now + timedelta(hours=9), acknowledge_by=now - timedelta(days=1))
    hand(3, states.RETURNED, matter="A1", officer=liming, answer_by=now + timedelta(hours=8))
    hand(4, states.CLOSED, matter="A1", officer=liming, answer_by=now)
    hand(5, states.SUBMITTED, matter="A1", officer=liming, answer_by=now)
    page = sign_in(client, liming).get("/today/", headers=HTMX)
    own = page.context["today"]
    assert [line.url.split("/")[2] for line in own.lines if line.is_parameter] == ["YJ-2026-000001", "YJ-2026-000003", "YJ-2026-000002"]
    assert [line.due_at for line in own.lines] == sorted(line.due_at for line in own.lines)
    assert [(box.label, box.number) for box in own.boxes] == [("被退回", 1), ("待我说明", 1), ("新到", 1)]
    for box in (*own.boxes, own.limits, own.alerts):
        listing = client.get(box.url).context["listing"]
        assert (listing.count, [chip for chip in listing.asked.chips if chip.is_fault]) == (box.number, []), box.label
    assert "参数（非法定）" in page.content.decode()


@pytest.mark.django_db
def test_who_judges_sees_what_waits_for_his_judgement_and_nothing_of_his_own(client, stations, liming, wangfang, leader):
    hand(1, states.SUBMITTED, matter="A1", officer=liming)
    hand(2, states.DISPUTED, matter="A1", officer=liming)
    hand(3, states.SUBMITTED, matter="A2", officer=wangfang)  # her own
    written = hand(4, states.SUBMITTED, matter="A2")
    Statement.objects.create(alert=written, act="submit", officer=liming, at=timezone.now() - timedelta(hours=2), text="先写的")
    Statement.objects.create(alert=written, act="submit", officer=wangfang, at=timezone.now() - timedelta(hours=1), text="她写的")
    hand(9, states.SUBMITTED, unit=ELSEWHERE, matter="A9")
    for who, number in ((wangfang, 1), (leader, 1)):
        sign_in(client, who)
        box = next(box for box in client.get("/today/", headers=HTMX).context["today"].boxes if box.label == "待我审核")
        assert (box.number, client.get(box.url).context["listing"].count) == (number, number), who
    assert "待我审核" not in [box.label for box in sign_in(client, liming).get("/today/", headers=HTMX).context["today"].boxes]
    Statement.objects.create(alert=written, act="submit", officer=liming, at=timezone.now(), text="又由他写")
    assert queries.alerts(viewer(wangfang)).filter(queries.to_judge(viewer(wangfang))).count() == 2


@pytest.mark.django_db
def test_leaders_see_units_in_the_order_of_the_tree_and_no_officer(client, stations, chief, liming):
    hand(1, matter="A1", officer=liming)
    page = sign_in(client, chief).get("/today/", headers=HTMX)
    units = page.context["today"].units
    assert [row.name for row in units] == ["江城市公安局（合计）", "临江分局", "北湖分局"]
    for row in units:
        for box in (row.over, row.today, row.live, row.unsigned):
            assert client.get(box.url).context["listing"].count == box.number, (row.name, box.label)
    assert [(row.over.number, row.live.number) for row in units] == [(1, 1), (1, 1), (0, 0)]
    assert "李明" not in page.content.decode()
    assert sign_in(client, liming).get("/today/", headers=HTMX).context["today"].units == ()


@pytest.mark.django_db
def test_the_home_page_fetches_it_and_links_to_it(client, stations, liming):
    home = sign_in(client, liming).get("/").content.decode()
    assert 'hx-get="/today/"' in home
    assert 'href="/today/"' in home
    assert 'hx-get="/count/"' in home
    assert client.get("/today/").status_code == 200  # without scripts it is a page
    assert client.get("/count/").status_code == 302


@pytest.mark.django_db
def test_counts_that_a_page_asks_for_by_itself_do_not_keep_a_session_alive(client, stations, liming):
    sign_in(client, liming).get("/radar/")
    session = client.session
    session["seen_at"] = before = timezone.now().timestamp() - 600
    session.save()
    client.get("/count/", headers={**HTMX, "X-By-Itself": "1"})
    assert client.session["seen_at"] == before
    client.get("/radar/")
    assert client.session["seen_at"] > before


@pytest.mark.django_db
@pytest.mark.parametrize("number", [3, 60])
def test_no_page_asks_more_for_more_rows(client, bureau, liming, number, django_assert_max_num_queries):
    for duty in ("法制员", "单位负责人", "局领导", "法制支队监督岗"):
        DutyAssignment.objects.create(officer=liming, duty=duty, unit_id="4201" if duty in ("局领导", "法制支队监督岗") else STATION, starts_on="2020-01-01")
    enter("case", *(case(f"M{index:03}") for index in range(number)))
    enter("party", *(party(f"D{index:03}", f"M{index:03}") for index in range(number)))
    enter("summons", *({"code": f"S{index:03}", "case_code": f"M{index:03}", "party_code": f"D{index:03}", "kind": "行政传唤", "arrived_at": ago(hours=9)}
                       for index in range(number)))
    for index in range(number):
        lead(f"M{index:03}", liming)
    run_matters([f"M{index:03}" for index in range(number)])
    assert Clock.objects.count() >= number
    one, alert = Clock.objects.filter(rule_code="CU-012").first(), Alert.objects.filter(rule_code="CU-012").first()
    sign_in(client, liming).get("/me/")
    for url in ("/radar/", "/radar/print/", f"/radar/{one.pk}/", f"/radar/of/{alert.code}/"):
        with django_assert_max_num_queries(15):
            assert client.get(url).status_code == 200
    for url in ("/count/", "/radar/chart/"):
        with django_assert_max_num_queries(9):
            assert client.get(url, headers=HTMX).status_code == 200
    with django_assert_max_num_queries(4 + 8):  # session, officer and duties; and its own
        assert client.get("/today/", headers=HTMX).status_code == 200


@pytest.mark.django_db
def test_the_printed_list_groups_by_unit_and_says_what_it_leaves_out(client, stations, legal, monkeypatch):
    clock(4, timezone.now() - timedelta(hours=1), unit="42010202", matter="A2")
    sign_in(client, legal)
    page = client.get("/radar/print/").content.decode()
    assert page.index("<h2>一元路派出所</h2>") < page.index("<h2>二曜路派出所</h2>")
    assert page.count("<table") == page.count("</table>") == page.count("<section class=\"meeting\">")
    monkeypatch.setattr("mingjing.alerts.views.clock.ON_PAPER", 1)
    assert "只列出前 1 项" in client.get("/radar/print/").content.decode()
