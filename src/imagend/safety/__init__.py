"""What may be asked for and shown: classifiers give severities, a policy table decides, a verdict says why."""
