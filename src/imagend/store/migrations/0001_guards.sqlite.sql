-- Laws that CHECKs cannot say, in SQLite's trigger language. Another database brings its own 0001_guards file.

CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TRIGGER job_final_is_final BEFORE UPDATE ON job WHEN OLD.state IN ('COMPLETED', 'FAILED')
BEGIN SELECT RAISE(ABORT, 'a final job never changes'); END;

CREATE TRIGGER job_no_early_delete BEFORE DELETE ON job WHEN OLD.state NOT IN ('COMPLETED', 'FAILED')
BEGIN SELECT RAISE(ABORT, 'only final jobs are forgotten'); END;

CREATE TRIGGER job_frozen BEFORE UPDATE OF account_id, recipe, cost_microcredits, created_at ON job
BEGIN SELECT RAISE(ABORT, 'an order never changes'); END;

CREATE TRIGGER history_no_update BEFORE UPDATE ON history
BEGIN SELECT RAISE(ABORT, 'history never changes'); END;
