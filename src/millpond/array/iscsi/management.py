"""What else an initiator asks for in the full feature phase: NOP, text, task management, logout."""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING

from millpond.array.iscsi import pdu
from millpond.array.scsi.capacity import hlu_of

if TYPE_CHECKING:
    from millpond.array.iscsi.session import Running, Session

# Functions and responses of task management (RFC 7143 11.5.1 and 11.6.1).
ABORT_TASK, ABORT_TASK_SET, CLEAR_ACA, CLEAR_TASK_SET = 1, 2, 3, 4
LUN_RESET, WARM_RESET, COLD_RESET, REASSIGN = 5, 6, 7, 8
COMPLETE, NO_TASK, NO_LUN, NO_REASSIGN, NOT_SUPPORTED = 0, 1, 2, 4, 5

NOT_RECOVERED = 2
"""Logout response: no connection recovery (11.15.1)."""


def nop(session: Session, header: bytes, data: memoryview) -> None:
    """11.18: a ping wants its data back; an answer to ours wants nothing."""
    tag = int.from_bytes(header[16:20], "big")
    if tag == pdu.NO_TAG:
        return
    back = bytes(data[: session.settings.max_send])
    answer = pdu.plain(
        pdu.NOP_IN,
        0,
        tag,
        session.window.sequences(),
        transfer_tag=pdu.NO_TAG,
        lun=header[8:16],
        length=len(back),
    )
    session.connection.send(answer, back)


def ping(session: Session) -> None:
    """Ask whether the initiator is there (11.19)."""
    header = pdu.plain(
        pdu.NOP_IN, 0, pdu.NO_TAG, session.window.sequences(counts=False), transfer_tag=1
    )
    session.connection.send(header)


def text(session: Session, header: bytes, data: memoryview) -> None:
    """11.10: SendTargets is all that is understood."""
    tag = int.from_bytes(header[16:20], "big")
    session.text += bytes(data)
    if len(session.text) > session.settings.max_send * 8:
        session.connection.abort()
        return
    if header[1] & pdu.CONTINUE:
        _text_back(session, tag, 0, b"")
        return
    asked, session.text = session.text, b""
    try:
        items = pdu.pairs(asked)
    except ValueError:
        session.reject(header, pdu.PROTOCOL_ERROR)
        return
    reply: list[tuple[str, str]] = []
    for key, value in items:
        if key == "SendTargets":
            reply += session.targets(value)
        else:
            reply.append((key, "NotUnderstood"))
    _text_back(session, tag, pdu.FINAL, pdu.text(reply)[: session.settings.max_send])


def _text_back(session: Session, tag: int, flags: int, data: bytes) -> None:
    answer = pdu.plain(
        pdu.TEXT_RESPONSE,
        0,
        tag,
        session.window.sequences(),
        transfer_tag=pdu.NO_TAG if flags else 1,
        length=len(data),
    )
    answer[1] = flags
    session.connection.send(answer, data)


def logout(session: Session, header: bytes, _data: memoryview) -> None:
    """11.14."""
    tag = int.from_bytes(header[16:20], "big")
    reason = header[1] & 0x7F
    answer = pdu.plain(
        pdu.LOGOUT_RESPONSE,
        0,
        tag,
        session.window.sequences(),
        answer=NOT_RECOVERED if reason == 2 else 0,
    )
    struct.pack_into(">HH", answer, 40, 2, 0)
    session.connection.send(answer)
    if reason != 2:
        session.connection.close()


def task(session: Session, header: bytes, _data: memoryview) -> None:
    """11.5: answered when no command that it ends is under way any more."""
    session.start(_manage(session, header))


async def _manage(session: Session, header: bytes) -> None:
    tag, referenced = struct.unpack_from(">II", header, 16)
    function = header[1] & 0x7F
    if session.login is None:
        answer = NOT_SUPPORTED
    elif function == ABORT_TASK:
        answer = await _abort_task(session, referenced, int.from_bytes(header[32:36], "big"))
    elif function in (WARM_RESET, COLD_RESET):
        answer = await _reset_all(session)
    elif function in (ABORT_TASK_SET, CLEAR_TASK_SET, LUN_RESET):
        answer = await _on_lun(session, function, hlu_of(header[8:16]))
    else:
        answer = NO_REASSIGN if function == REASSIGN else NOT_SUPPORTED
    response = pdu.plain(pdu.TASK_RESPONSE, 0, tag, session.window.sequences(), answer=answer)
    session.connection.send(response)
    if function == COLD_RESET and answer == COMPLETE:
        session.connection.close()


async def _abort_task(session: Session, referenced: int, number: int) -> int:
    running = session.running.get(referenced)
    if running is None:  # one that has not come yet is one that never will (RFC 7143 11.5.5)
        return COMPLETE if session.window.place(number) >= 0 else NO_TASK
    await _abort(session, [running])
    return COMPLETE


async def _abort(session: Session, running: list[Running]) -> None:
    """The session's own commands get no status (SAM-5 5.6); one that is being carried out ends as usual."""
    for one in running:
        session.drop(one)
    ending = [one.task.ended for one in running if one.task is not None]
    if ending:
        await asyncio.wait(ending)


async def _on_lun(session: Session, function: int, hlu: int) -> int:
    login = session.login
    assert login is not None
    path = login.paths.get(hlu)
    if path is None:
        return NO_LUN
    mine = [one for one in session.running.values() if one.path is path]
    await _abort(session, mine)
    if function == LUN_RESET:
        await login.processor.reset_unit(path.lun.wwn)
    elif function == CLEAR_TASK_SET:
        others = frozenset(one.nexus for one in path.unit.tasks if one.nexus != path.nexus)
        await login.processor.end_commands(path.lun.wwn, others)
    return COMPLETE


async def _reset_all(session: Session) -> int:
    """A reset of all LUNs that this initiator sees: those of others are none of its business."""
    login = session.login
    assert login is not None
    await _abort(session, list(session.running.values()))
    for path in list(login.paths.values()):
        await login.processor.reset_unit(path.lun.wwn)
    return COMPLETE
