"""Bring files of other fields into the library, through the one imaging door, each of them once.

The old files and rows are read and never changed. An upload is called after its row and its file,
so that it is the same one in every run, whoever was killed in the last and whoever runs beside.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from django.core.files.base import ContentFile

from gallery.exceptions import GalleryError
from gallery.models import Image
from gallery.registry import Attachable
from gallery.renditions.decoders import decoders
from gallery.renditions.limits import decoding_limits
from gallery.services.attachments import attach, upload_and_attach
from gallery.services.former_files import base_name, code_of, read_file
from gallery.services.import_rows import Candidate, ImportedImage, Plan
from gallery.services.uploads import Description, upload_image
from gallery.storage import media_storage, storage_errors
from orgs.models import Organization


class Become(StrEnum):
    """What became of one file, or would."""

    imported = "imported"
    attached = "attached"
    """It was imported before; now it is in its gallery too."""
    there = "there"
    """Nothing was left to be done."""
    verified = "verified"
    """What is stored is what the old file says, but for metadata."""
    failed = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row, or would."""

    candidate: Candidate
    became: Become
    error: str = ""
    """Why it failed: a stable code."""
    read: int = 0
    """Bytes of the old file."""
    stored: int = 0
    """Bytes of the image's original: fewer where metadata was taken out."""
    is_same: bool = False
    """Whether these are the very same bytes."""


class _Failed(GalleryError):
    """A row that cannot be imported as it is; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code  # type: ignore[misc]  # one class for all the reasons
        super().__init__()


def foresee(plan: Plan, candidate: Candidate) -> Outcome:
    """Say what `bring_in` would do as far as rows tell; nothing is read or changed."""
    try:
        return Outcome(candidate, _task(plan, candidate))
    except _Failed as error:
        return Outcome(candidate, Become.failed, error.code)


def bring_in(plan: Plan, candidate: Candidate) -> Outcome:
    """Do what is left to be done for one row; whatever happens, others follow."""
    try:
        task = _task(plan, candidate)
        if task is Become.imported:
            return _import(plan, candidate)
        if task is Become.attached:
            _attach(plan, candidate)
        return Outcome(candidate, task)
    except Exception as error:  # noqa: BLE001  (it is named, and what nobody foresaw is logged)
        return _failed(candidate, error)


def verify(plan: Plan, candidate: Candidate) -> Outcome:
    """Compare the old file, without its metadata, with what is stored; nothing is changed."""
    try:
        return _compare(plan, candidate)
    except Exception as error:  # noqa: BLE001  (it is named, and what nobody foresaw is logged)
        return _failed(candidate, error)


def _failed(candidate: Candidate, error: Exception) -> Outcome:
    return Outcome(candidate, Become.failed, code_of(error, what=candidate.name))


def _task(plan: Plan, candidate: Candidate) -> Become:
    """Return what is left to be done.

    Raises:
        _Failed: the row lacks what is needed for it.
    """
    has_organization = plan.organization is not None or bool(plan.organization_path)
    if has_organization and candidate.organization is None:
        raise _Failed("no_organization")
    if plan.target and candidate.target_id is None:
        raise _Failed("no_object")
    image, organization = candidate.image, candidate.organization
    if image is None:
        _check_texts(candidate)
        return Become.imported
    if organization is not None and image.organization_id != organization.pk:
        raise _Failed("other_organization")
    return Become.there if candidate.is_attached else Become.attached


def _check_texts(candidate: Candidate) -> None:
    """Refuse what would have to be cut.

    Raises:
        _Failed: a text is longer than the image's field.
    """
    for name, text in candidate.texts.items():
        longest = getattr(Image._meta.get_field(name), "max_length", None)
        if longest is not None and len(text) > longest:
            raise _Failed(f"{name}_too_long")


def _import(plan: Plan, candidate: Candidate) -> Outcome:
    data = read_file(plan.field.storage, candidate.name)
    upload = ContentFile(data, name=base_name(candidate.name))
    description = cast("Description", {**candidate.texts, "visibility": plan.visibility})
    if plan.target:
        image = upload_and_attach(
            obj=plan.target.model(pk=candidate.target_id),
            creator=plan.creator,
            upload=upload,
            organization=candidate.organization,
            description=description,
            image_focal_point=candidate.focal_point,
            upload_id=candidate.upload_id,
        ).image
    else:
        image = upload_image(
            organization=cast("Organization", candidate.organization),
            creator=plan.creator,
            upload=upload,
            focal_point=candidate.focal_point,
            upload_id=candidate.upload_id,
            **description,
        )
    return Outcome(
        candidate,
        Become.imported,
        read=len(data),
        stored=image.file_size,
        is_same=image.sha256 == hashlib.sha256(data).hexdigest(),
    )


def _attach(plan: Plan, candidate: Candidate) -> None:
    target = cast("Attachable", plan.target)
    image = cast("ImportedImage", candidate.image)
    attach(
        obj=target.model(pk=candidate.target_id),
        image=Image(pk=image.pk),
        organization=candidate.organization,
    )


def _compare(plan: Plan, candidate: Candidate) -> Outcome:
    _task(plan, candidate)
    image = candidate.image
    if image is None:
        raise _Failed("not_imported")
    if not candidate.is_attached:
        raise _Failed("not_attached")
    data = read_file(plan.field.storage, candidate.name)
    stripped = decoders().take_in(data, (), limits=decoding_limits()).file
    with storage_errors():
        stored = media_storage().read(image.key)
    if stored != stripped or hashlib.sha256(stored).hexdigest() != image.sha256:
        raise _Failed("differs")
    return Outcome(
        candidate, Become.verified, read=len(data), stored=len(stored), is_same=stored == data
    )
