-- What an error of a document says beside its code, and what is known of a result that is about to get its name: both as JSON
-- objects of texts.
ALTER TABLE batch_items ADD COLUMN error_params TEXT;
ALTER TABLE batch_items ADD COLUMN announced TEXT;
