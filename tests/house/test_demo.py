"""The synthetic city as it is generated: the same twice, whole, lawful, and wrong exactly where something was planted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from demo import faults
from demo.bureau import ROOT, STATION
from demo.city import City, batches
from demo.plan import SIZES, Plan
from demo.scored import FOUND_BY, PLAN, UNTIL
from demo.writing import TRUTH, write
from mingjing.lib.masking import id_fault
from rulebook.evaluation import evaluate
from rulebook.rules import load_rules
from rulebook.score import WRONG
from rulebook.sources import open_source
from rulebook.vocabulary import load_vocabulary

pytestmark = pytest.mark.xdist_group("city")  # cities are made once for all tests that ask for them
RULES = Path(__file__).parents[2] / "rules"
VOCABULARY = load_vocabulary(RULES)
# the same kind of city as `rulebook score demo` makes, which tries the rules on a larger one
BIGGER = replace(PLAN, cases=6_000, incidents=20_000, faults=5, chunk=6_000)
HUNDREDS = replace(SIZES["small"], cases=1_200, incidents=4_000)
TINY = Plan(cases=300, incidents=1_200, weeks=64, branches=2, stations=3, centres=2, officers=80, squads=1, live=0.8, faults=0, chunk=150)


def made(plan: Plan, folder: Path, seed: int = 7, until: datetime = UNTIL, *, with_faults: bool = False) -> Path:
    write(City(plan, seed, until, with_faults), folder, VOCABULARY)
    return folder


def wrong(folder: Path, until: datetime = UNTIL) -> list[tuple[str, str]]:
    """(rule, subject) of everything that is against the law at the end of a city's history."""
    facts = open_source(folder, VOCABULARY)
    assert facts.rejects == []  # a row that contradicts itself would not be judged at all
    judged = evaluate(load_rules(RULES), facts, until.replace(tzinfo=ZoneInfo("Asia/Shanghai")))
    assert not judged.skipped
    return sorted((finding.rule, finding.subject) for finding in judged if finding.stage in WRONG)


def truth(folder: Path) -> list[dict]:
    return duckdb.sql(f"SELECT * FROM '{folder / TRUTH / 'truth.parquet'}'").to_arrow_table().to_pylist()


def read(folder: Path, table: str) -> str:
    return f"read_parquet('{folder}/{table}/*.parquet')"


@pytest.fixture(scope="module")
def lawful(tmp_path_factory) -> Path:
    return made(TINY, tmp_path_factory.mktemp("lawful") / "city")


@pytest.fixture(scope="module")
def bigger(tmp_path_factory) -> Path:
    return made(BIGGER, tmp_path_factory.mktemp("bigger") / "city", with_faults=True)


def test_the_same_seed_makes_the_same_files_byte_for_byte(tmp_path, lawful):
    again = made(TINY, tmp_path / "again")
    files = sorted(path.relative_to(lawful) for path in lawful.rglob("*.*"))
    assert len(files) > len(VOCABULARY.tables)
    assert [path for path in files if (lawful / path).read_bytes() != (again / path).read_bytes()] == []


def test_another_seed_makes_another_city(tmp_path, lawful):
    other = made(TINY, tmp_path / "other", seed=8)
    assert (lawful / "party" / "0000.parquet").read_bytes() != (other / "party" / "0000.parquet").read_bytes()


@pytest.mark.parametrize(("seed", "until"), [(1, UNTIL), (2, datetime(2026, 2, 17, 3, 12)), (3, datetime(2026, 5, 6, 9, 0))])
def test_a_city_without_planted_faults_is_lawful(tmp_path, seed, until):
    """Also at night, in the Spring Festival, and while half of the history lies under the old law."""
    assert wrong(made(HUNDREDS, tmp_path / "city", seed, until), until) == []


def test_every_planted_fault_is_found_once_and_nothing_else(bigger):
    planted = truth(bigger)
    assert wrong(bigger) == sorted((FOUND_BY[row["fault"]], row["subject"]) for row in planted)


def test_every_fault_is_planted_in_every_variant(bigger):
    planted = Counter((row["fault"], row["variant"]) for row in truth(bigger))
    missing = [(fault.name, fault.variant) for fault in faults.FAULTS if not planted[fault.name, fault.variant]]
    assert missing == []
    assert planted[faults.CROWDED, "调解改为终止"] == 1
    assert {name for name, _ in planted} == set(FOUND_BY)


def test_the_small_city_holds_faults_that_are_found_exactly(tmp_path):
    folder = made(SIZES["small"], tmp_path / "city", 20260101, with_faults=True)
    planted = truth(folder)
    assert len(planted) >= 60
    assert wrong(folder) == sorted((FOUND_BY[row["fault"]], row["subject"]) for row in planted)


def test_the_answer_says_what_was_done(bigger):
    for row in truth(bigger):
        assert row["subject"] and row["done"] and row["law"]
        assert bool(row["amount"]) == bool(row["unit"])
        assert row["subject_table"] == "unit" or row["subject"].startswith(row["case_code"])


def test_faults_of_one_variant_differ_in_size(bigger):
    sizes = [row["amount"] for row in truth(bigger) if row["fault"] == "治安传唤超时" and row["unit"] == "分钟"]
    assert len(set(sizes)) > len(sizes) / 2


def test_tables_have_exactly_the_columns_of_the_vocabulary(lawful):
    for name, table in VOCABULARY.tables.items():
        rows = duckdb.sql(f"SELECT * FROM {read(lawful, name)} LIMIT 0")
        assert dict(zip(rows.columns, map(str, rows.types), strict=True)) == {
            column: {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}.get(form.sql_type, form.sql_type) for column, form in table.columns.items()}


def test_listed_values_are_those_of_the_vocabulary(lawful):
    for name, table in VOCABULARY.tables.items():
        for column, form in table.columns.items():
            if form.values:
                used = {row[0] for row in duckdb.sql(f"SELECT DISTINCT {column} FROM {read(lawful, name)} WHERE {column} IS NOT NULL").fetchall()}
                assert used <= set(form.values), (name, column)


def test_whoever_is_detained_is_interrogated_within_a_day(bigger):
    """刑事诉讼法第八十六条、第九十四条; in words of its own, apart from the rule: all but those among whom a fault was planted."""
    late = duckdb.sql(f"""SELECT m.code FROM {read(bigger, 'measure')} AS m
        WHERE kind IN ('刑事拘留', '逮捕') AND started_at < TIMESTAMPTZ '{UNTIL} Asia/Shanghai' - INTERVAL 1 DAY AND NOT EXISTS (
            SELECT 1 FROM {read(bigger, 'interview')} AS i WHERE i.party_code = m.party_code AND i.kind = '讯问'
            AND i.started_at BETWEEN m.started_at AND m.started_at + INTERVAL 24 HOUR)""").fetchall()
    assert {code for code, in late} == {row["subject"] for row in truth(bigger) if row["fault"] == "羁押后未讯问"}


def test_codes_are_unique_and_every_reference_leads_somewhere(bigger):
    for name, table in VOCABULARY.tables.items():
        count, distinct = duckdb.sql(f"SELECT count(*), count(DISTINCT code) FROM {read(bigger, name)}").fetchone()
        assert count == distinct
        for column, form in table.columns.items():
            if form.refers:
                lost = duckdb.sql(f"""SELECT count(*) FROM {read(bigger, name)} AS a
                    WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT code FROM {read(bigger, form.refers)})""").fetchone()
                assert lost == (0,), (name, column)


def test_nothing_has_happened_after_the_end_but_what_is_planned(lawful):
    for name, table in VOCABULARY.tables.items():
        for column, form in table.columns.items():
            if form.type == "time" and not form.planned:
                last = duckdb.sql(f"SELECT max({column}) > TIMESTAMPTZ '{UNTIL} Asia/Shanghai' FROM {read(lawful, name)}").fetchone()[0]
                assert not last, (name, column)


def test_calls_come_by_day_and_by_the_hour(bigger):
    """More on Friday and Saturday evening than on any working morning before dawn; traffic twice a day."""
    hours = Counter(duckdb.sql(f"""SELECT hour(timezone('Asia/Shanghai', reported_at)) FROM {read(bigger, 'incident')}""").fetchall())
    traffic = Counter(duckdb.sql(f"SELECT hour(timezone('Asia/Shanghai', reported_at)) FROM {read(bigger, 'incident')} WHERE kind = '交通'").fetchall())
    days = Counter(duckdb.sql(f"SELECT isodow(timezone('Asia/Shanghai', reported_at)) FROM {read(bigger, 'incident')} WHERE kind = '治安'").fetchall())
    assert hours[20,] > 3 * hours[4,]
    assert min(traffic[8,], traffic[18,]) > 1.3 * traffic[13,]
    assert days[5,] + days[6,] > 1.15 * (days[2,] + days[3,])


def test_most_calls_become_no_case(bigger):
    whole, turned = duckdb.sql(f"SELECT count(*), count(case_code) FROM {read(bigger, 'incident')}").fetchone()
    assert 19_000 < whole < 21_000
    assert turned < whole / 3


def test_someone_is_here_and_being_interviewed_at_the_end(lawful):
    here = duckdb.sql(f"""SELECT count(*) FROM {read(lawful, 'summons')} AS s JOIN {read(lawful, 'case')} AS c ON c.code = s.case_code
        WHERE left_at IS NULL AND c.unit_code = '{STATION}'""").fetchone()[0]
    running = duckdb.sql(f"""SELECT count(*) FROM {read(lawful, 'interview')} AS i JOIN {read(lawful, 'case')} AS c ON c.code = i.case_code
        WHERE ended_at IS NULL AND c.unit_code = '{STATION}'""").fetchone()[0]
    assert here >= 1
    assert running >= 1


def test_units_are_a_tree_below_a_root_that_no_place_has(lawful):
    units = dict(duckdb.sql(f"SELECT code, parent_code FROM {read(lawful, 'unit')}").fetchall())
    assert [code for code, parent in units.items() if parent is None] == [ROOT]


def test_id_numbers_have_a_right_check_digit_and_an_area_that_no_place_has():
    people = [row for batch in batches(City(TINY, 7, UNTIL))
              for row in batch.connection.execute("SELECT id_kind, id_number, born_on, phone, sex FROM row_party").fetchall()]
    assert len(people) > 500
    for kind, number, born, phone, sex in people:
        assert phone.startswith("1900000") and len(phone) == 11
        if kind == "居民身份证":
            assert id_fault(number) == ""
            assert number[:5] == "42019" and number[5] in "56789"
            assert number[6:14] == f"{born:%Y%m%d}"
            assert int(number[16]) % 2 == (sex == "男")


def test_a_city_is_not_written_over_other_files(tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(FileExistsError):
        write(City(TINY, 7, UNTIL), tmp_path, VOCABULARY)
