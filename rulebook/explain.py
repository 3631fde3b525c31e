"""A rule in Chinese sentences, and the strip of one subject: where its time began, what moved the end, when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rulebook.errors import Text
from rulebook.evaluation import Finding, evaluate, missing_facts
from rulebook.facts import Facts
from rulebook.names import path_label, resolve
from rulebook.rules import PLACEHOLDER, Rule, Version

STAGE_TEXTS = {
    "running": Text("进行中", "running"), "due_soon": Text("即将届满", "due soon"), "overdue": Text("超期未办", "overdue"),
    "late": Text("超期办理", "late"), "violated": Text("不符合规定", "violated"), "kept": Text("符合规定", "kept"),
    "unstarted": Text("未起算", "not begun"),
}
STAGE_WORDS = {stage: text.zh for stage, text in STAGE_TEXTS.items()}
DETAIL_WORDS = {"gaps": "缺口", "missing_seconds": "缺少秒数", "overlaps": "与之重叠", "count": "个数", "rows": "件数", "events": "其中", "rate": "占比",
                "peers": "其余单位占比", "deviations": "标准误", "note": "说明"}
LEVEL_WORDS = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"}
PROTECTS_WORDS = {"liberty": "人身自由和在押安全"}
ESTIMATED = "所涉年份的节假日尚未公布，暂按周末推算"
STATUS_WORDS = {"draft": "草稿", "trial": "试运行", "active": "正式", "retired": "停用"}


def chinese_date(day) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def chinese_time(moment: datetime | None) -> str:
    """2026年3月1日 09:00; seconds only where there are any."""
    if moment is None:
        return "（没有记录）"
    return f"{chinese_date(moment)} {moment:%H:%M:%S}" if moment.second else f"{chinese_date(moment)} {moment:%H:%M}"


def chinese_due(finding: Finding) -> str:
    """The end of a limit; a limit in days ends at 24:00 of its last day."""
    if finding.due_at is None:
        return ""
    if finding.last_day and finding.last_day != finding.due_at.date():
        return f"{chinese_date(finding.last_day)} 24:00"
    return chinese_time(finding.due_at)


def citation(basis: dict[str, Any]) -> str:
    """治安管理处罚法 第97条第1款"""
    words = f"{basis['law']} 第{basis['article']}条"
    if "paragraph" in basis:
        words += f"第{basis['paragraph']}款"
    if "item" in basis:
        words += f"第{str(basis['item']).strip('（）第项')}项"
    return words + ("（未核实）" if basis.get("unverified") else "")


def citations(version: Version) -> str:
    return "；".join(citation(basis) for basis in version.basis)


def rule_sentences(rule: Rule) -> list[str]:
    """The rule as an official would read it out."""
    lines = [f"{rule.code} {rule.name}",
             f"{LEVEL_WORDS[rule.level]}预警 · {STATUS_WORDS[rule.status]} · 要素：{rule.element} · 形态：{rule.versions[-1].check.label}"]
    for version in rule.versions:
        lines += [period(version), *(f"  {line}" for line in version_sentences(version))]
    return [*lines, *advice_sentences(rule)]


def version_sentences(version: Version) -> list[str]:
    """The check of one version, its basis and its note."""
    lines = [f"{sentence}。" for sentence in version.check.sentences()]
    return [*lines, f"依据：{citations(version)}。", *([f"说明：{version.note.strip()}"] if version.note else [])]


def advice_sentences(rule: Rule) -> list[str]:
    """What to do, what shows the cure, where the rule is known to be wrong."""
    lines = [f"怎么办：{rule.remedy}"]
    lines.append(f"怎样算改好：{proof_sentence(rule)}")
    if rule.protects:
        lines.append(f"保护：{PROTECTS_WORDS[rule.protects]}，任何单位不得静默或者停用")
    if rule.follows:
        lines.append(f"并入：同一案件里 {'、'.join(rule.follows)} 已经预警的，本条不再单独推送")
    if rule.known_false_alarms:
        lines.append(f"已知误报：{rule.known_false_alarms}")
    return lines


def proof_sentence(rule: Rule) -> str:
    """What shows that it is mended: a fact by its Chinese name, or the rule's own words (irreparable: explanation only)."""
    table_name, _, column = rule.proof.partition(".")
    table = rule.vocabulary.tables.get(table_name)
    if table and column in table.columns:
        return f"{table.label}的{table.columns[column].label}已有记录，且重新判断已符合规定"
    return rule.proof


def period(version: Version) -> str:
    since = f"{chinese_date(version.effective)}起"
    return f"{since}，至{chinese_date(version.until)}前：" if version.until else f"{since}："


@dataclass(frozen=True)
class Strip:
    """One subject under one rule, kept or not; every line can be recomputed by hand."""

    rule: Rule
    version: Version
    finding: Finding

    def lines(self) -> list[str]:
        found = self.finding
        lines = [f"对象：{self.rule.subject.label} {found.subject}", f"结论：{STAGE_WORDS[found.stage]}",
                 f"适用：{chinese_date(self.version.effective)}起的版本 · {citations(self.version)}"]
        if found.due_at or found.limit:
            lines += clock_lines(found)
        lines += [f"已满足：{fact}" for fact in found.met] + [f"未满足：{fact}" for fact in found.unmet]
        lines += [f"事实：{_label(self.rule, name)}：{fact_words(self.rule, name, value)}" for name, value in found.facts.items()]
        return lines + [f"细节：{DETAIL_WORDS.get(name, name)}：{value}" for name, value in found.details.items()]


def clock_lines(found: Finding) -> list[str]:
    """How the end of a limit is reckoned, step by step: start, limit, pauses, extensions, end, and when it was done."""
    lines = [f"起算：{chinese_time(found.start_at)}", f"期限：{found.limit}"]
    lines += [f"暂停：{chinese_time(start)} 至 {chinese_time(end) if end else '现在仍在暂停'}" for start, end in found.pauses] or ["暂停：0"]
    lines += [f"延长：{chinese_time(granted)} 批准，加 {adds}" for granted, adds in found.extensions] or ["延长：0"]
    lines.append(f"届满：{chinese_due(found)}" + (f"（{ESTIMATED}）" if found.estimated else ""))
    lines.append(f"办结：{chinese_time(found.end_at)}")
    return lines


def explain_subject(rule: Rule, facts: Facts, subject: str, at: datetime) -> Strip | None:
    """The strip of one subject, whatever its stage; None if the rule does not speak of it."""
    evaluation = evaluate([rule], facts, at, only=[subject], every_stage=True)
    if evaluation.skipped:
        raise missing_facts(evaluation)
    finding = next(iter(evaluation), None)
    if finding is None:
        return None
    version = next(version for version in rule.versions if version.effective == finding.version)
    return Strip(rule, version, finding)


def message(rule: Rule, finding: Finding) -> str:
    """The rule's message with the finding's values; what is unknown reads 未记录."""
    built_in = {"subject": finding.subject, "start_at": chinese_time(finding.start_at), "due_at": chinese_due(finding),
                "end_at": chinese_time(finding.end_at), "limit": finding.limit, "stage": STAGE_WORDS[finding.stage]}

    def fill(match) -> str:
        name = match[1]
        return built_in[name] if name in built_in else fact_words(rule, name, finding.facts.get(name))
    return PLACEHOLDER.sub(fill, rule.message)


def fact_words(rule: Rule, name: str, value: str | None) -> str:
    """A fact's value as people write it: times in Chinese, 是 and 否, numbers with their unit."""
    if value is None:
        return "未记录"
    column = resolve(tuple(name.split(".")), rule.subject, rule.vocabulary)[1]
    if column.type == "time":
        return chinese_time(datetime.fromisoformat(value))
    if column.type == "flag":
        return "是" if value == "true" else "否"
    if column.type == "number":
        return f"{value.removesuffix('.0')} {column.unit}".strip()
    return f"{value} {column.unit}".strip()


def _label(rule: Rule, name: str) -> str:
    return path_label(tuple(name.split(".")), rule.subject, rule.vocabulary)
