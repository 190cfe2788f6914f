-- What a record is, for how long it is kept (retention.ClassOf). The broker gives the class
-- with the row; the rows of before compute it here, by the same lines: a test holds both
-- alike. No TTL deletes by it: `mcr audit retain` does, which knows legal holds and leaves
-- receipts (docs/decisions/0031).
--
-- erased says when the row took the place of another whose details were erased; 1970 in a
-- row that is as it was delivered.
ALTER TABLE records
    ADD COLUMN IF NOT EXISTS class LowCardinality(String) DEFAULT multiIf(
        action IN ('accept-gap', 'rotate-keys', 'erase-details', 'retire-records', 'lay-hold', 'lift-hold', 'forget-keys'), 'receipt',
        startsWith(action, 'look-'), 'look',
        action = 'declare-emergency' OR emergency_id != '', 'emergency',
        outcome != 'released', 'refusal',
        action = 'view', 'access',
        action IN ('record-permission', 'record-refusal', 'withdraw'), 'consent',
        'operation') CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS erased DateTime64(6, 'UTC') DEFAULT toDateTime64(0, 6, 'UTC') CODEC(Delta, ZSTD);

-- What a merge or a deletion has written is synced before the parts of before are let go:
-- these need not stay (8 minutes, by default) with what was erased in them. Since 26.2 a thread
-- of each table removes them, every 30 s to 5 minutes by default; here when it has been nudged
-- (gone.go), as soon as there are two, and every 10 s at the latest.
ALTER TABLE records MODIFY SETTING
    old_parts_lifetime = 0,
    cleanup_delay_period = 1,
    cleanup_delay_period_random_add = 0,
    max_cleanup_delay_period = 10,
    cleanup_thread_preferred_points_per_iteration = 1;

ALTER TABLE by_patient MODIFY SETTING
    old_parts_lifetime = 0,
    cleanup_delay_period = 1,
    cleanup_delay_period_random_add = 0,
    max_cleanup_delay_period = 10,
    cleanup_thread_preferred_points_per_iteration = 1;

-- How many records were retired, by run, day and organisation, so that what was stored can
-- be compared with what was recorded. A run that is counted again when a part of it is gone
-- already stands here twice: the larger number counts.
CREATE TABLE IF NOT EXISTS retired
(
    broker     LowCardinality(String),
    begins     UInt64 CODEC(Delta, ZSTD),
    ends       UInt64 CODEC(Delta, ZSTD),
    day        Date,
    source_org LowCardinality(String),
    requests   UInt64,
    others     UInt64
)
ENGINE = ReplacingMergeTree
ORDER BY (broker, begins, ends, day, source_org, requests, others)
SETTINGS
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;
