"""Drops, for managers: sending, indexing, reports, putting right, withdrawing; and the jobs that do it."""

import hashlib
from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import APIRouter, Body, Header, Path, Query, Request, Response

from corpus.report import needs_a_hand
from corpus.states import DropReport
from indexer.compartment import DEFAULT
from search_api.engine.drops.deliveries import DeliveredFile, Delivery
from search_api.engine.drops.desk import DropDesk
from search_api.http.drop_models import (
    DeliveryIn,
    DeliveryOut,
    DropOut,
    DropReportOut,
    DropsOut,
    FileIn,
    FileOut,
    FileRecordOut,
    FolderIn,
    FolderOut,
    FoldersOut,
    JobOut,
    Mode,
    RetryIn,
    WithdrawIn,
)
from search_api.http.house import User
from search_api.http.problems import ProblemError, absent, documented
from search_api.http.routes.jobs import Manager, TheDrops, job_out
from search_api.http.wire import drop_fields

router = APIRouter(prefix="/api/v1", tags=["Lots (gestionnaire)"])

MOST_RECORDS = 2_000

DeliveryId = Annotated[
    str, Path(max_length=64, description="As given when it was opened.", examples=["9f2c41d07be12d44"])
]
CompartmentName = Annotated[str, Query(max_length=40, description="Whose drops are wanted.")]


def writable(compartment: str, user: User) -> str:
    """A compartment the caller may write in: one they read, or the first drop of all."""
    if compartment in user.compartments or (not user.compartments and compartment == DEFAULT):
        return compartment
    # The same words whether it exists or not: its existence is part of the secret.
    raise ProblemError(
        404,
        "unknown-compartment",
        "Ce compartiment n’est pas de ceux que vous pouvez lire.",
        remedy="Choisissez-en un de la page Fonds ; « reuni index --compartment » en ouvre un nouveau.",
    )


def find_delivery(drops: DropDesk, user: User, delivery_id: str) -> Delivery:
    """A delivery of the caller, or the 404 that says the same whether it is absent or somebody else's."""
    found = drops.deliveries.delivery(user.name, delivery_id)
    if found is None:
        raise absent("Vous n’avez pas d’envoi en cours à cette adresse.", "Il a pu être indexé : voyez la page Fonds.")
    return found


def find_report(drops: DropDesk, compartment: str, drop: str) -> DropReport:
    """The report of a drop of a compartment the caller may read, or the 404 that there is none."""
    report = drops.report(compartment, drop) if compartment in drops.compartments() else None
    if report is None:
        raise absent("Aucun lot de ce nom n’est dans ce compartiment.", "Voyez la liste des lots de la page Fonds.")
    return report


def _file_out(file: DeliveredFile) -> FileOut:
    return FileOut(number=file.number, path=file.path, size=file.size, offset=file.received)


def _delivery_out(delivery: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=delivery.id,
        name=delivery.name,
        compartment=delivery.compartment,
        mode=Mode(delivery.mode),
        job=delivery.job,
        files=[_file_out(file) for file in delivery.files],
        url=f"/api/v1/drops/deliveries/{delivery.id}",
    )


@router.get("/drops", summary="List the drops", responses=documented(403, 404, 422, 429, 500, 503))
def list_drops(
    user: Manager,
    drops: TheDrops,
    compartment: CompartmentName = DEFAULT,
    most: Annotated[int, Query(ge=1, le=100, description="How many are wanted.")] = 20,
) -> DropsOut:
    """What became of a compartment's latest drops."""
    reports = drops.drops(writable(compartment, user), most)
    return DropsOut(drops=[DropOut.model_validate(drop_fields(report)) for report in reports])


@router.get("/drops/report", summary="Read a drop's report", responses=documented(403, 404, 422, 429, 500, 503))
def read_report(
    user: Manager,
    drops: TheDrops,
    drop: Annotated[str, Query(max_length=1_000, description="Its name.", examples=["2026-s48"])],
    compartment: CompartmentName = DEFAULT,
) -> DropReportOut:
    """What became of each file, with what to do about each failure: those that need a hand first."""
    report = find_report(drops, writable(compartment, user), drop)
    records = sorted(report.records, key=lambda record: not needs_a_hand(record))
    return DropReportOut.model_validate(
        {
            **drop_fields(report),
            "warnings": list(report.warnings),
            "records": [
                FileRecordOut(
                    path=record.path,
                    size=record.size,
                    sha256=record.sha256,
                    state=record.state.value,
                    reason=record.reason,
                    remedy=record.remedy,
                    document_id=record.document_id,
                )
                for record in records[:MOST_RECORDS]
            ],
            "left_out": max(0, len(records) - MOST_RECORDS),
        }
    )


@router.post(
    "/drops/deliveries",
    summary="Open a delivery",
    status_code=201,
    responses=documented(400, 403, 404, 413, 422, 429, 500, 503),
)
def open_delivery(asked: Annotated[DeliveryIn, Body()], user: Manager, drops: TheDrops) -> DeliveryOut:
    """Start sending a drop: announce its files, send each in pieces, then ask for it to be indexed."""
    compartment = writable(asked.compartment, user)
    return _delivery_out(drops.deliveries.open(user.name, asked.name, compartment, asked.mode.value))


@router.get(
    "/drops/deliveries/{delivery_id}",
    summary="See how much of a delivery has come",
    responses=documented(403, 404, 422, 429, 500, 503),
)
def read_delivery(delivery_id: DeliveryId, user: Manager, drops: TheDrops) -> DeliveryOut:
    """Each file with the offset from which to go on."""
    return _delivery_out(find_delivery(drops, user, delivery_id))


@router.delete(
    "/drops/deliveries/{delivery_id}",
    summary="Give up a delivery",
    status_code=204,
    responses=documented(403, 404, 409, 422, 429, 500, 503),
)
def discard_delivery(delivery_id: DeliveryId, user: Manager, drops: TheDrops) -> Response:
    """Remove what has come of it."""
    delivery = find_delivery(drops, user, delivery_id)
    job = drops.jobs.job(delivery.job) if delivery.job else None
    if job is not None and job.active:
        raise ProblemError(
            409, "conflict", "Cet envoi est en cours d’indexation.", remedy="Attendez que le travail finisse."
        )
    drops.deliveries.discard(delivery.id)
    return Response(status_code=204)


@router.post(
    "/drops/deliveries/{delivery_id}/files",
    summary="Announce a file",
    status_code=201,
    responses=documented(400, 403, 404, 409, 413, 422, 429, 500, 503),
)
def announce_file(delivery_id: DeliveryId, asked: Annotated[FileIn, Body()], user: Manager, drops: TheDrops) -> FileOut:
    """Say that a file will come; announced again, it answers from where to go on."""
    delivery = find_delivery(drops, user, delivery_id)
    return _file_out(drops.deliveries.announce(delivery, asked.path, asked.size, asked.sha256))


@router.put(
    "/drops/deliveries/{delivery_id}/files/{number}",
    summary="Send a piece of a file",
    responses=documented(400, 403, 404, 409, 413, 422, 429, 500, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def send_piece(
    request: Request,
    delivery_id: DeliveryId,
    number: Annotated[int, Path(ge=1, le=1_000_000, description="As announced.", examples=[1])],
    user: Manager,
    drops: TheDrops,
    offset: Annotated[int, Query(ge=0, le=1 << 40, description="Where the piece starts in the file.", examples=[0])],
    x_piece_sha256: Annotated[
        str, Header(pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of the piece, checked; or empty.")
    ] = "",
) -> FileOut:
    """The bytes of one piece, 8 MiB at most, as the whole body. It is on disk when the answer comes.

    A piece that does not start where the file ends is refused (409): read the delivery again to know where to go on.
    """
    piece = await request.body()

    def written() -> FileOut:
        delivery = find_delivery(drops, user, delivery_id)
        file = next((file for file in delivery.files if file.number == number), None)
        if file is None:
            raise absent("Cet envoi n’a pas de fichier de ce numéro.", "Annoncez-le d’abord.")
        if x_piece_sha256 and hashlib.sha256(piece).hexdigest() != x_piece_sha256:
            raise ProblemError(
                422, "piece-damaged", "Ce morceau n’est pas arrivé tel qu’envoyé.", remedy="Envoyez-le de nouveau."
            )
        received = drops.deliveries.write(delivery, file, offset, piece)
        return FileOut(number=file.number, path=file.path, size=file.size, offset=received)

    return await anyio.to_thread.run_sync(written)


@router.post(
    "/drops/deliveries/{delivery_id}/index",
    summary="Index a delivery",
    status_code=202,
    responses=documented(403, 404, 409, 413, 422, 429, 500, 503),
)
def index_delivery(delivery_id: DeliveryId, user: Manager, drops: TheDrops) -> JobOut:
    """Have what came indexed by another process, while this one serves."""
    return job_out(drops.index_delivery(user.name, find_delivery(drops, user, delivery_id)))


@router.get("/drops/folders", summary="List the server's folders", responses=documented(403, 429, 500, 503))
def list_folders(user: Manager, drops: TheDrops) -> FoldersOut:
    """The folders of the server that may be indexed: those below the parents that the operator allows."""
    return FoldersOut(folders=[FolderOut(root=one.root, folder=one.name) for one in drops.server_folders()])


@router.post(
    "/drops/folders",
    summary="Index a folder of the server",
    status_code=202,
    responses=documented(400, 403, 404, 409, 413, 422, 429, 500, 503),
)
def index_folder(asked: Annotated[FolderIn, Body()], user: Manager, drops: TheDrops) -> JobOut:
    """Have one of the listed folders indexed by another process."""
    job = drops.index_folder(
        user.name,
        asked.root,
        asked.folder,
        name=asked.name,
        compartment=writable(asked.compartment, user),
        mode=asked.mode.value,
    )
    return job_out(job)


@router.post(
    "/drops/retry",
    summary="Read the failures again",
    status_code=202,
    responses=documented(400, 403, 404, 409, 413, 422, 429, 500, 503),
)
def retry(asked: Annotated[RetryIn, Body()], user: Manager, drops: TheDrops) -> JobOut:
    """Have the files that gave no text, or only a part, read again from the collection's own copies."""
    return job_out(drops.retry(user.name, writable(asked.compartment, user)))


@router.post(
    "/drops/withdraw",
    summary="Withdraw documents",
    status_code=202,
    responses=documented(400, 403, 404, 409, 413, 422, 429, 500, 503),
)
def withdraw(asked: Annotated[WithdrawIn, Body()], user: Manager, drops: TheDrops) -> JobOut:
    """Have documents taken out of the collection, or all those that a drop brought and nothing replaced since."""
    compartment = writable(asked.compartment, user)
    return job_out(drops.withdraw(user.name, compartment, documents=asked.documents, drop=asked.drop))
