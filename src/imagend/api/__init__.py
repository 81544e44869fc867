"""HTTP: routes, dialects and the edge. Knows the desk; knows nothing of SQL, workers or models."""
