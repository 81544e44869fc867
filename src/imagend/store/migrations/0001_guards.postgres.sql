-- Laws that CHECKs cannot say, in PostgreSQL's language; the same as 0001_guards.sqlite.sql.

CREATE FUNCTION imagend_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER ledger_no_update BEFORE UPDATE OR DELETE ON ledger
FOR EACH ROW EXECUTE FUNCTION imagend_refuse('the ledger is append-only');

CREATE TRIGGER ledger_no_truncate BEFORE TRUNCATE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION imagend_refuse('the ledger is append-only');

CREATE TRIGGER job_final_is_final BEFORE UPDATE ON job FOR EACH ROW
WHEN (OLD.state IN ('COMPLETED', 'FAILED'))
EXECUTE FUNCTION imagend_refuse('a final job never changes');

CREATE TRIGGER job_no_early_delete BEFORE DELETE ON job FOR EACH ROW
WHEN (OLD.state NOT IN ('COMPLETED', 'FAILED'))
EXECUTE FUNCTION imagend_refuse('only final jobs are forgotten');

CREATE TRIGGER job_frozen BEFORE UPDATE OF account_id, recipe, cost_microcredits, created_at ON job
FOR EACH ROW EXECUTE FUNCTION imagend_refuse('an order never changes');

CREATE TRIGGER history_no_update BEFORE UPDATE ON history
FOR EACH ROW EXECUTE FUNCTION imagend_refuse('history never changes');
