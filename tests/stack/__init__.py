"""The servers and the ERPNext site that the tests run on, kept apart from the bench they are made with.

`python3 -m tests.stack --help` lists what can be done with it; tests/README.md tells how to use it.
"""
