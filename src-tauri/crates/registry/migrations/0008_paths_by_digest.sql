-- Where the content of a detached signature lies is asked by its digest. Documents that nobody has read yet have none.
CREATE INDEX batch_items_by_sha256 ON batch_items (sha256) WHERE sha256 IS NOT NULL;
