"""The API: pushing facts and reading cases with a key."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from unittest import mock

import pytest
from bureau import BRANCH, ELSEWHERE, SECOND, STATION, sign_in
from caseload import enter
from connected import API, System, case_row, connect, party_row
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mingjing.accounts.models import DutyAssignment, Officer
from mingjing.accounts.scope import viewer
from mingjing.cases.actions import reveal
from mingjing.cases.cleaning import columns
from mingjing.cases.models import NOUNS, Case, Party
from mingjing.intake.actions import keys
from mingjing.intake.api.body import LIMIT
from mingjing.ledger.models import Event
from mingjing.lib.masking import check_digit

pytestmark = pytest.mark.django_db


@pytest.fixture
def system(admin) -> System:
    return connect(admin)


def told(response, status: int, code: str) -> dict:
    """A refusal in the one form of the API."""
    assert response.status_code == status, response.content.decode()
    assert response.headers["Content-Type"] == "application/json"
    data = response.json()
    assert set(data) == {"code", "message", "details"}
    assert data["code"] == code
    return data


# --- the key ---

def test_without_a_key_nothing_opens(client, bureau):
    for path in ("/me", "/cases", "/cases/A1", "/incidents", "/facts/party", "/vocabulary"):
        response = client.get(API + path)
        told(response, 401, "no_key")
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic abc", "Bearer mj_short", "Bearer mj_aaaaaaaa_" + "b" * 43, "mj_", "Bearer \u00ff" * 3])
def test_a_wrong_key_is_refused(client, system, header):
    response = client.get(f"{API}/me", headers={"Authorization": header})
    assert response.status_code == 401
    assert response.json()["code"] in ("no_key", "wrong_key")


def test_a_session_does_not_open_the_api(client, records, liming):
    sign_in(client, records)
    told(client.get(f"{API}/cases"), 401, "no_key")
    told(client.post(f"{API}/facts/case", json.dumps({"rows": [case_row()]}), content_type="application/json"), 401, "no_key")
    assert not Case.objects.exists()


def test_a_key_or_its_account_cannot_sign_in_to_pages(client, system):
    response = Client(headers=system.header).get("/cases/")
    assert response.status_code == 302 and reverse("account_login") in response.url
    for password in (system.secret, "", "x" * 20):
        client.post(reverse("account_login"), {"login": "JK001", "password": password})
        assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 401), (1, 401)])
def test_a_key_is_good_until_the_moment_it_expires(system, seconds, status):
    at = system.key.expires_at + timedelta(seconds=seconds)
    DutyAssignment.objects.update(starts_on="2020-01-01")
    with mock.patch("mingjing.intake.api.door.timezone.now", return_value=at):
        response = system.get("/me")
    assert response.status_code == status
    if status == 401:
        assert response.json()["code"] == "expired"


def test_a_revoked_key_stops_at_once_and_the_new_one_lives(admin, system):
    rotated = connect(admin, name="警综平台 2")
    assert rotated.get("/me").status_code == system.get("/me").status_code == 200
    keys.revoke(by=viewer(admin), prefix=system.key.prefix, reason="换发")
    told(system.get("/me"), 401, "revoked")
    assert rotated.get("/me").status_code == 200


def test_a_closed_account_closes_its_keys(system):
    Officer.objects.filter(code="JK001").update(is_active=False)
    told(system.get("/me"), 403, "account_closed")


def test_a_duty_that_was_withdrawn_reaches_nothing(system):
    enter_case(system)
    DutyAssignment.objects.filter(officer_id="JK001").update(withdrawn_at=timezone.now())
    assert system.get("/cases").json()["rows"] == []
    told(system.get("/cases/A1"), 404, "not_found")
    told(system.push("case", case_row("A2")), 403, "forbidden")


def enter_case(system, *rows) -> None:
    response = system.push("case", *(rows or [case_row()]))
    assert response.json()["rejected"] == 0, response.json()


# --- scopes ---

def test_a_key_to_read_cannot_write_and_the_other_way(admin):
    reader = connect(admin, scopes=["cases:read"])
    told(reader.push("case", case_row()), 403, "scope")
    assert not Case.objects.exists()
    writer = connect(admin, scopes=["facts:write:case"], name="写")
    enter_case(writer)
    for path in ("/cases", "/cases/A1", "/incidents", "/facts/case"):
        told(writer.get(path), 403, "scope")
    told(writer.push("party", party_row()), 403, "scope")
    assert not Party.objects.exists()


def test_me_tells_what_the_key_may_do(admin):
    system = connect(admin, scopes=["facts:write:case", "facts:write:party"], per_minute=7)
    said = system.get("/me").json()
    assert said["writes"] == ["case", "party"]
    assert said["reads"] == []
    assert said["reach"] == [{"code": STATION, "name": "一元路派出所"}]
    assert said["limits"]["per_minute"] == 7
    assert said["key"]["prefix"] == system.key.prefix
    assert system.secret not in json.dumps(said)


# --- pushing ---

def test_rows_are_entered_with_ledger_entries_in_the_name_of_the_account(system):
    response = system.push("case", case_row("A1"), case_row("A2", kind="民事"), case_row("A3", unit=ELSEWHERE))
    assert response.status_code == 200
    said = response.json()
    assert (said["total"], said["entered"], said["rejected"]) == (3, 1, 2)
    assert [(one["index"], one["column"], one["code"]) for one in said["rejects"]] == [(1, "kind", "A2"), (2, "", "A3")]
    assert "行政、刑事" in said["rejects"][0]["reason"]
    event = Event.objects.get(kind="case.enter")
    assert (event.actor, event.subject_code) == ("JK001", "A1")
    assert Case.objects.get().source == "接口 警综平台"
    assert system.push("case", case_row("A1")).json()["unchanged"] == 1


def test_a_dry_run_writes_nothing(system):
    said = system.push("case", case_row(), case_row("A2", kind="民事"), query="?dry_run=true", **{"Idempotency-Key": "k1"}).json()
    assert (said["dry_run"], said["entered"], said["rejected"]) == (True, 1, 1)
    assert not Case.objects.exists()
    assert not Event.objects.filter(subject_kind="case").exists()
    assert system.push("case", case_row(), **{"Idempotency-Key": "k1"}).json()["entered"] == 1


@pytest.mark.parametrize(("count", "status"), [(0, 422), (1, 200), (500, 200), (501, 422)])
def test_one_to_five_hundred_rows(system, count, status):
    response = system.push("incident", *({"code": f"J{i}", "unit_code": STATION, "reported_at": "2026-03-01 09:00"} for i in range(count)))
    assert response.status_code == status


NESTED = '{"rows":[{"code":' + "[" * 100_000 + "]" * 100_000 + "}]}"


@pytest.mark.parametrize(("body", "status", "code"), [
    (" ", 400, "bad_json"), ("{", 400, "bad_json"), ("[]", 422, "invalid"), ("null", 422, "invalid"), ('"x"', 422, "invalid"), ("{}", 422, "invalid"),
    ('{"rows":{}}', 422, "invalid"), ('{"rows":[1]}', 422, "invalid"), ('{"rows":[{"code":"A"}],"more":1}', 422, "invalid"),
    ('{"rows":[{"code":"A","code":"B"}]}', 400, "bad_json"), ('{"rows":[],"rows":[{"code":"A"}]}', 400, "bad_json"),
    ('{"rows":[{"code":NaN}]}', 400, "bad_json"), ('{"rows":[{"code":-Infinity}]}', 400, "bad_json"), ('{"rows":[{"code":1e999}]}', 400, "bad_json"),
    ('{"rows":[{"code":' + "9" * 5000 + "}]}", 400, "bad_json"), (NESTED, 400, "bad_json"), ('{"rows":[{"code":{"a":1}}]}', 422, "invalid"),
    ('{"rows":[{"code":["a"]}]}', 422, "invalid"), ('{"rows":[{"code":"\\ud800"}]}', 422, "invalid"), ('{"rows":[{"\\ud800":"a"}]}', 422, "invalid"),
    ('{"rows":[{"\\ud800":1,"\\ud800":1}]}', 400, "bad_json"), ("{\"rows\":[{'code':1}]}", 400, "bad_json"),
    ("\ufeff" + json.dumps({"rows": [case_row()]}), 400, "bad_json"), (json.dumps({"rows": [case_row()]}, ensure_ascii=False).encode("gbk"), 400, "bad_json"),
    (json.dumps({"rows": [case_row()]}).encode("utf-16"), 400, "bad_json"),
])
def test_a_body_that_is_not_plainly_right_is_refused_whole(system, body, status, code):
    told(system.send("/facts/case", body), status, code)
    assert not Case.objects.exists()


@pytest.mark.parametrize("value", ["\x00", "A\x00B", 1e300, 10**400, -1, True, None, "", " ", "A" * 65, "../x", "new", "\u202e"])
def test_a_strange_code_is_set_aside_or_kept_as_it_is_but_never_breaks(system, value):
    response = system.push("case", case_row() | {"code": value})
    assert response.status_code == 200, response.content.decode()
    assert response.json()["total"] == 1


@pytest.mark.parametrize(("table", "column", "value"), [
    ("decision", "fine", "not a number"), ("decision", "fine", 1e200), ("decision", "fine", "sNaN"), ("decision", "fine", "1e-999999999"),
    ("decision", "detention_days", 10**30), ("decision", "detention_days", True), ("case", "is_grave", 7), ("case", "accepted_at", 20260301),
    ("case", "accepted_at", "9999-12-31T23:59:59-14:00"), ("case", "accepted_at", "0001-01-01T00:00:00+14:00"), ("party", "born_on", "0000-00-00"),
])
def test_values_of_the_wrong_type_are_set_aside(system, table, column, value):
    response = system.push(table, {"code": "X1", column: value})
    assert response.status_code == 200
    assert response.json()["rejects"][0]["column"] == column, response.json()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk", "multipart/form-data; boundary=x", ""])
def test_only_json_is_taken(system, kind):
    told(system.send("/facts/case", json.dumps({"rows": [case_row()]}), content_type=kind), 415, "wrong_kind")


def test_utf8_may_be_said(system):
    assert system.send("/facts/case", json.dumps({"rows": [case_row()]}), content_type="application/json; charset=UTF-8").status_code == 200


def test_a_compressed_body_is_refused(system):
    told(system.send("/facts/case", b"\x1f\x8b", **{"Content-Encoding": "gzip"}), 415, "wrong_kind")


def test_a_body_over_the_limit_is_refused(system):
    small = json.dumps({"rows": [case_row()]})
    assert system.send("/facts/case", small + " " * (LIMIT - len(small.encode()))).status_code == 200
    told(system.send("/facts/case", small + " " * (LIMIT - len(small.encode()) + 1)), 413, "too_large")


# --- reading ---

def test_personal_numbers_are_always_masked(system):
    enter_case(system)
    number = "42010219900101001"
    number += check_digit(number)
    row = party_row(id_kind="居民身份证", id_number=number, phone="13800001234", address="江城市临江区一元路 1 号")
    assert system.push("party", row).json()["entered"] == 1
    assert system.push("incident", {
        "code": "J1", "unit_code": STATION, "reported_at": "2026-03-01 09:00", "reporter_phone": "13911112222", "case_code": "A1"}).json()["entered"] == 1
    for path in ("/facts/party", "/facts/party?case_code=A1", "/cases/A1", "/incidents", "/facts/incident"):
        text = system.get(path).content.decode()
        for hidden in (number, "13800001234", "一元路 1 号", "13911112222"):
            assert hidden not in text, path
    party = system.get("/facts/party").json()["rows"][0]
    assert party["phone"] == "138******34"
    assert party["id_number"] == f"{number[:4]}{'*' * 12}{number[-2:]}"


def test_a_whole_case_has_the_rows_of_all_its_tables(system):
    enter_case(system, case_row("A1"), case_row("A2"))
    system.push("party", party_row("D1"), party_row("D2", "A2"))
    system.push("summons", {"code": "S1", "case_code": "A1", "party_code": "D1", "arrived_at": "2026-03-01 10:00", "is_complex": True})
    system.push("restraint", {"code": "Y1", "summons_code": "S1", "started_at": "2026-03-01 10:00"})
    said = system.get("/cases/A1").json()
    assert said["case"]["state"] == "受案"
    assert said["case"]["accepted_at"] == "2026-03-01T09:00:00+08:00"
    assert said["case"]["summary"] is None
    assert {name: [row["code"] for row in rows] for name, rows in said["rows"].items() if rows} == {"party": ["D1"], "summons": ["S1"], "restraint": ["Y1"]}
    assert said["rows"]["summons"][0]["is_complex"] is True
    assert said["rows"]["summons"][0]["may_be_detained"] is None
    assert said["cut"] == []


def test_a_table_of_a_case_that_is_too_long_is_cut_and_says_so(system):
    enter_case(system)
    for start in (0, 500):
        system.push("notification", *({"code": f"N{i:04}", "case_code": "A1", "kind": "其他", "notified_at": "2026-03-01 09:00"}
                                      for i in range(start, min(start + 500, 501))))
    said = system.get("/cases/A1").json()
    assert (len(said["rows"]["notification"]), said["cut"]) == (500, ["notification"])
    assert len(system.walk("/facts/notification", case_code="A1", limit=400)) == 501


def test_another_units_case_is_answered_exactly_like_none(system):
    enter("case", case_row("A8", unit=ELSEWHERE), case_row("A9", unit=SECOND))
    enter("party", party_row("D8", "A8"))
    enter("incident", {"code": "J8", "unit_code": ELSEWHERE, "reported_at": "2026-03-01 09:00"})
    missing = system.get("/cases/nothing")
    for code in ("A8", "A9"):
        response = system.get(f"/cases/{code}")
        assert (response.status_code, response.content) == (404, missing.content)
    assert system.get("/cases").json()["rows"] == system.get("/incidents").json()["rows"] == []
    assert system.get("/facts/party", case_code="A8").json()["rows"] == []
    assert system.get("/cases", unit_code=ELSEWHERE).json()["rows"] == system.get("/cases", unit_code="no").json()["rows"] == []
    assert "A8" not in system.get("/facts/case").content.decode()


def test_a_key_of_a_branch_reaches_its_stations(admin):
    enter("case", case_row("A1"), case_row("A2", unit=SECOND), case_row("A3", unit=ELSEWHERE))
    branch = connect(admin, unit=BRANCH)
    assert [row["code"] for row in branch.get("/cases").json()["rows"]] == ["A1", "A2"]
    assert [row["code"] for row in branch.get("/cases", unit_code=SECOND).json()["rows"]] == ["A2"]
    assert [row["code"] for row in branch.get("/cases", unit_code=BRANCH).json()["rows"]] == ["A1", "A2"]


def test_filters_of_cases(system):
    enter_case(system, case_row("A1"), case_row("A2", kind="刑事", category="", offence="盗窃案"), case_row("A3", filed_at="2026-03-02T09:00:00+08:00"))
    def codes(**filters):
        return [row["code"] for row in system.get("/cases", **filters).json()["rows"]]
    assert codes(kind="刑事") == ["A2"]
    assert codes(state="立案") == ["A3"]
    assert codes(offence="盗窃") == ["A2"]
    assert codes(offence="%") == []
    assert codes(kind="行政", state="受案") == ["A1"]


def test_filters_of_incidents(system):
    done = {"outcome": "当场调解", "handled_at": "2026-03-01 10:00"}
    base = {"unit_code": STATION, "reported_at": "2026-03-01 09:00"}
    system.push("incident", {"code": "J1", **base, "kind": "治安"}, {"code": "J2", **base, **done})
    assert [row["code"] for row in system.get("/incidents", state="已处理").json()["rows"]] == ["J2"]
    assert [row["code"] for row in system.get("/incidents", kind="治安").json()["rows"]] == ["J1"]


@pytest.mark.parametrize("query", [
    "limit=0", "limit=501", "limit=x", "limit=1&limit=2", "kind=民事", "state=x", "unit=4201", "cursor=abc", "cursor=", "unit_code=%00", "offence=%00",
    "changed_since=2026-03-01", "changed_since=2026-03-01T09:00:00", "changed_since=1", "changed_since=9999-12-31T23:59:59-08:00",
    "changed_since=0001-01-01T00:00:00%2B08:00", "changed_since=2026-03-01T09:00:00+08:00", "changed_since=2026-13-01T09:00:00Z", "offence=" + "x" * 101,
])
def test_a_wrong_parameter_is_told_and_named(system, query):
    response = system.get(f"/cases?{query}")
    assert response.status_code == 422
    assert response.json()["details"][0]["place"] == query.partition("=")[0]


@pytest.mark.parametrize("code", ["%00", "a%0Ab", "x" * 65, "%FF"])
def test_a_code_that_cannot_be_is_refused_without_fault(system, code):
    assert system.get(f"/cases/{code}").status_code in (404, 422)


# --- pages ---

def test_a_walk_gives_every_row_once_while_others_are_entered(system):
    system.push("incident", *({"code": f"J{i:03}", "unit_code": STATION, "reported_at": "2026-03-01 09:00"} for i in range(0, 100, 2)))
    seen, cursor, round_ = [], {}, 0
    while cursor is not None:
        page = system.get("/incidents", limit=7, **cursor).json()
        seen += [row["code"] for row in page["rows"]]
        round_ += 1
        system.push("incident", *({"code": f"J{i:03}", "unit_code": STATION, "reported_at": "2026-03-01 09:00"} for i in (1, 99 - 2 * round_)))
        cursor = {"cursor": page["next"]} if page["next"] else None
    assert len(seen) == len(set(seen))
    assert {f"J{i:03}" for i in range(0, 100, 2)} <= set(seen)
    late = {row["code"] for row in system.walk("/incidents", changed_since=page["as_of"])}
    everything = {row["code"] for row in system.walk("/incidents", limit=500)}
    assert set(seen) | late == everything


def test_pages_end_exactly(system):
    system.push("incident", *({"code": f"J{i}", "unit_code": STATION, "reported_at": "2026-03-01 09:00"} for i in range(4)))
    first = system.get("/incidents", limit=2).json()
    second = system.get("/incidents", limit=2, cursor=first["next"]).json()
    assert len(second["rows"]) == 2
    assert second["next"] is None
    assert first["as_of"] == second["as_of"]


def test_a_cursor_belongs_to_its_list_and_its_conditions(system):
    enter_case(system, case_row("A1"), case_row("A2"))
    cursor = system.get("/cases", limit=1, kind="行政").json()["next"]
    assert system.get("/cases", limit=5, kind="行政", cursor=cursor).status_code == 200
    told(system.get("/cases", limit=1, cursor=cursor), 422, "wrong_cursor")
    told(system.get("/facts/case", limit=1, cursor=cursor), 422, "wrong_cursor")
    told(system.get("/cases", limit=1, kind="行政", cursor=cursor[:-1] + ("a" if cursor[-1] != "a" else "b")), 422, "wrong_cursor")


def test_changed_since_finds_what_came_or_changed_and_not_who_looked(system, admin):
    enter_case(system, case_row("A1"), case_row("A2"), case_row("A3"))
    system.push("party", party_row("D3", "A3", phone="13800001234"))
    before = system.get("/cases").json()["as_of"]
    boundary = datetime.fromisoformat(before)
    system.push("case", {"code": "A1", "filed_at": "2026-03-02 09:00"})
    system.push("party", party_row("D2", "A2"))
    handler = Officer.objects.create(code="055555", name="看", unit_id=STATION)
    DutyAssignment.objects.create(officer=handler, duty="法制员", unit_id=STATION, starts_on="2020-01-01")
    reveal(by=viewer(handler), row=Party.objects.get(code="D3"), name="phone")
    after = (boundary + timedelta(microseconds=1)).isoformat()
    assert [row["code"] for row in system.get("/cases", changed_since=after).json()["rows"]] == ["A1", "A2"]
    assert [row["code"] for row in system.get("/facts/case", changed_since=after).json()["rows"]] == ["A1"]
    assert [row["code"] for row in system.get("/facts/party", changed_since=after).json()["rows"]] == ["D2"]
    assert "D3" in [row["code"] for row in system.get("/facts/party", changed_since=before).json()["rows"]]
    future = (timezone.now() + timedelta(hours=1)).isoformat()
    assert system.get("/cases", changed_since=future).json()["rows"] == []


# --- form of the answers ---

def test_unknown_addresses_and_methods_answer_in_json(client, system):
    for path in ("/api/", "/api/v1/", "/api/v2/cases", f"{API}/nothing", f"{API}/facts/unit", f"{API}/facts/nothing", f"{API}/cases/", f"{API}/cases/A1/x"):
        told(client.get(path), 404, "no_such_address")
    for method in ("delete", "put", "patch", "options"):
        response = getattr(client, method)(f"{API}/cases")
        told(response, 405, "wrong_method")
        assert response.headers["Allow"] == "GET"
    assert set(client.put(f"{API}/facts/case").headers["Allow"].split(", ")) == {"GET", "POST"}


def test_a_wrong_host_is_told_in_json(client):
    told(client.get(f"{API}/health", headers={"Host": "evil.example"}), 400, "bad_request")


def test_health_needs_no_key_and_tells_nothing(client, db):
    response = client.get(f"{API}/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_maintenance_answers_in_json(client, system, settings, tmp_path):
    settings.MAINTENANCE_FILE = tmp_path / "maintenance"
    settings.MAINTENANCE_FILE.write_text("今晚升级", encoding="utf-8")
    for path in ("/health", "/cases", "/nothing"):
        response = client.get(API + path)
        assert told(response, 503, "maintenance")["message"] == "今晚升级"
        assert response.headers["Retry-After"]


def test_a_busy_database_is_told_and_may_be_tried_again(system):
    with mock.patch("mingjing.intake.api.reading.visible", side_effect=OperationalError("database is locked")):
        response = system.get("/cases")
    told(response, 503, "busy")
    assert response.headers["Retry-After"] == "5"


def test_a_fault_of_ours_is_json_too_and_says_nothing_of_the_inside(system):
    with mock.patch("mingjing.intake.api.reading.visible", side_effect=RuntimeError("secret inside")):
        response = system.get("/cases")
    told(response, 500, "broken")
    assert "secret inside" not in response.content.decode()


def test_text_that_would_be_script_is_text_in_json(system):
    enter_case(system, case_row(offence="<script>alert(1)</script>"))
    response = system.get("/cases")
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json()["rows"][0]["offence"] == "<script>alert(1)</script>"
    wrong = system.push("case", case_row("A2", kind="<img src=x onerror=alert(1)>"))
    assert wrong.headers["Content-Type"] == "application/json"


def test_the_vocabulary_names_every_column_that_can_be_pushed(system):
    tables = {one["name"]: one for one in system.get("/vocabulary").json()["tables"]}
    assert set(tables) == set(NOUNS)
    for name, said in tables.items():
        assert [column["name"] for column in said["columns"]] == list(columns(name))
    kind = next(column for column in tables["case"]["columns"] if column["name"] == "kind")
    assert (kind["values"], kind["required"], kind["type"], kind["label"]) == (["行政", "刑事"], True, "text", "案件类型")


@pytest.mark.parametrize("count", [3, 60])
def test_questions_to_the_database_do_not_grow_with_the_rows(system, count, django_assert_max_num_queries):
    enter_case(system, *(case_row(f"A{i}") for i in range(count)))
    system.push("party", *(party_row(f"D{i}", "A1") for i in range(count)))
    with django_assert_max_num_queries(12):
        system.get("/cases")
    with django_assert_max_num_queries(12):
        system.get("/facts/party")
    with django_assert_max_num_queries(39):  # one a table
        system.get("/cases/A1")


def test_an_entry_made_after_the_clock_was_set_back_is_not_missed(system):
    enter_case(system)
    as_of = system.get("/cases").json()["as_of"]
    back = datetime.fromisoformat(as_of) - timedelta(minutes=5)
    with mock.patch("mingjing.ledger.actions.timezone.now", return_value=back):
        enter_case(system, case_row("A2"))
    assert [row["code"] for row in system.get("/cases", changed_since=as_of).json()["rows"]] == ["A1", "A2"]
