"""Items and their loans."""

from __future__ import annotations

from demo.macros import listed
from demo.words import HAZARDS, ITEMS, VALUABLES

# What was done to it. Before a criminal case is filed, and where nobody is known, things are only picked up; so are many others. `plain`: neither brought
# from far away, nor examined first, nor given back at once
TAKEN = """
SELECT i.*, c.criminal, c.filed, NOT c.criminal AND c.converted IS NULL AS administrative,
    NOT distant AND NOT urgent AND i.live IS NULL AND NOT given_back AS plain, u(gid, 'measure') AS drawn,
    CASE WHEN i.settled IS NULL OR NOT administrative AND seized < c.filed THEN '提取' WHEN c.criminal AND plain AND drawn < 0.16 THEN '冻结'
        WHEN administrative AND plain AND drawn < 0.09 THEN '先行登记保存'
        WHEN drawn < CASE WHEN distant OR urgent THEN 0.25 ELSE 0.62 END THEN '扣押' ELSE '提取' END AS kind,
    u(gid, 'goods') AS goods,
    CASE WHEN kind = '冻结' THEN '银行账户存款' WHEN goods < 0.07 AND plain AND i.settled IS NOT NULL AND kind IN ('扣押', '提取') THEN '物'
        WHEN goods BETWEEN 0.07 AND 0.22 THEN '宝' ELSE pick(gid, 'thing', {items}) END AS thing,
    kind IN ('扣押', '先行登记保存') AND u(gid, 'on the spot') < 0.3 AS on_the_spot
FROM items AS i JOIN cases AS c USING (n)"""

# When it was dealt with, `over`: what spoils or is dangerous within days, as is what was only registered; what has nothing to do with the case within
# two days; what an administrative case holds within sixty days at the latest, for which time more than thirty were granted before; the rest within a
# month of the decision. Some owners are slow to fetch what they were told to: never half a year
ENDING = f"""
SELECT *, thing = '物' AS spoils, CASE WHEN criminal AND kind = '扣押' AND thing <> '物' AND NOT given_back AND u(gid, 'irrelevant') < 0.16
        THEN at_hour(days_after(stored, whole_u(gid, 'irrelevant on', 3, 20)), gid, 'irrelevant') END AS irrelevant,
    CASE WHEN settled IS NOT NULL THEN greatest(after(stored, 60), days_after(settled, whole_u(gid, 'disposed', 3, 25))) END AS usual,
    CASE WHEN given_back THEN after(seized, whole_u(gid, 'given back', 30, 1380))
        WHEN spoils THEN after(stored, whole_u(gid, 'spoils', 300, 10000)) WHEN kind = '先行登记保存' THEN after(stored, whole_u(gid, 'kept', 300, 7000))
        WHEN irrelevant IS NOT NULL THEN after(irrelevant, whole_u(gid, 'released', 60, 2800))
        WHEN administrative AND kind = '扣押' THEN least(usual, days_after(seized, whole_u(gid, 'released', 50, 57))) ELSE usual END AS over,
    CASE WHEN administrative AND kind = '扣押' AND over > days_after(seized, 26)
        THEN at_hour(days_after(seized, whole_u(gid, 'longer', 18, 25)), gid, 'longer')
        WHEN kind = '冻结' AND over > days_after(seized, 150)
        THEN at_hour(days_after(seized, whole_u(gid, 'longer', 120, 145)), gid, 'longer') END AS prolonged,
    NOT given_back AND NOT spoils AND irrelevant IS NULL AND kind IN ('扣押', '提取') AND u(gid, 'slow owner') < 0.14 AS waits
FROM ({TAKEN.format(items=listed(ITEMS))})"""

PROPERTY_ITEM = f"""
SELECT numbered(code, 'WP', copy + 1) AS code, code AS case_code, unit_code, instant(seized) AS seized_at, instant(returned) AS returned_at,
    instant(examined_at) AS examined_at, instant(stored) AS checked_in_at,
    instant(CASE WHEN waits THEN days_after(over, whole_u(gid, 'fetched', 5, 150)) ELSE over END) AS disposed_at,
    distant AS is_remote, urgent AS is_urgent_examination,
    CASE thing WHEN '物' THEN pick(gid, 'hazard', {listed(HAZARDS)}) WHEN '宝' THEN pick(gid, 'valuable', {listed(VALUABLES)}) ELSE thing END AS name,
    '1' AS quantity, kind,
    CASE thing WHEN '物' THEN '易腐或者危险' WHEN '宝' THEN '贵重' WHEN '银行账户存款' THEN '存款或者账户' WHEN '赌资现金' THEN '现金'
        WHEN '疑似毒品一包' THEN '违禁品' ELSE '一般' END AS category,
    CASE WHEN kind <> '冻结' AND stored <= until() THEN keeper END AS keeper_code,
    on_the_spot AS is_on_the_spot,
    CASE WHEN on_the_spot THEN instant(after(seized, whole_u(gid, 'approved', 20, 1400)))
        WHEN kind <> '提取' THEN instant(after(seized, -whole_u(gid, 'approved', 1, 9))) END AS approved_at,
    CASE WHEN on_the_spot THEN is_new(seized) OR u(gid, 'recorded') < 0.7 END AS is_recorded,
    CASE WHEN kind IN ('扣押', '先行登记保存') THEN true END AS is_list_signed,
    thing IN ('物', '宝') OR u(gid, 'photographed') < 0.6 AS is_photographed,
    instant(prolonged) AS extended_at,
    CASE WHEN kind = '扣押' THEN instant(after(prolonged, whole_u(gid, 'told', 1, 9))) END AS extension_told_at,
    CASE WHEN administrative AND kind = '扣押' AND NOT given_back AND NOT spoils AND u(gid, 'examination') < 0.05
        THEN instant(after(stored, whole_u(gid, 'examination told', 20, 600))) END AS examination_told_at,
    instant(irrelevant) AS irrelevant_at,
    CASE WHEN waits THEN instant(over) END AS owner_told_at,
    n
FROM ({ENDING}) LEFT JOIN keepers USING (unit_code)"""

# some of what is stored is taken out for a few days and brought back a day before it is due
LOAN = """
SELECT replace(code, '-WP', '-DY') AS code, code AS property_item_code, lead AS officer_code, taken - INTERVAL 1 MINUTE * whole_u(n, 'loan approved', 10, 300)
    AS approved_at, taken AS taken_at, CAST(taken AS DATE) + days + 1 AS due_on,
    CASE WHEN taken + INTERVAL 1 DAY * days <= planned(until()) THEN taken + INTERVAL 1 DAY * days END AS returned_at, case_code, n
FROM (SELECT i.n, i.code, i.case_code, lead, i.checked_in_at + INTERVAL 1 MINUTE * whole_u(i.n, 'loan', 60, 4000) AS taken,
        whole_u(i.n, 'loan days', 1, 4) AS days, coalesce(i.disposed_at, planned(until()) + INTERVAL 30 DAY) AS over
    FROM row_property_item AS i JOIN cases AS c USING (n) JOIN pairs AS p ON p.unit_code = c.unit_code AND p.crew = c.crew
    WHERE i.checked_in_at IS NOT NULL AND i.kind <> '冻结' AND u(i.n, 'lent') < 0.07)
WHERE taken <= planned(until()) AND taken + INTERVAL 1 DAY * days < over"""

TABLES = {"property_item": PROPERTY_ITEM, "loan": LOAN}
