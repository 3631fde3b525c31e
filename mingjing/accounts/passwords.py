"""One-time passwords, and the rule that a new password is not the present one."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.exceptions import ValidationError

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is misread on paper: i l o 0 1
GROUPS, LENGTH = 4, 4  # 16 characters out of 31: 79 bits


def one_time() -> str:
    """A password to be read aloud or copied from paper: four groups of four."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(GROUPS))


class NotTheCurrent:
    """A password validator of Django's kind."""

    def validate(self, password: str, user: Any = None) -> None:
        if user is not None and user.pk and user.check_password(password):
            raise ValidationError("新密码不能与当前密码相同。", code="password_is_current")

    def get_help_text(self) -> str:
        return "新密码不能与当前密码相同。"
