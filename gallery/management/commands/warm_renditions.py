"""Make the renditions that are missing, whatever they are of."""

from __future__ import annotations

from functools import partial
from typing import Any

from celery import current_app
from django.core.management.base import CommandError, CommandParser
from kombu.exceptions import OperationalError as BrokerUnavailable

from gallery import tasks
from gallery.conf import gallery_settings
from gallery.management.backfilling import (
    MADE,
    WOULD_BE_MADE,
    BackfillCommand,
    as_many_decoders,
    nothing,
    organization_named,
    positive,
    primary_keys,
)
from gallery.models import Image
from gallery.registry import dynamic_sets
from gallery.renditions.backfill import Outcome, make, queue
from gallery.renditions.sets import rendition_sets
from gallery.renditions.shortages import Selection, Shortage
from gallery.renditions.sources import ModelSource, Source, sources

QUEUED = "{originals} originals queued"
NOT_TAKEN = "broker_unavailable"


class Command(BackfillCommand):
    help = (
        "Makes the renditions that are missing: of every model field that holds images, and of the "
        "files that were registered with gallery.register_source(). What is missing is asked of "
        "the database, so that it takes seconds where nothing is. One that fails is named, with "
        "the reason, and the others are made; the exit code is 1 then. Renditions that are "
        "otherwise made when they are first asked for are made as well. Images that were given up "
        "are tried again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--set", metavar="NAME", default="", help="Only renditions of the set NAME."
        )
        parser.add_argument(
            "--source",
            metavar="NAME",
            help="Only originals of this source: a model field like gallery.image.file, or the "
            "name that files were registered under.",
        )
        parser.add_argument(
            "--ids",
            nargs="+",
            metavar="ID",
            help="Only objects with these primary keys, of --source or else of gallery.image.file.",
        )
        ways = parser.add_mutually_exclusive_group()
        ways.add_argument(
            "--workers",
            type=positive,
            metavar="N",
            help="Work on N originals at once, each decoded in a process of its own; by default as "
            "many as GALLERY_DECODER_PROCESSES says. Each may take as much memory as "
            "GALLERY_DECODER_MEMORY_BYTES says.",
        )
        ways.add_argument(
            "--background",
            action="store_true",
            help="Leave the work to Celery's workers and return at once. They leave out what is "
            "made when it is first asked for.",
        )
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="Make files again that are there, under the same URLs. Browsers and CDNs that "
            "keep the old ones do not notice.",
        )
        super().add_arguments(parser)

    def handle(self, **options: Any) -> None:
        """Make, queue, or say what would be made."""
        if options["background"]:
            _check_background(is_overwriting=options["overwrite"])
        chosen = _sources(options)
        selection = _selection(chosen, options)
        limit = options["limit"]
        if options["dry_run"]:
            self.backfill(
                chosen, selection, work=nothing, summary=WOULD_BE_MADE, limit=limit,
                tell=self.would_make,
            )  # fmt: skip
        elif options["background"]:
            self.backfill(chosen, selection, work=_leave_to_workers, summary=QUEUED, limit=limit)
        else:
            workers = options["workers"] or gallery_settings().decoder_processes
            work = partial(make, selection=selection)
            with as_many_decoders(workers):
                self.backfill(
                    chosen, selection, work=work, summary=MADE, limit=limit, workers=workers
                )


def _sources(options: dict[str, Any]) -> list[Source]:
    """Return the sources that the options leave."""
    known, name = sources(), options["source"]
    if options["ids"] and name is None:
        name = Image.image_field_object().source
    if name is not None and name not in known:
        raise CommandError(f"There is no source '{name}'; there are: {', '.join(known)}.")
    chosen = [known[name]] if name is not None else list(known.values())
    if options["org"]:
        found = [each for each in chosen if isinstance(each, ModelSource) and each.organization]
        if not found:
            raise CommandError(f"What '{name}' holds belongs to no organisation.")
        chosen = list(found)
    if options["ids"] and not isinstance(chosen[0], ModelSource):
        raise CommandError(f"The originals of '{name}' have no ids.")
    return [each for each in chosen if _may_have(each, options["set"])]


def _may_have(source: Source, rendition_set: str) -> bool:
    """Tell whether originals of a source may have renditions of a set."""
    if not rendition_set:
        return True
    if isinstance(source, ModelSource):
        # Where an image has uses, each may have a set of its own.
        has_uses = issubclass(source.model, Image)
        return has_uses or source.model.rendition_set == rendition_set
    return source.rendition_set == rendition_set


def _selection(chosen: list[Source], options: dict[str, Any]) -> Selection:
    name, slug, ids = options["set"], options["org"], options["ids"]
    known = {*rendition_sets(), *(each.name for each in dynamic_sets())}
    if name and name not in known:
        raise CommandError(f"There is no rendition set '{name}'; there are: {', '.join(known)}.")
    source = chosen[0] if chosen else None
    return Selection(
        rendition_set=name,
        organization_id=organization_named(slug).pk if slug else None,
        ids=primary_keys(source, ids) if ids and isinstance(source, ModelSource) else None,
        is_overwriting=options["overwrite"],
        is_eager=options["background"],
    )


def _check_background(*, is_overwriting: bool) -> None:
    if is_overwriting:
        raise CommandError("Workers make what is missing: --background cannot --overwrite.")
    if not tasks.has_broker():
        raise CommandError(
            "There is no broker to leave work to: set CELERY_BROKER_URL, or use --workers."
        )
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=0, timeout=5)
    except (BrokerUnavailable, OSError) as error:
        raise CommandError(f"The broker does not answer: {error}") from error


def _leave_to_workers(shortage: Shortage) -> Outcome:
    outcome = queue(shortage)
    if outcome.error or tasks.dispatch_warming(shortage.source.name, shortage.object_id):
        return outcome
    return Outcome(shortage, error=NOT_TAKEN)
