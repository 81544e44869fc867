-- The fair queue: turns of accounts in virtual time, and what lies ahead of a waiting job.

-- name: fair_tags
SELECT account.fair_tag, fair_clock.virtual_time, account.fair_weight FROM account, fair_clock
WHERE account.id = :account_id

-- name: set_fair_tag
UPDATE account SET fair_tag = :fair_tag WHERE id = :account_id

-- name: charge_turn
UPDATE account SET fair_tag = fair_tag + :seconds / fair_weight WHERE id = :account_id

-- name: set_fair_weight
UPDATE account SET fair_weight = :weight WHERE id = :account_id RETURNING id

-- name: advance_fair_clock
UPDATE fair_clock SET virtual_time = :virtual_time
WHERE one = (SELECT clock.one FROM fair_clock AS clock WHERE clock.virtual_time < :virtual_time {skip_locked})

-- name: waiting_line
SELECT id, account_id, predicted_seconds FROM job
WHERE expiry_hour = 0 AND state = 'QUEUED' AND backend = :backend
ORDER BY prio_key, created_at, id
LIMIT :most

-- name: waiting_demand
SELECT line.account_id, SUM(line.predicted_seconds) AS seconds FROM (
  SELECT account_id, predicted_seconds FROM job
  WHERE expiry_hour = 0 AND state = 'QUEUED' AND backend = :backend
  ORDER BY prio_key, created_at, id
  LIMIT :most
) AS line
GROUP BY line.account_id

-- Grouped by an expression: by the plain column, SQLite takes the index of all jobs of all accounts, which is in the
-- right order, and reads every finished job.
-- name: in_hand
SELECT account_id, SUM(predicted_seconds) AS seconds FROM job
WHERE expiry_hour = 0 AND state = 'PROCESSING' AND backend = :backend
GROUP BY account_id, account_id || ''

-- name: lease_holders
SELECT job.worker_id, job.account_id, account.fair_weight, COUNT(*) AS leases, SUM(job.solo) AS solo
FROM job JOIN account ON account.id = job.account_id
WHERE job.expiry_hour = 0 AND job.state = 'PROCESSING'
GROUP BY job.worker_id, job.account_id, account.fair_weight
