"""Rows of this app. A rule itself is a file in `rules/`; what stands here is what the house adds to it: runs, clocks, alerts, notices, settings."""

from mingjing.alerts.models.alert import Alert, Attachment, Statement
from mingjing.alerts.models.clock import Clock
from mingjing.alerts.models.notice import Notice
from mingjing.alerts.models.quality import Sample
from mingjing.alerts.models.run import Beat, Run
from mingjing.alerts.models.settings import Demotion, Silence, UnitSetting
from mingjing.alerts.models.source import Source

__all__ = ["Alert", "Attachment", "Beat", "Clock", "Demotion", "Notice", "Run", "Sample", "Silence", "Source", "Statement", "UnitSetting"]
