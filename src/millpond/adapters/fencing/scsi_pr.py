"""Fence devices of the agent ``scsi-pr``: SCSI-3 persistent reservations (SPC-4 5.13) on the pool's
block-device LUNs. No pool has any yet, so there is nothing they could cut a server off from."""

AGENT = "scsi-pr"
NO_LUN = "the pool has no block-device LUN, so there is nothing to cut the server off from"
FIX = "use a device that switches the server's power, such as fence_ipmilan"
