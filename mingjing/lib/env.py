"""Settings from the environment. A value that cannot be read stops the start with a message; there is no silent default for a wrong value."""

from __future__ import annotations

import os
import secrets
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def flag(name: str, default: bool) -> bool:
    raw = os.environ.get(name, "")
    if not raw:
        return default
    if raw.lower() not in WORDS:
        raise ImproperlyConfigured(f"环境变量 {name} 应为 1 或 0，现在是 {raw!r}")
    return WORDS[raw.lower()]


def number(name: str, default: int, low: int = 0) -> int:
    raw = os.environ.get(name, "")
    if not raw:
        return default
    if not raw.isdecimal() or int(raw) < low:
        raise ImproperlyConfigured(f"环境变量 {name} 应为不小于 {low} 的整数，现在是 {raw!r}")
    return int(raw)


def url(name: str) -> str:
    """An address of another system, empty for none."""
    raw = os.environ.get(name, "")
    if raw and not _is_address(raw):
        raise ImproperlyConfigured(f"环境变量 {name} 应为 http://主机/路径 或 https://主机/路径（只用 ASCII 字符，没有空格），现在是 {raw!r}")
    return raw


def _is_address(raw: str) -> bool:
    try:
        parts = urlsplit(raw)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and all("!" <= sign <= "~" for sign in raw)
    except ValueError:  # a port that is no number, a broken IPv6 address
        return False


def day(name: str) -> date | None:
    raw = os.environ.get(name, "")
    try:
        return date.fromisoformat(raw) if raw else None
    except ValueError:
        raise ImproperlyConfigured(f"环境变量 {name} 应为一个日期，如 2026-01-01，现在是 {raw!r}") from None


def words(name: str) -> list[str]:
    """A list separated by commas."""
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def secret(name: str, file: Path) -> str:
    """A secret from the environment, or one made on first start and kept in the data folder, readable by its owner only."""
    if os.environ.get(name):
        return os.environ[name]
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
                out.write(secrets.token_urlsafe(50))
        except FileExistsError:
            pass  # another process was first
    return file.read_text()


def database(url: str, folder: Path) -> dict[str, Any]:
    """Django's database entry from DATABASE_URL; without one, SQLite in the data folder."""
    if not url:
        return sqlite(folder / "mingjing.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return sqlite(Path(parts.path))
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f"DATABASE_URL 只支持 sqlite:///路径 与 postgresql://用户:口令@主机:端口/库名，现在是 {parts.scheme}://…")
    return {
        "ENGINE": "django.db.backends.postgresql", "NAME": parts.path.lstrip("/"), "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""), "HOST": parts.hostname or "", "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}, **dict(parse_qsl(parts.query))},
    }


def sqlite(file: Path) -> dict[str, Any]:
    """SQLite as a server's store: write-ahead log, one writer at a time that waits its turn, every commit on disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3", "NAME": str(file),
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"},
        # a file, for one kept in memory has neither the log nor its isolation; one a process, for several may test at once
        "TEST": {"NAME": str(file.with_name(f"test-{os.getpid()}-{file.name}"))},
    }
