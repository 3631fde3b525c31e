"""Short ways to say that a source cannot be read."""

from __future__ import annotations

from pathlib import Path

from rulebook.errors import Fault, SourceError, Text


def refusal(path: str | Path, line: int, zh: str, en: str, fix_zh: str, fix_en: str) -> SourceError:
    """A SourceError with one fault; `line` is 0 when a line makes no sense."""
    return SourceError([Fault(str(path), line, Text(zh, en), Text(fix_zh, fix_en))])


def unreadable(path: str | Path, error: OSError) -> SourceError:
    reason = error.strerror or str(error)
    return refusal(path, 0, f"读不了：{reason}", f"cannot be read: {reason}", "核对路径和读取权限", "check the path and the permission to read it")


def empty(path: str | Path) -> SourceError:
    return refusal(path, 0, "文件是空的", "the file is empty",
                   "核对导出是否完成，换一个有内容的文件", "check that the export finished and give a file with content")


def truncated(path: str | Path, what: str) -> SourceError:
    return refusal(path, 0, f"压缩文件不完整或已损坏：{what}", f"the compressed file is cut off or damaged: {what}",
                   "重新导出或重新传输这个文件", "export or transfer the file again")


def not_utf8(path: str | Path) -> SourceError:
    return refusal(path, 0, "不是 UTF-8 编码（可能是 GBK）", "is not UTF-8 (perhaps GBK)",
                   "另存为 UTF-8 再试；事件日志也可在映射文件写 encoding: gbk", "save it as UTF-8; for an event log the mapping may say encoding: gbk")
