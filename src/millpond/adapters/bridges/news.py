"""Whether anything has changed in the network."""

import errno
import socket

_RTMGRP_LINK = 0x1
_RTMGRP_IPV4_IFADDR = 0x10
_RTMGRP_IPV6_IFADDR = 0x100


class News:
    """Of links and addresses (rtnetlink(7)). The kernel queues it before the change's own system call
    returns, so whoever finds none knows that what was read since the last is still true."""

    def __init__(self) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.NETLINK_ROUTE
        )
        self._socket.bind((0, _RTMGRP_LINK | _RTMGRP_IPV4_IFADDR | _RTMGRP_IPV6_IFADDR))

    def __del__(self) -> None:
        self._socket.close()

    def come(self) -> bool:
        """Since the last time this was asked."""
        found = False
        while True:
            try:
                self._socket.recv(1)  # its words do not matter
            except BlockingIOError:
                return found
            except OSError as error:
                if error.errno != errno.ENOBUFS:  # some was lost in a flood
                    raise
            found = True
