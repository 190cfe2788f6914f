-- The trail in SQLite. A record's key is its broker's number and its own in one
-- integer (broker << 48 | seq): that is the row id, so the uniqueness of
-- (broker, seq) costs no index, and rows lie on the disk in the order of the chain.
CREATE TABLE IF NOT EXISTS broker (
    no   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE IF NOT EXISTS record (
    key        INTEGER PRIMARY KEY,
    hash       BLOB    NOT NULL,   -- link of the chain, 32 bytes
    id         TEXT    NOT NULL,
    time_in    INTEGER NOT NULL,   -- microseconds since 1970
    outcome    TEXT    NOT NULL,
    source_org TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    patient    INTEGER,            -- first 64 bits of the HMAC; NULL when no patient was known
    document   TEXT    NOT NULL    -- the record, byte for byte as it was linked
) STRICT;

-- What many records have in common (audit.ReadTraits), once: some hundreds in
-- practice. Searching and counting judge a kind, not each record.
CREATE TABLE IF NOT EXISTS kind (
    no     INTEGER PRIMARY KEY,
    traits TEXT NOT NULL UNIQUE
) STRICT;

-- Each record in brief, in the order of time: some 60 bytes, where the document
-- has 1,700. Searching and counting read nothing else of what they do not show.
CREATE TABLE IF NOT EXISTS brief (
    time_in INTEGER NOT NULL,
    key     INTEGER NOT NULL,
    kind    INTEGER NOT NULL,
    user_id TEXT    NOT NULL,
    trace   BLOB    NOT NULL,   -- W3C's as 16 bytes; another behind 16 zeros
    PRIMARY KEY (time_in, key)
) STRICT, WITHOUT ROWID;

-- One index a question: show, refused, patient.
CREATE INDEX IF NOT EXISTS record_id ON record (id);
-- Refusals are the few: an index of them alone costs the many nothing.
CREATE INDEX IF NOT EXISTS record_refused ON record (time_in) WHERE outcome <> 'released';
-- Patients come in no order, and an index in theirs would rewrite a page
-- somewhere for every record: measured, it doubled the cost of inserting. So the
-- index is cut into runs of 4,096 records, each of them a few pages, and a
-- question looks into every run: some 8 ms for ten million records.
CREATE INDEX IF NOT EXISTS record_patient ON record (key >> 12, patient) WHERE patient IS NOT NULL;

-- For people with a SQL prompt.
CREATE VIEW IF NOT EXISTS trail AS
    SELECT b.name AS broker, r.key & 0xFFFFFFFFFFFF AS seq, r.id,
           strftime('%Y-%m-%dT%H:%M:%fZ', r.time_in / 1000000.0, 'unixepoch') AS time_in,
           r.outcome, r.document ->> '$.effect' AS effect, r.document ->> '$.reasons[0]' AS reason,
           r.user_id, r.document ->> '$.user_org' AS user_org, r.document ->> '$.source' AS source, r.source_org,
           r.document ->> '$.patient_hmac' AS patient_hmac, r.document, lower(hex(r.hash)) AS hash
    FROM record r JOIN broker b ON b.no = r.key >> 48;
