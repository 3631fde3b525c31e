"""Escaping and filling in, as Django does it, without its support for lazy texts: a list's page escapes several thousand pieces, and that support took a
sixth of its time."""

from __future__ import annotations

from html import escape
from typing import Any

from django.utils.safestring import SafeString


def safe(value: Any) -> SafeString:
    """The value as HTML; what is safe already stays as it is."""
    return value.__html__() if hasattr(value, "__html__") else SafeString(escape(str(value)))


def fill(form: str, *values: Any) -> SafeString:
    """`form` with each {} filled by a value, escaped."""
    return SafeString(form.format(*map(safe, values)))
