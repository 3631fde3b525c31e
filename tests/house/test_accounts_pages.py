"""Every page of people, units and accounts: who sees it, what it says, and that it does not ask the database more with more rows."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from bureau import BRANCH, BUREAU, ELSEWHERE, PEOPLE, STATION, appoint, sign_in
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

import mingjing.accounts
from mingjing.accounts import actions
from mingjing.accounts.duties import table
from mingjing.accounts.models import BreakGlass, DutyAssignment, Officer, Unit
from mingjing.accounts.scope import viewer
from mingjing.cases.acts import ACTS
from mingjing.ledger import kinds
from mingjing.ledger.models import Event

APP = Path(mingjing.accounts.__file__).parent
REASON = "串并案需要核对嫌疑人体貌特征"
LI = PEOPLE["liming"][0]
PAGES = ["/me/", "/officers/", f"/officers/{LI}/", "/units/", "/units/?closed=1", f"/units/{STATION}/", "/break-glass/", "/break-glass/new/", "/permissions/"]
FORMS = [
    "/officers/new/", f"/officers/{LI}/change/", f"/officers/{LI}/transfer/", f"/officers/{LI}/deactivate/", f"/officers/{LI}/reactivate/",
    f"/officers/{LI}/password/", f"/officers/{LI}/second-factor/", f"/officers/{LI}/unlock/", f"/officers/{LI}/duties/new/",
    f"/officers/{LI}/duties/{{duty}}/end/", f"/officers/{LI}/duties/{{duty}}/withdraw/", "/units/new/", f"/units/{STATION}/rename/",
    f"/units/{STATION}/move/", f"/units/{STATION}/close/", f"/units/{STATION}/reopen/", "/system/"]


def path_of(path: str, liming: Officer) -> str:
    return path.format(duty=liming.assignments.get().pk)


def text(response) -> str:
    return response.content.decode()


# who

def test_an_officer_with_a_duty_sees_the_directory(client, liming):
    sign_in(client, liming)
    assert {path: client.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)


def test_an_officer_without_duty_sees_the_own_account_alone(client, liming, bureau):
    sign_in(client, Officer.objects.create(code="010098", name="无职责", unit_id=STATION))
    assert {path for path in PAGES if client.get(path).status_code != 403} == {"/me/", "/permissions/"}


@pytest.mark.parametrize("person", ["liming", "wangfang", "zhaoqiang", "leader", "legal", "records", "custodian", "keeper", "chief", "inspector"])
def test_what_administrators_do_is_closed_to_everybody_else(request, client, liming, person):
    sign_in(client, request.getfixturevalue(person))
    before = (Officer.objects.count(), Unit.objects.count(), DutyAssignment.objects.filter(withdrawn_at__isnull=True).count())
    answers = {(path, ask.__name__): ask(path_of(path, liming)).status_code for path in FORMS for ask in (client.get, client.post)}
    assert answers == dict.fromkeys(answers, 403)
    assert before == (Officer.objects.count(), Unit.objects.count(), DutyAssignment.objects.filter(withdrawn_at__isnull=True).count())
    assert not Event.objects.exists()


def test_an_administrator_opens_everything(client, admin, liming):
    sign_in(client, admin)
    answers = {path: client.get(path_of(path, liming)).status_code for path in (*PAGES[:-3], "/permissions/", *FORMS)}
    assert answers == dict.fromkeys(answers, 200)


def test_an_administrator_has_no_break_glass(client, admin):
    sign_in(client, admin)
    assert client.get("/break-glass/").status_code == 403
    assert client.get("/break-glass/new/").status_code == 403


def test_others_read_the_page_of_a_person_without_acts_and_account(client, liming, wangfang, admin):
    page = text(sign_in(client, wangfang).get(f"/officers/{LI}/"))
    assert "办案民警" in page
    assert not any(word in page for word in ("重置密码", "登录失败", "第二因素", "立即停止"))
    page = text(sign_in(Client(), admin).get(f"/officers/{LI}/"))
    assert all(word in page for word in ("重置密码", "登录失败", "第二因素", "立即停止"))


def test_the_own_page_of_an_administrator_offers_no_acts(client, admin):
    assert "重置密码" not in text(sign_in(client, admin).get(f"/officers/{admin.code}/"))


@pytest.mark.parametrize("path", ["/officers/999999/", "/units/999999/", "/break-glass/999/", f"/officers/{LI}/duties/999/end/", "/officers/<b>/"])
def test_what_does_not_exist_is_not_found(client, admin, liming, legal, path):
    person = legal if "break" in path else admin
    assert sign_in(client, person).get(path).status_code == 404


# what administrators do, through the pages

def test_enrolling_shows_the_password_once_and_keeps_it_nowhere(client, admin):
    sign_in(client, admin)
    response = client.post("/officers/new/", {"code": "010077", "name": "新警", "unit": STATION})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    password = re.search(r"<code>([a-z2-9-]{19})</code>", text(response))[1]
    assert Officer.objects.get(code="010077").check_password(password)
    for path in ("/officers/010077/", "/officers/"):
        assert password not in text(client.get(path))
    assert password not in json.dumps(client.session.items().__repr__())
    assert client.post("/officers/new/", {"code": "010077", "name": "新警", "unit": STATION}).status_code == 422


def test_an_act_from_the_drawer_goes_on_with_the_whole_page(client, admin, liming):
    sign_in(client, admin)
    drawer = {"HX-Request": "true", "HX-Target": "drawer"}
    assert "drawer-head" in text(client.get(f"/officers/{LI}/transfer/", headers=drawer))
    refused = client.post(f"/officers/{LI}/transfer/", {"unit": STATION}, headers=drawer)
    assert refused.status_code == 422
    done = client.post(f"/officers/{LI}/transfer/", {"unit": BRANCH}, headers=drawer)
    assert done["HX-Redirect"] == f"/officers/{LI}/"
    password = client.post(f"/officers/{LI}/password/", headers=drawer)
    assert "one-time-password" in text(password)


def test_giving_and_stopping_a_duty_through_the_pages(client, admin, liming):
    sign_in(client, admin)
    today = timezone.localdate()
    typed = {"duty": "法制员", "unit": STATION, "kind": "代理", "starts_on": today.isoformat(), "ends_on": "", "reason": "出差"}
    assert "必须填写结束日期" in text(client.post(f"/officers/{LI}/duties/new/", typed))
    assert client.post(f"/officers/{LI}/duties/new/", {**typed, "ends_on": today.isoformat()}).status_code == 302
    row = liming.assignments.get(duty="法制员")
    assert client.post(f"/officers/{LI}/duties/{row.pk}/withdraw/", {"reason": "提前返回"}).status_code == 302
    row.refresh_from_db()
    assert row.withdrawn_at is not None
    assert "停止" in text(client.get(f"/officers/{LI}/"))


def test_units_through_the_pages(client, admin, bureau):
    sign_in(client, admin)
    typed = {"code": "42010209", "name": "九江路派出所", "kind": "派出所", "parent": BRANCH}
    assert client.post("/units/new/", typed).status_code == 302
    assert client.post("/units/42010209/rename/", {"name": "九江路所"}).status_code == 302
    assert client.post("/units/42010209/move/", {"parent": "420103"}).status_code == 302
    assert client.post("/units/42010209/close/").status_code == 302
    assert "九江路所" not in text(client.get("/units/"))
    assert "九江路所" in text(client.get("/units/?closed=1"))
    assert client.post("/units/42010209/reopen/").status_code == 302
    assert Unit.objects.get(code="42010209").path == f"{BUREAU}/420103/42010209/"


def test_a_branch_administrator_is_offered_the_own_branch_and_refused_elsewhere(client, bureau, zhaoqiang):
    sign_in(client, appoint("020009", "分局管理", BRANCH, "系统管理员"))
    page = text(client.get("/officers/new/"))
    assert f'value="{STATION}"' in page
    assert f'value="{ELSEWHERE}"' not in page
    assert client.post("/officers/new/", {"code": "010077", "name": "新警", "unit": ELSEWHERE}).status_code == 422
    assert client.post(f"/officers/{zhaoqiang.code}/password/").status_code == 403


# what is shown

@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{ 7|add:7 }}", "'; DROP TABLE"])
def test_names_and_reasons_are_text_everywhere(client, admin, legal, bureau, evil):
    Unit.objects.filter(code=STATION).update(name=evil)
    person = Officer.objects.create(code="010066", name=evil[:50], unit_id=STATION)
    for duty in ("法制员", "局领导"):
        DutyAssignment.objects.create(officer=person, duty=duty, unit_id=STATION, starts_on="2020-01-01", reason=evil)
    row = BreakGlass.objects.create(
        officer=person, matter_code=evil, reason=evil, starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=1), reviewed_by=legal,
        reviewed_at=timezone.now(), verdict="必要", remark=evil)
    pages = [sign_in(client, admin).get(path) for path in ("/officers/", "/officers/010066/", "/units/", f"/units/{STATION}/", "/officers/010066/transfer/")]
    reviewer = sign_in(Client(), legal)
    pages += [reviewer.get(path) for path in ("/break-glass/", f"/break-glass/{row.pk}/")]
    own = sign_in(Client(), person)
    pages += [own.get(path) for path in ("/me/", f"/break-glass/{row.pk}/", "/break-glass/new/?code=%3Cscript%3E")]
    for page in pages:
        assert page.status_code == 200
        assert "<script>" not in text(page)
        assert "<img src=x" not in text(page)
        assert "14" not in re.findall(r"\{\{.*?\}\}|(?<=<h1>)\d+", text(page))


def test_a_unit_counts_its_people_and_the_count_opens_its_list(client, admin, liming, wangfang, zhaoqiang):
    sign_in(client, admin)
    page = text(client.get("/units/"))
    assert re.search(rf'\?unit={STATION}&amp;state=active">在职 2 人', page)
    assert re.search(rf'\?unit={BRANCH}&amp;state=active">在职 2 人', page)
    assert re.search(rf'\?unit={BUREAU}&amp;state=active">在职 4 人', page)
    assert "共 2 人" in text(client.get(f"/officers/?unit={STATION}&state=active"))


@pytest.mark.parametrize(("query", "codes"), [
    (f"unit={BRANCH}", {"010001", "010002"}), ("duty=法制员", {"010002"}), ("duty=办案民警", {"010001", "030001"}), ("state=stopped", set()),
    ("q=赵", {"030001"}), ("auxiliary=1", set()), ("duty=皇帝", {"010001", "010002", "030001"})])
def test_filters_of_the_directory(client, liming, wangfang, zhaoqiang, query, codes):
    page = text(sign_in(client, liming).get(f"/officers/?{query}"))
    assert set(re.findall(r"/officers/(\d{6})/", page)) == codes


def test_a_duty_that_ended_yesterday_is_not_found_by_the_filter(client, liming, wangfang):
    wangfang.assignments.update(ends_on=timezone.localdate() - timedelta(days=1))
    page = text(sign_in(client, liming).get("/officers/?duty=法制员"))
    assert "/officers/010002/" not in page


def test_the_directory_as_a_file_has_no_figures_and_is_on_record(client, liming, wangfang):
    sign_in(client, liming)
    response = client.get("/officers/?format=xlsx")
    rows = list(load_workbook(io.BytesIO(b"".join(response.streaming_content))).active.iter_rows(values_only=True))
    head = next(row for row in rows if row[0] == "警号")
    assert head[:6] == ("警号", "姓名", "所属单位", "现任职责", "辅警", "状态")
    assert ("010002", "王芳", "一元路派出所", "法制员（一元路派出所）", "否", "在职") in [row[:6] for row in rows]
    assert Event.objects.get().kind == "officer.export"


def test_accounts_of_connected_systems_are_shown_to_administrators_only(client, admin, liming):
    actions.enrol_interface(by=viewer(admin), code="IF-01", name="办案系统", unit=STATION)
    assert "IF-01" not in text(sign_in(client, liming).get("/officers/"))
    assert client.get("/officers/IF-01/").status_code == 404
    administrator = sign_in(Client(), admin)
    assert "IF-01" in text(administrator.get("/officers/"))
    assert administrator.get("/officers/IF-01/").status_code == 200


def test_the_permission_table_as_a_page(client, liming):
    sign_in(client, liming)
    page = text(client.get("/permissions/"))
    for row in table().permissions.values():
        assert row.label in page
    one = text(client.get("/permissions/?duty=财物管理员"))
    assert "本案办案人员不得办理" in one
    assert "作出处罚决定" not in one
    assert "没有这种职责" in text(client.get("/permissions/?duty=皇帝"))


def test_words_of_the_table_are_the_words_of_the_acts():
    assert {key: row.label for key, row in table().permissions.items() if key in ACTS} == {key: act.label for key, act in ACTS.items()}


def test_everything_that_is_recorded_here_has_a_name():
    """An entry without a name would show as a code on the ledger's pages."""
    code = "\n".join(path.read_text(encoding="utf-8") for path in APP.rglob("*.py"))
    recorded = set(re.findall(r'(?:_record\([^,]+, |kind=)"([a-z_]+\.[a-z_]+)"', code))
    assert {"officer.enrol", "unit.found", "account.sign_in", "break_glass.review"} <= recorded
    assert not [kind for kind in recorded if kinds.label(kind) == kind]


def test_the_system_page_says_what_matters_and_no_secret(client, admin, settings, tmp_path):
    settings.OIDC_SERVER, settings.SECRET_KEY = "https://sso.example/", "very-secret-key-very-secret-key"
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [{"provider_id": "directory", "client_id": "c", "secret": "directory-secret"}]}}
    sign_in(client, admin)
    actions.found_unit(by=viewer(admin), code="42010288", name="某所", kind="派出所", parent=BRANCH)
    page = text(client.get("/system/"))
    assert Event.objects.last().digest in page
    assert "GB" in page
    assert "https://sso.example/" in page
    assert "very-secret" not in page
    assert "directory-secret" not in page


# the database is asked no more with more rows

def crowd(number: int, legal: Officer) -> None:
    """More units, people, duties and accesses."""
    for count in range(number):
        code = f"4201021{count:02}"
        unit = Unit.objects.create(code=code, name=f"第{count}所", kind="派出所", parent_id=BRANCH, path=f"{BUREAU}/{BRANCH}/{code}/")
        person = Officer.objects.create(code=f"7{count:05}", name=f"第{count}人", unit=unit)
        for where in (unit.code, STATION):
            DutyAssignment.objects.create(officer=person, duty="办案民警", unit_id=where, starts_on="2020-01-01")
        DutyAssignment.objects.create(officer_id=LI, duty="办案民警", unit=unit, starts_on="2020-01-01", ends_on="2020-02-01")
        for officer in (person, Officer.objects.get(code=LI)):
            BreakGlass.objects.create(
                officer=officer, matter_code=f"A-{count}", reason=REASON, starts_at=timezone.now(), ends_at=timezone.now() + timedelta(hours=1),
                reviewed_by=legal, reviewed_at=timezone.now(), verdict="必要")


READ_BY = {
    "liming": [*PAGES, "/account/2fa/", "/account/password/change/"], "legal": ["/break-glass/"],
    "admin": [
        f"/officers/{LI}/", "/officers/", "/officers/new/", f"/officers/{LI}/duties/new/", f"/officers/{LI}/transfer/", "/units/", "/system/"],
}


@pytest.mark.parametrize("number", [3, 60])
def test_no_page_asks_more_than_fifteen_times(request, liming, legal, admin, django_assert_max_num_queries, number):
    crowd(number, legal)
    clients = {person: sign_in(Client(), request.getfixturevalue(person)) for person in READ_BY}
    asked = [(clients[person], path) for person, paths in READ_BY.items() for path in paths]
    for client, path in [*asked, (Client(), "/account/login/")]:
        client.get(path)
        with django_assert_max_num_queries(15, info=path):
            assert client.get(path).status_code == 200
