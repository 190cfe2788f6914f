-- Small values by name that are no history, and change: how far an import got, and the secret that
-- its ids are made with.
CREATE TABLE note (
    name  TEXT PRIMARY KEY CHECK (name <> ''),
    value TEXT NOT NULL
) WITHOUT ROWID;
