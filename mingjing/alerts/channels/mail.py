"""E-mail inside the bureau's own network, to <police number>@<domain>. It says that there is something, not what: the contents stay in the platform."""

from __future__ import annotations

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage

from mingjing.alerts.channels.undelivered import Undelivered
from mingjing.alerts.models import Notice

NAME = "邮件"


def is_set_up() -> bool:
    return bool(settings.EMAIL_HOST and settings.MAIL_DOMAIN)


def send(notice: Notice) -> None:
    subject = f"明镜预警 {notice.alert_id}（{notice.alert.get_level_display()}）{notice.occasion}"
    body = f"{notice.officer.name}：\n\n有一条预警需要你处理：{notice.alert_id}。请登录明镜查看和签收。\n"
    message = EmailMessage(subject, body, to=[f"{notice.officer_id}@{settings.MAIL_DOMAIN}"], headers={"Message-ID": f"<notice-{notice.pk}@mingjing>"})
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        raise Undelivered(f"邮件服务器没有收下：{type(error).__name__}") from error
