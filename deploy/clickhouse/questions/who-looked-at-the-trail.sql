-- Who has looked at the trail?
--
-- Looking is recorded like everything else: a look that showed several organisations' parts has a record in each,
-- and counts once. look-at-patient is a patient's whole report: it should have a reason.
--
--   since  DateTime  from when, in UTC
--   until  DateTime  before when
SELECT
    user_id,
    any(user_name)                         AS person,
    any(role_name)                         AS role,
    any(user_org)                          AS organisation,
    uniqExactIf(visit_no, action = 'look-at-trail') AS lists,
    uniqExactIf(visit_no, action = 'look-at-record') AS records,
    uniqExactIf(visit_no, action = 'look-at-patient') AS patients,
    toDateTime(max(time_in))               AS last_look
FROM records
WHERE startsWith(action, 'look-')
  AND time_in >= {since:DateTime('UTC')} AND time_in < {until:DateTime('UTC')}
GROUP BY user_id
ORDER BY patients DESC, records DESC, user_id;
