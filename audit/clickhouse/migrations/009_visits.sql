-- What a visit is (decision 0046): a run of records that one visitor left, in which no pause is
-- longer than a gap. One visitor is one person, for one organisation, in one session, about one
-- patient, at the record or at the trail; where nobody is known, one trace id. Rows of before
-- name no session.
ALTER TABLE records
    ADD COLUMN IF NOT EXISTS session_id String CODEC(ZSTD(3)) SETTINGS (min_compress_block_size = 4194304, max_compress_block_size = 4194304);

-- unless: SELECT position(default_expression, 'session_id') > 0 FROM system.columns WHERE database = currentDatabase() AND table = 'records' AND name = 'document'
ALTER TABLE records MODIFY COLUMN document String ALIAS if(startsWith(packed, '\0'), substring(packed, 2),
    replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(replaceAll(if(form = '', packed, arrayStringConcat(arrayMap((text, value) -> concat(text, value), splitByChar('\x1F', toString(form)), splitByChar('\x1F', packed)))),
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
        '\x1D', facts),
        '\x1E', session_id));

-- The visitor as a number, as patient_no (008) is the patient's. By it and the time visits are
-- told apart, and no more by trace ids: visit_no is gone.
ALTER TABLE records
    ADD COLUMN IF NOT EXISTS visitor_no UInt64 MATERIALIZED sipHash64(user_id, user_org, session_id, patient_hmac, startsWith(action, 'look-'),
        multiIf(user_id != '', '', trace_id != '', trace_id, concat(broker, '/', toString(seq)))) CODEC(ZSTD(3)) SETTINGS (min_compress_block_size = 4194304, max_compress_block_size = 4194304);

ALTER TABLE records
    MATERIALIZE COLUMN visitor_no
    SETTINGS mutations_sync = 0;

ALTER TABLE records DROP COLUMN IF EXISTS visit_no;

-- The records of a time, each with its visit, a number that means something within one
-- question. Whoever asks gives since, until (before which) and gap, in microseconds. What is
-- asked of the rows does not change where a visit begins: that is found out in the join, from
-- all records of the time that the asker may see, whose row policies hold here as in records. A
-- record that stands twice is there twice: record_no tells records apart.
-- The program asks by the same lines (visits.go).
CREATE VIEW IF NOT EXISTS visits SQL SECURITY INVOKER AS
SELECT
    broker, seq, id, time_in, time_out, delivered_at, outcome, effect, reason, reasons,
    rules, user_id, user_name, user_org, user_org_name, source, source_org, patient_hmac,
    status, role_code, role_name, purpose, action, interaction, resource_type, policy,
    policy_digest, alert, categories, withheld, bytes_released, spent_us, trace_id,
    permission_id, emergency_id, emergency_reason, visitor_no, patient_no,
    bitOr(bitShiftLeft(toUInt64(sipHash64(broker) % 16777216), 40), seq) AS record_no,
    bitXor(visitor_no, intHash64(arrayCount(begin -> begin <= toUnixTimestamp64Micro(time_in), begins))) AS visit
FROM records
GLOBAL ANY LEFT JOIN (
    SELECT visitor_no, arrayFilter((time, pause) -> pause > {gap:UInt64}, arraySort(times) AS sorted, arrayDifference(sorted)) AS begins
    FROM (
        SELECT visitor_no, groupArray(toUnixTimestamp64Micro(time_in)) AS times
        FROM records
        WHERE time_in >= {since:DateTime64(6, 'UTC')} AND time_in < {until:DateTime64(6, 'UTC')}
        GROUP BY visitor_no
        HAVING toUnixTimestamp64Micro(max(time_in)) - toUnixTimestamp64Micro(min(time_in)) > {gap:UInt64}
    )
) AS later USING (visitor_no)
WHERE time_in >= {since:DateTime64(6, 'UTC')} AND time_in < {until:DateTime64(6, 'UTC')};
