"""SQL that everything else is written with. Times are local wall-clock times (TIMESTAMP) until `rows.py` makes instants of them."""

from __future__ import annotations

from datetime import datetime

from demo.rhythm import RHYTHMS, SLOTS, hours

ZONE = "Asia/Shanghai"
NEW_LAW = "TIMESTAMP '2026-01-01'"  # the revised 治安管理处罚法 in force

# u: a number from 0 to 1; after: so many minutes later; at_hour: between 8:30 and 17:30 of a day; moment: somewhere in the history, by a rhythm of
# the week; seen: only what has happened by the end of the history; instant: the same as a TIMESTAMPTZ; planned: also if it is still to come;
# id_number: an area that no place has, a birthday, a running number, all but the check digit
MACROS = """
CREATE MACRO u(k, label) AS (hash(k, label, {seed}) % 1000003) / 1000003.0;
CREATE MACRO between_u(k, label, low, high) AS low + u(k, label) * (high - low);
CREATE MACRO whole_u(k, label, low, high) AS CAST(floor(low + u(k, label) * (high - low + 1)) AS INTEGER);
CREATE MACRO after(moment, minutes) AS moment + to_seconds(60 * CAST(minutes AS BIGINT));
CREATE MACRO days_after(moment, days) AS moment + to_days(CAST(days AS INTEGER));
CREATE MACRO until() AS {until};
CREATE MACRO seen(moment) AS CASE WHEN moment <= {until} THEN moment END;
CREATE MACRO planned(moment) AS timezone('{zone}', moment);
CREATE MACRO instant(moment) AS planned(seen(moment));
CREATE MACRO is_new(moment) AS moment >= {new_law};
CREATE MACRO pick(k, label, list) AS list[1 + CAST(floor(u(k, label) * len(list)) AS BIGINT)];
CREATE MACRO at_hour(day, k, label) AS CAST(day AS DATE)::TIMESTAMP + to_seconds(60 * whole_u(k, label, 510, 1050));
CREATE MACRO numbered(code, letters, number) AS code || '-' || letters || lpad(CAST(number AS VARCHAR), 2, '0');
CREATE MACRO rhythm(k, label, name) AS (CASE name {rhythms} END)[1 + CAST(floor(u(k, label) * {slots}) AS BIGINT)];
CREATE MACRO moment(k, name) AS {begin} + to_days(7 * whole_u(k, 'week', 0, {weeks} - 1))
    + to_seconds(3600 * ((CAST(rhythm(k, 'hour of the week', name) AS INTEGER) - {first_hour} + 168) % 168) + 60 * whole_u(k, 'minute', 0, 59));
CREATE MACRO id_check(digits) AS ('10X98765432')[CAST(1 + list_sum(list_transform(
    list_zip(string_split(digits, ''), [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]), lambda x: CAST(x[1] AS INTEGER) * x[2])) % 11 AS BIGINT)];
CREATE MACRO id_number(k, born, sex) AS '42019' || whole_u(k, 'area', 5, 9) || strftime(born, '%Y%m%d')
    || lpad(CAST(whole_u(k, 'row', 0, 99) AS VARCHAR), 2, '0') || (2 * whole_u(k, 'last', 0, 4) + CASE sex WHEN '男' THEN 1 ELSE 0 END);
CREATE MACRO phone(k) AS '1900000' || lpad(CAST(whole_u(k, 'phone', 0, 9999) AS VARCHAR), 4, '0');
"""


def macros(seed: int, until: datetime, weeks: int) -> str:
    """The macros of a city whose history of so many weeks ends at `until` (local)."""
    hour = until.replace(minute=0, second=0, microsecond=0)
    begin = f"(TIMESTAMP '{hour}' - to_days({7 * weeks}))"
    listed = " ".join(f"WHEN '{name}' THEN {hours(name)}::UTINYINT[]" for name in RHYTHMS)
    return MACROS.format(seed=int(seed), until=f"TIMESTAMP '{until}'", zone=ZONE, new_law=NEW_LAW, rhythms=listed, slots=SLOTS, begin=begin, weeks=weeks,
                         first_hour=24 * hour.weekday() + hour.hour)


def listed(words: tuple[str, ...]) -> str:
    """Words as an SQL list."""
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"
