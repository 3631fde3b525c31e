"""The Italian road fines: every count of the real log, and the demo's small log."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rulebook.cli import main

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "it-road-fines"
LOG = Path(os.environ.get("ROAD_FINES") or (ROOT.parent / "shared/data/road_fines/Road_Traffic_Fine_Management_Process.xes.gz"))
EXPECTED = {  # code: (subjects, findings), from the description of the data set
    "RF-001": (103_987, 49_772), "RF-002": (103_987, 50_567), "RF-003": (103_987, 50_478), "RF-004": (103_987, 50_036), "RF-005": (79_860, 79_860),
    "RF-006": (79_860, 23_950), "RF-007": (555, 224), "RF-008": (555, 17), "RF-009": (4_188, 582), "RF-010": (4_188, 145), "RF-011": (4_188, 28),
    "RF-012": (4_141, 807), "RF-013": (103_987, 24_127), "RF-014": (24_127, 20_534), "RF-015": (69_715, 554), "RF-016": (59_013, 0),
    "RF-017": (59_013, 0), "RF-018": (999, 103),
}


def evaluate(log: Path, capsys) -> dict:
    code = main(["evaluate", str(log), "--rules", str(EXAMPLE), "--mapping", str(EXAMPLE / "mapping.yaml"), "--at", "2013-12-31", "--format", "json"])
    assert code == 1
    return json.loads(capsys.readouterr().out)


@pytest.mark.skipif(not LOG.exists(), reason=f"the real log is not at {LOG}; see ROAD_FINES in the Makefile")
def test_every_count_of_the_real_log(capsys):
    document = evaluate(LOG, capsys)
    assert (document["rows"], document["rejected"]) == (561_470, 0)
    counts = {rule["code"]: (rule["subjects"], rule["by_stage"]["late"] + rule["by_stage"]["violated"]) for rule in document["rules"]}
    assert counts == EXPECTED
    assert all(rule["by_stage"][stage] == 0 for rule in document["rules"] for stage in ("running", "due_soon", "overdue"))


def test_the_small_log_is_the_same_every_time_and_has_findings(tmp_path, capsys):
    logs = [tmp_path / name for name in ("a.xes.gz", "b.xes.gz")]
    for log in logs:
        subprocess.run([sys.executable, EXAMPLE / "small_log.py", log], check=True)
    assert logs[0].read_bytes() == logs[1].read_bytes()
    document = evaluate(logs[0], capsys)
    assert document["rejected"] == 0
    found = {rule["code"] for rule in document["rules"] if sum(rule["by_stage"].values())}
    assert found >= {"RF-001", "RF-006", "RF-009", "RF-012", "RF-015"}
