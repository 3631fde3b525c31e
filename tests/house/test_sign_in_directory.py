"""Signing in through the bureau's own directory, against a small real provider on this machine: discovery, PKCE, RS256 token, keys, userinfo."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from bureau import STATION, sign_in
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.cache import cache
from django.test import Client
from door import is_in

from mingjing.accounts import actions
from mingjing.accounts.models import Officer
from mingjing.accounts.scope import viewer
from mingjing.ledger.models import Event

CLIENT, SECRET, KEY_NAME = "mingjing-client", "a-secret-of-the-directory", "key-1"


class Provider:
    """`claims` and `userinfo` are what the next sign-in says; `sign` makes the token, so that a test can make it wrongly."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.claims: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.asked: list[str] = []
        self.challenges: dict[str, str] = {}
        self.sign = lambda claims: jwt.encode(claims, self.key, "RS256", headers={"kid": KEY_NAME})

    def says(self, number: str | None, **claims: Any) -> None:
        now = int(time.time())
        self.claims = {"iss": self.url, "aud": CLIENT, "sub": "person-7", "iat": now, "exp": now + 60, **claims}
        self.userinfo = {"sub": "person-7", "name": "李明"}
        if number is not None:
            self.claims.setdefault("preferred_username", number)
            self.userinfo["preferred_username"] = number

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize", "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo", "token_endpoint_auth_methods_supported": ["client_secret_post"]}

    def keys(self) -> dict[str, Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": KEY_NAME, "alg": "RS256", "use": "sig"}]}

    def authorize(self, query: dict[str, str]) -> str:
        """The officer has signed in at the directory: back with a code."""
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        code = f"code-{len(self.challenges)}"
        self.challenges[code] = query["code_challenge"]
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if (form["client_id"], form["client_secret"]) != (CLIENT, SECRET) or self.challenges.pop(form["code"], None) != digest:
            return None
        return {"access_token": "token-7", "token_type": "Bearer", "expires_in": 60, "id_token": self.sign(self.claims)}


def handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            provider.asked.append(parts.path)
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(dict(parse_qsl(parts.query))))
                self.end_headers()
            elif parts.path == "/userinfo" and self.headers["Authorization"] != "Bearer token-7":
                self.answer(None)
            else:
                pages = {"/.well-known/openid-configuration": provider.discovery, "/keys": provider.keys, "/userinfo": lambda: provider.userinfo}
                self.answer(pages[parts.path]() if parts.path in pages else None)

        def do_POST(self) -> None:
            provider.asked.append(self.path)
            self.answer(provider.token(dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))))

        def answer(self, body: dict[str, Any] | None) -> None:
            self.send_response(200 if body is not None else 400)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body or {"error": "invalid_grant"}).encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    return Handler


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    provider = Provider()
    threading.Thread(target=provider.server.serve_forever, daemon=True).start()
    yield provider
    provider.server.shutdown()


@pytest.fixture
def provider(running, settings) -> Iterator[Provider]:
    cache.clear()
    settings.OIDC_SERVER = f"{running.url}/.well-known/openid-configuration"
    app = {"provider_id": "directory", "name": "统一身份认证", "client_id": CLIENT, "secret": SECRET, "settings": {"server_url": settings.OIDC_SERVER}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
    original = running.sign
    running.asked.clear()
    yield running
    running.sign = original


def go(client: Client, path: str = "/account/oidc/directory/login/?process=login"):
    """What a browser does: our button, the directory, and back; the last answer."""
    out = client.post(path)
    assert out.status_code == 302, out.content.decode()
    back = requests.get(out["Location"], allow_redirects=False, timeout=5).headers["Location"]
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}")


def test_the_number_from_the_directory_opens_the_door(client, provider, liming):
    page = client.get("/account/login/").content.decode()
    assert "统一身份认证登录" in page
    provider.says("010001")
    answer = go(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/me/").context["viewer"].officer == liming
    event = Event.objects.get()
    assert (event.kind, json.loads(event.data)["how"]) == ("account.sign_in", "统一身份认证")
    assert {"/.well-known/openid-configuration", "/authorize", "/token", "/keys", "/userinfo"} <= set(provider.asked)
    assert not SocialAccount.objects.exists()  # nothing is connected


def test_the_way_on_after_signing_in_is_kept(client, provider, liming):
    provider.says("010001")
    assert go(client, "/account/oidc/directory/login/?process=login&next=/units/")["Location"] == "/units/"


def test_pressing_the_button_needs_a_post(client, provider, liming):
    page = client.get("/account/oidc/directory/login/?process=login")
    assert page.status_code == 200
    assert "统一身份认证" in page.content.decode()


def test_an_unknown_number_is_refused_in_words_logged_and_never_enrolled(client, provider, liming, caplog):
    provider.says("777777")
    with caplog.at_level(logging.WARNING, "mingjing.accounts"):
        answer = go(client)
    assert answer.status_code == 403
    assert "警号“777777”没有在本平台登记" in answer.content.decode()
    assert "777777" in caplog.text
    assert Officer.objects.count() == 1
    assert not is_in(client)


def test_markup_in_the_claim_stays_text(client, provider, liming):
    provider.says("<script>alert(1)</script>")
    page = go(client).content.decode()
    assert "<script>alert" not in page.lower()


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_interface": True}])
def test_who_may_not_sign_in_may_not_this_way_either(client, provider, liming, change):
    Officer.objects.filter(pk=liming.pk).update(**change)
    provider.says("010001")
    answer = go(client)
    assert answer.status_code == 403
    assert "已停用" in answer.content.decode()
    assert not is_in(client)
    assert Event.objects.get().kind == "account.sign_in_failed"


def test_no_number_no_entry(client, provider, liming):
    provider.says(None)
    answer = go(client)
    assert answer.status_code == 403
    assert "没有提供警号" in answer.content.decode()


def test_the_claim_can_be_another_one(client, provider, liming, settings):
    settings.OIDC_CODE_CLAIM = "police_number"
    provider.says("someone", police_number="010001")
    assert go(client).status_code == 302
    assert is_in(client)


def forged(provider: Provider) -> dict[str, Any]:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = int(time.time())
    return {
        "another key": lambda claims: jwt.encode(claims, other, "RS256", headers={"kid": KEY_NAME}),
        "unknown key": lambda claims: jwt.encode(claims, other, "RS256", headers={"kid": "key-9"}),
        "no signature": lambda claims: jwt.encode(claims, None, "none", headers={"kid": KEY_NAME}),
        "another issuer": lambda claims: jwt.encode({**claims, "iss": "http://evil.example"}, provider.key, "RS256", headers={"kid": KEY_NAME}),
        "another audience": lambda claims: jwt.encode({**claims, "aud": "another"}, provider.key, "RS256", headers={"kid": KEY_NAME}),
        "expired": lambda claims: jwt.encode({**claims, "exp": now - 1}, provider.key, "RS256", headers={"kid": KEY_NAME}),
    }


@pytest.mark.parametrize("how", ["another key", "unknown key", "no signature", "another issuer", "another audience", "expired"])
def test_a_token_that_does_not_prove_itself_opens_nothing(client, provider, liming, how):
    provider.says("010001")
    provider.sign = forged(provider)[how]
    answer = go(client)
    assert "没有得到可信的认证结果" in answer.content.decode()
    assert not is_in(client)
    assert not Event.objects.exists()


def test_token_and_userinfo_of_two_people_open_nothing(client, provider, liming):
    provider.says("010001")
    provider.userinfo["sub"] = "somebody-else"
    assert go(client).status_code == 403
    assert not is_in(client)


def test_an_answer_that_nobody_asked_for_opens_nothing(client, provider, liming):
    provider.says("010001")
    query = {"code": "code-0", "state": "made-up"}
    assert "没有得到可信的认证结果" in client.get("/account/oidc/directory/login/callback/", query).content.decode()
    assert not is_in(client)


def test_refusing_at_the_directory_is_told(client, provider, liming):
    state = parse_qs(urlsplit(client.post("/account/oidc/directory/login/?process=login")["Location"]).query)["state"][0]
    answer = client.get("/account/oidc/directory/login/callback/", {"error": "access_denied", "state": state}, follow=True)
    assert "取消" in answer.content.decode()


def test_nobody_connects_a_directory_account_to_the_own(client, provider, liming, wangfang):
    sign_in(client, wangfang)
    provider.says("010001")
    answer = go(client, "/account/oidc/directory/login/?process=connect")
    assert answer.status_code == 403
    assert not SocialAccount.objects.exists()
    assert client.get("/me/").context["viewer"].officer == wangfang


def test_the_same_person_of_the_directory_with_another_number_is_another_officer(client, provider, liming, wangfang):
    provider.says("010001")
    go(client)
    client.post("/account/logout/")
    provider.says("010002")
    go(client)
    assert client.get("/me/").context["viewer"].officer == wangfang


def test_who_comes_through_the_directory_need_not_change_a_password_never_used(client, provider, admin):
    actions.enrol(by=viewer(admin), code="010077", name="新警", unit=STATION)
    provider.says("010077")
    go(client)
    assert is_in(client)


def test_without_a_directory_there_is_no_button_and_no_address(client, db, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert "统一身份认证" not in client.get("/account/login/").content.decode()
    assert client.post("/account/oidc/directory/login/").status_code == 404
    assert client.get("/account/oidc/directory/login/callback/").status_code == 404


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/.well-known/openid-configuration", "{}/.well-known/nothing"])
def test_a_directory_that_does_not_answer_sensibly_is_told(client, provider, liming, settings, address):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"] = {"server_url": address.format(provider.url)}
    answer = client.post("/account/oidc/directory/login/?process=login")
    assert answer.status_code == 502
    assert "没有得到可信的认证结果" in answer.content.decode()
