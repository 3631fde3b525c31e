"""The worker killed at any line: a hundred times at random, and for real. No alert lost, doubled, or told without a trace."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import FrameType

import pytest
from django.db import connection
from django.utils import timezone
from test_reconciling import at, clerk, enter, summon  # noqa: F401

import mingjing.alerts
from mingjing.alerts.actions.reconciling import ALERT_STAGES, CLOCK_STAGES
from mingjing.alerts.actions.telling import LEASE, deliver, escalate
from mingjing.alerts.channels import mail
from mingjing.alerts.evaluating import fire_clocks, run_changes, run_whole
from mingjing.alerts.library import library
from mingjing.alerts.models import Alert, Clock, Notice, Run
from mingjing.cases.models import CaseOfficer
from mingjing.cases.vocabulary import vocabulary
from mingjing.facts import snapshot
from mingjing.ledger import chain
from mingjing.ledger.models import Event
from rulebook.evaluation import evaluate
from rulebook.facts import Facts

ROOT = Path(__file__).parents[2]
FOLDER = str(Path(mingjing.alerts.__file__).parent)
START = at("2026-03-01 10:30")


class Killed(BaseException):
    """Nobody catches this one."""


@contextmanager
def killed_at(line: int):
    """Whatever runs inside ends at so many lines of the alerts' own code."""
    left = line

    def trace(frame: FrameType, event: str, _: object):
        nonlocal left
        if not frame.f_code.co_filename.startswith(FOLDER):
            return None
        if event == "line":
            left -= 1
            if left <= 0:
                raise Killed
        return trace

    sys.settrace(trace)
    try:
        yield
    except Killed:
        pass
    finally:
        sys.settrace(None)


def one_round(now) -> None:
    fire_clocks(now)
    run_changes(now)
    escalate(at=now)
    deliver(at=now)


@pytest.mark.django_db
def test_killed_a_hundred_times(clerk, liming, wangfang, leader, monkeypatch, settings):  # noqa: F811
    chance, sent, now = random.Random(20260301), Counter(), START
    settings.EMAIL_HOST, settings.MAIL_DOMAIN = "mail.example", "police.example"
    monkeypatch.setattr(mail, "send", lambda notices: sent.update(notice.pk for notice in notices))
    run_whole(now)
    for turn in range(100):
        if turn % 4 == 0:
            number = turn // 4 + 1
            summon(clerk, number)
            CaseOfficer.objects.create(case_id=f"A{number}", officer=liming, role="主办", since=START)
        elif turn % 7 == 0:
            enter(clerk, "summons", code=f"S{turn // 7}", left_at=(START + timedelta(hours=turn / 12)).isoformat())
        now += timedelta(minutes=6)
        with killed_at(chance.randint(1, 2500)):
            one_round(now)
    for _ in range(12):  # what the dead had taken comes free, and all is done
        now += LEASE + timedelta(seconds=1)
        one_round(now)
    assert_nothing_lost(now)
    assert set(sent) == set(Notice.objects.filter(delivered_at__isnull=False, channel=mail.NAME).values_list("pk", flat=True))
    twice = {pk for pk, times in sent.items() if times > 1}
    assert twice == set(Notice.objects.filter(pk__in=twice, attempts__gt=1).values_list("pk", flat=True))  # seen, not hidden


def assert_nothing_lost(now) -> None:
    facts = Facts.from_arrow(vocabulary(), snapshot())
    findings = list(evaluate(library(), facts, now))
    clocks = set(Clock.objects.values_list("rule_code", "subject_code", "stage", "due_at"))
    assert clocks == {(each.rule, each.subject, each.stage, each.due_at) for each in findings if each.stage in CLOCK_STAGES and each.due_at}
    wrong = {(each.rule, each.subject) for each in findings if each.stage in ALERT_STAGES}
    standing = Alert.objects.filter(gone_at__isnull=True)
    assert {(alert.rule_code, alert.subject_code): alert.stage for alert in standing} == {
        (each.rule, each.subject): each.stage for each in findings if each.stage in ALERT_STAGES}
    assert len(wrong) > 10
    opened = Counter(Event.objects.filter(kind="alert.open").values_list("subject_code", flat=True))
    assert opened == Counter(Alert.objects.values_list("code", flat=True))
    for alert in Alert.objects.filter(is_trial=False, rule_code="CU-012"):
        told = list(alert.notices.filter(occasion="开启").values_list("officer_id", "channel"))
        assert len(told) == len(set(told)) == 4, alert.code  # two people, by two ways
    assert not Notice.objects.filter(delivered_at__isnull=True, send_at__lte=now)
    assert chain.verify(event.entry() for event in Event.objects.order_by("seq")).sound


@pytest.mark.django_db(transaction=True)
def test_killed_for_real_again_and_again(clerk, liming, wangfang):  # noqa: F811
    """Processes that die by signal 9 while facts come in; the last one finishes."""
    chance = random.Random(7)
    for number in range(1, 7):
        summon(clerk, number)
        CaseOfficer.objects.create(case_id=f"A{number}", officer=liming, role="主办", since=START)
        process = worker()
        time.sleep(chance.uniform(1.2, 3.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
    process = worker()
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not is_settled():
            time.sleep(0.5)
        assert is_settled()
    finally:
        process.terminate()
        process.wait(timeout=20)
    assert sorted(Alert.objects.filter(rule_code="CU-012").values_list("subject_code", flat=True)) == [f"S{number}" for number in range(1, 7)]
    assert Counter(Event.objects.filter(kind="alert.open").values_list("subject_code", flat=True)) == Counter(Alert.objects.values_list("code", flat=True))
    assert chain.verify(event.entry() for event in Event.objects.order_by("seq")).sound


def worker() -> subprocess.Popen:
    """A worker on the database of this test."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{settings['NAME']}".replace("sqlite:////", "sqlite:///")
    else:
        url = f"postgresql://{settings['USER']}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    return subprocess.Popen([sys.executable, "-m", "mingjing", "evaluate_rules"], cwd=ROOT, env={**os.environ, "DATABASE_URL": url},
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def is_settled() -> bool:
    """All found and told, but for what somebody died with: that is free again when its lease runs out."""
    whole = Run.objects.filter(kind="全量", error="").exists()
    alerts = Alert.objects.filter(rule_code="CU-012").count() == 6
    waiting = Notice.objects.filter(delivered_at__isnull=True, lease_until__isnull=True, send_at__lte=timezone.now())
    return whole and alerts and not waiting.exists()
