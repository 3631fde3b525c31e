"""What people do with an alert, as data: one list for buttons, forms, batches and words. What each does: `actions.handling`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mingjing.accounts.duties import table
from mingjing.alerts.actions import handling


@dataclass(frozen=True)
class Act:
    """`asks`: the fields of its form; `is_first`: its button is the main one; `is_plain`: done by pressing the button, without a form;
    `note`: what the reader should know before."""

    name: str
    do: Callable[..., Any]
    asks: tuple[str, ...] = ()
    is_first: bool = False
    is_plain: bool = False
    note: str = ""

    @property
    def label(self) -> str:
        return table().permission("alert", self.name).label


LISTED = (
    Act("acknowledge", handling.acknowledge, is_first=True, is_plain=True),
    Act("submit", handling.submit, ("text",), is_first=True, note="写明怎样改正的，或者为什么不能补救；由他人审核，系统按现在的事实重新判断。"),
    Act("begin", handling.begin, is_plain=True),
    Act("dispute", handling.dispute, ("text",), note="认为预警不成立的，写明事实和依据；由他人审核，决定以前不作任何统计。"),
    Act("close", handling.close, ("explained", "text"), is_first=True),
    Act("return", handling.return_, ("answer_by", "text"), note="写明还差什么，以及什么时候以前反馈。"),
    Act("uphold", handling.uphold, ("text",), is_first=True, note="申辩成立的，预警撤销，计入误报。"),
    Act("reject", handling.reject, ("text",), note="申辩不成立的，回到“已签收”，由责任人继续整改。"),
    Act("extend", handling.extend, ("answer_by", "text"), note="只延长反馈期限（参数，非法定），不改变法定期限。"),
    Act("transfer", handling.transfer, ("officer", "text"), note="转办以后由接办人重新签收。"),
    Act("supervise", handling.supervise, ("supervise_by", "text"), note="督办期限另计，不改变法定期限。"),
    Act("dismiss", handling.dismiss, ("fault", "text"), note="撤销以后事实有变化的，系统会重新开启。"),
    Act("reopen", handling.reopen, ("text",), note="重新开启以后由责任人重新签收。"),
)
ACTS = {act.name: act for act in LISTED}
BATCHED = ("acknowledge", "transfer", "extend", "dismiss")  # what can be done to several at once, with one reason
