-- Items (docs/spec/items.md). Of an item itself nothing is kept: serials are made again from the party's label secret.

-- Sealed under the key-encryption key, as `keys` are. No chain knows it: it is backed up with them.
CREATE TABLE label_secrets (
    party BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Of each Pack whose items were drawn here one node of its tree for a thousand items, 32 bytes each, in order.
CREATE TABLE pack_nodes (event BLOB PRIMARY KEY, nodes BLOB NOT NULL) WITHOUT ROWID;
