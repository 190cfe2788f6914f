-- What has this professional done?
--
-- For a privacy officer who looks into one person. Every request in order, refusals and failures too, each with the id
-- of its record: mcr audit show <record>, or the console, has what was asked, what was known and which rules applied.
--
--   user   String    the professional's id, as the token says (CIS2: uid)
--   since  DateTime  from when, in UTC
--   until  DateTime  before when
SELECT
    toDateTime(time_in)                    AS time,
    action,
    toString(outcome)                      AS outcome,
    arrayStringConcat(reasons, ', ')       AS reasons,
    source,
    resource_type                          AS asked_for,
    patient_hmac                           AS patient,
    emergency_id,
    id                                     AS record
FROM records FINAL
WHERE user_id = {user:String}
  AND time_in >= {since:DateTime('UTC')} AND time_in < {until:DateTime('UTC')}
ORDER BY time_in, broker, seq;
