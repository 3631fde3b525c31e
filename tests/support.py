"""What several test files need: a small vocabulary, a small rule file and a look at faults."""

from __future__ import annotations

from pathlib import Path

from rulebook.errors import BadInput
from rulebook.vocabulary import Vocabulary, load_vocabulary

FACTS = """\
time_zone: Asia/Shanghai
calendar: china
tables:
  case:
    label: 案件
    key: code
    known_from: accepted_at
    ordered: [[accepted_at, closed_at]]
    columns:
      code: {type: text, label: 案件编号}
      kind: {type: text, label: 案件类型, values: [行政, 刑事]}
      offence: {type: text, label: 案由}
      accepted_at: {type: time, label: 受理时间}
      closed_at: {type: time, label: 结案时间}
      heard_at: {type: time, label: 听证时间, planned: true}
      born_on: {type: date, label: 出生日期}
      fine: {type: number, label: 罚款, unit: 元}
      days: {type: whole, label: 拘留日数, unit: 日}
      is_grave: {type: flag, label: 重大}
      is_remote: {type: flag, label: 异地}
      is_open: {type: flag, label: 公开}
  notice:
    label: 告知
    key: code
    columns:
      code: {type: text, label: 告知编号}
      case_code: {type: text, label: 所属案件, refers: case}
      other_code: {type: text, label: 关联案件, refers: case}
      kind: {type: text, label: 告知类型}
      told_at: {type: time, label: 告知时间}
"""

RULE = """\
code: TT-01
name: 试验规则
element: 案
status: trial
subject: case
level: red
push: [handling_officer]
message: "{subject} 将于 {due_at} 届满，{kind}"
remedy: 立即结案
proof: case.closed_at
versions:
  - effective: 2013-01-01
    basis:
      - {law: 试验法, article: 1}
    check:
      deadline:
        where: kind = '行政'
        start: accepted_at
        end: closed_at
        limit: 8 hours
  - effective: 2026-01-01
    basis:
      - {law: 试验法, article: 2}
    check:
      deadline:
        where: kind = '行政'
        start: accepted_at
        end: closed_at
        limit: 24 hours
examples:
  - name: 届满前结案
    at: 2026-03-02 18:00
    given:
      case: [{code: A1, kind: 行政, accepted_at: 2026-03-01 09:00, closed_at: 2026-03-02 09:00}]
    expect: []
  - name: 届满后一分钟结案
    at: 2026-03-02 18:00
    given:
      case: [{code: A1, kind: 行政, accepted_at: 2026-03-01 09:00, closed_at: 2026-03-02 09:01}]
    expect: [{subject: A1, stage: late, due: 2026-03-02 09:00}]
"""


def vocabulary(folder: Path, text: str = FACTS) -> Vocabulary:
    """The vocabulary that `text` describes; its `facts.yaml` is written to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "facts.yaml").write_text(text, encoding="utf-8")
    return load_vocabulary(folder)


def one_table(columns: str, more: str = "") -> str:
    """A `facts.yaml` with one table `thing` whose key is `code`. `columns` and `more` are lines of YAML, not indented."""
    indented = "".join(f"      {line}\n" for line in columns.splitlines())
    lines = "".join(f"    {line}\n" for line in more.splitlines())
    head = "time_zone: Asia/Shanghai\ncalendar: china\ntables:\n  thing:\n    label: 事物\n    key: code\n"
    return head + lines + "    columns:\n      code: {type: text, label: 编号}\n" + indented


def changed(text: str, *swaps: tuple[str, str]) -> str:
    """The text with the first occurrence of each left side replaced; fails when there is none."""
    for old, new in swaps:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def line_of(text: str, part: str, nth: int = 1) -> int:
    """The number of the nth line that holds `part`."""
    return [number for number, line in enumerate(text.splitlines(), 1) if part in line][nth - 1]


def rule_file(folder: Path, text: str = RULE, name: str = "TT-01_trial.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def said(error: BadInput) -> list[tuple[str, int, str]]:
    """Each fault as (file name, line, what is wrong and what to do)."""
    return [(Path(fault.path).name, fault.line, f"{fault.what.zh} → {fault.fix.zh}") for fault in error.faults]
