-- Small values by name that are no history, and change: how far an import got, and the secret that
-- its ids are made with.
CREATE TABLE registry.note (
    name  text COLLATE "C" PRIMARY KEY CHECK (name <> ''),
    value text NOT NULL
);
