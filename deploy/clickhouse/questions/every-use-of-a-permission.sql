-- What was seen under this permission?
--
-- From the record in which the patient's answer was written down to its withdrawal: who used it, when, where.
--
--   permission  String  the permission's id, as the records have it
SELECT
    toDateTime(time_in)  AS time,
    action,
    toString(outcome)    AS outcome,
    user_name            AS professional,
    user_org             AS organisation,
    source,
    resource_type        AS asked_for,
    id                   AS record
FROM records FINAL
WHERE permission_id = {permission:String} AND permission_id != ''
ORDER BY time_in, broker, seq;
