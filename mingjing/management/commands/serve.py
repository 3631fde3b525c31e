"""`mingjing serve`: the whole house in one command: migrations, static files, the web server, and the workers beside it.

The workers run in a process of their own, which is started again if it dies; the web server never waits for them.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

PAUSE = 2  # seconds before a worker that died is started again


class Command(BaseCommand):
    help = "启动平台：更新数据库结构，收集静态文件，启动网页服务和后台任务"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="监听地址，默认只供本机访问")
        parser.add_argument("--port", type=int, default=8000, help="端口")
        parser.add_argument("--workers", type=int, default=1 if "sqlite" in settings.DATABASES["default"]["ENGINE"] else os.cpu_count() or 1,
                            help="网页进程数；SQLite 默认 1，PostgreSQL 默认按核数")

    def handle(self, *args: Any, host: str, port: int, workers: int, **options: Any) -> None:
        prepare(self.stdout.write)
        self.stdout.write(f"明镜已启动：http://{host}:{port}/ （按 Ctrl+C 停止）")
        self.stdout.flush()
        run({"网页服务": web(host, port, workers), "后台任务": [sys.executable, "-m", "mingjing", "work"]})


def prepare(say: Any) -> None:
    """Bring the database and the static files up to this version."""
    missing = [name for name in ("echarts.min.js",) if not (settings.VENDOR / name).exists()]
    if missing:
        raise CommandError(f"缺少页面脚本 {'、'.join(missing)}。请先运行 make assets。")
    say("正在更新数据库结构……")
    call_command("migrate", verbosity=0)
    say("正在收集静态文件……")
    shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
    call_command("collectstatic", verbosity=0, interactive=False)


def web(host: str, port: int, workers: int) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "asginl", "--host", host, "--port", str(port), "--workers", str(workers),
        "--no-ws", "--respawn-failed-workers", "--log-level", "warning", "mingjing.asgi:application",
    ]


def run(commands: dict[str, list[str]]) -> None:
    """Keep the processes running until a signal comes; whichever dies is started again."""
    running = {name: subprocess.Popen(command) for name, command in commands.items()}
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _frame: stopping.append(received))
    while not stopping:
        time.sleep(0.2)
        for name, process in list(running.items()):
            if process.poll() is not None and not stopping:
                print(f"{name}已退出（{process.returncode}），{PAUSE} 秒后重新启动", file=sys.stderr, flush=True)
                time.sleep(PAUSE)
                running[name] = subprocess.Popen(commands[name])
    for process in running.values():
        process.terminate()
    for process in running.values():
        process.wait(timeout=30)
