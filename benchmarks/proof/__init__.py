"""How often the validator is wrong: simulated studies whose truth is known.

Results lie in the folder that ``FEWFOLD_PROOF`` names (``.proof`` otherwise), one small file a simulated study; a run
that was stopped goes on where it was. ``python -m benchmarks.proof PART`` runs one part; ``page`` writes the table.
"""
