"""Operation codes (SPC-4 and SBC-3), and which bits of a CDB mean something here."""

TEST_UNIT_READY = 0x00
REQUEST_SENSE = 0x03
READ_6 = 0x08
WRITE_6 = 0x0A
INQUIRY = 0x12
MODE_SELECT_6 = 0x15
MODE_SENSE_6 = 0x1A
START_STOP_UNIT = 0x1B
READ_CAPACITY_10 = 0x25
READ_10 = 0x28
WRITE_10 = 0x2A
WRITE_VERIFY_10 = 0x2E
VERIFY_10 = 0x2F
PREFETCH_10 = 0x34
SYNCHRONIZE_CACHE_10 = 0x35
WRITE_SAME_10 = 0x41
UNMAP = 0x42
MODE_SELECT_10 = 0x55
MODE_SENSE_10 = 0x5A
PERSISTENT_RESERVE_IN = 0x5E
PERSISTENT_RESERVE_OUT = 0x5F
READ_16 = 0x88
COMPARE_AND_WRITE = 0x89
WRITE_16 = 0x8A
WRITE_VERIFY_16 = 0x8E
VERIFY_16 = 0x8F
PREFETCH_16 = 0x90
SYNCHRONIZE_CACHE_16 = 0x91
WRITE_SAME_16 = 0x93
SERVICE_ACTION_IN_16 = 0x9E
REPORT_LUNS = 0xA0
MAINTENANCE_IN = 0xA3
MAINTENANCE_OUT = 0xA4
READ_12 = 0xA8
WRITE_12 = 0xAA
WRITE_VERIFY_12 = 0xAE
VERIFY_12 = 0xAF

# Service actions.
READ_CAPACITY_16 = 0x10
GET_LBA_STATUS = 0x12
TARGET_PORT_GROUPS = 0x0A
SUPPORTED_OPERATIONS = 0x0C
SUPPORTED_TASK_MANAGEMENT = 0x0D

_USAGE_TABLE = """
00                 00 00 00 00 00 04
03                 03 01 00 00 ff 04
08                 08 1f ff ff ff 04
0a                 0a 1f ff ff ff 04
12                 12 01 ff ff ff 04
15                 15 10 00 00 ff 04
1a                 1a 08 ff ff ff 04
1b                 1b 01 00 0f f7 04
25                 25 00 ff ff ff ff 00 00 00 04
28                 28 18 ff ff ff ff 00 ff ff 04
2a                 2a 18 ff ff ff ff 00 ff ff 04
2e                 2e 16 ff ff ff ff 00 ff ff 04
2f                 2f 16 ff ff ff ff 00 ff ff 04
34                 34 02 ff ff ff ff 00 ff ff 04
35                 35 02 ff ff ff ff 00 ff ff 04
41                 41 08 ff ff ff ff 00 ff ff 04
42                 42 00 00 00 00 00 00 ff ff 04
55                 55 10 00 00 00 00 00 ff ff 04
5a                 5a 18 ff ff 00 00 00 ff ff 04
5e 00              5e 00 00 00 00 00 00 ff ff 04
5e 01              5e 01 00 00 00 00 00 ff ff 04
5e 02              5e 02 00 00 00 00 00 ff ff 04
5e 03              5e 03 00 00 00 00 00 ff ff 04
5f 00              5f 00 ff 00 00 ff ff ff ff 04
5f 01              5f 01 ff 00 00 ff ff ff ff 04
5f 02              5f 02 ff 00 00 ff ff ff ff 04
5f 03              5f 03 ff 00 00 ff ff ff ff 04
5f 04              5f 04 ff 00 00 ff ff ff ff 04
5f 05              5f 05 ff 00 00 ff ff ff ff 04
5f 06              5f 06 ff 00 00 ff ff ff ff 04
5f 07              5f 07 ff 00 00 ff ff ff ff 04
88                 88 18 ff ff ff ff ff ff ff ff ff ff ff ff 00 04
89                 89 18 ff ff ff ff ff ff ff ff 00 00 00 ff 00 04
8a                 8a 18 ff ff ff ff ff ff ff ff ff ff ff ff 00 04
8e                 8e 16 ff ff ff ff ff ff ff ff ff ff ff ff 00 04
8f                 8f 16 ff ff ff ff ff ff ff ff ff ff ff ff 00 04
90                 90 02 ff ff ff ff ff ff ff ff ff ff ff ff 00 04
91                 91 02 ff ff ff ff ff ff ff ff ff ff ff ff 00 04
93                 93 09 ff ff ff ff ff ff ff ff ff ff ff ff 00 04
9e 10              9e 10 00 00 00 00 00 00 00 00 ff ff ff ff 00 04
9e 12              9e 12 ff ff ff ff ff ff ff ff ff ff ff ff 00 04
a0                 a0 00 ff 00 00 00 ff ff ff ff 00 04
a3 0a              a3 ea 00 00 00 00 ff ff ff ff 00 04
a3 0c              a3 0c 87 ff ff ff ff ff ff ff 00 04
a3 0d              a3 0d 80 00 00 00 ff ff ff ff 00 04
a4 0a              a4 0a 00 00 00 00 ff ff ff ff 00 04
a8                 a8 18 ff ff ff ff ff ff ff ff 00 04
aa                 aa 18 ff ff ff ff ff ff ff ff 00 04
ae                 ae 16 ff ff ff ff ff ff ff ff 00 04
af                 af 16 ff ff ff ff ff ff ff ff 00 04
"""


def _usages() -> dict[tuple[int, int | None], bytes]:
    found: dict[tuple[int, int | None], bytes] = {}
    for line in _USAGE_TABLE.strip().splitlines():
        code, usage = line[:19].split(), bytes.fromhex(line[19:])
        found[int(code[0], 16), int(code[1], 16) if len(code) > 1 else None] = usage
    return found


USAGE = _usages()
"""(operation code, service action or None) -> CDB usage data (SPC-4 6.35.3). Whatever is served is here,
and nothing else."""

WITH_ACTIONS = frozenset(code for code, action in USAGE if action is not None)
