"""The control plane for AI phone agents on Retell AI, see docs/python.md."""
from . import errors
from ._library import version
from .aio import AsyncClient
from .client import Client
from .errors import *  # noqa: F401,F403
from .logs import MaskingFormatter
from .masking import Masker, MaskStream, MaskTotals, Zone
from .resilience import (
    NEVER, Breaker, BreakerOptions, BreakerSnapshot, Circuit, Direction, Lease, Leases, LeasesSnapshot, Limiter,
    LimiterOptions, LimiterSnapshot, Outcome, Priority, Space, outcome_of_status)
from .sync import ApplyReport, AsyncSync, Export, Plan, PullReport, Sync
from .webhooks import SIGNATURE_HEADER, Signature, Webhook

__all__ = [
    "AsyncClient", "Client", "Sync", "AsyncSync", "PullReport", "Plan", "ApplyReport", "Export", "MaskingFormatter",
    "Masker",
    "MaskStream", "MaskTotals", "Zone", "NEVER", "Space", "Breaker", "BreakerOptions", "BreakerSnapshot", "Circuit",
    "Outcome", "outcome_of_status", "Limiter", "LimiterOptions", "LimiterSnapshot", "Priority", "Leases", "Lease",
    "LeasesSnapshot", "Direction", "Webhook", "Signature", "SIGNATURE_HEADER", "version", *errors.__all__,
]
