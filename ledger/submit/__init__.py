"""FROM OUTBOX TO CHAIN."""

from ledger.submit.council import Council, Step, Waits
from ledger.submit.submitter import Submitter

__all__ = ["Council", "Step", "Submitter", "Waits"]
