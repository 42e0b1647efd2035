"""Comes in: who asks, in which role, for which agency, what for.
Goes out: the role under which it is allowed, or NotPermitted that names what is needed.
Never does: know a way around the table, keep a credential in the clear, or look at what is asked for.
Source of truth: the table in access.table; who holds which role is in infra.store.
"""
