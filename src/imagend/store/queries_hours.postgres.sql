-- Instead of the statements of the same names elsewhere: pieces of `job` are dropped by the hour (0006), and only those
-- jobs go one by one for whose hour no piece was made in time.

-- name: take_time
SELECT set_config('statement_timeout', '600s', true) AS given

-- name: make_hours
SELECT imagend_make_hours(:first, :last) AS made

-- name: forget_hours
SELECT jobs, failed FROM imagend_forget_hours(:before)

-- name: expired
SELECT id FROM job_rest WHERE finished_at IS NOT NULL AND expires_at <= :now ORDER BY expires_at LIMIT :most
