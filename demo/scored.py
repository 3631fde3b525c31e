"""The city as an examination of the rules: `rulebook score demo`. Which rule ought to find which fault is known here and nowhere in the generator."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from demo.city import City
from demo.plan import Plan
from demo.writing import TRUTH, write, write_truth
from rulebook.vocabulary import Vocabulary

UNTIL, SEED = datetime(2026, 10, 28, 15, 30), 7
PLAN = Plan(cases=9_000, incidents=30_000, weeks=64, branches=3, stations=20, centres=2, officers=800, squads=3, live=0.3, faults=12, chunk=4_000)

FOUND_BY = {  # one a line: the list grows from many hands
    "办案超期": "AJ-001",
    "调解不成后超期": "AJ-002",
    "治安传唤超时": "CU-012",
    "其他行政传唤超时": "CU-013",
    "一人询问": "XW-001",
    "一人讯问": "XW-002",
    "同时参加两场": "XW-003",
    "一人询问未录全": "XW-004",
    "未成年人无人陪同": "XW-005",
    "没有民警询问": "XW-006",
    "重大案件讯问未录全": "LX-001",
    "办案场所询问未录全": "LX-002",
    "拘留后迟延提请": "QZ-001",
    "取保超期": "QZ-002",
    "拘留未通知家属": "QZ-003",
    "处罚前未告知": "CF-001",
    "未告知听证权利": "CF-002",
    "决定书迟延送达": "CF-003",
    "听证通知太晚": "CF-004",
    "派出所越权处罚": "CF-005",
    "拘留合计超过二十日": "CF-006",
    "财物迟延入库": "SW-001",
    "返回后迟延入库": "SW-002",
    "鉴定后迟延入库": "SW-003",
    "不罚占比离群": "ZL-001",
    "羁押后未讯问": "QZ-004",
    "行政拘留未通知家属": "QZ-005",
    "刑事传唤超时": "CU-014",
    "连续传唤": "CU-015",
    "传唤未通知家属": "CU-016",
    "提请后羁押过久": "QZ-006",
    "监视居住超期": "QZ-007",
    "强制措施重叠": "QZ-008",
    "立案前采取措施": "QZ-009",
    "行政拘留超期": "QZ-010",
    "不应拘留送所": "QZ-011",
    "年龄特殊送所": "QZ-012",
    "行政拘留未送所": "QZ-013",
    "一人同时两场": "XW-007",
    "聋哑人没有翻译": "XW-008",
    "羁押后在所外讯问": "XW-009",
    "辅警主办": "XW-010",
    "远程视频未录全": "LX-003",
    "迟延移送": "JQ-001",
    "没有处理结果": "JQ-002",
    "警情降格": "JQ-003",
    "受理而未受案": "JQ-004",
    "到场迟延": "JQ-005",
    "久未立案": "AJ-003",
    "没有立即立案": "AJ-004",
    "办案场所以外讯问": "XW-011",
    "被侵害人迟延送达": "CF-007",
    "被侵害人未送达": "CF-008",
    "其他处罚迟延送达": "CF-009",
    "当场处罚超限": "CF-010",
    "当场收缴不合条件": "ZX-001",
    "收缴罚款未上交": "ZX-002",
    "收缴罚款无票据": "ZX-003",
    "送达后未缴罚款": "ZX-004",
    "暂缓申请未决定": "ZX-005",
    "暂缓保证金未存": "ZX-006",
    "暂缓保证金未退": "ZX-007",
    "暂缓后未执行": "ZX-008",
    "宣告后未缴罚款": "ZX-009",
    "公开未隐名": "GK-001",
    "公开未成年人处罚": "GK-002",
    "撤销后未撤回公开": "GK-003",
    "复议未答复": "FY-001",
    "诉讼未答辩": "FY-002",
    "负责人未出庭": "FY-003",
    "裁判未履行": "FY-004",
    "赔偿申请未决定": "FY-005",
    "赔偿金未转报": "FY-006",
    "复议意见未报送": "FY-007",
    "复议申请未转送": "FY-008",
    "不立案复议未决定": "FY-009",
    "没收复议未决定": "FY-010",
    "申诉控告未答复": "FY-011",
    "履职申请未履行": "FY-012",
    "信息公开未答复": "FY-013",
}


def make(folder: Path, vocabulary: Vocabulary) -> datetime:
    """Fill the folder with a city with planted faults and with its truth. Gives the end of its history (aware)."""
    write(City(PLAN, SEED, UNTIL, True), folder, vocabulary)
    truth = pq.read_table(folder / TRUTH / "truth.parquet")
    write_truth(truth.append_column("rule", pa.array([FOUND_BY[fault] for fault in truth["fault"].to_pylist()])), folder / TRUTH)
    return UNTIL.replace(tzinfo=vocabulary.time_zone)
