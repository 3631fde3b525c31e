"""`rulebook score`: findings against what is known to be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from rulebook.cli import BAD, FOUND, NOTHING, main
from rulebook.score import Score

FACTS = dedent("""
    time_zone: Asia/Shanghai
    calendar: china
    tables:
      bill:
        label: 账单
        key: code
        columns:
          code: {type: text, label: 编号}
          sent_at: {type: time, label: 寄出}
          paid_at: {type: time, label: 付款}
""")
RULE = dedent("""
    code: BI-001
    name: 账单十日未付
    element: 案
    status: active
    subject: bill
    level: red
    push: [unit_leader]
    message: "{subject} 未付"
    remedy: 付款
    proof: bill.paid_at
    known_false_alarms: 没有
    versions:
      - effective: 2020-01-01
        basis: [{law: 甲法, article: 1}]
        check:
          deadline: {start: sent_at, end: paid_at, limit: 10 days, roll_over: false}
    examples:
      - name: 第十日付的不预警
        at: 2026-04-01 09:00
        given: {bill: [{code: A1, sent_at: "2026-03-01 09:00", paid_at: "2026-03-11 09:00"}]}
        expect: []
      - name: 第十一日付的预警
        at: 2026-04-01 09:00
        given: {bill: [{code: A2, sent_at: "2026-03-01 09:00", paid_at: "2026-03-12 09:00"}]}
        expect: [{subject: A2, stage: late, due: "2026-03-11 24:00"}]
""")
LAWS = "laws:\n  - {name: 甲法, versions: [{effective: 2020-01-01}]}\n"


@pytest.fixture
def rules(tmp_path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    for name, text in {"facts.yaml": FACTS, "BI-001_bill.yaml": RULE, "laws.yaml": LAWS}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def bills(tmp_path) -> Path:
    """Late, never paid, in time."""
    folder = tmp_path / "bills"
    folder.mkdir()
    rows = [("late", "2026-03-01 09:00", "2026-03-20 09:00"), ("never", "2026-03-01 09:00", ""), ("in time", "2026-03-01 09:00", "2026-03-11 09:00")]
    lines = "\n".join(",".join(row) for row in [("code", "sent_at", "paid_at"), *rows])
    (folder / "bill.csv").write_text(lines + "\n", encoding="utf-8")
    return folder


def known(folder: Path, *pairs: tuple[str, str]) -> None:
    (folder / "_truth").mkdir(exist_ok=True)
    pq.write_table(pa.table({"rule": [rule for rule, _ in pairs], "subject": [subject for _, subject in pairs]}), folder / "_truth" / "truth.parquet")


def told(capsys, *arguments: str) -> tuple[int, dict]:
    code = main(["score", *arguments, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("pairs", "code", "recall", "precision"), [
    ([("BI-001", "late"), ("BI-001", "never")], NOTHING, 1.0, 1.0),
    ([("BI-001", "late")], FOUND, 1.0, 0.5),  # one found that nobody knew of
    ([("BI-001", "late"), ("BI-001", "never"), ("BI-001", "in time")], FOUND, 2 / 3, 1.0),  # one missed
    ([("BI-001", "late"), ("BI-001", "never"), ("BI-002", "x")], FOUND, 2 / 3, 1.0),  # a rule that is not there
    ([], FOUND, None, 0.0),
])
def test_recall_and_precision(rules, bills, capsys, pairs, code, recall, precision):
    known(bills, *pairs)
    outcome, answer = told(capsys, str(bills), "--rules", str(rules), "--at", "2026-04-01")
    assert (outcome, answer["recall"], answer["precision"]) == (code, recall, precision)
    assert answer["rules"][0]["name"] == "账单十日未付"


def test_a_clock_that_still_runs_is_no_fault(rules, bills, capsys):
    known(bills)
    assert told(capsys, str(bills), "--rules", str(rules), "--at", "2026-03-05")[0] == NOTHING


def test_the_table_has_a_line_for_all(rules, bills, capsys):
    known(bills, ("BI-001", "late"), ("BI-001", "never"))
    assert main(["score", str(bills), "--rules", str(rules), "--at", "2026-04-01"]) == NOTHING
    printed = capsys.readouterr().out
    assert "BI-001" in printed and "全部" in printed and "1.0000" in printed


@pytest.mark.parametrize("given", [["--at", "2026-04-01"], []])
def test_what_is_missing_is_told(rules, bills, capsys, given):
    """No truth; no time."""
    assert main(["score", str(bills), "--rules", str(rules), *given]) == BAD
    assert ("_truth" if given else "--at") in capsys.readouterr().err


def test_found_twice_is_not_perfect():
    assert Score("BI-001", 1, 1, 1).is_perfect
    assert not Score("BI-001", 1, 2, 1).is_perfect
