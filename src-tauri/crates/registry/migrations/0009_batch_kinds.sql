-- Extensions of many signatures are batches, too. Nobody signs in them, so they have neither an identity nor a certificate; a batch
-- of signatures always has both. The rules of a column cannot be changed in place: the table is made anew, and that of the documents
-- with it, because it refers to the batches.
CREATE TABLE batches_of_kinds (
    id                 TEXT NOT NULL PRIMARY KEY,
    kind               TEXT NOT NULL CHECK (kind IN ('sign', 'extend')),
    started_at         TEXT NOT NULL,
    operator_id        TEXT NOT NULL,
    operator_name      TEXT NOT NULL,
    operator_role      TEXT NOT NULL,
    identity           TEXT REFERENCES identities (id),
    certificate_sha256 TEXT,
    request            TEXT NOT NULL,
    output_folder      TEXT,
    output_file        TEXT,
    process            TEXT NOT NULL,
    state              TEXT NOT NULL CHECK (state IN ('open', 'ended', 'abandoned')),
    ended_at           TEXT,
    reason             TEXT,
    CHECK ((kind = 'sign') = (identity IS NOT NULL)),
    CHECK ((kind = 'sign') = (certificate_sha256 IS NOT NULL)),
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK ((state = 'abandoned') = (reason IS NOT NULL))
);
INSERT INTO batches_of_kinds (id, kind, started_at, operator_id, operator_name, operator_role, identity, certificate_sha256, request,
        output_folder, output_file, process, state, ended_at, reason)
    SELECT id, 'sign', started_at, operator_id, operator_name, operator_role, identity, certificate_sha256, request,
        output_folder, output_file, process, state, ended_at, reason
    FROM batches;

CREATE TABLE batch_items_of_kinds (
    batch         TEXT NOT NULL REFERENCES batches_of_kinds (id),
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
    error_params  TEXT,
    started_at    TEXT,
    ended_at      TEXT,
    correlation   TEXT,
    announced     TEXT,
    PRIMARY KEY (batch, position)
);
INSERT INTO batch_items_of_kinds (batch, position, path, name, origin, size, modified, sha256, state, output_path, output_sha256,
        error_code, error_params, started_at, ended_at, correlation, announced)
    SELECT batch, position, path, name, origin, size, modified, sha256, state, output_path, output_sha256,
        error_code, error_params, started_at, ended_at, correlation, announced
    FROM batch_items;

-- The documents first: nothing may refer to a table that goes. Their reference follows the table that is renamed.
DROP TABLE batch_items;
DROP TABLE batches;
ALTER TABLE batches_of_kinds RENAME TO batches;
ALTER TABLE batch_items_of_kinds RENAME TO batch_items;
CREATE INDEX batches_by_state ON batches (state, started_at);
CREATE INDEX batch_items_by_sha256 ON batch_items (sha256) WHERE sha256 IS NOT NULL;
