"""SCSI as a disk array speaks it (SAM-5, SPC-4, SBC-3): formats and decisions, no I/O."""
