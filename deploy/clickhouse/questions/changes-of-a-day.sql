-- Which days are unlike the others?
--
-- Views and refusals of each day beside the mean of the seven days before. More than double is worth a look.
--
--   since  DateTime  from when, in UTC
--   until  DateTime  before when
SELECT day, views, refusals,
    round(avg(views) OVER week, 1)     AS views_usually,
    round(avg(refusals) OVER week, 1)  AS refusals_usually
FROM (
    SELECT toDate(time_in, 'UTC') AS day,
        countIf(action = 'view' AND outcome = 'released')  AS views,
        countIf(action = 'view' AND outcome = 'refused')   AS refusals
    FROM records FINAL
    WHERE time_in >= {since:DateTime('UTC')} AND time_in < {until:DateTime('UTC')}
    GROUP BY day
)
WINDOW week AS (ORDER BY day ROWS BETWEEN 7 PRECEDING AND 1 PRECEDING)
ORDER BY day;
