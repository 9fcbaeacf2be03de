-- What was recovered after a crash was signed, too. As in 0003, only the records that say so are in here, and the last three columns
-- repeat the condition, so that the count reads the index alone.
DROP INDEX audit_records_by_key_use;
CREATE INDEX audit_records_by_key_use ON audit_records (key_id, seq, phase, outcome, act)
    WHERE key_id IS NOT NULL AND phase = 'result' AND outcome = 'succeeded'
        AND act IN ('document_signed', 'file_signed', 'result_recovered');

-- Tries that came to nothing, of which some used the key.
CREATE INDEX audit_records_of_tries ON audit_records (key_ref, outcome)
    WHERE phase = 'result' AND outcome IN ('failed', 'cancelled', 'interrupted') AND act IN ('document_signed', 'file_signed');
