"""Comes in: requests of people's browsers, with a session or without.
Goes out: pages made on the server, forms' answers handed to workflow, released files as they are.
Never does: decide, read the store, need JavaScript, or put a text on a page that is not in a catalogue.
Source of truth: the read models of workflow.views; the texts in catalogues.
"""
