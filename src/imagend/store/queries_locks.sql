-- Locks until the end of the transaction. SQLite needs none: one transaction writes at a time.

-- name: lock_account
SELECT id FROM account WHERE id = :account_id {lock_row}

-- name: lock_name
SELECT {lock_name} AS held

-- name: try_lock_name
SELECT {try_lock_name} AS held

-- name: job_held
SELECT * FROM job WHERE id = :id {lock_row}
