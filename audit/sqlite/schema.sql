-- The trail in SQLite. A record's key is its broker's number and its own in one
-- integer (broker << 48 | seq): that is the row id, so the uniqueness of
-- (broker, seq) costs no index, and rows lie on the disk in the order of the chain.
CREATE TABLE IF NOT EXISTS broker (
    no   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- A record's document is the bytes from "at" on of what its block unpacks to: byte for
-- byte as it was linked.
CREATE TABLE IF NOT EXISTS record (
    key     INTEGER PRIMARY KEY,
    hash    BLOB    NOT NULL,   -- link of the chain, 32 bytes
    id      BLOB    NOT NULL,   -- a UUID as 16 bytes; another id behind 16 zeros
    time_in INTEGER NOT NULL,   -- microseconds since 1970
    refused INTEGER NOT NULL,   -- 1: refused, failed or incomplete
    patient BLOB,               -- first 128 bits of the HMAC; NULL when no patient was known
    block   INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    length  INTEGER NOT NULL
) STRICT;

-- Documents that came together, up to 32, one behind the other, as one frame of
-- Zstandard (RFC 8878).
CREATE TABLE IF NOT EXISTS block (
    no         INTEGER PRIMARY KEY,
    dictionary INTEGER NOT NULL,   -- 0: none
    bytes      BLOB    NOT NULL
) STRICT;

-- What documents have in common, for packing few of them: the raw content of a
-- dictionary (RFC 8878, section 5). A block can only be read with its own.
CREATE TABLE IF NOT EXISTS dictionary (
    no    INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

-- What many records have in common (audit.ReadTraits), once: some hundreds in
-- practice. Searching and counting judge a kind, not each record. What delivers knows
-- them all, and an index over them would be as large as they are: a kind that two
-- programs meet at the same time is there twice, which harms nothing.
CREATE TABLE IF NOT EXISTS kind (
    no     INTEGER PRIMARY KEY,
    traits TEXT NOT NULL
) STRICT;

-- Each record in brief, in the order of time: some 70 bytes. Searching and counting
-- read nothing else of what they do not show.
CREATE TABLE IF NOT EXISTS brief (
    time_in INTEGER NOT NULL,
    key     INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    user_id TEXT    NOT NULL,
    trace   BLOB    NOT NULL,   -- W3C's as 16 bytes; another behind 16 zeros
    visitor INTEGER NOT NULL,   -- whose visit it may be of: 64 bits of a hash
    PRIMARY KEY (time_in, key)
) STRICT, WITHOUT ROWID;

-- One index a question: show, refused, patient.
CREATE INDEX IF NOT EXISTS record_id ON record (id);
-- Refusals are the few: an index of them alone costs the many nothing.
CREATE INDEX IF NOT EXISTS record_refused ON record (time_in) WHERE refused = 1;
-- Patients come in no order, and an index in theirs would rewrite a page
-- somewhere for every record: measured, it doubled the cost of inserting. So the
-- index is cut into runs of 4,096 records, each of them a few pages, and a
-- question looks into every run: some 8 ms for ten million records.
CREATE INDEX IF NOT EXISTS record_patient ON record (key >> 12, patient) WHERE patient IS NOT NULL;

-- For people with a SQL prompt: who, when, what and how it ended. The documents are
-- packed: mcr audit show has them.
CREATE VIEW IF NOT EXISTS trail AS
    SELECT b.name AS broker, r.key & 0xFFFFFFFFFFFF AS seq,
           CASE length(r.id) WHEN 16 THEN lower(substr(hex(r.id), 1, 8) || '-' || substr(hex(r.id), 9, 4) || '-' || substr(hex(r.id), 13, 4) || '-'
               || substr(hex(r.id), 17, 4) || '-' || substr(hex(r.id), 21)) ELSE CAST(substr(r.id, 17) AS TEXT) END AS id,
           strftime('%Y-%m-%dT%H:%M:%fZ', r.time_in / 1000000.0, 'unixepoch') AS time_in,
           k.traits ->> '$.outcome' AS outcome, k.traits ->> '$.reasons[0]' AS reason, k.traits ->> '$.action' AS action,
           i.user_id, k.traits ->> '$.role_code' AS role_code, k.traits ->> '$.user_org' AS user_org,
           k.traits ->> '$.source' AS source, k.traits ->> '$.source_org' AS source_org,
           CASE length(r.patient) WHEN 16 THEN lower(hex(r.patient)) ELSE CAST(substr(r.patient, 17) AS TEXT) END AS patient,
           CASE length(i.trace) WHEN 16 THEN lower(hex(i.trace)) ELSE CAST(substr(i.trace, 17) AS TEXT) END AS trace_id,
           k.traits, lower(hex(r.hash)) AS hash, r.block, r.at, r.length
    FROM record r JOIN broker b ON b.no = r.key >> 48
    LEFT JOIN brief i ON i.time_in = r.time_in AND i.key = r.key LEFT JOIN kind k ON k.no = i.kind;
