-- What trust rests on, and the evidence of revocation that is kept. Common subset of SQLite and PostgreSQL, but for the triggers
-- at the end (PostgreSQL gets them in PL/pgSQL).

-- Roots and the CA certificates below them. An official root is known by its fingerprint, which ships with the program; a root of
-- the office's own comes by a request that another person approved, and goes by another one.
CREATE TABLE trust_certificates (
    sha256           TEXT NOT NULL PRIMARY KEY,
    der              TEXT NOT NULL,
    role             TEXT NOT NULL CHECK (role IN ('root', 'intermediate')),
    origin           TEXT NOT NULL CHECK (origin IN ('icp_brasil', 'own')),
    added_at         TEXT NOT NULL,
    added_by_id      TEXT NOT NULL,
    added_by_name    TEXT NOT NULL,
    added_by_role    TEXT NOT NULL,
    approved_by_id   TEXT,
    approved_by_name TEXT,
    approved_by_role TEXT,
    request          TEXT UNIQUE REFERENCES requests (id),
    CONSTRAINT own_roots_are_approved CHECK ((role = 'root' AND origin = 'own') = (request IS NOT NULL)),
    CONSTRAINT approval_is_whole CHECK (
        (approved_by_id IS NULL) = (request IS NULL) AND (approved_by_name IS NULL) = (request IS NULL)
        AND (approved_by_role IS NULL) = (request IS NULL))
);
CREATE INDEX trust_certificates_by_role ON trust_certificates (role, added_at);

-- Revocation lists and OCSP responses from outside; a list of the office's own CA is in crls.
CREATE TABLE evidence (
    sha256      TEXT NOT NULL PRIMARY KEY,
    kind        TEXT NOT NULL CHECK (kind IN ('crl', 'delta_crl', 'ocsp')),
    issuer_name TEXT NOT NULL,
    issuer_key  TEXT NOT NULL,
    scope       TEXT NOT NULL,
    this_update TEXT NOT NULL,
    next_update TEXT,
    number      TEXT,
    revoked     BIGINT CHECK (revoked >= 0),
    size        BIGINT NOT NULL CHECK (size > 0),
    der         TEXT NOT NULL,
    fetched_at  TEXT NOT NULL,
    url         TEXT
);
CREATE INDEX evidence_by_issuer ON evidence (issuer_key, kind, scope, this_update);

CREATE TRIGGER trust_certificates_no_update BEFORE UPDATE ON trust_certificates
BEGIN
    SELECT RAISE(ABORT, 'what trust rests on is added or removed, never changed');
END;

-- The first condition keeps INSERT OR REPLACE from being a removal; the second binds an own root to a request that was approved
-- for exactly it, is used for it at this instant, and was not followed by a removal.
CREATE TRIGGER trust_certificates_come_by_the_rules BEFORE INSERT ON trust_certificates
WHEN EXISTS (SELECT 1 FROM trust_certificates WHERE sha256 = NEW.sha256 OR (request = NEW.request AND NEW.request IS NOT NULL))
    OR (NEW.role = 'root' AND NEW.origin = 'own' AND (
        NOT EXISTS (SELECT 1 FROM requests WHERE id = NEW.request AND kind = 'trust_anchor' AND subject = NEW.sha256
            AND approved = 1 AND used_at = NEW.added_at AND used_for = 'trust_anchor_added'
            AND decided_by_id = NEW.approved_by_id AND decided_by_name = NEW.approved_by_name
            AND decided_by_role = NEW.approved_by_role)
        OR EXISTS (SELECT 1 FROM requests WHERE kind = 'trust_anchor' AND subject = NEW.sha256
            AND used_for = 'trust_anchor_removed' AND used_at >= NEW.added_at)))
BEGIN
    SELECT RAISE(ABORT, 'a root of one''s own is added once, by the request that was approved for it');
END;

CREATE TRIGGER trust_certificates_go_by_the_rules BEFORE DELETE ON trust_certificates
WHEN OLD.role <> 'root' OR OLD.origin <> 'own'
    OR NOT EXISTS (SELECT 1 FROM requests WHERE kind = 'trust_anchor' AND subject = OLD.sha256
        AND approved = 1 AND used_for = 'trust_anchor_removed' AND used_at >= OLD.added_at)
BEGIN
    SELECT RAISE(ABORT, 'a root of one''s own is removed by the request that was approved for it, and nothing else is removed');
END;

CREATE TRIGGER evidence_no_update BEFORE UPDATE ON evidence
BEGIN
    SELECT RAISE(ABORT, 'evidence is kept or forgotten, never changed');
END;

CREATE TRIGGER evidence_kept_once BEFORE INSERT ON evidence
WHEN EXISTS (SELECT 1 FROM evidence WHERE sha256 = NEW.sha256)
BEGIN
    SELECT RAISE(ABORT, 'this evidence is kept already');
END;
