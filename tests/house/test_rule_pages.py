"""The register of rules and the page of one rule: who reads what, counts that open their lists, settings, demotion, broken files."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bureau import ELSEWHERE, PEOPLE, STATION, appoint, sign_in
from django.test import Client
from django.utils import timezone
from test_telling import alert

from mingjing.accounts.models import DutyAssignment, Officer
from mingjing.accounts.scope import viewer
from mingjing.alerts import library as shelf
from mingjing.alerts import register
from mingjing.alerts.actions.setting import EARLIEST
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Demotion, UnitSetting
from mingjing.alerts.quality import Share
from mingjing.alerts.shares import precisions
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db
REASON = "系统对接调试期间重复告警"


def get(officer: Officer, path: str, status: int = 200, **headers: str) -> Any:
    answer = sign_in(Client(), officer).get(path, **headers)
    assert answer.status_code == status, (path, answer.status_code)
    return answer


def post(officer: Officer, path: str, **typed: Any) -> Any:
    return sign_in(Client(), officer).post(path, typed)


def text(answer: Any) -> str:
    return answer.content.decode()


def judged(number: int, fault: str = "", *, hours: float = 10, when: Any = None, **more: Any) -> Alert:
    """An alert that is over, discovered so many hours before it was closed."""
    when = when or timezone.now()
    state, cure = ("已撤销", "") if fault else ("办结", "已改正")
    values = {"rule_code": "SW-001", "level": "orange", "state": state, "fault": fault, "cure": cure, "opened_at": when - timedelta(hours=hours), **more}
    return alert(number, closed_at=when, **values)


def tally(who: Officer, code: str) -> register.Tally:
    (entry,) = register.entries(viewer(who), code)
    return entry.tally


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    """The rule files, to be changed."""
    copy = tmp_path / "rules"
    shutil.copytree(settings.RULES, copy)
    settings.RULES = copy
    return copy


# --- who reads ---


@pytest.mark.parametrize("who", [*PEOPLE])
def test_whoever_has_a_duty_reads_the_rules(request, who):
    officer = request.getfixturevalue(who)
    for path in ("/rules/", "/rules/quality/", "/rules/SW-001/"):
        get(officer, path)


def test_without_a_duty_today_nobody_reads_them(bureau):
    idle = Officer.objects.create(code="019999", name="无职责", unit_id=STATION)
    for path in ("/rules/", "/rules/quality/", "/rules/SW-001/", "/rules/SW-001/set/", "/rules/SW-001/lift/"):
        get(idle, path, 403)


def test_every_rule_file_has_its_line_and_its_page(liming):
    page = get(liming, "/rules/")
    assert f"共 {len(library().rules) + len(library().idle)} 个" in text(page)
    for rule in library():
        page = text(get(liming, f"/rules/{rule.code}/"))
        for version in rule.versions:
            for sentence in version.check.sentences():
                assert sentence.split("，")[0][:12] in page.replace("&#x27;", "'").replace("&quot;", '"'), (rule.code, sentence)
        assert rule.examples[0].name in page
        assert "handling_officer" not in page and "unit_leader" not in page


def test_a_rule_that_does_not_exist(liming):
    get(liming, "/rules/XX-999/", 404)
    get(liming, "/rules/%3Cscript%3E/", 404)


def test_filters_narrow_and_nonsense_is_told(liming):
    assert "SW-001" in text(get(liming, "/rules/?element=物"))
    assert "CU-012" not in text(get(liming, "/rules/?element=物"))
    assert "CU-012" in text(get(liming, "/rules/?level=red&q=传唤"))
    page = text(get(liming, "/rules/?element=x&level=pink&sort=nothing&page=-1"))
    assert page.count("条件无效，已忽略") == 4
    assert "没有符合条件的内容" in text(get(liming, "/rules/?status=停用&mark=demoted"))


@pytest.mark.parametrize("sort", ["code", "-live", "precision", "-precision", "cure", "-cure", "name"])
def test_what_has_no_value_is_sorted_last(liming, wangfang, sort):
    judged(1)
    alert(2, rule_code="CU-012")
    rows = register.entries(viewer(wangfang)).order_by(sort, "code")
    assert len(rows) == len(register.entries(viewer(wangfang)))
    if sort.endswith(("precision", "cure")):
        assert rows[0].code == "SW-001"
    if sort == "-live":
        assert rows[0].code == "CU-012"


def test_the_register_as_a_file_is_on_record(liming):
    answer = get(liming, "/rules/?format=csv")
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert f"※ 完，实际导出 {len(library().rules) + len(library().idle)} 个" in body
    assert Event.objects.filter(kind="rule.export", actor=liming.code).count() == 1


# --- counts ---


def test_counts_stay_within_the_reach_and_open_their_lists(liming, wangfang, zhaoqiang, admin, legal):
    for number in range(1, 4):
        alert(number, rule_code="SW-001", level="orange")
    alert(4, rule_code="SW-001", level="orange", unit_id=ELSEWHERE, officer=zhaoqiang)
    alert(5, rule_code="SW-001", level="orange", leader_id="YJ-2026-000001")
    judged(6), judged(7, "误报-数据错")

    def live(who: Officer) -> int:
        return tally(who, "SW-001").live

    assert (live(wangfang), live(zhaoqiang), live(liming), live(admin), live(legal)) == (3, 1, 0, 0, 4)
    assert tally(zhaoqiang, "SW-001").precision == Share(0, 0)
    assert tally(zhaoqiang, "SW-001").cure is None
    for who in (wangfang, legal):
        page = get(who, "/rules/SW-001/")
        over = page.context["over"]
        parts = [part for *_, each in over for part in each]
        assert [(word, count) for word, count, _ in parts] == [("已改正", 1), ("误报-数据错", 1)]
        for _, count, url in [*page.context["live"], *page.context["opened"], *parts, *(one[:3] for one in over)]:
            listed = get(who, url).context["listing"]
            assert (listed.count, [chip for chip in listed.asked.chips if chip.is_fault]) == (count, []), url
    for mark in ("误报", "准确率</dt><dd><a"):
        assert mark in text(get(wangfang, "/rules/SW-001/")) and mark not in text(get(zhaoqiang, "/rules/SW-001/")).replace("已知误报", "")


def test_no_officer_is_counted(wangfang, liming):
    alert(1, rule_code="SW-001", level="orange", officer=liming)
    judged(2, officer=liming)
    for path in ("/rules/", "/rules/quality/", "/rules/SW-001/"):
        assert "李明" not in text(get(wangfang, path))


def test_precision_is_the_one_that_demotes(legal):
    start = timezone.now() - timedelta(days=3)
    for number in range(1, 61):
        judged(number, "误报-数据错" if number <= 20 else "", when=start + timedelta(minutes=number))
    judged(70, "重复", when=start + timedelta(days=1))
    judged(71, "申辩成立", when=start + timedelta(days=1))
    judged(72, "", rule_code="SW-002", when=start)
    assert tally(legal, "SW-001").precision == precisions(Alert.objects.all())["SW-001"] == Share(40, 50)
    assert tally(legal, "SW-002").precision == Share(1, 1)
    page = text(get(legal, "/rules/quality/"))
    assert "80%" in page and "不足 10 条，不作判断" in page and "不低于线" in page and "参数，非法定" in page


@pytest.mark.parametrize(("hours", "expected"), [([5], 5), ([1, 9], 5), ([2, 3, 40], 3), ([1, 2, 4, 40], 3)])
def test_the_median_time_to_cure(wangfang, hours, expected):
    for number, length in enumerate(hours, 1):
        judged(number, hours=length)
    judged(50, "误报-数据错", hours=500)
    judged(51, hours=500, cure="不可补救，已说明")
    judged(52, hours=500, when=timezone.now() - timedelta(days=366))
    assert tally(wangfang, "SW-001").cure == timedelta(hours=expected)


def test_weeks_begin_on_monday_in_our_time_zone(wangfang):
    monday = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=timezone.localtime().weekday())
    alert(1, rule_code="SW-001", opened_at=monday)
    alert(2, rule_code="SW-001", opened_at=monday - timedelta(seconds=1))
    alert(3, rule_code="SW-001", opened_at=monday - timedelta(weeks=register.WEEKS - 1, seconds=1))
    course = register.course(viewer(wangfang), "SW-001", timezone.now())
    weeks = course.weeks()
    assert len(weeks) == register.WEEKS
    assert weeks[-2:] == [((monday - timedelta(weeks=1)).date(), 1), (monday.date(), 1)]
    assert sum(count for _, count in weeks) == 2


@pytest.mark.parametrize("number", [3, 60])
def test_few_queries_whatever_the_number(legal, client, number, django_assert_max_num_queries):
    for each in range(1, number + 1):
        (judged if each % 2 else alert)(each, rule_code=("SW-001", "CU-012", "SW-002")[each % 3])
    UnitSetting.objects.create(unit_id=STATION, rule_code="SW-001", is_on=False, reason=REASON, officer=legal, at=timezone.now())
    sign_in(client, legal)
    for path in ("/rules/", "/rules/quality/", "/rules/SW-001/", "/rules/SW-001/set/"):
        with django_assert_max_num_queries(15):
            assert client.get(path).status_code == 200


# --- settings ---


def test_a_unit_switches_a_rule_off_and_everybody_sees_why(leader, zhaoqiang, wangfang):
    answer = post(leader, "/rules/SW-001/set/", unit=STATION, is_on="0", reason=f"<script>{REASON}</script>", also_told=["法制支队监督岗"])
    assert (answer.status_code, answer["Location"]) == (302, "/rules/SW-001/#settings")
    page = text(get(zhaoqiang, "/rules/SW-001/"))
    assert f"&lt;script&gt;{REASON}" in page and f"<script>{REASON}" not in page
    assert "法制支队监督岗" in page
    assert "1 个单位停用" in text(get(zhaoqiang, "/rules/"))
    assert "本单位已停用" in text(get(wangfang, "/rules/"))
    assert post(leader, "/rules/SW-001/set/", unit=STATION, is_on="1").status_code == 302
    assert "本单位已停用" not in text(get(wangfang, "/rules/"))


def test_what_is_set_is_filled_in_next_time(leader):
    post(leader, "/rules/SW-001/set/", unit=STATION, is_on="1", warn_minutes="600", also_told=["案管"])
    form = get(leader, "/rules/SW-001/set/").context["form"]
    assert [form[name].value() for name in ("unit", "is_on", "warn_minutes", "also_told")] == [STATION, "1", 600, ["案管"]]


@pytest.mark.parametrize(("code", "typed", "field"), [
    ("SW-001", {"is_on": "0", "reason": "太吵"}, "reason"), ("CU-012", {"is_on": "0", "reason": REASON}, "is_on"),
    ("QZ-001", {"is_on": "0", "reason": REASON}, "is_on"),
    ("SW-001", {"is_on": "1", "warn_minutes": "240"}, "warn_minutes"), ("SW-001", {"is_on": "1", "warn_minutes": str(EARLIEST + 1)}, "warn_minutes"),
    ("SW-001", {"is_on": "1", "warn_minutes": "9" * 30}, "warn_minutes"), ("SW-001", {"is_on": "1", "also_told": ["系统管理员"]}, "also_told"),
    ("CU-012", {"is_on": "1", "also_told": ["财物管理员"]}, "also_told"),
    ("SW-001", {"is_on": "1", "unit": ELSEWHERE}, "unit"), ("SW-001", {"is_on": "2"}, "is_on"), ("SW-001", {"is_on": "0", "reason": "长" * 301}, "reason"),
])
def test_what_cannot_be_set_is_said_at_its_field(leader, code, typed, field):
    answer = post(leader, f"/rules/{code}/set/", **{"unit": STATION, **typed})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not UnitSetting.objects.exists()


@pytest.mark.parametrize("minutes", [241, EARLIEST])
def test_the_bounds_of_an_earlier_warning(leader, minutes):
    """SW-001 itself warns four hours ahead."""
    assert post(leader, "/rules/SW-001/set/", unit=STATION, is_on="1", warn_minutes=str(minutes)).status_code == 302


@pytest.mark.parametrize("who", [who for who in PEOPLE if who not in ("leader", "legal")])
def test_who_must_not_set(request, bureau, who):
    officer = request.getfixturevalue(who)
    get(officer, "/rules/SW-001/set/", 403)
    assert post(officer, "/rules/SW-001/set/", unit=STATION, is_on="0", reason=REASON).status_code == 403
    assert "本单位设置" not in text(get(officer, "/rules/SW-001/"))


# --- demotion ---


@pytest.fixture
def demoted(bureau) -> Demotion:
    return Demotion.objects.create(rule_code="SW-001", file_digest=library().digests["SW-001"], precision=0.6, judged=10, at=timezone.now())


def test_a_demoted_rule_is_let_go_once_its_file_has_changed(demoted, legal, wangfang):
    assert "已退回试运行" in text(get(wangfang, "/rules/")) and "60%" in text(get(wangfang, "/rules/SW-001/"))
    answer = post(legal, "/rules/SW-001/lift/", reason="已修改例外情形并补充范例")
    assert answer.status_code == 422 and "没有改过" in text(answer)
    Demotion.objects.update(file_digest="0" * 64)
    assert post(legal, "/rules/SW-001/lift/", reason="改好了").status_code == 422
    assert post(legal, "/rules/SW-001/lift/", reason="已修改例外情形并补充范例").status_code == 302
    assert "已修改例外情形并补充范例" in text(get(wangfang, "/rules/SW-001/"))
    assert post(legal, "/rules/SW-001/lift/", reason="已修改例外情形并补充范例").status_code == 404


@pytest.mark.parametrize("who", [who for who in PEOPLE if who != "legal"])
def test_who_must_not_lift(request, demoted, who):
    officer = request.getfixturevalue(who)
    get(officer, "/rules/SW-001/lift/", 403)
    assert post(officer, "/rules/SW-001/lift/", reason="已修改例外情形并补充范例").status_code == 403
    assert Demotion.objects.filter(lifted_at__isnull=True).count() == 1


def test_who_watches_over_a_branch_does_not_lift_for_the_whole_bureau(demoted, records):
    """The officer's own unit may be the bureau: what counts is where the duty is held."""
    Demotion.objects.update(file_digest="0" * 64)
    for number, home in enumerate(("420102", "4201")):
        officer = Officer.objects.create(code=f"02010{number}", name=f"驻分局{number}", unit_id=home)
        DutyAssignment.objects.create(officer=officer, duty="法制支队监督岗", unit_id="420102", starts_on="2020-01-01")
        assert "恢复正式运行" not in text(get(officer, "/rules/SW-001/"))
        get(officer, "/rules/SW-001/lift/", 403)
        assert post(officer, "/rules/SW-001/lift/", reason="已修改例外情形并补充范例").status_code == 403
    assert Demotion.objects.filter(lifted_at__isnull=True).count() == 1


def test_what_was_judged_before_the_lifting_does_not_count_again(demoted, legal):
    for number in range(1, 11):
        judged(number, "误报-规则错" if number <= 4 else "", when=timezone.now() - timedelta(minutes=5))
    assert tally(legal, "SW-001").precision == precisions(Alert.objects.all())["SW-001"] == Share(6, 10)
    Demotion.objects.update(lifted_at=timezone.now(), lifted_by=legal)
    assert tally(legal, "SW-001").precision == precisions(Alert.objects.all()).get("SW-001", Share(0, 0)) == Share(0, 0)
    judged(11, when=timezone.now() + timedelta(seconds=1))
    assert tally(legal, "SW-001").precision == precisions(Alert.objects.all())["SW-001"] == Share(1, 1)


# --- files ---


@pytest.mark.parametrize("content", ["code: [", "code: SW-001\n", "", "\xff\x00", "- 1\n- 2\n", "code: {a: !!python/object:os.system x}\n"])
def test_a_broken_file_leaves_the_pages_alive_and_is_told(folder, liming, content):
    path = next(folder.rglob("SW-001_*.yaml"))
    path.write_bytes(content.encode("latin-1"))
    page = text(get(liming, "/rules/?status=文件有误"))
    assert "文件有误" in page and path.name in page and "共 1 个" in page
    assert path.name in text(get(liming, "/rules/SW-001/"))
    get(liming, "/rules/SW-002/"), get(liming, "/rules/quality/")
    assert "1 个规则文件有误" in text(get(liming, "/runs/banner/"))
    get(liming, "/rules/SW-001/set/", 403)


def test_a_file_that_no_check_foresaw_stops_no_other(folder, liming, monkeypatch):
    real = shelf.load_rule

    def load(path, words):
        if path.name.startswith("SW-001"):
            raise KeyError("versions")
        return real(path, words)

    monkeypatch.setattr(shelf, "load_rule", load)
    assert "程序出错" in text(get(liming, "/rules/?status=文件有误"))
    assert "SW-002" in library().rules


def test_a_rule_that_is_no_longer_run_keeps_its_page(folder, leader):
    path = next(folder.rglob("SW-001_*.yaml"))
    path.write_text(re.sub("(?m)^status: .*$", "status: retired", path.read_text()))
    page = text(get(leader, "/rules/SW-001/"))
    assert "已停用，不再判断" in page and "本单位设置" not in page
    get(leader, "/rules/SW-001/set/", 404)
    assert "SW-001" in text(get(leader, "/rules/?status=停用"))


def test_an_article_that_was_not_checked_is_marked(folder, liming):
    path = next(folder.rglob("SW-001_*.yaml"))
    path.write_text(path.read_text().replace("paragraph: 1, figures: [二十四小时]}", "paragraph: 1, figures: [二十四小时], unverified: true}"))
    assert "（未核实）" in text(get(liming, "/rules/?element=物"))
    assert "有依据未核实" in text(get(liming, "/rules/SW-001/"))
    assert "SW-001" in text(get(liming, "/rules/?mark=unverified"))


def test_elsewhere_a_leader_sets_only_the_own_unit(bureau):
    other = appoint("030003", "外所长", ELSEWHERE, "单位负责人")
    assert [code for code, _ in get(other, "/rules/SW-001/set/").context["form"].fields["unit"].choices] == [ELSEWHERE]
    assert post(other, "/rules/SW-001/set/", unit=STATION, is_on="0", reason=REASON).status_code == 422
