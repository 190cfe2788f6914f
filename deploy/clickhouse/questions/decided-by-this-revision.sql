-- What would have to be looked at again, if this policy revision was wrong?
--
-- Every visit in which a rule of one revision opened something: one line for each professional and patient, with how many
-- requests it was and the first record. Question one-visit lists the others. Each record holds the question
-- and the facts as the policies saw them: mcr audit show <record> prints them, and the console's "Try it" decides a case again.
-- A visit is what one person did about one patient in one session without a pause of more than `gap`: 30 minutes, in
-- microseconds. Write in here what your brokers have as visit_gap.
--
--   revision  String  the policy revision
--   rule      String  the rule, as its folder is called; '' for all
SELECT
    toDateTime(min(time_in))                                             AS time,
    any(user_name)                                                       AS professional,
    any(user_org)                                                        AS organisation,
    arrayStringConcat(arraySort(groupUniqArray(toString(source))), ', ') AS sources,
    arrayStringConcat(arraySort(groupUniqArrayArray(arrayMap(r -> toString(r), rules))), ', ') AS rules_applied,
    uniqExact(broker, seq)                                               AS requests,
    argMin(id, (time_in, broker, seq))                                   AS record
FROM visits(since = toDateTime64(0, 6, 'UTC'), until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'), gap = 30 * 60000000)
WHERE policy = {revision:String} AND effect = 'permit' AND outcome = 'released'
  AND ({rule:String} = '' OR has(rules, {rule:String}))
GROUP BY visit, user_id, patient_hmac
ORDER BY min(time_in), record;
