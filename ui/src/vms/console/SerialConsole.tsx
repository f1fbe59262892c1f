import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { useEffect, useRef } from "react";
import type { Vm } from "../../api/client";
import { adoptStyles } from "./adoptStyles";
import { Panel } from "./Panel";
import { type Connect, useTicket } from "./useTicket";

/** The serial console. What it has shown stays when the guest moves. */
export default function SerialConsole({ vm }: { vm: Vm }) {
  const box = useRef<HTMLDivElement>(null);
  const terminal = useRef<Terminal>(null);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const shown = new Terminal({
      convertEol: true,
      cursorBlink: true,
      scrollback: 10_000,
      screenReaderMode: true,
    });
    const fit = new FitAddon();
    shown.loadAddon(fit);
    const forget = adoptStyles(element);
    shown.open(element);
    const observer = new ResizeObserver(() => fit.fit());
    observer.observe(element);
    terminal.current = shown;
    return () => {
      observer.disconnect();
      shown.dispose();
      forget();
    };
  }, []);

  const connect: Connect = (url, up, down) => {
    const socket = new WebSocket(url, "binary");
    socket.binaryType = "arraybuffer";
    const encoder = new TextEncoder();
    const typing = terminal.current?.onData(
      (text) => socket.readyState === 1 && socket.send(encoder.encode(text)),
    );
    socket.onopen = up;
    socket.onmessage = ({ data }) => terminal.current?.write(new Uint8Array(data));
    socket.onclose = () => {
      typing?.dispose();
      down();
    };
    return () => {
      socket.onclose = null;
      typing?.dispose();
      socket.close();
    };
  };
  const [line, error] = useTicket(vm, "serial", connect);
  return (
    <Panel box={box} line={line} error={error} paste={(text) => terminal.current?.paste(text)} />
  );
}
