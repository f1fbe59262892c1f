import { useEffect, useRef, useState } from "react";
import { ApiError, api, type Vm } from "../../api/client";

export type Line = "connecting" | "connected" | "lost" | "refused";

/** Ends the connection that `connect` began. */
export type HangUp = () => void;
/** Begins a connection to `url`, in the element; calls `up` once it stands and `down` when it ends. */
export type Connect = (url: string, up: () => void, down: () => void) => HangUp;

const SOON = 500; // ms until the next try; twice as long after each that fails
const LATE = 8000;

/**
 * A console that comes back: a ticket is good for one connection, so each try takes a new one. When the
 * guest has moved, the old server hangs up, and the next ticket leads to the new one.
 */
export function useTicket(vm: Vm, kind: "serial" | "vnc", connect: Connect): [Line, unknown] {
  const [line, setLine] = useState<Line>("connecting");
  const [error, setError] = useState<unknown>();
  const latest = useRef(connect);
  latest.current = connect;

  useEffect(() => {
    let hangUp: HangUp = () => {};
    let timer = 0;
    let left = false;
    let wait = SOON;
    const up = () => {
      wait = SOON;
      setLine("connected");
    };
    const again = () => {
      if (left) return;
      setLine("lost");
      timer = window.setTimeout(call, wait);
      wait = Math.min(2 * wait, LATE);
    };
    const call = async () => {
      try {
        const { data } = await api.POST("/api/v1/vms/{key}/console", {
          params: { path: { key: vm.id } },
          body: { kind },
        });
        if (left || !data) return;
        const url = new URL(data.url, window.location.href);
        url.protocol = "wss:";
        hangUp = latest.current(url.href, up, again);
      } catch (problem) {
        const passing =
          !(problem instanceof ApiError) || problem.status >= 500 || problem.status === 409;
        if (passing) again();
        else if (!left) {
          setError(problem);
          setLine("refused");
        }
      }
    };
    call();
    return () => {
      left = true;
      window.clearTimeout(timer);
      hangUp();
    };
  }, [vm.id, kind]);

  return [line, error];
}
