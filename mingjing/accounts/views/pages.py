"""权限表 and 系统."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from mingjing.accounts.duties import NONE, TEAM, UNIT, Permission, Table, table
from mingjing.accounts.views.asking import require
from mingjing.ledger.queries import head
from mingjing.ui.middleware import notice

REACH = {TEAM: "本人承办的案件", UNIT: "任职单位及其下级单位", NONE: "不接触案件"}
DATABASES = {"sqlite": "SQLite（数据目录内的文件）", "postgresql": "PostgreSQL"}
GIB = 1024**3


@dataclass(frozen=True)
class Row:
    """One act, with its duties and states in the order of the file."""

    permission: Permission
    duties: list[str]
    states: list[str]


@dataclass(frozen=True)
class Section:
    """One kind of object and the acts on it."""

    label: str
    rows: list[Row]


def permissions(request: HttpRequest) -> HttpResponse:
    """?duty= shows what one duty may do; a duty that does not exist is told and passed over."""
    asked, rights = request.GET.get("duty", ""), table()
    known = asked if asked in rights.duties else ""
    context = {
        "rights": [(duty, REACH[duty.reach]) for duty in rights.duties.values()], "chosen": known, "is_unknown": bool(asked and not known),
        "sections": sections(rights, known), "title": "权限表",
    }
    return render(request, "accounts/permissions.html", context)


def sections(rights: Table, duty: str) -> list[Section]:
    """The table by objects, in the order of the file; with a duty, only what it may do."""
    found: dict[str, list[Row]] = {}
    for (kind, _), row in rights.permissions.items():
        if not duty or duty in row.duties:
            found.setdefault(kind, []).append(Row(row, rights.duties_for(row), rights.states_for(row)))
    return [Section(rights.labels[kind], rows) for kind, rows in found.items()]


def system(request: HttpRequest) -> HttpResponse:
    require(request.viewer, "system", "read")
    disk = shutil.disk_usage(existing(settings.DATA))
    context = {
        "version": version("mingjing"), "database": DATABASES.get(connection.vendor, connection.vendor), "folder": settings.DATA,
        "free": f"{disk.free / GIB:.1f} GB（共 {disk.total / GIB:.1f} GB）", "is_low": disk.free < GIB, "last": head(),
        "work": last_work(), "maintenance": notice(), "maintenance_file": settings.MAINTENANCE_FILE, "settings": in_force(), "title": "系统",
    }
    return render(request, "accounts/system.html", context)


def existing(folder: Path) -> Path:
    return folder if folder.exists() else existing(folder.parent)


def last_work() -> datetime | None:
    """When the background work last left a trace in the data folder: the kept heads of the ledger."""
    kept = settings.DATA / "anchors"
    times = [file.stat().st_mtime for file in kept.glob("*")] if kept.is_dir() else []
    return datetime.fromtimestamp(max(times), tz=timezone.get_current_timezone()) if times else None


def in_force() -> list[tuple[str, str]]:
    """Settings that matter to whoever runs the platform, without secrets."""
    return [
        ("单位名称", settings.BUREAU),
        ("允许的主机名", "、".join(settings.ALLOWED_HOSTS)),
        ("仅限加密连接", "是" if settings.SECURE_COOKIES else "否"),
        ("前置代理", f"{settings.ALLAUTH_TRUSTED_PROXY_COUNT} 层"),
        ("会话最长", f"{settings.SESSION_COOKIE_AGE // 60} 分钟"),
        ("无操作退出登录", f"{settings.SESSION_IDLE_MINUTES} 分钟"),
        ("暂停登录", f"连续失败 {settings.AXES_FAILURE_LIMIT} 次，暂停 {settings.AXES_COOLOFF_TIME} 小时"),
        ("统一身份认证", settings.OIDC_SERVER or "未启用"),
        ("警号所在的声明", settings.OIDC_CODE_CLAIM if settings.OIDC_SERVER else "—"),
        ("台账摘要算法", settings.LEDGER_DIGEST.upper()),
        ("导入文件上限", f"{settings.UPLOAD_LIMIT // 1024 // 1024} MB"),
        ("规则目录", str(settings.RULES)),
        ("样张与调试", "打开（不要用于正式环境）" if settings.DEBUG else "关闭"),
    ]
