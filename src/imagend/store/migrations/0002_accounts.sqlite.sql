-- The ledger's guards went with its old table. The sums of what an older imagend did are drawn up once; what it had
-- forgotten is counted without its pictures, which no row remembers.

CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER job_keeps_key BEFORE UPDATE OF key_id ON job
BEGIN SELECT RAISE(ABORT, 'an order never changes'); END;

INSERT INTO usage_day (account_id, day, key_id, model, requests, completed, failed, pictures, held, spent)
SELECT old.account_id, CAST(old.created_at / 86400 AS INTEGER), '', old.model, COUNT(*),
       SUM(old.state = 'COMPLETED'), SUM(old.state = 'FAILED'), SUM(old.pictures),
       SUM(CASE WHEN old.state IN ('QUEUED', 'PROCESSING') THEN old.cost_microcredits ELSE 0 END),
       SUM(COALESCE((SELECT amount FROM ledger WHERE request_id = old.id AND kind = 'settle'), 0))
FROM (
    SELECT id, account_id, json_extract(recipe, '$.model') AS model, state, cost_microcredits, created_at,
           CASE WHEN state = 'COMPLETED' THEN json_array_length(outcome, '$.images') ELSE 0 END AS pictures
    FROM job
    UNION ALL
    SELECT request_id, account_id, model, state, cost_microcredits, created_at, 0 FROM history
) AS old
GROUP BY 1, 2, 4;
