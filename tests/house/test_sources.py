"""Facts of other systems: judged like the house's own, never mixed with them; whatever is wrong with a source is said, and stops no other."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bureau import ELSEWHERE, STATION, mentions
from caseload import put_on_team
from django.core.management import CommandError, call_command
from django.utils import timezone
from test_reconciling import at, clerk, summon  # noqa: F401
from test_rule_pages import get, text

from mingjing.accounts.models import Officer
from mingjing.accounts.scope import viewer
from mingjing.alerts import health, sources
from mingjing.alerts.actions import handling
from mingjing.alerts.actions.firing import fire
from mingjing.alerts.evaluating import fire_clocks, judge, position, run_changes, run_whole
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Clock, Notice, Run, Source
from mingjing.alerts.places import places
from mingjing.alerts.source_runs import run_source, run_sources
from mingjing.cases.models import NOUNS
from mingjing.ledger import chain
from mingjing.ledger.models import Event
from mingjing.lib.refused import Refused

pytestmark = pytest.mark.django_db
NOON, EVENING = at("2026-03-01 12:00"), at("2026-03-01 19:00")


@pytest.fixture
def root(settings, tmp_path) -> Path:
    settings.SOURCES = tmp_path / "sources"
    settings.SOURCES.mkdir()
    return settings.SOURCES


def write(folder: Path, **tables: list[dict]) -> None:
    """One Parquet file a table; the stamp of a file changes even when it is written twice in the same instant."""
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        made = folder.parent / f".{folder.name}-{name}"
        pq.write_table(pa.Table.from_pylist(rows) if rows else pa.table({"code": pa.array([], pa.string())}), made)
        os.replace(made, folder / f"{name}.parquet")


def summoned(number: int = 1, unit: str = STATION, **more: str) -> dict[str, list[dict]]:
    """Somebody summoned at 10:00: eight hours."""
    return {
        "case": [{"code": f"A{number}", "kind": "行政", "category": "治安", "unit_code": unit, "accepted_at": "2026-03-01 09:00"}],
        "party": [{"code": f"D{number}", "case_code": f"A{number}", "role": "违法嫌疑人", "name": "某甲"}],
        "summons": [{
            "code": f"S{number}", "case_code": f"A{number}", "party_code": f"D{number}", "kind": "行政传唤", "arrived_at": "2026-03-01 10:00",
            "left_at": None, "is_complex": None, "may_be_detained": None, "is_numerous": None, "is_identity_unknown": None, **more,
        }],
        "restraint": [{"code": f"Y{number}", "summons_code": "", "started_at": "2026-03-01 09:30", "ended_at": "2026-03-01 09:40"}],
    }


def found(rule: str = "CU-012") -> list[tuple[str, str, str, str]]:
    return sorted(Alert.objects.filter(rule_code=rule).values_list("origin", "subject_code", "matter_code", "stage"))


def names() -> list[str]:
    return [trouble.name for trouble in health.troubles(timezone.now())]


# --- judged like the house's own ---


def test_facts_of_another_system_are_judged_and_told(bureau, root, wangfang):
    write(root / "旧系统", **summoned())
    (run,) = run_sources(EVENING)
    assert found() == [("旧系统", "S1", "旧系统/A1", "overdue")]
    assert (run.kind, run.origin, run.error, run.rows, run.rejected, run.refused, run.opened) == ("外部来源", "旧系统", "", 4, 0, 0, 1)
    assert position() == 0
    alert = Alert.objects.get()
    assert (alert.unit_id, alert.officer_id) == (STATION, None)
    assert Notice.objects.filter(alert=alert, officer=wangfang).exists()
    assert Clock.objects.get(rule_code="CU-012").origin == "旧系统"
    source = Source.objects.get()
    assert (source.name, source.run_id, source.read_at) == ("旧系统", run.pk, EVENING)
    assert chain.verify(event.entry() for event in Event.objects.order_by("seq")).sound


def test_rules_that_compare_units_are_left_out_and_said_so(bureau, root):
    write(root / "旧系统", **summoned())
    (run,) = run_sources(EVENING)
    assert "不做单位、民警之间的比较" in dict(json.loads(run.skipped))["ZL-001"]
    assert run.broken == "[]"


def test_equal_codes_of_two_systems_and_of_the_house_never_mix(clerk, root):  # noqa: F811
    summon(clerk)
    write(root / "甲", **summoned())
    write(root / "乙", **summoned(left_at="2026-03-01 17:00"))
    run_whole(EVENING), run_sources(EVENING)
    assert found() == [("", "S1", "A1", "overdue"), ("甲", "S1", "甲/A1", "overdue")]
    assert sorted(Clock.objects.filter(rule_code="CU-012").values_list("origin", flat=True)) == ["", "甲"]
    write(root / "乙", **summoned(left_at="2026-03-01 19:30"))
    write(root / "甲", **summoned(left_at="2026-03-01 17:00"))
    run_sources(EVENING + timedelta(hours=1)), run_whole(EVENING + timedelta(hours=1))
    gone = dict(Alert.objects.filter(rule_code="CU-012").values_list("origin", "gone_at"))
    assert {origin: bool(moment) for origin, moment in gone.items()} == {"": False, "甲": True, "乙": False}
    assert Event.objects.filter(matter_code="A1", kind="alert.open").count() == 1  # the history of the house's own case


def test_judging_again_changes_nothing(bureau, root):
    write(root / "旧系统", **summoned())
    run_source("旧系统", EVENING)
    before = (list(Alert.objects.values_list("code", "version")), Event.objects.count(), Clock.objects.count(), Notice.objects.count())
    run_source("旧系统", EVENING + timedelta(minutes=5))
    assert before == (list(Alert.objects.values_list("code", "version")), Event.objects.count(), Clock.objects.count(), Notice.objects.count())


def test_a_source_is_read_when_its_files_change_and_with_everything_else(bureau, root, settings):
    write(root / "旧系统", **summoned())
    assert sources.due(NOON) == ["旧系统"]
    run_sources(NOON)
    again = NOON + timedelta(minutes=settings.WHOLE_RUN_MINUTES)
    assert sources.due(again - timedelta(microseconds=1)) == []
    assert sources.due(again) == ["旧系统"]
    write(root / "旧系统", party=summoned()["party"])
    assert sources.due(NOON) == ["旧系统"]
    write(root / ".new", **summoned()), write(root / "_old", **summoned())
    assert sources.folders() == ["旧系统"]


def test_units_may_come_with_a_source_or_be_the_houses(bureau, root):
    write(root / "旧系统", **summoned(), unit=[{"code": STATION, "name": "它这样叫", "kind": "派出所"}])
    run_sources(EVENING)
    assert len(found()) == 1


@pytest.mark.parametrize("kind", sorted(NOUNS))
def test_the_place_of_every_kind_of_subject_can_be_asked_for(bureau, root, kind):
    """In the house, and in a source that says nothing of it."""
    assert places(kind, ["X1"]) == {}
    write(root / "旧系统", **{name: [{"code": "X1"}] if name != "case" else summoned()["case"] for name in {kind, "case"}})
    with sources.opened("旧系统") as world:
        assert world.places(kind, ["X1"]) == {}
        assert world.refused == 1


# --- clocks ---


def test_a_clock_of_a_source_fires_once_the_changes_are_read(bureau, root):
    write(root / "旧系统", **summoned())
    run_sources(NOON)
    assert found() == []
    write(root / "旧系统", **summoned(left_at="2026-03-01 16:00"))
    assert not fire_clocks(at("2026-03-01 17:00"))  # what it holds may be old
    run_sources(at("2026-03-01 17:00"))
    assert (found(), Clock.objects.count()) == ([], 0)


@pytest.mark.parametrize(("now", "stage"), [("2026-03-01 16:59:59", None), ("2026-03-01 17:00", "due_soon")])
def test_a_clock_of_a_source_fires_at_its_own_time(bureau, root, now, stage):
    write(root / "旧系统", **summoned())
    run_sources(NOON)
    fire(rules=library(), at=at(now))
    assert found() == ([("旧系统", "S1", "旧系统/A1", stage)] if stage else [])


def test_a_paused_clock_of_a_source_waits_for_its_next_reading(bureau, root):
    paused = summoned() | {"restraint": [{"code": "Y1", "summons_code": "S1", "started_at": "2026-03-01 11:00", "ended_at": None}]}
    write(root / "旧系统", **paused)
    run_sources(NOON)
    assert Clock.objects.get().is_paused
    assert not fire_clocks(EVENING) and found() == []
    paused["restraint"][0]["ended_at"] = "2026-03-01 12:00"
    write(root / "旧系统", **paused)
    run_sources(EVENING)
    assert found() == [("旧系统", "S1", "旧系统/A1", "due_soon")] and Clock.objects.get().due_at == EVENING


# --- the cure ---


def submitted(officer: Officer) -> Alert:
    alert = Alert.objects.get()
    return handling.submit(by=viewer(officer), code=alert.code, text="原系统已经改正")


def test_the_cure_is_proven_from_the_source(clerk, root, leader, wangfang):  # noqa: F811
    summon(clerk, left_at="2026-03-01 12:00")  # the house's own S1 is clean and proves nothing
    write(root / "旧系统", **summoned(left_at="2026-03-01 19:30"))
    run_source("旧系统", at("2026-03-02 09:00"))
    alert = submitted(leader)
    with pytest.raises(Refused, match="仍然超期办理"):
        handling.close(by=viewer(wangfang), code=alert.code, text="看过了没有问题")
    write(root / "旧系统", **summoned(left_at="2026-03-01 17:30"))
    assert handling.close(by=viewer(wangfang), code=alert.code, text="看过了没有问题").cure == "已改正"


@pytest.mark.parametrize(("break_it", "reason"), [
    (lambda folder: write(folder, summons=[]), "来源里没有编号为“S1”的传唤"),
    (lambda folder: write(folder, case=[{**summoned()["case"][0], "kind": "不知道"}]), "有涉及它的行不能判断"),
    (lambda folder: (folder / "summons.parquet").write_bytes(b"PAR1"), "不是可读的 Parquet"),
    (lambda folder: (folder / "summons.parquet").unlink(), "来源里没有"),
    (lambda folder: folder.rename(folder.parent / "_away"), "文件夹不在了"),
])
def test_what_a_source_does_not_say_clearly_proves_nothing(bureau, root, leader, wangfang, break_it, reason):
    write(root / "旧系统", **summoned(left_at="2026-03-01 19:30"))
    run_source("旧系统", at("2026-03-02 09:00"))
    alert = submitted(leader)
    break_it(root / "旧系统")
    with pytest.raises(Refused, match=f"{reason}.*不能办结"):
        handling.close(by=viewer(wangfang), code=alert.code, text="看过了没有问题")
    assert judge(library().rules["CU-012"], "S1", "旧系统/A1", timezone.now()).skipped


# --- what is wrong with a source ---


@pytest.mark.parametrize(("break_it", "reason"), [
    (lambda folder: (folder / "summons.parquet").write_bytes((folder / "summons.parquet").read_bytes()[:-20]), "summons.parquet：不是可读的 Parquet 文件"),
    (lambda folder: (folder / "summons.parquet").write_bytes(b""), "summons.parquet：不是可读的 Parquet 文件"),
    (lambda folder: write(folder, summons=[{"编号": "S1"}]), "事实表 summons 没有列“编号”"),
    (lambda folder: write(folder, summons=[{"case_code": "A1"}]), "缺少主键列“code”"),
    (lambda folder: write(folder, chuanhuan=[{"code": "S1"}]), "没有叫“chuanhuan”的事实表"),
    (lambda folder: (folder / "unit.csv").symlink_to("/etc/passwd"), "文件夹里有链接：unit.csv"),
    (lambda folder: [file.unlink() for file in folder.iterdir()], "没有文件"),
    (lambda folder: folder.rename(folder.parent / "_away"), "文件夹不在了"),
])
def test_a_source_that_cannot_be_read_is_said_and_stops_no_other(bureau, root, liming, legal, break_it, reason):
    run_whole(timezone.now())
    write(root / "甲", **summoned()), write(root / "乙", **summoned())
    run_source("甲", EVENING), run_source("乙", EVENING)
    break_it(root / "甲")
    write(root / "乙", **summoned(left_at="2026-03-01 18:30"))
    broken, sound = sorted(run_sources(timezone.now()), key=lambda run: run.error, reverse=True)
    assert (broken.origin, sound.origin, sound.error) == ("甲", "乙", "")
    assert reason in broken.error and "SourceError" not in broken.error and "/tmp" not in broken.error
    assert [alert for alert in found() if alert[0] == "甲"] == [("甲", "S1", "甲/A1", "overdue")]  # what stood still stands
    assert not Alert.objects.filter(origin="甲", gone_at__isnull=False).exists()
    assert Clock.objects.filter(origin="甲").exists()
    assert names() == ["unread"]
    page = text(get(liming, "/runs/banner/"))
    assert "有 1 个外部来源读不了" in page and "甲：自 " in page and "乙：" not in page
    page = text(get(legal, "/runs/"))
    assert "读不了" in page and "评估正常" not in page
    assert "这个来源没有读成" in text(get(legal, f"/runs/{broken.pk}/"))
    run_source("甲", timezone.now() + timedelta(seconds=5))
    assert Run.objects.filter(origin="甲").exclude(error="").count() == 1  # the same fault goes on in the same row


def test_a_source_that_is_mended_is_read_at_once_and_the_banner_goes(bureau, root):
    run_whole(timezone.now())
    write(root / "甲", **summoned())
    (root / "甲" / "summons.parquet").write_bytes(b"half")
    run_sources()
    assert names() == ["unread"]
    assert sources.due(timezone.now()) == []
    write(root / "甲", **summoned())
    assert sources.due(timezone.now()) == ["甲"]
    run_sources()
    assert names() == []


def test_a_file_broken_in_the_middle_is_no_broken_rule(bureau, root):
    write(root / "甲", **summoned())
    write(root / "甲", party=[{"code": f"D{number}", "case_code": "A1", "name": os.urandom(30).hex()} for number in range(20_000)])
    path = root / "甲" / "party.parquet"
    content = bytearray(path.read_bytes())
    content[20_000:60_000] = b"\xff" * 40_000
    path.write_bytes(content)
    (run,) = run_sources(EVENING)
    assert ("Parquet" in run.error or "损坏" in run.error, run.broken, Alert.objects.count()) == (True, "[]", 0), run.error


def test_files_that_change_while_they_are_read_are_not_taken(bureau, root, monkeypatch):
    write(root / "甲", **summoned())
    copy = sources.shutil.copytree

    def copied(*given, **more):
        copy(*given, **more)
        monkeypatch.undo()
        write(root / "甲", **summoned(left_at="2026-03-01 11:00"))

    monkeypatch.setattr(sources.shutil, "copytree", copied)
    run = run_source("甲", EVENING)
    assert "读取的时候文件有变动" in run.error and not Alert.objects.exists()
    assert sources.due(EVENING) == ["甲"]
    run_sources(EVENING)
    assert (Source.objects.get().run.error, found()) == ("", [])


def test_a_table_or_column_that_is_missing_leaves_its_rules_out_and_what_stands_alone(bureau, root):
    write(root / "甲", **summoned())
    run_source("甲", EVENING)
    (root / "甲" / "restraint.parquet").unlink()
    run = run_source("甲", EVENING + timedelta(minutes=1))
    assert "restraint" in dict(json.loads(run.skipped))["CU-012"]
    rows = summoned()["summons"]
    del rows[0]["left_at"]
    write(root / "甲", **summoned() | {"summons": rows})
    run = run_source("甲", EVENING + timedelta(minutes=2))
    assert "summons.left_at" in dict(json.loads(run.skipped))["CU-012"]
    assert (run.error, run.broken) == ("", "[]")
    assert Alert.objects.get().gone_at is None and Clock.objects.count() == 1


def test_rows_that_cannot_be_judged_are_counted_and_nothing_about_them_is_gone(bureau, root, legal):
    both = {name: rows + summoned(2)[name] for name, rows in summoned().items()}
    write(root / "甲", **both)
    run_source("甲", EVENING)
    both["case"][0]["kind"] = "不知道"
    both["summons"][1]["left_at"] = "2026-03-01 17:00"
    write(root / "甲", **both)
    run = run_source("甲", EVENING + timedelta(minutes=1))
    assert run.rejected == 1
    assert json.loads(run.notes) == ["单列 1 行：案件（case.kind）取值不在词汇表中"]
    assert dict(Alert.objects.values_list("subject_code", "gone_at")) == {"S1": None, "S2": EVENING + timedelta(minutes=1)}
    page = get(legal, "/runs/")
    ((source, notes),) = page.context["sources"]
    assert (source.run.rejected, source.run.rows, len(notes)) == (1, 7, 1)
    assert "取值不在词汇表中" in text(page)


def test_findings_about_unknown_units_are_refused_and_said(bureau, root):
    strange, nobody = summoned(2, unit="9999"), summoned(3, unit="")
    write(root / "甲", **{name: rows + strange[name] + nobody[name] for name, rows in summoned().items()})
    run = run_source("甲", EVENING)
    assert [alert[1] for alert in found()] == ["S1"]
    assert run.refused == 2
    assert json.loads(run.notes) == ["没有写办案单位：1 行，涉及的判定没有采用", "单位“9999”不是本平台的单位：1 行，涉及的判定没有采用"]
    write(root / "甲", case=[{**summoned()["case"][0], "unit_code": "9999"}])
    run_source("甲", EVENING + timedelta(minutes=1))
    assert Alert.objects.get().gone_at is None  # it has not vanished, its unit has


def test_codes_that_are_too_long_to_keep_are_refused(bureau, root):
    longest = 64 - len("甲/")
    for length, refused in ((longest, 0), (longest + 1, 1)):
        code = "A" * length
        rows = summoned()
        rows["case"][0]["code"] = rows["party"][0]["case_code"] = rows["summons"][0]["case_code"] = code
        write(root / "甲", **rows)
        assert run_source("甲", EVENING).refused == refused


def test_names_that_are_too_long_are_said(bureau, root):
    for length, is_read in ((20, True), (21, False)):
        write(root / ("长" * length), **summoned())
        assert (run_source("长" * length, EVENING).error == "") is is_read


def test_a_folder_of_all_folders_that_is_not_there_is_trouble_when_it_was_named(bureau, settings, tmp_path):
    run_whole(timezone.now())
    settings.SOURCES = tmp_path / "nothing"
    assert (sources.due(timezone.now()), names()) == ([], [])
    settings.SOURCES_NAMED = True
    assert names() == ["folder"]


def test_a_source_that_nobody_reads_any_more_is_trouble(bureau, root, settings):
    settings.WHOLE_RUN_MINUTES = 10
    write(root / "甲", **summoned())
    run = run_source("甲", timezone.now())
    run_whole(timezone.now())
    for seconds, told in ((1199, False), (1200, False), (1201, True)):
        assert ("sources" in [one.name for one in health.troubles(run.at + timedelta(seconds=seconds))]) is told


def test_something_unforeseen_is_on_record_and_stops_no_other(bureau, root, monkeypatch, caplog):
    write(root / "甲", **summoned()), write(root / "乙", **summoned())
    read = sources.open_source
    monkeypatch.setattr(sources, "open_source", lambda path, words: read(path, words) if Source.objects.exists() else 1 / 0)
    first, second = run_sources(EVENING)
    assert (first.error, second.error) == ("ZeroDivisionError: division by zero", "")
    assert "Traceback" in caplog.text and len(found()) == 1


class Killed(BaseException):
    """Nobody catches this one."""


@pytest.mark.parametrize("place", ["hold_back", "tell_all", "Run.save"])
def test_killed_in_between_nothing_is_doubled_and_nothing_is_lost(bureau, root, monkeypatch, place):
    write(root / "甲", **summoned())

    def dies(*given, **more):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(f"mingjing.alerts.evaluating.{place}", dies)
        with pytest.raises(Killed):
            run_source("甲", EVENING)
    assert (Alert.objects.count(), Clock.objects.count(), Run.objects.count(), Source.objects.count()) == (0, 0, 0, 0)
    run_sources(EVENING), run_source("甲", EVENING)
    assert (len(found()), Event.objects.filter(kind="alert.open").count()) == (1, 1)


# --- who sees it ---


def test_only_the_units_own_people_see_it(clerk, root, liming, wangfang, zhaoqiang):  # noqa: F811
    summon(clerk)
    put_on_team("A1", liming)  # of the house's own A1, which is something else
    write(root / "旧系统", **summoned(unit=ELSEWHERE))
    run_source("旧系统", EVENING)
    alert, clock = Alert.objects.get(), Clock.objects.get(origin="旧系统")
    other = Officer.objects.get(code=zhaoqiang.code)
    for officer in (liming, wangfang):
        get(officer, f"/alerts/{alert.code}/", 404), get(officer, f"/radar/{clock.pk}/", 404)
        assert not mentions(alert.code, text(get(officer, "/alerts/")))
    other.assignments.create(duty="法制员", unit_id=ELSEWHERE, starts_on="2020-01-01")
    page = text(get(other, f"/alerts/{alert.code}/"))
    assert "外部来源“旧系统”" in page and "旧系统/A1" in page and "/cases/A1" not in page
    assert get(other, "/alerts/?origin=旧系统").context["listing"].count == 1
    assert get(other, "/alerts/?origin=-").context["listing"].count == 0
    get(other, f"/radar/{clock.pk}/")


def test_the_pages_do_not_take_a_row_of_the_house_for_what_a_source_told(clerk, root, wangfang):  # noqa: F811
    summon(clerk, left_at="2026-03-01 12:00")
    write(root / "旧系统", **summoned())
    run_whole(EVENING), run_source("旧系统", EVENING)
    alert = Alert.objects.get()
    page = text(get(wangfang, f"/alerts/{alert.code}/"))
    assert "/cases/A1" not in page and "更正传唤" not in page
    assert alert.code not in text(get(wangfang, "/alerts/of/A1/", HTTP_HX_REQUEST="true"))


# --- the command ---


def test_once_covers_the_sources(bureau, root):
    write(root / "旧系统", **summoned())
    call_command("evaluate_rules", "--once")
    assert [alert[:3] for alert in found()] == [("旧系统", "S1", "旧系统/A1")]
    assert run_changes() is None or Run.objects.filter(kind="外部来源").count() == 1


def test_a_source_is_forgotten_only_when_nothing_of_it_waits(bureau, root, wangfang, leader):
    with pytest.raises(CommandError, match="没有名为"):
        call_command("forget_source", "甲")
    write(root / "甲", **summoned())
    run_source("甲", EVENING)
    with pytest.raises(CommandError, match="文件夹还在"):
        call_command("forget_source", "甲")
    (root / "甲").rename(root / "_甲")
    with pytest.raises(CommandError, match="1 项进行中的时限、1 条未办结"):
        call_command("forget_source", "甲")
    (root / "_甲").rename(root / "甲")
    write(root / "甲", **summoned(left_at="2026-03-01 12:00"))
    run_source("甲", EVENING + timedelta(hours=1))
    assert not Clock.objects.exists() and Alert.objects.get().gone_at
    Alert.objects.update(state="已撤销")
    (root / "甲").rename(root / "_甲")
    call_command("forget_source", "甲")
    assert not Source.objects.exists() and Event.objects.filter(kind="source.forget").count() == 1
