"""Comes in: a seed, a size, and the code and programme as they are installed here.
Goes out: speeds, each beside a peer or a physical limit measured in the same run, with machine and commit.
Never does: touch a data directory, time an answer that it did not check, or quote a figure of another run.
Source of truth: this run on this machine; what the README quotes is kept in docs/measurements with its command.
"""
