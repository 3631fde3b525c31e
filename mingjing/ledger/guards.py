"""What the database itself refuses: changing, deleting or emptying entries, and appending one that does not follow the last.

Installed by a migration. Whoever may change tables can take the guards away, so `missing` says whether they still stand as written here. A later
migration that alters the ledger's table must run `install` again: SQLite makes the table anew and loses its triggers.
"""

from __future__ import annotations

from typing import Any

from mingjing.ledger.chain import GENESIS

TABLE = "ledger_event"
APPEND_ONLY = "台账只能追加：不允许修改、删除或者清空记录"
NOT_NEXT = "台账新记录的序号和前一条摘要必须紧接最后一条"

# REPLACE deletes the row in its way without any DELETE trigger: on SQLite the guard of inserting must therefore look at both unique columns.
SQLITE = {
    "ledger_no_update": f"CREATE TRIGGER ledger_no_update BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END",
    "ledger_no_delete": f"CREATE TRIGGER ledger_no_delete BEFORE DELETE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END",
    "ledger_follows": f"""CREATE TRIGGER ledger_follows BEFORE INSERT ON {TABLE}
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM {TABLE})
  OR NEW.previous_digest IS NOT coalesce((SELECT digest FROM {TABLE} WHERE seq = NEW.seq - 1), '{GENESIS}')
  OR EXISTS (SELECT 1 FROM {TABLE} WHERE uid = NEW.uid)
BEGIN SELECT RAISE(ABORT, '{NOT_NEXT}'); END""",
}

# Functions are volatile: inside, each query sees the rows that the same statement has inserted before. Two writers who did not wait for each other
# (record() makes them wait) meet at the primary key, so the guard holds without any lock of its own.
BODIES = {
    "ledger_refuse": f"BEGIN RAISE EXCEPTION '{APPEND_ONLY}' USING ERRCODE = 'integrity_constraint_violation'; END",
    "ledger_follow": f"""DECLARE last_seq bigint; last_digest text;
BEGIN
  SELECT seq, digest INTO last_seq, last_digest FROM {TABLE} ORDER BY seq DESC LIMIT 1;
  IF NEW.seq IS DISTINCT FROM coalesce(last_seq, 0) + 1 OR NEW.previous_digest IS DISTINCT FROM coalesce(last_digest, '{GENESIS}') THEN
    RAISE EXCEPTION '{NOT_NEXT}' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END""",
}
POSTGRES = {
    "ledger_no_change": f"CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
    "ledger_no_truncate": f"CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()",
    "ledger_follows": f"CREATE TRIGGER ledger_follows BEFORE INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION ledger_follow()",
}


def install(connection: Any) -> None:
    """Put every guard in place; one that stands already is put there anew. Raises NotImplementedError for a database that we have none for."""
    remove(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for statement in SQLITE.values():
                cursor.execute(statement)
            return
        for name, body in BODIES.items():
            cursor.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql VOLATILE AS $guard${body}$guard$")
        for name, statement in POSTGRES.items():
            cursor.execute(statement)
            cursor.execute(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {name}")  # also in a session that passes for a replica


def remove(connection: Any) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        elif connection.vendor == "postgresql":
            for name in POSTGRES:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {TABLE}")
            for name in BODIES:
                cursor.execute(f"DROP FUNCTION IF EXISTS {name}()")
        else:
            raise NotImplementedError(f"no guards of the ledger for {connection.vendor}")


def missing(connection: Any) -> list[str]:
    """In Chinese, which guards do not stand as installed: taken away, switched off, or hollowed out."""
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        faults = _missing_sqlite(cursor) if is_sqlite else _missing_postgres(cursor)
        cursor.execute(UNIQUE_SQLITE if is_sqlite else UNIQUE_POSTGRES, [TABLE])
        unique = {columns for (columns,) in cursor.fetchall()}
    return faults + [f"唯一约束缺失：{column}" for column in ("seq", "uid") if column not in unique]


# The columns of every unique index that covers the whole table and can be relied upon.
UNIQUE_SQLITE = """SELECT group_concat(part.name) FROM pragma_index_list(%s) AS whole, pragma_index_info(whole.name) AS part
WHERE whole."unique" AND NOT whole.partial GROUP BY whole.name"""
UNIQUE_POSTGRES = """SELECT string_agg(part.attname, ',') FROM pg_index AS whole
JOIN pg_attribute AS part ON part.attrelid = whole.indrelid AND part.attnum = ANY (whole.indkey)
WHERE whole.indrelid = to_regclass(%s) AND whole.indisunique AND whole.indisvalid AND whole.indpred IS NULL AND whole.indexprs IS NULL
GROUP BY whole.indexrelid"""


def _missing_sqlite(cursor: Any) -> list[str]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
    found = dict(cursor.fetchall())
    return [f"触发器缺失或者被改过：{name}" for name, statement in SQLITE.items() if found.get(name) != statement]


def _missing_postgres(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT guard.tgname, guard.tgenabled::text, body.prosrc FROM pg_trigger AS guard JOIN pg_proc AS body ON body.oid = guard.tgfoid "
        "WHERE guard.tgrelid = to_regclass(%s)", [TABLE])
    found = {name: (enabled, body) for name, enabled, body in cursor.fetchall()}
    expected = {name: ("A", BODIES["ledger_follow" if name == "ledger_follows" else "ledger_refuse"]) for name in POSTGRES}
    return [f"触发器缺失、停用或者被改过：{name}" for name in POSTGRES if found.get(name) != expected[name]]
