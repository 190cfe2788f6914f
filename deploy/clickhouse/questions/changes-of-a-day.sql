-- Which days are unlike the others?
--
-- Visits and patients of each day, and visits that were refused altogether (something was refused, nothing shown), beside
-- the mean of the seven days before. More than double is worth a look. A visit is one person's requests with one trace
-- id, however many sources and requests it took; a request without one is a visit of its own.
--
--   since  DateTime  from when, in UTC
--   until  DateTime  before when
SELECT day, visits, patients, refused_altogether,
    round(avg(visits) OVER week, 1)              AS visits_usually,
    round(avg(refused_altogether) OVER week, 1)  AS refused_usually
FROM (
    SELECT toDate(time_in, 'UTC') AS day,
        uniqExactIf(visit_no, action = 'view' AND outcome = 'released') AS visits,
        uniqExactIf(patient_hmac, patient_hmac != '' AND action = 'view' AND outcome = 'released') AS patients,
        uniqExactIf(visit_no, action = 'view' AND outcome IN ('released', 'refused')) - visits AS refused_altogether
    FROM records
    WHERE time_in >= {since:DateTime('UTC')} AND time_in < {until:DateTime('UTC')}
    GROUP BY day
)
WINDOW week AS (ORDER BY day ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING)
ORDER BY day;
