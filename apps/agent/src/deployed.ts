/** One deployment on this host: its instances, as many as its bounds and its load want. */
import { isDeepStrictEqual } from "node:util";
import type { DesiredInstance, InstanceState } from "@zerostart/protocol";
import type { Address } from "./address.ts";
import { busySecondsOf, Scaler } from "./scaling.ts";
import { Slot, type SlotContext } from "./slot.ts";

/** Without what a change of restarts nothing. */
function processOf(desired: DesiredInstance): Partial<DesiredInstance> {
  const { scale: _scale, role: _role, sharePercent: _share, routes: _routes, ...rest } = desired;
  return rest;
}

export class Deployed {
  #desired: DesiredInstance;
  readonly #context: SlotContext;
  readonly #address: Address;
  readonly #slots = new Map<number, Slot>();
  readonly #ending = new Set<Slot>();
  readonly #scaler = new Scaler();
  /** Of an instance that has ended for good, for the control plane to hear of. */
  readonly #onEnd: (state: InstanceState) => void;

  /**
   * @param predecessor a deployment whose instances this one's replace, each once it is known to start
   * @param taken sockets that were taken over for it: each wants an instance
   */
  constructor(desired: DesiredInstance, context: SlotContext, address: Address, onEnd: (state: InstanceState) => void, predecessor?: Deployed, taken = 0) {
    this.#desired = desired;
    this.#context = context;
    this.#address = address;
    this.#onEnd = onEnd;
    const replaced = predecessor ? [...predecessor.#slots.values()] : [];
    const count = Math.min(Math.max(this.#least, replaced.length, taken), this.#most);
    for (let n = 1; n <= count; n++) this.#add(n, replaced.shift());
    // More than there will be: they leave when the new ones serve.
    if (replaced.length > 0) void this.#slots.get(1)!.served.then(() => replaced.forEach((slot) => void slot.leave()));
  }

  get desired(): DesiredInstance {
    return this.#desired;
  }

  get states(): InstanceState[] {
    return [...this.#slots.values(), ...this.#ending].map((slot) => slot.state);
  }

  get slots(): Slot[] {
    return [...this.#slots.values()];
  }

  /** Resolves when every instance has ended for good. */
  get ended(): Promise<void> {
    return Promise.all([...this.#slots.values(), ...this.#ending].map((slot) => slot.ended)).then(() => {});
  }

  /** True when the change was one of traffic or number only, and was made. */
  update(desired: DesiredInstance): boolean {
    if (!isDeepStrictEqual(processOf(desired), processOf(this.#desired))) return false;
    this.#desired = desired;
    this.#address.rebalance();
    this.#adjust(Math.min(Math.max(this.#slots.size, this.#least), this.#most));
    return true;
  }

  /** Once every few seconds. */
  scale(): void {
    if (this.#least === this.#most) return;
    let seconds = 0;
    for (const { state } of this.#slots.values()) if (state.pid !== undefined) seconds += busySecondsOf(state.pid) ?? 0;
    const { idleSeconds } = this.#desired;
    const quietMs = idleSeconds === undefined ? undefined : idleSeconds * 1_000;
    this.#adjust(this.#scaler.wanted({ count: this.#slots.size, min: this.#least, max: this.#most, seconds, at: performance.now(), quietMs }));
  }

  /** Ends every instance at once, what they have begun finished. */
  async stop(): Promise<void> {
    await Promise.all([...this.#slots.values(), ...this.#ending].map((slot) => slot.stop()));
  }

  /** As `stop`, but its sockets stay open for who comes after this agent. Resolves when no process serves them any more; `ended` tells when all are gone. */
  async retire(): Promise<void> {
    await Promise.all([...[...this.#slots.values()].map((slot) => slot.retire()), ...[...this.#ending].map((slot) => slot.stop())]);
  }

  /** As `stop`, but others serve this address: connections are led to them first. */
  async leave(): Promise<void> {
    await Promise.all([...this.#slots.values()].map((slot) => slot.leave()));
    await this.stop();
  }

  /** One stays, with or without a process, as long as the deployment does. */
  get #least(): number {
    return Math.max(1, Math.min(this.#desired.scale?.min ?? 1, this.#most));
  }

  get #most(): number {
    return Math.max(1, this.#desired.scale?.max ?? 1);
  }

  #add(n: number, predecessor?: Slot): void {
    const share = () => this.#desired.sharePercent;
    this.#slots.set(n, new Slot(this.#desired, n, { ...this.#context, address: this.#address, share }, predecessor));
  }

  #adjust(count: number): void {
    for (let n = 1; this.#slots.size < count; n++) if (!this.#slots.has(n)) this.#add(n);
    for (const n of [...this.#slots.keys()].sort((a, b) => b - a)) {
      if (this.#slots.size <= count) break;
      const slot = this.#slots.get(n)!;
      this.#slots.delete(n);
      this.#leave(slot);
    }
  }

  #leave(slot: Slot): void {
    this.#slots.forEach((other, n) => other === slot && this.#slots.delete(n));
    this.#ending.add(slot);
    void slot.leave().then(() => {
      this.#ending.delete(slot);
      this.#onEnd(slot.state);
    });
  }
}
