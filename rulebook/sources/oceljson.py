"""OCEL 2.0 as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rulebook.sources.faults import not_utf8
from rulebook.sources.ocel import OcelLog, not_ocel, old_version
from rulebook.sources.stream import read_whole


def read_json(path: Path) -> OcelLog:
    """Raises SourceError when the file is no JSON, no OCEL, or OCEL 1.0."""
    try:
        data = json.loads(read_whole(path).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise not_utf8(path) from error
    except json.JSONDecodeError as error:
        raise not_ocel(path, f"JSON 在此中断或有误（{error.msg}）", f"broken JSON ({error.msg})", error.lineno) from error
    except RecursionError as error:
        raise not_ocel(path, "JSON 嵌套过深", "its JSON is nested too deep") from error
    if isinstance(data, dict) and any(str(key).startswith("ocel:") for key in data):
        raise old_version(path, 1)
    if not isinstance(data, dict) or not isinstance(data.get("events"), list) or not isinstance(data.get("objects"), list):
        raise not_ocel(path, "缺少列表 events 或 objects", "it lacks the list events or objects")
    return _log(data)


def _log(data: dict) -> OcelLog:
    log = OcelLog()
    for event in map(_mapping, data["events"]):
        name = _text(event.get("id"))
        log.events.append((name, _text(event.get("type")), _text(event.get("time"))))
        log.values += [(name, _text(each.get("name")), _text(each.get("value"))) for each in _list(event, "attributes")]
        log.relations += [(name, _text(each.get("objectId")), _text(each.get("qualifier"))) for each in _list(event, "relationships")]
    for thing in map(_mapping, data["objects"]):
        name = _text(thing.get("id"))
        log.objects.append((name, _text(thing.get("type"))))
        log.changes += [(name, _text(each.get("name")), _text(each.get("time")), _text(each.get("value"))) for each in _list(thing, "attributes")]
        log.links += [(name, _text(each.get("objectId")), _text(each.get("qualifier"))) for each in _list(thing, "relationships")]
    return log


def _mapping(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _list(owner: dict, key: str) -> list[dict]:
    """The mappings in a list that may be absent."""
    value = owner.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
