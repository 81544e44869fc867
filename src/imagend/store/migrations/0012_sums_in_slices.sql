-- The reconciler works in slices. Sums that are drawn up anew have the number after those that count, and take their place
-- when that number becomes `generation`: no row of theirs is touched. All of this can be had from the ledger again, and
-- is, from its first entry. `step` grows with every slice: what another has counted meanwhile is not counted twice. (A
-- gateway of the version before logs failed checks until it is replaced, and counts nothing.)

DROP TABLE ledger_sums;

CREATE TABLE ledger_sums (
    generation  BIGINT NOT NULL,
    account_id  TEXT NOT NULL,
    granted     BIGINT NOT NULL,
    reserved    BIGINT NOT NULL,
    settled     BIGINT NOT NULL,
    returned    BIGINT NOT NULL,  -- of reserves: released, or not needed by a settle
    refunded    BIGINT NOT NULL,
    PRIMARY KEY (generation, account_id)
);

ALTER TABLE reconciliation ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE reconciliation ADD COLUMN step BIGINT NOT NULL DEFAULT 0;
UPDATE reconciliation SET seen_seq = 0, head_seq = 0, again_seq = 0;
