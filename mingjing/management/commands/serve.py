"""`mingjing serve`: the whole house in one command: migrations, static files, the web server, and the workers beside it.

The workers run in a process of their own, which is started again if it dies; the web server never waits for them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mingjing.management.stopping import STEP, Stop

PAUSE = 2  # seconds before a process that died is started again
UNUSED = ["redoc*"]  # the second of two ways in which django-ninja shows an interface; a megabyte to pack
GRACE = 20  # seconds to stop in: longer than a worker's turn; whatever takes longer is killed, which every job survives


class Command(BaseCommand):
    help = "启动平台：更新数据库结构，收集静态文件，启动网页服务和后台任务"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="监听地址，默认只供本机访问")
        parser.add_argument("--port", type=int, default=8000, help="端口")
        parser.add_argument("--workers", type=int, default=1 if "sqlite" in settings.DATABASES["default"]["ENGINE"] else os.cpu_count() or 1,
                            help="网页进程数；SQLite 默认 1，PostgreSQL 默认按核数")

    def handle(self, *args: Any, host: str, port: int, workers: int, **options: Any) -> None:
        check_address(host, port)  # first of all: collecting static files would disturb another instance that is running
        prepare(self.stdout.write)
        self.stdout.write(f"明镜已启动：http://{host}:{port}/ （按 Ctrl+C 停止）")
        self.stdout.flush()
        run({"网页服务": web(host, port, workers), "后台任务": [sys.executable, "-m", "mingjing", "work"],
             "预警": [sys.executable, "-m", "mingjing", "evaluate_rules"]}, self.say)
        self.stdout.write("明镜已停止")

    def say(self, text: str) -> None:
        self.stderr.write(text)
        self.stderr.flush()


def check_address(host: str, port: int) -> None:
    """Raises CommandError when nobody could listen there."""
    if not 0 < port < 65536:
        raise CommandError(f"端口应在 1 到 65535 之间，现在是 {port}。")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CommandError(_why(error, host, port)) from error


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"端口 {port} 已被占用：可能平台已经在运行，也可能被其他程序使用。请先停止它，或者用 --port 换一个端口。"
    if error.errno == errno.EACCES:
        return f"没有权限使用端口 {port}：小于 1024 的端口需要系统授权。请用 --port 换一个端口。"
    return f"不能在 {host} 上监听：本机没有这个地址。请检查 --host，只供本机访问时用 127.0.0.1，供其他机器访问时用 0.0.0.0。"


def prepare(say: Callable[[str], Any]) -> None:
    """Bring the database and the static files up to this version."""
    missing = [name for name in ("echarts.min.js",) if not (settings.VENDOR / name).exists()]
    if missing:
        raise CommandError(f"缺少页面脚本 {'、'.join(missing)}。请先运行 make assets。")
    say("正在更新数据库结构……")
    call_command("migrate", verbosity=0)
    collect(say)


def collect(say: Callable[[str], Any]) -> None:
    """Gather and pack the static files, unless those of the last start are still the same: packing takes longer than all the rest."""
    mark, now = settings.STATIC_ROOT / "collected.txt", state_of_static_files()
    if mark.exists() and mark.read_text() == now:
        return
    say("正在收集静态文件……")
    shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
    call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=UNUSED)
    mark.write_text(now)


def state_of_static_files() -> str:
    """A digest over the names, sizes and times of all files that would be collected."""
    stats = ((path, storage.path(path)) for finder in get_finders() for path, storage in finder.list([]))
    lines = sorted(f"{path} {os.stat(place).st_size} {os.stat(place).st_mtime_ns}" for path, place in stats)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def web(host: str, port: int, workers: int) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "asginl", "--host", host, "--port", str(port), "--workers", str(workers),
        "--no-ws", "--respawn-failed-workers", "--workers-kill-timeout", "3", "--log-level", "warning", "mingjing.asgi:application",
    ]


def run(commands: dict[str, list[str]], say: Callable[[str], None]) -> None:
    """Keep the processes running until a signal comes; whichever dies is started again. All are gone when this returns."""
    stop = Stop()
    running = {name: subprocess.Popen(command) for name, command in commands.items()}
    try:
        while not stop.wait(STEP):
            for name, process in list(running.items()):
                if process.poll() is None:
                    continue
                say(f"{name}已退出（{process.returncode}），{PAUSE} 秒后重新启动")
                if stop.wait(PAUSE):
                    break
                running[name] = subprocess.Popen(commands[name])
    finally:
        end(running, say)


def end(running: dict[str, subprocess.Popen], say: Callable[[str], None]) -> None:
    for process in running.values():
        process.terminate()
    for name, process in running.items():
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            say(f"{name}在 {GRACE} 秒内没有停止，已强行结束")
            process.kill()
            process.wait()
