"""allauth's forms in our words, with one lockout for password and second factor, and codes that work once."""

from __future__ import annotations

import struct
import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter as get_second_factor_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, LoginWebAuthnForm, ReauthenticateWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction

from mingjing.accounts import actions, lockout
from mingjing.accounts.models import Officer
from mingjing.ui.forms import House

NO_PASSKEY = "通行密钥没有通过，请再试一次。"
LOCKED = "失败次数过多，已暂停登录。"


def plain(form: forms.Form, **labels: str) -> None:
    """Labels of ours instead of allauth's placeholders."""
    for name, label in labels.items():
        form.fields[name].label = label
        form.fields[name].help_text = ""
        form.fields[name].widget.attrs.pop("placeholder", None)


class SignInForm(House, LoginForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        plain(self, login="警号", password="密码")

    def clean_login(self) -> str:
        """Numbers are kept in capitals; another case must not count as another number at the lockout."""
        return super().clean_login().upper()


class OwnPasswordForm(House, ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        plain(self, oldpassword="当前密码", password1="新密码", password2="再输一遍新密码")
        self.fields["password1"].help_text = "至少 10 位，不能全是数字，不能与警号、姓名相近，不能是常见密码，不能与当前密码相同。"

    def clean_oldpassword(self) -> str:
        """Guessing here counts like guessing at the door."""
        if not get_adapter().reauthenticate(self.user, self.cleaned_data["oldpassword"]):
            raise get_adapter().validation_error("enter_current_password")
        return self.cleaned_data["oldpassword"]

    def save(self) -> None:
        actions.change_own_password(officer=self.user, password=self.cleaned_data["password1"])


class ConfirmByPasswordForm(House, ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        plain(self, password="密码")


class CodeOnce(House):
    """A code is looked at under a lock, counted when wrong, and never accepted twice, whichever process it comes to."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        plain(self, code="动态验证码或者恢复码")
        self.fields["code"].widget.attrs["inputmode"] = "text"

    def clean_code(self) -> str:
        if lockout.is_locked(context.request, self.user.code):
            raise ValidationError(LOCKED)
        refusal = None
        with transaction.atomic():
            Officer.objects.select_for_update().get(pk=self.user.pk)
            try:
                code = super().clean_code()
                spend(self.authenticator, code)
            except ValidationError as error:
                refusal = error
        if refusal:
            lockout.count(context.request, self.user, "第二因素")
            raise refusal
        return code


class SecondFactorForm(CodeOnce, AuthenticateForm):
    pass


class ConfirmByCodeForm(CodeOnce, ReauthenticateByCodeForm):
    pass


MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, struct.error)


class SoundPasskey:
    """A browser's answer about a passkey may be anything; what cannot be read is as wrong as a wrong signature."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except (ValidationError, *MALFORMED) as error:
            raise ValidationError(NO_PASSKEY) from error


class SignInByPasskeyForm(SoundPasskey, LoginWebAuthnForm):
    pass


class SecondFactorByPasskeyForm(SoundPasskey, AuthenticateWebAuthnForm):
    pass


class ConfirmByPasskeyForm(SoundPasskey, ReauthenticateWebAuthnForm):
    pass


class AddPasskeyForm(AddWebAuthnForm):
    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except (ValidationError, *MALFORMED) as error:
            raise ValidationError(NO_PASSKEY) from error


def spend(authenticator: Authenticator, code: str) -> None:
    """Remember a code of the clock as long as it could be valid. allauth does so in the memory of one process; there are several.
    Raises ValidationError for a code spent before."""
    if authenticator.type != Authenticator.Type.TOTP:
        return  # recovery codes are spent in the database already
    digits, now = "".join(filter(str.isdigit, code)), int(time.time())
    lasting = mfa_settings.TOTP_PERIOD * (2 * mfa_settings.TOTP_TOLERANCE + 1)
    spent = {old: at for old, at in authenticator.data.get("spent", {}).items() if now - at <= lasting}
    if digits in spent:
        raise get_second_factor_adapter().validation_error("incorrect_code")
    authenticator.data["spent"] = {**spent, digits: now}
    authenticator.save(update_fields=["data"])
