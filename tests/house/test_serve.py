"""`mingjing serve` and `mingjing work` as processes: they start, answer, start again what died, and stop at once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from served import answers, free_port

from mingjing.ledger import anchors
from mingjing.management.commands import serve, work
from mingjing.management.commands.serve import check_address
from mingjing.management.packing import StaticFiles

ROOT = Path(__file__).parents[2]


def wait_until(true, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


@pytest.mark.skipif(not (ROOT / "build" / "vendor" / "echarts.min.js").exists(), reason="make assets has not run")
def test_serve_starts_answers_and_stops_within_seconds(tmp_path):
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"MINGJING_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "mingjing", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        wait_until(lambda: server.poll() is not None or answers(f"http://127.0.0.1:{port}/account/login/"), 90)
        assert server.poll() is None, server.stdout.read()
        login = urllib.request.urlopen(f"http://127.0.0.1:{port}/account/login/").read().decode()
        style = next(part.split('"')[0] for part in login.split('href="') if part.split('"')[0].endswith(".css"))
        answer = urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}{style}", headers={"Accept-Encoding": "br"}))
        assert (answer.status, answer.headers["Content-Encoding"]) == (200, "br")  # collected, packed, served by the application itself
        again = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
        assert (again.returncode, f"端口 {port} 已被占用" in again.stderr) == (1, True)
        assert answers(f"http://127.0.0.1:{port}{style}")  # the second start did not take the first one's files away
    finally:
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        said, _ = server.communicate(timeout=25)
    assert server.returncode == 0, said
    assert time.monotonic() - began < 10
    assert "明镜已停止" in said
    with pytest.raises(ProcessLookupError):
        os.killpg(server.pid, 0)  # nothing of the session is left


KEEPER = """
import sys
from mingjing.management.commands import serve
serve.PAUSE, serve.GRACE = 0.1, 1
serve.run({"甲": [sys.executable, "-c", sys.argv[1]], "乙": [sys.executable, "-c", sys.argv[2]]}, lambda text: print(text, flush=True))
print("完", flush=True)
"""
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('在', flush=True); time.sleep(60)"


def test_what_dies_is_started_again_and_what_will_not_stop_is_killed(tmp_path):
    file = tmp_path / "count"
    dying = f"open({str(file)!r}, 'a').write('x'); import time; time.sleep(0.05); raise SystemExit(3)"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "mingjing.settings"}
    keeper = subprocess.Popen([sys.executable, "-c", KEEPER, dying, STUBBORN], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    wait_until(lambda: file.exists() and len(file.read_text()) >= 3)
    keeper.send_signal(signal.SIGINT)
    said, _ = keeper.communicate(timeout=10)
    assert "甲已退出（3）" in said
    assert "乙在 1 秒内没有停止，已强行结束" in said
    assert said.endswith("完\n")


def test_an_address_that_cannot_be_used_is_told_in_plain_words():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CommandError, match="已被占用"):
            check_address("127.0.0.1", taken.getsockname()[1])
    for host, port, said in (("127.0.0.1", 0, "1 到 65535"), ("127.0.0.1", 65536, "1 到 65535"), ("203.0.113.9", 8000, "没有这个地址")):
        with pytest.raises(CommandError, match=said):
            check_address(host, port)
    check_address("127.0.0.1", free_port())


@pytest.fixture
def static(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    return settings.STATIC_ROOT


def test_static_files_are_collected_again_only_when_they_changed(static, monkeypatch):
    calls, said = [], []
    monkeypatch.setattr(serve, "call_command", lambda *names, **options: (calls.append(names[0]), static.mkdir()))
    serve.collect(said.append)
    serve.collect(said.append)
    assert (calls, said) == (["collectstatic"], ["正在收集静态文件……"])
    monkeypatch.setattr(serve, "state_of_static_files", lambda: "another")
    serve.collect(said.append)
    assert len(calls) == 2


def test_a_collection_that_broke_off_is_done_again(static, monkeypatch):
    def broken(*names, **options):
        static.mkdir()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(serve, "call_command", broken)
    for _ in range(2):
        with pytest.raises(OSError, match="space"):
            serve.collect(lambda text: None)


def test_only_what_pages_ask_for_is_packed(static, settings):
    static.mkdir()
    names = ["a.js", "a.0123456789ab.js", "a.js.map", "a.js.0123456789ab.map"]
    for name in names:
        (static / name).write_text("x" * 10_000)
    packed = {name for name, _ in StaticFiles(location=static).compress_files(names)}
    assert {path.name for path in static.iterdir()} - set(names) == {"a.0123456789ab.js.br", "a.0123456789ab.js.gz"}
    assert packed == {"a.0123456789ab.js"}


@pytest.mark.django_db
def test_work_does_one_round_and_one_broken_job_does_not_stop_the_others(monkeypatch, caplog):
    done = []

    def broken() -> bool:
        raise RuntimeError("坏了")

    monkeypatch.setattr(work, "JOBS", {"坏": broken, "好": lambda: done.append(1) or True})
    call_command("work", once=True)
    assert done == [1]
    assert "后台任务“坏”出错" in caplog.text
    assert work.one_round() is True


def test_work_keeps_the_head():
    assert work.JOBS["链头"] is anchors.keep
