-- How many jobs an account or a key has open: with the second column the question matches more of this index than of the
-- one of all jobs by time, which would be read through an hour's finished jobs instead.

DROP INDEX job_open_of_account;
DROP INDEX job_open_of_key;
CREATE INDEX job_open_of_account ON job (account_id, finished_at) WHERE finished_at IS NULL;
CREATE INDEX job_open_of_key ON job (key_id, finished_at) WHERE finished_at IS NULL;
