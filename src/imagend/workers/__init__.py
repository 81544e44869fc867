"""Workers: they claim jobs from the gateway, run the engine, store pictures. No database, no desk."""
