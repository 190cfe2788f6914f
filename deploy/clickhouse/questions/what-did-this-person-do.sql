-- What has this professional done?
--
-- For a privacy officer who looks into one person. One line for each visit, patient and thing done, in order, refusals and
-- failures too: how many requests were shown, refused and failed, and the first record. mcr audit show <record>, or the
-- console, has what was asked, what was known and which rules applied; question one-visit lists a visit's other records.
-- A visit is what one person did about one patient in one session without a pause of more than `gap`: 30 minutes, in
-- microseconds. Write in here what your brokers have as visit_gap.
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
    argMin(id, (time_in, broker, seq))                                   AS record
FROM visits(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, gap = 30 * 60000000)
WHERE user_id = {user:String}
GROUP BY visit, patient_hmac, action
ORDER BY min(time_in), record;
