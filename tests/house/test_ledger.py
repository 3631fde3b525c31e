"""The ledger: one door, one chain, and whatever is done to it afterwards is found."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from mingjing.ledger import anchors, chain, guards, kinds, queries, verification
from mingjing.ledger.actions import Happening, record, record_all
from mingjing.ledger.models import Event, Immutable

pytestmark = pytest.mark.django_db
LI = SimpleNamespace(code="010001", unit_id="42010201")
AT = datetime(2026, 3, 1, 9, 0, 0, 250_000, tzinfo=timezone(timedelta(hours=8)))
COLUMNS = ", ".join(chain.WHOLE)


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.DATA = tmp_path
    return tmp_path


def ten(**more: Any) -> list[Event]:
    happenings = [Happening("case.accept", "case", f"A{number}", f"A{number}", AT + timedelta(hours=number), {"n": number, **more}) for number in range(10)]
    with transaction.atomic():
        return record_all(by=LI, happenings=happenings)


@contextmanager
def guards_taken_away() -> Iterator[Callable[..., None]]:
    """What somebody with every right on the database does: takes the guards away, and puts them back when done."""
    guards.remove(connection)
    with connection.cursor() as cursor:
        yield cursor.execute
    guards.install(connection)


def found(*more: chain.Anchor) -> list[int]:
    """Numbers at which a check of the database shows something."""
    return [flaw.seq for flaw in verification.whole(more).flaws]


# What is written


def test_entries_follow_each_other_from_the_first_on():
    events = ten()
    assert [event.seq for event in events] == list(range(1, 11))
    assert events[0].previous_digest == chain.GENESIS
    assert all(after.previous_digest == before.digest for before, after in pairwise(events))
    report = verification.whole()
    assert (report.sound, report.entries, report.head) == (True, 10, chain.Anchor(10, events[9].digest))


def test_one_entry_says_who_what_when():
    with transaction.atomic():
        record(by=LI, kind="case.accept", subject_kind="case", subject_code="A1", matter_code="A1", occurred_at=AT, offence="盗窃")
    event = Event.objects.get()
    assert (event.actor, event.unit, event.kind, event.subject_code, event.occurred_at) == ("010001", "42010201", "case.accept", "A1", AT)
    assert event.data == '{"offence":"盗窃"}'
    assert abs(event.recorded_at - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_can_be_recorded():
    with pytest.raises(TransactionManagementError):
        record(by=LI, kind="case.accept", subject_kind="case", subject_code="A1")
    assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_leaves_no_entry_and_no_gap():
    ten()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(by=LI, kind="case.file", subject_kind="case", subject_code="A1")
        raise ZeroDivisionError
    with transaction.atomic():
        assert record(by=LI, kind="case.file", subject_kind="case", subject_code="A1").seq == 11
    assert verification.whole().sound


@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_keep_one_chain():
    start, faults = threading.Barrier(8), []

    def write(name: str) -> None:
        try:
            start.wait()
            for number in range(25):
                with transaction.atomic():
                    record(by=LI, kind="case.describe", subject_kind="case", subject_code=f"{name}-{number}")
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(f"T{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults
    report = verification.whole()
    assert (report.sound, report.entries) == (True, 200)
    for number in range(8):  # each writer's entries stand in the order in which it wrote them
        assert list(Event.objects.filter(subject_code__startswith=f"T{number}-").values_list("subject_code", flat=True)) == [
            f"T{number}-{each}" for each in range(25)]


@pytest.mark.parametrize("text", [
    "第一行\n第二行\r\n\t末", "𠮷野家 \U0001f46e", "引号\" 反斜\\ </script>", "\u2028\u2029\ufeff", "长" * 1_000_000, "零\x00字节",
])
def test_any_text_reads_back_as_it_was_digested(text):
    with transaction.atomic():
        record(by=LI, kind="case.describe", subject_kind="case", subject_code="A1", text=text, nested={"b": [1, None, True, 2.5], "a": text[:5]})
    assert verification.whole().sound
    event = Event.objects.get()
    assert chain.digest(event.entry()) == event.digest
    assert list(queries.entries()) == [event.entry()]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, "\ud800"])
def test_what_no_other_machine_could_read_is_refused(value):
    with pytest.raises((ValueError, TypeError)), transaction.atomic():
        record(by=LI, kind="case.describe", subject_kind="case", subject_code="A1", value=value)
    assert not Event.objects.exists()


@pytest.mark.parametrize("at", [
    AT, AT.astimezone(UTC), AT.replace(microsecond=0), AT.replace(microsecond=1), AT.replace(microsecond=999_999), AT.replace(microsecond=120_000),
    datetime(2026, 3, 1, 0, 0, tzinfo=timezone(timedelta(hours=8))), datetime(1986, 5, 4, 1, 30, tzinfo=timezone(timedelta(hours=-5, minutes=-30))),
    datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC),
])
def test_a_time_gives_the_same_digest_after_reading_back(at):
    with transaction.atomic():
        written = record(by=LI, kind="case.file", subject_kind="case", subject_code="A1", occurred_at=at)
    event = Event.objects.get()
    assert event.occurred_at == at
    assert event.entry() == written.entry() == next(queries.entries())
    assert verification.whole().sound


def test_a_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="aware"), transaction.atomic():
        record(by=LI, kind="case.file", subject_kind="case", subject_code="A1", occurred_at=datetime(2026, 3, 1))


def test_sm3_by_setting_and_a_change_in_the_middle(settings):
    ten()
    settings.LEDGER_DIGEST = "sm3"
    ten()
    assert set(Event.objects.filter(seq__gt=10).values_list("algorithm", flat=True)) == {"sm3"}
    assert chain.digest(Event.objects.get(seq=11).entry()) == Event.objects.get(seq=11).digest
    assert verification.whole().sound
    with guards_taken_away() as run:
        run("UPDATE ledger_event SET algorithm = 'md5' WHERE seq = 12")
    assert found() == [12]


# What the model and the database refuse


@pytest.mark.parametrize("change", [
    lambda event: event.save(), lambda event: event.delete(), lambda event: Event.objects.update(kind="x"), lambda event: Event.objects.all().delete(),
    lambda event: Event.objects.filter(seq=1).update(kind="x"), lambda event: Event.objects.bulk_update([event], ["kind"]),
    lambda event: Event.objects.create(seq=11), lambda event: Event.objects.get_or_create(seq=11),
    lambda event: Event.objects.update_or_create(seq=1, defaults={"kind": "x"}),
])
def test_the_model_refuses_every_way_of_changing(change):
    event = ten()[0]
    with pytest.raises(Immutable), transaction.atomic():
        change(event)
    assert verification.whole().sound


NEXT = f"INSERT INTO ledger_event ({COLUMNS}) SELECT 11, 'new', occurred_at, recorded_at, kind, actor, unit, subject_kind, subject_code, matter_code, data, " \
    "algorithm, digest, digest FROM ledger_event WHERE seq = 10"
REFUSED = {
    "update": "UPDATE ledger_event SET actor = '999999' WHERE seq = 3",
    "update of nothing but itself": "UPDATE ledger_event SET seq = seq",
    "delete": "DELETE FROM ledger_event WHERE seq = 10",
    "delete all": "DELETE FROM ledger_event",
    "gap": NEXT.replace("SELECT 11", "SELECT 12"),
    "number again": NEXT.replace("SELECT 11", "SELECT 10"),
    "number before the first": NEXT.replace("SELECT 11", "SELECT 0"),
    "not chained": NEXT.replace("algorithm, digest", "algorithm, previous_digest"),
    "mark again": NEXT.replace("'new'", "uid"),
}
ONLY = {
    "sqlite": {
        "replace": NEXT.replace("INSERT", "INSERT OR REPLACE").replace("SELECT 11", "SELECT 10"),
        "replace by the mark": NEXT.replace("INSERT", "INSERT OR REPLACE").replace("'new'", "uid"),
        "update or replace": "UPDATE OR REPLACE ledger_event SET seq = 3 WHERE seq = 4",
    },
    "postgresql": {
        "truncate": "TRUNCATE ledger_event",
        "upsert": NEXT.replace("SELECT 11", "SELECT 10") + " ON CONFLICT (seq) DO UPDATE SET kind = 'x'",
        "as a replica": "SET LOCAL session_replication_role = replica; DELETE FROM ledger_event WHERE seq = 10",
    },
}


@pytest.mark.parametrize("what", [*REFUSED, *ONLY["sqlite"], *ONLY["postgresql"]])
def test_the_database_refuses_raw_statements(what):
    ten()
    statement = {**REFUSED, **ONLY[connection.vendor]}.get(what)
    if statement is None:
        pytest.skip("a statement of the other database")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    report = verification.whole()
    assert (report.sound, report.entries) == (True, 10)


def test_the_refusal_says_why():
    ten()
    with pytest.raises(IntegrityError, match="台账只能追加"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REFUSED["delete"])
    with pytest.raises(IntegrityError, match="紧接最后一条"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(REFUSED["gap"])


def test_guards_can_be_taken_away_and_put_back_and_their_absence_is_told():
    ten()
    assert guards.missing(connection) == []
    guards.remove(connection)
    assert len(guards.missing(connection)) == 3
    report = verification.whole()
    assert [flaw.seq for flaw in report.flaws] == [0, 0, 0]
    assert "触发器" in report.flaws[0].text
    guards.install(connection)
    guards.install(connection)
    assert verification.whole().sound


def test_a_hollowed_guard_is_told():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER ledger_no_delete")
            cursor.execute("CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger_event WHEN 0 BEGIN SELECT RAISE(ABORT, 'x'); END")
        else:
            cursor.execute("CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN OLD; END$$")
    assert guards.missing(connection)


# What was done to it is found


TAMPERED = {
    "uid": f"'{'f' * 32}'", "kind": "'case.close'", "actor": "'999999'", "unit": "'4201'", "subject_kind": "'party'", "subject_code": "'A99'",
    "matter_code": "''", "data": "'{\"n\":99}'", "algorithm": "'sm3'", "previous_digest": "digest", "digest": "previous_digest",
    "occurred_at": {"sqlite": "'2026-03-01 04:00:00.250001'", "postgresql": "occurred_at + interval '1 microsecond'"},
    "recorded_at": {"sqlite": "'垃圾'", "postgresql": "recorded_at - interval '1 day'"},
}


@pytest.mark.parametrize("name", TAMPERED)
def test_any_edited_field_is_found(name):
    ten()
    value = TAMPERED[name]
    with guards_taken_away() as run:
        run(f"UPDATE ledger_event SET {name} = {value if isinstance(value, str) else value[connection.vendor]} WHERE seq = 4")
    assert 4 in found()
    assert set(found()) <= {4, 5}


def test_every_field_is_tried():
    assert {"seq", *TAMPERED} == set(chain.WHOLE)


def test_a_year_before_christ_is_not_ours():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps texts")
    ten()
    with guards_taken_away() as run:
        run("UPDATE ledger_event SET occurred_at = '2026-03-01 04:00:00.25+00 BC' WHERE seq = 4")
    assert found() == [4]


@pytest.mark.parametrize("seq", [0, -7, 11, 500])
def test_a_changed_number_is_found(seq):
    ten()
    with guards_taken_away() as run:
        run(f"UPDATE ledger_event SET seq = {seq} WHERE seq = 10")
    assert found()


@pytest.mark.parametrize("gone", [1, 5])
def test_a_deleted_entry_is_found(gone):
    ten()
    with guards_taken_away() as run:
        run(f"DELETE FROM ledger_event WHERE seq = {gone}")
    assert found()[0] == gone + 1


def test_a_deleted_end_is_found_by_an_anchor_and_only_by_one():
    head = ten()[9]
    kept = chain.Anchor(head.seq, head.digest)
    with guards_taken_away() as run:
        run("DELETE FROM ledger_event WHERE seq > 7")
    assert found() == []
    assert found(kept) == [7]
    anchors.write(anchors.of(head, AT))  # kept by the installation itself: used without being given
    assert found() == [7]


def test_everything_deleted_is_found_by_an_anchor():
    anchors.write(anchors.of(ten()[9], AT))
    with guards_taken_away() as run:
        run("DELETE FROM ledger_event")
    report = verification.whole()
    assert (report.entries, report.sound) == (0, False)


def insert(run: Callable[..., None], entry: dict[str, Any]) -> None:
    """As the database itself would have written it."""
    if connection.vendor == "sqlite":
        entry = {**entry, **{name: entry[name].replace("T", " ").removesuffix("Z") for name in queries.TIMES}}
    run(f"INSERT INTO ledger_event ({COLUMNS}) VALUES ({', '.join(['%s'] * len(chain.WHOLE))})", list(entry.values()))


def sealed(entry: dict[str, Any], **values: Any) -> dict[str, Any]:
    """An entry with other values and a fresh digest, as a forger makes it who knows how."""
    forged = {name: {**entry, **values}[name] for name in chain.FIELDS}
    return {**forged, "digest": chain.digest(forged)}


def test_an_inserted_entry_is_found():
    ten()
    sixth = Event.objects.get(seq=6)
    forged = sealed(sixth.entry(), seq=7, uid="f" * 32, previous_digest=sixth.digest, data='{"forged":true}')
    with guards_taken_away() as run:
        run("UPDATE ledger_event SET seq = -seq WHERE seq > 6")
        run("UPDATE ledger_event SET seq = 1 - seq WHERE seq < 0")
        insert(run, forged)
    assert found()[0] == 8


def test_two_entries_that_changed_places_are_found():
    ten()
    with guards_taken_away() as run:
        for old, new in ((4, -1), (5, 4), (-1, 5)):
            run(f"UPDATE ledger_event SET seq = {new} WHERE seq = {old}")
    assert found()[0] == 4


def replaced(since: int) -> None:
    """Everything from a number on computed anew, with the same marks and other contents."""
    entries = list(queries.entries())
    previous = entries[since - 2]["digest"] if since > 1 else chain.GENESIS
    with guards_taken_away() as run:
        run(f"DELETE FROM ledger_event WHERE seq >= {since}")
        for entry in entries[since - 1 :]:
            forged = sealed(entry, actor="666666", previous_digest=previous)
            insert(run, forged)
            previous = forged["digest"]


def test_a_whole_new_chain_is_found_by_an_anchor_and_only_by_one():
    head = ten()[9]
    replaced(1)
    assert found() == []
    assert found(chain.Anchor(head.seq, head.digest)) == [10]


def test_a_new_end_is_found_by_the_first_anchor_after_it_changed():
    events = ten()
    third, eighth = events[2], events[7]
    replaced(5)
    assert found(chain.Anchor(third.seq, third.digest)) == []
    report = verification.whole([chain.Anchor(third.seq, third.digest), chain.Anchor(eighth.seq, eighth.digest)])
    assert [flaw.seq for flaw in report.flaws] == [8]
    assert report.anchors == 1


def test_an_old_entry_under_a_new_number_is_found():
    """The unique mark in the database stands against it; where that was taken away, the check finds it."""
    entries = [event.entry() for event in ten()]
    entries.append(sealed(entries[1], seq=11, previous_digest=entries[9]["digest"]))
    with pytest.raises(IntegrityError), guards_taken_away() as run, transaction.atomic():
        insert(run, entries[10])
    report = chain.verify(entries)
    assert [(flaw.seq, "重放" in flaw.text) for flaw in report.flaws] == [(11, True)]
    assert "第 2 条" in report.flaws[0].text


def test_a_flood_of_flaws_is_counted_and_only_the_first_listed():
    with transaction.atomic():
        record_all(by=LI, happenings=[Happening("case.file", "case", f"A{number}") for number in range(300)])
    with guards_taken_away() as run:
        run("UPDATE ledger_event SET actor = '999999'")
    report = verification.whole()
    assert (report.found, len(report.flaws)) == (300, chain.MOST)


def test_what_is_no_entry_at_all_is_told_and_the_check_goes_on():
    entries = [event.entry() for event in ten()]
    entries[3] = {**entries[3], "data": None}
    entries.insert(6, {"seq": "x"})
    report = chain.verify(entries)
    assert not report.sound
    assert report.head.seq == 10
    assert not chain.verify([{**entries[0], "subject_code": "\ud800"}]).sound


def test_slices_find_what_the_whole_finds(monkeypatch):
    monkeypatch.setattr(verification, "SLICE", 3)
    anchors.write(anchors.of(ten()[9], AT))
    with guards_taken_away() as run:
        run("UPDATE ledger_event SET actor = '999999' WHERE seq IN (2, 9)")
        run("DELETE FROM ledger_event WHERE seq = 10")
    progress, steps = verification.Progress(), 0
    while not progress.is_finished:
        progress = verification.Progress.unpacked(progress.packed())
        progress.step()
        steps += 1
    assert [flaw.seq for flaw in progress.report.flaws] == [2, 9, 9] == found()
    assert (progress.report.entries, steps) == (9, 4)


def test_slices_know_an_anchor_whichever_slice_it_falls_in(monkeypatch):
    monkeypatch.setattr(verification, "SLICE", 3)
    events = ten()
    for number in (1, 3, 6, 10):
        anchors.write(anchors.of(events[number - 1], AT))
    progress = verification.Progress()
    while not progress.is_finished:
        progress.step()
    assert (progress.report.sound, progress.report.anchors) == (True, 4)


# Reading


def test_histories_of_a_matter_and_a_row():
    with transaction.atomic():
        record(by=LI, kind="party.add", subject_kind="party", subject_code="D1", matter_code="A1", occurred_at=AT + timedelta(hours=2))
        record(by=LI, kind="case.accept", subject_kind="case", subject_code="A1", matter_code="A1", occurred_at=AT)
        record(by=SimpleNamespace(code="010002", unit_id="42010201"), kind="case.accept", subject_kind="case", subject_code="A2", matter_code="A2")
    assert [event.kind for event in queries.of_matter("A1")] == ["case.accept", "party.add"]
    assert [event.seq for event in queries.of_subject("case", "A1")] == [2]


@pytest.mark.parametrize(("delay", "late"), [
    (timedelta(hours=24, microseconds=-1), False), (timedelta(hours=24), False), (timedelta(hours=24, microseconds=1), True), (timedelta(minutes=-5), False),
])
def test_late_is_more_than_24_hours_after_it_happened(delay, late):
    event = Event(occurred_at=AT, recorded_at=AT + delay)
    assert event.is_late is late
    assert event.delay >= timedelta()


def test_kinds_are_named_once(monkeypatch):
    monkeypatch.setattr(kinds, "_labels", {})
    monkeypatch.setattr(kinds, "_subjects", {})
    kinds.register({"case.end": "结束", "summons.end": "结束", "case.accept": "受案"}, subjects={"case": "案件"})
    kinds.register({"case.end": "结束"})
    assert (kinds.label("case.accept"), kinds.label("never.named")) == ("受案", "never.named")
    assert kinds.choices() == [("case.accept", "受案"), ("case.end", "结束（案件）"), ("summons.end", "结束（summons）")]
    with pytest.raises(ValueError, match="结束"):
        kinds.register({"case.end": "终结"})
