SELECT imagend_guard('ledger_sums');
