"""Rules: one YAML file each, read and checked as a whole; every fault of every file is told at once.

A rule has a header, dated versions (basis + check) and examples. Which version judges a subject is decided by the subject's own date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from rulebook.closed import closed_faults
from rulebook.errors import Fault, RuleError, Text
from rulebook.parsing import Part
from rulebook.query import Moment
from rulebook.schema import check_schema, departures, is_sound
from rulebook.shapes import SHAPES, Shape
from rulebook.vocabulary import Table, Vocabulary, load_vocabulary
from rulebook.yamlfile import YamlFile, read_yaml

STAGES = ("running", "due_soon", "overdue", "late", "violated")
PLACEHOLDER = re.compile(r"\{([a-z0-9_.]+)\}")
BRACES = re.compile(r"\{([^{}]*)\}")
BUILT_IN = {"subject", "start_at", "due_at", "end_at", "limit", "stage"}
NOT_RULES = {"facts.yaml", "laws.yaml"}


@dataclass(frozen=True)
class Version:
    """The rule as the law stood from `effective` until the next version's day (`until`, exclusive; None: still in force)."""

    effective: date
    until: date | None
    basis: tuple[dict[str, Any], ...]
    check: Shape
    note: str = ""

    def covers(self, day: date) -> bool:
        return self.effective <= day and (self.until is None or day < self.until)


@dataclass(frozen=True)
class Example:
    """Rows, a time and the findings that the rule must then give."""

    name: str
    at: datetime
    given: dict[str, list[dict[str, Any]]]
    expect: tuple[dict[str, Any], ...]
    line: int


@dataclass(frozen=True)
class Rule:
    """One warning model (预警模型). `phase`: the phase of procedure that it belongs to, empty where the vocabulary names none.
    `follows`: codes of rules whose firing in the same matter makes this one speak of nothing new.

    `protects`: `liberty` where a breach costs somebody hours or days of liberty, or safety in custody; empty for the rest. Nobody may quieten such a rule."""

    code: str
    name: str
    element: str
    phase: str
    status: str
    subject: Table
    level: str
    push: tuple[str, ...]
    message: str
    remedy: str
    proof: str
    known_false_alarms: str
    follows: tuple[str, ...]
    protects: str
    dated_by: Moment | None
    versions: tuple[Version, ...]
    examples: tuple[Example, ...]
    vocabulary: Vocabulary
    file: YamlFile = field(repr=False, compare=False)

    @property
    def path(self) -> str:
        return self.file.path

    def message_paths(self) -> list[tuple[str, ...]]:
        """The columns of the subject that the message speaks of."""
        return [tuple(name.split(".")) for name in PLACEHOLDER.findall(self.message) if name not in BUILT_IN]


@dataclass(frozen=True)
class RuleSet:
    """All rules of a folder, by code."""

    folder: Path
    vocabulary: Vocabulary
    rules: tuple[Rule, ...]

    def __iter__(self):
        return iter(self.rules)

    def __len__(self) -> int:
        return len(self.rules)

    def get(self, code: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.code == code), None)


def rule_files(folder: str | Path) -> list[Path]:
    """The rule files of a folder: every YAML below it but the vocabulary, the statute list, the calendar and mappings."""
    folder = Path(folder)
    return sorted(path for path in folder.rglob("*.y*ml")  # .yaml and .yml
                  if path.name not in NOT_RULES and "calendar" not in path.relative_to(folder).parts and not path.name.startswith("mapping"))


def load_rules(folder: str | Path) -> RuleSet:
    """Load a rule set. Raises RuleError with all faults of all files; without a usable vocabulary, those of form."""
    faults: list[Fault] = []
    files, rules = [], []
    try:
        vocabulary = load_vocabulary(folder)
    except RuleError as error:
        vocabulary, faults = None, [*error.faults]
    for path in rule_files(folder):
        try:
            file = read_yaml(path, faults)
            files.append(file)
            rules.append(build_rule(file, vocabulary) if vocabulary else _check_form(file))
        except RuleError as error:
            faults += error.faults
    faults += _same_codes(files) + _led_nowhere(files)
    if not files and not faults:
        faults.append(_no_rules(folder))
    if faults:
        raise RuleError(faults)
    return RuleSet(Path(folder), vocabulary, tuple(sorted(rules, key=lambda rule: rule.code)))


def load_rule(path: str | Path, vocabulary: Vocabulary) -> Rule:
    """Load one rule file. Raises RuleError with all its faults."""
    faults: list[Fault] = []
    file = read_yaml(path, faults)
    try:
        rule = build_rule(file, vocabulary)
    except RuleError as error:
        raise RuleError([*faults, *error.faults]) from error
    if faults:
        raise RuleError(faults)
    return rule


def build_rule(file: YamlFile, vocabulary: Vocabulary) -> Rule:
    """A rule from a file already read. What has the right form is checked for its meaning even if something else has not."""
    builder = _Builder(file, vocabulary)
    rule = builder.build()
    if builder.faults:
        raise RuleError(builder.faults)
    return rule


def _check_form(file: YamlFile) -> None:
    faults = check_schema(file, "rule")
    if faults:
        raise RuleError(faults)


class _Builder:
    """Turns a file into a Rule and collects what is wrong with its form and its meaning."""

    def __init__(self, file: YamlFile, vocabulary: Vocabulary):
        self.file, self.vocabulary = file, vocabulary
        self.data = file.data if isinstance(file.data, dict) else {}
        self.faults, self.broken = departures(file, "rule")

    def build(self) -> Rule | None:
        if self._has("code"):
            self._check_name()
        subject = self._subject()
        if subject is None:
            return None
        self.part = Part(self.file, (), self.data, subject, self.vocabulary, self.faults)
        self._check_phase()
        self.faults += closed_faults(self.file, self.data, subject, self.vocabulary)
        if self._has("message"):
            self._check_placeholders(subject)
        versions, examples = self._versions(), self._examples()
        dated_by = self.part.moment("dated_by") if self._has("dated_by") else None
        if dated_by is None and not self.faults:
            dated_by = self._default_date(versions, subject)
        if self.faults:
            return None
        words = {key: str(self.data.get(key, "")).strip() for key in ("message", "remedy", "proof", "protects", "known_false_alarms")}
        return Rule(code=self.data["code"], name=self.data["name"], element=self.data["element"], phase=self.data.get("phase", ""), status=self.data["status"],
                    subject=subject, level=self.data["level"], push=tuple(self.data["push"]), follows=tuple(self.data.get("follows", ())), dated_by=dated_by,
                    versions=versions, examples=examples, vocabulary=self.vocabulary, file=self.file, **words)

    def _has(self, *where: str | int) -> bool:
        """Whether there is something of the right form at that place."""
        data = self.data
        for step in where:
            if not isinstance(data, dict | list) or (step not in data if isinstance(data, dict) else step >= len(data)):
                return False
            data = data[step]
        return is_sound(where, self.broken)

    def _subject(self) -> Table | None:
        if not self._has("subject"):
            return None
        subject = self.vocabulary.tables.get(self.data["subject"])
        if subject is None:
            known = self.vocabulary.tables
            self._fault(("subject",), f"没有事实表“{self.data['subject']}”", f"no fact table “{self.data['subject']}”",
                        f"可用的表：{'、'.join(known)}", f"tables: {', '.join(known)}")
        return subject

    def _versions(self) -> tuple[Version, ...]:
        specs = self.data.get("versions")
        count = len(specs) if isinstance(specs, list) else 0
        days = [self.part.at("versions", index).day("effective") if self._has("versions", index, "effective") else None for index in range(count)]
        built = []
        for index in range(count):
            until = self._until(index, days)
            check = self._check(self.part.at("versions", index, "check")) if self._has("versions", index, "check") else None
            if check and days[index] and self._has("versions", index):
                spec = specs[index]
                built.append(Version(days[index], until, tuple(spec["basis"]), check, spec.get("note", "")))
        return tuple(built)

    def _until(self, index: int, days: list[date | None]) -> date | None:
        """The day from which the version no longer applies: its own `until`, or the day of the next version."""
        part, effective = self.part.at("versions", index), days[index]
        before = days[index - 1] if index else None
        if effective and before and effective <= before:
            part.fault("effective", "版本应从旧到新排列，施行日不能重复", "versions go from old to new, one a day", "调整次序或日期", "reorder them")
        following = days[index + 1] if index + 1 < len(days) else None
        until = part.day("until") if self._has("versions", index, "until") else None
        if until and effective and (until <= effective or (following and effective < following < until)):
            part.fault("until", f"“{until}”应晚于施行日，且不晚于下一版的施行日", f"“{until}” must be after effective and no later than the next version",
                       "改正 until，或去掉它", "correct until or leave it out")
        return until or following

    def _check(self, part: Part) -> Shape | None:
        """With a list of faults of its own: a check gives up early once it has some, which must not hide those of the next version."""
        (name,) = part.data
        own = replace(part, faults=[])
        shape = SHAPES[name].parse(own.at(name))
        self.faults += own.faults
        return shape if not own.faults else None

    def _default_date(self, versions: tuple[Version, ...], subject: Table) -> Moment | None:
        own = next((version.check.dated_by() for version in versions if version.check.dated_by()), None)
        if own is None and subject.known_from:
            own = Moment((subject.known_from,))
        if own is None and len(versions) > 1:
            self._fault(("versions",), "有多个版本，但看不出按哪个日期选版本", "several versions, but no date to choose by",
                        "加上 dated_by: 决定适用哪一版的时间列", "add dated_by: the time column that decides")
        return own

    def _check_name(self) -> None:
        stem = Path(self.file.path).stem
        if not stem.startswith(self.data["code"] + "_"):
            self._fault(("code",), f"文件名“{stem}”应以“{self.data['code']}_”开头", f"file “{stem}” must begin with “{self.data['code']}_”",
                        "改文件名或编号", "rename the file or the code")

    def _check_phase(self) -> None:
        phases, phase = self.vocabulary.phases, self.data.get("phase")
        if phases and phase not in phases:
            self._fault(("phase",) if phase else (), f"没有执法环节“{phase}”" if phase else "缺少“phase”（执法环节）",
                        f"no such phase “{phase}”" if phase else "lacks “phase”", f"写 {'、'.join(phases)} 之一", f"one of {', '.join(phases)}")

    def _check_placeholders(self, subject: Table) -> None:
        for name in BRACES.findall(self.data["message"]):
            if name not in BUILT_IN:
                self.part.check_path("message", name, subject)

    def _examples(self) -> tuple[Example, ...]:
        specs = self.data.get("examples")
        count = len(specs) if isinstance(specs, list) else 0
        built = [self._example(self.part.at("examples", index)) for index in range(count) if self._has("examples", index)]
        if self._has("examples") and len({bool(spec["expect"]) for spec in specs}) < 2:
            self._fault(("examples",), "范例须正反两面都有：至少一个应预警、一个不应预警", "examples must go both ways: one that fires, one that does not",
                        "补上缺的一面，取期限前后的边界", "add the missing side, at the boundary")
        return tuple(example for example in built if example)

    def _example(self, part: Part) -> Example | None:
        at = part.instant("at")
        for table, rows in part.data["given"].items():
            self._check_rows(part.at("given"), table, rows)
        for expected in part.parts("expect"):
            _check_due(expected)
        return Example(part.data["name"], at, part.data["given"], tuple(part.data["expect"]), part.line) if at else None

    def _check_rows(self, part: Part, name: str, rows: list[dict]) -> None:
        table = self.vocabulary.tables.get(name)
        if table is None:
            part.fault(name, f"没有事实表“{name}”", f"no fact table “{name}”", f"可用的表：{'、'.join(self.vocabulary.tables)}", "use a known table")
            return
        for index, row in enumerate(rows):
            for column in row:
                if column not in table.columns:
                    part.at(name, index).fault(column, f"{name} 没有列“{column}”", f"{name} has no column “{column}”",
                                               f"可用的列：{'、'.join(table.columns)}", f"columns: {', '.join(table.columns)}")

    def _fault(self, where: tuple, *texts: str) -> None:
        self.faults.append(self.file.fault(where, *texts))


def _check_due(part: Part) -> None:
    """`2026-03-05 24:00` names the end of a day, any other time is an ordinary one."""
    if "due" not in part.data:
        return
    text = part.data["due"]
    try:
        datetime.fromisoformat(text.removesuffix(" 24:00"))
    except ValueError:
        part.fault("due", f"“{text}”不是时间", f"“{text}” is no time",
                   "写成 2026-03-02 17:00，当日结束写 2026-03-02 24:00", "write 2026-03-02 17:00, or 2026-03-02 24:00 for the end of the day")


def _same_codes(files: list[YamlFile]) -> list[Fault]:
    seen: dict[str, YamlFile] = {}
    faults = []
    for file in files:
        code = file.data.get("code") if isinstance(file.data, dict) else None
        if not isinstance(code, str):
            continue
        if code in seen:
            faults.append(file.fault(("code",), f"编号 {code} 已被 {seen[code].path} 使用", f"code {code} is taken by {seen[code].path}",
                                     "编号不能重用，换一个", "codes are never reused"))
        seen.setdefault(code, file)
    return faults


def _led_nowhere(files: list[YamlFile]) -> list[Fault]:
    """`follows` must name other rules of the set, and a leader must not follow in turn: who is held back by whom has to be seen at a glance."""
    led = {file.data["code"]: (file, tuple(file.data.get("follows") or ())) for file in files
           if isinstance(file.data, dict) and isinstance(file.data.get("code"), str) and isinstance(file.data.get("follows") or [], list)}
    faults = []
    for code, (file, leaders) in led.items():
        for leader in leaders:
            if leader not in led or leader == code:
                faults.append(file.fault(("follows",), f"follows 里的 {leader} 不是另一条规则", f"{leader} in follows is no other rule",
                                         "写同一目录里另一条规则的编号", "name another rule of this folder"))
            elif led[leader][1]:
                faults.append(file.fault(("follows",), f"{leader} 自己也并入别的规则", f"{leader} follows another rule itself",
                                         "直接写最前面的那条规则", "name the first of them"))
    return faults


def _no_rules(folder: str | Path) -> Fault:
    return Fault(str(folder), 0, Text("这个目录里没有规则文件", "no rule files in this folder"),
                 Text("核对 --rules 指的目录", "check the folder given with --rules"))
