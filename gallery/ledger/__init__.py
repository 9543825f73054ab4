"""Every change of the ledger: announce, put, go live, retire, sweep.

A file is announced (a *pending* row, committed by itself) before it is put. The transaction that
uses it turns the row *live*; the transaction that stops using it turns the row *stale*. Whatever
a killed process leaves behind is one of these states, and `sweep` settles each of them.

Locks are always taken in one order: the model's row, then ledger rows by primary key. An
original is announced before its renditions, so its row comes before theirs.
"""

from gallery.ledger.adopting import adopt, adopted_id, is_adopted, refuse_taken, show_adopted
from gallery.ledger.announcing import announce, give_up, publish_renditions, put
from gallery.ledger.claims import claim, let_go
from gallery.ledger.exposing import expose_due, expose_object
from gallery.ledger.forgetting import expired, forget_expired
from gallery.ledger.mending import mend
from gallery.ledger.settling import go_live, release, settle
from gallery.ledger.sweeping import SweepReport, sweep, sweep_keys
from gallery.ledger.verifying import Finding, Kind, verify
from gallery.ledger.warming import (
    GAVE_UP,
    MAX_ATTEMPTS,
    begin_warming,
    end_warming,
    fail_attempt,
    fail_warming,
    forget_failures,
    queue_warming,
    wait_for_storage,
    wait_for_worker,
)

__all__ = [
    "GAVE_UP",
    "MAX_ATTEMPTS",
    "Finding",
    "Kind",
    "SweepReport",
    "adopt",
    "adopted_id",
    "announce",
    "begin_warming",
    "claim",
    "end_warming",
    "expired",
    "expose_due",
    "expose_object",
    "fail_attempt",
    "fail_warming",
    "forget_expired",
    "forget_failures",
    "give_up",
    "go_live",
    "is_adopted",
    "let_go",
    "mend",
    "publish_renditions",
    "put",
    "queue_warming",
    "refuse_taken",
    "release",
    "settle",
    "show_adopted",
    "sweep",
    "sweep_keys",
    "verify",
    "wait_for_storage",
    "wait_for_worker",
]
