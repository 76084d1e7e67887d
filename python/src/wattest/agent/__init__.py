"""The device's agent on this machine, as a workload sees it."""
