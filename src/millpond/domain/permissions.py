"""What a caller must be allowed to do. Declared on every route; roles will grant subsets."""

from enum import StrEnum


class Permission(StrEnum):
    VM_VIEW = "vm.view"
    VM_OPERATE = "vm.operate"
    VM_MANAGE = "vm.manage"
    VM_CONSOLE = "vm.console"
    POOL_VIEW = "pool.view"
    POOL_MANAGE = "pool.manage"
    SERVER_VIEW = "server.view"
    SERVER_MANAGE = "server.manage"
    IMAGE_MANAGE = "image.manage"
    ARRAY_VIEW = "array.view"
    ARRAY_MANAGE = "array.manage"
    JOB_VIEW = "job.view"
    JOB_MANAGE = "job.manage"
    USER_MANAGE = "user.manage"
    SELF = "self"
    PUBLIC = "public"
