-- What has this professional done?
--
-- For a privacy officer who looks into one person. One line for each visit, patient and thing done, in order, refusals and
-- failures too: how many requests were shown, refused and failed, and the first record. mcr audit show <record>, or the
-- console, has what was asked, what was known and which rules applied; question one-visit lists a visit's other records.
--
--   user   String    the professional's id, as the token says (CIS2: uid)
--   since  DateTime  from when, in UTC
--   until  DateTime  before when
SELECT
    toDateTime(min(time_in))                                             AS time,
    action,
    uniqExactIf((broker, seq), outcome = 'released')                     AS shown,
    uniqExactIf((broker, seq), outcome = 'refused')                      AS refused,
    uniqExactIf((broker, seq), outcome IN ('failed', 'incomplete'))      AS failed,
    arrayStringConcat(arraySort(groupUniqArrayArray(arrayMap(r -> toString(r), reasons))), ', ') AS reasons_given,
    arrayStringConcat(arraySort(groupUniqArray(toString(source))), ', ') AS sources,
    patient_hmac                                                         AS patient,
    arrayStringConcat(arraySort(groupUniqArrayIf(emergency_id, emergency_id != '')), ', ') AS emergencies,
    any(trace_id)                                                        AS trace,
    argMin(id, (time_in, broker, seq))                                   AS record
FROM records
WHERE user_id = {user:String}
  AND time_in >= {since:DateTime('UTC')} AND time_in < {until:DateTime('UTC')}
GROUP BY visit_no, patient_hmac, action
ORDER BY min(time_in), record;
