"""Around allauth's views: what is not offered here, the second factor on record, and the directory's answer with its signature checked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from requests import RequestException

from mingjing.accounts.actions import signing

log = logging.getLogger("mingjing.accounts")
NAMES = {"totp": "动态验证码", "webauthn": "通行密钥", "recovery_codes": "恢复码"}


@login_not_required
def not_offered(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """Signing up, e-mail, connecting accounts: allauth has pages for them, this house does not."""
    raise Http404


@login_not_required
def forgotten(request: HttpRequest) -> HttpResponse:
    return render(request, "account/password_reset.html", {"title": "忘记密码"})


def sessions(request: HttpRequest) -> HttpResponse:
    return redirect("accounts:me")


def on_record(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that may change the second factor: in one transaction with its ledger entry, if it did."""

    @wraps(view)
    def recorded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        with transaction.atomic():
            before = factors(request)
            response = view(request, *args, **kwargs)
            after = factors(request)
            added, removed = after.keys() - before.keys(), before.keys() - after.keys()
            if added or removed:
                signing.second_factor_changed(
                    officer=request.user, added=[NAMES[after[key]] for key in added], removed=[NAMES[before[key]] for key in removed])
        return response

    return recorded


def factors(request: HttpRequest) -> dict[int, str]:
    return dict(Authenticator.objects.filter(user_id=request.user.pk).values_list("pk", "type"))


class Directory(OpenIDConnectOAuth2Adapter):
    """allauth trusts a token that came straight from the server over TLS; inside a police network TLS is not a given, so the signature is checked too."""

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        self.did_fetch_access_token = False
        return super()._decode_id_token(app, id_token)


@login_not_required
def directory_login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The button on the page of signing in."""
    return through_directory(request, provider_id, OAuth2LoginView)


@login_not_required
def directory_answer(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the directory sends the browser back to."""
    return through_directory(request, provider_id, OAuth2CallbackView)


def through_directory(request: HttpRequest, provider_id: str, view: type[OAuth2LoginView | OAuth2CallbackView]) -> HttpResponse:
    """allauth's view with our adapter; a directory that does not answer, or not sensibly, is told and not crashed on."""
    try:
        return view.adapter_view(Directory(request, provider_id))(request)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    except (RequestException, KeyError, ValueError):
        log.exception("the directory did not answer as it should")
        return render(request, "socialaccount/authentication_error.html", status=502)
