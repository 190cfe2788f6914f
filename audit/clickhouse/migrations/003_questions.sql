-- What the console's questions, and dashboards, ask by. Rows that were there
-- before compute these from their document as they are read, and are written once
-- in the background (the last statement).
ALTER TABLE records
    ADD COLUMN IF NOT EXISTS reasons         Array(LowCardinality(String)) MATERIALIZED JSONExtract(document, 'reasons', 'Array(LowCardinality(String))'),
    ADD COLUMN IF NOT EXISTS rules           Array(LowCardinality(String)) MATERIALIZED JSONExtract(document, 'rules', 'Array(LowCardinality(String))'),
    ADD COLUMN IF NOT EXISTS trace_id        String                        MATERIALIZED JSONExtractString(document, 'trace_id'),
    ADD COLUMN IF NOT EXISTS user_name       String                        MATERIALIZED JSONExtractString(document, 'user_name'),
    ADD COLUMN IF NOT EXISTS role_name       LowCardinality(String)        MATERIALIZED JSONExtractString(document, 'role_name'),
    ADD COLUMN IF NOT EXISTS user_org_name   LowCardinality(String)        MATERIALIZED JSONExtractString(document, 'user_org_name'),
    ADD COLUMN IF NOT EXISTS policy_digest   LowCardinality(String)        MATERIALIZED JSONExtractString(document, 'policy_digest'),
    ADD COLUMN IF NOT EXISTS permission_id   String                        MATERIALIZED JSONExtractString(document, 'permission_id'),
    ADD COLUMN IF NOT EXISTS emergency_id    String                        MATERIALIZED JSONExtractString(document, 'emergency_id'),
    ADD COLUMN IF NOT EXISTS emergency_reason String                       MATERIALIZED JSONExtractString(document, 'emergency_reason'),
    ADD COLUMN IF NOT EXISTS time_out        DateTime64(6, 'UTC')          MATERIALIZED parseDateTime64BestEffortOrZero(JSONExtractString(document, 'time_out'), 6, 'UTC') CODEC(Delta, ZSTD),
    -- By the clock of the broker that delivered the record, which gave time_in
    -- too, so that their difference is the delay; 1970 when it was not kept.
    ADD COLUMN IF NOT EXISTS delivered_at    DateTime64(3, 'UTC')          DEFAULT toDateTime64(0, 3, 'UTC') CODEC(Delta, ZSTD),
    ADD INDEX IF NOT EXISTS by_trace trace_id TYPE bloom_filter GRANULARITY 1;

ALTER TABLE records
    MATERIALIZE COLUMN reasons, MATERIALIZE COLUMN rules, MATERIALIZE COLUMN trace_id, MATERIALIZE COLUMN user_name,
    MATERIALIZE COLUMN role_name, MATERIALIZE COLUMN user_org_name, MATERIALIZE COLUMN policy_digest, MATERIALIZE COLUMN permission_id,
    MATERIALIZE COLUMN emergency_id, MATERIALIZE COLUMN emergency_reason, MATERIALIZE COLUMN time_out
    SETTINGS mutations_sync = 0;
