"""What stands in the navigation: data. Apps above `ui` are known here by the names of their URLs only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.urls import reverse


@dataclass(frozen=True)
class Item:
    """`needs`: (kind, act) of the permission table, any of which shows it; empty: everybody who holds some duty today. `icon` is a name of Lucide."""

    label: str
    url_name: str
    icon: str
    needs: tuple[tuple[str, str], ...] = ()

    @cached_property
    def url(self) -> str:
        return reverse(self.url_name)

    def is_for(self, viewer: Any) -> bool:
        return any(viewer.may(*need) for need in self.needs) if self.needs else bool(viewer.duties)


@dataclass(frozen=True)
class Section:
    """`element`: the one character in front: 人 情 案 物 卷 场, or 督 数 管 for what stands beside the six."""

    element: str
    label: str
    items: tuple[Item, ...]


def reads(kind: str) -> tuple[tuple[str, str], ...]:
    return ((kind, "read"),)


HOME = Section("", "今日", (Item("今日", "cases:home", "calendar-check"),))

SECTIONS: tuple[Section, ...] = (
    Section("人", "人员", (
        Item("当事人", "cases:parties", "user", reads("party")),
        Item("民警", "accounts:officers", "shield-user"),
        Item("单位", "accounts:units", "network"),
        Item("值班表", "accounts:shifts", "calendar-clock", reads("shift")),
    )),
    Section("情", "警情", (Item("警情", "cases:incidents", "siren", reads("incident")),)),
    Section("案", "案件", (
        Item("案件", "cases:cases", "folder-open", reads("case")),
        Item("强制措施", "cases:measures", "lock", reads("measure")),
        Item("处罚决定", "cases:decisions", "gavel", reads("decision")),
    )),
    Section("物", "涉案财物", (Item("涉案财物", "cases:property_items", "package", reads("property_item")),)),
    Section("卷", "卷宗", ()),
    Section("场", "办案场所", (
        Item("传唤", "cases:summonses", "log-in", reads("summons")),
        Item("询问讯问", "cases:interviews", "messages-square", reads("interview")),
    )),
    Section("督", "监督", (
        Item("预警", "alerts:alerts", "triangle-alert", reads("alert")),
        Item("时限雷达", "alerts:radar", "timer", reads("alert")),
        Item("督办", "alerts:supervised", "megaphone", reads("alert")),
        Item("站内信", "alerts:inbox", "mail"),
        Item("预警模型", "alerts:rules", "scale"),
        Item("静默", "alerts:silences", "bell-off", reads("silence")),
        Item("抽查对照", "alerts:samples", "clipboard-check", (("rule", "sample"),)),
        Item("评估运行", "alerts:runs", "activity", reads("run")),
        Item("临时授权", "accounts:break_glass", "key-round", (("break_glass", "request"), ("break_glass", "read"),)),
        Item("台账核验", "ledger:check", "link", reads("ledger")),
    )),
    Section("数", "数据", (
        Item("导入", "intake:batches", "upload", reads("batch")),
        Item("接口", "intake:keys", "plug", reads("key")),
    )),
    Section("管", "管理", (
        Item("权限表", "accounts:permissions", "table-properties"),
        Item("系统", "accounts:system", "server", reads("system")),
    )),
)

# the bar at the foot of a narrow screen
BAR: tuple[Item, ...] = (
    Item("今日", "cases:home", "calendar-check"),
    Item("预警", "alerts:alerts", "triangle-alert", reads("alert")),
    Item("时限", "alerts:radar", "timer", reads("alert")),
    Item("我", "accounts:me", "circle-user"),
)
ALWAYS = "accounts:me"  # an officer without any duty today still reaches the own page


@dataclass(frozen=True)
class Entry:
    item: Item
    url: str
    is_current: bool


@dataclass(frozen=True)
class Group:
    section: Section
    entries: Sequence[Entry]

    @property
    def is_current(self) -> bool:
        return any(entry.is_current for entry in self.entries)


def groups(viewer: Any, path: str) -> list[Group]:
    """The sections that hold something for this viewer; the entry whose address is the longest beginning of `path` is the current one."""
    found = [(section, _entries(section.items, viewer)) for section in (HOME, *SECTIONS)]
    return _marked([(section, items) for section, items in found if items], path)


def bar(viewer: Any, path: str) -> list[Entry]:
    marked = _marked([(HOME, _entries(BAR, viewer))], path)
    return list(marked[0].entries)


def _entries(items: Sequence[Item], viewer: Any) -> list[tuple[Item, str]]:
    return [(item, item.url) for item in items if viewer and (item.is_for(viewer) or item.url_name == ALWAYS)]


def _marked(found: Sequence[tuple[Section, Sequence[tuple[Item, str]]]], path: str) -> list[Group]:
    urls = [url for _, items in found for _, url in items if path == url or (url != "/" and path.startswith(url))]
    current = max(urls, key=len, default=None)
    return [Group(section, [Entry(item, url, url == current) for item, url in items]) for section, items in found]
