"""Comes in: recorded cases as rows or as a column file; a programme's parsed rules; a level policy.
Goes out: what those rules would have said of the same facts, beside what was recorded, and how often they differ.
Never does: change or append to a record, guess a fact that nobody asked for, or compare levels of two policies.
Source of truth: the single-case engine in refer.policy; every column is proven equal to it, case by case.
"""
