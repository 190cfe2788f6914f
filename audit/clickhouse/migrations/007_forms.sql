-- What a document says is kept in three parts, so that a part of the table holds each thing
-- once and a delivery packs little. `form` is the document with what is its own cut out and a
-- mark in its place; of forms there are some hundreds. `facts` is what was known of the
-- patient; all requests of a visit have the same. `packed` holds, each with \x1F behind it,
-- the values that stand nowhere else, which \x1F in form stands for in their order. The
-- program makes them (packed.go). Rows of before, and documents that are kept whole, have
-- no form.
ALTER TABLE records
    ADD COLUMN IF NOT EXISTS form  LowCardinality(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS facts LowCardinality(String) CODEC(ZSTD(1)) SETTINGS (min_compress_block_size = 1048576, max_compress_block_size = 1048576);

-- unless: SELECT position(default_expression, 'form') > 0 FROM system.columns WHERE database = currentDatabase() AND table = 'records' AND name = 'document'
ALTER TABLE records MODIFY COLUMN document String ALIAS if(startsWith(packed, '\0'), substring(packed, 2),
    replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(if(form = '', packed, arrayStringConcat(arrayMap((text, value) -> concat(text, value), splitByChar('\x1F', toString(form)), splitByChar('\x1F', packed)))),
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
        '\x1B', toString(bytes_released)),
        '\x1C', broker),
        '\x1D', facts));

-- The epoch of a record's patient comes with the row: the server looked for it in every packed.
-- Rows of before have it written out first, where that was still to be done (005).
-- unless: SELECT count() = 0 FROM records
ALTER TABLE records
    MATERIALIZE COLUMN patient_epoch
    SETTINGS mutations_sync = 2;

-- unless: SELECT default_kind = '' FROM system.columns WHERE database = currentDatabase() AND table = 'records' AND name = 'patient_epoch'
ALTER TABLE records MODIFY COLUMN patient_epoch REMOVE MATERIALIZED;

-- Ids that a visit's records share stand some thousand rows apart: longer blocks, and a level
-- that looks as far back, halve them. The codecs of before hold for what is not merged again.
ALTER TABLE records
    MODIFY COLUMN trace_id       String CODEC(ZSTD(3)) SETTINGS (min_compress_block_size = 4194304, max_compress_block_size = 4194304),
    MODIFY COLUMN token_id       String CODEC(ZSTD(3)) SETTINGS (min_compress_block_size = 4194304, max_compress_block_size = 4194304),
    MODIFY COLUMN user_id        String CODEC(ZSTD(3)) SETTINGS (min_compress_block_size = 1048576, max_compress_block_size = 1048576),
    MODIFY COLUMN user_name      LowCardinality(String) CODEC(ZSTD(1)),
    MODIFY COLUMN bytes_released UInt64 CODEC(T64, ZSTD(1)),
    MODIFY COLUMN time_in        DateTime64(6, 'UTC') CODEC(T64, ZSTD(1)),
    MODIFY COLUMN time_out       DateTime64(6, 'UTC') CODEC(T64, ZSTD(1));
