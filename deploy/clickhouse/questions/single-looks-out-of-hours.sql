-- Whom has this person seen once only, and outside working hours?
--
-- Single visits in the night or at the weekend, by people whose role does not work then, are where curiosity shows. A
-- list to ask questions from, not a list of wrongdoers. One visit may be many sources and many requests. Working hours are
-- 07:00 to 20:00 in London, Monday to Friday.
--
--   since  DateTime  from when, in UTC
--   until  DateTime  before when
SELECT
    user_id,
    any(user_name)                                   AS professional,
    any(role_name)                                   AS role,
    any(user_org)                                    AS organisation,
    patient_hmac                                     AS patient,
    toDateTime(min(time_in))                         AS seen
FROM records
WHERE action = 'view' AND outcome = 'released' AND user_id != '' AND patient_hmac != ''
  AND time_in >= {since:DateTime('UTC')} AND time_in < {until:DateTime('UTC')}
GROUP BY user_id, patient_hmac
HAVING uniqExact(visit_no) = 1
   AND (toDayOfWeek(min(toTimeZone(time_in, 'Europe/London'))) >= 6
        OR toHour(min(toTimeZone(time_in, 'Europe/London'))) NOT BETWEEN 7 AND 19)
ORDER BY seen, user_id, patient;
