"""Addresses of pages that take one code, for lists that need one a row: the resolver is asked once and not for every row."""

from __future__ import annotations

from urllib.parse import quote

from django.urls import get_script_prefix, reverse

SAFE = "!$&'()*+,;=/~:@"  # what Django's own resolver leaves as it is
_around: dict[tuple[str, str], tuple[str, str]] = {}


def page(name: str, code: object) -> str:
    """The same as `reverse(name, args=[code])` for codes of one form."""
    key, quoted = (name, get_script_prefix()), quote(str(code), safe=SAFE)
    if key not in _around:
        before, _, after = reverse(name, args=[code]).rpartition(quoted)
        _around[key] = before, after
    before, after = _around[key]
    return f"{before}{quoted}{after}"
