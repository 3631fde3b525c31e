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
    "拘留未送看守所": "QZ-014",
    "逮捕未送看守所": "QZ-015",
    "措施未经批准": "QZ-016",
    "批准人层级不够": "QZ-017",
    "保证人保证金并用": "QZ-018",
    "保证金低于起点": "QZ-019",
    "未成年人收保证金": "QZ-020",
    "保证金没有退还": "QZ-021",
    "侦查羁押超期": "QZ-022",
    "收押没有检查": "QZ-023",
    "监视居住地点违法": "QZ-024",
    "取保未通知派出所": "QZ-025",
    "解除未通知": "QZ-026",
    "外国人未层报": "QZ-027",
    "代表未报告": "QZ-028",
    "没有通知法律援助": "QZ-029",
    "撤案后没有解除": "QZ-030",
    "询问前未安全检查": "CU-017",
    "讯问前未安全检查": "CU-027",
    "首次未告知权利": "XW-012",
    "笔录未签名": "XW-013",
    "女性未成年人没有女工作人员": "XW-014",
    "女性被害儿童没有女性工作人员": "XW-016",
    "再次询问未说明": "XW-015",
    "被害儿童询问未录全": "LX-004",
    "远程未核实身份": "XW-017",
    "远程笔录未传回": "XW-018",
    "语言不通没有翻译": "XW-019",
    "同室两场": "XW-020",
    "男女同室候问": "CU-023",
    "未成年人与成年人同室候问": "CU-024",
    "传唤未经批准": "CU-018",
    "拘传未经批准": "CU-019",
    "到案离开时间未填写": "CU-020",
    "饮食休息未记录": "CU-021",
    "随身财物未返还": "CU-022",
    "约束醉酒人无人看护": "CU-025",
    "醉酒约束未解除": "CU-026",
    "重于告知": "CF-011",
    "拘留超过十五日": "CF-012",
    "一人当场处罚": "CF-013",
    "当场处罚未报备": "CF-014",
    "未告知监护人": "CF-015",
    "没有听证就决定": "CF-016",
    "听证迟延": "CF-017",
    "没有集体讨论": "CF-019",
    "没有载明救济途径": "CF-020",
    "引错法律版本": "CF-021",
    "电子送达没有确认书": "CF-022",
    "公告送达太短": "CF-023",
    "公告告知太短": "CF-024",
    "派出所越权收缴": "CF-025",
    "没有矫治教育": "CF-026",
    "公职人员未通报": "CF-027",
}


def make(folder: Path, vocabulary: Vocabulary) -> datetime:
    """Fill the folder with a city with planted faults and with its truth. Gives the end of its history (aware)."""
    write(City(PLAN, SEED, UNTIL, True), folder, vocabulary)
    truth = pq.read_table(folder / TRUTH / "truth.parquet")
    write_truth(truth.append_column("rule", pa.array([FOUND_BY[fault] for fault in truth["fault"].to_pylist()])), folder / TRUTH)
    return UNTIL.replace(tzinfo=vocabulary.time_zone)
