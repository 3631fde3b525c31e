"""What this app's entries in the ledger are called, told to the ledger once."""

from __future__ import annotations

from mingjing.accounts.duties import table
from mingjing.alerts.models import Alert
from mingjing.ledger import kinds

OF_THE_PLATFORM = {
    "open": "发现预警", "change": "预警有变化", "gone": "情况已消失", "follow": "并入其他预警", "free": "不再并入", "escalate": "逾期，升级",
    "supervision_over": "督办逾期",
}


def _acts(kind: str) -> dict[str, str]:
    """The names of acts as the permission table has them."""
    return {f"{kind}.{act}": row.label for (name, act), row in table().permissions.items() if name == kind and act != "read"}


kinds.register(
    {
        **{f"alert.{act}": label for act, label in OF_THE_PLATFORM.items()}, **_acts("alert"),
        **{f"silence.{act}": f"{label}静默" for act, label in (("request", "申请"), ("approve", "批准"), ("end", "提前结束"))},
        "silence.expire": "静默到期，恢复推送",
        "rule.set": "设置预警模型", "rule.lift": "恢复预警模型正式运行", "rule.demote": "预警模型退回试运行",
        "source.forget": "注销外部来源", "sample.draw": "抽取对照样本", "sample.judge": "判断对照样本",
        "rule.export": "导出预警模型", "silence.export": "导出静默", "sample.export": "导出抽查对照", "run.export": "导出评估运行",
    },
    subjects={"alert": "预警", "silence": "静默", "rule": "预警模型", "sample": "抽查对照", "run": "评估运行", "source": "外部来源"},
    fields={
        "alert": {
            **{key: str(field.verbose_name) for field in Alert._meta.concrete_fields for key in {field.name, field.attname}},
            "rule": "预警模型", "trial": "试运行", "rung": "升级到第几步", "overdue": "逾期事项", "told": "告知", "name": "文件名", "size": "字节数",
            "digest": "摘要（SHA-256）", "article": "依据", "type": "文件类型", "left": "原责任人",
        },
        "silence": {"rule": "预警模型", "alert": "预警", "scope": "单位", "ends_at": "截止"},
        "rule": {
            "scope": "单位", "is_on": "启用", "warn_minutes": "提前提示（分钟）", "also_told": "另行告知的职责", "precision": "准确率",
            "judged": "已判断的预警数",
        },
        "sample": {"seed": "种子", "rule": "预警模型", "verdict": "结论"},
    },
)
