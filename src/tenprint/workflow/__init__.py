"""Comes in: bytes from agencies, commands from named people, the ticking of clocks.
Goes out: events and their outbox rows in one transaction, and the acts that follow from them.
Never does: decide by itself (refer does), compare prints (identify does), or skip the gate.
Source of truth: the event streams in infra.store; a submission's state there is the work queue.
"""
