-- Which days are unlike the others?
--
-- Visits and patients of each day, and visits that were refused altogether (something was refused, nothing shown), beside
-- the mean of the seven days before. More than double is worth a look. Days are those of London's clocks.
-- A visit is what one person did about one patient in one session without a pause of more than `gap`: 30 minutes, in
-- microseconds. Write in here what your brokers have as visit_gap.
--
--   since  DateTime  from when, in UTC
--   until  DateTime  before when
SELECT day, visits, patients, refused_altogether,
    round(avg(visits) OVER week, 1)              AS visits_usually,
    round(avg(refused_altogether) OVER week, 1)  AS refused_usually
FROM (
    SELECT toDate(time_in, 'Europe/London') AS day,
        uniqExactIf(visit, action = 'view' AND outcome = 'released') AS visits,
        uniqExactIf(patient_hmac, patient_hmac != '' AND action = 'view' AND outcome = 'released') AS patients,
        uniqExactIf(visit, action = 'view' AND outcome IN ('released', 'refused')) - visits AS refused_altogether
    FROM visits(since = {since:DateTime('UTC')}, until = {until:DateTime('UTC')}, gap = 30 * 60000000)
    GROUP BY day
)
WINDOW week AS (ORDER BY day ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING)
ORDER BY day;
