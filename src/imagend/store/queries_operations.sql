-- For operators: levels for metrics, the probe of readiness, the reconciler's sums and freezes.

-- name: queue_levels
SELECT backend, COUNT(*) AS jobs, MIN(created_at) AS oldest_at FROM job WHERE state = 'QUEUED' GROUP BY backend

-- name: running_levels
SELECT backend, COUNT(*) AS jobs FROM job WHERE state = 'PROCESSING' GROUP BY backend

-- name: money_levels
SELECT COALESCE(SUM(available), 0) AS available, COALESCE(SUM(held), 0) AS held, COALESCE(SUM(spent), 0) AS spent,
       COALESCE(SUM(granted), 0) AS granted
FROM account

-- name: webhook_levels
SELECT COUNT(*) AS waiting, MIN(created_at) AS oldest_at FROM webhook_delivery WHERE state = 'waiting'

-- name: touch_probe
UPDATE readiness_probe SET touched_at = :now WHERE one = 1 RETURNING touched_at

-- name: final_jobs
SELECT COUNT(*) AS jobs FROM job WHERE finished_at IS NOT NULL

-- name: due_jobs
SELECT COUNT(*) AS jobs FROM (
    SELECT 1 FROM job WHERE finished_at IS NOT NULL AND expires_at <= :now LIMIT :most
) AS due

-- name: next_deadline
SELECT MIN(deadline_at) AS deadline_at FROM job WHERE state = 'QUEUED'
