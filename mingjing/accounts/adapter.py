"""How allauth meets our officers: who may pass the door, what of it is recorded, and what is sealed in the database."""

from __future__ import annotations

import base64
import hashlib
import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from mingjing.accounts import lockout
from mingjing.accounts.actions import signing
from mingjing.accounts.models import Officer
from mingjing.lib.refused import Refused

log = logging.getLogger("mingjing.accounts")

WAYS = {"password": "密码", "socialaccount": "统一身份认证", "totp": "动态验证码", "recovery_codes": "恢复码", "webauthn": "通行密钥"}


def may_sign_in(officer: Officer) -> bool:
    return officer.is_active and not officer.is_interface


def ways(request: HttpRequest, officer: Officer) -> list[str]:
    """How this session was opened, in order, in words."""
    records = get_authentication_records(request, officer)
    return [WAYS.get(entry.get("type") or entry["method"], entry["method"]) for entry in records if not entry.get("reauthenticated")]


class AccountAdapter(DefaultAccountAdapter):
    """Signing in and out by password or passkey. Nobody signs up."""

    error_messages = {  # noqa: RUF012  allauth's own attribute
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": "警号或者密码不对。忘记密码请联系系统管理员重置。",
        "incorrect_password": "密码不对。",
        "enter_current_password": "当前密码不对。",
        "too_many_login_attempts": "失败次数过多，请稍后再试。",
        "rate_limited": "操作太频繁，请稍后再试。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_login(self, request: HttpRequest, user: Officer, **kwargs: Any) -> HttpResponse | None:
        """Every way of signing in comes through here."""
        if not may_sign_in(user):
            signing.failed(code=user.code, how="账号已停用或者不能登录", address=lockout.address(request), locks=False)
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **kwargs)

    def post_login(self, request: HttpRequest, user: Officer, **kwargs: Any) -> HttpResponse:
        signing.signed_in(officer=user, how="、".join(ways(request, user)), address=lockout.address(request))
        return super().post_login(request, user, **kwargs)

    def logout(self, request: HttpRequest) -> None:
        signing.signed_out(officer=request.user, how="退出")
        super().logout(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        if lockout.is_locked(request, credentials.get("username", "")):
            raise self.validation_error("too_many_login_attempts")
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        lockout.failed(request, credentials.get("username", ""), "密码")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:me")

    def get_reauthentication_methods(self, user: Officer) -> list[dict[str, Any]]:
        names = {"reauthenticate": "用密码确认", "mfa_reauthenticate": "用动态验证码或者恢复码确认", "mfa_reauthenticate:webauthn": "用通行密钥确认"}
        return [{**method, "description": names[method["id"]]} for method in super().get_reauthentication_methods(user)]


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of second factors are sealed with the platform's key, so that a copy of the database does not open accounts."""

    error_messages = {  # noqa: RUF012
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "验证码不对，或者已经用过。请等下一个验证码再试。",
        "cannot_generate_recovery_codes": "请先启用动态验证码或者通行密钥，再生成恢复码。",
    }

    def encrypt(self, text: str) -> str:
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _seal().decrypt(encrypted_text.encode()).decode()
        except InvalidToken as error:
            log.exception("a second factor was sealed with another key")
            raise Refused("平台密钥更换过，原来的第二因素不能再用。请联系系统管理员移除第二因素，登录后重新设置。") from error

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "明镜"}

    def get_public_key_credential_user_entity(self, user: Officer) -> dict[str, Any]:
        return {**super().get_public_key_credential_user_entity(user), "display_name": user.name}

    def generate_authenticator_name(self, user: Officer, type: str) -> str:
        return f"通行密钥 {user.authenticator_set.filter(type=type).count() + 1}"


def _seal() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second factor {settings.SECRET_KEY}".encode()).digest()))


class DirectoryAdapter(DefaultSocialAccountAdapter):
    """The bureau's own directory (OIDC) says who somebody is; whether that is an officer here is decided anew at each sign-in, by the police number.

    Nothing is connected or created: an account that the directory gives to somebody else tomorrow opens nothing of today's.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.state.get("process", "login") != "login":
            raise ImmediateHttpResponse(self._refuse(request, "", "只能用统一身份认证登录，不能绑定账号。"))
        claims = sociallogin.account.extra_data
        user, token = claims.get("userinfo") or {}, claims.get("id_token") or {}
        if user and token and user.get("sub") != token.get("sub"):
            raise ImmediateHttpResponse(self._refuse(request, "", "统一身份认证返回的信息前后不一致，请重新登录。"))
        code = str(token.get(settings.OIDC_CODE_CLAIM) or user.get(settings.OIDC_CODE_CLAIM) or "").strip().upper()
        officer = Officer.objects.filter(code=code).first() if code else None
        if officer is None:
            text = f"统一身份认证已确认你的身份，但警号“{code}”没有在本平台登记。请联系系统管理员登记后再登录。" if code else \
                "统一身份认证没有提供警号，不能登录。请联系系统管理员核对认证配置。"
            raise ImmediateHttpResponse(self._refuse(request, code, text))
        if not may_sign_in(officer):
            signing.failed(code=code, how="统一身份认证：账号已停用或者不能登录", address=lockout.address(request), locks=False)
            raise ImmediateHttpResponse(self._refuse(request, code, "这个警号的账号已停用，不能登录。请联系系统管理员。"))
        sociallogin.user = officer

    def on_authentication_error(self, request: HttpRequest, provider: Any, error: Any = None, exception: Exception | None = None, **kwargs: Any) -> None:
        log.warning("sign-in through the directory failed: %s %s", error, exception)

    @staticmethod
    def _refuse(request: HttpRequest, code: str, text: str) -> HttpResponse:
        log.warning("sign-in through the directory refused for number %r: %s", code, text)
        return render(request, "socialaccount/refused.html", {"text": text}, status=403)
