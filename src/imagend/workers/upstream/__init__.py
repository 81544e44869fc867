"""Jobs that are made by another server: one order there per job here, however often it is tried."""
