"""Rule files: whatever is wrong with them is told at once, each fault with file, line, what is wrong and what to do, and nothing loads."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rulebook.errors import RuleError
from rulebook.examples import run_examples
from rulebook.explain import rule_sentences
from rulebook.rules import Rule, load_rule, load_rules
from rulebook.vocabulary import Vocabulary
from tests.support import FACTS, RULE, changed, line_of, rule_file, said, vocabulary

WHERE = "        where: kind = '行政'\n"
FIRST_CHECK = RULE[RULE.index("      deadline:"):RULE.index("  - effective: 2026")]
EXAMPLES = RULE[RULE.index("examples:"):]


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("rules"), FACTS)


@pytest.fixture
def load(known, tmp_path):
    def load(text: str = RULE, name: str = "TT-01_trial.yaml") -> Rule:
        return load_rule(rule_file(tmp_path, text, name), known)
    return load


@pytest.fixture
def faults(load):
    """The faults of a rule text as (line, words)."""
    def faults(text: str, name: str = "TT-01_trial.yaml") -> list[tuple[int, str]]:
        with pytest.raises(RuleError) as caught:
            load(text, name)
        for fault in caught.value.faults:
            assert all((fault.what.zh, fault.what.en, fault.fix.zh, fault.fix.en))
            assert f"{fault.path}:{fault.line}: " in caught.value.say("en")
        assert {path for path, _, _ in said(caught.value)} == {name}
        return [(line, words) for _, line, words in said(caught.value)]
    return faults


class TestSoundRule:
    def test_loads_with_all_that_it_says(self, load):
        rule = load()
        assert (rule.code, rule.element, rule.level, rule.push) == ("TT-01", "案", "red", ("handling_officer",))
        assert [(version.effective, version.until) for version in rule.versions] == [
            (date(2013, 1, 1), date(2026, 1, 1)), (date(2026, 1, 1), None)]
        assert rule.versions[1].check.limit.amount == 24
        assert rule.message_paths() == [("kind",)]
        assert rule.dated_by.path == ("accepted_at",)
        assert [example.line for example in rule.examples] == [line_of(RULE, "- name: 届满前"), line_of(RULE, "- name: 届满后")]

    def test_its_examples_come_out(self, load):
        assert [outcome.fault for outcome in run_examples([load()])] == [None, None]

    def test_codes_with_leading_zeros_in_examples_stay_as_written(self, load):
        text = changed(RULE, ("code: A1, kind: 行政, accepted_at: 2026-03-01 09:00, closed_at: 2026-03-02 09:01", "code: 001, kind: 行政, "
                              "accepted_at: 2026-03-01 09:00, closed_at: 2026-03-02 09:01"), ("subject: A1", "subject: 001"))
        assert [outcome.fault for outcome in run_examples([load(text)])] == [None, None]

    def test_an_end_of_a_version_of_its_own(self, load):
        rule = load(changed(RULE, ("effective: 2013-01-01", "effective: 2013-01-01\n    until: 2020-01-01")))
        assert rule.versions[0].until == date(2020, 1, 1)


class TestForm:
    @pytest.mark.parametrize("key", ["code", "name", "element", "status", "subject", "level", "push", "message", "remedy", "proof"])
    def test_header_without_one_of_its_keys(self, faults, key):
        line = next(line for line in RULE.splitlines(keepends=True) if line.startswith(f"{key}:"))
        assert (1, f"(top) 缺少“{key}” → 补上 {key}:") in faults(changed(RULE, (line, "")))

    @pytest.mark.parametrize("key", ["versions", "examples"])
    def test_without_versions_or_examples(self, faults, key):
        text = RULE[:RULE.index("examples:")] if key == "examples" else RULE[:RULE.index("versions:")] + EXAMPLES
        assert faults(text) == [(1, f"(top) 缺少“{key}” → 补上 {key}:")]

    @pytest.mark.parametrize(("old", "new", "where", "words"), [
        ("    basis:\n      - {law: 试验法, article: 1}\n", "", "effective: 2013", "versions.0 缺少“basis” → 补上 basis:"),
        ("    basis:\n      - {law: 试验法, article: 1}\n", "    basis: []\n", "basis: []", "至少 1 项"),
        ("article: 1}", "articel: 1}", "articel", "不认识的键“articel” → 可用的键：law、article"),
        ("article: 1}", "article: 0}", "article: 0", "不得小于 1"),
        ("article: 1}", "article: 第一条}", "第一条", "应为整数"),
        ("name: 试验规则", "name: 试验规则\nseverity: 5", "severity", "(top) 不认识的键“severity” → 可用的键：code、name"),
        ("element: 案", "element: 鬼", "element", '"鬼" 不合要求：应为其中之一：人、情、案、物、卷、场'),
        ("status: trial", "status: running", "status", "draft、trial、active、retired"),
        ("level: red", "level: purple", "level", "blue、yellow、orange、red"),
        ("push: [handling_officer]", "push: handling_officer", "push", "应为列表"),
        ("push: [handling_officer]", "push: []", "push", "至少 1 项"),
        ("remedy: 立即结案", "remedy: ''", "remedy", "至少 1 项"),
        ("remedy: 立即结案", "remedy:", "remedy", "值 null 不合要求：应为文字"),
        ("message: \"", "message: 5 # \"", "message", "值 5 不合要求：应为文字"),
        ("code: TT-01", "code: tt1", "code", "写法应符合"),
        ("      deadline:\n", "      forbid: {that: is_grave}\n      deadline:\n", "check:", "至多 1 项"),
        ("      deadline:\n" + WHERE, "      dedline:\n" + WHERE, "dedline", "不认识的键“dedline” → 可用的键：deadline、required、forbid"),
        ("        end: closed_at\n", "", "deadline:", "versions.0.check.deadline 缺少“end”"),
        ("        limit: 8 hours\n", "        limit: 8\n", "limit: 8", "值 8 不合要求：应为文字"),
        ("limit: 8 hours\n", "limit: 8 hours\n        rol_over: true\n", "rol_over", "不认识的键“rol_over”"),
        ("limit: 8 hours\n", "limit: 8 hours\n        inclusive: 1\n", "inclusive", "应为true 或 false"),
        ("stage: late", "stage: too_late", "expect: [{", "running、due_soon、overdue、late、violated"),
        ("expect: []", "expect: none", "expect: none", "应为列表"),
        ("    expect: []\n", "", "届满前", "examples.0 缺少“expect”"),
        ("status: trial", "status: on", "status", "裸写的“on”会被当作真假值"),
        ("remedy: 立即结案\n", "remedy: 立即结案\nremedy: 再说\n", "再说", f"键“remedy”重复，第 {line_of(RULE, 'remedy')} 行已有"),
    ])
    def test_mistakes_of_form(self, faults, old, new, where, words):
        text = changed(RULE, (old, new))
        found = faults(text)
        assert any(line == line_of(text, where) and words in said for line, said in found), found

    @pytest.mark.parametrize("text", ["", "- a\n", "5\n", "text\n", "versions: 5\nexamples: 6\n", "versions: [5]\nexamples: [6]\nsubject: case\n",
                                      "subject: case\nversions: [{check: 5}]\nexamples: [{expect: 5}]\n", "subject: [case]\nmessage: {a: b}\n",
                                      "subject: case\nversions: [{effective: [1], check: {deadline: 5}}]\nexamples: {a: 1}\n"])
    def test_files_of_another_form_are_refused_without_a_crash(self, faults, text):
        assert faults(text)


class TestMeaning:
    @pytest.mark.parametrize(("old", "new", "where", "words"), [
        ("subject: case", "subject: cases", "subject", "没有事实表“cases” → 可用的表：case、notice"),
        ("start: accepted_at", "start: acceptedat", "acceptedat", "case（案件）没有列“acceptedat” → 可用的列：code、kind"),
        ("end: closed_at", "end: party.left_at", "party.left_at", "没有指向“party”的列 → 可用的引用：无"),
        ("end: closed_at", "end: kind", "end: kind", "“kind”是text类型的列 → 应为 time 类型"),
        ("where: kind = '行政'", "where: kindd = '行政'", "kindd", "没有列“kindd”"),
        ("where: kind = '行政'", "where: kind = '民事'", "民事", "“民事”不是 kind 的取值 → 可用的值：行政、刑事"),
        ("where: kind = '行政'", "where: fine = '5'", "fine", "数和文字不能相比"),
        ("where: kind = '行政'", "where: weeks(accepted_at) > 5", "weeks", "没有函数“weeks” → 可用的函数：days_between"),
        ("where: kind = '行政'", "where: kind = 行政", "kind = 行政", "没有列“行政”"),
        ("where: kind = '行政'", "where: kind = '行政' AND", "AND", "条件读不懂"),
        ("where: kind = '行政'", "where: EXISTS (SELECT 1)", "EXISTS", "条件里不能用"),
        ("limit: 8 hours", "limit: 8 hrs", "hrs", "“8 hrs”不是期限 → 写成 8 hours、30 days、12 months 或 7 workdays"),
        ("limit: 8 hours", "limit: 8小时", "8小时", "“8小时”不是期限"),
        ("limit: 8 hours", "limit: 1.5 hours", "1.5", "不是期限"),
        ("limit: 8 hours", "limit: -8 hours", "-8", "不是期限"),
        ("limit: 8 hours", "limit: 8 days", "limit: 8 days", "要写明末日遇节假日是否顺延 → 加 roll_over: true"),
        ("limit: 8 hours", "limit: 8 months", "limit: 8 months", "要写明末日遇节假日是否顺延"),
        ("limit: 8 hours", "limit: 8 hours\n        roll_over: true", "roll_over", "没有顺延 → 去掉 roll_over"),
        ("limit: 8 hours", "limit: 8 hours\n        unless: [{when: is_grave, limit: 3 days}]", "limit: 8 hours", "不能混用小时、日（月）和工作日"),
        ("limit: 8 hours", "limit: 8 hours\n        unless: [{when: is_grve, limit: 24 hours}]", "unless", "没有列“is_grve”"),
        ("limit: 8 hours", "limit: 8 hours\n        warn_before: soon", "warn_before", "“soon”不是期限"),
        ("effective: 2013-01-01", "effective: 2013-02-30", "2013-02-30", "“2013-02-30”不是日期 → 写成 2026-01-01"),
        ("effective: 2013-01-01", "effective: 2027-01-01", "effective: 2026", "版本应从旧到新排列"),
        ("effective: 2013-01-01", "effective: 2026-01-01", "    basis:\n", "版本应从旧到新排列，施行日不能重复"),
        ("effective: 2013-01-01", "effective: 2013-01-01\n    until: 2012-01-01", "until", "“2012-01-01”应晚于施行日"),
        ("effective: 2013-01-01", "effective: 2013-01-01\n    until: 2027-01-01", "until", "不晚于下一版的施行日"),
        ("effective: 2013-01-01", "effective: 2013-01-01\n    until: soon", "until", "“soon”不是日期"),
        ("start: accepted_at", "start: {first: notice.told_at}", "notice.told_at", "notice 有 2 列指向 case，不知按哪列对应 → 用 via 写明"),
        ("start: accepted_at", "start: {first: notice.told_at, via: kind2}", "kind2", "“kind2”不能把 notice 和 case 对应起来"),
        ("start: accepted_at", "start: {first: notice.told, via: case_code}", "notice.told,", "notice（告知）没有列“told”"),
        ("start: accepted_at", "start: {first: notices.told_at, via: case_code}", "notices", "没有事实表“notices”"),
        ("start: accepted_at", "start: {via: case_code}", "via", "first 和 last 要写一个，且只写一个"),
        ("start: accepted_at", "start: {first: notice.told_at, last: notice.told_at, via: case_code}", "via", "first 和 last 要写一个"),
        ("start: accepted_at", "start: {first: notice.case.accepted_at, via: case_code}", "via", "不是 notice 自己的列"),
        ("start: accepted_at", "start: {first: notice.told_at, via: case_code, matching: kid = 'x'}", "matching", "notice（告知）没有列“kid”"),
        ("{kind}", "{knd}", "message", "没有列“knd”"),
        ("{kind}", "{Kind}", "message", "没有列“Kind”"),
        ("{kind}", "{案由}", "message", "没有列“案由”"),
        ("{kind}", "{}", "message", "没有列“”"),
        ("{kind}", "{notice.kind}", "message", "没有指向“notice”的列"),
        ("at: 2026-03-02 18:00", "at: 2026-03-02 28:00", "28:00", "“2026-03-02 28:00”不是时间"),
        ("closed_at: 2026-03-02 09:01", "closd_at: 2026-03-02 09:01", "closd_at", "case 没有列“closd_at” → 可用的列：code"),
        ("      case: [{code: A1", "      cases: [{code: A1", "cases:", "没有事实表“cases”"),
        ("due: 2026-03-02 09:00", "due: 2026-03-32 09:00", "2026-03-32", "“2026-03-32 09:00”不是时间"),
        ("due: 2026-03-02 09:00", "due: 24:00", "due: 24:00", "“24:00”不是时间"),
        ("expect: [{subject: A1, stage: late, due: 2026-03-02 09:00}]", "expect: []", "examples:", "范例须正反两面都有"),
        ("expect: []", "expect: [{subject: A1, stage: late}]", "examples:", "一个不应预警"),
    ])
    def test_mistakes_of_meaning(self, faults, old, new, where, words):
        text = changed(RULE, (old, new))
        nth = 2 if where == "    basis:\n" else 1
        line = line_of(text, where.strip(), nth) - (where == "    basis:\n")
        assert any(found == line and words in said for found, said in faults(text)), faults(text)

    def test_one_bad_time_of_an_example_does_not_also_blame_the_sides(self, faults):
        assert len(faults(changed(RULE, ("at: 2026-03-02 18:00", "at: soon")))) == 1

    def test_an_end_at_24_hours_is_a_time(self, load):
        assert load(changed(RULE, ("due: 2026-03-02 09:00", "due: 2026-03-02 24:00")))

    @pytest.mark.parametrize("name", ["TT-02_trial.yaml", "TT-01.yaml", "tt-01_trial.yaml", "trial.yaml", "TT-011_trial.yaml"])
    def test_file_name_that_does_not_begin_with_the_code(self, faults, name):
        assert faults(RULE, name) == [(1, f"文件名“{Path(name).stem}”应以“TT-01_”开头 → 改文件名或编号")]

    def test_several_versions_but_no_date_to_choose_by(self, tmp_path):
        known = vocabulary(tmp_path / "v", changed(FACTS, ("    known_from: accepted_at\n", "")))
        text = RULE.replace(FIRST_CHECK, "      forbid: {that: is_grave}\n").replace(
            RULE[RULE.rindex("      deadline:"):RULE.index("examples:")], "      forbid: {that: is_open}\n")
        with pytest.raises(RuleError, match="看不出按哪个日期选版本") as caught:
            load_rule(rule_file(tmp_path, text), known)
        assert caught.value.faults[0].line == line_of(text, "versions:")


class TestAllAtOnce:
    def test_form_meaning_and_duplicate_keys_of_one_file(self, faults):
        """The case of the issue: an unknown column, a duplicate key and no examples."""
        text = changed(RULE[:RULE.index("examples:")], ("start: accepted_at", "start: acceptedat"), ("remedy: 立即结案\n", "remedy: 立即结案\nremedy: 再说\n"))
        found = faults(text)
        assert [line for line, _ in found] == [1, line_of(text, "再说"), line_of(text, "acceptedat")]
        assert [next(part for part in ("缺少“examples”", "重复", "没有列") if part in words) for _, words in found] == ["缺少“examples”", "重复", "没有列"]

    def test_faults_of_one_version_do_not_hide_those_of_the_next(self, faults):
        text = changed(RULE, ("start: accepted_at", "start: nope"), ("limit: 24 hours", "limit: 24 days"))
        text = changed(text, ("{kind}", "{nix}"), ("closed_at: 2026-03-02 09:01", "shut_at: 2026-03-02 09:01"))
        found = faults(text)
        assert [line for line, _ in found] == [line_of(text, part) for part in ("{nix}", "start: nope", "24 days", "shut_at")]

    def test_a_version_without_basis_is_still_checked(self, faults):
        text = changed(RULE, ("    basis:\n      - {law: 试验法, article: 1}\n", ""), ("start: accepted_at", "start: nope"))
        assert [line for line, _ in faults(text)] == [line_of(text, "effective: 2013"), line_of(text, "nope")]

    def test_several_broken_files_in_the_order_of_files_and_lines(self, tmp_path):
        folder = tmp_path / "set"
        vocabulary(folder, FACTS)
        broken = {
            "b/TT-04_syntax.yaml": "code: TT-04\nname: [x\n",
            "a/TT-03_column.yaml": changed(RULE, ("TT-01", "TT-03"), ("end: closed_at", "end: nope"), ("{kind}", "{nix}")),
            "TT-02_examples.yaml": changed(RULE[:RULE.index("examples:")], ("TT-01", "TT-02")),
            "a/TT-05_twice.yaml": changed(RULE, ("TT-01", "TT-05"), ("level: red\n", "level: red\nlevel: blue\n")),
        }
        for name, text in {**broken, "TT-01_good.yaml": RULE}.items():
            rule_file(folder, text, name)
        with pytest.raises(RuleError) as caught:
            load_rules(folder)
        assert [(str(Path(fault.path).relative_to(folder)), fault.line) for fault in caught.value.faults] == [
            ("TT-02_examples.yaml", 1), ("a/TT-03_column.yaml", line_of(RULE, "message")), ("a/TT-03_column.yaml", line_of(RULE, "end: closed_at")),
            ("a/TT-05_twice.yaml", line_of(RULE, "level: red") + 1), ("b/TT-04_syntax.yaml", 3)]

    def test_every_fault_is_told_in_both_languages_with_its_place(self, tmp_path):
        folder = tmp_path / "set"
        vocabulary(folder, FACTS)
        path = rule_file(folder, changed(RULE, ("end: closed_at", "end: nope")))
        with pytest.raises(RuleError) as caught:
            load_rules(folder)
        line = line_of(RULE, "end: closed_at")
        assert caught.value.say("zh").startswith(f"{path}:{line}: case（案件）没有列“nope”\n  → 可用的列：code、")
        assert caught.value.say("en").startswith(f"{path}:{line}: case has no column “nope”\n  → columns: code, ")

    def test_a_broken_vocabulary_does_not_hide_rules_of_wrong_form(self, tmp_path):
        folder = tmp_path / "set"
        folder.mkdir()
        (folder / "facts.yaml").write_text(changed(FACTS, ("calendar: china", "calendar: lunar")), encoding="utf-8")
        rule_file(folder, changed(RULE, ("level: red", "level: purple"), ("end: closed_at", "end: nope")))
        with pytest.raises(RuleError) as caught:
            load_rules(folder)
        assert [(name, line) for name, line, _ in said(caught.value)] == [("TT-01_trial.yaml", line_of(RULE, "level")), ("facts.yaml", 2)]

    def test_a_file_that_is_not_utf8_among_others(self, tmp_path):
        folder = tmp_path / "set"
        vocabulary(folder, FACTS)
        (folder / "TT-02_gbk.yaml").write_bytes(RULE.encode("gbk"))
        rule_file(folder, changed(RULE, ("level: red", "level: purple")))
        with pytest.raises(RuleError) as caught:
            load_rules(folder)
        assert [name for name, _, _ in said(caught.value)] == ["TT-01_trial.yaml", "TT-02_gbk.yaml"]


class TestRuleSets:
    def test_one_code_in_two_files(self, tmp_path):
        vocabulary(tmp_path, FACTS)
        first, second = rule_file(tmp_path, RULE, "a/TT-01_first.yaml"), rule_file(tmp_path, RULE, "b/TT-01_second.yaml")
        with pytest.raises(RuleError) as caught:
            load_rules(tmp_path)
        (fault,) = caught.value.faults
        assert (fault.path, fault.line) == (str(second), 1)
        assert fault.what.zh == f"编号 TT-01 已被 {first} 使用"
        assert "编号不能重用" in fault.fix.zh

    def test_one_code_twice_is_told_even_if_one_of_the_files_is_faulty(self, tmp_path):
        vocabulary(tmp_path, FACTS)
        rule_file(tmp_path, changed(RULE, ("level: red", "level: purple")), "TT-01_first.yaml")
        rule_file(tmp_path, RULE, "TT-01_second.yaml")
        with pytest.raises(RuleError) as caught:
            load_rules(tmp_path)
        assert [(name, line) for name, line, _ in said(caught.value)] == [("TT-01_first.yaml", line_of(RULE, "level")), ("TT-01_second.yaml", 1)]

    @pytest.mark.parametrize(("leader", "wrong"), [("TT-09", "不是另一条规则"), ("TT-02", "不是另一条规则"), ("TT-03", "自己也并入"), ("TT-01", "")])
    def test_a_rule_follows_another_one_that_leads(self, tmp_path, leader, wrong):
        vocabulary(tmp_path, FACTS)
        rule_file(tmp_path)
        for code, before in (("TT-02", leader), ("TT-03", "TT-01")):
            rule_file(tmp_path, changed(RULE, ("TT-01", code), ("level: red", f"level: red\nfollows: [{before}]")), f"{code}_x.yaml")
        if not wrong:
            assert load_rules(tmp_path).get("TT-02").follows == ("TT-01",)
            return
        with pytest.raises(RuleError) as caught:
            load_rules(tmp_path)
        assert [wrong in fault.what.zh for fault in caught.value.faults] == [True]

    def test_a_rule_says_what_it_protects_in_a_known_word(self, tmp_path):
        vocabulary(tmp_path, FACTS)
        rule_file(tmp_path)
        rule_file(tmp_path, changed(RULE, ("TT-01", "TT-02"), ("level: red", "level: red\nprotects: liberty")), "TT-02_x.yaml")
        assert [rule.protects for rule in load_rules(tmp_path)] == ["", "liberty"]
        assert any("人身自由" in line for line in rule_sentences(load_rules(tmp_path).get("TT-02")))
        rule_file(tmp_path, changed(RULE, ("TT-01", "TT-02"), ("level: red", "level: red\nprotects: freedom")), "TT-02_x.yaml")
        with pytest.raises(RuleError):
            load_rules(tmp_path)

    def test_rules_come_in_the_order_of_their_codes_whatever_their_folders(self, tmp_path):
        vocabulary(tmp_path, FACTS)
        for code, folder in (("TT-03", "a"), ("TT-01", "c"), ("TT-02", "b")):
            rule_file(tmp_path, changed(RULE, ("TT-01", code)), f"{folder}/{code}_x.yaml")
        rules = load_rules(tmp_path)
        assert [rule.code for rule in rules] == ["TT-01", "TT-02", "TT-03"]
        assert rules.get("TT-02").path == str(tmp_path / "b" / "TT-02_x.yaml")
        assert rules.get("TT-09") is None

    def test_files_that_are_no_rules_are_passed_over(self, tmp_path):
        vocabulary(tmp_path, FACTS)
        rule_file(tmp_path)
        for name in ("laws.yaml", "mapping.yaml", "mapping_xes.yaml", "calendar/2027.yaml"):
            rule_file(tmp_path, "not: a rule\n", name)
        assert len(load_rules(tmp_path)) == 1

    def test_a_rule_file_that_ends_in_yml_is_not_silently_left_out(self, tmp_path):
        vocabulary(tmp_path, FACTS)
        rule_file(tmp_path)
        rule_file(tmp_path, changed(RULE, ("TT-01", "TT-02")), "TT-02_x.yml")
        assert [rule.code for rule in load_rules(tmp_path)] == ["TT-01", "TT-02"]

    def test_a_folder_without_rules(self, tmp_path):
        vocabulary(tmp_path, FACTS)
        with pytest.raises(RuleError, match="这个目录里没有规则文件"):
            load_rules(tmp_path)

    def test_a_folder_that_does_not_exist(self, tmp_path):
        with pytest.raises(RuleError) as caught:
            load_rules(tmp_path / "absent")
        assert caught.value.faults[0].path.endswith("facts.yaml")
