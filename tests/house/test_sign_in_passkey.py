"""Passkeys against a key made of software: adding, signing in with and without password, and what a stolen or wrong answer opens."""

from __future__ import annotations

import hashlib
import json
import struct

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from door import PASSWORD, enter, is_in
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from mingjing.accounts.models import Officer
from mingjing.ledger.models import Event

pytestmark = pytest.mark.usefixtures("fresh_door")
PRESENT, VERIFIED, ATTESTED = 1, 4, 64


class Key:
    """A key of one officer: it signs what the page asks, for the host it was made for."""

    def __init__(self, host: str = "testserver"):
        self.host, self.secret, self.name = host, ec.generate_private_key(ec.SECP256R1()), b"key-of-software"
        self.holder = ""

    def client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": f"http://{self.host}", "crossOrigin": False}).encode()

    def data(self, flags: int, credential: bytes = b"") -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BI", flags, 0) + credential

    def create(self, options: dict) -> dict:
        options = options["publicKey"]
        self.holder = options["user"]["id"]
        credential = AttestedCredentialData.create(b"\0" * 16, self.name, ES256.from_cryptography_key(self.secret.public_key()))
        made = AuthenticatorData(self.data(PRESENT | VERIFIED | ATTESTED, bytes(credential)))
        return {
            "id": websafe_encode(self.name), "rawId": websafe_encode(self.name), "type": "public-key", "clientExtensionResults": {"credProps": {"rk": True}},
            "response": {
                "clientDataJSON": websafe_encode(self.client_data("webauthn.create", options["challenge"])),
                "attestationObject": websafe_encode(AttestationObject.create("none", made, {}))}}

    def get(self, options: dict) -> dict:
        client, data = self.client_data("webauthn.get", options["publicKey"]["challenge"]), self.data(PRESENT | VERIFIED)
        signature = self.secret.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": websafe_encode(self.name), "rawId": websafe_encode(self.name), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "clientDataJSON": websafe_encode(client), "authenticatorData": websafe_encode(data), "signature": websafe_encode(signature),
                "userHandle": self.holder}}


@pytest.fixture
def key(client, ming) -> Key:
    """A passkey of 李明; nobody is signed in."""
    made = Key()
    enter(client)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/2fa/webauthn/add/")
    credential = made.create(page.context["js_data"]["creation_options"])
    answer = client.post("/account/2fa/webauthn/add/", {"name": "办公室", "passwordless": "on", "credential": json.dumps(credential)})
    assert answer.status_code == 302, answer.content.decode()
    client.post("/account/logout/")
    return made


def with_passkey(client: Client, key: Key):
    options = client.get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"}).json()["request_options"]
    return client.post("/account/2fa/webauthn/login/", {"credential": json.dumps(key.get(options))})


def test_adding_a_key_is_on_record(key, ming):
    event = Event.objects.get(kind="account.second_factor")
    assert json.loads(event.data) == {"added": ["恢复码", "通行密钥"], "removed": []}
    assert str(Authenticator.objects.get(type="webauthn")) == "办公室"


def test_signing_in_with_the_key_alone(key):
    client = Client()
    assert with_passkey(client, key).status_code == 302
    assert is_in(client)
    assert json.loads(Event.objects.last().data)["how"] == "通行密钥"


def test_the_key_after_the_password(key):
    client = Client()
    assert enter(client)["Location"] == "/account/2fa/authenticate/"
    assert not is_in(client)
    options = client.get("/account/2fa/authenticate/").context["js_data"]["request_options"]
    assert client.post("/account/2fa/authenticate/", {"credential": json.dumps(key.get(options))}).status_code == 302
    assert is_in(client)


def test_an_answer_given_before_opens_nothing(key):
    client, thief = Client(), Client()
    options = client.get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"}).json()["request_options"]
    answer = {"credential": json.dumps(key.get(options))}
    client.post("/account/2fa/webauthn/login/", answer)
    assert is_in(client)
    thief.get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"})
    thief.post("/account/2fa/webauthn/login/", answer)
    assert not is_in(thief)
    client.post("/account/logout/")
    client.post("/account/2fa/webauthn/login/", answer)
    assert not is_in(client)


NONSENSE = ["{}", "[]", "1", "null", "x", '{"id": 1}', '{"id": "a", "rawId": "a", "response": {}}', '{"response": []}', '{"response": {"userHandle": "MQ"}}']


@pytest.mark.parametrize("credential", NONSENSE)
def test_nonsense_is_told_everywhere_and_crashes_nothing(client, key, credential):
    client.get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"})
    assert client.post("/account/2fa/webauthn/login/", {"credential": credential}, follow=True).status_code == 200
    enter(client)
    assert client.post("/account/2fa/authenticate/", {"credential": credential}).status_code == 200
    assert not is_in(client)
    client = Client()
    with_passkey(client, key)
    assert client.post("/account/2fa/webauthn/reauthenticate/", {"credential": credential}).status_code in (200, 302)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert client.post("/account/2fa/webauthn/add/", {"name": "坏", "credential": credential}).status_code == 200
    assert Authenticator.objects.filter(type="webauthn").count() == 1


@pytest.mark.parametrize("wrong", ["another host", "another key", "nobody"])
def test_what_does_not_fit_opens_nothing_and_breaks_nothing(key, wrong):
    client, bad = Client(), Key("evil.example" if wrong == "another host" else "testserver")
    bad.holder = "" if wrong == "nobody" else key.holder
    if wrong == "another host":
        bad.secret = key.secret
    options = client.get("/account/2fa/webauthn/login/", headers={"Accept": "application/json"}).json()["request_options"]
    answer = client.post("/account/2fa/webauthn/login/", {"credential": json.dumps(bad.get(options))}, follow=True)
    assert answer.status_code == 200
    assert not is_in(client)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_interface": True}])
def test_who_may_not_sign_in_may_not_with_a_key_either(key, ming, change):
    Officer.objects.filter(pk=ming.pk).update(**change)
    client = Client()
    assert with_passkey(client, key)["Location"] == "/account/inactive/"
    assert not is_in(client)
    assert Event.objects.last().kind == "account.sign_in_failed"


def test_removing_a_key_is_on_record_and_closes(client, key):
    with_passkey(client, key)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    number = Authenticator.objects.get(type="webauthn").pk
    assert client.post(f"/account/2fa/webauthn/keys/{number}/remove/").status_code == 302
    assert json.loads(Event.objects.last().data)["removed"] == ["恢复码", "通行密钥"]
    fresh = Client()
    with_passkey(fresh, key)
    assert not is_in(fresh)
