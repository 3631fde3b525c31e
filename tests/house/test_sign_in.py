"""The door: password, lockout, one-time password, second factor, idle limit, sessions; and who never gets in."""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as clock
from asgiref.sync import async_to_sync
from axes.models import AccessAttempt
from bureau import STATION, sign_in
from django.core.cache import cache
from django.test import AsyncClient, Client
from django.utils import timezone
from door import PASSWORD, enter, is_in

import mingjing
from mingjing.accounts import actions, middleware
from mingjing.accounts.models import Officer
from mingjing.accounts.scope import viewer
from mingjing.ledger.models import Event

pytestmark = pytest.mark.usefixtures("fresh_door")
NEW = "lamp-beside-the-gate-9"


def kinds() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("kind", flat=True))


# password

def test_number_and_password_open_the_door_and_it_is_on_record(client, ming):
    response = enter(client, next="/units/")
    assert (response.status_code, response["Location"]) == (302, "/units/")
    assert is_in(client)
    event = Event.objects.get()
    assert (event.kind, event.actor, event.subject_code) == ("account.sign_in", "010001", "010001")
    assert json.loads(event.data) == {"how": "密码", "address": "127.0.0.1"}


def test_signing_out_is_on_record_and_closes(client, ming):
    enter(client)
    assert client.get("/account/logout/").status_code == 200
    assert is_in(client)  # asking is not doing
    client.post("/account/logout/")
    assert not is_in(client)
    assert kinds() == ["account.sign_in", "account.sign_out"]


def test_a_wrong_password_is_told_in_chinese_and_recorded_without_it(client, ming):
    response = enter(client, password="wrong-secret-word")
    page = response.content.decode()
    assert "警号或者密码不对" in page
    assert "wrong-secret-word" not in page
    event = Event.objects.get()
    assert (event.kind, event.actor, event.subject_code) == ("account.sign_in_failed", "未登录", "010001")
    assert "wrong-secret-word" not in event.data


def test_an_unknown_number_is_answered_the_same_and_leaves_no_entry(client, ming):
    known, unknown = enter(client, password="x"), enter(client, code="999999", password="x")
    pages = [re.sub(r'name="csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+', "", answer.content.decode()) for answer in (known, unknown)]
    assert pages[0].replace("010001", "") == pages[1].replace("999999", "")
    assert kinds() == ["account.sign_in_failed"]


def test_a_foreign_address_is_no_way_on(client, ming):
    assert enter(client, next="https://evil.example/")["Location"] == "/"


def test_nothing_of_signing_up_mailing_or_connecting_is_offered(client, ming):
    closed = ["signup/", "email/", "confirm-email/", "confirm-email/abc/", "password/set/", "password/reset/done/", "password/reset/key/1-abc/",
              "password/reset/key/done/", "login/code/confirm/", "3rdparty/", "3rdparty/signup/", "social/signup/", "social/connections/"]
    for person in (Client(), sign_in(client, ming)):
        for path in closed:
            for answer in (person.get(f"/account/{path}"), person.post(f"/account/{path}", {"username": "new", "password1": PASSWORD})):
                assert answer.status_code == 404, path
    assert Officer.objects.count() == 1


def test_a_forgotten_password_leads_to_the_administrator(client, db):
    page = client.get("/account/password/reset/")
    assert page.status_code == 200
    assert "系统管理员" in page.content.decode()
    assert "邮件" in page.content.decode()


# lockout

def test_locked_exactly_at_the_limit_with_words_and_429(client, ming, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert enter(client, password="x").status_code == 200
    assert enter(client).status_code == 302  # one before the limit the right password still opens, and forgets the failures
    client.post("/account/logout/")
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert enter(client, password="x").status_code == 200
    response = enter(client, password="x")
    assert response.status_code == 429
    assert int(response["Retry-After"]) == 3600
    assert "联系系统管理员恢复登录" in response.content.decode()
    assert "警号“010001”" in response.content.decode()
    again = enter(client)
    assert again.status_code == 429
    assert "警号“010001”" in again.content.decode()
    assert not is_in(client)


@pytest.mark.django_db(transaction=True)
def test_the_lock_says_the_same_under_asgi(ming, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = async_to_sync(AsyncClient().post)("/account/login/", {"login": "010001", "password": "x"})
    assert answer.status_code == 429
    assert "警号“010001”" in answer.content.decode()


def test_a_lock_is_one_entry_however_long_somebody_goes_on(client, ming, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT + 4):
        enter(client, password="x")
    assert kinds() == ["account.sign_in_failed"] * settings.AXES_FAILURE_LIMIT + ["account.lock"]


def test_the_lock_is_for_this_number_at_this_address(client, ming, wangfang, settings):
    wangfang.set_password(PASSWORD)
    wangfang.save()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        enter(client, password="x")
    assert enter(client).status_code == 429
    assert enter(Client(), code="010002").status_code == 302
    assert Client(REMOTE_ADDR="10.0.0.9").post("/account/login/", {"login": "010001", "password": PASSWORD}).status_code == 302


def test_another_case_is_not_another_number(client, ming, settings):
    Officer.objects.create(code="AB01", name="某", unit_id=STATION, password=ming.password)
    for number in range(settings.AXES_FAILURE_LIMIT - 1):
        enter(client, code=("ab01", "AB01", "aB01 ")[number % 3], password="x")
    assert enter(client, code="Ab01", password="x").status_code == 429


def test_numbers_that_do_not_exist_lock_the_same(client, db, settings):
    answers = [enter(client, code="777777", password="x").status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert answers == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429]
    assert kinds() == []


def test_a_forged_forwarding_header_does_not_evade_the_lock(client, ming, settings):
    for number in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/account/login/", {"login": "010001", "password": "x"}, headers={"X-Forwarded-For": f"10.0.0.{number}"})
    assert answer.status_code == 429


def test_behind_a_proxy_of_ours_the_address_is_the_one_before_it(ming, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = Client().post("/account/login/", {"login": "010001", "password": "x"}, headers={"X-Forwarded-For": "6.6.6.6, 10.1.1.1"})
    assert answer.status_code == 429
    assert Client().post("/account/login/", {"login": "010001", "password": PASSWORD}, headers={"X-Forwarded-For": "6.6.6.6, 10.1.1.2"}).status_code == 302


def test_an_administrator_unlocks(client, ming, admin, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        enter(client, password="x")
    actions.unlock(by=viewer(admin), officer="010001")
    assert enter(client).status_code == 302


def test_guessing_the_password_inside_a_session_counts_too(client, ming, settings):
    enter(client)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/account/password/change/", {"oldpassword": "x", "password1": NEW, "password2": NEW})
    assert answer.status_code == 429
    ming.refresh_from_db()
    assert ming.check_password(PASSWORD)


def test_what_axes_keeps_has_no_secrets(client, ming):
    enter(client, password="my-real-secret")
    sign_in(client, ming)
    client.post("/account/password/change/", {"oldpassword": "my-real-secret", "password1": NEW, "password2": NEW})
    kept = " ".join(f"{row.post_data} {row.get_data}" for row in AccessAttempt.objects.all())
    assert kept
    assert "my-real-secret" not in kept
    assert NEW not in kept


# one-time password and the own password

@pytest.fixture
def newcomer(admin) -> tuple[Officer, str]:
    return actions.enrol(by=viewer(admin), code="010077", name="新警", unit=STATION)


def change(client: Client, old: str, new: str, again: str | None = None):
    return client.post("/account/password/change/", {"oldpassword": old, "password1": new, "password2": new if again is None else again})


def test_a_one_time_password_opens_nothing_but_the_page_to_change_it(client, newcomer):
    _, password = newcomer
    enter(client, "010077", password)
    for path in ["/me/", "/officers/", "/units/", "/permissions/", "/", "/account/2fa/", "/account/2fa/totp/activate/", "/account/sessions/", "/nonsense/"]:
        assert client.get(path)["Location"] == "/account/password/change/", path
    assert client.get("/account/password/change/").status_code == 200
    assert change(client, password, NEW)["Location"] == "/me/"
    assert client.get("/me/").status_code == 200
    officer = Officer.objects.get(code="010077")
    assert (officer.must_change_password, officer.check_password(NEW), officer.check_password(password)) == (False, True, False)
    assert officer.password_changed_at is not None


@pytest.mark.parametrize(("new", "again", "said"), [
    (PASSWORD, None, "不能与当前密码相同"), ("short-1", None, "10"), ("12345678901234", None, "数字"), ("password123", None, "常见"),
    ("x010001yz9", None, "警号"), (NEW, NEW + "x", "必须相同"), ("", "", "填写")])
def test_bad_new_passwords_are_refused_in_chinese(client, ming, new, again, said):
    enter(client)
    answer = change(client, PASSWORD, new, again)
    errors = "".join(re.findall(r'<div class="field-error".*?</div>', answer.content.decode(), re.S))
    assert said in errors
    ming.refresh_from_db()
    assert ming.check_password(PASSWORD)
    assert "account.change_password" not in kinds()


def test_a_changed_password_signs_out_elsewhere_and_not_here(client, ming):
    other = Client()
    enter(client)
    enter(other)
    assert is_in(other)
    assert change(client, PASSWORD, NEW).status_code == 302
    assert is_in(client)
    assert not is_in(other)
    assert kinds()[-1] == "account.change_password"
    assert all(NEW not in event.data and PASSWORD not in event.data for event in Event.objects.all())


def test_a_reset_password_signs_out_at_the_next_request(client, ming, admin):
    enter(client)
    actions.reset_password(by=viewer(admin), officer="010001")
    assert not is_in(client)


# idle

def test_what_a_page_asks_again_and_again_keeps_no_session_alive():
    folder = Path(mingjing.__file__).parent
    tags = [tag for file in folder.rglob("*.html") for tag in re.findall(r'<[^<>]*hx-trigger="[^"]*every [^<>]*', file.read_text(encoding="utf-8"))]
    assert len(tags) >= 3
    assert not [tag for tag in tags if """hx-headers='{"X-By-Itself": "1"}'""" not in tag]


@pytest.mark.parametrize(("seconds", "stays"), [(-1, True), (0, True), (1, False)])
def test_the_idle_limit_to_the_second(client, ming, settings, monkeypatch, seconds, stays):
    enter(client)
    now = timezone.now()
    session = client.session
    session[middleware.SEEN] = now.timestamp()
    session.save()
    later = now + timedelta(minutes=settings.SESSION_IDLE_MINUTES, seconds=seconds)
    monkeypatch.setattr(middleware.timezone, "now", lambda: later)
    answer = client.get("/me/")
    assert answer.status_code == (200 if stays else 302)
    if not stays:
        assert json.loads(Event.objects.last().data) == {"how": "超时"}
        assert "没有操作" in client.get(answer["Location"]).content.decode()


# second factor

def code_at(secret: str, steps: int = 0) -> str:
    return clock.format_hotp_value(clock.hotp_value(secret, int(time.time()) // 30 + steps))


def confirm(client: Client) -> None:
    """Pass the page that asks once more for the password."""
    client.post("/account/reauthenticate/", {"password": PASSWORD})


def activate(client: Client) -> str:
    confirm(client)
    page = client.get("/account/2fa/totp/activate/").content.decode()
    secret = client.session["mfa.totp.secret"]
    assert secret in page
    assert client.post("/account/2fa/totp/activate/", {"code": code_at(secret, -1)})["Location"] == "/account/2fa/recovery-codes/"
    return secret


@pytest.fixture
def guarded(client, ming) -> str:
    """A second factor for 李明; its secret. Nobody is signed in."""
    enter(client)
    secret = activate(client)
    client.post("/account/logout/")
    cache.clear()
    return secret


def recovery_codes(officer: Officer) -> list[str]:
    return Authenticator.objects.get(user=officer, type="recovery_codes").wrap().get_unused_codes()


def test_the_second_factor_asks_for_the_password_once_more(client, ming):
    enter(client)
    for path in ["totp/activate/", "webauthn/add/"]:
        assert client.get(f"/account/2fa/{path}")["Location"].startswith("/account/reauthenticate/")
    confirm(client)
    assert client.get("/account/2fa/totp/activate/").status_code == 200


def test_activating_is_on_record_and_its_secret_is_sealed(client, ming):
    enter(client)
    secret = activate(client)
    event = Event.objects.get(kind="account.second_factor")
    assert json.loads(event.data) == {"added": ["动态验证码", "恢复码"], "removed": []}
    assert secret not in json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    page = client.get("/account/2fa/recovery-codes/").content.decode()
    assert all(code in page for code in recovery_codes(ming))


def test_a_right_code_opens_and_a_wrong_one_does_not(client, ming, guarded):
    assert enter(client)["Location"] == "/account/2fa/authenticate/"
    assert not is_in(client)
    wrong = f"{(int(code_at(guarded)) + 1) % 10**6:06}"
    answer = client.post("/account/2fa/authenticate/", {"code": wrong})
    assert answer.status_code == 200
    assert "验证码不对" in answer.content.decode()
    assert kinds()[-1] == "account.sign_in_failed"
    assert json.loads(Event.objects.last().data)["how"] == "第二因素"
    assert client.post("/account/2fa/authenticate/", {"code": code_at(guarded)}).status_code == 302
    assert is_in(client)
    assert json.loads(Event.objects.last().data)["how"] == "密码、动态验证码"


def test_a_code_works_once_even_in_another_process(client, ming, guarded):
    code = code_at(guarded)
    enter(client)
    assert client.post("/account/2fa/authenticate/", {"code": code}).status_code == 302
    cache.clear()  # another process has not seen it
    thief = Client()
    enter(thief)
    for spelled in (code, f"{code[:3]} {code[3:]}"):
        answer = thief.post("/account/2fa/authenticate/", {"code": spelled})
        assert answer.status_code == 200
        assert not is_in(thief)


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_clocks_may_differ_by_one_step(client, ming, guarded, steps, opens):
    if int(time.time()) % 30 > 27:
        time.sleep(3)  # not across a step
    enter(client)
    client.post("/account/2fa/authenticate/", {"code": code_at(guarded, steps)})
    assert is_in(client) == opens


def test_wrong_codes_lock_like_wrong_passwords_and_a_right_one_comes_too_late(client, ming, guarded, settings):
    enter(client)
    for number in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/account/2fa/authenticate/", {"code": f"{number}00000"})
    assert answer.status_code == 429
    assert client.post("/account/2fa/authenticate/", {"code": code_at(guarded)}).status_code == 429
    assert not is_in(client)
    assert enter(Client()).status_code == 429
    assert kinds()[-1] == "account.lock"


def test_failures_of_password_and_code_are_added(client, ming, guarded, settings):
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        enter(client, password="x")
    enter(client)
    assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 429


def test_a_recovery_code_works_once(client, ming, guarded):
    code = recovery_codes(ming)[0]
    for person, opens in ((Client(), True), (Client(), False)):
        enter(person)
        person.post("/account/2fa/authenticate/", {"code": code})
        assert is_in(person) == opens
    assert len(recovery_codes(ming)) == 9


def test_taking_the_second_factor_away_is_on_record(client, ming, guarded):
    enter(client)
    client.post("/account/2fa/authenticate/", {"code": code_at(guarded)})
    confirm(client)
    assert client.post("/account/2fa/totp/deactivate/").status_code == 302
    assert json.loads(Event.objects.last().data) == {"added": [], "removed": ["动态验证码", "恢复码"]}
    assert not Authenticator.objects.exists()


def test_an_administrator_removes_a_lost_second_factor(client, ming, guarded, admin):
    actions.remove_second_factor(by=viewer(admin), officer="010001")
    assert enter(client)["Location"] == "/"
    assert is_in(client)


def test_with_another_key_of_the_platform_the_second_factor_says_what_to_do(client, ming, guarded, settings):
    settings.SECRET_KEY = "another"
    enter(client)
    answer = client.post("/account/2fa/authenticate/", {"code": code_at(guarded)})
    assert answer.status_code == 422
    assert "联系系统管理员移除第二因素" in answer.content.decode()
    assert not is_in(client)


def test_pages_of_the_second_factor_are_ours_and_keep_the_policy(client, ming, guarded):
    enter(client)
    pages = [client.get("/account/2fa/authenticate/")]
    client.post("/account/2fa/authenticate/", {"code": code_at(guarded)})
    confirm(client)
    for path in ["", "recovery-codes/", "recovery-codes/generate/", "totp/deactivate/", "webauthn/", "webauthn/add/", "reauthenticate/"]:
        pages.append(client.get(f"/account/2fa/{path}"))
    pages += [client.get(path) for path in ("/account/reauthenticate/", "/account/password/change/", "/account/logout/", "/account/inactive/")]
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200, page.request["PATH_INFO"]
        assert "<style" not in text
        assert not re.search(r"<script(?![^>]*(?:\bsrc=|application/json))|\sstyle=|\son\w+=", text)
        words = re.sub(r"<[^>]+>|&\w+;", " ", re.sub(r"<(script|svg|head)[\s\S]*?</\1>", "", text))
        assert not re.findall(r"[A-Za-z]{4,}", words), page.request["PATH_INFO"]
        assert "default-src 'self'" in page["Content-Security-Policy"]


# sessions

def test_signing_out_elsewhere(client, ming):
    other = Client(HTTP_USER_AGENT="另一台电脑")
    enter(client)
    enter(other)
    assert "另一台电脑" in client.get("/me/").content.decode()
    assert client.post("/me/sessions/end/").status_code == 302
    assert is_in(client)
    assert not is_in(other)
    assert json.loads(Event.objects.filter(kind="account.end_sessions").get().data) == {"ended": 1}
    assert client.get("/me/sessions/end/").status_code == 405


def test_the_own_page_shows_the_own_last_sign_ins(client, ming):
    enter(client, password="x")
    enter(client)
    page = client.get("/me/").content.decode()
    assert "登录失败" in page
    assert "127.0.0.1" in page


# who never gets in

@pytest.mark.parametrize("what", ["inactive", "interface"])
def test_neither_by_password_nor_by_an_old_session(client, ming, what):
    enter(client)
    Officer.objects.filter(pk=ming.pk).update(**({"is_active": False} if what == "inactive" else {"is_interface": True}))
    assert not is_in(client)
    fresh = Client()
    answer = enter(fresh)
    assert answer.status_code == 302
    assert answer["Location"] == "/account/inactive/"
    assert "不能登录" in fresh.get("/account/inactive/").content.decode()
    assert not is_in(fresh)
    assert kinds()[-1] == "account.sign_in_failed"


def test_deactivating_ends_a_session_at_the_next_request(client, ming, admin):
    enter(client)
    actions.deactivate(by=viewer(admin), officer="010001", reason="退休")
    assert client.get("/officers/")["Location"].startswith("/account/login/")


def test_an_account_without_usable_password_cannot_guess_it(client, admin):
    actions.enrol_interface(by=viewer(admin), code="IF-01", name="办案系统", unit=STATION)
    for password in ("", "!", " "):
        enter(client, "IF-01", password)
        assert not is_in(client)
