-- What belongs to one visit?
--
-- Every request of the visit that a record belongs to, one line each: what one person did about one patient, from
-- whichever sources, refusals and the patient's answer too. One collection asks many sources at once, under one trace id.
-- A visit is what one person did about one patient in one session without a pause of more than `gap`: 30 minutes, in
-- microseconds. Write in here what your brokers have as visit_gap.
--
--   record  String  the id of any record of it, as the other questions and the dashboards list them
SELECT
    toDateTime64(time_in, 3)          AS time,
    source,
    toString(outcome)                 AS outcome,
    arrayStringConcat(reasons, ', ')  AS reasons,
    resource_type                     AS asked_for,
    arraySort(mapKeys(categories))    AS shown,
    if(notEmpty(withheld), 'yes', 'no') AS some_withheld,
    trace_id                          AS trace,
    id                                AS record
FROM visits(since = toDateTime64(0, 6, 'UTC'), until = toDateTime64('2200-01-01 00:00:00', 6, 'UTC'), gap = 30 * 60000000)
WHERE visitor_no IN (SELECT visitor_no FROM records WHERE id = {record:String})
QUALIFY max(id = {record:String}) OVER (PARTITION BY visit) = 1
ORDER BY time_in, broker, seq
LIMIT 1 BY broker, seq;
