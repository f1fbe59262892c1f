"""Passwords as guests keep them: hashed before they leave this process."""

import ctypes

from millpond.cli.errors import usage

_SHA512 = b"$6$"
_ROUNDS = 100_000
"""Twenty times the default, a fraction of a second on an emulated guest."""


def hash_password(password: str) -> str:
    """As crypt(5) has it, with SHA-512, which every guest of the last fifteen years knows."""
    try:
        library = ctypes.CDLL("libcrypt.so.1")
    except OSError as error:
        raise usage(
            "libcrypt.so.1 is not here to hash the password", "install libcrypt1"
        ) from error
    library.crypt_gensalt.restype = library.crypt.restype = ctypes.c_char_p
    library.crypt_gensalt.argtypes = (
        ctypes.c_char_p,
        ctypes.c_ulong,
        ctypes.c_char_p,
        ctypes.c_int,
    )
    salt: bytes | None = library.crypt_gensalt(_SHA512, _ROUNDS, None, 0)
    found: bytes | None = library.crypt(password.encode(), salt) if salt else None
    if not found or not found.startswith(_SHA512):
        raise usage("libcrypt.so.1 did not hash the password", "check what it is: a libxcrypt")
    return found.decode()
