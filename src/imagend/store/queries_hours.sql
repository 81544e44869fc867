-- Final jobs by the hour in which they expire. Where a table lies in one piece there is nothing to do: `expired` names
-- all of them. The other texts are in queries_hours.postgres.sql.

-- name: take_time
SELECT 1 AS given

-- name: make_hours
SELECT 0 AS made

-- name: forget_hours
SELECT 0 AS jobs, '[]' AS failed
