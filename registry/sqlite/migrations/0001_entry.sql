-- One row is one version of one entry. Rows are only ever added: what holds now is
-- the newest version of each id. Plain types, so that PostgreSQL takes the same
-- shape: times are microseconds since 1970 (UTC), NULL means "no bound".
CREATE TABLE entry (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT, -- order of commit; never used again
    id           TEXT    NOT NULL CHECK (id <> ''),
    version      INTEGER NOT NULL CHECK (version >= 1),
    kind         TEXT    NOT NULL CHECK (kind IN (
        'registration', 'restriction', 'number-link', 'opt-out', 'national-opt-out',
        'permission', 'withdrawal', 'relationship', 'test-order', 'emergency', 'person')),
    status       TEXT    NOT NULL CHECK (status IN ('active', 'ended', 'withdrawn', 'void')),
    patient      TEXT    NOT NULL CHECK (length(patient) = 10), -- NHS number
    organisation TEXT    NOT NULL DEFAULT '',                   -- ODS code
    user_id      TEXT    NOT NULL DEFAULT '',
    valid_from   INTEGER,
    valid_until  INTEGER,
    body         TEXT    NOT NULL, -- JSON: what else the kind holds
    recorded_by  TEXT    NOT NULL,
    recorded_at  INTEGER NOT NULL,
    UNIQUE (id, version)
);

CREATE INDEX entry_patient ON entry (patient, seq);

CREATE TRIGGER entry_is_never_updated BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are append-only: add a new version'); END;

CREATE TRIGGER entry_is_never_deleted BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are append-only: add a new version'); END;

-- REPLACE would delete a row without asking the trigger above. Versions of an
-- entry are numbered without a gap.
CREATE TRIGGER entry_is_never_replaced BEFORE INSERT ON entry
WHEN NEW.version <> 1 + (SELECT coalesce(max(version), 0) FROM entry WHERE id = NEW.id)
    OR EXISTS (SELECT 1 FROM entry WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'entries are append-only: add the next version'); END;
