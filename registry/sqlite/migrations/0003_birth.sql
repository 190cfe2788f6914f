-- Another kind: 'birth'. SQLite cannot change a CHECK: the table is made anew, with its rows as they
-- are, their order included.
CREATE TABLE entry_next (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT, -- order of commit; never used again
    id           TEXT    NOT NULL CHECK (id <> ''),
    version      INTEGER NOT NULL CHECK (version >= 1),
    kind         TEXT    NOT NULL CHECK (kind IN (
        'registration', 'restriction', 'number-link', 'opt-out', 'national-opt-out',
        'permission', 'withdrawal', 'relationship', 'test-order', 'emergency', 'person', 'birth')),
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

INSERT INTO entry_next (seq, id, version, kind, status, patient, organisation, user_id, valid_from, valid_until, body, recorded_by, recorded_at)
SELECT seq, id, version, kind, status, patient, organisation, user_id, valid_from, valid_until, body, recorded_by, recorded_at FROM entry ORDER BY seq;

DROP TABLE entry; -- with its index and triggers

ALTER TABLE entry_next RENAME TO entry;

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
