"""The REST API: one file per resource, each route a few lines.

Reading "start a VM"? Begin in ``vms.py``: the route names an operation, ``Call.accept`` makes it a
job, and the work itself is in ``operations/start_vm.py``.
"""
