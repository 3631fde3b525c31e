"""The only place of this app that writes about files: what people decide (`deciding`) and what the worker does (`working`)."""

from mingjing.intake.actions.deciding import cancel, hand_out, receive, retry, start
from mingjing.intake.actions.working import Lost, advance, fail, filed, measured, release, take

__all__ = ["Lost", "advance", "cancel", "fail", "filed", "hand_out", "measured", "receive", "release", "retry", "start", "take"]
