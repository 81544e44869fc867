-- Every statement of the store under its name; one text for SQLite and PostgreSQL (RETURNING, ON CONFLICT,
-- IS NOT DISTINCT FROM and partial indexes are common to both). Connectors rewrite `:name` to their placeholder style
-- and put their words for locks (SQLite's writer needs none) for {skip_locked}, {lock_row} and those of
-- queries_locks.sql.

-- name: keep_idempotency
INSERT INTO idempotency (account_id, key, fingerprint, request_id, created_at)
VALUES (:account_id, :key, :fingerprint, :request_id, :now)
ON CONFLICT DO NOTHING
RETURNING request_id

-- name: idempotency
SELECT fingerprint, request_id FROM idempotency WHERE account_id = :account_id AND key = :key

-- name: forget_idempotency
DELETE FROM idempotency WHERE (account_id, key) IN (
    SELECT account_id, key FROM idempotency WHERE created_at < :before ORDER BY created_at LIMIT :most
)

-- name: insert_job
INSERT INTO job (id, account_id, backend, model, state, recipe, options, cost_microcredits, prio_key,
                 predicted_seconds, created_at, run_after, deadline_at, key_id)
VALUES (:id, :account_id, :backend, :model, 'QUEUED', :recipe, :options, :cost_microcredits, :prio_key,
        :predicted_seconds, :created_at, :run_after, :deadline_at, :key_id)

-- name: job
SELECT * FROM job WHERE id = :id

-- name: closing
SELECT closed_as, state, outcome FROM job WHERE id = :id AND closed_token = :token

-- name: claimable
SELECT id, account_id, backend, solo, run_after, prio_key, created_at, lost_workers FROM job
WHERE expiry_hour = 0 AND state = 'QUEUED' AND backend = :backend AND run_after <= :now AND deadline_at > :now
ORDER BY prio_key, created_at, id
LIMIT :most

-- name: take
UPDATE job
SET state = 'PROCESSING', attempt = attempt + 1, started_at = COALESCE(started_at, :now),
    lease_token = :token, lease_until = :until, worker_id = :worker_id, worker_boot = :boot,
    claim_id = :claim_id, claim_number = :claim_number
WHERE expiry_hour = 0 AND state = 'QUEUED' AND id = (
    SELECT waiting.id FROM job AS waiting
    WHERE waiting.expiry_hour = 0 AND waiting.id = :id AND waiting.state = 'QUEUED' {skip_locked}
)
RETURNING *

-- A heartbeat that was held up on its way must not shorten what a later one has prolonged.
-- name: renew
UPDATE job SET lease_until = CASE WHEN lease_until > :until THEN lease_until ELSE :until END
WHERE expiry_hour = 0 AND id = :id AND state = 'PROCESSING' AND lease_token = :token AND worker_id = :worker_id
RETURNING deadline_at, attempt + releases AS tries

-- name: finish
UPDATE job
SET state = :target, outcome = :outcome, finished_at = :now, expires_at = :expires_at, expiry_hour = :expiry_hour, crashes = :crashes,
    outputs = :outputs, paid_microcredits = :paid,
    lease_token = NULL, lease_until = NULL, worker_id = NULL, worker_boot = NULL,
    closed_token = COALESCE(:closed_token, closed_token), closed_as = COALESCE(:closed_as, closed_as)
WHERE expiry_hour = 0 AND id = :id AND state = :source AND lease_token IS NOT DISTINCT FROM :token
RETURNING *

-- name: requeue
UPDATE job
SET state = 'QUEUED', run_after = :run_after, solo = :solo, attempt = :attempt, crashes = :crashes,
    releases = :releases,
    lease_token = NULL, lease_until = NULL, worker_id = NULL, worker_boot = NULL,
    closed_token = COALESCE(:closed_token, closed_token), closed_as = COALESCE(:closed_as, closed_as)
WHERE expiry_hour = 0 AND id = :id AND state = 'PROCESSING' AND lease_token = :token
RETURNING *

-- name: queued_of
SELECT COUNT(*) AS queued FROM job WHERE state = 'QUEUED' AND account_id = :account_id

-- name: counts
SELECT (SELECT COUNT(*) FROM job WHERE state = 'QUEUED') AS queued,
       (SELECT COUNT(*) FROM job WHERE state = 'PROCESSING') AS processing

-- name: leases_lost
SELECT id, lease_token FROM job WHERE expiry_hour = 0 AND state = 'PROCESSING' AND lease_until < :before LIMIT :most

-- name: late_running
SELECT id, lease_token FROM job WHERE expiry_hour = 0 AND state = 'PROCESSING' AND deadline_at < :before LIMIT :most

-- name: late_waiting
SELECT id, lease_token FROM job WHERE expiry_hour = 0 AND state = 'QUEUED' AND deadline_at <= :before LIMIT :most

-- name: leases_of_worker
SELECT id, lease_token FROM job WHERE expiry_hour = 0 AND state = 'PROCESSING' AND worker_id = :worker_id

-- name: leases_of_earlier_runs
SELECT id, lease_token FROM job
WHERE expiry_hour = 0 AND state = 'PROCESSING' AND worker_boot <> :boot AND worker_boot LIKE :mine AND worker_boot NOT LIKE :others

-- name: expired
SELECT id FROM job WHERE finished_at IS NOT NULL AND expires_at <= :now ORDER BY expires_at LIMIT :most

-- name: insert_history
INSERT INTO history (request_id, account_id, model, state, code, cost_microcredits, attempt, crashes,
                     created_at, started_at, finished_at, key_id)
VALUES (:request_id, :account_id, :model, :state, :code, :cost_microcredits, :attempt, :crashes,
        :created_at, :started_at, :finished_at, :key_id)

-- name: delete_job
DELETE FROM job WHERE id = :id AND finished_at IS NOT NULL AND expires_at <= :now RETURNING id

-- name: audit_accounts
SELECT id, available, held, spent, granted FROM account ORDER BY id

-- name: audit_ledger
SELECT account_id, request_id, kind, amount FROM ledger ORDER BY seq

-- name: audit_jobs
SELECT id, account_id, state, cost_microcredits, 1 AS kept, key_id, created_at FROM job
UNION ALL
SELECT request_id, account_id, state, cost_microcredits, 0, key_id, created_at FROM history

-- name: audit_idempotency
SELECT account_id, key, request_id FROM idempotency
WHERE NOT EXISTS (SELECT 1 FROM job WHERE job.id = request_id)
  AND NOT EXISTS (SELECT 1 FROM history WHERE history.request_id = idempotency.request_id)
