"""What managers do with drops: start one, follow it, read its report, put right, withdraw."""

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from corpus.catalogue import Catalogue
from corpus.drop import display
from corpus.errors import InputError
from corpus.history import Gone
from corpus.states import DropReport
from indexer.compartment import Compartment, compartments
from indexer.embedded import Embedded
from indexer.errors import IndexDamaged
from indexer.indexing import MODES, Indexed, Indexing
from indexer.publish import Progress
from indexer.status import KeptGeneration, kept_generations, status
from indexer.storage import GenerationReader
from search_api.engine.desk import Conflict
from search_api.engine.drops.deliveries import Delivery, DeliveryStore, checked_name
from search_api.engine.glossary import Glossary
from search_api.engine.jobs import Job, JobKind, JobStore

WRITES = (JobKind.DROP, JobKind.RETRY, JobKind.WITHDRAW)
"""Jobs that write in the collection: one at a time."""
MOST_FOLDERS = 500
MOST_WITHDRAWN = 100

Launch = Callable[[str], None]
"""Has a job done, by its id, elsewhere; returns at once."""

IndexingOf = Callable[[str, Progress], AbstractContextManager[Indexing]]
"""What indexes into a compartment, telling its progress."""


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """A folder of the server that may be indexed.

    Attributes:
        root: place of its parent among the folders that are allowed.
        name: its own name, as text.
        path: where it is; never told.
    """

    root: int
    name: str
    path: Path


class DropDesk:
    """The drops of a data directory, for those who manage them.

    Args:
        folders: parents of the server's folders that may be indexed.
        launch: has a job done by another process.
        store: where generations are; on disk by default.
    """

    def __init__(
        self,
        data: Path,
        jobs: JobStore,
        deliveries: DeliveryStore,
        folders: Sequence[Path],
        launch: Launch,
        store: GenerationReader | None = None,
    ) -> None:
        self.jobs = jobs
        self.deliveries = deliveries
        self.glossary = Glossary(data)
        self._data = data
        self._folders = tuple(folders)
        self._launch = launch
        self._store = store or Embedded()

    # What there is

    def status(self, readable: Collection[str]) -> list[dict[str, Any]]:
        """What each of these compartments holds and what it takes on disk; see :func:`indexer.status.status`."""
        return [one for one in status(self._data, self._store) if one["compartment"] in readable]

    def published(self, readable: Collection[str]) -> dict[str, datetime]:
        """When the current generation of each of these compartments was made."""
        found = {}
        for name in readable:
            # What is wrong with a damaged one is for readiness to say.
            with suppress(IndexDamaged):
                manifest = self._store.manifest(Compartment(self._data, name))
                if manifest is not None:
                    found[name] = datetime.fromisoformat(manifest.created_at)
        return found

    def report(self, compartment: str, drop: str) -> DropReport | None:
        """The last report of a drop of that name; None when there is none."""
        with self._catalogue(compartment) as catalogue:
            return catalogue.report(compartment, drop)

    def drops(self, compartment: str, most: int) -> list[DropReport]:
        """The reports of a compartment's latest drops, latest first."""
        if not Compartment(self._data, compartment).catalogue.exists():
            return []
        with self._catalogue(compartment) as catalogue:
            reports = (catalogue.report(compartment, name) for name in list(reversed(catalogue.drops()))[:most])
            return [report for report in reports if report is not None]

    def withdrawn(self, compartment: str, most: int, offset: int = 0) -> tuple[list[Gone], int]:
        """Documents that left a compartment, the last first, and how many there are in all."""
        if not Compartment(self._data, compartment).catalogue.exists():
            return [], 0
        with self._catalogue(compartment) as catalogue:
            return catalogue.history.withdrawn(most, offset)

    def generations(self, compartment: str) -> list[KeptGeneration]:
        """The generations of a compartment that are on the disk, the last first."""
        return kept_generations(Compartment(self._data, compartment), self._store)

    def _catalogue(self, compartment: str) -> Catalogue:
        return Catalogue.open(Compartment(self._data, compartment).catalogue, read_only=True)

    def compartments(self) -> list[str]:
        """Every compartment that has a folder, searchable or not."""
        return compartments(self._data)

    def server_folders(self) -> list[ServerFolder]:
        """The server's folders that may be indexed, by parent then name; links are left out."""
        found: list[ServerFolder] = []
        for root, parent in enumerate(self._folders):
            try:
                entries = sorted(os.scandir(parent), key=lambda entry: entry.name)
            except OSError:
                # A share that is not mounted now.
                continue
            found += [
                ServerFolder(root, display(entry.name), Path(entry.path))
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
            ]
        return found[:MOST_FOLDERS]

    # What can be done

    def index_delivery(self, owner: str, delivery: Delivery) -> Job:
        """Have a delivery indexed.

        Raises:
            InputError: it is empty or did not come whole.
            Conflict: it is being indexed already, or something else is being written.
        """
        self.deliveries.incoming(delivery)
        if delivery.job:
            raise Conflict("cet envoi est déjà en cours d’indexation", remedy="Suivez le travail commencé")
        params = {"delivery": delivery.id, "name": delivery.name, "mode": delivery.mode}
        job = self._add(JobKind.DROP, owner, delivery.compartment, f"lot {delivery.name}", params)
        self.deliveries.given_to(delivery, job.id)
        self._launch(job.id)
        return job

    def index_folder(self, owner: str, root: int, folder: str, *, name: str, compartment: str, mode: str) -> Job:
        """Have a folder of the server indexed.

        Raises:
            InputError: it is not among those that may be.
            Conflict: something else is being written.
        """
        chosen = next((one for one in self.server_folders() if (one.root, one.name) == (root, folder)), None)
        if chosen is None:
            raise InputError(
                "ce dossier n’est pas de ceux que le serveur peut indexer",
                remedy="Choisissez-en un de la liste ; l’exploitant la règle par REUNI_DROP_FOLDERS",
            )
        params = {"path": str(chosen.path), "name": checked_name(name), "mode": mode}
        return self._started(JobKind.DROP, owner, compartment, f"lot {params['name']}", params)

    def retry(self, owner: str, compartment: str) -> Job:
        """Have what gave no text, or only a part, read again.

        Raises:
            Conflict: something else is being written.
        """
        return self._started(JobKind.RETRY, owner, compartment, f"reprise du compartiment {compartment}", {})

    def withdraw(self, owner: str, compartment: str, *, documents: Sequence[str], drop: str) -> Job:
        """Have documents taken out, or all those whose current version a drop brought.

        Raises:
            InputError: nothing is named, or too much.
            Conflict: something else is being written.
        """
        if not documents and not drop:
            raise InputError("rien n’est désigné", remedy="Désignez un lot ou des documents")
        if len(documents) > MOST_WITHDRAWN:
            raise InputError(
                f"{MOST_WITHDRAWN} documents au plus sont retirés à la fois", remedy="Retirez le lot, ou recommencez"
            )
        said = f"retrait du lot {drop}" if drop else f"retrait de {len(documents)} document(s)"
        params = {"documents": list(documents), "drop": drop}
        return self._started(JobKind.WITHDRAW, owner, compartment, said, params)

    def again(self, owner: str, job: Job) -> Job:
        """Have a job that failed or was interrupted done again; a drop goes on where it was cut.

        Raises:
            InputError: it did not fail.
            Conflict: something else is being written.
        """
        if job.active or not job.message or job.kind not in WRITES:
            raise InputError("ce travail n’a pas échoué", remedy="Rien n’est à recommencer")
        return self._started(job.kind, owner, job.compartment, job.name, job.params)

    def _started(self, kind: JobKind, owner: str, compartment: str, name: str, params: dict[str, Any] | Any) -> Job:
        job = self._add(kind, owner, compartment, name, params)
        self._launch(job.id)
        return job

    def _add(self, kind: JobKind, owner: str, compartment: str, name: str, params: Any) -> Job:
        mode = params.get("mode", MODES[0])
        if mode not in MODES:
            raise InputError(f"« {mode} » n’est pas un mode de lot", remedy=f"Modes possibles : {', '.join(MODES)}")
        Compartment(self._data, compartment)
        return self.jobs.add(kind, owner, name, params, compartment=compartment, alone_among=WRITES)


def do_drop_job(jobs: JobStore, deliveries: DeliveryStore, job_id: str, indexing_of: IndexingOf) -> None:
    """Do a job that writes in the collection: what the other process runs.

    Raises:
        InputError: there is no such job, or it is not one that writes.
        Conflict: it is not waiting.
    """
    job = jobs.job(job_id)
    if job is None or job.kind not in WRITES:
        raise InputError(f"il n’y a pas de travail « {job_id} »", remedy="Voyez la page Fonds")
    with jobs.working(job_id) as work, indexing_of(job.compartment, work.progress) as indexing:
        match job.kind:
            case JobKind.RETRY:
                indexed = indexing.retry()
            case JobKind.WITHDRAW:
                indexed = indexing.withdraw(documents=job.params["documents"], drop=job.params["drop"])
            case _:
                indexed = _drop(job, deliveries, indexing)
        work.result = _result(indexed)


def _drop(job: Job, deliveries: DeliveryStore, indexing: Indexing) -> Indexed:
    name, mode = job.params["name"], job.params["mode"]
    if "path" in job.params:
        return indexing.drop(Path(job.params["path"]), name=name, mode=mode)
    delivery = deliveries.delivery(job.owner, job.params["delivery"])
    if delivery is None:
        raise InputError("les fichiers de cet envoi ne sont plus là", remedy="Envoyez-les de nouveau")
    incoming = deliveries.incoming(delivery)
    if len(incoming) == 1:
        indexed = indexing.alone(incoming[0], name=name, mode=mode)
    else:
        indexed = indexing.files(incoming, name=name, mode=mode)
    # The collection has its own copies now.
    deliveries.discard(delivery.id)
    return indexed


def _result(indexed: Indexed) -> dict[str, Any]:
    report, published = indexed.report, indexed.published
    return {
        "drop": report.name,
        "files": report.files,
        "withdrawn": report.withdrawn,
        "generation": published.generation,
        "documents": published.documents,
        "passages": published.passages,
        "seconds": round(indexed.seconds, 1),
    }
