-- SQLite's own way to make the trail append-only (PostgreSQL gets triggers in PL/pgSQL, and no UPDATE or DELETE grant).

CREATE TRIGGER audit_records_no_update BEFORE UPDATE ON audit_records
BEGIN
    SELECT RAISE(ABORT, 'audit records are append-only');
END;

CREATE TRIGGER audit_records_no_delete BEFORE DELETE ON audit_records
BEGIN
    SELECT RAISE(ABORT, 'audit records are append-only');
END;

-- Without this, INSERT OR REPLACE would replace a record without firing the trigger on DELETE.
CREATE TRIGGER audit_records_in_order BEFORE INSERT ON audit_records
WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit_records)
BEGIN
    SELECT RAISE(ABORT, 'audit records are numbered without gaps');
END;

CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
BEGIN
    SELECT RAISE(ABORT, 'the head of the audit trail is never deleted');
END;
