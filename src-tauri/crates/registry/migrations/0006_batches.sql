-- Batches of documents to sign, as they were asked for, and how far each document came. Written before the first document; what
-- is left of it after a crash is told and taken up again, or given up with a reason.
CREATE TABLE batches (
    id                 TEXT NOT NULL PRIMARY KEY,
    started_at         TEXT NOT NULL,
    operator_id        TEXT NOT NULL,
    operator_name      TEXT NOT NULL,
    operator_role      TEXT NOT NULL,
    identity           TEXT NOT NULL REFERENCES identities (id),
    certificate_sha256 TEXT NOT NULL,
    request            TEXT NOT NULL,
    output_folder      TEXT,
    output_file        TEXT,
    process            TEXT NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('open', 'ended', 'abandoned')),
    ended_at           TEXT,
    reason             TEXT,
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK ((state = 'abandoned') = (reason IS NOT NULL))
);
CREATE INDEX batches_by_state ON batches (state, started_at);

CREATE TABLE batch_items (
    batch         TEXT NOT NULL REFERENCES batches (id),
    position      BIGINT NOT NULL CHECK (position >= 0),
    path          TEXT NOT NULL,
    name          TEXT NOT NULL,
    origin        TEXT NOT NULL,
    size          BIGINT NOT NULL CHECK (size >= 0),
    modified      BIGINT,
    sha256        TEXT,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    output_path   TEXT,
    output_sha256 TEXT,
    error_code    TEXT,
    started_at    TEXT,
    ended_at      TEXT,
    correlation   TEXT,
    PRIMARY KEY (batch, position)
);
