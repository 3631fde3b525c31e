"""The rule files as the house runs them: each with its digest; a broken file is told and leaves the others alone."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from django.conf import settings
from django.utils import timezone

from mingjing.cases.vocabulary import vocabulary
from rulebook.errors import Fault, RuleError
from rulebook.evaluation import compile_rule
from rulebook.rules import Rule, load_rule, rule_files

log = logging.getLogger("mingjing.alerts")
RUN = ("trial", "active")  # drafts are not run, retired ones no longer

READING = Lock()
LOOK_EVERY = 1.0  # seconds; a page asks a dozen times
_last: list[Any] = [0.0, None, None]  # when it was looked, in which folder, and what was there


@dataclass(frozen=True)
class Broken:
    """A rule file that does not load, and why, in Chinese."""

    file: str
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Library:
    """The rules that run, by code; `digests` of their files; the files that do not load; `idle`: drafts and retired ones, by code."""

    rules: dict[str, Rule]
    digests: dict[str, str]
    broken: tuple[Broken, ...]
    idle: dict[str, Rule] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    @cached_property
    def reads(self) -> dict[str, frozenset[str]]:
        """The tables that each rule reads, for its check or its message; every table for one that cannot be compiled, so that it is tried and told of."""
        tables = vocabulary().tables
        every = {name: frozenset(table.columns) for name, table in tables.items()}
        found = {}
        for rule in self:
            try:
                found[rule.code] = frozenset(compile_rule(rule, timezone.now(), present=every).reads)
            except Exception:  # whoever judges by it reports it
                found[rule.code] = frozenset(tables)
        return found

    @cached_property
    def protecting(self) -> frozenset[str]:
        """The rules that protect liberty: nobody switches them off or silences them, whatever was set when a rule did not yet do so."""
        return frozenset(rule.code for rule in self if rule.protects)

    def touched_by(self, changed: Collection[str]) -> list[Rule]:
        """The rules on which a change in these tables bears; all when one of them is no table of facts (who leads a case)."""
        if not vocabulary().tables.keys() >= set(changed):
            return list(self)
        return [rule for rule in self if self.reads[rule.code] & set(changed)]

    def known(self, code: str) -> Rule | None:
        """A rule that loads, whether it runs or not."""
        return self.rules.get(code) or self.idle.get(code)


def library() -> Library:
    """The rules as the files stood at most LOOK_EVERY seconds ago; read again only when some file has changed. One reads, whoever else asks waits."""
    looked_at, folder, found = _last
    if found is not None and folder == settings.RULES and monotonic() - looked_at < LOOK_EVERY:
        return found
    files = tuple((path, path.stat().st_mtime_ns, path.stat().st_size) for path in rule_files(settings.RULES))
    with READING:
        _last[:] = monotonic(), settings.RULES, _read(files)
        return _last[2]


@lru_cache(maxsize=2)
def _read(files: tuple[tuple[Path, int, int], ...]) -> Library:
    rules, digests, broken, idle = {}, {}, [], {}
    for path, _, _ in files:
        try:
            rule = load_rule(path, vocabulary())
        except RuleError as error:
            broken.append(Broken(path.name, tuple(_told(fault) for fault in error.faults)))
            continue
        except Exception:  # a file that no check foresaw must not stop the others; the log has it whole
            log.exception("规则文件 %s 无法读取", path.name)
            broken.append(Broken(path.name, ("读取这个文件时程序出错，详情见系统日志；请恢复到上一个可用的版本",)))
            continue
        if rule.code in rules or rule.code in idle:
            broken.append(Broken(path.name, (f"编号 {rule.code} 已被另一个文件使用",)))
        elif rule.status in RUN:
            rules[rule.code] = rule
            digests[rule.code] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            idle[rule.code] = rule
    return Library(rules, digests, tuple(broken), idle)


def _told(fault: Fault) -> str:
    """A fault in Chinese: where, what, what to do."""
    place = f"第 {fault.line} 行：" if fault.line else ""
    return f"{place}{fault.what.zh}。{fault.fix.zh}".rstrip("。") + "。"
