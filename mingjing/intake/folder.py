"""The watched folder: whatever another program puts into `inbox` is imported for the account that owns it, and put away into `done` or `failed`.

A file goes inbox → work → done or failed, always by renaming, and its batch says how far it is. So killed anywhere, the next round goes on:
a file in `work` without an open batch is taken in, a batch that has ended is put away.
"""

from __future__ import annotations

import logging
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from django.conf import settings
from django.utils import timezone

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import Viewer, viewer
from mingjing.cases.models import NOUNS
from mingjing.cases.vocabulary import vocabulary
from mingjing.intake import files, rejects
from mingjing.intake.actions import filed, receive
from mingjing.intake.models.batches import ENDED, Batch, State
from mingjing.intake.readers import SUFFIXES
from mingjing.lib.refused import Refused

log = logging.getLogger("mingjing.intake.folder")
QUIET = 3.0  # seconds without any change before a file is taken for whole
AT_A_TIME = 50  # files a round


@dataclass(frozen=True)
class Seen:
    """A file as it looked when it last changed."""

    size: int
    changed: int
    since: float


_seen: dict[str, Seen] = {}
_said: list[str] = []


def run_once() -> bool:
    """One round: put away what has ended, take in what has come to rest. Whether anything was done. Without an account the folder is off."""
    if not settings.INBOX_ACCOUNT:
        return False
    owner = _owner()
    if owner is None:
        return False
    for name in ("work", "done", "failed"):
        (inbox() / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    away = [_put_away(batch) for batch in _ended()]
    moved = [_to_work(path) for path in _at_rest()]
    taken = [_take_in(path, owner) for path in _in_work()]
    return any((*away, *moved, *taken))


def inbox() -> Path:
    return Path(settings.DATA) / "inbox"


def _owner() -> Viewer | None:
    """The account named by the setting; said once in the log when it cannot be used."""
    officer = Officer.objects.filter(code=settings.INBOX_ACCOUNT, is_interface=True, is_active=True).first()
    by = viewer(officer) if officer else None
    if by and any(by.paths(table, "enter") for table in NOUNS):
        _said.clear()
        return by
    if not _said:
        _said.append(settings.INBOX_ACCOUNT)
        log.error("收件夹停用：MINGJING_INBOX_ACCOUNT=%s 不是在用的系统接口账号，或者没有“系统接口”职责", settings.INBOX_ACCOUNT)
    return None


# --- into work -------------------------------------------------------------------------------------------------------------------------


def _at_rest() -> list[Path]:
    """Ordinary files that have not changed for a while. Links and folders are left alone."""
    found, now, present = [], monotonic(), set()
    for entry in sorted(os.scandir(inbox()), key=lambda entry: entry.name):
        is_hidden = entry.name.startswith((".", "~")) or entry.name.endswith((".part", ".tmp", ".crdownload"))
        try:
            state = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if is_hidden or not stat.S_ISREG(state.st_mode):
            continue
        present.add(entry.name)
        last = _seen.get(entry.name)
        if last is None or (last.size, last.changed) != (state.st_size, state.st_mtime_ns):
            _seen[entry.name] = Seen(state.st_size, state.st_mtime_ns, now)
        elif now - last.since >= QUIET:
            found.append(Path(entry.path))
    for name in set(_seen) - present:
        del _seen[name]
    return found[:AT_A_TIME]


def _to_work(path: Path) -> bool:
    """Out of the sender's hands. One that comes again under the same name waits until the first is put away."""
    goal = inbox() / "work" / legible(path.name)
    if goal.exists() or Batch.objects.filter(inbox_name=goal.name, filed="").exists():
        return False
    os.rename(path, goal)
    _seen.pop(path.name, None)
    return True


def legible(name: str) -> str:
    """A name as text: bytes that are not UTF-8 are read as GBK, as other systems write them, and what is no text at all is replaced."""
    raw = os.fsencode(name)
    for encoding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        text = raw.decode("utf-8", "replace")
    text = "".join(letter if letter.isprintable() and letter not in '/\\:*?"<>|' else "_" for letter in text)
    stem, suffix = os.path.splitext(text)
    while len(f"{stem}{suffix}".encode()) > 180:  # room for what is added when it is put away
        stem, suffix = stem[:-1], suffix[:10]
    return f"{stem}{suffix}"


# --- out of work into a batch ----------------------------------------------------------------------------------------------------------


def _in_work() -> list[Path]:
    """Files without a batch: just moved here, or left behind by a process that died between the two steps."""
    paths = sorted(path for path in (inbox() / "work").iterdir() if path.is_file() and not path.is_symlink())
    open_ones = set(Batch.objects.filter(inbox_name__in=[path.name for path in paths], filed="").values_list("inbox_name", flat=True))
    return [path for path in paths if path.name not in open_ones]


def _take_in(path: Path, owner: Viewer) -> bool:
    try:
        table = table_of(path.name)
        with path.open("rb") as source, files.receiving(source) as coming:
            receive(by=owner, table=table, name=path.name, coming=coming, inbox_name=path.name)
    except Refused as refused:
        if refused.message == files.disk_full().message:
            log.error("收件夹：磁盘已满，%s 留在原处", path.name)
            return False
        _refuse(path, refused.message)
    return True


def table_of(name: str) -> str:
    """The table that a file's name begins with, by its name or its Chinese name. Raises Refused."""
    stem, suffix = os.path.splitext(name)
    if suffix.lower() not in SUFFIXES:
        raise Refused(f"不支持“{suffix or '没有扩展名'}”的文件。可以放 CSV、XLSX、Parquet。")
    words = {word: table for table, model in NOUNS.items() for word in (table, str(model._meta.verbose_name), vocabulary().tables[table].label)}
    for word in sorted(words, key=len, reverse=True):
        if stem == word or stem.startswith(f"{word}_"):
            return words[word]
    raise Refused("看不出是哪一张表。文件名应以表名加下划线开头，如 incident_20260301.csv 或 警情_20260301.csv。")


def _refuse(path: Path, why: str) -> None:
    stem, suffix = os.path.splitext(path.name)
    goal = inbox() / "failed" / path.name
    if goal.exists():
        goal = goal.with_name(f"{stem}_{timezone.localtime():%Y%m%d%H%M%S%f}{suffix}")
    _write(goal.with_name(f"{goal.name}.说明.txt"), f"{path.name} 没有导入。\n{why}\n")
    os.rename(path, goal)
    log.warning("收件夹：%s 没有导入：%s", path.name, why)


# --- away ------------------------------------------------------------------------------------------------------------------------------


def _ended() -> list[Batch]:
    ended = Batch.objects.exclude(inbox_name="").filter(state__in=ENDED)
    return list(ended.filter(filed="")[:AT_A_TIME]) + list(ended.filter(state=State.DONE, filed__startswith="failed/")[:AT_A_TIME])


def _put_away(batch: Batch) -> bool:
    """Move the file to done or failed, with what is to be said beside it. A batch that was tried again and ended well moves over to done."""
    is_done = batch.state == State.DONE and batch.rejected < (batch.total or 0)
    now_at = inbox() / (batch.filed or f"work/{batch.inbox_name}")
    if batch.filed and not is_done:
        return False
    goal = _goal(inbox() / ("done" if is_done else "failed"), batch, now_at)
    if batch.rejected:
        rejects.write(batch, goal.with_name(f"{goal.name}.单列.xlsx"))
    _write(goal.with_name(f"{goal.name}.说明.txt"), _summary(batch))
    if now_at.exists():
        os.rename(now_at, goal)
    filed(batch, f"{goal.parent.name}/{goal.name}")
    return True


def _summary(batch: Batch) -> str:
    counts = f"新增 {batch.entered}，变更 {batch.changed}，不变 {batch.unchanged}，单列 {batch.rejected}"
    return f"{batch.inbox_name}（第 {batch.pk} 批，{batch.noun}）：{batch.state}\n{counts}\n{batch.message}\n".replace("\n\n", "\n")


def _goal(folder: Path, batch: Batch, now_at: Path) -> Path:
    """Where the file goes; a name that is taken gets the number of the batch. If it is no longer where it was, it went there before the process died."""
    stem, suffix = os.path.splitext(batch.inbox_name)
    plain, numbered = folder / batch.inbox_name, folder / f"{stem}_第{batch.pk}批{suffix}"
    is_taken = plain.exists() if now_at.exists() else numbered.exists()
    return numbered if is_taken else plain


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8-sig")  # so that Notepad shows it right
