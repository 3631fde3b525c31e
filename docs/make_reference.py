"""Writes docs/reference/facts.md, docs/reference/rules.md and a page a rule from `rules/`. Run by `make reference`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import django

from rulebook.explain import (
    LEVEL_WORDS,
    STAGE_WORDS,
    STATUS_WORDS,
    advice_sentences,
    chinese_date,
    citation,
    citations,
    period,
    version_sentences,
)
from rulebook.rules import Example, Rule, RuleSet, Version, load_rules
from rulebook.statutes import load_laws
from rulebook.vocabulary import Column, Table, Vocabulary

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mingjing.settings")
django.setup()

from mingjing.alerts.register import told  # noqa: E402  whom a role stands for is the platform's to say

ROOT = Path(__file__).resolve().parents[1]
LAWS = load_laws(ROOT / "rules")
MADE = "<!-- 由 make reference 从 rules/ 生成，请勿手改 -->\n"


def facts_page(vocabulary: Vocabulary) -> str:
    lines = ["# 事实词汇表", MADE, f"时区 {vocabulary.time_zone.key}，节假日历 {vocabulary.calendar}。", ""]
    for table in vocabulary.tables.values():
        known = f"；{table.columns[table.known_from].label}之前不存在" if table.known_from else ""
        lines += [f"## {table.label} `{table.name}`", "", f"主键 `{table.key}`{known}{_kept_by(table)}。", ""]
        lines += ["| 列 | 类型 | 含义 | 说明 |", "|---|---|---|---|"]
        lines += [f"| `{column.name}` | {column.type} | {column.label} | {_notes(column)} |" for column in table.columns.values()] + [""]
    return "\n".join(lines)


def _kept_by(table: Table) -> str:
    return f"；来自 `{table.app}`" * bool(table.app) + "；一般办案系统没有" * (not table.usual)


def _notes(column: Column) -> str:
    notes = [f"指向 `{column.refers}`"] * bool(column.refers) + ["、".join(column.values)] * bool(column.values)
    return "；".join(notes + [f"单位 {column.unit}"] * bool(column.unit) + ["可在将来"] * column.planned + ["必填"] * column.required
                    + ["一般办案系统没有"] * (not column.usual))


def rules_page(rules: RuleSet) -> str:
    """The register: every rule under its phase of procedure, with its articles in force."""
    running = [rule for rule in rules if rule.status in ("active", "trial")]
    counts = "，".join(f"{STATUS_WORDS[status]} {count} 条" for status in STATUS_WORDS if (count := sum(rule.status == status for rule in rules)))
    lines = ["# 预警模型", MADE, f"共 {len(rules)} 条：{counts}。", "", "| 环节 | 运行的模型 |", "|---|---|"]
    lines += [f"| [{phase}](#{phase}) | {sum(rule.phase == phase for rule in running)} |" for phase in rules.vocabulary.phases]
    for phase in rules.vocabulary.phases:
        lines += ["", f"## {phase}", "", "| 编号 | 名称 | 级别 | 状态 | 形态 | 依据（现行） |", "|---|---|---|---|---|---|"]
        lines += [f"| {' | '.join(_cells(rule))} |" for rule in rules if rule.phase == phase]
    return "\n".join(lines) + "\n"


def _cells(rule: Rule) -> list[str]:
    shapes = "、".join(dict.fromkeys(version.check.label for version in rule.versions))
    return [f"[{rule.code}](rules/{rule.code}.md)", rule.name, LEVEL_WORDS[rule.level], STATUS_WORDS[rule.status], shapes, citations(rule.versions[-1])]


def rule_page(rule: Rule) -> str:
    """One rule: what the law demands, version by version, the newest first; what is to be done; who is told; its examples."""
    lines = [f"# {rule.code} {rule.name}", MADE, "| | |", "|---|---|"]
    lines += [f"| {name} | {words} |" for name, words in _facts_of(rule)]
    for version in reversed(rule.versions):
        lines += ["", f"## {period(version).rstrip('：')}", "", *(f"- {line}" for line in version_sentences(version) if not line.startswith("依据："))]
        lines += ["", "| 法律 | 条文 | 版本 |", "|---|---|---|", *(_basis(basis, version) for basis in version.basis)]
    lines += ["", "## 怎么处理", "", *(f"- {line}" for line in advice_sentences(rule))]
    lines += ["", "## 范例", "", "| 范例 | 判断时刻 | 给出的事实 | 应得的结论 |", "|---|---|---|---|", *(_example(each, rule) for each in rule.examples)]
    return "\n".join(lines) + "\n"


def _facts_of(rule: Rule) -> list[tuple[str, str]]:
    path = Path(rule.path).relative_to(ROOT)
    return [("环节", rule.phase), ("级别", LEVEL_WORDS[rule.level]), ("状态", STATUS_WORDS[rule.status]), ("对象", rule.subject.label),
            ("形态", rule.versions[-1].check.label), ("告知", "、".join(told(rule))), ("提示语", rule.message), ("规则文件", f"[`{path}`](../../../{path})")]


def _basis(basis: dict[str, Any], version: Version) -> str:
    law = LAWS.version(basis["law"], version.effective)
    since = f"{chinese_date(law.in_force_from)}起施行{'' if law.verified else '（施行日或者版本未核实）'}" if law else "未列入清单"
    return f"| {basis['law']} | {citation(basis).removeprefix(basis['law']).strip()} | {since} |"


def _example(example: Example, rule: Rule) -> str:
    given = "；".join(f"{rule.vocabulary.tables[name].label} {len(rows)} 行" for name, rows in example.given.items())
    expected = "<br>".join(
        f"{each['subject']}：{STAGE_WORDS[each['stage']]}{'，' + each['due'] + ' 届满' if 'due' in each else ''}" for each in example.expect)
    return f"| {example.name} | {example.at:%Y-%m-%d %H:%M} | {given or '没有'} | {expected or '不预警'} |"


def pages() -> dict[Path, str]:
    """Each reference page and what it should say."""
    rules = load_rules(ROOT / "rules")
    folder = ROOT / "docs" / "reference"
    of_rules = {folder / "rules" / f"{rule.code}.md": rule_page(rule) for rule in rules}
    return {folder / "facts.md": facts_page(rules.vocabulary), folder / "rules.md": rules_page(rules), **of_rules}


if __name__ == "__main__":
    made = pages()
    for old in set((ROOT / "docs" / "reference" / "rules").glob("*.md")) - set(made):
        old.unlink()
    for path, text in made.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
