"""One person at the forms, for tests that go through pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bureau import sign_in
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from mingjing.accounts.models import Officer

START = (timezone.localtime() - timedelta(days=20)).replace(hour=8, minute=0, second=0, microsecond=0)


def at(hours: float) -> str:
    """So many hours after the beginning of the story, as a form sends it."""
    return f"{START + timedelta(hours=hours):%Y-%m-%dT%H:%M}"


class Desk:
    """Posts what is typed on top of what the page has filled in."""

    def __init__(self, officer: Officer, **client: Any):
        self.client, self.officer = Client(**client), officer
        sign_in(self.client, officer)

    def form(self, path: str) -> Any:
        page = self.client.get(path)
        assert page.status_code == 200, (path, page.status_code)
        return page.context["form"]

    def filled(self, path: str, **typed: str) -> dict[str, str]:
        """What a browser would send: the controls as the page shows them, with what is typed."""
        data = {}
        for bound in self.form(path):
            shown = bound.field.widget.format_value(bound.value())
            data[bound.html_name] = shown[0] if isinstance(shown, list) else shown
        return {name: value for name, value in {**data, **typed}.items() if value not in (None, False)}

    def does(self, path: str, **typed: str) -> str:
        """The act is accepted; returns where it leads."""
        answer = self.client.post(path, self.filled(path, **typed))
        errors = answer.context["form"].errors if answer.context and "form" in answer.context else ""
        assert answer.status_code == 302, (path, answer.status_code, errors)
        return answer["Location"]

    def tries(self, path: str, **typed: str) -> HttpResponse:
        """The act is refused: returns the page with the form."""
        answer = self.client.post(path, self.filled(path, **typed))
        assert answer.status_code in (403, 409, 422), (path, answer.status_code)
        return answer
