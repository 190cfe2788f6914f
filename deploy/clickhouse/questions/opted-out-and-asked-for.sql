-- Did anybody see the record of a patient who opted out?
--
-- Patients for whom something was refused since they opted out, in how many visits, and in how many visits something was
-- released of them afterwards by any rule. Their own organisations go on using their own records (rule own_record): those
-- are not counted. The last column must be 0.
-- A patient may have ended the opt-out in between: the console's report of the patient shows it.
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
        uniqExactIf(visit_no, has(reasons, 'opted-out')) AS refused,
        minIf(time_in, has(reasons, 'opted-out'))                  AS first,
        groupArrayIf((time_in, visit_no),
            action = 'view' AND outcome = 'released' AND NOT has(rules, 'own_record')) AS seen
    FROM records
    WHERE patient_hmac != ''
      AND time_in >= {since:DateTime('UTC')} AND time_in < {until:DateTime('UTC')}
    GROUP BY patient_hmac
)
WHERE refused > 0
ORDER BY refused DESC, patient;
