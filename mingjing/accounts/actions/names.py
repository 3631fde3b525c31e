"""How the ledger's pages call what happens here."""

from mingjing.ledger import kinds

kinds.register(
    {
        "officer.enrol": "登记人员", "officer.change": "更正人员信息", "officer.transfer": "调动", "officer.deactivate": "停用账号",
        "officer.reactivate": "恢复账号", "officer.reset_password": "重置密码", "officer.remove_second_factor": "移除第二因素",
        "officer.unlock": "恢复登录",
        "officer.export": "导出民警名单", "duty.give": "任职", "duty.end": "结束职责", "duty.withdraw": "立即停止职责",
        "shift.set": "排班", "shift.withdraw": "撤销值班", "shift.export": "导出值班表",
        "unit.found": "新设单位", "unit.rename": "单位更名", "unit.move": "移动单位", "unit.close": "撤销单位", "unit.reopen": "恢复单位",
        "break_glass.request": "申请临时授权", "break_glass.end": "提前结束临时授权", "break_glass.review": "复核临时授权",
        "break_glass.export": "导出临时授权",
        "account.sign_in": "登录", "account.sign_in_failed": "登录失败", "account.lock": "暂停登录", "account.sign_out": "退出登录",
        "account.change_password": "修改密码", "account.second_factor": "改动第二因素", "account.end_sessions": "退出其他登录",
    },
    subjects={"officer": "人员", "unit": "单位", "break_glass": "临时授权", "shift": "值班"},
    fields={
        "officer": {
            "name": "姓名", "unit": "单位", "is_auxiliary": "辅警", "is_interface": "系统接口账号", "before": "原来", "after": "改为", "stopped": "停止的职责",
            "removed": "移除", "added": "增加",
            "duty": "职责", "place": "任职单位", "assignment": "任职编号", "manner": "方式", "starts_on": "自", "ends_on": "至",
            "starts_at": "开始", "ends_at": "结束", "days": "连续天数",
            "how": "方式", "address": "地址", "ended": "处数",
        },
        "unit": {"name": "名称", "kind_of_unit": "类型", "parent": "上级单位", "before": "原来", "after": "改为", "moved": "一并移动的单位数"},
        "break_glass": {"officer": "申请人", "hours": "小时", "verdict": "复核结论", "remark": "复核说明"},
    },
)
