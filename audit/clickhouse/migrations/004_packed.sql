-- A record's document takes most of the disk, and most of what it says stands in columns
-- too. From here on a row keeps `packed`: the document with every value cut out that
-- stands in a column, one byte below 0x20 in its place, which no document has. `document`
-- is an ALIAS that puts them back, byte for byte: the chain is verified with it as before.
-- The program makes packed (packed.go) and puts each back together before it is sent.
--
-- The columns that were computed here from the document come with the row: the server
-- read each document 25 times for them. Rows of before keep theirs, and are written
-- out first where that was still to be done (003). Their document stands in packed, whole.
-- unless: SELECT count() = 0 FROM records
ALTER TABLE records
    MATERIALIZE COLUMN reasons, MATERIALIZE COLUMN rules, MATERIALIZE COLUMN trace_id, MATERIALIZE COLUMN user_name,
    MATERIALIZE COLUMN role_name, MATERIALIZE COLUMN user_org_name, MATERIALIZE COLUMN policy_digest, MATERIALIZE COLUMN permission_id,
    MATERIALIZE COLUMN emergency_id, MATERIALIZE COLUMN emergency_reason, MATERIALIZE COLUMN time_out
    SETTINGS mutations_sync = 2;

-- unless: SELECT count() FROM system.columns WHERE database = currentDatabase() AND table = 'records' AND name = 'packed'
ALTER TABLE records RENAME COLUMN document TO packed;

ALTER TABLE records
    -- Given as the text that the document has, which is read here.
    ADD COLUMN IF NOT EXISTS reasons_json    String EPHEMERAL,
    ADD COLUMN IF NOT EXISTS rules_json      String EPHEMERAL,
    ADD COLUMN IF NOT EXISTS categories_json String EPHEMERAL,
    ADD COLUMN IF NOT EXISTS withheld_json   String EPHEMERAL,
    ADD COLUMN IF NOT EXISTS spent_json      String EPHEMERAL,
    -- What only the document had.
    ADD COLUMN IF NOT EXISTS salt            String CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS token_id        String CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS patient_shown   LowCardinality(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS relationship_id LowCardinality(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS client_ip       LowCardinality(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS user_agent      LowCardinality(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS released_resources String CODEC(ZSTD(1));

-- unless: SELECT default_kind = '' FROM system.columns WHERE database = currentDatabase() AND table = 'records' AND name = 'status'
ALTER TABLE records
    -- Long blocks, since documents are alike. A higher level saves 12 bytes of some 70 and
    -- costs a delivery half of its speed.
    MODIFY COLUMN packed           String CODEC(ZSTD(1)) SETTINGS (min_compress_block_size = 8388608, max_compress_block_size = 8388608),
    MODIFY COLUMN status           REMOVE MATERIALIZED,
    MODIFY COLUMN role_code        REMOVE MATERIALIZED,
    MODIFY COLUMN purpose          REMOVE MATERIALIZED,
    MODIFY COLUMN action           REMOVE MATERIALIZED,
    MODIFY COLUMN interaction      REMOVE MATERIALIZED,
    MODIFY COLUMN resource_type    REMOVE MATERIALIZED,
    MODIFY COLUMN policy           REMOVE MATERIALIZED,
    MODIFY COLUMN alert            REMOVE MATERIALIZED,
    MODIFY COLUMN bytes_released   REMOVE MATERIALIZED,
    MODIFY COLUMN trace_id         REMOVE MATERIALIZED,
    MODIFY COLUMN user_name        REMOVE MATERIALIZED,
    MODIFY COLUMN role_name        REMOVE MATERIALIZED,
    MODIFY COLUMN user_org_name    REMOVE MATERIALIZED,
    MODIFY COLUMN policy_digest    REMOVE MATERIALIZED,
    MODIFY COLUMN permission_id    REMOVE MATERIALIZED,
    MODIFY COLUMN emergency_id     REMOVE MATERIALIZED,
    MODIFY COLUMN emergency_reason REMOVE MATERIALIZED,
    MODIFY COLUMN time_out         REMOVE MATERIALIZED;

ALTER TABLE records
    -- The server's own choice for what names no codec is a quick one.
    MODIFY COLUMN hash          CODEC(NONE),
    MODIFY COLUMN id            CODEC(ZSTD(1)),
    MODIFY COLUMN trace_id      CODEC(ZSTD(1)),
    MODIFY COLUMN user_id       CODEC(ZSTD(1)),
    MODIFY COLUMN user_name     CODEC(ZSTD(1)),
    MODIFY COLUMN patient_hmac  LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN permission_id LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN reasons    Array(LowCardinality(String))       DEFAULT JSONExtract(reasons_json, 'Array(LowCardinality(String))') CODEC(ZSTD(1)),
    MODIFY COLUMN rules      Array(LowCardinality(String))       DEFAULT JSONExtract(rules_json, 'Array(LowCardinality(String))') CODEC(ZSTD(1)),
    MODIFY COLUMN categories Map(LowCardinality(String), UInt64) DEFAULT JSONExtract(categories_json, 'Map(LowCardinality(String), UInt64)') CODEC(ZSTD(1)),
    MODIFY COLUMN withheld   Map(LowCardinality(String), UInt64) DEFAULT JSONExtract(withheld_json, 'Map(LowCardinality(String), UInt64)') CODEC(ZSTD(1)),
    MODIFY COLUMN spent_us   Map(LowCardinality(String), UInt64) DEFAULT JSONExtract(spent_json, 'Map(LowCardinality(String), UInt64)') CODEC(ZSTD(1));

-- What is inserted is one file, not one for each column, each to be synced; merges make
-- files of columns.
ALTER TABLE records MODIFY SETTING min_bytes_for_wide_part = 268435456;

-- A first byte 0 says that the document follows as it is.
ALTER TABLE records ADD COLUMN IF NOT EXISTS document String ALIAS if(startsWith(packed, '\0'), substring(packed, 2),
    replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(packed,
        '\x01', id),
        '\x02', replaceOne(toString(time_in), ' ', 'T')),
        '\x03', replaceOne(toString(time_out), ' ', 'T')),
        '\x04', trace_id),
        '\x05', salt),
        '\x06', user_id),
        '\x07', user_name),
        '\x08', role_code),
        '\x09', role_name),
        '\x0A', user_org),
        '\x0B', user_org_name),
        '\x0C', token_id),
        '\x0D', client_ip),
        '\x0E', user_agent),
        '\x0F', patient_hmac),
        '\x10', patient_shown),
        '\x11', source),
        '\x12', source_org),
        '\x13', resource_type),
        '\x14', permission_id),
        '\x15', relationship_id),
        '\x16', policy),
        '\x17', policy_digest),
        '\x18', released_resources),
        '\x19', concat('{"parse":', toString(spent_us['parse']), ',"token":', toString(spent_us['token']), ',"gather":', toString(spent_us['gather']),
            ',"decide":', toString(spent_us['decide']), ',"fetch":', toString(spent_us['fetch']), ',"filter":', toString(spent_us['filter']), '}')),
        '\x1A', toString(intDiv(toUnixTimestamp64Micro(time_in), 1000000))),
        '\x1B', toString(bytes_released)));
