"""The one write use-case: from a draft to a signed event that is durably kept (DESIGN, section 6)."""

from ledger.recording.burying import Undertaker
from ledger.recording.drafts import (
    BatchName,
    Draft,
    MakeDraft,
    MoveDraft,
    NoteDraft,
    OutputDraft,
    RecallDraft,
    VoidDraft,
)
from ledger.recording.keyring import Keyring
from ledger.recording.recorder import Goods, Outcome, Recorded, Recorder, RecordRequest

__all__ = [
    "BatchName",
    "Draft",
    "Goods",
    "Keyring",
    "MakeDraft",
    "MoveDraft",
    "NoteDraft",
    "Outcome",
    "OutputDraft",
    "RecallDraft",
    "RecordRequest",
    "Recorded",
    "Recorder",
    "Undertaker",
    "VoidDraft",
]  # fmt: skip
