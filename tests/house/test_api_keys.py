"""Keys of connected systems: who issues them, what is kept, and the pages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest import mock

import pytest
from bureau import BUREAU, ELSEWHERE, STATION, sign_in
from connected import ALL, account, connect
from django.db import connection
from django.utils import timezone

from mingjing.accounts.models import DutyAssignment, Officer
from mingjing.accounts.scope import viewer
from mingjing.intake.actions import keys
from mingjing.intake.models import ApiKey, KeyUse
from mingjing.ledger.models import Event
from mingjing.lib.refused import Forbidden, Refused

pytestmark = pytest.mark.django_db


def given(admin, **more):
    usual = {
        "officer": "JK001", "name": "警综平台", "scopes": ["cases:read"], "expires_on": timezone.localdate() + timedelta(days=30), "per_minute": 60,
    }
    return keys.issue(by=viewer(admin), **usual | more)


def test_only_a_digest_of_the_key_is_kept(admin):
    account()
    made, secret = given(admin)
    kept = ApiKey.objects.values().get()
    assert secret.startswith(made.prefix)
    assert len(secret) == 55
    assert secret not in str(kept)
    assert secret.rpartition("_")[2] not in str(list(Event.objects.values()))
    event = Event.objects.get(kind="key.issue")
    assert (event.actor, event.subject_code) == (admin.code, made.prefix)


@pytest.mark.parametrize(("days", "good"), [(-1, False), (0, True), (365, True), (366, False)])
def test_a_key_lasts_from_today_to_365_days(admin, days, good):
    account()
    last = timezone.localdate() + timedelta(days=days)
    if not good:
        with pytest.raises(Refused) as refused:
            given(admin, expires_on=last)
        assert refused.value.field == "expires_on"
        return
    made, _ = given(admin, expires_on=last)
    assert timezone.localtime(made.expires_at).replace(tzinfo=None).isoformat() == f"{last + timedelta(days=1)}T00:00:00"


@pytest.mark.parametrize(("values", "field"), [
    ({"name": ""}, "name"), ({"name": "x" * 51}, "name"), ({"name": "a\x00b"}, "name"), ({"scopes": []}, "scopes"), ({"scopes": ["cases:write"]}, "scopes"),
    ({"scopes": ["facts:write:officer"]}, "scopes"), ({"per_minute": 0}, "per_minute"), ({"per_minute": 6001}, "per_minute"),
    ({"officer": "no"}, "officer"), ({"officer": "010001"}, "officer"),
])
def test_what_a_key_cannot_be(admin, liming, values, field):
    account()
    with pytest.raises(Refused) as refused:
        given(admin, **values)
    assert refused.value.field == field
    assert not ApiKey.objects.exists()
    assert not Event.objects.filter(kind="key.issue").exists()


def test_two_keys_cannot_share_a_name(admin):
    account()
    given(admin)
    with pytest.raises(Refused) as refused:
        given(admin)
    assert refused.value.field == "name"


@pytest.mark.parametrize("who", ["liming", "leader", "records", "legal", "chief", "inspector"])
def test_only_the_administrator_issues_and_revokes(request, admin, who, client):
    account()
    made, _ = given(admin)
    officer = request.getfixturevalue(who)
    with pytest.raises(Forbidden):
        given(officer, name="x")
    with pytest.raises(Forbidden):
        keys.revoke(by=viewer(officer), prefix=made.prefix, reason="不要了")
    sign_in(client, officer)
    for path in ("/keys/", "/keys/new/", f"/keys/{made.prefix}/", f"/keys/{made.prefix}/revoke/"):
        assert client.get(path).status_code == 403, path
    assert client.post(f"/keys/{made.prefix}/revoke/", {"reason": "不要了"}).status_code == 403
    assert ApiKey.objects.get().revoked_at is None


def test_an_administrator_elsewhere_sees_nothing_of_it(admin, client):
    account()
    made, _ = given(admin)
    other = Officer.objects.create(code="039999", name="别处", unit_id="420103")
    DutyAssignment.objects.create(officer=other, duty="系统管理员", unit_id="420103", starts_on="2020-01-01")
    sign_in(client, other)
    assert made.name not in client.get("/keys/").content.decode()
    assert client.get(f"/keys/{made.prefix}/").status_code == 404
    assert client.get(f"/keys/new/?from={made.prefix}").status_code == 404
    with pytest.raises(Forbidden):
        keys.issue(by=viewer(other), officer="JK001", name="x", scopes=ALL, expires_on=timezone.localdate(), per_minute=1)


def test_a_revoked_key_is_revoked_once(admin):
    account()
    made, _ = given(admin)
    keys.revoke(by=viewer(admin), prefix=made.prefix, reason="已换发")
    event = Event.objects.get(kind="key.revoke")
    assert event.subject_code == made.prefix
    with pytest.raises(Refused):
        keys.revoke(by=viewer(admin), prefix=made.prefix, reason="再来")
    with pytest.raises(Refused):
        keys.revoke(by=viewer(admin), prefix="mj_nothing", reason="没有")


# --- pages ---

def sent(**more):
    return {"code": "JK009", "account": "案管平台", "unit": STATION, "name": "案管 <b>2026</b>", "reads": "on", "writes": ["facts:write:case"],
            "expires_on": timezone.localdate().isoformat(), "per_minute": "5", **more}


def test_a_new_account_and_its_key_are_made_together_and_shown_once(admin, client):
    sign_in(client, admin)
    response = client.post("/keys/new/?account=new", sent())
    text = response.content.decode()
    made = ApiKey.objects.get()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert made.prefix in text
    assert "案管 &lt;b&gt;2026&lt;/b&gt;" in text
    account_ = Officer.objects.get(code="JK009")
    assert (account_.is_interface, account_.unit_id, account_.has_usable_password()) == (True, STATION, False)
    assert [row.duty for row in account_.assignments.all()] == ["系统接口"]
    assert made.scopes == ["cases:read", "facts:write:case"]
    shown = client.get(f"/keys/{made.prefix}/").content.decode()
    assert "&lt;b&gt;" in shown
    assert made.digest not in shown
    assert text.count("_") and not any(f"{made.prefix}_" in client.get(path).content.decode() for path in ("/keys/", f"/keys/{made.prefix}/"))


@pytest.mark.parametrize(("values", "said"), [
    ({"code": ""}, "请填写此项"), ({"unit": ""}, "请填写此项"), ({"reads": "", "writes": []}, "至少选择一项权限"),
    ({"code": "010001"}, "已经登记"), ({"unit": ELSEWHERE + "9"}, ""), ({"per_minute": "x"}, ""), ({"expires_on": "2020-01-01"}, "不能早于今天"),
])
def test_a_form_that_cannot_be_accepted_makes_neither_account_nor_key(admin, liming, client, values, said):
    sign_in(client, admin)
    response = client.post("/keys/new/?account=new", sent(**values))
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not ApiKey.objects.exists()
    assert not Officer.objects.filter(is_interface=True).exists()


def test_rotating_fills_in_the_rights_of_the_old_key_which_lives_on(admin, client):
    system = connect(admin, scopes=["cases:read", "facts:write:party"], per_minute=77)
    sign_in(client, admin)
    text = client.get(f"/keys/new/?from={system.key.prefix}").content.decode()
    assert 'value="77"' in text
    assert "继续有效" in text
    response = client.post(f"/keys/new/?from={system.key.prefix}", sent(officer="JK001", name="警综平台 2"))
    assert response.status_code == 200
    assert ApiKey.objects.count() == 2
    assert Officer.objects.filter(is_interface=True).count() == 1
    assert system.get("/me").status_code == 200
    assert client.post(f"/keys/{system.key.prefix}/revoke/", {"reason": "已换发"}).status_code == 302
    assert system.get("/me").status_code == 401
    assert "已撤销" in client.get(f"/keys/{system.key.prefix}/").content.decode()


@pytest.mark.parametrize("count", [3, 60])
def test_pages_ask_few_questions(admin, client, count, django_assert_max_num_queries):
    account()
    for i in range(count):
        made, _ = given(admin, name=f"密钥 {i}")
        for day in range(min(count, 30)):
            KeyUse.objects.create(key=made, day=timezone.localdate() - timedelta(days=day), calls=1, last_at=timezone.now(), minute=0)
    sign_in(client, admin)
    client.get("/keys/")
    for path in ("/keys/", f"/keys/{made.prefix}/", "/keys/new/", "/keys/new/?account=new", f"/keys/{made.prefix}/revoke/", "/api/v1/docs"):
        with django_assert_max_num_queries(15):
            assert client.get(path).status_code == 200


@pytest.mark.parametrize("query", ["state=good", "state=ended", "state=nonsense", "sort=-last_at", "sort=expires_at", "q=警综", "format=csv"])
def test_the_list_filters_sorts_and_exports(admin, client, query):
    connect(admin)
    sign_in(client, admin)
    assert client.get(f"/keys/?{query}").status_code == 200
    assert Event.objects.filter(kind="key.export").count() == ("format" in query)


# --- the limit ---

def test_the_limit_of_a_minute_holds_exactly_and_a_new_minute_begins_anew(admin):
    system = connect(admin, per_minute=3)
    start = timezone.now().replace(second=0, microsecond=0)
    answers = []
    for second in (0, 1, 59, 59.9, 59.999, 60):
        with mock.patch("mingjing.intake.api.door.timezone.now", return_value=start + timedelta(seconds=second)):
            answers.append(system.get("/me"))
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429, 200]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0", "0", "2"]
    assert answers[0].headers["X-RateLimit-Limit"] == "3"
    assert answers[0].headers["X-RateLimit-Reset"] == "60"
    assert answers[3].headers["Retry-After"] == "1"
    assert answers[3].json()["code"] == "too_many"
    assert [(use.calls, use.refused) for use in KeyUse.objects.order_by("day")] in ([(4, 2)], [(3, 2), (1, 0)])


def test_a_server_whose_clock_is_behind_does_not_give_a_minute_twice(admin):
    system = connect(admin, per_minute=2)
    at = timezone.now().replace(hour=4, second=0, microsecond=0)
    counted = [keys.count(key=system.key, at=at + timedelta(seconds=shift)) for shift in (60, 0, 60, 0)]
    assert counted == [1, 2, 3, 4]


def test_keys_have_limits_of_their_own(admin):
    one, two = connect(admin, per_minute=1), connect(admin, per_minute=1, name="另一个")
    assert [one.get("/me").status_code, two.get("/me").status_code] == [200, 200]


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_under_concurrent_calls(admin):
    system = connect(admin, per_minute=10)
    now = timezone.now().replace(second=5)

    def ask(_) -> int:
        try:
            return system.get("/me").status_code
        finally:
            connection.close()

    with mock.patch("mingjing.intake.api.door.timezone.now", return_value=now), ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(24)))
    assert sorted(answers) == [200] * 10 + [429] * 14
    use = KeyUse.objects.get()
    assert (use.calls, use.refused, use.in_minute) == (10, 14, 24)


# --- the page of the description ---

def test_the_description_is_for_whoever_is_signed_in(client, liming):
    assert client.get("/api/v1/docs").status_code == 302
    sign_in(client, liming)
    text = client.get("/api/v1/docs").content.decode()
    assert "处罚决定" in text
    assert "curl http://testserver/api/v1/cases?limit=100" in text
    assert "<script>" not in text
    assert " style=" not in text


def test_every_operation_is_described_in_chinese(client, bureau):
    document = client.get("/api/v1/openapi.json").json()
    assert len(document["paths"]) == 35
    for path, operations in document["paths"].items():
        for operation in operations.values():
            texts = [operation["summary"], operation["description"], *(one["description"] for one in operation["parameters"])]
            texts += [one["description"] for one in operation["responses"].values()]
            assert all(any("\u4e00" <= letter <= "\u9fff" for letter in text) for text in texts), path
    assert BUREAU not in str(document["paths"]["/api/v1/cases"])
