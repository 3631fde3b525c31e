"""Rows of this app: what came in as files, and the keys of connected systems."""

from mingjing.intake.models.batches import Batch, Reject
from mingjing.intake.models.keys import Answer, ApiKey, KeyUse

__all__ = ["Answer", "ApiKey", "Batch", "KeyUse", "Reject"]
