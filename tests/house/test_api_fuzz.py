"""The API asked with what its own description allows and much that it does not: never a 5xx, never an answer that was not described."""

from __future__ import annotations

import pytest
import schemathesis
from connected import case_row, connect, party_row
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance, response_schema_conformance, unsupported_method,
]


schema, quick = (schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application()) for _ in range(2))
quick.config.phases.coverage.enabled = False


@pytest.fixture
def system(admin):
    """A connected system whose unit already has rows to give. From here on the test's connection stays open, as Django's own test client would keep it."""
    system = connect(admin)
    system.push("case", *(case_row(f"A{i}") for i in range(3)))
    system.push("party", party_row(phone="13800001234"))
    system.push("incident", {"code": "J1", "unit_code": "42010201", "reported_at": "2026-03-01 09:00", "kind": "治安"})
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield system
    for signal in signals:
        signal.connect(close_old_connections)


FEW = r"^/api/v1/facts/(?!case$|party$)"  # the tables are answered by the same code: two are asked much, the others a little
KEEN = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def asked(case, system) -> None:
    case.validate_response(case.call(headers=system.header), checks=CHECKS)


@pytest.mark.django_db
@schema.exclude(path_regex=FEW).parametrize()
@KEEN
def test_every_operation_answers_as_described(case, system):
    asked(case, system)


@pytest.mark.django_db
@quick.include(path_regex=FEW).parametrize()
@settings(KEEN, max_examples=10)
def test_the_operations_of_the_other_tables_answer_as_described(case, system):
    asked(case, system)
