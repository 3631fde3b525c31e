"""The same call twice, also at the same moment, is done once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest import mock
from uuid import uuid4

import pytest
from connected import System, case_row, connect
from django.db import IntegrityError, connection
from django.utils import timezone

from mingjing.cases.actions import enter_all
from mingjing.cases.models import Case
from mingjing.intake.api.once import KEPT
from mingjing.intake.models import Answer
from mingjing.ledger.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def system(admin) -> System:
    return connect(admin)


def entries() -> int:
    return Event.objects.filter(subject_kind="case").count()


def test_a_replayed_call_gets_the_same_answer_and_does_nothing(system):
    token = {"Idempotency-Key": str(uuid4())}
    first = system.push("case", case_row(), case_row("A2", kind="民事"), **token)
    system.push("case", {"code": "A1", "offence": "寻衅滋事"})
    before = entries()
    again = system.push("case", case_row(), case_row("A2", kind="民事"), **token)
    assert again.json() == first.json()
    assert (first.headers.get("Idempotent-Replayed"), again.headers.get("Idempotent-Replayed")) == (None, "true")
    assert entries() == before
    assert Case.objects.get().offence == "寻衅滋事"


@pytest.mark.parametrize(("path", "rows"), [("case", [case_row("A2")]), ("incident", [case_row()]), ("case?dry_run=false", [case_row()])])
def test_the_same_token_for_another_call_is_a_conflict(system, path, rows):
    token = {"Idempotency-Key": "k1"}
    assert system.push("case", case_row(), **token).status_code == 200
    response = system.push(path, *rows, **token)
    assert (response.status_code, response.json()["code"]) == (409, "token_reused")
    assert [case.code for case in Case.objects.all()] == ["A1"]


def test_tokens_of_two_keys_have_nothing_to_do_with_each_other(system, admin):
    other = connect(admin, name="另一个")
    assert system.push("case", case_row(), **{"Idempotency-Key": "k1"}).json()["entered"] == 1
    assert other.push("case", case_row("A2"), **{"Idempotency-Key": "k1"}).json()["entered"] == 1


@pytest.mark.parametrize(("age", "replayed"), [(KEPT - timedelta(seconds=1), True), (KEPT, False), (KEPT + timedelta(seconds=1), False)])
def test_an_answer_is_kept_for_seven_days(system, age, replayed):
    system.push("case", case_row(), **{"Idempotency-Key": "k1"})
    made = Answer.objects.get().made_at
    with mock.patch("mingjing.intake.api.once.timezone.now", return_value=made + age):
        response = system.push("case", case_row(), **{"Idempotency-Key": "k1"})
    assert response.json()["entered"] == (1 if replayed else 0)
    assert ("Idempotent-Replayed" in response.headers) is replayed


def test_a_call_that_failed_keeps_no_answer(system):
    with mock.patch("mingjing.intake.api.writing.enter_all", side_effect=RuntimeError):
        assert system.push("case", case_row(), **{"Idempotency-Key": "k1"}).status_code == 500
    assert not Answer.objects.exists()
    assert system.push("case", case_row(), **{"Idempotency-Key": "k1"}).json()["entered"] == 1


def test_rows_and_answer_stand_or_fall_together(system):
    with mock.patch("mingjing.intake.api.once._kept", side_effect=RuntimeError):
        assert system.push("case", case_row(), **{"Idempotency-Key": "k1"}).status_code == 500
    assert not Case.objects.exists()
    assert not Answer.objects.exists()
    assert entries() == 0


@pytest.mark.parametrize("token", ["", "a b", "钥", "x" * 101, "\x7f"])
def test_a_token_that_cannot_be_is_told(system, token):
    response = system.push("case", case_row(), **{"Idempotency-Key": token})
    assert response.status_code == 422
    assert response.json()["details"][0]["place"] == "Idempotency-Key"
    assert not Case.objects.exists()


def test_two_systems_entering_the_same_new_code_at_once_is_tried_again(system):
    results = [IntegrityError("duplicate key"), None]

    def first_beaten(**more):
        if error := results.pop(0):
            raise error
        return enter_all(**more)

    with mock.patch("mingjing.intake.api.writing.enter_all", side_effect=first_beaten):
        assert system.push("case", case_row()).json()["entered"] == 1
    with mock.patch("mingjing.intake.api.writing.enter_all", side_effect=IntegrityError("again and again")):
        response = system.push("case", case_row())
    assert (response.status_code, response.json()["code"]) == (409, "conflict")


def at_once(system: System, calls: list) -> list:
    def call(row_and_token):
        row, token = row_and_token
        try:
            return system.send("/facts/case", json.dumps({"rows": [row]}), **({"Idempotency-Key": token} if token else {}))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(call, calls))


@pytest.mark.django_db(transaction=True)
def test_eight_calls_with_one_token_at_once_do_the_work_once(system):
    answers = at_once(system, [(case_row(), "k1")] * 16)
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["entered"] for answer in answers} == {1}
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    assert entries() == 1
    assert Answer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_calls_with_one_new_code_and_no_token_enter_one_row(system):
    answers = at_once(system, [(case_row(offence=f"案由{i % 2}"), None) for i in range(16)])
    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["entered"] for answer in answers) == 1
    assert Case.objects.count() == 1
    assert Case.objects.get().version == entries()


@pytest.mark.django_db(transaction=True)
def test_different_calls_at_once_are_all_done(system):
    answers = at_once(system, [(case_row(f"A{i}"), f"k{i}") for i in range(16)])
    assert [answer.json()["entered"] for answer in answers] == [1] * 16
    assert Case.objects.count() == entries() == 16


def test_old_answers_go_when_new_ones_come(system):
    system.push("case", case_row(), **{"Idempotency-Key": "k1"})
    Answer.objects.update(made_at=timezone.now() - KEPT)
    system.push("case", case_row("A2"), **{"Idempotency-Key": "k2"})
    assert [answer.token for answer in Answer.objects.all()] == ["k2"]
