-- Accounts, keys, money, sums of usage.

-- name: insert_account
INSERT INTO account (id, name, created_at) VALUES (:id, :name, :now) ON CONFLICT DO NOTHING RETURNING id

-- name: account
SELECT id, name, available, held, spent, granted, created_at, disabled_at, frozen_at, terms,
       fair_weight
FROM account WHERE id = :account_id

-- name: accounts_page
SELECT id, name, available, held, spent, granted, created_at, disabled_at, frozen_at, terms,
       fair_weight
FROM account
WHERE id > :after ORDER BY id LIMIT :most

-- name: change_account
UPDATE account SET name = :name, terms = :terms, disabled_at = :disabled_at, frozen_at = :frozen_at
WHERE id = :id RETURNING id

-- name: balance
SELECT available, held, spent, granted FROM account WHERE id = :account_id

-- name: move_money
UPDATE account
SET available = available + :available, held = held + :held, spent = spent + :spent, granted = granted + :granted
WHERE id = :account_id AND available + :available >= 0
RETURNING available, held, spent, granted

-- name: insert_ledger
INSERT INTO ledger (account_id, request_id, kind, amount, at, reason, actor, reference)
VALUES (:account_id, :request_id, :kind, :amount, :now, :reason, :actor, :reference)

-- name: ledger_page
SELECT seq, request_id, kind, amount, at, reason, actor, reference FROM ledger
WHERE account_id = :account_id AND seq > :after ORDER BY seq LIMIT :most

-- name: ledger_reference
SELECT request_id, kind, amount FROM ledger WHERE account_id = :account_id AND reference = :reference

-- The kinds are named as in the partial index, or SQLite does not see that it may use it.
-- name: paid
SELECT settled.account_id, settled.amount AS settled,
       (SELECT COALESCE(SUM(amount), 0) FROM ledger WHERE request_id = :request_id AND kind = 'refund') AS refunded,
       job.recipe, history.model, COALESCE(job.key_id, history.key_id) AS key_id,
       COALESCE(job.created_at, history.created_at) AS created_at
FROM ledger AS settled
LEFT JOIN job ON job.id = settled.request_id
LEFT JOIN history ON history.request_id = settled.request_id
WHERE settled.request_id = :request_id AND settled.kind = 'settle'
  AND settled.kind IN ('reserve', 'settle', 'release')

-- name: insert_key
INSERT INTO api_key (id, account_id, name, digest, models, scopes, expires_at, terms, created_at)
VALUES (:id, :account_id, :name, :digest, :models, :scopes, :expires_at, :terms, :now)

-- name: change_key
UPDATE api_key
SET name = :name, models = :models, scopes = :scopes, expires_at = :expires_at, terms = :terms
WHERE id = :id
RETURNING id

-- name: touch_key
UPDATE api_key SET last_used_at = :now WHERE id = :id

-- name: revoke_key
UPDATE api_key SET revoked_at = COALESCE(revoked_at, :now) WHERE id = :id RETURNING id

-- name: key_by_digest
SELECT api_key.id, account_id, api_key.name, models, api_key.created_at, revoked_at, scopes, expires_at, last_used_at,
       api_key.terms, account.disabled_at, account.frozen_at, account.terms AS account_terms
FROM api_key JOIN account ON account.id = api_key.account_id WHERE digest = :digest

-- name: key
SELECT api_key.id, account_id, api_key.name, models, api_key.created_at, revoked_at, scopes, expires_at, last_used_at,
       api_key.terms, account.disabled_at, account.frozen_at, account.terms AS account_terms
FROM api_key JOIN account ON account.id = api_key.account_id WHERE api_key.id = :id

-- name: keys
SELECT api_key.id, account_id, api_key.name, models, api_key.created_at, revoked_at, scopes, expires_at, last_used_at,
       api_key.terms, account.disabled_at, account.frozen_at, account.terms AS account_terms
FROM api_key JOIN account ON account.id = api_key.account_id ORDER BY api_key.created_at, api_key.id

-- name: keys_of
SELECT api_key.id, account_id, api_key.name, models, api_key.created_at, revoked_at, scopes, expires_at, last_used_at,
       api_key.terms, account.disabled_at, account.frozen_at, account.terms AS account_terms
FROM api_key JOIN account ON account.id = api_key.account_id
WHERE account_id = :account_id ORDER BY api_key.created_at, api_key.id

-- name: keys_page
SELECT api_key.id, account_id, api_key.name, models, api_key.created_at, revoked_at, scopes, expires_at, last_used_at,
       api_key.terms, account.disabled_at, account.frozen_at, account.terms AS account_terms
FROM api_key JOIN account ON account.id = api_key.account_id WHERE api_key.id > :after ORDER BY api_key.id LIMIT :most

-- name: open_of_key
SELECT COUNT(*) AS jobs FROM (
    SELECT 1 FROM job WHERE key_id = :owner AND finished_at IS NULL LIMIT :most
) AS few

-- name: open_of_account
SELECT COUNT(*) AS jobs FROM (
    SELECT 1 FROM job WHERE account_id = :owner AND finished_at IS NULL LIMIT :most
) AS few

-- name: spent_by_key
SELECT COALESCE(SUM(held + spent - refunded), 0) AS microcredits FROM usage_day
WHERE account_id = :account_id AND day = :day AND key_id = :key_id

-- name: spent_by_account
SELECT COALESCE(SUM(held + spent - refunded), 0) AS microcredits FROM usage_day
WHERE account_id = :account_id AND day = :day

-- name: count_order
INSERT INTO usage_day (account_id, day, key_id, model, requests, held)
VALUES (:account_id, :day, :key_id, :model, 1, :held)
ON CONFLICT (account_id, day, key_id, model)
DO UPDATE SET requests = usage_day.requests + 1, held = usage_day.held + excluded.held

-- name: count_end
UPDATE usage_day
SET held = held - :held, spent = spent + :spent, pictures = pictures + :pictures,
    completed = completed + :completed, failed = failed + :failed
WHERE account_id = :account_id AND day = :day AND key_id = :key_id AND model = :model

-- name: count_refund
UPDATE usage_day SET refunded = refunded + :amount
WHERE account_id = :account_id AND day = :day AND key_id = :key_id AND model = :model

-- name: usage_of
SELECT account_id, day, key_id, model, requests, completed, failed, pictures, held, spent, refunded FROM usage_day
WHERE account_id = :account_id AND day BETWEEN :first AND :last ORDER BY day, account_id, key_id, model

-- name: usage_of_all
SELECT account_id, day, key_id, model, requests, completed, failed, pictures, held, spent, refunded FROM usage_day
WHERE day BETWEEN :first AND :last ORDER BY day, account_id, key_id, model

-- name: audit_usage
SELECT account_id, day, key_id, requests, completed, failed, held, spent, refunded FROM usage_day
