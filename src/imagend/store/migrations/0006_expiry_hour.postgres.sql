-- Jobs in pieces: `job_live` holds what is not final, `job_h<hour>` what expires in that hour, `job_rest` final jobs for
-- whose hour no piece was made in time. Finishing a job moves its row. Finished rows are dropped by the hour, so nothing
-- is left for vacuum, and the live piece stays as small as the queue.
--
-- No foreign key to `account` (dropping a piece would lock that table; the ledger's key says the same), and no primary
-- key on `id` alone (it must hold the partition key): the ledger's single reserve of a request keeps ids unique.

ALTER TABLE job RENAME TO job_before;

CREATE TABLE job (LIKE job_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY LIST (expiry_hour);
ALTER TABLE job ADD CHECK (expiry_hour = 0 OR finished_at IS NOT NULL);

CREATE TABLE job_live PARTITION OF job FOR VALUES IN (0)
WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
      autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE TABLE job_rest PARTITION OF job DEFAULT;

INSERT INTO job SELECT * FROM job_before;
DROP TABLE job_before;

ALTER TABLE job ADD PRIMARY KEY (id, expiry_hour);
CREATE INDEX job_queue ON job (backend, prio_key, created_at, id) WHERE state = 'QUEUED';
CREATE INDEX job_waiting ON job (account_id) WHERE state = 'QUEUED';
CREATE INDEX job_late ON job (deadline_at) WHERE state = 'QUEUED';
CREATE INDEX job_leased ON job (lease_until) WHERE state = 'PROCESSING';
CREATE INDEX job_expiry ON job (expires_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_open_of_account ON job (account_id) WHERE finished_at IS NULL;
CREATE INDEX job_open_of_key ON job (key_id) WHERE finished_at IS NULL;
CREATE INDEX job_account ON job (account_id, created_at);

-- The guards of 0001 and 0002 once more. A move between pieces is an UPDATE, then a DELETE and an INSERT: the UPDATE says
-- which row it moves, and only that one may go.

CREATE FUNCTION imagend_note_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('imagend.moving', OLD.id, true);
    RETURN NEW;
END $$;

CREATE FUNCTION imagend_only_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('imagend.moving', true) IS DISTINCT FROM OLD.id THEN
        RAISE EXCEPTION 'only final jobs are forgotten' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER job_final_is_final BEFORE UPDATE ON job FOR EACH ROW
WHEN (OLD.state IN ('COMPLETED', 'FAILED'))
EXECUTE FUNCTION imagend_refuse('a final job never changes');

CREATE TRIGGER job_frozen BEFORE UPDATE OF account_id, recipe, cost_microcredits, created_at, key_id ON job
FOR EACH ROW EXECUTE FUNCTION imagend_refuse('an order never changes');

CREATE TRIGGER job_moves BEFORE UPDATE ON job FOR EACH ROW
WHEN (OLD.expiry_hour <> NEW.expiry_hour) EXECUTE FUNCTION imagend_note_move();

CREATE TRIGGER job_no_early_delete BEFORE DELETE ON job FOR EACH ROW
WHEN (OLD.state NOT IN ('COMPLETED', 'FAILED')) EXECUTE FUNCTION imagend_only_moves();

-- Pieces for these hours, where they are missing. ATTACH waits for nobody but readers of `job_rest`.
CREATE FUNCTION imagend_make_hours(first_hour integer, last_hour integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    made integer := 0;
BEGIN
    FOR hour IN first_hour..last_hour LOOP
        CONTINUE WHEN to_regclass(format('job_h%s', hour)) IS NOT NULL
            OR EXISTS (SELECT 1 FROM job WHERE expiry_hour = hour);  -- in job_rest: it came too late
        EXECUTE format('CREATE TABLE job_h%s (LIKE job INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', hour);
        EXECUTE format('ALTER TABLE job_h%s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', hour);
        EXECUTE format('ALTER TABLE job ATTACH PARTITION job_h%s FOR VALUES IN (%s)', hour, hour);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- Drop the pieces of all hours before this one; what stays of their jobs is written in the same transaction. Returns the
-- failed ones, whose attempts may have left files.
CREATE FUNCTION imagend_forget_hours(before_hour integer, OUT jobs bigint, OUT failed text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    piece record;
BEGIN
    jobs := 0;
    failed := '[]';
    FOR piece IN
        SELECT relname, substr(relname, 6)::integer AS hour
        FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'job'::regclass AND relname ~ '^job_h[0-9]+$' AND substr(relname, 6)::integer < before_hour
        ORDER BY 2 LIMIT 1
    LOOP
        INSERT INTO past_request (request_id, account_id, model, state, recipe, outcome, outputs, paid_microcredits,
                                  created_at, started_at, finished_at, files_kept)
        SELECT id, account_id, model, state, recipe, outcome, outputs, paid_microcredits,
               created_at, started_at, finished_at, CASE WHEN state = 'COMPLETED' THEN 1 ELSE 0 END
        FROM job WHERE expiry_hour = piece.hour;
        INSERT INTO history (request_id, account_id, model, state, code, cost_microcredits, attempt, crashes,
                             created_at, started_at, finished_at, key_id)
        SELECT id, account_id, recipe::json ->> 'model', state, outcome::json ->> 'code', cost_microcredits, attempt,
               crashes, created_at, started_at, finished_at, key_id
        FROM job WHERE expiry_hour = piece.hour;
        SELECT count(*), COALESCE(json_agg(json_build_array(id, account_id, created_at))
                                  FILTER (WHERE state = 'FAILED'), '[]')
        INTO jobs, failed FROM job WHERE expiry_hour = piece.hour;
        EXECUTE format('DROP TABLE %I', piece.relname);
    END LOOP;
END $$;

REVOKE ALL ON FUNCTION imagend_make_hours, imagend_forget_hours FROM PUBLIC;

-- Hot rows: room for new versions beside the old ones, and vacuum long before a fifth of the table is dead.
ALTER TABLE account SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 100);
ALTER TABLE fair_clock SET (fillfactor = 10, autovacuum_vacuum_threshold = 50);
ALTER TABLE usage_day SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE webhook_delivery SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE idempotency SET (autovacuum_vacuum_scale_factor = 0.01);
ALTER TABLE past_request SET (autovacuum_vacuum_scale_factor = 0.01);

-- Row-level security. Every transaction of imagend says whose rows it is about: the house's (imagend.house = on) or one
-- account's. A statement that forgets its WHERE then shows a customer nothing of others, and one outside of such a
-- transaction shows nothing at all. FORCE: it also holds the role that owns the tables.

CREATE FUNCTION imagend_sees(owner text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT current_setting('imagend.house', true) = 'on' OR owner = current_setting('imagend.account', true)
$$;

CREATE FUNCTION imagend_guard(name regclass, condition text DEFAULT 'imagend_sees(account_id)') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY imagend_scope ON %s USING (%s)', name, condition);
END $$;

SELECT imagend_guard(name::regclass) FROM unnest(ARRAY[
    'api_key', 'job', 'history', 'ledger', 'idempotency', 'usage_day', 'webhook', 'webhook_delivery', 'past_request'
]) AS name;
SELECT imagend_guard('account', 'imagend_sees(id)');
SELECT imagend_guard('webhook_secret',
    'imagend_sees(owner) OR EXISTS (SELECT 1 FROM webhook WHERE webhook.id = webhook_secret.owner)');
SELECT imagend_guard('webhook_attempt',
    'imagend_sees(NULL) OR EXISTS (SELECT 1 FROM webhook_delivery WHERE webhook_delivery.id = delivery_id)');
SELECT imagend_guard('webhook_failing',
    'imagend_sees(NULL) OR EXISTS (SELECT 1 FROM webhook WHERE webhook.id = target)');

ALTER TABLE job_live ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SELECT imagend_guard('job_rest');  -- read by itself when its jobs are forgotten
ALTER VIEW webhook_log SET (security_invoker = true);
