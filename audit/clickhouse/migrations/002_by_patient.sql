-- Who has seen a patient's record: narrow, and sorted by patient. It points into
-- records; no row policy of records holds here, so nobody but the broker's own
-- user is granted this table.
CREATE TABLE IF NOT EXISTS by_patient
(
    patient_hmac String,
    time_in      DateTime64(6, 'UTC') CODEC(Delta, ZSTD),
    broker       LowCardinality(String),
    seq          UInt64               CODEC(Delta, ZSTD),
    source_org   LowCardinality(String),
    INDEX by_seq seq TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time_in)
ORDER BY (patient_hmac, time_in, broker, seq)
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS by_patient_feed TO by_patient AS
SELECT patient_hmac, time_in, broker, seq, source_org FROM records WHERE patient_hmac != '';
