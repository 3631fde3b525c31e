"""Where people, units and accounts are. The second list stands in front of allauth's own addresses, which follow under `account/`."""

from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path, re_path

from mingjing.accounts.views import access, door, officers, own, pages, shifts, units

app_name = "accounts"

pages_of_ours = [
    path("me/", own.me, name="me"),
    path("me/sessions/end/", own.end_other_sessions, name="end_other_sessions"),
    path("officers/", officers.officers, name="officers"),
    path("officers/new/", officers.enrol, name="enrol"),
    path("officers/<str:code>/", officers.officer, name="officer"),
    path("officers/<str:code>/change/", officers.change, name="change_officer"),
    path("officers/<str:code>/transfer/", officers.transfer, name="transfer"),
    path("officers/<str:code>/deactivate/", officers.deactivate, name="deactivate"),
    path("officers/<str:code>/reactivate/", officers.reactivate, name="reactivate"),
    path("officers/<str:code>/password/", officers.reset_password, name="reset_password"),
    path("officers/<str:code>/second-factor/", officers.remove_second_factor, name="remove_second_factor"),
    path("officers/<str:code>/unlock/", officers.unlock, name="unlock"),
    path("officers/<str:code>/duties/new/", officers.give_duty, name="give_duty"),
    path("officers/<str:code>/duties/<int:number>/end/", officers.end_duty, name="end_duty"),
    path("officers/<str:code>/duties/<int:number>/withdraw/", officers.withdraw_duty, name="withdraw_duty"),
    path("units/", units.units, name="units"),
    path("units/new/", units.found, name="found_unit"),
    path("units/<str:code>/", units.unit, name="unit"),
    path("units/<str:code>/rename/", units.rename, name="rename_unit"),
    path("units/<str:code>/move/", units.move, name="move_unit"),
    path("units/<str:code>/close/", units.close, name="close_unit"),
    path("units/<str:code>/reopen/", units.reopen, name="reopen_unit"),
    path("shifts/", shifts.shifts, name="shifts"),
    path("shifts/new/", shifts.put_on_shift, name="put_on_shift"),
    path("shifts/withdraw/", shifts.withdraw, name="withdraw_shifts"),
    path("break-glass/", access.accesses, name="break_glass"),
    path("break-glass/new/", access.request_access, name="request_access"),
    path("break-glass/<int:number>/", access.access, name="access"),
    path("break-glass/<int:number>/end/", access.end_access, name="end_access"),
    path("break-glass/<int:number>/review/", access.review_access, name="review_access"),
    path("permissions/", pages.permissions, name="permissions"),
    path("system/", pages.system, name="system"),
]

before_allauth = [
    path("account/password/reset/", door.forgotten),
    path("account/sessions/", door.sessions),
    path("account/2fa/totp/activate/", door.on_record(totp.activate_totp)),
    path("account/2fa/totp/deactivate/", door.on_record(totp.deactivate_totp)),
    path("account/2fa/recovery-codes/generate/", door.on_record(recovery_codes.generate_recovery_codes)),
    path("account/2fa/webauthn/add/", door.on_record(webauthn.add_webauthn)),
    path("account/2fa/webauthn/keys/<int:pk>/remove/", door.on_record(webauthn.remove_webauthn)),
    path("account/oidc/<str:provider_id>/login/", door.directory_login),
    path("account/oidc/<str:provider_id>/login/callback/", door.directory_answer),
    re_path(r"^account/(?:signup|email|confirm-email|phone|password/set|password/reset/.+|login/code|social)/", door.not_offered),
    re_path(r"^account/3rdparty/(?:signup/)?$", door.not_offered),
]

urlpatterns = [*pages_of_ours, *before_allauth]
