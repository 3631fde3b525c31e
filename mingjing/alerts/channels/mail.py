"""E-mail inside the bureau's own network, to <police number>@<domain>. It says that there is something, not what: the contents stay in the platform."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from string import digits

from django.conf import settings
from django.core.mail import EmailMessage

from mingjing.alerts.channels.undelivered import Undelivered
from mingjing.alerts.models import Notice

NAME, GATHERS = "邮件", True


def is_set_up() -> bool:
    return bool(settings.EMAIL_HOST and settings.MAIL_DOMAIN)


def send(notices: Sequence[Notice]) -> None:
    """To the officer of all of them."""
    first, level = notices[0], notices[0].alert.get_level_display()
    listed = "".join(f"  {notice.alert_id}　{notice.occasion.rstrip(digits)}\n" for notice in notices)
    subject = f"明镜预警 {first.alert_id}（{level}）{first.occasion.rstrip(digits)}" if len(notices) == 1 else f"明镜预警摘要：{len(notices)} 条{level}预警"
    body = f"{first.officer.name}：\n\n有 {len(notices)} 条预警需要你处理：\n\n{listed}\n请登录明镜查看和签收。\n"
    known_as = "-".join(str(notice.pk) for notice in (first, *notices[1:][-1:]))  # the same again when it is sent again
    message = EmailMessage(subject, body, to=[f"{first.officer_id}@{settings.MAIL_DOMAIN}"], headers={"Message-ID": f"<notice-{known_as}@mingjing>"})
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        raise Undelivered(f"邮件服务器没有收下：{type(error).__name__}") from error
