"""The examples of a rule as tests: given rows and a time, exactly the expected findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rulebook.errors import Fault, Text
from rulebook.evaluation import Finding, evaluate
from rulebook.facts import Facts
from rulebook.rules import Example, Rule


@dataclass(frozen=True)
class Outcome:
    """One example, run. `fault` is None when the rule said what was expected."""

    rule: Rule
    example: Example
    fault: Fault | None


def run_examples(rules: Iterable[Rule]) -> list[Outcome]:
    """Run every example of every rule."""
    bench: Facts | None = None
    outcomes = []
    for rule in rules:
        for example in rule.examples:
            bench = given_facts(rule, example, bench)
            outcomes.append(Outcome(rule, example, check_example(rule, example, bench)))
    return outcomes


def given_facts(rule: Rule, example: Example, bench: Facts | None = None) -> Facts:
    """The rows of an example as facts; `bench` lends its connection."""
    return Facts.from_rows(rule.vocabulary, example.given, like=bench)


def check_example(rule: Rule, example: Example, facts: Facts) -> Fault | None:
    """What is wrong with the example's outcome, or None."""
    if facts.rejects:
        reject = facts.rejects[0]
        return _fault(rule, example, f"给出的行不合词汇表：{reject.table}.{reject.column} {reject.reason}",
                      f"given rows do not fit the vocabulary: {reject.table}.{reject.column}")
    found = findings_in_words(rule, example, facts)
    expected = [dict(each) for each in sorted(example.expect, key=lambda each: each["subject"])]
    if found == expected:
        return None
    return _fault(rule, example, f"应得 {_show(expected)}，实得 {_show(found)}", f"expected {_show(expected)}, got {_show(found)}")


def findings_in_words(rule: Rule, example: Example, facts: Facts) -> list[dict]:
    """What the rule says of the example's rows, in the words that the example uses."""
    return _as_expected(rule, example, evaluate([rule], facts, example.at))


def _as_expected(rule: Rule, example: Example, findings: Iterable[Finding]) -> list[dict]:
    """Findings in the words of `expect`: a running clock counts only where the example speaks of one; `due` and `estimated` likewise."""
    speaks_of_running = any(each["stage"] == "running" for each in example.expect)
    asked = {each["subject"]: each for each in example.expect}
    found = []
    for finding in findings:
        if finding.stage == "running" and not speaks_of_running:
            continue
        words = asked.get(finding.subject, {})
        row = {"subject": finding.subject, "stage": finding.stage}
        if "due" in words:
            row["due"] = words["due"] if _same_time(words["due"], finding.due_at, rule) else (finding.due_at and f"{finding.due_at:%Y-%m-%d %H:%M:%S}")
        if "estimated" in words:
            row["estimated"] = finding.estimated
        found.append({key: row[key] for key in (list(words) or row) if key in row})
    return sorted(found, key=lambda each: each["subject"])


def _same_time(text: str, moment: datetime | None, rule: Rule) -> bool:
    """`2026-03-05 24:00` names the end of a day."""
    if moment is None:
        return False
    wall = moment.astimezone(rule.vocabulary.time_zone).replace(tzinfo=None)
    day, _, clock = text.partition(" ")
    if clock == "24:00":
        return (wall.hour, wall.minute, wall.second) == (0, 0, 0) and (wall.date() - datetime.fromisoformat(day).date()).days == 1
    return wall == datetime.fromisoformat(text)


def _show(rows: list[dict]) -> str:
    if not rows:
        return "[]"
    return "；".join(" ".join(str(value) for value in row.values()) for row in rows)


def _fault(rule: Rule, example: Example, zh: str, en: str) -> Fault:
    return Fault(rule.path, example.line, Text(f"范例“{example.name}”不符：{zh}", f"example “{example.name}” fails: {en}"),
                 Text("核对法条后改规则或改范例，不要为了通过而改数", "check the law, then mend the rule or the example"))
