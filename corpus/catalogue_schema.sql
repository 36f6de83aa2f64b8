-- The catalogue of one compartment: what came in, what it says, what is current.
-- `revision` in meta grows with each change that the index must follow.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE drop_run (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    mode TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT NOT NULL DEFAULT '',
    withdrawn INTEGER NOT NULL DEFAULT 0,
    warnings TEXT NOT NULL DEFAULT '[]'
);

CREATE TABLE file (
    drop_id INTEGER NOT NULL REFERENCES drop_run(id),
    path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    remedy TEXT NOT NULL DEFAULT '',
    document_id TEXT,
    parent TEXT NOT NULL DEFAULT '', -- path of the archive or message that holds it
    depth INTEGER NOT NULL DEFAULT 0, -- how many of them stand around it
    PRIMARY KEY (drop_id, path)
) WITHOUT ROWID;

-- What a manifest said of a file, until another manifest names the file again.
CREATE TABLE described (path TEXT PRIMARY KEY, fields TEXT NOT NULL) WITHOUT ROWID;

-- One content, extracted once. failure is '' when it gave text.
CREATE TABLE version (
    sha256 TEXT PRIMARY KEY,
    extractor TEXT NOT NULL,
    media_type TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL DEFAULT '',
    metadata TEXT NOT NULL DEFAULT '{}',
    origins TEXT NOT NULL DEFAULT '{}',
    pages INTEGER NOT NULL DEFAULT 0,
    unread_pages TEXT NOT NULL DEFAULT '[]',
    awaiting_ocr TEXT NOT NULL DEFAULT '[]',
    warnings TEXT NOT NULL DEFAULT '[]',
    children INTEGER NOT NULL DEFAULT 0,
    failure TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    remedy TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

CREATE TABLE page (
    sha256 TEXT NOT NULL REFERENCES version(sha256) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    body BLOB NOT NULL, -- zlib of the JSON of a page
    PRIMARY KEY (sha256, number)
) WITHOUT ROWID;

CREATE TABLE document (
    id TEXT PRIMARY KEY,
    external_id TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES version(sha256),
    drop_id INTEGER NOT NULL REFERENCES drop_run(id),
    title TEXT NOT NULL,
    media_type TEXT NOT NULL,
    pages INTEGER NOT NULL,
    kind TEXT NOT NULL DEFAULT '',
    date TEXT NOT NULL DEFAULT '',
    metadata TEXT NOT NULL DEFAULT '{}',
    passages INTEGER NOT NULL DEFAULT 0,
    partial INTEGER NOT NULL DEFAULT 0,
    withdrawn INTEGER NOT NULL DEFAULT 0,
    origins TEXT NOT NULL DEFAULT '{}' -- where each field of the metadata, title, kind and date was found
) WITHOUT ROWID;
CREATE INDEX document_by_content ON document (sha256);

-- Every path at which a document was delivered; a path belongs to one document.
CREATE TABLE place (
    path TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES document(id),
    drop_id INTEGER NOT NULL REFERENCES drop_run(id)
) WITHOUT ROWID;
CREATE INDEX place_by_document ON place (document_id);

CREATE TABLE history (
    document_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    drop_id INTEGER NOT NULL,
    PRIMARY KEY (document_id, sequence)
) WITHOUT ROWID;

CREATE TABLE passage (
    document_id TEXT NOT NULL REFERENCES document(id),
    ordinal INTEGER NOT NULL,
    id TEXT NOT NULL,
    heading_path TEXT NOT NULL,
    spans TEXT NOT NULL,
    text TEXT NOT NULL,
    ocr_confidence REAL,
    PRIMARY KEY (document_id, ordinal)
) WITHOUT ROWID;

-- Near-duplicates (corpus/families.py): MinHash of each document's text, its bands, the pairs that are alike.
CREATE TABLE signature (
    document_id TEXT PRIMARY KEY REFERENCES document(id),
    sha256 TEXT NOT NULL,
    hashes BLOB NOT NULL -- 128 little-endian uint32; empty for a text too short to compare
) WITHOUT ROWID;

CREATE TABLE band (
    key INTEGER NOT NULL,
    document_id TEXT NOT NULL REFERENCES document(id),
    PRIMARY KEY (key, document_id)
) WITHOUT ROWID;
CREATE INDEX band_by_document ON band (document_id);

CREATE TABLE near (
    document_id TEXT NOT NULL REFERENCES document(id),
    other TEXT NOT NULL REFERENCES document(id),
    similarity REAL NOT NULL,
    PRIMARY KEY (document_id, other)
) WITHOUT ROWID;
CREATE INDEX near_by_other ON near (other);
