-- What would have to be looked at again, if this policy revision was wrong?
--
-- Every view that a rule of one revision opened. Each record holds the question and the facts as the policies saw them:
-- mcr audit show <record> prints them, and the console's "Try it" decides a case again.
--
--   revision  String  the policy revision
--   rule      String  the rule, as its folder is called; '' for all
SELECT
    toDateTime(time_in)              AS time,
    user_name                        AS professional,
    user_org                         AS organisation,
    source,
    arrayStringConcat(rules, ', ')   AS rules_applied,
    id                               AS record
FROM records FINAL
WHERE policy = {revision:String} AND effect = 'permit' AND outcome = 'released'
  AND ({rule:String} = '' OR has(rules, {rule:String}))
ORDER BY time_in, broker, seq;
