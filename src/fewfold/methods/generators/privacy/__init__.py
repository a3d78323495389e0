"""What differentially private generators share: the account, statistics of known sensitivity, cells, viability."""
