import RFB from "@novnc/novnc";
import { Button } from "@patternfly/react-core";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Vm } from "../../api/client";
import { Panel } from "./Panel";
import { type Connect, useTicket } from "./useTicket";

/** The guest's screen. */
export default function VncConsole({ vm }: { vm: Vm }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const screen = useRef<RFB>(null);
  // It goes into the clipboard when it is asked for: a guest may offer anything, at any time.
  const [offered, setOffered] = useState("");

  const connect: Connect = (url, up, down) => {
    const rfb = new RFB(box.current as HTMLDivElement, url, { wsProtocols: ["binary"] });
    rfb.scaleViewport = true;
    rfb.addEventListener("connect", up);
    rfb.addEventListener("disconnect", down);
    rfb.addEventListener("clipboard", ({ detail }) => setOffered(detail.text));
    screen.current = rfb;
    return () => {
      rfb.removeEventListener("disconnect", down);
      rfb.disconnect();
    };
  };
  const [line, error] = useTicket(vm, "vnc", connect);
  return (
    <Panel
      box={box}
      line={line}
      error={error}
      paste={(text) => screen.current?.clipboardPasteFrom(text)}
    >
      <Button variant="secondary" size="sm" onClick={() => screen.current?.sendCtrlAltDel()}>
        {t("console.ctrlAltDel")}
      </Button>
      {offered !== "" && (
        <Button
          variant="secondary"
          size="sm"
          onClick={async () => {
            await navigator.clipboard.writeText(offered);
            setOffered("");
          }}
        >
          {t("console.copyOffered")}
        </Button>
      )}
    </Panel>
  );
}
