-- The same as 0002_accounts.sqlite.sql: guards of the new ledger, and sums of what an older imagend did.

CREATE TRIGGER ledger_no_update BEFORE UPDATE OR DELETE ON ledger
FOR EACH ROW EXECUTE FUNCTION imagend_refuse('the ledger is append-only');

CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION imagend_refuse('the ledger is append-only');

CREATE TRIGGER job_keeps_key BEFORE UPDATE OF key_id ON job
FOR EACH ROW EXECUTE FUNCTION imagend_refuse('an order never changes');

INSERT INTO usage_day (account_id, day, key_id, model, requests, completed, failed, pictures, held, spent)
SELECT old.account_id, floor(old.created_at / 86400)::integer, '', old.model, COUNT(*),
       COUNT(*) FILTER (WHERE old.state = 'COMPLETED'), COUNT(*) FILTER (WHERE old.state = 'FAILED'), SUM(old.pictures),
       SUM(CASE WHEN old.state IN ('QUEUED', 'PROCESSING') THEN old.cost_microcredits ELSE 0 END),
       SUM(COALESCE((SELECT amount FROM ledger WHERE request_id = old.id AND kind = 'settle'), 0))
FROM (
    SELECT id, account_id, recipe::json ->> 'model' AS model, state, cost_microcredits, created_at,
           CASE WHEN state = 'COMPLETED' THEN json_array_length(outcome::json -> 'images') ELSE 0 END AS pictures
    FROM job
    UNION ALL
    SELECT request_id, account_id, model, state, cost_microcredits, created_at, 0 FROM history
) AS old
GROUP BY 1, 2, 4;
