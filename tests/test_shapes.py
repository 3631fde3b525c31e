"""Every shape of check at its boundaries, on a small vocabulary of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rulebook.errors import RuleError
from rulebook.evaluation import Finding, evaluate
from rulebook.facts import Facts
from rulebook.rules import Rule, build_rule
from rulebook.vocabulary import Vocabulary, load_vocabulary
from rulebook.yamlfile import YamlFile

ZONE = ZoneInfo("Asia/Shanghai")
FACTS = """
time_zone: Asia/Shanghai
calendar: china
tables:
  unit:
    label: 单位
    key: code
    columns:
      code: {type: text, label: 编号}
      kind: {type: text, label: 类型}
  officer:
    label: 民警
    key: code
    columns:
      code: {type: text, label: 警号}
  talk:
    label: 谈话
    key: code
    known_from: begun_at
    columns:
      code: {type: text, label: 编号}
      unit_code: {type: text, label: 单位, refers: unit}
      officer_code: {type: text, label: 民警, refers: officer}
      room: {type: text, label: 房间}
      begun_at: {type: time, label: 开始}
      ended_at: {type: time, label: 结束}
      told_at: {type: time, label: 告知}
      due_on: {type: date, label: 约定日, planned: true}
      is_grave: {type: flag, label: 重大}
      fine: {type: number, label: 罚款, unit: 元}
  tape:
    label: 录像
    key: code
    known_from: from_at
    columns:
      code: {type: text, label: 编号}
      talk_code: {type: text, label: 谈话, refers: talk}
      room: {type: text, label: 房间}
      from_at: {type: time, label: 起}
      to_at: {type: time, label: 止}
      is_broken: {type: flag, label: 损坏}
"""


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory) -> Vocabulary:
    folder: Path = tmp_path_factory.mktemp("rules")
    (folder / "facts.yaml").write_text(FACTS, encoding="utf-8")
    return load_vocabulary(folder)


@pytest.fixture(scope="module")
def bench(vocabulary) -> Facts:
    return Facts.from_rows(vocabulary, {})


def rule(vocabulary: Vocabulary, shape: str, check: dict, *, subject: str = "talk", **header) -> Rule:
    examples = [{"name": "正", "at": "2026-01-01", "given": {}, "expect": []},
                {"name": "反", "at": "2026-01-01", "given": {}, "expect": [{"subject": "x", "stage": "violated"}]}]
    data = {"code": "TT-01", "name": "试", "element": "案", "status": "draft", "subject": subject, "level": "blue", "push": ["x"], "message": "m",
            "remedy": "r", "proof": "p", "versions": [{"effective": "2000-01-01", "basis": [{"law": "某法", "article": 1}], "check": {shape: check}}],
            "examples": examples, **header}
    return build_rule(YamlFile("TT-01_x.yaml", data, {}), vocabulary)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def found(one: Rule, bench: Facts, now: str, **tables) -> dict[str, Finding]:
    facts = Facts.from_rows(one.vocabulary, tables, like=bench)
    assert not facts.rejected
    return {finding.subject: finding for finding in evaluate([one], facts, at(now), every_stage=True)}


def stages(one: Rule, bench: Facts, now: str, **tables) -> dict[str, str]:
    return {subject: finding.stage for subject, finding in found(one, bench, now, **tables).items()}


class TestDeadlineStages:
    CHECK = {"start": "begun_at", "end": "told_at", "limit": "24 hours", "warn_before": "4 hours"}  # noqa: RUF012

    @pytest.mark.parametrize(("now", "stage"), [
        ("2026-03-02 08:59", None), ("2026-03-02 09:00", "running"), ("2026-03-03 04:59:59", "running"), ("2026-03-03 05:00", "due_soon"),
        ("2026-03-03 09:00", "due_soon"), ("2026-03-03 09:00:01", "overdue"),
    ])
    def test_an_open_clock_at_every_boundary(self, vocabulary, bench, now, stage):
        one = rule(vocabulary, "deadline", self.CHECK)
        assert stages(one, bench, now, talk=[{"code": "T", "begun_at": "2026-03-02 09:00"}]).get("T") == stage

    @pytest.mark.parametrize(("limit", "warn_before", "warns"), [
        ("24 hours", "4 hours", "2026-09-26 05:00"), ("10 days", "2 days", "2026-10-04 00:00"), ("6 workdays", "1 day", "2026-10-10 00:00"),
        ("6 workdays", "2 workdays", "2026-10-09 00:00"), ("6 workdays", "4 workdays", "2026-09-30 00:00"),
    ])
    def test_the_warning_has_its_own_moment(self, vocabulary, bench, limit, warn_before, warns):
        """One microsecond earlier the clock just runs. From a holiday on, six workdays end on Saturday 10 October, a makeup day."""
        days = {"roll_over": False} if limit.endswith(" days") else {}
        one = rule(vocabulary, "deadline", {"start": "begun_at", "end": "told_at", "limit": limit, "warn_before": warn_before, **days})
        row = {"code": "T", "begun_at": "2026-09-25 09:00"}
        warns_at = found(one, bench, "2026-09-25 10:00", talk=[row])["T"].warns_at
        assert f"{warns_at:%Y-%m-%d %H:%M}" == warns
        assert stages(one, bench, f"{warns_at:%Y-%m-%d %H:%M:%S}", talk=[row]) == {"T": "due_soon"}
        assert stages(one, bench, f"{warns_at - timedelta(microseconds=1):%Y-%m-%d %H:%M:%S.%f}", talk=[row]) == {"T": "running"}

    @pytest.mark.parametrize(("told", "stage"), [("2026-03-03 09:00", "kept"), ("2026-03-03 09:00:01", "late")])
    def test_done_in_time_or_late(self, vocabulary, bench, told, stage):
        one = rule(vocabulary, "deadline", self.CHECK)
        assert stages(one, bench, "2026-04-01", talk=[{"code": "T", "begun_at": "2026-03-02 09:00", "told_at": told}]) == {"T": stage}

    def test_what_happens_later_is_not_known_now(self, vocabulary, bench):
        one = rule(vocabulary, "deadline", self.CHECK)
        row = {"code": "T", "begun_at": "2026-03-02 09:00", "told_at": "2026-03-02 20:00"}
        assert stages(one, bench, "2026-03-02 19:59", talk=[row]) == {"T": "running"}
        assert stages(one, bench, "2026-03-02 20:00", talk=[row]) == {"T": "kept"}

    def test_without_a_start_nothing_runs(self, vocabulary, bench):
        one = rule(vocabulary, "deadline", {**self.CHECK, "start": "told_at", "end": "ended_at"})
        assert stages(one, bench, "2026-04-01", talk=[{"code": "T", "begun_at": "2026-03-02"}]) == {"T": "unstarted"}

    def test_the_first_exception_that_holds_decides(self, vocabulary, bench):
        check = {**self.CHECK, "unless": [{"when": "is_grave", "limit": "2 hours"}, {"when": "fine > 100", "limit": "48 hours"}]}
        rows = [{"code": "A", "begun_at": "2026-03-02 09:00", "is_grave": True, "fine": 200}, {"code": "B", "begun_at": "2026-03-02 09:00", "fine": 200},
                {"code": "C", "begun_at": "2026-03-02 09:00", "fine": 100}]
        limits = {key: finding.limit for key, finding in found(rule(vocabulary, "deadline", check), bench, "2026-03-02 10:00", talk=rows).items()}
        assert limits == {"A": "2 小时", "B": "48 小时", "C": "24 小时"}

    def test_counted_backwards_in_workdays_from_a_planned_day(self, vocabulary, bench):
        one = rule(vocabulary, "deadline", {"before": "due_on", "end": "told_at", "limit": "7 workdays", "warn_before": "1 workday"})
        planned = {"code": "T", "begun_at": "2026-03-01", "due_on": "2026-03-18"}
        assert str(found(one, bench, "2026-03-02", talk=[planned])["T"].last_day) == "2026-03-09"
        assert stages(one, bench, "2026-04-01", talk=[{**planned, "told_at": "2026-03-09 23:59"}]) == {"T": "kept"}
        assert stages(one, bench, "2026-04-01", talk=[{**planned, "told_at": "2026-03-10 00:00"}]) == {"T": "late"}
        assert stages(one, bench, "2026-03-06 12:00", talk=[planned]) == {"T": "running"}
        assert stages(one, bench, "2026-03-09 00:00", talk=[planned]) == {"T": "due_soon"}
        assert stages(one, bench, "2026-03-10 00:00", talk=[planned]) == {"T": "overdue"}

    def test_counted_backwards_from_a_sunday(self, vocabulary, bench):
        """The seven workdays before Sunday 22 March are the 12th to the 20th."""
        one = rule(vocabulary, "deadline", {"before": "due_on", "end": "told_at", "limit": "7 workdays"})
        assert str(found(one, bench, "2026-03-02", talk=[{"code": "T", "begun_at": "2026-03-01", "due_on": "2026-03-22"}])["T"].last_day) == "2026-03-12"

    def test_end_is_the_first_related_row_that_matches(self, vocabulary, bench):
        check = {"start": "begun_at", "end": {"first": "tape.from_at", "matching": "NOT is_broken"}, "limit": "24 hours"}
        tapes = [{"code": "1", "talk_code": "T", "from_at": "2026-03-02 10:00", "is_broken": True},
                 {"code": "2", "talk_code": "T", "from_at": "2026-03-04 10:00"}, {"code": "3", "talk_code": "U", "from_at": "2026-03-02 10:00"}]
        talks = [{"code": "T", "begun_at": "2026-03-02 09:00"}]
        assert stages(rule(vocabulary, "deadline", check), bench, "2026-04-01", talk=talks, tape=tapes) == {"T": "late"}

    def test_a_pause_without_end_stops_the_clock_until_now(self, vocabulary, bench):
        check = {"start": "begun_at", "end": "told_at", "limit": "3 days", "roll_over": False,
                 "pauses": [{"table": "tape", "start": "from_at", "end": "to_at"}]}
        one = rule(vocabulary, "deadline", check)
        tables = {"talk": [{"code": "T", "begun_at": "2026-03-02"}], "tape": [{"code": "1", "talk_code": "T", "from_at": "2026-03-04"}]}
        assert stages(one, bench, "2026-05-01", **tables) == {"T": "running"}
        assert found(one, bench, "2026-05-01", **tables)["T"].pauses == ((at("2026-03-04"), None),)

    def test_a_pause_of_hours(self, vocabulary, bench):
        check = {**self.CHECK, "pauses": [{"table": "tape", "matching": "NOT is_broken", "start": "from_at", "end": "to_at"}]}
        tapes = [{"code": "1", "talk_code": "T", "from_at": "2026-03-02 10:00", "to_at": "2026-03-02 12:00"},
                 {"code": "2", "talk_code": "T", "from_at": "2026-03-02 11:00", "to_at": "2026-03-02 13:00"},
                 {"code": "3", "talk_code": "T", "from_at": "2026-03-02 14:00", "to_at": "2026-03-02 20:00", "is_broken": True}]
        one = rule(vocabulary, "deadline", check)
        assert found(one, bench, "2026-03-03", talk=[{"code": "T", "begun_at": "2026-03-02 09:00"}], tape=tapes)["T"].due_at == at("2026-03-03 12:00")

    @pytest.mark.parametrize(("check", "words"), [
        ({"limit": "30 days"}, "末日遇节假日是否顺延"), ({"limit": "8 hours", "roll_over": True}, "没有顺延"),
        ({"limit": "8 hours", "unless": [{"when": "is_grave", "limit": "3 days"}]}, "不能混用"),
        ({"limit": "8 hours", "before": "due_on"}, "往前计算只支持"), ({"limit": "8 weeks"}, "不是期限"),
    ])
    def test_limits_that_make_no_sense_are_refused(self, vocabulary, check, words):
        base = {"end": "told_at", **({} if "before" in check else {"start": "begun_at"})}
        with pytest.raises(RuleError, match=words):
            rule(vocabulary, "deadline", {**base, **check})


class TestPresence:
    def test_required_and_forbid_are_opposites(self, vocabulary, bench):
        rows = [{"code": "A", "begun_at": "2026-03-02", "fine": 2000}, {"code": "B", "begun_at": "2026-03-02", "fine": 1999},
                {"code": "C", "begun_at": "2026-03-02"}]
        required = stages(rule(vocabulary, "required", {"that": "fine >= 2000"}), bench, "2026-04-01", talk=rows)
        forbid = stages(rule(vocabulary, "forbid", {"that": "fine >= 2000"}), bench, "2026-04-01", talk=rows)
        assert required == {"A": "kept", "B": "violated", "C": "violated"}, "what is unknown does not hold"
        assert forbid == {"A": "violated", "B": "kept", "C": "kept"}

    def test_a_related_row_that_is_not_known_yet_does_not_exist(self, vocabulary, bench):
        one = rule(vocabulary, "required", {"exists": "tape"})
        tables = {"talk": [{"code": "T", "begun_at": "2026-03-02"}], "tape": [{"code": "1", "talk_code": "T", "from_at": "2026-03-05"}]}
        assert stages(one, bench, "2026-03-04", **tables) == {"T": "violated"}
        assert stages(one, bench, "2026-03-05", **tables) == {"T": "kept"}

    def test_related_by_a_column_that_both_have(self, vocabulary, bench):
        one = rule(vocabulary, "forbid", {"exists": "tape", "via": "room"})
        talks = [{"code": "A", "begun_at": "2026-03-02", "room": "1"}, {"code": "B", "begun_at": "2026-03-02", "room": "2"},
                 {"code": "C", "begun_at": "2026-03-02"}]
        assert stages(one, bench, "2026-04-01", talk=talks, tape=[{"code": "t", "room": "1", "from_at": "2026-03-01"}]) == {
            "A": "violated", "B": "kept", "C": "kept"}

    def test_one_of_that_and_exists(self, vocabulary):
        with pytest.raises(RuleError, match="只写一个"):
            rule(vocabulary, "required", {"that": "is_grave", "exists": "tape"})


class TestSequence:
    @pytest.mark.parametrize(("told", "ended", "missing", "stage"), [
        ("2026-03-02 10:00", "2026-03-02 10:00", "violated", "kept"), ("2026-03-02 10:00:01", "2026-03-02 10:00", "violated", "violated"),
        (None, "2026-03-02 10:00", "violated", "violated"), (None, "2026-03-02 10:00", "ignored", "kept"), ("2026-03-02 10:00", None, "violated", "unstarted"),
    ])
    def test_the_first_must_not_be_later(self, vocabulary, bench, told, ended, missing, stage):
        one = rule(vocabulary, "sequence", {"first": "told_at", "then": "ended_at", "missing": missing})
        assert stages(one, bench, "2026-04-01", talk=[{"code": "T", "begun_at": "2026-03-01", "told_at": told, "ended_at": ended}]) == {"T": stage}


class TestOverlap:
    CHECK = {"start": "begun_at", "end": "ended_at", "same": "officer_code", "apart": "room"}  # noqa: RUF012

    def talk(self, code, begun, ended, officer="甲", room=None):
        return {"code": code, "begun_at": f"2026-03-02 {begun}", "ended_at": ended and f"2026-03-02 {ended}", "officer_code": officer, "room": room}

    def test_touching_is_not_overlapping_and_the_later_one_is_told(self, vocabulary, bench):
        rows = [self.talk("A", "09:00", "10:00"), self.talk("B", "10:00", "11:00"), self.talk("C", "10:59", "12:00")]
        result = found(rule(vocabulary, "overlap", self.CHECK), bench, "2026-04-01", talk=rows)
        assert {key: finding.stage for key, finding in result.items()} == {"A": "kept", "B": "kept", "C": "violated"}
        assert result["C"].details == {"overlaps": ["B"]}

    def test_same_start_gives_one_finding_not_two(self, vocabulary, bench):
        rows = [self.talk("B", "09:00", "10:00"), self.talk("A", "09:00", "10:00")]
        assert stages(rule(vocabulary, "overlap", self.CHECK), bench, "2026-04-01", talk=rows) == {"A": "kept", "B": "violated"}

    def test_others_officers_and_the_same_room_do_not_count(self, vocabulary, bench):
        rows = [self.talk("A", "09:00", "10:00", room="1"), self.talk("B", "09:30", "10:00", room="1"), self.talk("C", "09:30", "10:00", officer="乙")]
        assert set(stages(rule(vocabulary, "overlap", self.CHECK), bench, "2026-04-01", talk=rows).values()) == {"kept"}

    def test_an_open_one_lasts_until_now(self, vocabulary, bench):
        rows = [self.talk("A", "09:00", None), self.talk("B", "15:00", "16:00")]
        assert stages(rule(vocabulary, "overlap", self.CHECK), bench, "2026-03-02 15:30", talk=rows)["B"] == "violated"

    def test_only_one_subject_still_sees_its_peers(self, vocabulary, bench):
        rows = [self.talk("A", "09:00", "10:00"), self.talk("B", "09:30", "11:00")]
        facts = Facts.from_rows(vocabulary, {"talk": rows}, like=bench)
        (finding,) = evaluate([rule(vocabulary, "overlap", self.CHECK)], facts, at("2026-04-01"), only=["B"])
        assert finding.details == {"overlaps": ["A"]}


class TestCover:
    def check(self, tolerance="0 minutes"):
        return {"start": "begun_at", "end": "ended_at", "by": "tape", "matching": "NOT is_broken", "from": "from_at", "to": "to_at", "tolerance": tolerance}

    def judge(self, vocabulary, bench, tapes, tolerance="0 minutes", ended="2026-03-02 10:00"):
        rows = [{"code": str(index), "talk_code": "T", "from_at": f"2026-03-02 {begin}", "to_at": f"2026-03-02 {end}" if end else None, "is_broken": broken}
                for index, (begin, end, broken) in enumerate(tapes)]
        talk = [{"code": "T", "begun_at": "2026-03-02 09:00", "ended_at": ended}]
        return found(rule(vocabulary, "cover", self.check(tolerance)), bench, "2026-03-02 12:00", talk=talk, tape=rows)["T"]

    def test_pieces_that_meet_cover_the_whole(self, vocabulary, bench):
        assert self.judge(vocabulary, bench, [("08:50", "09:20", False), ("09:20", "09:45", False), ("09:40", "10:30", False)]).stage == "kept"

    def test_every_gap_is_named(self, vocabulary, bench):
        finding = self.judge(vocabulary, bench, [("09:05", "09:20", False), ("09:30", "09:50", False)])
        assert finding.stage == "violated"
        assert [(gap["from"][11:16], gap["to"][11:16]) for gap in finding.details["gaps"]] == [("09:00", "09:05"), ("09:20", "09:30"), ("09:50", "10:00")]
        assert finding.details["missing_seconds"] == 25 * 60

    @pytest.mark.parametrize(("end", "stage"), [("09:59", "kept"), ("09:58:59", "violated")])
    def test_tolerance_is_the_sum_of_gaps(self, vocabulary, bench, end, stage):
        assert self.judge(vocabulary, bench, [("09:00", end, False)], tolerance="1 minute").stage == stage

    def test_a_damaged_recording_covers_nothing(self, vocabulary, bench):
        assert self.judge(vocabulary, bench, [("09:00", "10:00", True)]).stage == "violated"

    def test_no_recording_at_all_is_one_gap(self, vocabulary, bench):
        assert self.judge(vocabulary, bench, []).details["missing_seconds"] == 3600

    def test_a_recording_inside_another_hides_no_gap(self, vocabulary, bench):
        assert self.judge(vocabulary, bench, [("09:00", "09:50", False), ("09:10", "09:20", False)]).details["missing_seconds"] == 600

    def test_not_judged_before_it_has_ended(self, vocabulary, bench):
        assert self.judge(vocabulary, bench, [], ended=None).stage == "unstarted"


class TestCount:
    def test_distinct_at_least_and_at_most(self, vocabulary, bench):
        tapes = [{"code": str(index), "talk_code": talk, "room": room, "from_at": "2026-03-02"} for index, (talk, room) in enumerate(
            [("A", "1"), ("A", "1"), ("B", "1"), ("B", "2"), ("C", "1"), ("C", "2"), ("C", "3")])]
        one = rule(vocabulary, "count", {"of": "tape", "distinct": "room", "at_least": 2, "at_most": 2})
        talks = [{"code": code, "begun_at": "2026-03-01"} for code in "ABCD"]
        result = found(one, bench, "2026-04-01", talk=talks, tape=tapes)
        assert {key: (finding.stage, finding.details["count"]) for key, finding in result.items()} == {
            "A": ("violated", 1), "B": ("kept", 2), "C": ("violated", 3), "D": ("violated", 0)}

    def test_within_a_window_up_to_its_own_time(self, vocabulary, bench):
        one = rule(vocabulary, "count", {"same": "officer_code", "time": "begun_at", "window": "12 hours", "at_most": 1})
        rows = [{"code": code, "officer_code": who, "begun_at": f"2026-03-02 {time}"} for code, who, time in
                [("A", "甲", "08:00"), ("B", "甲", "19:59:59"), ("C", "乙", "08:00"), ("D", "乙", "20:00")]]
        assert stages(one, bench, "2026-04-01", talk=rows) == {"A": "kept", "B": "violated", "C": "kept", "D": "kept"}


class TestRate:
    CHECK = {"of": "talk", "event": "is_grave", "deviations": 3, "at_least": 10, "side": "high"}  # noqa: RUF012

    def tables(self, **shares):
        talks = [{"code": f"{unit}{index}", "unit_code": unit, "begun_at": "2026-03-01", "is_grave": index < events}
                 for unit, (events, rows) in shares.items() for index in range(rows)]
        return {"unit": [{"code": unit, "kind": "派出所"} for unit in shares], "talk": talks}

    def test_a_unit_far_from_its_peers(self, vocabulary, bench):
        result = found(rule(vocabulary, "rate", self.CHECK, subject="unit"), bench, "2026-04-01", **self.tables(A=(2, 40), B=(3, 40), C=(14, 40)))
        assert {key: finding.stage for key, finding in result.items()} == {"A": "kept", "B": "kept", "C": "violated"}
        assert result["C"].details["rate"] == 0.35

    def test_too_few_rows_say_nothing(self, vocabulary, bench):
        result = stages(rule(vocabulary, "rate", self.CHECK, subject="unit"), bench, "2026-04-01", **self.tables(A=(2, 40), B=(3, 40), C=(9, 9)))
        assert result == {"A": "kept", "B": "kept"}

    def test_peers_without_a_single_event_and_a_lone_unit(self, vocabulary, bench):
        one = rule(vocabulary, "rate", self.CHECK, subject="unit")
        assert stages(one, bench, "2026-04-01", **self.tables(A=(0, 40), B=(5, 40)))["B"] == "violated"
        assert stages(one, bench, "2026-04-01", **self.tables(A=(40, 40))) == {"A": "kept"}

    def test_single_officers_are_never_compared(self, vocabulary):
        with pytest.raises(RuleError, match="不得比较单个民警"):
            rule(vocabulary, "rate", self.CHECK, subject="officer")

    def test_less_than_ten_rows_are_refused(self, vocabulary):
        with pytest.raises(RuleError, match="不得少于 10"):
            rule(vocabulary, "rate", {**self.CHECK, "at_least": 9}, subject="unit")

    def test_only_one_unit_is_still_held_against_all(self, vocabulary, bench):
        facts = Facts.from_rows(vocabulary, self.tables(A=(2, 40), B=(3, 40), C=(14, 40)), like=bench)
        assert [finding.subject for finding in evaluate([rule(vocabulary, "rate", self.CHECK, subject="unit")], facts, at("2026-04-01"), only=["C"])] == ["C"]


    def test_a_version_that_is_not_in_force_judges_nobody(self, vocabulary, bench):
        basis = [{"law": "某法", "article": 1}]
        for version in ({"effective": "2030-01-01"}, {"effective": "2000-01-01", "until": "2010-01-01"}):
            one = rule(vocabulary, "rate", {}, subject="unit", versions=[{**version, "basis": basis, "check": {"rate": self.CHECK}}])
            assert stages(one, bench, "2026-04-01", **self.tables(A=(2, 40), B=(3, 40), C=(14, 40))) == {}


class TestUnitsThatDoNotFit:
    @pytest.mark.parametrize(("shape", "check"), [
        ("count", {"same": "room", "time": "begun_at", "window": "12 months", "at_most": 1}),
        ("count", {"same": "room", "time": "begun_at", "window": "19 workdays", "at_most": 1}),
        ("cover", {"start": "begun_at", "end": "ended_at", "by": "tape", "from": "from_at", "to": "to_at", "tolerance": "1 day"}),
        ("deadline", {"start": "begun_at", "end": "told_at", "limit": "12 months", "roll_over": False, "warn_before": "1 month"}),
    ])
    def test_are_refused_and_not_misread(self, vocabulary, shape, check):
        with pytest.raises(RuleError, match="单位不能用在这里"):
            rule(vocabulary, shape, check)

    @pytest.mark.parametrize("limit", ["241 months", "7301 days", "5001 workdays"])
    def test_limits_beyond_the_calendar_are_refused(self, vocabulary, limit):
        with pytest.raises(RuleError, match="不是期限"):
            rule(vocabulary, "deadline", {"start": "begun_at", "end": "told_at", "limit": limit, "roll_over": False})


class TestPlannedTimes:
    @pytest.mark.parametrize(("shape", "check"), [
        ("sequence", {"first": "told_at", "then": "due_on", "missing": "violated"}), ("deadline", {"start": "begun_at", "end": "due_on", "limit": "8 hours"}),
    ])
    def test_are_no_proof_that_something_happened(self, vocabulary, shape, check):
        with pytest.raises(RuleError, match="计划的时间"):
            rule(vocabulary, shape, check)


class TestEarliest:
    def test_whichever_came_first_ends_the_clock(self, vocabulary, bench):
        one = rule(vocabulary, "deadline", {"start": "begun_at", "end": {"earliest": ["told_at", "ended_at"]}, "limit": "8 hours"})
        row = {"code": "T", "begun_at": "2026-03-02 09:00"}
        assert stages(one, bench, "2026-04-01", talk=[{**row, "told_at": "2026-03-02 18:00", "ended_at": "2026-03-02 17:00"}]) == {"T": "kept"}
        assert stages(one, bench, "2026-04-01", talk=[{**row, "ended_at": "2026-03-02 17:00:01"}]) == {"T": "late"}
        assert stages(one, bench, "2026-04-01", talk=[row]) == {"T": "overdue"}


class TestCustomSql:
    def test_rows_that_the_query_returns_are_violations(self, vocabulary, bench):
        query = "SELECT room AS subject_room, min(code) AS subject FROM talk GROUP BY room HAVING sum(fine) > 100"
        one = rule(vocabulary, "sql", {"reason": "要求和", "query": query})
        rows = [{"code": "A", "begun_at": "2026-03-01", "room": "1", "fine": 60}, {"code": "B", "begun_at": "2026-03-01", "room": "1", "fine": 41},
                {"code": "C", "begun_at": "2026-03-01", "room": "2", "fine": 100}]
        assert stages(one, bench, "2026-04-01", talk=rows) == {"A": "violated", "B": "kept", "C": "kept"}

    @pytest.mark.parametrize(("query", "words"), [
        ("DELETE FROM talk", "只能写一条 SELECT"), ("SELECT code FROM talk", "名为 subject"), ("SELECT code AS subject FROM secrets", "没有事实表"),
        ("SELECT code AS subject FROM read_csv('/etc/passwd')", "没有事实表|不能用函数"), ("SELECT getenv('HOME') AS subject FROM talk", "不能用函数"),
        ("SELECT code AS subject FROM talk; DROP TABLE talk", "只能写一条 SELECT"), ("SELEC", "读不懂|只能写一条"),
        ("SELECT code AS subject FROM information_schema.tables", "没有事实表"),
        ("WITH tape AS (SELECT * FROM tape) SELECT talk_code AS subject FROM tape", "与事实表相同"),
        ("SELECT code AS subject FROM talk USING SAMPLE 50%", "不能用"), ("SELECT code AS subject FROM talk LIMIT 1", "不能用"),
        ("SELECT code AS subject FROM '/etc/passwd'", "没有事实表"),
    ])
    def test_a_query_may_only_read_facts(self, vocabulary, query, words):
        with pytest.raises(RuleError, match=words):
            rule(vocabulary, "sql", {"reason": "试", "query": query})


class TestVersions:
    def two(self, vocabulary):
        checks = [("2013-01-01", "8 hours"), ("2026-01-01", "12 hours")]
        versions = [{"effective": day, "basis": [{"law": "某法", "article": 1}], "check": {"deadline": {"start": "begun_at", "end": "told_at", "limit": limit}}}
                    for day, limit in checks]
        return rule(vocabulary, "deadline", {}, versions=versions)

    def test_the_subjects_own_date_decides(self, vocabulary, bench):
        rows = [{"code": "A", "begun_at": "2025-12-31 23:59:59"}, {"code": "B", "begun_at": "2026-01-01 00:00"}, {"code": "C", "begun_at": "2012-12-31 23:00"}]
        limits = {key: finding.limit for key, finding in found(self.two(vocabulary), bench, "2026-01-02", talk=rows).items()}
        assert limits == {"A": "8 小时", "B": "12 小时"}, "before the first version there is nothing to judge by"
