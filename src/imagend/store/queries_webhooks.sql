-- Webhooks: endpoints, secrets, the outbox of deliveries, attempts, and which targets fail.

-- name: insert_webhook
INSERT INTO webhook (id, account_id, url, event_types, fires, created_at)
VALUES (:id, :account_id, :url, :event_types, :fires, :now)

-- name: webhooks
SELECT webhook.*, failing.failures, failing.failing_since, failing.paused_until
FROM webhook LEFT JOIN webhook_failing AS failing ON failing.target = webhook.id
WHERE account_id = :account_id AND disabled_as IS DISTINCT FROM 'deleted'
ORDER BY created_at, id

-- name: webhook
SELECT webhook.*, failing.failures, failing.failing_since, failing.paused_until
FROM webhook LEFT JOIN webhook_failing AS failing ON failing.target = webhook.id
WHERE account_id = :account_id AND id = :id

-- name: update_webhook
UPDATE webhook SET url = :url, event_types = :event_types, fires = :fires, disabled_at = NULL, disabled_as = NULL
WHERE account_id = :account_id AND id = :id AND disabled_as IS DISTINCT FROM 'deleted'
RETURNING id

-- name: disable_webhook
UPDATE webhook SET disabled_at = :now, disabled_as = :reason
WHERE id = :id AND (disabled_at IS NULL OR :reason = 'deleted')
RETURNING id

-- name: insert_webhook_secret
INSERT INTO webhook_secret (id, owner, sealed, created_at) VALUES (:id, :owner, :sealed, :now)

-- name: webhook_secrets
SELECT id, owner, sealed, created_at, retires_at FROM webhook_secret
WHERE owner = :owner AND (retires_at IS NULL OR retires_at > :now)
ORDER BY CASE WHEN retires_at IS NULL THEN 0 ELSE 1 END, created_at DESC, id

-- name: retire_webhook_secrets
UPDATE webhook_secret SET retires_at = :retires_at WHERE owner = :owner AND retires_at IS NULL

-- name: forget_webhook_secrets
DELETE FROM webhook_secret WHERE retires_at <= :now

-- name: announce_to_webhooks
INSERT INTO webhook_delivery (id, message_id, account_id, event, request_id, webhook_id, target, summary,
                              created_at, due_at)
SELECT webhook.id || ':' || :request_id, :message_id, webhook.account_id, :event, :request_id, webhook.id, webhook.id,
       :summary, :now, :now
FROM webhook
WHERE webhook.account_id = :account_id AND webhook.fires = 1 AND webhook.disabled_at IS NULL

-- name: insert_webhook_delivery
INSERT INTO webhook_delivery (id, message_id, account_id, event, request_id, webhook_id, url, target, summary,
                              created_at, due_at)
VALUES (:id, :message_id, :account_id, :event, :request_id, :webhook_id, :url, :target, :summary, :now, :now)

-- Each target that waits is found in one index step, then its first due deliveries: a long backlog costs the others
-- nothing. `turn` is a delivery's place among those of its account: accounts take turns.
-- name: webhook_due
WITH RECURSIVE known (target) AS (
    SELECT MIN(target) FROM webhook_delivery WHERE state = 'waiting'
    UNION ALL
    SELECT (SELECT MIN(later.target) FROM webhook_delivery AS later
            WHERE later.state = 'waiting' AND later.target > known.target)
    FROM known WHERE known.target IS NOT NULL
), open_target (target, failures) AS (
    SELECT known.target, COALESCE(failing.failures, 0)
    FROM known LEFT JOIN webhook_failing AS failing ON failing.target = known.target
    WHERE known.target IS NOT NULL AND COALESCE(failing.paused_until, 0) <= :now
), ready AS (
    SELECT due.id, due.account_id, due.target, due.due_at, open_target.failures,
           ROW_NUMBER() OVER (PARTITION BY due.account_id ORDER BY due.due_at, due.id) AS turn
    FROM open_target JOIN webhook_delivery AS due ON due.id IN (
        SELECT first.id FROM webhook_delivery AS first
        WHERE first.state = 'waiting' AND first.target = open_target.target AND first.due_at <= :now
        ORDER BY first.due_at, first.id LIMIT :per_target)
)
SELECT id, account_id, target, failures FROM ready
WHERE turn <= :per_account
ORDER BY turn, due_at, id
LIMIT :most

-- name: webhook_leases
SELECT account_id, target, COUNT(*) AS leases FROM webhook_delivery
WHERE lease_token IS NOT NULL AND due_at > :now
GROUP BY account_id, target

-- name: take_webhook_delivery
UPDATE webhook_delivery SET lease_token = :token, due_at = :until, tries = tries + 1
WHERE id = :id AND state = 'waiting' AND due_at <= :now
RETURNING *

-- name: webhook_delivery_url
SELECT COALESCE(delivery.url, webhook.url) AS url, webhook.event_types
FROM webhook_delivery AS delivery LEFT JOIN webhook ON webhook.id = delivery.webhook_id
WHERE delivery.id = :id

-- name: webhook_delivery_again
UPDATE webhook_delivery SET lease_token = NULL, due_at = :due_at
WHERE id = :id AND lease_token = :token
RETURNING id

-- name: webhook_delivery_done
UPDATE webhook_delivery SET lease_token = NULL, state = :state, finished_at = :now
WHERE id = :id AND lease_token = :token
RETURNING id

-- name: drop_webhook_deliveries
UPDATE webhook_delivery SET lease_token = NULL, state = 'failed', finished_at = :now
WHERE webhook_id = :webhook_id AND state = 'waiting'

-- name: replay_webhook_delivery
UPDATE webhook_delivery SET state = 'waiting', finished_at = NULL, tries = 0, due_at = :now
WHERE account_id = :account_id AND webhook_id = :webhook_id AND id = :id AND state <> 'waiting'
RETURNING id

-- name: replay_failed_webhook_deliveries
UPDATE webhook_delivery SET state = 'waiting', finished_at = NULL, tries = 0, due_at = :now
WHERE account_id = :account_id AND webhook_id = :webhook_id AND state = 'failed'
RETURNING id

-- name: insert_webhook_attempt
INSERT INTO webhook_attempt (delivery_id, number, at, status, latency_seconds, error)
VALUES (:delivery_id, :number, :at, :status, :latency_seconds, :error)

-- name: webhook_attempts
SELECT * FROM webhook_log WHERE account_id = :account_id AND webhook_id = :webhook_id ORDER BY seq DESC LIMIT :most

-- name: webhook_attempts_of_delivery
SELECT * FROM webhook_log WHERE account_id = :account_id AND delivery_id = :id ORDER BY seq DESC LIMIT :most

-- name: webhook_target_failed
INSERT INTO webhook_failing (target, failures, failing_since) VALUES (:target, 1, :now)
ON CONFLICT (target) DO UPDATE SET failures = webhook_failing.failures + 1
RETURNING failures, failing_since

-- name: pause_webhook_target
UPDATE webhook_failing SET paused_until = :until WHERE target = :target AND paused_until < :until

-- name: webhook_target_well
DELETE FROM webhook_failing WHERE target = :target

-- name: old_webhook_deliveries
SELECT id FROM webhook_delivery WHERE finished_at < :before LIMIT :most

-- name: forget_webhook_attempts
DELETE FROM webhook_attempt WHERE delivery_id = :id

-- name: forget_webhook_delivery
DELETE FROM webhook_delivery WHERE id = :id AND finished_at < :before

-- name: webhook_leftovers
SELECT 1 AS found WHERE EXISTS (SELECT 1 FROM webhook_secret WHERE retires_at <= :now)
    OR EXISTS (SELECT 1 FROM webhook WHERE disabled_as = 'deleted' AND disabled_at < :before)
    OR EXISTS (SELECT 1 FROM webhook_failing WHERE failing_since < :before)

-- name: forget_deleted_webhooks
DELETE FROM webhook WHERE disabled_as = 'deleted' AND disabled_at < :before
  AND NOT EXISTS (SELECT 1 FROM webhook_delivery AS delivery WHERE delivery.webhook_id = webhook.id)

-- name: forget_failing_targets
DELETE FROM webhook_failing
WHERE failing_since < :before
  AND NOT EXISTS (SELECT 1 FROM webhook WHERE webhook.id = webhook_failing.target AND webhook.disabled_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM webhook_delivery AS delivery
                  WHERE delivery.target = webhook_failing.target AND delivery.state = 'waiting')

-- name: audit_deliveries
SELECT id, account_id, request_id, event, state FROM webhook_delivery
