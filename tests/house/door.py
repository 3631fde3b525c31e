"""The way in by number and password, for tests of the door."""

from __future__ import annotations

from django.http import HttpResponse
from django.test import Client

PASSWORD = "rain-on-the-river-7"  # of 李明, see the fixture `ming`


def enter(client: Client, code: str = "010001", password: str = PASSWORD, **extra: str) -> HttpResponse:
    return client.post("/account/login/", {"login": code, "password": password, **extra})


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200
