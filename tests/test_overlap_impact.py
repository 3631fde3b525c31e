"""`rulebook overlap`: which rules fire together. `rulebook impact`: what a new version of a statute touches."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from rulebook.cli import BAD, FOUND, NOTHING, main

FACTS = dedent("""
    time_zone: Asia/Shanghai
    calendar: china
    tables:
      case:
        label: 案件
        key: code
        known_from: opened_at
        columns:
          code: {type: text, label: 案件编号}
          opened_at: {type: time, label: 受理时间}
          closed_at: {type: time, label: 结案时间}
          is_told: {type: flag, label: 已告知}
      paper:
        label: 文书
        key: code
        columns:
          code: {type: text, label: 文书编号}
          case_code: {type: text, label: 所属案件, refers: case}
          is_signed: {type: flag, label: 已签名}
      town:
        label: 街道
        key: code
        columns:
          code: {type: text, label: 编号}
""")
LAWS = dedent("""
    laws:
      甲法:
        issuer: 试验
        versions:
          - {in_force_from: 2013-01-01, in_force_to: 2025-12-31, articles: 9, verified: true}
          - {in_force_from: 2026-01-01, articles: 9, verified: true}
      乙法:
        issuer: 试验
        versions: [{in_force_from: 2013-01-01, articles: 9, verified: true}]
""")
HEAD = """\
code: {code}
name: {name}
element: 案
status: active
subject: {subject}
level: red
push: [unit_leader]
message: "{{subject}} 请核对"
remedy: 补办
proof: 说明
{more}versions:
"""
DEADLINE = """\
  - effective: {since}
    basis: [{{law: {law}, article: {article}}}]
    check:
      deadline: {{start: opened_at, end: closed_at, limit: {days} days, roll_over: false}}
"""
DATED = dedent("""
    examples:
      - name: 旧法十日未结
        at: 2026-04-01 09:00
        given: {case: [{code: A1, opened_at: "2025-03-01 09:00"}]}
        expect: [{subject: A1, stage: overdue, due: "2025-03-11 24:00"}]
      - name: 新法二十日内结案
        at: 2026-04-01 09:00
        given: {case: [{code: A2, opened_at: "2026-03-01 09:00", closed_at: "2026-03-20 09:00"}]}
        expect: []
""")
PLAIN = dedent("""
    examples:
      - {name: 应当, at: 2026-04-01 09:00, given: {case: [{code: A1}], paper: [{code: P1, case_code: A1}]}, expect: [{subject: SUBJECT, stage: violated}]}
      - {name: 不应当, at: 2026-04-01 09:00, given: {}, expect: []}
""")


def write(folder: Path, code: str, text: str) -> None:
    (folder / f"{code}_trial.yaml").write_text(text, encoding="utf-8")


def forbidding(code: str, name: str, subject: str, that: str, more: str = "") -> str:
    check = f"  - effective: 2013-01-01\n    basis: [{{law: 乙法, article: 1}}]\n    check: {{forbid: {{that: {that}}}}}\n"
    return HEAD.format(code=code, name=name, subject=subject, more=more) + check + PLAIN.replace("SUBJECT", "P1" if subject == "paper" else "A1")


@pytest.fixture
def rules(tmp_path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "facts.yaml").write_text(FACTS, encoding="utf-8")
    (folder / "laws.yaml").write_text(LAWS, encoding="utf-8")
    dated = DEADLINE.format(since="2013-01-01", law="甲法", article=3, days=10) + DEADLINE.format(since="2026-01-01", law="甲法", article=5, days=20)
    write(folder, "AA-001", HEAD.format(code="AA-001", name="久未结案", subject="case", more="") + dated + DATED)
    write(folder, "BB-001", forbidding("BB-001", "没有告知", "case", "NOT is_told"))
    write(folder, "BB-002", forbidding("BB-002", "文书没有签名", "paper", "NOT is_signed"))
    return folder


@pytest.fixture
def facts(tmp_path) -> Path:
    """Six cases not told of; each has a paper not signed, but the last one; one more paper lacks its signature in a case that was told of."""
    folder = tmp_path / "facts"
    folder.mkdir()
    cases = ["code,opened_at,closed_at,is_told", *(f"A{n},2026-03-0{n} 09:00,2026-03-0{n} 10:00,否" for n in range(1, 7)), "A7,2026-03-07 09:00,,是",
             "A8,2025-12-30 09:00,,是"]
    papers = ["code,case_code,is_signed", *(f"P{n},A{n},否" for n in range(1, 6)), "P6,A6,是", "P7,A7,否"]
    (folder / "case.csv").write_text("\n".join(cases) + "\n", encoding="utf-8")
    (folder / "paper.csv").write_text("\n".join(papers) + "\n", encoding="utf-8")
    return folder


def run(capsys, *arguments: str) -> tuple[int, list | dict]:
    status = main([*arguments, "--format", "json"])
    return status, json.loads(capsys.readouterr().out)


class TestOverlap:
    AT = ("--at", "2026-03-10 09:00", "--share", "0")

    def overlap(self, capsys, rules, facts, *more: str):
        status, rows = run(capsys, "overlap", str(facts), "--rules", str(rules), *self.AT, *more)
        return status, {(row["rule"], row["other"]): row for row in rows}

    def test_of_the_cases_of_one_rule_those_in_which_another_fires_too(self, rules, facts, capsys):
        status, pairs = self.overlap(capsys, rules, facts)
        assert status == NOTHING
        assert (pairs["BB-001", "BB-002"]["matters"], pairs["BB-001", "BB-002"]["both"]) == (6, 5)
        assert (pairs["BB-002", "BB-001"]["matters"], pairs["BB-002", "BB-001"]["share"]) == (6, 0.8333)

    def test_always_together_and_not_led_is_a_find(self, rules, facts, capsys):
        paper = facts / "paper.csv"
        paper.write_text(paper.read_text(encoding="utf-8").replace("P7,A7,否", "P7,A7,是"), encoding="utf-8")
        status, pairs = self.overlap(capsys, rules, facts)
        assert status == FOUND and pairs["BB-002", "BB-001"]["always"] and not pairs["BB-001", "BB-002"]["always"]
        write(rules, "BB-002", forbidding("BB-002", "文书没有签名", "paper", "NOT is_signed", "follows: [BB-001]\n"))
        status, pairs = self.overlap(capsys, rules, facts)
        assert status == NOTHING and pairs["BB-002", "BB-001"]["led"]

    def test_fewer_than_five_cases_say_nothing(self, rules, facts, capsys):
        paper = facts / "paper.csv"
        paper.write_text(paper.read_text(encoding="utf-8").replace("P7,A7,否", "P7,A7,是").replace("P5,A5,否", "P5,A5,是"), encoding="utf-8")
        assert self.overlap(capsys, rules, facts) == (NOTHING, {})

    def test_a_table_to_which_nothing_leads_has_no_pairs_and_an_unknown_one_is_told(self, rules, facts, capsys):
        assert self.overlap(capsys, rules, facts, "--by", "town") == (NOTHING, {})
        assert main(["overlap", str(facts), "--rules", str(rules), *self.AT, "--by", "planet"]) == BAD
        assert "词汇表里没有事实表“planet”" in capsys.readouterr().err

    def test_in_words(self, rules, facts, capsys):
        assert main(["overlap", str(facts), "--rules", str(rules), *self.AT]) == NOTHING
        said = capsys.readouterr().out
        assert "BB-001 没有告知" in said and "0 处总是一起而没有并入" in said


class TestImpact:
    def impact(self, capsys, rules, day: str, *more: str, law: str = "甲法"):
        status, said = run(capsys, "impact", "--law", law, "--from", day, "--rules", str(rules), *more)
        return status, {row["code"]: row for row in said["rules"]}

    def test_rules_and_their_examples_on_either_side(self, rules, capsys):
        status, touched = self.impact(capsys, rules, "2026-01-01")
        assert (status, set(touched)) == (FOUND, {"AA-001"})
        assert touched["AA-001"]["basis"] == ["甲法 第3条", "甲法 第5条"] and touched["AA-001"]["has_version"]
        assert (touched["AA-001"]["examples_before"], touched["AA-001"]["examples_after"]) == (["旧法十日未结"], ["新法二十日内结案"])

    @pytest.mark.parametrize(("day", "has_version", "basis"), [
        ("2025-12-31", False, ["甲法 第3条", "甲法 第5条"]), ("2026-01-01", True, ["甲法 第3条", "甲法 第5条"]), ("2026-01-02", False, ["甲法 第5条"])])
    def test_a_day_on_which_the_rule_has_no_version_yet(self, rules, capsys, day, has_version, basis):
        _, touched = self.impact(capsys, rules, day)
        assert (touched["AA-001"]["has_version"], touched["AA-001"]["basis"]) == (has_version, basis)

    def test_the_clocks_that_run_and_those_that_run_across_the_day(self, rules, facts, capsys):
        """A7 is due on 2026-03-27 at 24:00, A8 was due on 2026-01-09."""
        for day, crossing in (("2026-03-27", 1), ("2026-03-28", 1), ("2026-03-29", 0), ("2026-01-01", 2)):
            _, touched = self.impact(capsys, rules, day, "--source", str(facts), "--at", "2026-03-10 09:00")
            assert (touched["AA-001"]["clocks"], touched["AA-001"]["crossing"]) == (2, crossing), day

    def test_a_law_that_nothing_cites_and_one_that_is_not_listed(self, rules, capsys):
        (rules / "BB-001_trial.yaml").unlink(), (rules / "BB-002_trial.yaml").unlink()
        assert self.impact(capsys, rules, "2026-01-01", law="乙法") == (NOTHING, {})
        assert main(["impact", "--law", "丙法", "--from", "2026-01-01", "--rules", str(rules)]) == BAD
        assert "清单里没有“丙法”" in capsys.readouterr().err

    def test_a_source_without_a_time_of_judgement(self, rules, facts, capsys):
        assert main(["impact", "--law", "甲法", "--from", "2026-01-01", "--rules", str(rules), "--source", str(facts)]) == BAD
        assert "没有写明判断时刻" in capsys.readouterr().err

    def test_in_words(self, rules, capsys):
        assert main(["impact", "--law", "甲法", "--from", "2026-02-01", "--rules", str(rules)]) == FOUND
        said = capsys.readouterr().out
        assert "没有，须核对" in said and "涉及 1 条规则，其中 1 条当日没有新版本" in said
