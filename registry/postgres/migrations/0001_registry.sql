-- What is on record, for brokers that share it. Rows are only ever added.
CREATE SCHEMA IF NOT EXISTS registry;

CREATE TABLE registry.schema_version (
    version    integer     PRIMARY KEY,
    name       text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TYPE registry.kind AS ENUM ('registration', 'restriction', 'number-link', 'opt-out', 'national-opt-out',
    'permission', 'withdrawal', 'relationship', 'test-order', 'emergency', 'person');
CREATE TYPE registry.status AS ENUM ('active', 'ended', 'withdrawn', 'void');

-- One row is one version of one entry: what holds now is the newest version of each id. Fixed
-- widths come first, so that no byte is lost between them. What is sorted is sorted by bytes,
-- whatever the database's own language is.
CREATE TABLE registry.entry (
    seq          bigint      GENERATED ALWAYS AS IDENTITY,
    mark         bigint      NOT NULL, -- of the change that it came with
    patient      bigint      NOT NULL CHECK (patient BETWEEN 0 AND 9999999999), -- NHS number
    valid_from   timestamptz,
    valid_until  timestamptz,
    recorded_at  timestamptz NOT NULL,
    version      integer     NOT NULL CHECK (version >= 1),
    kind         registry.kind   NOT NULL,
    status       registry.status NOT NULL,
    id           text COLLATE "C" NOT NULL CHECK (id <> ''),
    organisation text COLLATE "C" NOT NULL DEFAULT '', -- ODS code
    user_id      text COLLATE "C" NOT NULL DEFAULT '',
    recorded_by  text COLLATE "C" NOT NULL,
    body         json        NOT NULL, -- what else the kind holds
    PRIMARY KEY (patient, seq), -- a patient's entries, in the order in which they were recorded
    UNIQUE (id, version)
);

-- One row is one committed transaction, numbered in the order of commit without a gap: see
-- registry.append. Row 0 is the registry's birth.
CREATE TABLE registry.change (
    seq      bigint      PRIMARY KEY CHECK (seq >= 0),
    at       timestamptz NOT NULL, -- just before the commit
    mark     bigint      NOT NULL UNIQUE, -- random: tells two histories apart that have the same number of changes
    patients bigint[],   -- whom it concerns; NULL is anybody
    accepts  text        -- why an operator accepted that changes were lost before it
);
INSERT INTO registry.change (seq, at, mark, patients)
    VALUES (0, clock_timestamp(), ('x' || right(replace(gen_random_uuid()::text, '-', ''), 15))::bit(60)::bigint, '{}');

-- What has ended before its time: sessions at an issuer, and tokens. It came with the change of its
-- mark, and is taken away when it is over. Times are seconds since 1970, as in tokens.
CREATE TABLE registry.ended_session (
    mark    bigint NOT NULL,
    before  bigint NOT NULL,
    until   bigint NOT NULL,
    issuer  text COLLATE "C" NOT NULL CHECK (issuer <> ''),
    id      text COLLATE "C" NOT NULL CHECK (id <> ''), -- of the logout token
    session text NOT NULL DEFAULT '',
    subject text NOT NULL DEFAULT '',
    token   text NOT NULL DEFAULT '',
    PRIMARY KEY (issuer, id)
);
CREATE INDEX ended_session_mark ON registry.ended_session (mark);
CREATE INDEX ended_session_until ON registry.ended_session (until);

-- forget_ended takes away what is over, and leaves an hour for brokers whose clocks are behind.
CREATE FUNCTION registry.forget_ended() RETURNS void LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM registry.ended_session WHERE until < extract(epoch FROM clock_timestamp()) - 3600
$$;

-- For how many things each person was refused, at all brokers. Both are digests by the key: no
-- NHS number stands here. What is in it may be lost.
CREATE UNLOGGED TABLE registry.walked (
    person uuid        NOT NULL,
    asked  uuid        NOT NULL,
    at     timestamptz NOT NULL,
    PRIMARY KEY (person, asked)
);
CREATE INDEX walked_at ON registry.walked (at);
CREATE TABLE registry.walking_key (key bytea NOT NULL CHECK (length(key) = 32));
INSERT INTO registry.walking_key VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

CREATE FUNCTION registry.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the registry is append-only: add a new version' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.entry
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse();
CREATE TRIGGER change_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.change
    FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse();

-- Versions of an entry are numbered without a gap, and an entry is about one kind of thing.
CREATE FUNCTION registry.versions_have_no_gap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a WHERE a.version > 1 AND NOT EXISTS
            (SELECT FROM registry.entry e WHERE e.id = a.id AND e.version = a.version - 1)) THEN
        RAISE EXCEPTION 'the registry is append-only: add the next version' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_versions_have_no_gap AFTER INSERT ON registry.entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION registry.versions_have_no_gap();

-- append adds the row of a transaction that is about to commit. The lock goes with the commit, and
-- not before that can be seen: who sees a change sees all that have smaller numbers. A table of
-- one row, updated each time, would do the same, and grow by each while anybody dumps the database.
CREATE FUNCTION registry.append(of_mark bigint, of_patients bigint[], of_accepts text)
    RETURNS TABLE (seq bigint, at timestamptz) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(-1);
    SELECT max(c.seq) + 1 INTO append.seq FROM registry.change c;
    append.at := clock_timestamp();
    INSERT INTO registry.change (seq, at, mark, patients, accepts)
        VALUES (append.seq, append.at, of_mark, of_patients, of_accepts);
    PERFORM pg_notify('mcr_registry', append.seq::text);
    RETURN NEXT;
END $$;

-- tell is append for brokers, who accept no losses.
CREATE FUNCTION registry.tell(of_mark bigint, of_patients bigint[])
    RETURNS TABLE (seq bigint, at timestamptz) LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.seq, a.at FROM registry.append(of_mark, of_patients, NULL) a
$$;

REVOKE ALL ON SCHEMA registry FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA registry FROM PUBLIC;
