"""The one way to say no to a user."""

from __future__ import annotations


class Refused(Exception):
    """An act is not allowed now. The text is for the user, in Chinese: what, why, what to do.

    `field` names the input at fault, so that a form or a reject row can point at it.
    """

    def __init__(self, message: str, *, field: str = ""):
        super().__init__(message)
        self.message = message
        self.field = field


class Forbidden(Refused):
    """Refused because of who asks, not because of what is asked: answered with 403."""


class Conflict(Refused):
    """Refused because someone else changed the same thing meanwhile: answered with 409. `current` is the row as it now stands."""

    def __init__(self, message: str, *, current: object = None):
        super().__init__(message)
        self.current = current
