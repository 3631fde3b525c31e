"""A zero byte in an address or a form: told in words, on either database, and asked of none."""

from __future__ import annotations

import pytest
from alerting import hand
from bureau import sign_in

from mingjing.alerts.models import Alert

pytestmark = pytest.mark.django_db
ADDRESSES = (
    "/officers/%00/", "/units/%00/", "/rules/%00/", "/rules/CU-012/set/?unit=%00", "/alerts/of/%00/", "/alerts/find/?matter=%00",
    "/alerts/?q=%00", "/alerts/?matter=a%00", "/alerts/?%00=1", "/radar/?unit=%00", "/silences/request/?alert=%00", "/cases/?lead=%00", "/search/?q=盗%00窃",
    "/cases/A%00B/", "/acts/case/A%00B/file/", "/correct/party/%00/", "/cases/A%00B/party/add/", "/cases/new/?incident=%00",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_with_a_zero_byte_is_answered_in_words(client, leader, address):
    page = sign_in(client, leader).get(address)
    assert page.status_code == 400
    assert "空字符" in page.content.decode()
    part = client.get(address, headers={"HX-Request": "true"})
    assert part.status_code == 400 and part["HX-Retarget"] == "#notice" and "空字符" in part.content.decode()


@pytest.mark.parametrize("given", [{"selected": "\0"}, {"selected": ["YJ-2026-000001", "a\0b"]}, {"\0": "1", "selected": "YJ-2026-000001"}])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_with_a_zero_byte_does_nothing(client, wangfang, given, kind):
    hand(1, officer=wangfang)
    sign_in(client, wangfang)
    more = {} if kind.startswith("multipart") else {"content_type": kind}
    body = given if not more else "&".join(f"{name}={value}" for name, values in given.items() for value in ([values] if isinstance(values, str) else values))
    page = client.post("/alerts/batch/acknowledge/", body.replace("\0", "%00") if more else body, **more)
    assert page.status_code == 400
    assert "空字符" in page.content.decode()
    assert Alert.objects.get().state == "待签收"


def test_who_is_not_signed_in_signs_in_first(client, bureau):
    assert client.get("/officers/%00/").status_code == 302
    assert client.get("/account/login/?next=%00").status_code == 400
