-- Small pictures beside the rows that name them.

-- name: keep_inline
INSERT INTO inline_file (key, request_id, data) VALUES (:key, :request_id, :data)

-- name: inline_file
SELECT data FROM inline_file WHERE key = :key

-- name: drop_inline
DELETE FROM inline_file WHERE request_id = :request_id
