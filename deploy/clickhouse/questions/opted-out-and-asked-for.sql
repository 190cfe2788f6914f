-- Did anybody see the record of a patient who opted out?
--
-- Patients for whom something was refused since they opted out, in how many visits, and in how many visits something was
-- released of them afterwards by any rule. Their own organisations go on using their own records (rule own_record): those
-- are not counted. The last column must be 0.
-- A patient may have ended the opt-out in between: the console's report of the patient shows it.
-- A visit is what one person did about one patient in one session without a pause of more than `gap`: 30 minutes, in
-- microseconds. Write in here what your brokers have as visit_gap.
--
--   since  DateTime  from when, in UTC
--   until  DateTime  before when
SELECT
    patient,
    refused,
    toDateTime(first)                                              AS first_refused,
    arrayUniq(arrayMap(s -> s.2, arrayFilter(s -> s.1 > first, seen))) AS seen_afterwards
FROM (
    SELECT
        patient_hmac                                               AS patient,
        uniqExactIf(visit, has(reasons, 'opted-out')) AS refused,
        minIf(time_in, has(reasons, 'opted-out'))                  AS first,
        groupArrayIf((time_in, visit),
            action = 'view' AND outcome = 'released' AND NOT has(rules, 'own_record')) AS seen
    FROM visits(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, gap = 30 * 60000000)
    WHERE patient_hmac != ''
    GROUP BY patient_hmac
)
WHERE refused > 0
ORDER BY refused DESC, patient;
