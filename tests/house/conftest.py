"""A small bureau and its people, by name: 李明 handles, 王芳 supervises in the same unit, 赵强 belongs elsewhere and must see nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from bureau import PEOPLE, TREE, appoint
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from door import PASSWORD
from everywhere import fill
from shelf import WHOLE, put_few

from mingjing.accounts.models import Officer, Unit
from mingjing.alerts import library
from mingjing.cases import kept
from mingjing.ledger import guards

_empty_tables = TransactionTestCase._fixture_teardown


def _empty_tables_and_the_ledger(case) -> None:
    """After a test with real transactions Django empties every table; the guards of the ledger refuse that and stand aside for the moment."""
    guards.remove(connection)
    try:
        _empty_tables(case)
    finally:
        guards.install(connection)


TransactionTestCase._fixture_teardown = _empty_tables_and_the_ledger


@pytest.fixture(autouse=True)
def plain_and_quick(settings, monkeypatch):
    """Pages are drawn without collectstatic; a password takes no second to check; a rule file that has changed is noticed at once."""
    monkeypatch.setattr(library, "LOOK_EVERY", 0.0)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}


@pytest.fixture
def bureau(db) -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for code, name, kind, parent in TREE:
        above = units.get(parent)
        units[code] = Unit.objects.create(code=code, name=name, kind=kind, parent=above, path=f"{above.path if above else ''}{code}/")
    return units


@pytest.fixture(scope="session")
def few_rules(tmp_path_factory) -> Path:
    return put_few(tmp_path_factory.mktemp("rules"))


@pytest.fixture(autouse=True)
def same_rules(few_rules, settings, monkeypatch) -> None:
    """Also for the processes that a test starts."""
    settings.RULES = few_rules
    monkeypatch.setenv("MINGJING_RULES", str(few_rules))


@pytest.fixture
def whole_library(same_rules, settings, monkeypatch) -> None:
    settings.RULES = WHOLE
    monkeypatch.setenv("MINGJING_RULES", str(WHOLE))


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """What the database of the test before had filled in."""
    kept.forget()


@pytest.fixture
def fresh_door() -> None:
    """No rates of the test before."""
    cache.clear()


@pytest.fixture
def ming(liming) -> Officer:
    """李明 with a password."""
    liming.set_password(PASSWORD)
    liming.save()
    return liming


@pytest.fixture
def city(bureau) -> dict[tuple[str, str, str], str]:
    """Rows in every table and state, in one unit and in another: their codes by (unit, table, state)."""
    return fill()


def _person(key: str):
    @pytest.fixture(name=key)
    def person(bureau) -> Officer:
        return appoint(*PEOPLE[key])

    return person


for _key in PEOPLE:
    globals()[_key] = _person(_key)
