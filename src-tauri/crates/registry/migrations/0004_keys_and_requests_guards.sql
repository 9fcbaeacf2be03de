-- SQLite's own way to keep requests and rotations as they were written (PostgreSQL gets triggers in PL/pgSQL).

CREATE TRIGGER requests_no_delete BEFORE DELETE ON requests
BEGIN
    SELECT RAISE(ABORT, 'requests are never deleted');
END;

-- Without the first condition, INSERT OR REPLACE would replace a request without firing the trigger on DELETE.
CREATE TRIGGER requests_begin_open BEFORE INSERT ON requests
WHEN EXISTS (SELECT 1 FROM requests WHERE id = NEW.id)
    OR NEW.decided_at IS NOT NULL OR NEW.withdrawn_at IS NOT NULL OR NEW.used_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a request is made once and begins undecided');
END;

CREATE TRIGGER requests_fixed BEFORE UPDATE ON requests
WHEN NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind OR NEW.subject IS NOT OLD.subject OR NEW.params IS NOT OLD.params
    OR NEW.params_sha256 IS NOT OLD.params_sha256 OR NEW.requested_by_id IS NOT OLD.requested_by_id
    OR NEW.requested_by_name IS NOT OLD.requested_by_name OR NEW.requested_by_role IS NOT OLD.requested_by_role
    OR NEW.requested_at IS NOT OLD.requested_at OR NEW.reason IS NOT OLD.reason OR NEW.expires_at IS NOT OLD.expires_at
BEGIN
    SELECT RAISE(ABORT, 'what was requested cannot be changed');
END;

CREATE TRIGGER requests_decided_once BEFORE UPDATE ON requests
WHEN OLD.approved = 0 OR OLD.withdrawn_at IS NOT NULL OR OLD.used_at IS NOT NULL
    OR (OLD.decided_at IS NOT NULL AND (NEW.decided_by_id IS NOT OLD.decided_by_id
        OR NEW.decided_by_name IS NOT OLD.decided_by_name OR NEW.decided_by_role IS NOT OLD.decided_by_role
        OR NEW.decided_at IS NOT OLD.decided_at OR NEW.approved IS NOT OLD.approved
        OR NEW.decision_reason IS NOT OLD.decision_reason))
BEGIN
    SELECT RAISE(ABORT, 'a request is decided once, and nothing follows its end');
END;

CREATE TRIGGER rotations_no_delete BEFORE DELETE ON rotations
BEGIN
    SELECT RAISE(ABORT, 'rotations are never deleted');
END;

-- INSERT OR REPLACE again: every uniqueness that it could settle by removing a row.
CREATE TRIGGER rotations_begin_once BEFORE INSERT ON rotations
WHEN EXISTS (SELECT 1 FROM rotations WHERE id = NEW.id OR request = NEW.request)
    OR (NEW.state NOT IN ('finished', 'rolled_back') AND EXISTS (SELECT 1 FROM rotations
        WHERE state NOT IN ('finished', 'rolled_back')
            AND (old_key_id = NEW.old_key_id OR (alias = NEW.alias AND alias <> ''))))
BEGIN
    SELECT RAISE(ABORT, 'the request was used for a rotation, or the key or alias is in another that is not over');
END;

CREATE TRIGGER rotations_fixed BEFORE UPDATE ON rotations
WHEN NEW.id IS NOT OLD.id OR NEW.alias IS NOT OLD.alias OR NEW.old_key_ref IS NOT OLD.old_key_ref
    OR NEW.old_key_id IS NOT OLD.old_key_id OR NEW.old_identity IS NOT OLD.old_identity OR NEW.request IS NOT OLD.request
    OR NEW.requested_by_id IS NOT OLD.requested_by_id OR NEW.requested_by_name IS NOT OLD.requested_by_name
    OR NEW.requested_by_role IS NOT OLD.requested_by_role OR NEW.approved_by_id IS NOT OLD.approved_by_id
    OR NEW.approved_by_name IS NOT OLD.approved_by_name OR NEW.approved_by_role IS NOT OLD.approved_by_role
    OR NEW.params IS NOT OLD.params OR NEW.created_at IS NOT OLD.created_at OR NEW.version IS NOT OLD.version + 1
BEGIN
    SELECT RAISE(ABORT, 'what a rotation is about cannot be changed, and it goes on one version at a time');
END;

CREATE TRIGGER rotations_end_once BEFORE UPDATE ON rotations
WHEN OLD.state IN ('finished', 'rolled_back')
    AND (NEW.state IS NOT OLD.state OR NEW.finished_at IS NOT OLD.finished_at)
BEGIN
    SELECT RAISE(ABORT, 'a rotation that is over stays so');
END;

CREATE TRIGGER rotation_steps_no_update BEFORE UPDATE ON rotation_steps
BEGIN
    SELECT RAISE(ABORT, 'steps of a rotation are append-only');
END;

CREATE TRIGGER rotation_steps_no_delete BEFORE DELETE ON rotation_steps
BEGIN
    SELECT RAISE(ABORT, 'steps of a rotation are append-only');
END;

CREATE TRIGGER rotation_steps_in_order BEFORE INSERT ON rotation_steps
WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM rotation_steps WHERE rotation = NEW.rotation)
BEGIN
    SELECT RAISE(ABORT, 'steps of a rotation are numbered without gaps');
END;
