-- The reconciler's questions: everything is summed where it lies; only what is wrong, and one row per account that
-- moved, comes back. `kind IN (...)` beside `kind = ...` names the condition of the index ledger_once. Every statement is
-- about a stretch of entries, requests or accounts and touches those, and by indexes what belongs to each of them.

-- name: by_indexes
SELECT 1 AS given

-- name: reconciliation
SELECT finished_at, step, seen_seq, head_seq, again_seq, generation, after_job, after_history,
       (SELECT COALESCE(MAX(seq), 0) FROM ledger) AS newest
FROM reconciliation WHERE one = 1

-- name: save_reconciliation
UPDATE reconciliation
SET finished_at = :finished_at, step = step + 1, seen_seq = :seen_seq, head_seq = :head_seq, again_seq = :again_seq,
    generation = :generation, after_job = :after_job, after_history = :after_history
WHERE one = 1 AND step = :step
RETURNING one

-- name: ledger_delta
SELECT account_id, CAST(SUM(granted) AS BIGINT) AS granted, CAST(SUM(reserved) AS BIGINT) AS reserved,
       CAST(SUM(settled) AS BIGINT) AS settled, CAST(SUM(returned) AS BIGINT) AS returned,
       CAST(SUM(refunded) AS BIGINT) AS refunded
FROM (
    SELECT account_id,
           CASE WHEN kind = 'grant' THEN amount ELSE 0 END AS granted,
           CASE WHEN kind = 'reserve' THEN amount ELSE 0 END AS reserved,
           CASE WHEN kind = 'settle' THEN amount ELSE 0 END AS settled,
           CASE WHEN kind = 'release' THEN amount
                WHEN kind = 'settle' THEN COALESCE((
                    SELECT held.amount FROM ledger AS held
                    WHERE held.request_id = entry.request_id AND held.kind = 'reserve'
                      AND held.kind IN ('reserve', 'settle', 'release')
                ), 0) - amount
                ELSE 0 END AS returned,
           CASE WHEN kind = 'refund' THEN amount ELSE 0 END AS refunded
    FROM ledger AS entry WHERE seq > :after AND seq <= :upto
) AS entries
GROUP BY account_id

-- name: ledger_sums
SELECT account_id, granted, reserved, settled, returned, refunded FROM ledger_sums
WHERE generation = :generation AND account_id > :after AND account_id <= :upto

-- name: add_ledger_sums
INSERT INTO ledger_sums (generation, account_id, granted, reserved, settled, returned, refunded)
SELECT :generation, value ->> 'account_id', value ->> 'granted', value ->> 'reserved', value ->> 'settled',
       value ->> 'returned', value ->> 'refunded'
FROM json_each(:sums) WHERE true
ON CONFLICT (generation, account_id) DO UPDATE SET
    granted = ledger_sums.granted + excluded.granted, reserved = ledger_sums.reserved + excluded.reserved,
    settled = ledger_sums.settled + excluded.settled, returned = ledger_sums.returned + excluded.returned,
    refunded = ledger_sums.refunded + excluded.refunded

-- name: forget_ledger_sums
DELETE FROM ledger_sums WHERE (generation, account_id) IN (
    SELECT generation, account_id FROM ledger_sums WHERE generation < :generation
    ORDER BY generation, account_id LIMIT :most
)

-- name: account_books
SELECT id, available, held, spent, granted, (
    SELECT CAST(COALESCE(SUM(cost_microcredits), 0) AS BIGINT) FROM job
    WHERE expiry_hour = 0 AND finished_at IS NULL AND account_id = account.id
) AS open_held
FROM account WHERE id > :after ORDER BY id LIMIT :most

-- name: wrong_requests
WITH few AS (
    SELECT id, account_id, state, cost_microcredits AS cost FROM job
    WHERE id IN (SELECT request_id FROM ledger WHERE seq > :after AND seq <= :upto)
    UNION
    SELECT request_id, account_id, state, cost_microcredits FROM history
    WHERE request_id IN (SELECT request_id FROM ledger WHERE seq > :after AND seq <= :upto)
    UNION
    SELECT id, account_id, state, cost_microcredits FROM job WHERE id > :after_job AND id <= :upto_job
    UNION
    SELECT request_id, account_id, state, cost_microcredits FROM history
    WHERE request_id > :after_history AND request_id <= :upto_history
),
book AS (
    SELECT few.id, few.account_id, few.state, few.cost,
           SUM(CASE WHEN entry.kind = 'reserve' THEN 1 ELSE 0 END) AS reserves,
           CAST(SUM(CASE WHEN entry.kind = 'reserve' THEN entry.amount ELSE 0 END) AS BIGINT) AS reserved,
           SUM(CASE WHEN entry.kind = 'settle' THEN 1 ELSE 0 END) AS settles,
           CAST(SUM(CASE WHEN entry.kind = 'settle' THEN entry.amount ELSE 0 END) AS BIGINT) AS settled,
           SUM(CASE WHEN entry.kind = 'release' THEN 1 ELSE 0 END) AS releases,
           SUM(CASE WHEN entry.account_id <> few.account_id THEN 1 ELSE 0 END) AS strangers,
           (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM ledger AS back
            WHERE back.request_id = few.id AND back.kind = 'refund') AS refunded
    FROM few LEFT JOIN ledger AS entry
         ON entry.request_id = few.id AND entry.kind IN ('reserve', 'settle', 'release')
    GROUP BY few.id, few.account_id, few.state, few.cost
)
SELECT * FROM book
WHERE reserves <> 1 OR reserved <> cost OR strangers > 0 OR settled > cost OR refunded > settled
   OR settles <> CASE WHEN state = 'COMPLETED' THEN 1 ELSE 0 END
   OR releases <> CASE WHEN state = 'FAILED' THEN 1 ELSE 0 END
LIMIT 1000

-- name: entries_without_request
SELECT DISTINCT request_id, account_id FROM ledger
WHERE seq > :after AND seq <= :upto AND request_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM job WHERE job.id = ledger.request_id)
  AND NOT EXISTS (SELECT 1 FROM history WHERE history.request_id = ledger.request_id)
LIMIT 1000

-- name: some_jobs
SELECT COUNT(*) AS found, MAX(id) AS last FROM (SELECT id FROM job WHERE id > :after ORDER BY id LIMIT :most) AS few

-- name: some_history
SELECT COUNT(*) AS found, MAX(request_id) AS last
FROM (SELECT request_id FROM history WHERE request_id > :after ORDER BY request_id LIMIT :most) AS few

-- name: insert_violation
INSERT INTO ledger_violation (id, invariant, account_id, finding, found_at)
VALUES (:id, :invariant, :account_id, :finding, :now) ON CONFLICT DO NOTHING
RETURNING id

-- name: violations
SELECT id, invariant, account_id, finding, found_at FROM ledger_violation
WHERE accepted_at IS NULL ORDER BY found_at, id LIMIT :most

-- name: violation_counts
SELECT invariant, COUNT(*) AS found FROM ledger_violation WHERE accepted_at IS NULL GROUP BY invariant

-- name: accept_violations
UPDATE ledger_violation SET accepted_at = :now WHERE account_id = :account_id AND accepted_at IS NULL

-- name: freeze_account
UPDATE account SET frozen_at = COALESCE(frozen_at, :now) WHERE id = :account_id RETURNING id

-- name: frozen_accounts
SELECT COUNT(*) AS frozen FROM account WHERE frozen_at IS NOT NULL
