"""Legal time: boundaries by hand, and Python against SQL by property."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rulebook.errors import RuleError
from rulebook.evaluation import evaluate
from rulebook.facts import Facts
from rulebook.rules import build_rule
from rulebook.timelimits import Counting, Extension, Pause, Span, add_months, due
from rulebook.vocabulary import load_vocabulary
from rulebook.workdays import load_calendar
from rulebook.yamlfile import YamlFile

SHANGHAI, ROME = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Rome")
CHINA = load_calendar("china")


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def last_day(start: str, limit: str, *, roll_over=False, inclusive=True, count_from="next_day", **more) -> date:
    span = Span.parse(limit)
    counting = Counting(span.axis, inclusive, count_from, roll_over)
    return due(at(start), span, counting, zone=SHANGHAI, calendar=CHINA, now=at("2027-12-31"), **more).last_day


class TestHours:
    def test_hours_run_from_the_very_second(self):
        end = due(at("2026-03-02 09:00:30"), Span.parse("8 hours"), Counting("clock"), zone=SHANGHAI, calendar=CHINA, now=at("2026-03-03"))
        assert end.at == at("2026-03-02 17:00:30")

    def test_hours_are_elapsed_time_across_daylight_saving(self):
        end = due(at("2026-03-28 12:00", ROME), Span.parse("24 hours"), Counting("clock"), zone=ROME, calendar=CHINA, now=at("2026-04-01", ROME))
        assert end.at.astimezone(ROME).isoformat() == "2026-03-29T13:00:00+02:00"

    def test_hours_never_roll_over_the_spring_festival(self):
        end = due(at("2026-02-16 20:00"), Span.parse("24 hours"), Counting("clock", roll_over=True), zone=SHANGHAI, calendar=CHINA, now=at("2026-03-01"))
        assert end.at == at("2026-02-17 20:00")


class TestDays:
    def test_first_day_is_not_counted(self):
        assert last_day("2026-03-02 23:59", "3 days") == date(2026, 3, 5)

    def test_first_day_counted_where_the_law_says_so(self):
        assert last_day("2026-03-02 08:00", "3 days", count_from="same_day") == date(2026, 3, 4)

    def test_up_to_but_not_including(self):
        assert last_day("2026-03-02", "90 days", inclusive=False) == last_day("2026-03-02", "89 days")

    def test_due_is_midnight_after_the_last_day(self):
        end = due(at("2026-03-02 10:00"), Span.parse("3 days"), Counting("days"), zone=SHANGHAI, calendar=CHINA, now=at("2026-03-03"))
        assert end.at == at("2026-03-06 00:00")

    @pytest.mark.parametrize(("start", "rolled"), [
        ("2026-09-25", date(2026, 10, 8)),    # +30 = 25 October: a Sunday, see below; here +6 days lands on 1 October
        ("2026-09-24", date(2026, 9, 30)),    # 30 September is a workday
        ("2026-10-04", date(2026, 10, 10)),   # Saturday, but a make-up workday
        ("2026-10-05", date(2026, 10, 12)),   # Sunday after it: no workday, rolls to Monday
    ])
    def test_last_day_on_a_holiday_rolls_over(self, start, rolled):
        assert last_day(start, "6 days", roll_over=True) == rolled

    def test_nothing_rolls_over_while_somebody_is_detained(self):
        assert last_day("2026-09-25", "6 days", roll_over=False) == date(2026, 10, 1)

    def test_make_up_sunday_is_a_workday(self):
        assert CHINA.is_workday(date(2026, 9, 20))
        assert last_day("2026-09-14", "6 days", roll_over=True) == date(2026, 9, 20)


class TestWorkdays:
    def test_seven_workdays_over_national_day(self):
        assert last_day("2026-09-28", "7 workdays") == date(2026, 10, 13)

    def test_counting_from_a_holiday(self):
        assert last_day("2026-10-03", "1 workday") == date(2026, 10, 8)


class TestMonths:
    @pytest.mark.parametrize(("start", "months", "end"), [
        (date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2024, 1, 31), 1, date(2024, 2, 29)), (date(2026, 2, 28), 1, date(2026, 3, 31)),
        (date(2024, 2, 28), 1, date(2024, 3, 28)), (date(2024, 2, 29), 12, date(2025, 2, 28)), (date(2026, 6, 25), 2, date(2026, 8, 25)),
        (date(2026, 8, 30), 6, date(2027, 2, 28)), (date(2026, 12, 15), 1, date(2027, 1, 15)), (date(2026, 4, 30), 1, date(2026, 5, 31)),
    ])
    def test_same_day_number_or_last_day(self, start, months, end):
        assert add_months(start, months) == end


class TestUnpublishedYears:
    def counted(self, start: str, limit: str, roll_over: bool) -> bool:
        span = Span.parse(limit)
        return due(at(start), span, Counting(span.axis, roll_over=roll_over), zone=SHANGHAI, calendar=CHINA, now=at(start)).estimated

    def test_a_year_without_a_notice_is_marked(self):
        assert self.counted("2026-12-20", "30 days", roll_over=True)
        assert self.counted("2026-12-28", "5 workdays", roll_over=False)

    def test_a_limit_that_needs_no_calendar_is_never_an_estimate(self):
        assert not self.counted("2026-12-20", "30 days", roll_over=False)

    def test_a_published_year_is_no_estimate(self):
        assert not self.counted("2026-11-20", "30 days", roll_over=True)

    def test_an_override_file_publishes_a_year(self, tmp_path):
        file = tmp_path / "2027.yaml"
        file.write_text("year: 2027\nnotice: 示例通知\nholidays: ['2027-01-01', '2027-01-04']\nworkdays: ['2027-01-03']\n", encoding="utf-8")
        calendar = load_calendar("china", (file,))
        assert calendar.is_published(date(2027, 1, 19))
        assert calendar.is_workday(date(2027, 1, 3))
        assert calendar.next_workday(date(2027, 1, 4)) == date(2027, 1, 5)

    def test_a_bad_override_is_told_with_its_line(self, tmp_path):
        file = tmp_path / "2027.yaml"
        file.write_text("year: 2027\nnotice: 示例\nholidays:\n  - 2027-02-30\nworkdays: []\n", encoding="utf-8")
        with pytest.raises(RuleError, match=r"2027\.yaml:4: “2027-02-30”不是日期"):
            load_calendar("china", (Path(file),))


class TestPausesAndExtensions:
    def test_overlapping_pauses_count_once(self):
        pauses = [Pause(at("2026-03-05"), at("2026-03-10")), Pause(at("2026-03-08"), at("2026-03-12"))]
        assert last_day("2026-03-02", "30 days", pauses=pauses) == date(2026, 4, 1) + timedelta(days=7)

    def test_a_pause_that_begins_before_the_start_counts_from_the_start(self):
        assert last_day("2026-03-02", "30 days", pauses=[Pause(at("2026-02-20"), at("2026-03-05"))]) == date(2026, 4, 4)

    def test_a_pause_on_the_last_day_still_counts_and_the_day_after_does_not(self):
        on, after = Pause(at("2026-04-01 23:59"), at("2026-04-06")), Pause(at("2026-04-02 00:00"), at("2026-04-06"))
        assert last_day("2026-03-02", "30 days", pauses=[on]) == date(2026, 4, 6)
        assert last_day("2026-03-02", "30 days", pauses=[after]) == date(2026, 4, 1)

    def test_an_extension_counts_only_if_granted_in_time(self):
        in_time, late = Extension(at("2026-04-01 23:00"), Span.parse("30 days")), Extension(at("2026-04-02 00:00"), Span.parse("30 days"))
        assert last_day("2026-03-02", "30 days", extensions=[in_time], at_most=1) == date(2026, 5, 1)
        assert last_day("2026-03-02", "30 days", extensions=[late], at_most=1) == date(2026, 4, 1)

    def test_only_so_many_extensions(self):
        granted = [Extension(at(f"2026-03-{day:02}"), Span.parse("30 days")) for day in (10, 11, 12)]
        assert last_day("2026-03-02", "30 days", extensions=granted, at_most=2) == date(2026, 5, 31)

    def test_an_extension_granted_while_a_pause_carried_the_limit_on(self):
        pauses, granted = [Pause(at("2026-03-30"), at("2026-04-10"))], [Extension(at("2026-04-11"), Span.parse("30 days"))]
        assert last_day("2026-03-02", "30 days", pauses=pauses, extensions=granted, at_most=1) == date(2026, 5, 12)


@pytest.mark.parametrize("text", ["8", "hours", "8 Hours", "-1 days", "1.5 days", "8 weeks", "8  hours", ""])
def test_a_span_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        Span.parse(text)


# --- Python against SQL ------------------------------------------------------------------------------------------------------------------

FACTS = """
time_zone: Asia/Shanghai
calendar: china
tables:
  matter:
    label: 事项
    key: code
    columns:
      code: {type: text, label: 编号}
      begun_at: {type: time, label: 开始}
      done_at: {type: time, label: 完成}
  stay:
    label: 停办
    key: code
    columns:
      code: {type: text, label: 编号}
      matter_code: {type: text, label: 事项, refers: matter}
      from_at: {type: time, label: 起}
      to_at: {type: time, label: 止}
  grant:
    label: 批准
    key: code
    columns:
      code: {type: text, label: 编号}
      matter_code: {type: text, label: 事项, refers: matter}
      granted_at: {type: time, label: 批准时间}
"""

MOMENTS = st.datetimes(datetime(2023, 12, 1), datetime(2027, 6, 1), timezones=st.just(SHANGHAI)).map(lambda moment: moment.replace(microsecond=0))
AMOUNTS = {"hours": 200, "days": 90, "workdays": 60, "months": 14}


@st.composite
def matters(draw):
    unit = draw(st.sampled_from(sorted(AMOUNTS)))
    limit = Span(draw(st.integers(1, AMOUNTS[unit])), unit)
    on_days = unit in ("days", "months")
    counting = Counting(limit.axis, draw(st.booleans()), draw(st.sampled_from(["next_day", "same_day"])) if unit != "hours" else "next_day",
                        draw(st.booleans()) if on_days else False)
    start = draw(MOMENTS)
    near = st.integers(-20 * 86400, 150 * 86400).map(lambda seconds: start + timedelta(seconds=seconds))
    pauses = [Pause(begin, begin + timedelta(seconds=draw(st.integers(0, 40 * 86400)))) for begin in draw(st.lists(near, max_size=4))]
    if pauses and draw(st.booleans()):
        pauses[-1] = Pause(pauses[-1].start, None)
    adds = Span(draw(st.integers(1, 40)), unit)
    extensions = [Extension(granted, adds) for granted in draw(st.lists(near, max_size=3))]
    now = start + timedelta(days=400)
    return limit, counting, start, pauses, extensions, draw(st.integers(1, 3)), now


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rules")
    (folder / "facts.yaml").write_text(FACTS, encoding="utf-8")
    return load_vocabulary(folder)


@pytest.fixture(scope="module")
def bench(vocabulary):
    return Facts.from_rows(vocabulary, {})


def span_text(span: Span) -> str:
    return f"{span.amount} {span.unit}"


def deadline_rule(vocabulary, limit: Span, counting: Counting, adds: Span | None, at_most: int):
    check = {"start": "begun_at", "end": "done_at", "limit": span_text(limit), "inclusive": counting.inclusive, "count_from": counting.count_from,
             "pauses": [{"table": "stay", "start": "from_at", "end": "to_at"}]}
    if counting.axis == "days":
        check["roll_over"] = counting.roll_over
    if adds:
        check["extensions"] = [{"table": "grant", "granted": "granted_at", "adds": span_text(adds), "at_most": at_most}]
    header = {"code": "T-01", "name": "试", "element": "案", "status": "draft", "subject": "matter", "level": "blue", "push": ["x"], "message": "m",
              "remedy": "r", "proof": "p"}
    header["code"] = "TT-01"
    examples = [{"name": "a", "at": "2026-01-01", "given": {}, "expect": []},
                {"name": "b", "at": "2026-01-01", "given": {}, "expect": [{"subject": "x", "stage": "late"}]}]
    versions = [{"effective": "2000-01-01", "basis": [{"law": "x", "article": 1}], "check": {"deadline": check}}]
    return build_rule(YamlFile("TT-01_x.yaml", {**header, "versions": versions, "examples": examples}, {}), vocabulary)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(matters())
def test_python_and_sql_give_the_same_due_time(vocabulary, bench, matter):
    limit, counting, start, pauses, extensions, at_most, now = matter
    expected = due(start, limit, counting, zone=SHANGHAI, calendar=CHINA, now=now, pauses=pauses, extensions=extensions, at_most=at_most)
    rows = {
        "matter": [{"code": "M", "begun_at": start.isoformat()}],
        "stay": [{"code": f"S{index}", "matter_code": "M", "from_at": pause.start.isoformat(), "to_at": pause.end and pause.end.isoformat()}
                 for index, pause in enumerate(pauses)],
        "grant": [{"code": f"G{index}", "matter_code": "M", "granted_at": each.granted_at.isoformat()} for index, each in enumerate(extensions)],
    }
    facts = Facts.from_rows(vocabulary, rows, like=bench)
    assert not facts.rejected
    rule = deadline_rule(vocabulary, limit, counting, extensions[0].adds if extensions else None, at_most)
    (finding,) = evaluate([rule], facts, now, every_stage=True)
    assert (finding.due_at, finding.last_day, finding.estimated) == (expected.at, expected.last_day, expected.estimated)
    assert len(finding.pauses) == len(expected.pauses)
    assert len(finding.extensions) == len(expected.extensions)


@pytest.mark.parametrize("unit", sorted(AMOUNTS))
def test_python_and_sql_agree_on_every_day_of_three_years(vocabulary, unit):
    """Every start date around holidays, month ends and a leap day, in one query."""
    starts = [at("2023-12-20 10:30") + timedelta(days=index) for index in range(1100)]
    facts = Facts.from_rows(vocabulary, {"matter": [{"code": f"{index:04}", "begun_at": start.isoformat()} for index, start in enumerate(starts)]})
    limit = Span(7, unit)
    counting = Counting(limit.axis, roll_over=limit.axis == "days")
    found = evaluate([deadline_rule(vocabulary, limit, counting, None, 1)], facts, at("2027-12-31"), every_stage=True)
    expected = [due(start, limit, counting, zone=SHANGHAI, calendar=CHINA, now=at("2027-12-31")) for start in starts]
    assert [(each.due_at, each.estimated) for each in found] == [(each.at, each.estimated) for each in expected]
