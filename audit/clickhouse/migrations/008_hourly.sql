-- What dashboards over months count by. A visit and a patient as numbers: to count the
-- different ones among millions of rows takes a tenth of the time that the texts take that
-- they are made of. A visit is one person's requests with one trace id; a request without
-- one is a visit of its own. Numbers stand for the same as their texts, and no more: what
-- takes a patient_hmac out of a row must change both (a mutation does by itself).
ALTER TABLE records
    ADD COLUMN IF NOT EXISTS visit_no   UInt64 MATERIALIZED sipHash64(if(trace_id = '', concat(broker, '/', toString(seq)), trace_id), user_id, user_org) CODEC(ZSTD(3)) SETTINGS (min_compress_block_size = 4194304, max_compress_block_size = 4194304),
    ADD COLUMN IF NOT EXISTS patient_no UInt64 MATERIALIZED if(patient_hmac = '', 0, sipHash64(patient_hmac)) CODEC(ZSTD(3)) SETTINGS (min_compress_block_size = 4194304, max_compress_block_size = 4194304);

ALTER TABLE records
    MATERIALIZE COLUMN visit_no, MATERIALIZE COLUMN patient_no
    SETTINGS mutations_sync = 0;

-- How many records there are of each hour, without any person. Each is kept as a number in a
-- set, 24 bits of its broker's name and its own number, so that a record that is inserted twice
-- is in it once: a sum would count it twice, and for ever. source_org begins the key, and
-- is what a row policy holds to.
CREATE TABLE IF NOT EXISTS hourly
(
    source_org LowCardinality(String),
    hour       DateTime('UTC') CODEC(Delta, ZSTD(1)),
    source     LowCardinality(String),
    action     LowCardinality(String),
    outcome    LowCardinality(String),
    effect     LowCardinality(String),
    numbers    AggregateFunction(groupBitmap, UInt64) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (source_org, hour, source, action, outcome, effect)
SETTINGS
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE MATERIALIZED VIEW IF NOT EXISTS hourly_feed TO hourly AS
SELECT source_org, toStartOfHour(time_in) AS hour, source, action, outcome, effect,
    groupBitmapState(bitOr(bitShiftLeft(toUInt64(sipHash64(broker) % 16777216), 40), seq)) AS numbers
FROM records
GROUP BY source_org, hour, source, action, outcome, effect;

-- Rows of before. What was delivered since the view was made is put in a second time, which
-- changes nothing; so may this be run again at any time.
INSERT INTO hourly
SELECT source_org, toStartOfHour(time_in) AS hour, source, action, outcome, effect,
    groupBitmapState(bitOr(bitShiftLeft(toUInt64(sipHash64(broker) % 16777216), 40), seq)) AS numbers
FROM records
GROUP BY source_org, hour, source, action, outcome, effect
SETTINGS optimize_aggregation_in_order = 1, max_partitions_per_insert_block = 0, insert_deduplicate = 0, deduplicate_insert = 'disable';
