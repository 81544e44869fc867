"""Every call by which a data folder changes, one after the other: killed there, failed there, or cut off from power."""
