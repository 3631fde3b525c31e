"""The small bureau of the tests: 李明 handles, 王芳 supervises in the same unit, 赵强 belongs elsewhere and must see nothing."""

from __future__ import annotations

import re

from mingjing.accounts.models import DutyAssignment, Officer

BUREAU, BRANCH, STATION, SECOND, OTHER_BRANCH, ELSEWHERE = "4201", "420102", "42010201", "42010202", "420103", "42010301"
TREE = [
    (BUREAU, "江城市公安局", "市局", None), (BRANCH, "临江分局", "分局", BUREAU), (STATION, "一元路派出所", "派出所", BRANCH),
    (SECOND, "二曜路派出所", "派出所", BRANCH), (OTHER_BRANCH, "北湖分局", "分局", BUREAU), (ELSEWHERE, "三阳路派出所", "派出所", OTHER_BRANCH),
]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PEOPLE = {
    "liming": ("010001", "李明", STATION, "办案民警"), "wangfang": ("010002", "王芳", STATION, "法制员"),
    "zhaoqiang": ("030001", "赵强", ELSEWHERE, "办案民警"),
    "leader": ("010003", "周所长", STATION, "单位负责人"), "legal": ("000001", "吴监督", BUREAU, "法制支队监督岗"),
    "records": ("020001", "郑案管", BRANCH, "案管"), "custodian": ("010004", "冯管理", STATION, "办案中心管理员"),
    "keeper": ("010005", "陈管理", STATION, "财物管理员"), "chief": ("000002", "褚局长", BUREAU, "局领导"), "inspector": ("000003", "卫督察", BUREAU, "督察"),
    "admin": ("000009", "蒋系统", BUREAU, "系统管理员"),
}


def appoint(code: str, name: str, unit: str, duty: str) -> Officer:
    officer = Officer.objects.create(code=code, name=name, unit_id=unit)
    DutyAssignment.objects.create(officer=officer, duty=duty, unit_id=unit, starts_on="2020-01-01")
    return officer


def sign_in(client, officer: Officer):
    client.force_login(officer, backend=BACKEND)
    return client


def mentions(code: str, page: str) -> bool:
    """Whether a page names a code as a word of its own: a session's token on it may hold the same letters by chance."""
    return re.search(rf"\b{re.escape(code)}\b", page) is not None
