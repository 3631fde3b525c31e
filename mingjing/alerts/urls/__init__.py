"""Addresses of the alerts' pages, by topic."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

app_name = "alerts"
PARTS = ("alert", "clock", "notice", "rule", "control")
urlpatterns = [each for part in PARTS if find_spec(f"{__name__}.{part}") for each in import_module(f"{__name__}.{part}").urlpatterns]
