/**
 * Where one handler answers on this host: a port, and on it one listening socket for each instance. The launcher holds the sockets;
 * here is decided how many of the new connections each gets: instances that are ready share alike, a canary its percentage, one that
 * starts, has failed or is about to leave gets none while another is ready. Connections in the queue of a socket stay there for whoever serves it next.
 */
import { StartError, type ListeningSocket } from "@zerostart/launcher";

/** Who serves a socket. */
export type Member = {
  /** Its process answers, or would be started by a connection. */
  readonly isReady: boolean;
  /** It takes nothing new any more. */
  readonly isLeaving: boolean;
  /** Percentage of connections that all members like this one get together; undefined: what the others leave. */
  readonly sharePercent: number | undefined;
};

export type AddressContext = {
  hold: (where: { port: number } | { beside: ListeningSocket }) => Promise<ListeningSocket>;
  /** The port that this handler had last, 0 when there was none: its URL should stay. */
  rememberedPort: () => number;
  rememberPort: (port: number) => void;
};

export class Address {
  readonly #context: AddressContext;
  readonly #members = new Map<ListeningSocket, Member>();
  readonly #weights = new Map<ListeningSocket, number>();
  #opening: Promise<unknown> = Promise.resolve();

  constructor(context: AddressContext) {
    this.#context = context;
  }

  /** Several sockets are on the port: a connection to one of them has to come from its source address. */
  get isShared(): boolean {
    return this.#members.size > 1;
  }

  /** Where its instances listen now; 0 when none does. */
  get port(): number {
    return [...this.#members.keys()][0]?.port ?? 0;
  }

  /** A socket for `member`, on the port that is wanted; 0: on that of the others, the handler's last one, or a free one. @throws StartError */
  async open(member: Member, wantedPort: number): Promise<ListeningSocket> {
    const opened = this.#opening.then(() => this.#open(wantedPort));
    this.#opening = opened.catch(() => {});
    const socket = await opened;
    this.take(socket, member);
    this.#context.rememberPort(socket.port);
    return socket;
  }

  async #open(wantedPort: number): Promise<ListeningSocket> {
    const { hold, rememberedPort } = this.#context;
    for (const socket of this.#members.keys()) if (socket.isClosed) this.#forget(socket);
    const [mate] = [...this.#members.keys()].filter(({ port }) => wantedPort === 0 || port === wantedPort);
    if (mate) return hold({ beside: mate });
    const port = wantedPort || rememberedPort();
    return hold({ port }).catch((error: unknown) => {
      if (wantedPort > 0 || port === 0 || !(error instanceof StartError) || error.stage !== "port") throw error;
      return hold({ port: 0 });
    });
  }

  /** `member` serves this socket from now on. */
  take(socket: ListeningSocket, member: Member): void {
    this.#members.set(socket, member);
    this.rebalance();
  }

  close(socket: ListeningSocket): void {
    this.#forget(socket);
    socket.close();
    this.rebalance();
  }

  #forget(socket: ListeningSocket): void {
    this.#members.delete(socket);
    this.#weights.delete(socket);
  }

  /** Something about a member has changed. */
  rebalance(): void {
    const ready = [...this.#members].filter(([, member]) => member.isReady && !member.isLeaving);
    const canaries = ready.filter(([, { sharePercent }]) => sharePercent !== undefined);
    const others = ready.length - canaries.length;
    for (const [socket, member] of this.#members) {
      let weight = 0;
      if (ready.length === 0) weight = member.isLeaving ? 0 : 1;
      else if (member.isReady && !member.isLeaving) {
        const percent = canaries[0]?.[1].sharePercent ?? 0;
        // The same parts of 100, whatever their numbers are.
        if (canaries.length === 0 || others === 0) weight = 1;
        else weight = member.sharePercent === undefined ? (100 - percent) * canaries.length : percent * others;
      }
      if (this.#weights.get(socket) === weight) continue;
      this.#weights.set(socket, weight);
      socket.weigh(weight);
    }
  }
}
