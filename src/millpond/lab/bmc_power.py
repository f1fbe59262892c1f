"""What a BMC calls to switch its server (``chassis_control`` of ipmi_lan(5)): ``python -I -S
bmc_power.py BOARD_SOCKET SERVER get power``. Run as a file, for it has to start fast."""

import socket
import sys


def main() -> None:
    board, *words = sys.argv[1:]
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(board)
        connection.sendall(" ".join(words).encode() + b"\n")
        answer = connection.makefile().readline().strip()
    print(answer)
    sys.exit(0 if answer == "ok" or answer.startswith("power:") else 1)


if __name__ == "__main__":
    main()
