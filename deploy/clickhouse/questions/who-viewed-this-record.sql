-- Who has viewed this patient's record?
--
-- For a privacy officer who answers a patient, or looks into a complaint. One line for each visit: what a professional
-- saw of one patient at once, from however many sources.
-- The patient stands in the trail under a pseudonym, which only the deployment's key makes of an NHS number: patient_hmac
-- in the first line that mcr audit patient - --json --limit 1 prints. The console has the same as a report in plain English.
-- A visit is what one person did about one patient in one session without a pause of more than `gap`: 30 minutes, in
-- microseconds. Write in here what your brokers have as visit_gap.
--
--   patient  String    the pseudonym (64 hexadecimal digits)
--   since    DateTime  from when, in UTC
--   until    DateTime  before when
SELECT
    toDateTime(min(time_in))                                            AS began,
    toDateTime(max(time_in))                                            AS ended,
    any(user_name)                                                      AS professional,
    any(role_name)                                                      AS role,
    any(user_org)                                                       AS organisation,
    arrayStringConcat(arraySort(groupUniqArray(toString(source))), ', ') AS sources,
    arrayStringConcat(arraySort(groupUniqArrayArray(arrayMap(c -> toString(c), mapKeys(categories)))), ', ') AS shown,
    arrayStringConcat(arraySort(groupUniqArrayArray(arrayMap(r -> toString(r), rules))), ', ') AS rules_applied
FROM visits(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, gap = 30 * 60000000)
WHERE patient_hmac = {patient:String}
  AND action = 'view' AND outcome = 'released'
GROUP BY user_id, visit
ORDER BY min(time_in), user_id;
