-- The books' own tables name accounts: the house's and each account's own rows, as in 0006.
SELECT imagend_guard('ledger_sums');
SELECT imagend_guard('ledger_violation');
