-- The registry. Common subset of SQLite and PostgreSQL: identifiers, times and digests are text
-- (UUID, RFC 3339 in UTC with six decimals, lower-case hexadecimal), documents and keys are never stored, DER is base64.

CREATE TABLE operators (
    id     TEXT NOT NULL PRIMARY KEY,
    name   TEXT NOT NULL,
    role   TEXT NOT NULL CHECK (role IN ('clerk', 'supervisor', 'notary', 'auditor')),
    active BIGINT NOT NULL CHECK (active IN (0, 1))
);

CREATE TABLE certificates (
    id                 TEXT NOT NULL PRIMARY KEY,
    sha256             TEXT NOT NULL UNIQUE,
    der                TEXT NOT NULL,
    kind               TEXT NOT NULL CHECK (kind IN ('root', 'intermediate', 'identity', 'subscriber', 'foreign')),
    subject            TEXT NOT NULL,
    issuer             TEXT NOT NULL,
    serial_hex         TEXT NOT NULL,
    not_before         TEXT NOT NULL,
    not_after          TEXT NOT NULL,
    key_ref            TEXT,
    issuer_certificate TEXT REFERENCES certificates (id),
    status             TEXT NOT NULL CHECK (status IN ('issued', 'revoked')),
    revoked_at         TEXT,
    created_at         TEXT NOT NULL,
    CHECK ((status = 'revoked') = (revoked_at IS NOT NULL))
);
CREATE INDEX certificates_by_kind ON certificates (kind, created_at);
CREATE INDEX certificates_by_issuer ON certificates (issuer_certificate);

CREATE TABLE identities (
    id          TEXT NOT NULL PRIMARY KEY,
    label       TEXT NOT NULL,
    key_ref     TEXT NOT NULL,
    key_id      TEXT,
    algorithm   TEXT NOT NULL,
    certificate TEXT NOT NULL REFERENCES certificates (id),
    created_at  TEXT NOT NULL,
    retired_at  TEXT
);

-- The certificates above the identity's own, its issuer first.
CREATE TABLE identity_chain (
    identity    TEXT NOT NULL REFERENCES identities (id),
    position    BIGINT NOT NULL,
    certificate TEXT NOT NULL REFERENCES certificates (id),
    PRIMARY KEY (identity, position)
);

CREATE TABLE crls (
    issuer_sha256 TEXT NOT NULL,
    this_update   TEXT NOT NULL,
    next_update   TEXT,
    der           TEXT NOT NULL,
    PRIMARY KEY (issuer_sha256, this_update)
);

CREATE TABLE settings (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE signed_documents (
    id            TEXT NOT NULL PRIMARY KEY,
    name          TEXT NOT NULL,
    input_sha256  TEXT NOT NULL,
    output_sha256 TEXT NOT NULL,
    format        TEXT NOT NULL,
    identity      TEXT NOT NULL REFERENCES identities (id),
    signed_at     TEXT NOT NULL,
    output_path   TEXT NOT NULL
);
CREATE INDEX signed_documents_by_time ON signed_documents (signed_at);
CREATE INDEX signed_documents_by_output ON signed_documents (output_sha256);

-- The audit trail; the byte format of `hash` is in src/audit/canonical.rs.
CREATE TABLE audit_records (
    seq                BIGINT NOT NULL PRIMARY KEY,
    format             BIGINT NOT NULL,
    at                 TEXT NOT NULL,
    act                TEXT NOT NULL,
    phase              TEXT NOT NULL,
    outcome            TEXT,
    error_code         TEXT,
    correlation        TEXT NOT NULL,
    operator_id        TEXT NOT NULL,
    operator_name      TEXT NOT NULL,
    operator_role      TEXT NOT NULL,
    environment        TEXT NOT NULL,
    document_name      TEXT,
    document_sha256    TEXT,
    document_size      BIGINT,
    key_ref            TEXT,
    key_id             TEXT,
    certificate_sha256 TEXT,
    algorithm          TEXT,
    request_id         TEXT,
    attempts           BIGINT,
    detail             TEXT NOT NULL,
    previous           TEXT NOT NULL,
    hash               TEXT NOT NULL
);
CREATE INDEX audit_records_by_hash ON audit_records (hash);
CREATE INDEX audit_records_by_correlation ON audit_records (correlation, act, phase);

-- One row: what the newest record is, authenticated with the audit key.
CREATE TABLE audit_head (
    id    BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seq   BIGINT NOT NULL,
    count BIGINT NOT NULL,
    hash  TEXT NOT NULL,
    mac   TEXT
);
