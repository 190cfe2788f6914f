-- What was seen under this permission?
--
-- From the record in which the patient's answer was written down to its withdrawal: who used it, when, where. One line for
-- each visit and what was done in it, with how many requests it was and the first record. Question one-visit lists the
-- others.
-- A visit is what one person did about one patient in one session without a pause of more than `gap`: 30 minutes, in
-- microseconds. Write in here what your brokers have as visit_gap.
--
--   permission  String  the permission's id, as the records have it
SELECT
    toDateTime(min(time_in))                                             AS time,
    action,
    toString(outcome)                                                    AS ended,
    any(user_name)                                                       AS professional,
    any(user_org)                                                        AS organisation,
    arrayStringConcat(arraySort(groupUniqArray(toString(source))), ', ') AS sources,
    arrayStringConcat(arraySort(groupUniqArrayArray(arrayMap(c -> toString(c), mapKeys(categories)))), ', ') AS shown,
    uniqExact(broker, seq)                                               AS requests,
    argMin(id, (time_in, broker, seq))                                   AS record
FROM visits(since = toDateTime64(0, 6, 'UTC'), until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'), gap = 30 * 60000000)
WHERE permission_id = {permission:String} AND permission_id != ''
GROUP BY visit, user_id, action, outcome
ORDER BY min(time_in), record;
