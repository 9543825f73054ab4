"""The documentation of the roles: what each kind of visitor is answered at every route.

A number is the status of a valid request. `=` says that an unsafe method changed nothing after
all; GET never does. At the end of a row stands what it is about where that matters.
"""

from __future__ import annotations

from dataclasses import dataclass

TABLE = """
                             anonymous  outsider  viewer  member  admin  owner  superuser

token-pair           POST      200=       200=     200=    200=   200=   200=    200=
token-refresh        POST      200=       200=     200=    200=   200=   200=    200=
token-verify         POST      200=       200=     200=    200=   200=   200=    200=
me                   GET       401        200      200     200    200    200     200

# Reference images: everybody has their own, and nobody another's, whatever their role.
reference-image-list    GET    401        200      200     200    200    200     200
reference-image-list    POST   401        201      201     201    201    201     201
reference-image-detail  GET    401        200      200     200    200    200     200  their own
reference-image-detail  GET    401        404      404     404    404    404     404
reference-image-detail  PATCH  401        200      200     200    200    200     200  their own
reference-image-detail  PATCH  401        404      404     404    404    404     404
reference-image-detail  DELETE 401        204      204     204    204    204     204  their own
reference-image-detail  DELETE 401        404      404     404    404    404     404
reference-image-urls    GET    401        200      200     200    200    200     200  their own
reference-image-urls    GET    401        404      404     404    404    404     404

schema               GET       200        200      200     200    200    200     200
api-docs             GET       200        200      200     200    200    200     200

# Organisations: everybody may have one; managers change it, and owners alone concern owners.
organization-list    GET       401        200      200     200    200    200     200
organization-list    POST      401        201      201     201    201    201     201
organization-detail  GET       401        404      200     200    200    200     200
organization-detail  PATCH     401        404      403     403    200    200     200
member-list          GET       401        404      200     200    200    200     200
member-list          POST      401        404      403     403    201    201     201  a viewer
member-list          POST      401        404      403     403    201    201     201  an admin
member-list          POST      401        404      403     403    403    201     201  an owner
member-detail        PATCH     401        404      403     403    200    200     200  to admin
member-detail        PATCH     401        404      403     403    403    200     200  to owner
member-detail        PATCH     401        404      403     403    403    200     200  of an owner
# The superuser is no member, so there is no place of theirs to change or to leave.
member-detail        PATCH     401        404      403     403    403    200=    404  their own
member-detail        DELETE    401        404      403     403    204    204     204  a member
member-detail        DELETE    401        404      403     403    403    204     204  an owner
member-detail        DELETE    401        404      204     204    204    204     404  themself

# The library: viewers look, members add and change, and delete what they uploaded themselves.
image-list           GET       401        404      200     200    200    200     200
image-list           POST      401        404      403     201    201    201     201
image-bulk-upload    POST      401        404      403     201    201    201     201
image-bulk-delete    POST      401        404      403     200=   200    200     200
image-bulk-delete    POST      401        404      403     200    200    200     200  their own
image-bulk-delete    POST      401        404      403     200=   200=   200=    200=  attached
image-bulk-delete    POST      401        404      403     200=   200    200     200  forced
image-detail         GET       401        404      200     200    200    200     200
image-detail         PATCH     401        404      403     200    200    200     200
image-detail         PATCH     401        404      403     200    200    200     200  their own
image-detail         DELETE    401        404      403     403    204    204     204
image-detail         DELETE    401        404      403     204    204    204     204  their own
image-detail         DELETE    401        404      403     403    409    409     409  attached
image-detail         DELETE    401        404      403     403    204    204     204  forced
image-detail         DELETE    401        404      403     409    409    409     409  own attached
image-detail         DELETE    401        404      403     204    204    204     204  own forced
image-file           PUT       401        404      403     200    200    200     200
image-file           PUT       401        404      403     200    200    200     200  their own
# 200 when it is done at once; here nothing is, because nothing is committed.
image-warm           POST      401        404      403     202    202    202     202
image-relations      GET       401        404      200     200    200    200     200

# Private images for others: who sees one may pass URLs on for a while; members share.
image-urls           GET       401        404      200     200    200    200     200
image-shares         GET       401        404      403     200    200    200     200
image-shares         POST      401        404      403     201    201    201     201
image-share          DELETE    401        404      403     204    204    204     204
share-resolve        POST      200=       200=     200=    200=   200=   200=    200=

# Direct uploads: of whoever began them, and of nobody else. The file needs its URL alone.
upload-list          POST      401        404      403     201    201    201     201
upload-detail        GET       401        404      200     200    200    200     200  their own
upload-detail        GET       401        404      404     404    404    404     404
upload-detail        DELETE    401        404      403     204    204    204     204  their own
upload-detail        DELETE    401        404      403     404    404    404     404
upload-complete      POST      401        404      403     201    201    201     201  their own
upload-complete      POST      401        404      403     404    404    404     404
upload-file          PUT       204        204      204     204    204    204     204

# The gallery of an object: viewers look, members arrange, whoever uploaded the images.
gallery              GET       401        404      200     200    200    200     200
gallery              POST      401        404      403     200    200    200     200  attach
gallery              POST      401        404      403     201    201    201     201  upload
gallery-bulk-attach  POST      401        404      403     200    200    200     200
gallery-bulk-detach  POST      401        404      403     200    200    200     200
gallery-bulk-upload  POST      401        404      403     201    201    201     201
gallery-reorder      POST      401        404      403     200    200    200     200
gallery-set-cover    POST      401        404      403     200    200    200     200
gallery-unset-cover  POST      401        404      403     200    200    200     200
gallery-cover        GET       401        404      200     200    200    200     200
gallery-image        GET       401        404      200     200    200    200     200
gallery-image        PATCH     401        404      403     200    200    200     200
gallery-image        DELETE    401        404      403     204    204    204     204

# Products are for everybody to see; members of their organisation write. So 403, not 404.
product-list         GET       200        200      200     200    200    200     200
product-list         POST      401        400      403     201    201    201     201
product-detail       GET       200        200      200     200    200    200     200
product-detail       PATCH     401        403      403     200    200    200     200
product-detail       DELETE    401        403      403     204    204    204     204
product-upload-image POST      401        403      403     200    200    200     200
product-upload-image PUT       401        403      403     200    200    200     200
product-delete-image DELETE    401        403      403     204    204    204     204
product-images       GET       200        200      200     200    200    200     200
product-images       POST      401        403      403     201    201    201     201
product-bulk-upload  POST      401        403      403     201    201    201     201
product-reorder      POST      401        403      403     200    200    200     200
product-image        GET       200        200      200     200    200    200     200
product-image        PATCH     401        403      403     200    200    200     200
product-image        DELETE    401        403      403     204    204    204     204
product-set-primary  POST      401        403      403     200    200    200     200
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one visitor gets."""

    status: int
    changes: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    route: str
    method: str
    variant: str
    answers: dict[str, Answer]

    def __str__(self) -> str:
        return f"{self.route} {self.method} {self.variant}".strip()

    @property
    def is_unsafe(self) -> bool:
        """Tell whether requests of this method may change anything."""
        return self.method != "GET"

    @property
    def is_open(self) -> bool:
        """Tell whether anybody is welcome."""
        return self.answers["anonymous"].status < 400


def _row(visitors: list[str], line: str) -> Row:
    route, method, *rest = line.split()
    texts, variant = rest[: len(visitors)], " ".join(rest[len(visitors) :])
    answers = {}
    for who, text in zip(visitors, texts, strict=True):
        status = int(text.removesuffix("="))
        changes = method != "GET" and status < 400 and not text.endswith("=")
        answers[who] = Answer(status, changes)
    # Two more have no column, for they are treated like others: who lost their membership as if
    # they never had one, and the inactive as nobody where anybody is asked who they are.
    answers["removed"] = answers["outsider"]
    if answers["anonymous"].status == 401:
        answers["inactive"] = answers["anonymous"]
    return Row(route, method, variant, answers)


def _rows() -> list[Row]:
    lines = [line for line in TABLE.splitlines() if line and not line.startswith("#")]
    visitors = lines[0].split()
    return [_row(visitors, line) for line in lines[1:]]


ROWS = _rows()
# Of each route and method: what a row is about is asked after whatever is the same for all.
FIRSTS = list({(row.route, row.method): row for row in reversed(ROWS)}.values())[::-1]
