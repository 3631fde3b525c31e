"""What the platform gives to the engine: exactly the vocabulary, the true instants, nothing personal; and the engine run on it."""

from __future__ import annotations

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import caseload
import pytest
from django.core.management import call_command
from django.db import connection

from mingjing.accounts.scope import viewer
from mingjing.cases.acts import LISTED
from mingjing.cases.cleaning import columns, name_of
from mingjing.cases.models import NOUNS
from mingjing.cases.vocabulary import vocabulary
from mingjing.facts import TABLES, snapshot
from mingjing.management.commands.evaluate import Command
from rulebook import cli
from rulebook.facts import Facts

PERSONAL = {"id_number", "phone", "address", "reporter_name", "reporter_phone", "person_name", "content", "summary"}


def test_the_house_offers_every_table_of_the_vocabulary():
    assert set(TABLES) == set(vocabulary().tables)


@pytest.mark.parametrize("name", sorted(NOUNS))
def test_labels_and_listed_values_are_those_of_the_vocabulary(name):
    for column in vocabulary().tables[name].columns.values():
        field = columns(name)[column.name]
        assert column.name == "code" or field.verbose_name == column.label
        assert tuple(value for value, _ in field.flatchoices) == column.values


@pytest.mark.django_db
def test_columns_are_exactly_those_of_the_vocabulary_and_nothing_personal(bureau):
    for name, table in snapshot().items():
        assert table.column_names == list(vocabulary().tables[name].columns), name
        assert not PERSONAL & set(table.column_names), name


@pytest.fixture
def clerk(bureau):
    return viewer(caseload.clerk())


def enter(clerk, table, **row):
    caseload.enter(table, row)


@pytest.fixture
def summoned(clerk):
    """A summons that lasted 25 hours on the clock of Wuhan."""
    enter(clerk, "case", code="A1", kind="行政", category="治安", unit_code="42010201", accepted_at="2026-03-01 09:00")
    enter(clerk, "party", code="D1", case_code="A1", role="违法嫌疑人", name="某甲", born_on="1990-01-01")
    enter(clerk, "summons", code="S1", case_code="A1", party_code="D1", kind="行政传唤", arrived_at="2026-03-01 10:00", left_at="2026-03-02 11:00",
          is_complex="是", may_be_detained="是")
    enter(clerk, "decision", code="P1", case_code="A1", party_code="D1", unit_code="420102", decided_at="2026-03-05 09:00", fine="200.50", detention_days="5")


@pytest.mark.django_db
def test_values_arrive_as_they_are_in_both_databases(summoned):
    tables = snapshot(["summons", "decision", "party", "case"])
    (row,) = tables["summons"].to_pylist()
    assert row["arrived_at"] == datetime.fromisoformat("2026-03-01T10:00:00+08:00")
    assert (row["is_complex"], row["is_numerous"], row["party_code"]) == (True, None, "D1")
    (decision,) = tables["decision"].to_pylist()
    assert (decision["fine"], decision["detention_days"], decision["merged_days"]) == (200.5, 5, None)
    assert tables["party"].to_pylist()[0]["born_on"].isoformat() == "1990-01-01"
    assert tables["case"].to_pylist()[0]["outcome"] is None


@pytest.mark.django_db
def test_the_gate_of_the_engine_takes_every_row(summoned):
    facts = Facts.from_arrow(vocabulary(), snapshot())
    assert facts.rejected == 0
    usual = [name for name, column in vocabulary().tables["summons"].columns.items() if column.usual]
    assert facts.present["summons"] == frozenset(usual)  # the others nobody has filled in
    assert "loan" not in facts.present and "property_item" in facts.present


@pytest.mark.django_db
def test_evaluate_finds_the_fault_in_the_platforms_own_database(summoned, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        _run("--at", "2026-03-10 09:00", "--format", "json", "--facts", str(tmp_path / "facts"))
    assert ended.value.code == 1
    judged = {rule["code"]: rule["by_stage"] for rule in json.loads(capsys.readouterr().out)["rules"]}
    assert judged["CU-012"]["late"] == 1
    assert sum(stages["late"] for stages in judged.values()) == 1
    assert (tmp_path / "facts" / "summons.parquet").exists()
    code = cli.main(["evaluate", str(tmp_path / "facts"), "--rules", "rules", "--at", "2026-03-10 09:00", "--format", "json"])
    assert code == 1


def _run(*arguments: str) -> None:
    Command(stderr=io.StringIO()).run_from_argv(["mingjing", "evaluate", *arguments])


def test_every_act_names_real_fields_of_its_table():
    elsewhere = {"case.convert": NOUNS["conversion"]}
    for act in LISTED:
        if act.kind == "case.assign":
            continue
        model = elsewhere.get(act.kind, NOUNS[act.table])
        for name in (*act.fields, *act.required, *([act.at] if act.at else [])):
            assert model._meta.get_field(name), (act.kind, name)
        assert set(act.required) <= set(act.fields), act.kind
        assert not act.at or act.at in act.fields, act.kind


def test_columns_are_named_as_files_name_them():
    assert name_of(columns("summons")["party_code"]) == "party_code"
    assert "state" not in columns("case")


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_stands_still_while_others_write(clerk, monkeypatch):
    """Rows that come after its first read are not in it, whichever table they belong to; and nobody has to wait for it."""
    read = TABLES["unit"]

    def read_and_let_others_write(form):
        table = read(form)
        with ThreadPoolExecutor(1) as other:
            other.submit(_write_elsewhere, clerk).result(timeout=20)
        return table

    monkeypatch.setitem(TABLES, "unit", read_and_let_others_write)
    assert snapshot(["unit", "case"])["case"].num_rows == 0
    assert snapshot(["case"])["case"].num_rows == 1


def _write_elsewhere(clerk) -> None:
    try:
        enter(clerk, "case", code="A1", kind="行政", unit_code="42010201", accepted_at="2026-03-01 09:00")
    finally:
        connection.close()
