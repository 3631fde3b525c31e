"""What the frame of every page needs."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from mingjing.ui import navigation

DRAWER = "drawer"


def frame(request: HttpRequest) -> dict[str, Any]:
    """`frame_template` is what `base.html` extends: the whole page, or the drawer when htmx asks into it."""
    viewer = getattr(request, "viewer", None)
    in_drawer = request.headers.get("HX-Target") == DRAWER
    return {
        "viewer": viewer,
        "duties": sorted(viewer.duties) if viewer else [],
        "bureau": settings.BUREAU,
        "now": timezone.now(),
        "in_drawer": in_drawer,
        "frame_template": "ui/drawer.html" if in_drawer else "ui/page.html",
        "navigation": partial(navigation.groups, viewer, request.path),  # reckoned only where a template asks for it
        "bar": partial(navigation.bar, viewer, request.path),
    }
