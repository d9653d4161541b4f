-- What we keep. Two halves: the write side (must never be lost) and the projection (a function of the chain alone).
-- Numbers wider than 63 bits are decimal TEXT: a stranger may sign any uint96.

-- ── write side ────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE keys (
    address BLOB PRIMARY KEY,
    party BLOB NOT NULL,
    version INTEGER NOT NULL,
    wrapped_key BLOB NOT NULL,
    sealed_key BLOB NOT NULL,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX keys_by_party ON keys (party, created_at);

-- Changes of a party's keys that one of them signed (ledger/recording/renewing.py); on disk before they are relayed.
CREATE TABLE rotations (
    party BLOB NOT NULL,
    rotation INTEGER NOT NULL,
    signer BLOB NOT NULL,             -- the address whose interval it sets
    valid_from TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    custody INTEGER NOT NULL,
    signature BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (party, rotation, signer, valid_to)
) WITHOUT ROWID;

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    party BLOB,                       -- NULL: the operator's
    mac BLOB NOT NULL,
    roles INTEGER NOT NULL DEFAULT 0, -- its scopes, as those of people
    created_at INTEGER NOT NULL,
    expires_at INTEGER,               -- NULL: the operator's own
    revoked_at INTEGER
) WITHOUT ROWID;

-- Who signs in (docs/spec/accounts.md). Names, passwords and second factors are sealed and other secrets are MACs, all under the
-- pepper: a copy of this database names nobody and opens nothing.
CREATE TABLE people (
    id TEXT PRIMARY KEY,
    party BLOB,                       -- NULL: an operator or an auditor, who are the Union's
    roles INTEGER NOT NULL,           -- gateway/auth/roles.py
    scope TEXT,                       -- of an auditor: what of, as `party urn:…`, `product …` or `area …`
    sign_in BLOB NOT NULL UNIQUE,     -- MAC of the name to sign in with
    name BLOB NOT NULL,
    password BLOB,                    -- argon2id; NULL: none chosen yet
    second_factor BLOB,
    second_step INTEGER,              -- the last 30 seconds of which a code was taken; NULL: not set up yet
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) WITHOUT ROWID;
CREATE INDEX people_by_party ON people (party);

-- For one person, for one use, one at a time.
CREATE TABLE invitations (
    person TEXT PRIMARY KEY REFERENCES people (id),
    mac BLOB NOT NULL UNIQUE,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,              -- for the list of devices; the cookie holds another secret
    person TEXT NOT NULL REFERENCES people (id),
    mac BLOB NOT NULL UNIQUE,
    stage TEXT NOT NULL CHECK (stage IN ('enrolling', 'half', 'whole')),
    device BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_person ON sessions (person);

-- How often somebody tried, by account and by address: MACs, forgotten as soon as they would allow everything again.
CREATE TABLE tries (subject BLOB PRIMARY KEY, free_at REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX tries_by_time ON tries (free_at);

-- Which ledger this database signs for: its EIP-712 domain separator under `ledger`. Which key-encryption key is in force: its
-- id under `kek`.
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- The sign guard: no signer ever signs two events under one nonce, whichever worker asks, before or after a kill.
CREATE TABLE intents (
    signer BLOB NOT NULL, nonce TEXT NOT NULL, event BLOB NOT NULL, PRIMARY KEY (signer, nonce)
) WITHOUT ROWID;

-- Who leads (ledger/store/lease.py). One row.
CREATE TABLE lease (
    one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL, token TEXT NOT NULL, fence INTEGER NOT NULL, beat INTEGER NOT NULL,
    level INTEGER NOT NULL, level_at INTEGER, wrong_chain TEXT
);

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE,
    party BLOB NOT NULL,
    shape INTEGER NOT NULL,
    body BLOB NOT NULL,
    signature BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('accepted', 'signed', 'submitted', 'mined', 'final', 'stuck', 'dead')),
    law TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try REAL NOT NULL DEFAULT 0,
    submission INTEGER REFERENCES submissions (seq),
    accepted_at INTEGER NOT NULL
);
CREATE INDEX outbox_open ON outbox (state, seq) WHERE state NOT IN ('final', 'dead');
CREATE INDEX outbox_dead ON outbox (state) WHERE state = 'dead';
CREATE INDEX outbox_by_party ON outbox (party, accepted_at);

CREATE TABLE idempotency (
    party BLOB NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL,            -- SHA-256 of the request's canonical form
    response BLOB NOT NULL,           -- the event's id
    PRIMARY KEY (party, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_by_key ON idempotency (key);

CREATE TABLE submissions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    sender BLOB NOT NULL,
    nonce INTEGER NOT NULL,
    raw BLOB NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('signed', 'mined', 'failed', 'displaced')),
    created_at REAL NOT NULL
);
CREATE INDEX submissions_open ON submissions (sender, nonce) WHERE state = 'signed';

-- What people entered and may still take back (ledger/recording/waiting.py): nothing of it is signed yet.
CREATE TABLE drafts (
    seq INTEGER PRIMARY KEY,          -- in the order in which they were entered, among those that wait
    id TEXT NOT NULL UNIQUE,
    party BLOB NOT NULL,
    person TEXT NOT NULL,             -- who entered it
    told TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    sign_at INTEGER,                  -- NULL: another party asks for it, and nobody here has said yes
    asked_by BLOB,
    law TEXT                          -- why it could not be signed; NULL: it waits
);
CREATE INDEX drafts_by_party ON drafts (party, seq);
CREATE INDEX drafts_by_time ON drafts (sign_at) WHERE law IS NULL;

-- How much a party's own word for a quantity of a product is: a basket of crab. A later version follows, none is changed.
CREATE TABLE units (
    party BLOB NOT NULL,
    product BLOB NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    factor INTEGER NOT NULL,          -- base units in one
    person TEXT NOT NULL,             -- who said so
    since INTEGER NOT NULL,
    PRIMARY KEY (party, product, name, version)
) WITHOUT ROWID;

-- The unit in which a person last wrote how much there was of a product: it stands first in their forms.
CREATE TABLE last_units (person TEXT NOT NULL, product BLOB NOT NULL, name TEXT NOT NULL, PRIMARY KEY (person, product)) WITHOUT ROWID;

-- Forgetting a row here erases the private field for good: only its digest is public.
CREATE TABLE disclosures (event BLOB NOT NULL, digest TEXT NOT NULL, disclosure TEXT NOT NULL, PRIMARY KEY (event, digest)) WITHOUT ROWID;
-- One row of a private table. Setting its disclosure to NULL erases it; the leaf, a salted digest, stays.
CREATE TABLE private_rows (
    event BLOB NOT NULL, name TEXT NOT NULL, row INTEGER NOT NULL, leaf BLOB NOT NULL, disclosure TEXT,
    PRIMARY KEY (event, name, row)
) WITHOUT ROWID;

-- ── projection ────────────────────────────────────────────────────────────────────────────────────────────────────────
CREATE TABLE cursor (one INTEGER PRIMARY KEY CHECK (one = 1), block INTEGER NOT NULL, hash BLOB NOT NULL, time INTEGER NOT NULL);
-- Which history was followed, every hundredth block: how many events it held, and the ledger's head after them.
CREATE TABLE checkpoints (block INTEGER PRIMARY KEY, hash BLOB NOT NULL, count INTEGER NOT NULL, head BLOB NOT NULL);
-- Every transaction that changed the authority or the registries; with the events it is all that makes this ledger again.
CREATE TABLE governance (
    block INTEGER NOT NULL, log_index INTEGER NOT NULL, time INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE, sender BLOB NOT NULL,
    target BLOB NOT NULL, input BLOB NOT NULL, PRIMARY KEY (block, log_index)
) WITHOUT ROWID;
-- Of those, what a chain lost with its newest blocks: to be made again, in this order. Belongs to the write side.
CREATE TABLE lost_changes (seq INTEGER PRIMARY KEY, target BLOB NOT NULL, input BLOB NOT NULL);

CREATE TABLE parties (id BLOB PRIMARY KEY, number INTEGER NOT NULL, uri TEXT NOT NULL, status INTEGER NOT NULL, roles INTEGER NOT NULL, profile TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE signers (address BLOB PRIMARY KEY, party BLOB NOT NULL, valid_from TEXT NOT NULL, valid_to TEXT NOT NULL, custody INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE products (
    id BLOB PRIMARY KEY, number INTEGER NOT NULL, uri TEXT NOT NULL, unit INTEGER NOT NULL, stage INTEGER NOT NULL,
    brand_owner BLOB NOT NULL, open INTEGER NOT NULL, profile TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE makers (product BLOB NOT NULL, party BLOB NOT NULL, PRIMARY KEY (product, party)) WITHOUT ROWID;
CREATE TABLE yields (input BLOB NOT NULL, output BLOB NOT NULL, per_million TEXT NOT NULL, PRIMARY KEY (input, output)) WITHOUT ROWID;

CREATE TABLE batches (
    id BLOB PRIMARY KEY, product BLOB NOT NULL, origin BLOB NOT NULL, lot BLOB NOT NULL, open_until INTEGER NOT NULL,
    outside INTEGER NOT NULL, commission_only INTEGER NOT NULL, moved INTEGER NOT NULL, items INTEGER NOT NULL,
    made TEXT NOT NULL, consumed TEXT NOT NULL, sold TEXT NOT NULL, disposed TEXT NOT NULL,
    adjusted_up TEXT NOT NULL, adjusted_down TEXT NOT NULL, adjusted INTEGER NOT NULL, recalled INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX batches_by_lot ON batches (product, lot);
CREATE INDEX batches_by_origin ON batches (origin, product);
CREATE TABLE holdings (batch BLOB NOT NULL, party BLOB NOT NULL, quantity TEXT NOT NULL, sold TEXT NOT NULL, ever_held INTEGER NOT NULL, PRIMARY KEY (batch, party)) WITHOUT ROWID;
CREATE INDEX holdings_by_party ON holdings (party);
CREATE TABLE shipments (
    id BLOB NOT NULL, batch BLOB NOT NULL, sender BLOB NOT NULL, receiver BLOB NOT NULL, open TEXT NOT NULL, shipped TEXT NOT NULL,
    PRIMARY KEY (id, batch)
) WITHOUT ROWID;
CREATE INDEX shipments_by_batch ON shipments (batch);
CREATE TABLE nonces (signer BLOB NOT NULL, nonce TEXT NOT NULL, PRIMARY KEY (signer, nonce)) WITHOUT ROWID;

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,          -- place in the ledger, from 1
    id BLOB NOT NULL UNIQUE, shape INTEGER NOT NULL, kind INTEGER NOT NULL, signer BLOB NOT NULL, party BLOB NOT NULL,
    occurred_at INTEGER NOT NULL, block INTEGER NOT NULL, log_index INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
    body BLOB NOT NULL, signature BLOB NOT NULL
);
CREATE INDEX events_by_party ON events (party, recorded_at);
CREATE TABLE links (subject BLOB NOT NULL, event INTEGER NOT NULL, step INTEGER NOT NULL, role INTEGER NOT NULL, PRIMARY KEY (subject, event, step)) WITHOUT ROWID;
CREATE TABLE edges (input BLOB NOT NULL, output BLOB NOT NULL, event INTEGER NOT NULL, quantity TEXT NOT NULL, PRIMARY KEY (input, output, event)) WITHOUT ROWID;
CREATE INDEX edges_by_output ON edges (output);
CREATE TABLE heads (subject BLOB PRIMARY KEY, head BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE registry_changes (block INTEGER NOT NULL, log_index INTEGER NOT NULL, registry TEXT NOT NULL, change INTEGER NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (block, log_index)) WITHOUT ROWID;
CREATE TABLE skips (block INTEGER NOT NULL, log_index INTEGER NOT NULL, event BLOB NOT NULL, error BLOB NOT NULL, PRIMARY KEY (block, log_index)) WITHOUT ROWID;

-- ── what was done here, and what was found when it was looked through (docs/spec/audit.md) ───────────────────────────────────
-- One entry for each thing done, in the transaction that did it; each names the hash of the one before.
CREATE TABLE audit_log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,             -- table/key
    result TEXT NOT NULL,
    digests BLOB NOT NULL,            -- of the row's lasting columns, 16 bytes each; empty: the row is gone
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX audit_log_by_object ON audit_log (object, seq);
CREATE TRIGGER audit_log_is_never_edited BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_is_never_shortened BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- `log_seq`, `log_hash` and `outbox_seq`: up to where this audit read. A good one's are where the next may go on.
CREATE TABLE audits (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    finished_at INTEGER NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('full', 'incremental')),
    block INTEGER NOT NULL,
    good INTEGER NOT NULL,            -- rows looked at that are as they should be
    bad INTEGER NOT NULL,             -- findings
    log_seq INTEGER NOT NULL,
    log_hash BLOB NOT NULL,
    outbox_seq INTEGER NOT NULL
);
-- Batches whose records the last audit found wrong, and since when.
CREATE TABLE reviews (batch BLOB PRIMARY KEY, since INTEGER NOT NULL, why TEXT NOT NULL) WITHOUT ROWID;
