-- What there is to do, per backend. The number of waiting jobs comes from an index alone; seconds are added up over the
-- first of them only.

-- name: waiting_count
SELECT COUNT(*) AS jobs FROM job WHERE state = 'QUEUED' AND backend = :backend

-- name: waiting_head
SELECT COUNT(*) AS jobs, COALESCE(SUM(predicted_seconds), 0) AS seconds
FROM (
    SELECT predicted_seconds FROM job
    WHERE state = 'QUEUED' AND backend = :backend
    ORDER BY prio_key, created_at, id
    LIMIT :most
) AS head

-- name: running_load
SELECT backend, worker_id, COUNT(*) AS jobs, SUM(predicted_seconds) AS seconds FROM job
WHERE state = 'PROCESSING'
GROUP BY backend, worker_id
