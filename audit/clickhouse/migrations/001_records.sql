-- The trail. Documents are kept byte for byte as they were linked, with their
-- hash, so that the chain can be verified from here (audit/proof).
--
-- A source organisation reads its own part, by time: hence the sort key. It ends
-- in (broker, seq), so that a record that was inserted twice is one again after
-- a merge; questions count (broker, seq) once before that too.
--
-- Inserts are not synced by default, and a batch is acknowledged: hence the four
-- fsync settings. The window remembers the tokens of the last batches.
CREATE TABLE IF NOT EXISTS records
(
    broker       LowCardinality(String),
    seq          UInt64                  CODEC(Delta, ZSTD),
    hash         FixedString(32),
    id           String,
    time_in      DateTime64(6, 'UTC')    CODEC(Delta, ZSTD),
    outcome      LowCardinality(String),
    effect       LowCardinality(String),
    reason       LowCardinality(String),
    user_id      String,
    user_org     LowCardinality(String),
    source       LowCardinality(String),
    source_org   LowCardinality(String),
    patient_hmac String,
    document     String                  CODEC(ZSTD(3)),

    -- Computed here, from the document, for dashboards.
    status         UInt16                 MATERIALIZED JSONExtractUInt(document, 'status'),
    role_code      LowCardinality(String) MATERIALIZED JSONExtractString(document, 'role_code'),
    purpose        LowCardinality(String) MATERIALIZED JSONExtractString(document, 'purpose'),
    action         LowCardinality(String) MATERIALIZED JSONExtractString(document, 'action'),
    interaction    LowCardinality(String) MATERIALIZED JSONExtractString(document, 'interaction'),
    resource_type  LowCardinality(String) MATERIALIZED JSONExtractString(document, 'resource_type'),
    policy         LowCardinality(String) MATERIALIZED JSONExtractString(document, 'policy_revision'),
    alert          Bool                   MATERIALIZED JSONExtractBool(document, 'alert'),
    categories     Map(LowCardinality(String), UInt64) MATERIALIZED JSONExtract(document, 'released_categories', 'Map(LowCardinality(String), UInt64)'),
    withheld       Map(LowCardinality(String), UInt64) MATERIALIZED JSONExtract(document, 'withheld', 'Map(LowCardinality(String), UInt64)'),
    bytes_released UInt64                 MATERIALIZED JSONExtractUInt(document, 'bytes_released'),
    spent_us       Map(LowCardinality(String), UInt64) MATERIALIZED JSONExtract(document, 'spent_us', 'Map(LowCardinality(String), UInt64)'),

    INDEX by_seq seq TYPE minmax GRANULARITY 1,
    INDEX by_id  id  TYPE bloom_filter GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time_in)
ORDER BY (source_org, toStartOfHour(time_in), broker, seq)
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;
