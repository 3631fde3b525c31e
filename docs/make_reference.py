"""Writes docs/reference/facts.md and docs/reference/rules.md from `rules/`. Run by `make reference`."""

from __future__ import annotations

from pathlib import Path

from rulebook.explain import LEVEL_WORDS, STATUS_WORDS, rule_sentences
from rulebook.rules import RuleSet, load_rules
from rulebook.vocabulary import Column, Vocabulary

ROOT = Path(__file__).resolve().parents[1]
MADE = "<!-- 由 make reference 从 rules/ 生成，请勿手改 -->\n"


def facts_page(vocabulary: Vocabulary) -> str:
    lines = ["# 事实词汇表", MADE, f"时区 {vocabulary.time_zone.key}，节假日历 {vocabulary.calendar}。", ""]
    for table in vocabulary.tables.values():
        known = f"；{table.columns[table.known_from].label}之前不存在" if table.known_from else ""
        lines += [f"## {table.label} `{table.name}`", "", f"主键 `{table.key}`{known}。", "", "| 列 | 类型 | 含义 | 说明 |", "|---|---|---|---|"]
        lines += [f"| `{column.name}` | {column.type} | {column.label} | {_notes(column)} |" for column in table.columns.values()] + [""]
    return "\n".join(lines)


def _notes(column: Column) -> str:
    notes = [f"指向 `{column.refers}`"] * bool(column.refers) + ["、".join(column.values)] * bool(column.values)
    return "；".join(notes + [f"单位 {column.unit}"] * bool(column.unit) + ["可在将来"] * column.planned + ["必填"] * column.required)


def rules_page(rules: RuleSet) -> str:
    lines = ["# 预警模型", MADE, f"共 {len(rules)} 条。", "", "| 编号 | 名称 | 级别 | 状态 | 形态 | 范例 |", "|---|---|---|---|---|---|"]
    for rule in rules:
        shapes = "、".join(dict.fromkeys(version.check.label for version in rule.versions))
        cells = [f"[{rule.code}](#{rule.code.lower()})", rule.name, LEVEL_WORDS[rule.level], STATUS_WORDS[rule.status], shapes, str(len(rule.examples))]
        lines.append(f"| {' | '.join(cells)} |")
    for rule in rules:
        lines += ["", f"## {rule.code}", "", f"**{rule.name}** · `{Path(rule.path).relative_to(ROOT)}`", ""]
        lines += [f"{'  - ' if line.startswith('  ') else '- '}{line.strip()}" for line in rule_sentences(rule)[1:]]
    return "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    """Each reference page and what it should say."""
    rules = load_rules(ROOT / "rules")
    folder = ROOT / "docs" / "reference"
    return {folder / "facts.md": facts_page(rules.vocabulary), folder / "rules.md": rules_page(rules)}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
