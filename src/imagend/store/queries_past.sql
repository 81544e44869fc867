-- Requests of the past: living jobs and, when those are forgotten, what is left of them.

-- name: past_page
SELECT request.*, ordinal.n FROM (
    SELECT id AS request_id, model, state, recipe, outcome, outputs, paid_microcredits,
           created_at, started_at, finished_at, 1 AS files_kept
    FROM job WHERE account_id = :account_id AND created_at >= :since AND created_at < :until
    UNION ALL
    SELECT request_id, model, state, recipe, outcome, outputs, paid_microcredits,
           created_at, started_at, finished_at, files_kept
    FROM past_request WHERE account_id = :account_id AND created_at >= :since AND created_at < :until
) AS request, ordinal
WHERE ordinal.n < request.outputs
  AND (:model = '' OR LOWER(request.model) LIKE :model ESCAPE '!')
  AND (:state = '' OR request.state = :state
       OR (:state = 'PENDING' AND request.state IN ('QUEUED', 'PROCESSING')))
ORDER BY
    CASE WHEN :sort = 'model_name' AND :descending = 0 THEN request.model END ASC,
    CASE WHEN :sort = 'model_name' AND :descending = 1 THEN request.model END DESC,
    CASE WHEN :sort = 'credits_deduction' AND :descending = 0 THEN request.paid_microcredits END ASC,
    CASE WHEN :sort = 'credits_deduction' AND :descending = 1 THEN request.paid_microcredits END DESC,
    CASE WHEN :descending = 0 THEN request.created_at END ASC,
    CASE WHEN :descending = 1 THEN request.created_at END DESC,
    request.request_id, ordinal.n
LIMIT :most OFFSET :skip

-- name: past_total
SELECT COALESCE(SUM(request.outputs), 0) AS total FROM (
    SELECT model, state, outputs FROM job
    WHERE account_id = :account_id AND created_at >= :since AND created_at < :until
    UNION ALL
    SELECT model, state, outputs FROM past_request
    WHERE account_id = :account_id AND created_at >= :since AND created_at < :until
) AS request
WHERE (:model = '' OR LOWER(request.model) LIKE :model ESCAPE '!')
  AND (:state = '' OR request.state = :state
       OR (:state = 'PENDING' AND request.state IN ('QUEUED', 'PROCESSING')))

-- name: past_one
SELECT id AS request_id, account_id, model, state, recipe, outcome, outputs, paid_microcredits,
       created_at, started_at, finished_at, 1 AS files_kept, 0 AS n
FROM job WHERE id = :id AND account_id = :account_id
UNION ALL
SELECT request_id, account_id, model, state, recipe, outcome, outputs, paid_microcredits,
       created_at, started_at, finished_at, files_kept, 0
FROM past_request WHERE request_id = :id AND account_id = :account_id

-- name: insert_past
INSERT INTO past_request (request_id, account_id, model, state, recipe, outcome, outputs, paid_microcredits,
                          created_at, started_at, finished_at, files_kept)
SELECT id, account_id, model, state, recipe, outcome, outputs, paid_microcredits,
       created_at, started_at, finished_at, CASE WHEN state = 'COMPLETED' THEN 1 ELSE 0 END
FROM job WHERE id = :id AND finished_at IS NOT NULL AND expires_at <= :now

-- name: files_due
SELECT request_id, account_id, created_at FROM past_request
WHERE files_kept = 1 AND finished_at <= :before ORDER BY finished_at LIMIT :most

-- name: files_gone
UPDATE past_request SET files_kept = 0 WHERE request_id = :id

-- name: has_files
SELECT 1 AS yes FROM job WHERE id = :id
UNION ALL
SELECT 1 FROM past_request WHERE request_id = :id AND files_kept = 1

-- name: forget_past
DELETE FROM past_request WHERE request_id IN (
    SELECT request_id FROM past_request WHERE files_kept = 0 AND finished_at <= :before ORDER BY finished_at LIMIT :most
)
