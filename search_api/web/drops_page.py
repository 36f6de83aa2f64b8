"""Fonds: drops and their reports, sending one, work under way, what the collection takes."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

import anyio.to_thread
from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import UploadFile

from corpus.report import counts, groups, needs_a_hand, sentence, visible
from corpus.states import LABELS_OF_ONE, DropReport, FileState
from indexer.ingest import WITHDRAWAL
from search_api.engine.drops.desk import MOST_WITHDRAWN, DropDesk
from search_api.engine.jobs import Job, JobKind, JobState
from search_api.http.house import User
from search_api.http.problems import ProblemError
from search_api.http.routes.drops import find_report, writable
from search_api.http.routes.jobs import Manager, TheDrops, concerns, find_job
from search_api.web.acronyms_page import chosen_compartment
from search_api.web.address import page_number
from search_api.web.rendering import TheRenderer

router = APIRouter(include_in_schema=False)

LATEST = 20
MOST_WITHDRAWN_SHOWN = 50
MOST_HEALTHY = 500
_PIECE = 4 << 20
_STATES = {
    JobState.QUEUED: "En attente",
    JobState.RUNNING: "En cours",
    JobState.DONE: "Terminé",
    JobState.FAILED: "Échec",
    JobState.INTERRUPTED: "Interrompu",
}
_MODES = {"delta": "ajout", "full": "lot complet", WITHDRAWAL: "retrait"}
REMEDIES = {
    FileState.PARTIAL: "Les pages lues peuvent être cherchées. Une fois la cause levée, faites relire.",
    FileState.UNPACKED: "Le reste de l’archive est indexé. Envoyez ce qui manque dans un nouveau lot.",
    FileState.AWAITING_OCR: "Demandez à l’exploitant d’installer Tesseract et le français, puis faites relire.",
    FileState.PASSWORD_NEEDED: "Donnez le mot de passe à l’exploitant, qui l’ajoute à REUNI_PASSWORDS et redémarre le "
    "serveur ; puis faites relire.",
    FileState.NEEDS_LIBREOFFICE: "Demandez à l’exploitant d’installer LibreOffice, puis faites relire.",
    FileState.UNSUPPORTED: "Envoyez le document dans un format lu (PDF, DOCX, ODT, texte), dans un nouveau lot.",
    FileState.QUARANTINED: "Envoyez une copie saine dans un nouveau lot. Si le fichier est bon, faites-le relire.",
}
"""What a manager does here about the files of each state."""
USES = (
    ("originals", "fichiers d’origine"),
    ("generations", "index en service"),
    ("former_generations", "index précédents"),
    ("embeddings", "vecteurs gardés pour la prochaine indexation"),
    ("catalogue", "catalogue et textes"),
    ("ocr", "lectures optiques"),
    ("page_images", "images de pages"),
)
_AGAIN = (JobState.FAILED, JobState.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class DropView:
    """A drop ready for its template."""

    report: DropReport
    mode: str
    sentence: str
    attention: int
    url: str


@dataclass(frozen=True, slots=True)
class JobView:
    """A job ready for its template; ``report`` is the address of the report of the drop it made, or ""."""

    job: Job
    state: str
    again: bool
    report: str


def report_url(compartment: str, drop: str) -> str:
    """The page of a drop's report."""
    return f"/fonds/lot?{urlencode([('compartiment', compartment), ('lot', drop)])}"


def drop_view(report: DropReport) -> DropView:
    """What pages say of a drop."""
    return DropView(
        report=report,
        mode=_MODES.get(report.mode, report.mode),
        sentence=sentence(report) if report.mode != WITHDRAWAL else "Des documents ont été retirés du fonds.",
        attention=sum(needs_a_hand(record) for record in report.records),
        url=report_url(report.compartment, report.name),
    )


def job_view(job: Job) -> JobView:
    """What pages say of a job."""
    drop = job.result.get("drop", "")
    return JobView(job, _STATES[job.state], job.state in _AGAIN, report_url(job.compartment, drop) if drop else "")


@router.get("/fonds")
def drops_page(request: Request, user: Manager, drops: TheDrops, renderer: TheRenderer) -> Response:
    """What the collection holds, its drops, and what can be done."""
    compartment = chosen_compartment(request.query_params, user)
    jobs = [job for job in drops.jobs.jobs(most=LATEST) if concerns(job, user) and job.kind is not JobKind.WATCH_LIST]
    return renderer.page(
        request,
        "drops.html",
        compartment=compartment,
        compartments=user.compartments or (compartment,),
        state=next((one for one in drops.status((compartment,)) if one["compartment"] == compartment), None),
        drops=[drop_view(report) for report in drops.drops(compartment, LATEST)],
        active=[job_view(job) for job in jobs if job.active],
        past=[job_view(job) for job in jobs if not job.active][:5],
        generations=drops.generations(compartment),
        withdrawn=drops.withdrawn(compartment, 0)[1],
        uses=USES,
        folders=drops.server_folders(),
        piece=_PIECE,
    )


@router.get("/fonds/retires")
def withdrawn_page(request: Request, user: Manager, drops: TheDrops, renderer: TheRenderer) -> Response:
    """The documents that left a compartment: what is kept of them is where they stood, and when they left."""
    compartment = chosen_compartment(request.query_params, user)
    page = page_number(request.query_params.get("page", ""))
    gone, total = drops.withdrawn(compartment, MOST_WITHDRAWN_SHOWN, (page - 1) * MOST_WITHDRAWN_SHOWN)

    def at(number: int) -> str:
        return f"/fonds/retires?{urlencode([('compartiment', compartment), ('page', number)])}"

    return renderer.page(
        request,
        "withdrawn.html",
        compartment=compartment,
        compartments=user.compartments or (compartment,),
        gone=[(one, report_url(compartment, one.drop)) for one in gone],
        total=total,
        page=page,
        previous=at(page - 1) if page > 1 else None,
        following=at(page + 1) if page * MOST_WITHDRAWN_SHOWN < total else None,
        visible=visible,
    )


@router.get("/fonds/lot")
def report_page(request: Request, user: Manager, drops: TheDrops, renderer: TheRenderer) -> Response:
    """A drop's report: what needs a hand, with what to do, then the rest."""
    compartment = chosen_compartment(request.query_params, user)
    report = find_report(drops, compartment, request.query_params.get("lot", ""))
    healthy = [record for record in report.records if not needs_a_hand(record)]
    return renderer.page(
        request,
        "drop_report.html",
        view=drop_view(report),
        report=report,
        counts=counts(report),
        groups=groups(report),
        remedies=REMEDIES,
        healthy=[(record, LABELS_OF_ONE[record.state]) for record in healthy[:MOST_HEALTHY]],
        left_out=max(0, len(healthy) - MOST_HEALTHY),
        visible=visible,
    )


@router.post("/fonds/lots")
async def send_drop(request: Request, user: Manager, drops: TheDrops) -> Response:
    """Take a whole drop in one form, and have it indexed: what browsers without JavaScript do."""
    async with request.form(max_files=1_000, max_fields=20) as form:
        said = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        files = [one for one in form.getlist("fichiers") if isinstance(one, UploadFile) and one.filename]
        job = await anyio.to_thread.run_sync(_delivered, drops, user, said, files)
    return RedirectResponse(f"/fonds/travaux/{job.id}", status_code=303)


def _delivered(drops: DropDesk, user: User, said: dict[str, str], files: list[UploadFile]) -> Job:
    compartment = writable(said.get("compartiment", ""), user)
    mode = "full" if said.get("mode") == "full" else "delta"
    delivery = drops.deliveries.open(user.name, said.get("nom", ""), compartment, mode)
    try:
        for file in files:
            announced = drops.deliveries.announce(delivery, file.filename or "", file.size or 0)
            offset = 0
            while piece := file.file.read(_PIECE):
                offset = drops.deliveries.write(delivery, announced, offset, piece)
        whole = drops.deliveries.delivery(user.name, delivery.id)
        assert whole is not None  # noqa: S101 - opened above
        return drops.index_delivery(user.name, whole)
    except BaseException:
        drops.deliveries.discard(delivery.id)
        raise


@router.post("/fonds/dossiers")
def index_folder(
    user: Manager,
    drops: TheDrops,
    compartiment: Annotated[str, Form()],
    dossier: Annotated[str, Form()] = "",
    nom: Annotated[str, Form()] = "",
    mode: Annotated[str, Form()] = "delta",
) -> Response:
    """Have a folder of the server indexed; the drop takes its name when none is given."""
    root, _, folder = dossier.partition(":")
    job = drops.index_folder(
        user.name,
        int(root) if root.isascii() and root.isdigit() and len(root) < 4 else -1,
        folder,
        name=nom.strip() or folder or "lot",
        compartment=writable(compartiment, user),
        mode="full" if mode == "full" else "delta",
    )
    return RedirectResponse(f"/fonds/travaux/{job.id}", status_code=303)


@router.post("/fonds/reprise")
def retry(user: Manager, drops: TheDrops, compartiment: Annotated[str, Form()]) -> Response:
    """Have the failures of a compartment read again."""
    job = drops.retry(user.name, writable(compartiment, user))
    return RedirectResponse(f"/fonds/travaux/{job.id}", status_code=303)


@router.post("/fonds/retrait")
def withdraw(
    user: Manager,
    drops: TheDrops,
    compartiment: Annotated[str, Form()],
    lot: Annotated[str, Form()] = "",
    document: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Have a drop or some documents taken out."""
    if document and len(document) > MOST_WITHDRAWN:
        raise ProblemError(
            422, "refused", f"{MOST_WITHDRAWN} documents au plus sont retirés à la fois.", remedy="Cochez-en moins."
        )
    job = drops.withdraw(user.name, writable(compartiment, user), documents=document or [], drop=lot)
    return RedirectResponse(f"/fonds/travaux/{job.id}", status_code=303)


@router.get("/fonds/travaux/{job_id}")
def job_page(request: Request, job: Annotated[Job, Depends(find_job)], renderer: TheRenderer) -> Response:
    """Where a job stands; the page comes back by itself while it runs."""
    return renderer.page(request, "job.html", view=job_view(job))


@router.post("/fonds/travaux/{job_id}/encore")
def do_again(job: Annotated[Job, Depends(find_job)], user: Manager, drops: TheDrops) -> Response:
    """Do a job that failed or was interrupted again."""
    return RedirectResponse(f"/fonds/travaux/{drops.again(user.name, job).id}", status_code=303)
