"""What this app's entries in the ledger are called, told to the ledger once: acts by their own label, the other doors by what they do to which table."""

from __future__ import annotations

from mingjing.cases.acts import ACTS
from mingjing.cases.models import NOUNS, CaseOfficer
from mingjing.ledger import kinds

OTHERS = {"enter": "录入", "change": "更新", "correct": "更正"}

kinds.register(
    {
        **{act.kind: act.label for act in ACTS.values()},
        **{f"{name}.{act}": f"{word}{model._meta.verbose_name}" for name, model in NOUNS.items() for act, word in OTHERS.items()},
        "party.reveal": "查看当事人号码", "incident.reveal": "查看报警电话",
        "list.export": "导出列表", "search.names": "按姓名检索",
    },
    subjects={**{name: str(model._meta.verbose_name) for name, model in NOUNS.items()}, "list": "列表", "search": "检索"},
    fields={
        "list": {"title": "列表", "conditions": "条件", "count": "项数"}, "search": {"name": "姓名", "count": "显示人数"},
        **{
            name: {key: str(field.verbose_name) for field in model._meta.concrete_fields for key in {field.name, field.attname}}
            for name, model in NOUNS.items() if name != "case"
        },
        "case": {
            **{key: str(field.verbose_name) for field in NOUNS["case"]._meta.concrete_fields for key in {field.name, field.attname}},
            **{name: str(CaseOfficer._meta.get_field(name).verbose_name) for name in ("officer", "role")},
            "left": "退出办理的民警", "conversion": "案件类型转换",
        },
    },
)
