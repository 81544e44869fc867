-- Instead of the statements of the same names in queries_reconcile.sql.

-- For the rest of the transaction. A stretch of a table is reached in the order of its index, also where the planner
-- thinks that another way costs a little less: it knows nothing of statement_timeout, and takes the policies of
-- row-level security for conditions that hold for few rows.
-- name: by_indexes
SELECT set_config(name, 'off', true) FROM unnest(ARRAY[
    'enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin', 'enable_sort', 'jit'
]) AS name

-- name: add_ledger_sums
INSERT INTO ledger_sums (generation, account_id, granted, reserved, settled, returned, refunded)
SELECT :generation, account_id, granted, reserved, settled, returned, refunded
FROM json_to_recordset(:sums) AS fresh (
    account_id text, granted bigint, reserved bigint, settled bigint, returned bigint, refunded bigint
)
ON CONFLICT (generation, account_id) DO UPDATE SET
    granted = ledger_sums.granted + excluded.granted, reserved = ledger_sums.reserved + excluded.reserved,
    settled = ledger_sums.settled + excluded.settled, returned = ledger_sums.returned + excluded.returned,
    refunded = ledger_sums.refunded + excluded.refunded
