"""Wire models of drops and jobs."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from search_api.engine.drops.deliveries import LONGEST_NAME, LONGEST_PATH
from search_api.engine.drops.desk import MOST_WITHDRAWN
from search_api.engine.jobs import JobKind, JobState
from search_api.http.models import FilterText

# Told in the description only: the refusals have words of their own.
_NAME: dict[str, JsonValue] = {"minLength": 1, "maxLength": LONGEST_NAME, "pattern": r"[^\s]"}


class Mode(StrEnum):
    """What becomes of what a drop does not bring."""

    DELTA = "delta"
    FULL = "full"


class JobOut(BaseModel):
    """Long work: where it stands, and what came of it."""

    id: str = Field(examples=["9f2c41d07be12d44"])
    kind: JobKind
    compartment: str = Field(description="Whose documents it concerns, or empty.", examples=["general"])
    name: str = Field(description="In French.", examples=["lot 2026-s48"])
    state: JobState = Field(description="`interrupted` when the process that did it died.")
    stage: str = Field(description="What it is doing, in French.", examples=["Lecture des fichiers"])
    done: int = Field(description="Of this stage.", examples=[12])
    total: int = Field(description="0 when it is not known.", examples=[132])
    message: str = Field(description="Why it failed, in French, or empty.")
    remedy: str = Field(description="What to do about it, in French, or empty.")
    result: dict[str, JsonValue] = Field(
        description="What came of it, once done.", examples=[{"drop": "2026-s48", "files": 132}]
    )
    created_at: str = Field(description="ISO 8601, UTC.", examples=["2026-11-27T08:12:45+00:00"])
    started_at: str = Field(description="Empty while it waits.")
    finished_at: str = Field(description="Empty while it waits or runs.")
    url: str = Field(examples=["/api/v1/jobs/9f2c41d07be12d44"])
    events_url: str = Field(
        description="Its progress as server-sent events.", examples=["/api/v1/events/jobs/9f2c41d07be12d44"]
    )


class JobsOut(BaseModel):
    """Jobs, latest first."""

    jobs: list[JobOut]


class DeliveryIn(BaseModel):
    """A drop that is going to be sent file by file."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="Of the drop.", examples=["2026-s48"], json_schema_extra=_NAME)
    compartment: FilterText = Field("general", description="Where its documents go.")
    mode: Mode = Field(Mode.DELTA, description="`full` withdraws what the drop does not bring.")


class FileIn(BaseModel):
    """A file that is going to be sent."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        description="Its name in the drop, `/` between folders. Data: nothing is ever opened by it.",
        examples=["notes/2026/note-12.pdf"],
        json_schema_extra={"minLength": 1, "maxLength": LONGEST_PATH, "pattern": r"[^\s./\\]"},
    )
    size: int = Field(ge=0, le=1 << 40, description="In bytes.", examples=[48_213])
    sha256: str = Field(
        "", pattern=r"^([0-9a-f]{64})?$", description="Of the whole file, checked when it has come; or empty."
    )


class FileOut(BaseModel):
    """A file on its way."""

    number: int = Field(description="Its place in the delivery, 1 for the first.", examples=[1])
    path: str = Field(examples=["notes/2026/note-12.pdf"])
    size: int = Field(examples=[48_213])
    offset: int = Field(description="Bytes that came: where the next piece starts.", examples=[32_768])


class DeliveryOut(BaseModel):
    """A delivery under way: send each file from its offset, then ask for it to be indexed."""

    id: str = Field(examples=["9f2c41d07be12d44"])
    name: str = Field(examples=["2026-s48"])
    compartment: str = Field(examples=["general"])
    mode: Mode
    job: str = Field(description="Id of the job that indexes it, or empty.")
    files: list[FileOut]
    url: str = Field(examples=["/api/v1/drops/deliveries/9f2c41d07be12d44"])


class FolderIn(BaseModel):
    """A folder of the server to index."""

    model_config = ConfigDict(extra="forbid")

    root: int = Field(ge=0, le=1_000, description="As listed.", examples=[0])
    folder: str = Field(max_length=1_000, description="As listed.", examples=["2026-s48"])
    name: str = Field(description="Of the drop.", examples=["2026-s48"], json_schema_extra=_NAME)
    compartment: FilterText = Field("general", description="Where its documents go.")
    mode: Mode = Field(Mode.DELTA, description="`full` withdraws what the drop does not bring.")


class FolderOut(BaseModel):
    """A folder of the server that may be indexed."""

    root: int = Field(examples=[0])
    folder: str = Field(examples=["2026-s48"])


class FoldersOut(BaseModel):
    """The folders of the server that may be indexed."""

    folders: list[FolderOut]


class RetryIn(BaseModel):
    """What is to be read again."""

    model_config = ConfigDict(extra="forbid")

    compartment: FilterText = Field("general", description="Whose failures are read again.")


class WithdrawIn(BaseModel):
    """What is to be taken out: documents, or all that a drop brought and nothing replaced since."""

    model_config = ConfigDict(extra="forbid")

    compartment: FilterText = Field("general", description="Whose documents they are.")
    documents: list[FilterText] = Field(default_factory=list, max_length=MOST_WITHDRAWN, description="Ids.")
    drop: str = Field("", max_length=1_000, description="Name of the drop, or empty.", examples=["2026-s48"])


class DropOut(BaseModel):
    """What became of a drop, in figures."""

    name: str = Field(examples=["2026-s48"])
    compartment: str = Field(examples=["general"])
    mode: str = Field(description="`delta`, `full` or `withdrawal`.", examples=["delta"])
    started_at: str = Field(examples=["2026-11-27T08:12:45+00:00"])
    finished_at: str = Field(description="Empty while it runs, or when it was cut.")
    files: int = Field(description="Files that came in.", examples=[132])
    counts: dict[str, int] = Field(description="How many ended in each state; their sum is `files`.")
    withdrawn: int = Field(description="Documents taken out.", examples=[0])
    sentence: str = Field(description="The whole in one French sentence.")


class DropsOut(BaseModel):
    """Drops, latest first."""

    drops: list[DropOut]


class FileRecordOut(BaseModel):
    """What became of one file."""

    path: str = Field(examples=["notes/2026/note-12.pdf"])
    size: int = Field(examples=[48_213])
    sha256: str = Field(description="Of its content, hexadecimal.", examples=["9f86d081884c7d65"])
    state: str = Field(examples=["awaiting_ocr"])
    reason: str = Field(description="French, or empty.")
    remedy: str = Field(description="French, or empty.")
    document_id: str | None = Field(
        description="The document it is, or null when it gave none.", examples=["4b1f0c9a7be12d448810"]
    )


class DropReportOut(DropOut):
    """What became of a drop, file by file: those that need a hand first."""

    warnings: list[str] = Field(description="French, about the drop itself.")
    records: list[FileRecordOut]
    left_out: int = Field(description="Files that are not in `records`.", examples=[0])


class AcronymIn(BaseModel):
    """A decision on what an acronym stands for."""

    model_config = ConfigDict(extra="forbid")

    compartment: FilterText = Field("general", description="Where it counts.")
    short: str = Field(max_length=200, description="The acronym.", examples=["SISSE"])
    long: str = Field(
        max_length=1_000,
        description="In full.",
        examples=["Service de l’information stratégique et de la sécurité économiques"],
    )
    approved: bool = Field(description="False when it does not stand for that.")


class AcronymOut(BaseModel):
    """What an acronym stands for."""

    short: str = Field(examples=["SISSE"])
    long: str = Field(examples=["Service de l’information stratégique et de la sécurité économiques"])
    passages: int = Field(description="Passages that define it so; 0 for one that was added.", examples=[12])
    documents: list[str] = Field(description="Ids of some of the documents that do.")
    approved: bool | None = Field(description="What was decided; null when nothing was.")


class AcronymsOut(BaseModel):
    """Acronyms of a compartment, in order."""

    total: int = Field(examples=[42])
    acronyms: list[AcronymOut]
