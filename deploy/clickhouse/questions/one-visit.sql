-- What belongs to one visit?
--
-- Every request with its trace id, one line each. One collection asks many sources at once; all of its records bear one trace id. So
-- does what a professional's system does with a W3C traceparent of its own.
--
--   trace  String  the trace id, 32 hexadecimal digits
SELECT
    toDateTime64(time_in, 3)          AS time,
    source,
    toString(outcome)                 AS outcome,
    arrayStringConcat(reasons, ', ')  AS reasons,
    resource_type                     AS asked_for,
    arraySort(mapKeys(categories))    AS shown,
    if(notEmpty(withheld), 'yes', 'no') AS some_withheld,
    id                                AS record
FROM records
WHERE trace_id = {trace:String} AND trace_id != ''
ORDER BY time_in, broker, seq
LIMIT 1 BY broker, seq;
