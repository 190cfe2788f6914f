-- Whom has this person seen once only, and outside working hours?
--
-- Single visits in the night or at the weekend, by people whose role does not work then, are where curiosity shows. A
-- list to ask questions from, not a list of wrongdoers. One visit may be many sources and many requests. Working hours are
-- 07:00 to 20:00 in London, Monday to Friday.
-- A visit is what one person did about one patient in one session without a pause of more than `gap`: 30 minutes, in
-- microseconds. Write in here what your brokers have as visit_gap.
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
FROM visits(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, gap = 30 * 60000000)
WHERE action = 'view' AND outcome = 'released' AND user_id != '' AND patient_hmac != ''
GROUP BY user_id, patient_hmac
HAVING uniqExact(visit) = 1
   AND (toDayOfWeek(min(toTimeZone(time_in, 'Europe/London'))) >= 6
        OR toHour(min(toTimeZone(time_in, 'Europe/London'))) NOT BETWEEN 7 AND 19)
ORDER BY seen, user_id, patient;
