-- Which emergencies must be looked into?
--
-- Every one. For each: who declared it, why, and what was seen because of it: in how many visits (a view of many sources at
-- once is one), with how many requests, of how many patients. Seen before it was declared cannot be.
-- A visit is what one person did about one patient in one session without a pause of more than `gap`: 30 minutes, in
-- microseconds. Write in here what your brokers have as visit_gap.
--
--   since  DateTime  from when, in UTC
--   until  DateTime  before when
SELECT
    emergency_id,
    toDateTime(minIf(time_in, action = 'declare-emergency'))  AS declared,
    anyIf(user_name, action = 'declare-emergency')            AS professional,
    anyIf(role_name, action = 'declare-emergency')            AS role,
    anyIf(user_org, action = 'declare-emergency')             AS organisation,
    anyIf(user_org_name, action = 'declare-emergency')        AS organisation_name,
    anyIf(emergency_reason, action = 'declare-emergency')     AS reason,
    uniqExactIf(visit, action = 'view')                       AS visits,
    uniqExactIf((broker, seq), action = 'view')               AS requests,
    uniqExactIf(patient_hmac, patient_hmac != '')             AS patients,
    toDateTime(max(time_in))                                  AS last_used
FROM visits(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, gap = 30 * 60000000)
WHERE emergency_id != '' AND outcome = 'released'
GROUP BY emergency_id
ORDER BY declared, emergency_id;
