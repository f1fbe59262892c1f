import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What the manager was asked for. */
interface Asked {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

type Reply = { status: number; body?: unknown };

/**
 * An HTTP server that answers what a test says, at the address of the page: requests take the whole
 * way through the browser's interface and a socket.
 */
export class Manager {
  readonly asked: Asked[] = [];
  readonly #replies = new Map<string, Reply>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of request) pieces.push(piece);
      const text = new TextDecoder().decode(Buffer.concat(pieces));
      const { method = "", url = "", headers } = request;
      this.asked.push({ method, path: url, headers, body: text ? JSON.parse(text) : undefined });
      const reply = this.#replies.get(`${method} ${url}`) ?? { status: 404, body: {} };
      response.writeHead(reply.status, { "content-type": "application/json" });
      response.end(reply.body === undefined ? "" : JSON.stringify(reply.body));
    });
  }

  /** One that listens, and the page's address is its. Modules that ask where they are come after. */
  static async start(): Promise<Manager> {
    const manager = new Manager();
    await new Promise<void>((ready) => manager.#server.listen(0, "127.0.0.1", ready));
    const { port } = manager.#server.address() as AddressInfo;
    window.happyDOM.setURL(`http://127.0.0.1:${port}/ui/`);
    return manager;
  }

  answer(request: string, status: number, body?: unknown): void {
    this.#replies.set(request, { status, body });
  }

  async stop(): Promise<void> {
    await new Promise((done) => this.#server.close(done));
  }
}

/** As the manager refuses. */
export const refusal = (code: string, subject: string, message: string, fix: string) => ({
  error: { code, subject, message, fix },
});
