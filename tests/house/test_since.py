"""The day from which the house pushes: what lies before it is shown and not told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from test_reconciling import at, clerk, enter, summon  # noqa: F401
from test_rule_pages import get, text

from mingjing.alerts.actions.firing import fire
from mingjing.alerts.actions.telling import escalate
from mingjing.alerts.evaluating import run_changes, run_whole
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Notice
from mingjing.alerts.since import is_historic
from mingjing.lib import env

pytestmark = pytest.mark.django_db


@pytest.fixture
def since(settings):
    """The summons of 10:00 is over at 18:00 on 1 March; pushing begins on the day after."""
    settings.PUSH_SINCE = date(2026, 3, 2)


@pytest.mark.parametrize(("moment", "historic"), [("2026-03-01 23:59:59.999999", True), ("2026-03-02 00:00", False), ("2026-03-02 00:00:01", False)])
def test_the_day_begins_at_midnight(since, moment, historic):
    assert is_historic(at(moment)) is historic


def test_without_a_day_everything_is_told(settings):
    assert settings.PUSH_SINCE is None
    assert not is_historic(at("1999-01-01 00:00"))


def test_what_has_no_moment_is_told(since):
    assert not is_historic(None)


def test_a_day_that_is_none_stops_the_start(monkeypatch):
    for raw, day in (("", None), ("2026-01-01", date(2026, 1, 1))):
        monkeypatch.setenv("MINGJING_PUSH_SINCE", raw)
        assert env.day("MINGJING_PUSH_SINCE") == day
    monkeypatch.setenv("MINGJING_PUSH_SINCE", "2026年1月1日")
    with pytest.raises(ImproperlyConfigured, match="应为一个日期"):
        env.day("MINGJING_PUSH_SINCE")


def test_an_old_fault_is_shown_and_nobody_is_told_or_has_to_sign(clerk, since, wangfang):  # noqa: F811
    summon(clerk)
    run_whole(at("2026-03-05 09:00"))
    alert = Alert.objects.get(rule_code="CU-012")
    assert (alert.is_historic, alert.acknowledge_by, alert.answer_by) == (True, None, None)
    assert not Notice.objects.exists()
    assert escalate(at=at("2026-04-05 09:00")) == 0
    page = text(get(wangfang, f"/alerts/{alert.code}/"))
    assert "历史遗留" in page and "不推送" in page
    for query, count in (("", 1), ("?historic=only", 1), ("?historic=without", 0)):
        assert get(wangfang, f"/alerts/{query}").context["listing"].count == count


def test_a_fault_of_that_day_is_told(clerk, since, wangfang):  # noqa: F811
    enter(clerk, "case", code="A1", kind="行政", category="治安", unit_code="42010201", accepted_at="2026-03-01 09:00")
    enter(clerk, "party", code="D1", case_code="A1", role="违法嫌疑人", name="某甲")
    for number, arrived in ((1, "15:59"), (2, "16:00")):  # over at 23:59, and at the 0:00 that begins the day
        enter(clerk, "summons", code=f"S{number}", case_code="A1", party_code="D1", kind="行政传唤", arrived_at=f"2026-03-01 {arrived}")
    run_whole(at("2026-03-05 09:00"))
    assert dict(Alert.objects.filter(rule_code="CU-012").values_list("subject_code", "is_historic")) == {"S1": True, "S2": False}
    assert set(Notice.objects.values_list("alert__subject_code", flat=True)) == {"S2"}


def test_what_turns_out_to_be_of_now_is_told(clerk, since, wangfang):  # noqa: F811
    summon(clerk)
    run_whole(at("2026-03-05 09:00"))
    enter(clerk, "summons", code="S1", arrived_at="2026-03-04 10:00")
    run_changes(at("2026-03-05 09:01"))
    alert = Alert.objects.get(rule_code="CU-012")
    assert not alert.is_historic and alert.acknowledge_by
    assert {notice.occasion for notice in alert.notices.all()} == {"开启"}


def test_a_clock_that_fires_late_about_an_old_end_tells_nobody(clerk, settings):  # noqa: F811
    summon(clerk)
    run_changes(at("2026-03-01 12:00"))
    settings.PUSH_SINCE = date(2026, 3, 2)
    fire(rules=library(), at=at("2026-03-02 09:00") + timedelta(seconds=1))
    assert Alert.objects.get(rule_code="CU-012").is_historic
