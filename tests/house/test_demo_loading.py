"""The synthetic city in the platform: the same rows, a sound ledger that tells how they came about, people who can sign in, and no harm to other data."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections import Counter as Count
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction

from demo import people
from demo.bureau import ROOT, STATION
from demo.city import BUREAU_TABLES, City, batches
from demo.loading import load
from demo.plan import SIZES, Plan
from demo.state import State, state
from mingjing.accounts.duties import table as permissions
from mingjing.accounts.models import DutyAssignment, Officer, Unit
from mingjing.accounts.scope import viewer
from mingjing.cases import search
from mingjing.cases.actions import enter_all
from mingjing.cases.actions.numbering import next_code
from mingjing.cases.acts import ACTS
from mingjing.cases.cleaning import columns
from mingjing.cases.models import NOUNS, Case, CaseOfficer, Incident, Interview, SearchText, Summons
from mingjing.cases.models.matters import state_of
from mingjing.cases.queries import visible
from mingjing.cases.vocabulary import vocabulary
from mingjing.facts import snapshot
from mingjing.ledger import chain
from mingjing.ledger.models import Event

pytestmark = pytest.mark.xdist_group("loaded")
HERE = Path(__file__).parents[2]
TINY = Plan(cases=600, incidents=1_800, weeks=64, branches=2, stations=3, centres=2, officers=80, squads=1, live=0.8, faults=1, chunk=300)
UNTIL = datetime(2026, 10, 28, 15, 30)
NOW = UNTIL.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
CITY = City(TINY, 7, UNTIL)
OF_OTHER_SYSTEMS = {"conversion.enter", "measure.change"}  # a change of kind enters its row; what the procuratorate decided comes from there


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def loaded(data, django_db_setup, django_db_blocker):
    """The tiny city in the database for all tests of this file, taken back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        assert state() is State.EMPTY
        load(CITY, data / "demo-truth", lambda said: None)
        assert state() is State.HALF  # until somebody can sign in
        people.let_in(data)
        yield data
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def generated() -> dict[str, list[dict]]:
    """The rows of the city by table, as the generator makes them, by name of column."""
    rows = defaultdict(list)
    for batch in batches(CITY):
        for table in batch.tables():
            rows[table] += batch.connection.execute(f"SELECT * FROM row_{table}").to_arrow_table().to_pylist()
    return rows


def test_the_engine_reads_from_the_database_what_the_generator_made(loaded, generated):
    for name, facts in snapshot().items():
        names = list(vocabulary().tables[name].columns)
        kept = sorted([tuple(row[each] for each in names) for row in facts.to_pylist()], key=str)
        made = sorted([tuple(row[each] for each in names) for row in generated[name]], key=str)
        assert kept == made, name


def test_every_row_passes_the_checks_of_the_doors(loaded, generated):
    """Given once more as if out of a file, nothing is refused and nothing is different."""
    keeper = viewer(Officer.objects.get(unit=ROOT, assignments__duty="案管"), NOW)
    for table in NOUNS:
        rows = [{name: row[name] for name in columns(table) if name in row} for row in generated[table]]
        outcome = enter_all(by=keeper, table=table, rows=rows, source="文件", dry_run=True, now=NOW)
        assert [(reject.column, reject.reason) for reject in outcome.rejects[:3]] == []
        assert outcome.unchanged == len(rows), table


def test_the_chain_is_sound(loaded):
    report = chain.verify(event.entry() for event in Event.objects.order_by("seq").iterator())
    assert report.flaws == []
    assert report.entries == Event.objects.count() > 10_000


def test_entries_stand_in_order_of_recording_and_after_what_happened(loaded):
    events = list(Event.objects.order_by("seq"))
    recorded = [event.recorded_at for event in events]
    assert recorded == sorted(recorded)
    assert recorded[-1] <= NOW
    assert all(event.occurred_at <= event.recorded_at for event in events)


def test_a_few_entries_were_made_late(loaded):
    late = [event for event in Event.objects.all() if event.is_late]
    assert 0.005 < len(late) / Event.objects.count() < 0.05


def test_every_row_is_told_from_its_first_act_to_its_version(loaded):
    told = defaultdict(list)
    for event in Event.objects.filter(subject_kind__in=NOUNS).exclude(kind="case.assign").order_by("seq"):
        told[event.subject_kind, event.subject_code].append(event)
    for table, model in NOUNS.items():
        for row in model.objects.all():
            first, *others = told[table, row.code]
            assert '"values":{' in first.data
            assert all('"changes":{' in event.data for event in others)
            assert row.version == len(told[table, row.code])
            assert row.entered_at == first.recorded_at


def test_acts_are_those_of_the_platform_and_done_by_those_who_may(loaded):
    duties = defaultdict(set)
    for held in DutyAssignment.objects.all():
        duties[held.officer_id].add(held.duty)
    done = set(Event.objects.filter(subject_kind__in=NOUNS).values_list("kind", "actor"))
    assert {kind for kind, _ in done} - OF_OTHER_SYSTEMS <= {act.kind for act in ACTS.values()}
    own = {("case.assign", actor) for actor in CaseOfficer.objects.filter(role="主办").values_list("officer_id", flat=True)}  # goes with accepting a case
    wrong = [(kind, actor) for kind, actor in done - own
             if kind not in OF_OTHER_SYSTEMS and not permissions().permission(*kind.split(".")).duties & duties[actor]]
    assert wrong == []


def test_a_case_is_led_by_whoever_accepted_it_and_filed_by_somebody_else(loaded):
    leads = dict(CaseOfficer.objects.filter(role="主办").values_list("case_id", "officer_id"))
    teams = set(CaseOfficer.objects.values_list("case_id", "officer_id"))
    assert set(leads) == set(Case.objects.values_list("code", flat=True))
    assert all(leads[code] == actor for code, actor in Event.objects.filter(kind="case.accept").values_list("subject_code", "actor"))
    for kind in ("case.file", "decision.make", "measure.approve", "property_item.check_in"):
        assert not teams & set(Event.objects.filter(kind=kind).values_list("matter_code", "actor")), kind


def test_the_state_of_every_case_follows_from_its_times(loaded):
    assert all(case.state == state_of(case) for case in Case.objects.all())
    assert {"受案", "立案", "已决定", "结案"} >= set(Case.objects.values_list("state", flat=True))


def test_texts_can_be_searched(loaded):
    for table in search.TEXTS:
        assert SearchText.objects.filter(kind=table).count() == NOUNS[table].objects.count() > 0
    assert SearchText.objects.filter(kind="case", words__contains="殴打 打他 他人").exists()


def test_the_next_number_by_hand_is_free_at_once(loaded, django_assert_max_num_queries):
    """A counter that stood at the beginning would try every number of the month."""
    with django_assert_max_num_queries(8):
        code = next_code(Incident, unit_code=STATION, matter_code="", at=NOW)
    assert not Incident.objects.filter(code=code).exists()


def test_the_demo_people_can_sign_in_and_their_file_is_for_its_owner_only(loaded):
    known = people.read(loaded / people.FILE)
    assert stat.S_IMODE((loaded / people.FILE).stat().st_mode) == 0o600
    assert {"李明", "王芳", "赵强"} <= {each.name for each in known}
    assert {each.duty for each in known} >= {
        "办案民警", "法制员", "单位负责人", "法制支队监督岗", "案管", "办案中心管理员", "财物管理员", "局领导", "督察", "系统管理员"}
    for each in known:
        officer = Officer.objects.get(code=each.code)
        assert officer.check_password(each.password)
        assert not officer.must_change_password
        assert each.duty in viewer(officer, NOW).duties
    assert Officer.objects.filter(password__startswith="!").count() == Officer.objects.count() - len(known)


def test_passwords_stay_the_same_when_given_again(loaded):
    before = people.read(loaded / people.FILE)
    people.let_in(loaded)
    assert people.read(loaded / people.FILE) == before


def test_li_ming_has_something_to_do_today_and_zhao_qiang_sees_nothing_of_it(loaded):
    by_name = {each.name: viewer(Officer.objects.get(code=each.code), NOW) for each in people.read(loaded / people.FILE)}
    ming, qiang = by_name["李明"], by_name["赵强"]
    assert visible(ming, Case).filter(closed_at__isnull=True).count() >= 3
    here = visible(ming, Summons).filter(left_at__isnull=True).values_list("case_id", flat=True)
    assert here
    assert visible(ming, Interview).filter(ended_at__isnull=True, case_id__in=here).exists()
    assert visible(by_name["王芳"], Case).filter(code__in=here).exists()
    assert not visible(qiang, Case).filter(code__in=here).exists()


def test_the_answer_lies_in_the_data_folder(loaded):
    assert (loaded / "demo-truth" / "truth.csv").read_text(encoding="utf-8").count("\n") > 5


def test_a_city_that_is_there_is_not_filled_again(loaded, settings, capsys):
    settings.DATA = loaded
    before = Count(Event.objects.values_list("kind", flat=True))
    call_command("demo", no_serve=True)
    assert "演示城市已经装好" in capsys.readouterr().out
    assert Count(Event.objects.values_list("kind", flat=True)) == before


def test_other_data_is_left_alone(db, tmp_path, settings, bureau):
    settings.DATA = tmp_path
    with pytest.raises(CommandError, match="只能装进空的数据库"):
        call_command("demo", no_serve=True)
    assert Unit.objects.count() == len(bureau)
    assert not (tmp_path / people.FILE).exists()


def test_the_largest_city_goes_into_files_only():
    with pytest.raises(CommandError, match="--output"):
        call_command("demo", size="city", no_serve=True)


def test_a_time_that_cannot_be_read_is_told():
    with pytest.raises(CommandError, match="认不出时间"):
        call_command("demo", until="明天", no_serve=True)


def test_files_for_the_engine_need_no_database(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(SIZES, "small", TINY)
    call_command("demo", output=tmp_path / "city", until="2026-10-28 15:30")
    assert (tmp_path / "city" / "case" / "0000.parquet").exists()
    with pytest.raises(CommandError, match="不是空的"):
        call_command("demo", output=tmp_path / "city")


SCRIPT = """
from demo.plan import SIZES, Plan
SIZES["small"] = Plan(cases=300, incidents=1_200, weeks=64, branches=2, stations=3, centres=2, officers=80, squads=1, live=0.8, faults=1)
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "mingjing.settings"
import django
django.setup()
import demo.loading
demo.loading.CASES_AT_A_TIME = 50
import sys
sys.argv = ["mingjing", "demo", "--no-serve"]
from mingjing.command import main
main()
"""


def test_a_load_that_was_killed_is_begun_anew(tmp_path):
    """On SQLite, in an installation of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"MINGJING_DATA": str(tmp_path)}
    command = [sys.executable, "-c", SCRIPT]
    with subprocess.Popen(command, env=environment, cwd=HERE, stdout=subprocess.PIPE, text=True) as first:
        for line in first.stdout:
            if line.startswith("正在登记案件"):
                first.send_signal(signal.SIGKILL)
                break
    again = subprocess.run(command, env=environment, cwd=HERE, capture_output=True, text=True, check=True, timeout=240)
    assert "上一次装入中途停了" in again.stdout
    assert "李明" in again.stdout
    third = subprocess.run(command, env=environment, cwd=HERE, capture_output=True, text=True, check=True, timeout=240)
    assert "演示城市已经装好" in third.stdout
    assert third.stdout.splitlines()[-12:] == again.stdout.splitlines()[-12:]  # the same people with the same passwords


def test_tables_of_the_bureau_come_first():
    assert next(batches(CITY)).tables()[:2] == list(BUREAU_TABLES)
