-- Are there numbers without a record?
--
-- A broker numbers its records without gaps. A gap that stays is a record that is gone, or has not arrived: run
-- mcr audit verify, which follows the chain of hashes as well. Ask as somebody who sees every organisation's records.
SELECT broker, before + 1 AS first_missing, seq - 1 AS last_missing, seq - before - 1 AS missing
FROM (
    SELECT broker, seq, lagInFrame(seq, 1, 0) OVER (PARTITION BY broker ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS before
    FROM records
)
WHERE seq > before + 1
ORDER BY broker, seq;
