"""Shut a lab server down from inside: ``python -m millpond.lab.power off`` (or ``reboot``).

On a real server this is ``systemctl poweroff``. PID 1 ends the services in order, then asks the
mainboard. Standard library only.
"""

import os
import signal
import sys

ORDERS = {signal.SIGTERM: "off", signal.SIGINT: "reboot"}
"""What a signal means to PID 1."""


def main() -> None:
    order = next(number for number, action in ORDERS.items() if action == sys.argv[1])
    os.kill(1, order)


if __name__ == "__main__":
    main()
