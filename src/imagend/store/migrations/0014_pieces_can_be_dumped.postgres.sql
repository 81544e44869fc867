-- pg_dump reads the pieces of `job` one by one. Row-level security without a policy of its own showed it no row of them,
-- and a backup lacked every job. Reads through `job` go by the policy of `job`, as before.

SELECT imagend_guard(inhrelid::regclass) FROM pg_inherits
WHERE inhparent = 'job'::regclass AND NOT EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = inhrelid);

CREATE OR REPLACE FUNCTION imagend_make_hours(first_hour integer, last_hour integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    made integer := 0;
BEGIN
    FOR hour IN first_hour..last_hour LOOP
        CONTINUE WHEN to_regclass(format('job_h%s', hour)) IS NOT NULL
            OR EXISTS (SELECT 1 FROM job WHERE expiry_hour = hour);  -- in job_rest: it came too late
        EXECUTE format('CREATE TABLE job_h%s (LIKE job INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', hour);
        PERFORM imagend_guard(format('job_h%s', hour)::regclass);
        EXECUTE format('ALTER TABLE job ATTACH PARTITION job_h%s FOR VALUES IN (%s)', hour, hour);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
