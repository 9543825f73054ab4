"""Make the renditions that images of the library lack."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.core.management.base import CommandParser

from gallery.conf import gallery_settings
from gallery.management.backfilling import (
    MADE,
    WOULD_BE_MADE,
    BackfillCommand,
    as_many_decoders,
    named,
    nothing,
    organization_named,
    primary_keys,
)
from gallery.models import Image
from gallery.renditions.backfill import Outcome, make
from gallery.renditions.shortages import Selection
from gallery.renditions.sources import model_sources


class Command(BackfillCommand):
    help = (
        "Makes the renditions (API clients call them variants) that images of the library lack, "
        "and nothing that is there. What is missing is asked of the database, so that it takes "
        "seconds where nothing is. One that fails is named, with the reason, and the others are "
        "made; the exit code is 1 then. Images that were given up are tried again. "
        "`warm_renditions` does the same for everything else, and has more options."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--ids", nargs="+", metavar="ID", help="Only images with these primary keys."
        )
        parser.add_argument(
            "--verbose",
            action="store_true",
            help="Print a line for each image that lacks something: its id, its key, and what was "
            "made or why it failed.",
        )
        super().add_arguments(parser)

    def handle(self, **options: Any) -> None:
        """Make, or say what would be made."""
        source = model_sources()[Image.image_field_object().source]
        slug, ids = options["org"], options["ids"]
        selection = Selection(
            organization_id=organization_named(slug).pk if slug else None,
            ids=primary_keys(source, ids) if ids else None,
        )
        if options["dry_run"]:
            self.backfill(
                [source], selection, work=nothing, summary=WOULD_BE_MADE, limit=options["limit"],
                tell=self.would_make,
            )  # fmt: skip
            return
        workers = gallery_settings().decoder_processes
        with as_many_decoders(workers):
            self.backfill(
                [source],
                selection,
                work=partial(make, selection=selection),
                summary=MADE,
                limit=options["limit"],
                workers=workers,
                tell=self._tell if options["verbose"] else lambda _: None,
            )

    def _tell(self, outcome: Outcome) -> None:
        shortage = outcome.shortage
        base = shortage.key.rpartition(".")[0]
        made = ", ".join(key.removeprefix(f"{base}_") for key in outcome.made)
        self.say(
            f"{shortage.object_id} {named(shortage)}: {outcome.error or made or 'nothing to make'}"
        )
