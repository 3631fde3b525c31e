"""The command line, run as its users run it: exit codes, both languages, no traceback whatever comes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rulebook.cli import main

ROOT = Path(__file__).resolve().parents[1]
FACTS = """time_zone: Asia/Shanghai
calendar: china
tables:
  matter:
    label: 事项
    key: code
    ordered: [[begun_at, done_at]]
    columns:
      code: {type: text, label: 编号}
      begun_at: {type: time, label: 开始时间}
      done_at: {type: time, label: 办结时间}
"""
RULE = """code: TT-01
name: 三日办结
element: 案
status: trial
subject: matter
level: yellow
push: [handling_officer]
message: "{subject} 应于 {due_at} 前办结"
remedy: 立即办结
proof: matter.done_at
versions:
  - effective: 2020-01-01
    basis: [{law: 某规定, article: 1}]
    check:
      deadline: {start: begun_at, end: done_at, limit: 3 days, roll_over: true, warn_before: 1 day}
examples:
  - name: 第三日办结
    at: 2026-03-20
    given: {matter: [{code: A, begun_at: 2026-03-02, done_at: 2026-03-05}]}
    expect: []
  - name: 第四日办结
    at: 2026-03-20
    given: {matter: [{code: A, begun_at: 2026-03-02, done_at: 2026-03-06}]}
    expect: [{subject: A, stage: late}]
"""
ROWS = """code,begun_at,done_at
001,2026-03-02 09:00,2026-03-05 23:59
NA,2026-03-02 09:00,2026-03-06 00:00
null,2026-03-03 09:00,
X,昨天,
Y,2026-03-05,2026-03-04
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "facts.yaml").write_text(FACTS, encoding="utf-8")
    (tmp_path / "rules" / "TT-01_three_days.yaml").write_text(RULE, encoding="utf-8")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "matter.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> int:
    return main([argument.replace("@", str(folder)) for argument in arguments])


EVALUATE = ("evaluate", "@/source", "--rules", "@/rules", "--at", "2026-03-06 12:00")


def test_json_is_the_documented_document(folder, capsys):
    assert run(folder, *EVALUATE, "--format", "json") == 1
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["source", "at", "rows", "rejected", "seconds", "rules"]
    assert (document["rows"], document["rejected"], document["at"]) == (3, 2, "2026-03-06T12:00:00+08:00")
    stages = {"running": 0, "due_soon": 1, "overdue": 0, "late": 1, "violated": 0}
    assert document["rules"] == [{"code": "TT-01", "name": "三日办结", "subjects": 3, "by_stage": stages}]


def test_the_table_says_what_was_set_aside_and_why(folder, capsys):
    assert run(folder, *EVALUATE) == 1
    out = capsys.readouterr().out
    assert "三日办结" in out
    assert "读取 3 行，另有 2 行不能判断" in out
    assert "begun_at 无法识别为时间 1 行" in out
    assert "早于开始时间 1 行" in out


def test_english_words_on_request(folder, capsys):
    assert run(folder, "--lang", "en", *EVALUATE) == 1
    assert "3 rows read, 2 set aside" in capsys.readouterr().out


def test_nothing_found_is_zero_and_a_running_clock_is_no_find(folder):
    (folder / "source" / "matter.csv").write_text("code,begun_at,done_at\nA,2026-03-05 09:00,\n", encoding="utf-8")
    assert run(folder, *EVALUATE) == 0


def test_parquet_holds_every_finding(folder):
    assert run(folder, *EVALUATE, "--format", "parquet", "--output", "@/out/findings.parquet") == 1
    table = pq.read_table(folder / "out" / "findings.parquet")
    assert dict(zip(table["subject"].to_pylist(), table["stage"].to_pylist(), strict=True)) == {"NA": "late", "null": "due_soon"}


def test_html_has_a_page_and_a_chart_a_rule(folder):
    assert run(folder, *EVALUATE, "--format", "html", "--output", "@/report") == 1
    page = (folder / "report" / "TT-01.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "3 日以内应有办结时间" in page
    assert "某规定 第1条" in page
    assert "NA 应于 2026年3月5日 24:00 前办结" in page
    assert 'href="TT-01.html"' in (folder / "report" / "index.html").read_text(encoding="utf-8")
    assert "昨天" in (folder / "report" / "rejects.csv").read_text(encoding="utf-8-sig")


def test_the_report_does_not_run_what_the_data_says(folder):
    (folder / "source" / "matter.csv").write_text(
        'code,begun_at,done_at\n<script>alert(1)</script>,2026-03-01,\n"=HYPERLINK(""x"")",2026-03-01,\n', encoding="utf-8")
    run(folder, *EVALUATE, "--format", "html", "--output", "@/report")
    assert "<script>" not in (folder / "report" / "TT-01.html").read_text(encoding="utf-8")
    assert "'=HYPERLINK" in (folder / "report" / "TT-01.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(("arguments", "words"), [
    (("evaluate", "@/none", "--rules", "@/rules", "--at", "2026-03-06"), "none"),
    (("evaluate", "@/source", "--rules", "@/none", "--at", "2026-03-06"), "读不了这个文件"),
    (("evaluate", "@/source", "--rules", "@/rules", "--at", "明天"), "不是时间"),
    (("explain", "XX-99", "--rules", "@/rules"), "没有编号为 XX-99 的规则"),
    (("explain", "TT-01", "--rules", "@/rules", "--subject", "001"), "还需要 --source"),
    (("explain", "TT-01", "--rules", "@/rules", "--subject", "没有", "--source", "@/source", "--at", "2026-03-06"), "不涉及对象"),
    (("backtest", "TT-01", "@/source", "--rules", "@/rules", "--from", "2026-03-06", "--to", "2026-03-01"), "早于起始日"),
    (("evaluate", "@/source", "--rules", "@/rules", "--at", "2026-03-06", "--format", "parquet", "--output", "/proc/none/x"), "写不了"),
])
def test_bad_input_is_told_with_what_to_do(folder, capsys, arguments, words):
    assert run(folder, *arguments) == 2
    error = capsys.readouterr().err
    assert words in error
    assert "→" in error
    assert "Traceback" not in error


def test_all_faults_of_all_files_at_once_and_nothing_runs(folder, capsys):
    second = RULE.replace("TT-01", "TT-02").replace("3 days", "3 weeks").replace("done_at, limit", "gone_at, limit")
    (folder / "rules" / "TT-02_x.yaml").write_text(second, encoding="utf-8")
    (folder / "rules" / "TT-03_x.yaml").write_text("code: TT-03\nname: [\n", encoding="utf-8")
    (folder / "rules" / "TT-04_x.yaml").write_text(RULE.replace("TT-01", "TT-04").replace("remedy: 立即办结\n", "name: 重复\n"), encoding="utf-8")
    assert run(folder, *EVALUATE) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    for words in ("TT-02_x.yaml:15: “3 weeks”不是期限", "没有列“gone_at”", "TT-03_x.yaml:", "TT-04_x.yaml:9: 键“name”重复", "共 5 处问题"):
        assert words in captured.err


def test_lint_test_and_pins_report_and_exit(folder, capsys):
    assert run(folder, "test", "@/rules") == 0
    assert "2 个范例，0 个不符" in capsys.readouterr().out
    assert run(folder, "lint", "@/rules") == 0
    assert run(folder, "pins", "--rules", "@/rules") == 1
    out = capsys.readouterr().out
    assert "warn_before：1 日 改为 2 日" in out
    assert "TT-01_three_days.yaml:14" in out
    broken = (folder / "rules" / "TT-01_three_days.yaml").read_text(encoding="utf-8").replace("limit: 3 days", "limit: 4 days")
    (folder / "rules" / "TT-01_three_days.yaml").write_text(broken, encoding="utf-8")
    assert run(folder, "test", "@/rules") == 1
    assert "范例“第四日办结”不符" in capsys.readouterr().out


def test_explain_one_subject_as_a_strip(folder, capsys):
    assert run(folder, "explain", "TT-01", "--rules", "@/rules", "--subject", "NA", "--source", "@/source", "--at", "2026-03-20") == 1
    out = capsys.readouterr().out
    for words in ("起算：2026年3月2日 09:00", "期限：3 日", "暂停：0", "延长：0", "届满：2026年3月5日 24:00", "办结：2026年3月6日 00:00", "某规定 第1条"):
        assert words in out


def test_backtest_by_weeks(folder, capsys):
    assert run(folder, "backtest", "TT-01", "@/source", "--rules", "@/rules", "--from", "2026-03-02 12:00", "--to", "2026-03-17", "--format", "json") == 1
    weeks = json.loads(capsys.readouterr().out)["weeks"]
    assert [(week["at"][:10], week["subjects"], week["new"]) for week in weeks] == [("2026-03-02", 3, 0), ("2026-03-09", 3, 2), ("2026-03-16", 3, 0)]


def test_facts_that_a_rule_lacks_are_named_and_not_taken_for_silence(folder, capsys):
    (folder / "source" / "matter.csv").write_text("code,begun_at\n001,2026-03-02 09:00\n", encoding="utf-8")
    assert run(folder, "backtest", "TT-01", "@/source", "--rules", "@/rules", "--from", "2026-03-02", "--to", "2026-03-17") == 2
    assert "（matter.done_at）" in capsys.readouterr().err
    assert run(folder, "explain", "TT-01", "--rules", "@/rules", "--subject", "001", "--source", "@/source", "--at", "2026-03-20") == 2
    assert "（matter.done_at）" in capsys.readouterr().err


def test_a_table_cannot_be_written_to_a_file(folder, capsys):
    assert run(folder, *EVALUATE, "--output", "@/x") == 2
    assert "--format json" in capsys.readouterr().err


def test_facts_lists_the_vocabulary(folder, capsys):
    assert run(folder, "facts", "@/rules", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["tables"]["matter"]["columns"]["begun_at"]["label"] == "开始时间"


def test_as_a_process_of_its_own(folder):
    """No traceback, no colour codes in a pipe, faults on standard error."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "rulebook", "evaluate", str(folder / "source"), "--rules", str(folder / "rules"), "--at", "2026-03-06 12:00"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "\x1b[" not in done.stdout
