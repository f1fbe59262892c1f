/** What we use of noVNC, which has no types of its own. */
declare module "@novnc/novnc" {
  interface Events {
    connect: CustomEvent<undefined>;
    disconnect: CustomEvent<{ clean: boolean }>;
    clipboard: CustomEvent<{ text: string }>;
  }
  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, url: string, options?: { wsProtocols?: string[] });
    scaleViewport: boolean;
    addEventListener<K extends keyof Events>(kind: K, listener: (event: Events[K]) => void): void;
    removeEventListener<K extends keyof Events>(
      kind: K,
      listener: (event: Events[K]) => void,
    ): void;
    clipboardPasteFrom(text: string): void;
    sendCtrlAltDel(): void;
    disconnect(): void;
  }
}
