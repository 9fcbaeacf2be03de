-- Passwords of operators, requests that need two people, rotations of keys, A1 files. Common subset of SQLite and PostgreSQL;
-- what a row must not become later is in 0004. A copy of an operator is three columns: identifier, name and role at the time.

-- An Argon2id hash in the PHC string format, never a password.
CREATE TABLE operator_secrets (
    operator   TEXT NOT NULL PRIMARY KEY REFERENCES operators (id),
    phc        TEXT NOT NULL CHECK (phc LIKE '$argon2id$%'),
    changed_at TEXT NOT NULL
);

-- One person asks, another decides, and what was approved is done at most once. The checks are the second wall: the program
-- makes the same ones first.
CREATE TABLE requests (
    id                TEXT NOT NULL PRIMARY KEY,
    kind              TEXT NOT NULL CHECK (kind IN ('key_rotation', 'key_deletion', 'p12_export', 'certificate_issue',
                                                    'certificate_revocation', 'trust_anchor')),
    subject           TEXT NOT NULL,
    params            TEXT NOT NULL,
    params_sha256     TEXT NOT NULL,
    requested_by_id   TEXT NOT NULL,
    requested_by_name TEXT NOT NULL,
    requested_by_role TEXT NOT NULL,
    requested_at      TEXT NOT NULL,
    reason            TEXT NOT NULL,
    expires_at        TEXT NOT NULL,
    decided_by_id     TEXT,
    decided_by_name   TEXT,
    decided_by_role   TEXT,
    decided_at        TEXT,
    approved          BIGINT CHECK (approved IN (0, 1)),
    decision_reason   TEXT,
    withdrawn_at      TEXT,
    used_at           TEXT,
    used_for          TEXT,
    CONSTRAINT two_people CHECK (decided_by_id IS NULL OR LOWER(decided_by_id) <> LOWER(requested_by_id)),
    CONSTRAINT decision_is_whole CHECK (
        (decided_by_id IS NULL) = (decided_at IS NULL) AND (decided_by_name IS NULL) = (decided_at IS NULL)
        AND (decided_by_role IS NULL) = (decided_at IS NULL) AND (approved IS NULL) = (decided_at IS NULL)
        AND (decision_reason IS NULL) = (decided_at IS NULL)),
    CONSTRAINT use_is_whole CHECK ((used_at IS NULL) = (used_for IS NULL)),
    CONSTRAINT used_when_approved CHECK (used_at IS NULL OR (COALESCE(approved, 0) = 1 AND withdrawn_at IS NULL)),
    CONSTRAINT not_withdrawn_when_rejected CHECK (withdrawn_at IS NULL OR COALESCE(approved, 1) = 1),
    CONSTRAINT in_time CHECK (requested_at < expires_at AND (decided_at IS NULL OR decided_at < expires_at)
        AND (used_at IS NULL OR used_at < expires_at))
);
CREATE INDEX requests_by_time ON requests (requested_at, id);

CREATE TABLE rotations (
    id                TEXT NOT NULL PRIMARY KEY,
    alias             TEXT NOT NULL,
    old_key_ref       TEXT NOT NULL,
    old_key_id        TEXT NOT NULL,
    new_key_ref       TEXT,
    new_key_id        TEXT,
    old_identity      TEXT REFERENCES identities (id),
    new_identity      TEXT REFERENCES identities (id),
    request           TEXT NOT NULL UNIQUE REFERENCES requests (id),
    requested_by_id   TEXT NOT NULL,
    requested_by_name TEXT NOT NULL,
    requested_by_role TEXT NOT NULL,
    approved_by_id    TEXT NOT NULL,
    approved_by_name  TEXT NOT NULL,
    approved_by_role  TEXT NOT NULL,
    params            TEXT NOT NULL,
    state             TEXT NOT NULL CHECK (state IN ('running', 'transition', 'finished', 'rolled_back', 'rolling_back')),
    step              TEXT NOT NULL CHECK (step IN ('create_key', 'certificate', 'move_alias', 'validate', 'transition',
                                                    'disable_old', 'schedule_deletion')),
    version           BIGINT NOT NULL CHECK (version >= 0),
    created_at        TEXT NOT NULL,
    updated_at        TEXT NOT NULL,
    finished_at       TEXT,
    CHECK (LOWER(requested_by_id) <> LOWER(approved_by_id)),
    CHECK ((state IN ('finished', 'rolled_back')) = (finished_at IS NOT NULL))
);
-- A key is replaced once at a time, and so is what an alias stands for. A key without an alias has an empty one here.
CREATE UNIQUE INDEX rotations_one_per_key ON rotations (old_key_id) WHERE state NOT IN ('finished', 'rolled_back');
CREATE UNIQUE INDEX rotations_one_per_alias ON rotations (alias)
    WHERE state NOT IN ('finished', 'rolled_back') AND alias <> '';

CREATE TABLE rotation_steps (
    rotation      TEXT NOT NULL REFERENCES rotations (id),
    seq           BIGINT NOT NULL,
    step          TEXT NOT NULL CHECK (step IN ('create_key', 'certificate', 'move_alias', 'validate', 'transition',
                                                'disable_old', 'schedule_deletion')),
    phase         TEXT NOT NULL CHECK (phase IN ('begun', 'done', 'failed', 'undone')),
    at            TEXT NOT NULL,
    operator_id   TEXT NOT NULL,
    operator_name TEXT NOT NULL,
    operator_role TEXT NOT NULL,
    evidence      TEXT NOT NULL,
    error_code    TEXT,
    PRIMARY KEY (rotation, seq),
    CHECK ((phase = 'failed') = (error_code IS NOT NULL))
);

-- A1 certificate files: where they lie, never what is in them.
CREATE TABLE a1_files (
    certificate_sha256 TEXT NOT NULL PRIMARY KEY,
    path               TEXT NOT NULL,
    file_name          TEXT NOT NULL,
    file_sha256        TEXT NOT NULL,
    added_at           TEXT NOT NULL,
    added_by_id        TEXT NOT NULL,
    added_by_name      TEXT NOT NULL,
    added_by_role      TEXT NOT NULL,
    removed_at         TEXT
);

CREATE INDEX identities_by_key ON identities (key_id);

-- What a key was last used for, without reading the trail: only the records that say so are in here. The last three columns say
-- what the condition says already; without them SQLite looks every record up.
CREATE INDEX audit_records_by_key_use ON audit_records (key_id, seq, phase, outcome, act)
    WHERE key_id IS NOT NULL AND phase = 'result' AND outcome = 'succeeded' AND act IN ('document_signed', 'file_signed');
