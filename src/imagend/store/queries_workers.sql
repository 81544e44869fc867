-- What workers hold by which claim, and what their losses tell of jobs and of models.

-- name: leases_of_claim
SELECT * FROM job
WHERE state = 'PROCESSING' AND worker_id = :worker_id AND claim_id = :claim_id
ORDER BY prio_key, created_at, id

-- name: leases_before_claim
SELECT id, lease_token FROM job
WHERE state = 'PROCESSING' AND worker_id = :worker_id AND claim_number < :number

-- name: note_lost_worker
UPDATE job SET lost_workers = lost_workers || worker_id || ' '
WHERE id = :id AND state = 'PROCESSING' AND lease_token = :token

-- name: note_loss
INSERT INTO worker_loss (backend, worker_id, at) VALUES (:backend, :worker_id, :now)
ON CONFLICT (backend, worker_id) DO UPDATE SET at = excluded.at

-- name: losses_since
SELECT COUNT(*) AS losses FROM worker_loss WHERE backend = :backend AND at > :since

-- name: forget_losses
DELETE FROM worker_loss WHERE at < :before

-- name: forget_losses_of
DELETE FROM worker_loss WHERE backend = :backend

-- name: breakers
SELECT breaker.backend, breaker.opened_at, breaker.trial_id, breaker.trials,
       job.state AS trial_state, job.closed_as AS trial_closed_as
FROM breaker LEFT JOIN job ON job.id = breaker.trial_id

-- name: open_breaker
INSERT INTO breaker (backend, opened_at) VALUES (:backend, :now)
ON CONFLICT (backend) DO UPDATE SET opened_at = excluded.opened_at, trial_id = NULL, trials = breaker.trials + 1

-- name: begin_trial
UPDATE breaker SET trial_id = :trial_id, trials = trials + 1 WHERE backend = :backend AND trials = :trials
RETURNING backend

-- name: close_breaker
DELETE FROM breaker WHERE backend = :backend AND trial_id = :trial_id

-- name: jobs_of_backend
SELECT id FROM job WHERE expiry_hour = 0 AND state = 'QUEUED' AND backend = :backend
UNION ALL
SELECT id FROM job WHERE expiry_hour = 0 AND state = 'PROCESSING' AND backend = :backend
LIMIT 1

-- name: insert_quarantine
INSERT INTO quarantine (request_id, account_id, model, backend, recipe, workers, error, attempt, crashes, created_at,
                        given_up_at)
SELECT id, account_id, model, backend, recipe, lost_workers, :error, attempt, crashes + 1, created_at, :now
FROM job WHERE id = :id
ON CONFLICT DO NOTHING

-- name: quarantine
SELECT * FROM quarantine
WHERE :after = '' OR (given_up_at, request_id) < (
    SELECT earlier.given_up_at, earlier.request_id FROM quarantine AS earlier WHERE earlier.request_id = :after
)
ORDER BY given_up_at DESC, request_id DESC
LIMIT :most

-- name: forget_quarantine
DELETE FROM quarantine WHERE given_up_at < :before
