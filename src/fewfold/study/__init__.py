"""Protocol, splits, runner, verdict and result: synthetic data as an intervention on trial."""
