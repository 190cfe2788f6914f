-- What was seen under this permission?
--
-- From the record in which the patient's answer was written down to its withdrawal: who used it, when, where. One line for
-- each visit and what was done in it, with how many requests it was and the first record. Question one-visit lists the
-- others by the trace.
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
    any(trace_id)                                                        AS trace,
    argMin(id, (time_in, broker, seq))                                   AS record
FROM records
WHERE permission_id = {permission:String} AND permission_id != ''
GROUP BY visit_no, user_id, action, outcome
ORDER BY min(time_in), record;
