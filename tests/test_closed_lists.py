"""What no rule may do, whoever writes it: the loader refuses the file, at the right line, and says why. And the phases under which rules are listed."""

from __future__ import annotations

from pathlib import Path

import pytest

from rulebook.errors import RuleError
from rulebook.rules import load_rule, load_rules
from rulebook.vocabulary import Vocabulary
from tests.support import rule_file, said, vocabulary

FACTS = """\
time_zone: Asia/Shanghai
calendar: china
phases: [受案立案, 强制措施]
tables:
  unit:
    label: 单位
    key: code
    columns: {code: {type: text, label: 单位编号}}
  officer:
    label: 民警
    person: officer
    key: code
    columns:
      code: {type: text, label: 警号}
      unit_code: {type: text, label: 所属单位, refers: unit}
  party:
    label: 当事人
    person: citizen
    key: code
    columns:
      code: {type: text, label: 当事人编号}
      name: {type: text, label: 姓名}
      sex: {type: text, label: 性别}
  summons:
    label: 传唤
    key: code
    known_from: arrived_at
    columns:
      code: {type: text, label: 传唤编号}
      party_code: {type: text, label: 被传唤人, refers: party}
      officer_code: {type: text, label: 经办人, refers: officer}
      arrived_at: {type: time, label: 到案时间}
"""
RULE = """\
code: TT-01
name: {name}
element: 人
phase: 强制措施
status: trial
subject: {subject}
level: yellow
push: [unit_leader]
message: "{message}"
remedy: 核对
proof: 说明
versions:
  - effective: 2013-01-01
    basis: [{{law: 试验法, article: 1}}]
    check: {check}
dated_by: {dated}
examples:
  - {{name: 应当, at: 2026-03-01 09:00, given: {{}}, expect: [{{subject: S1, stage: violated}}]}}
  - {{name: 不应当, at: 2026-03-01 09:00, given: {{}}, expect: []}}
"""
TWICE = "{{count: {{same: {same}, time: arrived_at, window: 3 days, at_most: 2}}}}"
QUERY = '{{sql: {{reason: 试验, query: "SELECT min(s.code) AS subject FROM summons AS s JOIN party AS p ON p.code = s.party_code GROUP BY {by}"}}}}'
LATE = "{forbid: {that: party.sex = '女'}}"


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("closed"), FACTS)


@pytest.fixture
def refused(known, tmp_path):
    def refused(text: str) -> list[tuple[int, str]]:
        try:
            load_rule(rule_file(tmp_path, text, "TT-01_trial.yaml"), known)
        except RuleError as error:
            return [(line, words) for _, line, words in said(error)]
        return []
    return refused


def rule(check: str = LATE, name: str = "试验规则", message: str = "{subject} 请核对", subject: str = "summons", dated: str = "arrived_at") -> str:
    return RULE.format(check=check, name=name, message=message, subject=subject, dated=dated)


def told(found: list[tuple[int, str]], words: str, line: int) -> bool:
    return any(at == line and words in said for at, said in found)


class TestClosedLists:
    def test_a_rule_about_an_act_is_taken(self, refused):
        assert refused(rule()) == []

    def test_a_single_officer_is_no_subject(self, refused):
        text = rule("{count: {of: summons, at_most: 3}}", subject="officer").replace("dated_by: arrived_at\n", "")
        assert told(refused(text), "对象不能是单个民警", 6)

    @pytest.mark.parametrize("path", ["officer_code", "officer.code"])
    def test_acts_are_not_counted_up_by_officer(self, refused, path):
        assert told(refused(rule(TWICE.format(same=path))), "不得按民警累计", 15)

    def test_nor_by_a_query(self, refused):
        assert told(refused(rule(QUERY.format(by="s.officer_code"))), "不得按民警累计", 15)

    @pytest.mark.parametrize("path", ["party.name", "party.sex"])
    def test_a_citizen_is_not_followed_from_case_to_case(self, refused, path):
        assert told(refused(rule(TWICE.format(same=path))), "不同案件里的情况累计", 15)

    def test_nor_by_a_query_over_names(self, refused):
        assert told(refused(rule(QUERY.format(by="p.name"))), "不同案件里的情况累计", 15)

    def test_what_happens_to_one_party_in_one_case_may_be_counted(self, refused):
        assert refused(rule(TWICE.format(same="party_code"))) == []
        assert refused(rule(QUERY.format(by="s.party_code"))) == []

    def test_citizens_are_not_the_subject_of_a_count(self, refused):
        text = rule("{count: {of: summons, at_most: 3}}", subject="party").replace("dated_by: arrived_at\n", "")
        assert told(refused(text), "不同案件里的情况累计", 15)

    @pytest.mark.parametrize("name", ["再犯风险等级过高", "高危人员未管控", "当事人积分超过上限", "预测可能违法的人员"])
    def test_nobody_is_scored_or_predicted(self, refused, name):
        assert told(refused(rule(name=name)), "不得给公民打分", 2)

    def test_nobody_is_ranked(self, refused):
        assert told(refused(rule(message="{subject} 的经办人排名靠后")), "不得给民警排名", 9)

    def test_a_text_may_say_that_it_does_none_of_this(self, refused):
        assert refused(rule(message="{subject} 请核对，不得据此给民警排名，也不作预测")) == []


class TestPhases:
    def test_a_rule_says_to_which_phase_it_belongs(self, known, tmp_path):
        assert load_rule(rule_file(tmp_path, rule(), "TT-01_trial.yaml"), known).phase == "强制措施"

    def test_a_phase_that_is_not_listed(self, refused):
        assert told(refused(rule().replace("phase: 强制措施", "phase: 结案以后")), "没有执法环节“结案以后”", 4)

    def test_without_one(self, refused):
        assert told(refused(rule().replace("phase: 强制措施\n", "")), "缺少“phase”", 1)

    def test_every_rule_of_the_library_has_one_and_every_phase_that_is_listed_is_a_known_one(self):
        rules = load_rules(Path(__file__).parents[1] / "rules")
        assert {each.phase for each in rules} <= set(rules.vocabulary.phases)
