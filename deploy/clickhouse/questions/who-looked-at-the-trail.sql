-- Who has looked at the trail?
--
-- Looking is recorded like everything else: a look that showed several organisations' parts has a record in each,
-- and counts once. look-at-patient is a patient's whole report: it should have a reason.
-- A visit is what one person did about one patient in one session without a pause of more than `gap`: 30 minutes, in
-- microseconds. Write in here what your brokers have as visit_gap.
--
--   since  DateTime  from when, in UTC
--   until  DateTime  before when
SELECT
    user_id,
    any(user_name)                         AS person,
    any(role_name)                         AS role,
    any(user_org)                          AS organisation,
    uniqExactIf(visit, action = 'look-at-trail') AS lists,
    uniqExactIf(visit, action = 'look-at-record') AS records,
    uniqExactIf(visit, action = 'look-at-patient') AS patients,
    toDateTime(max(time_in))               AS last_look
FROM visits(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, gap = 30 * 60000000)
WHERE startsWith(action, 'look-')
GROUP BY user_id
ORDER BY patients DESC, records DESC, user_id;
