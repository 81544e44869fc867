-- As in 0006: everybody's own rows.
SELECT imagend_guard('quarantine');
