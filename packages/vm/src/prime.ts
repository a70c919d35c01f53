/**
 * Primed requests: what a handler answers when its snapshot is made, after its top level. Unlike a rehearsal (rehearsal.ts) all that it does stays: counters, caches, what its libraries
 * put off until a first request. There is no outside: `fetch` reaches nobody, and nobody waits for a timer, for the clock is put forward to when it is due.
 */
import { type VmInstance, VmStoppedError } from "./instance.ts";

/** Of the handler's clock, for one request and what it goes on with. */
const waitNs = 10_000_000_000n;
/** Turns of the event loop that it may take. */
const maxTurns = 10_000;
const maxAnswerBytes = 16 << 20;

export interface PrimeOptions {
  /** Processor time that one request may take, ms, in all its turns. */
  cpuMs: number;
  processorMs: () => number;
  /** Put the handler's clocks forward. */
  skip: (ns: bigint) => void;
}
export interface PrimeProblem {
  path: string;
  /** What it did, after "GET PATH". */
  what: string;
}

/** GET each path in turn, from a connection of its own. The first that cannot stay in a snapshot ends it; `onAnswer` is told the statuses of the others. */
export function prime(
  vm: VmInstance,
  paths: readonly string[],
  options: PrimeOptions,
  onAnswer?: (path: string, status: number) => void,
): PrimeProblem | undefined {
  for (const path of paths) {
    const told = primeOrStop(vm, path, options);
    if (typeof told === "string") return { path, what: told };
    onAnswer?.(path, told);
  }
  return undefined;
}

/** The VM stopped for good in a primed request. */
export class PrimeStoppedError extends VmStoppedError {
  readonly path: string;
  constructor(path: string, { message }: VmStoppedError) {
    super(message);
    this.path = path;
  }
}

function primeOrStop(vm: VmInstance, path: string, options: PrimeOptions): number | string {
  try {
    return primeOne(vm, path, options);
  } catch (error) {
    throw error instanceof VmStoppedError ? new PrimeStoppedError(path, error) : error;
  }
}

/** The answer's status, or what is wrong with it. */
function primeOne(vm: VmInstance, path: string, { cpuMs, processorMs, skip }: PrimeOptions): number | string {
  const begun = processorMs();
  const refused = vm.refused.length;
  // What the top level left goes on, too: it says nothing about the request.
  const wasPending = vm.hasPendingWork();
  const errors = vm.records.length;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const connection = vm.open((output) => {
    bytes += output.length;
    if (bytes <= maxAnswerBytes) parts.push(output.slice());
    return output.length;
  });
  vm.receive(
    connection,
    new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: zerostart\r\nConnection: close\r\n\r\n`),
  );
  let waited = 0n;
  let isOver = false;
  for (let turns = 0; turns < maxTurns && waited <= waitNs; turns++) {
    const wait = vm.poll();
    if (bytes > maxAnswerBytes) return `was answered by more than ${maxAnswerBytes >> 20} MiB`;
    if (processorMs() - begun > cpuMs) return `took more than ${cpuMs} ms of processor time`;
    isOver = wait < 0n || (wasPending && readAnswer(parts).isWhole);
    if (isOver) break;
    skip(wait);
    waited += wait;
  }
  const answer = readAnswer(parts);
  vm.close(connection);
  const reached = vm.refused[refused];
  if (reached !== undefined)
    return `asked for a connection to ${reached}: nobody can be reached while a snapshot is made, and what an answer said would be in every instance`;
  if (!answer.isWhole)
    return answer.status === undefined
      ? "was not answered: what it waits for does not come, or not within 10 s"
      : "was answered in part: the end did not come within 10 s";
  if (answer.status! >= 500) {
    const said = vm.records.slice(errors).findLast(({ level }) => level === "error");
    return `was answered ${answer.status}${said ? `: ${said.text}` : ""}`;
  }
  if (!isOver) return "left timers or unfinished work behind: they would go on in every instance";
  return answer.status!;
}

/** As the VM writes it: a head, and a body with a length, in chunks, or none. */
function readAnswer(parts: readonly Uint8Array[]): { status?: number; isWhole: boolean } {
  const text = parts.map((part) => new TextDecoder("latin1").decode(part)).join("");
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return { isWhole: false };
  const head = text.slice(0, end + 2);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
  const body = text.slice(end + 4);
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1];
  const isChunked = /\r\ntransfer-encoding: *chunked\r\n/i.test(head);
  const isWhole = isChunked ? body === "0\r\n\r\n" || body.endsWith("\r\n0\r\n\r\n") : length === undefined || body.length >= Number(length);
  return { status, isWhole };
}
