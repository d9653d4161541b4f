-- Bundles as they were made (docs/spec/bundle.md, section 6): for whoever asks again while nothing about them has changed.
CREATE TABLE bundles (
    batch BLOB PRIMARY KEY,
    block INTEGER NOT NULL,           -- as of which it stands
    time INTEGER NOT NULL,            -- of that block
    version BLOB NOT NULL,            -- of all it tells of (ledger/projection/evidence.py)
    document BLOB NOT NULL            -- its bytes, zlib
) WITHOUT ROWID;
