-- What several gateways share: workers, rate buckets, tries of repeated requests, previews, prints of secrets, chores.

-- name: worker_heard
INSERT INTO worker (id, backends, gateway, version, capacity, first_heard_at, heard_at)
VALUES (:id, :backends, :gateway, :version, :capacity, :now, :now)
ON CONFLICT (id) DO UPDATE SET
    backends = excluded.backends, gateway = excluded.gateway, version = excluded.version, heard_at = excluded.heard_at,
    capacity = CASE WHEN excluded.capacity > worker.capacity THEN excluded.capacity ELSE worker.capacity END

-- name: workers_since
SELECT id, backends, gateway, version, state, capacity, first_heard_at, heard_at FROM worker
WHERE heard_at >= :since ORDER BY id

-- name: worker_state
UPDATE worker SET state = :state WHERE id = :id RETURNING id

-- name: worker_gone
DELETE FROM worker WHERE id = :id

-- name: forget_workers
DELETE FROM worker WHERE heard_at < :before

-- Written to in any case, so that the row is ours until the end of the transaction.
-- name: hold_rate_bucket
INSERT INTO rate_bucket (key_id, tokens, updated_at) VALUES (:key_id, :tokens, :now)
ON CONFLICT (key_id) DO UPDATE SET key_id = excluded.key_id
RETURNING tokens, updated_at

-- name: set_rate_bucket
UPDATE rate_bucket SET tokens = :tokens, updated_at = :now WHERE key_id = :key_id

-- name: forget_rate_buckets
DELETE FROM rate_bucket WHERE updated_at < :before

-- name: insert_try
INSERT INTO request_try (id, print, number, request_id, at) VALUES (:id, :print, :number, :request_id, :now)

-- name: take_over_try
UPDATE request_try SET taken = 1
WHERE taken = 0 AND id = (
    SELECT found.id FROM request_try AS found
    WHERE found.print = :print AND found.number < :number AND found.at >= :since AND found.taken = 0
    ORDER BY found.number DESC, found.at DESC, found.id
    LIMIT 1)
RETURNING request_id

-- name: claim_try
UPDATE request_try SET taken = 1 WHERE id = :id AND taken = 0 RETURNING id

-- name: free_try
UPDATE request_try SET taken = 0 WHERE id = :id

-- name: forget_tries
DELETE FROM request_try WHERE at < :before

-- name: insert_preview
INSERT INTO preview (request_id, moment, done, total, at, media_type, data)
VALUES (:request_id, :moment, :done, :total, :at, :media_type, :data)
ON CONFLICT DO NOTHING

-- name: previews_after
SELECT moment, done, total, at, media_type, data FROM preview
WHERE request_id = :request_id AND moment > :after ORDER BY moment

-- name: forget_previews
DELETE FROM preview WHERE at < :before

-- name: note_progress
INSERT INTO progress (request_id, tries, done, total, at) VALUES (:request_id, :tries, :done, :total, :at)
ON CONFLICT (request_id) DO UPDATE SET
    tries = excluded.tries, done = excluded.done, total = excluded.total, at = excluded.at
WHERE excluded.at >= progress.at

-- name: progress
SELECT tries, done, total, at FROM progress WHERE request_id = :request_id

-- name: forget_progress
DELETE FROM progress WHERE at < :before

-- name: keep_secret_print
INSERT INTO secret_print (name, print) VALUES (:name, :print) ON CONFLICT DO NOTHING

-- name: secret_print
SELECT print FROM secret_print WHERE name = :name

-- name: take_chore
INSERT INTO chore (name, gateway, until) VALUES (:name, :gateway, :until)
ON CONFLICT (name) DO UPDATE SET gateway = excluded.gateway, until = excluded.until
WHERE chore.until <= :now OR chore.gateway = excluded.gateway
RETURNING name
