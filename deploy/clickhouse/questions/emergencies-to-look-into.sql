-- Which emergencies must be looked into?
--
-- Every one. For each: who declared it, why, and what was seen because of it: in how many visits (a view of many sources at
-- once is one), with how many requests, of how many patients. Seen before it was declared cannot be.
--
--   since  DateTime  from when, in UTC
--   until  DateTime  before when
SELECT
    emergency_id,
    toDateTime(minIf(time_in, action = 'declare-emergency'))  AS declared,
    anyIf(user_name, action = 'declare-emergency')            AS professional,
    anyIf(role_name, action = 'declare-emergency')            AS role,
    anyIf(user_org, action = 'declare-emergency')             AS organisation,
    anyIf(emergency_reason, action = 'declare-emergency')     AS reason,
    uniqExactIf(visit_no, action = 'view')                    AS visits,
    uniqExactIf((broker, seq), action = 'view')               AS requests,
    uniqExactIf(patient_hmac, patient_hmac != '')             AS patients,
    toDateTime(max(time_in))                                  AS last_used
FROM records
WHERE emergency_id != '' AND outcome = 'released'
  AND time_in >= {since:DateTime('UTC')} AND time_in < {until:DateTime('UTC')}
GROUP BY emergency_id
ORDER BY declared, emergency_id;
