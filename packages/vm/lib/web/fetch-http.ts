/**
 * The HTTP/1.1 client under `fetch` (RFC 9112): connections, one exchange at a time on each, kept for the next request to the same place. Strict like our server:
 * what two readers could frame differently is an error, not a guess. Bytes come and go through $net*; the host decides which places may be reached.
 */
interface NetConnection {
  handle: number;
  /** host:port. */
  place: string;
  /** Over TLS. */
  secure: boolean;
  /** Received and not yet looked at; `at` is where in the first. */
  chunks: Value[];
  at: number;
  buffered: number;
  connected: boolean;
  /** The peer sends no more. */
  ended: boolean;
  /** It is gone, or was given up; `failure` says why. */
  closed: boolean;
  failure: Value;
  /** Promises of who waits for input, and for room to write. */
  reader: Value;
  writer: Value;
  paused: boolean;
  idle: boolean;
  /** Exchanges done before this one. */
  uses: number;
}

let netConnections: Value[] = [];
const netHighWater = 65536;
const netMaxHead = 65536;
const crlf = $utf8Encode("\r\n");
const netNoBytes = $utf8Encode("");

const netRefusals = [
  "is not among the hosts that this deployment may reach (--allow-fetch)",
  "is not a name or address that can be reached",
  "cannot be reached now: too many connections are open",
  "cannot be reached: outbound connections are not available here",
  "cannot be reached: out of resources",
  "cannot be reached by https: this build has no TLS (build with --tls)",
];

/** The TypeError that fetch rejects with, as in Node: what went wrong is its cause. */
function fetchError(message: string) {
  const error = makeTypeError("fetch failed");
  $defineOwn(error, "cause", $construct(ErrorConstructor, ErrorConstructor, [message]), 5);
  return error;
}

function netFind(handle: number): NetConnection | undefined {
  for (let i = 0; i < netConnections.length; i++) if (netConnections[i].handle === handle) return netConnections[i];
  return undefined;
}

function netForget(connection: NetConnection) {
  for (let i = 0; i < netConnections.length; i++) {
    if (netConnections[i] !== connection) continue;
    netConnections[i] = netConnections[netConnections.length - 1];
    $arrTruncate(netConnections, netConnections.length - 1);
    return;
  }
}

function netWakeReader(connection: NetConnection) {
  const promise = connection.reader;
  connection.reader = undefined;
  if (promise !== undefined) fulfillPromise(promise, undefined);
}
function netWakeWriter(connection: NetConnection) {
  const promise = connection.writer;
  connection.writer = undefined;
  if (promise !== undefined) fulfillPromise(promise, undefined);
}

/** Give a connection up. Whoever waits for it gets `failure`. */
function netClose(connection: NetConnection, failure) {
  if (connection.closed) return;
  connection.closed = true;
  connection.failure = failure;
  netForget(connection);
  $netClose(connection.handle);
  netWakeReader(connection);
  netWakeWriter(connection);
}

/** `what`: received bytes, or 0 writable (the first time: connected), 1 the end of input, 2 gone. */
$setHook($hook.NET_EVENT, function netEvent(handle, what) {
  const connection = netFind(handle);
  if (connection === undefined) return;
  if (what === 0) {
    connection.connected = true;
    netWakeWriter(connection);
  } else if (connection.idle) {
    // An idle connection has nothing to say: an answer that nobody asked for must not be taken for the next one's.
    netClose(connection, undefined);
  } else if (what === 1) {
    connection.ended = true;
    netWakeReader(connection);
  } else if (what === 2) {
    netClose(
      connection,
      fetchError(connection.connected ? `${connection.place} closed the connection before the response was complete` : `Cannot connect to ${connection.place}`),
    );
  } else if (!connection.connected) {
    // What comes before the connection is the reason why there is none.
    netClose(connection, fetchError(`${connection.place} cannot be reached by https: ${$singleByteDecode(what, 0, 2147483647, false)}`));
  } else {
    $append(connection.chunks, what);
    connection.buffered += $typedArrayLength(what);
    if (connection.buffered >= netHighWater && !connection.paused) {
      connection.paused = true;
      $netPause(handle, true);
    }
    netWakeReader(connection);
  }
});

/** A kept connection to that place, or a new one. */
function netOpen(place: string, secure: boolean, fresh: boolean): NetConnection {
  for (let i = netConnections.length - 1; i >= 0 && !fresh; i--) {
    const connection = netConnections[i];
    if (!connection.idle || connection.place !== place || connection.secure !== secure) continue;
    connection.idle = false;
    if (!$netIdle(connection.handle, false)) {
      netClose(connection, undefined);
      continue;
    }
    connection.uses++;
    return connection;
  }
  const handle = $netConnect(secure ? `https:${place}` : place);
  if (handle < 0) throw fetchError(`${place} ${netRefusals[-1 - handle]}`);
  const connection: NetConnection = {
    handle,
    place,
    secure,
    chunks: [],
    at: 0,
    buffered: 0,
    connected: false,
    ended: false,
    closed: false,
    failure: undefined,
    reader: undefined,
    writer: undefined,
    paused: false,
    idle: false,
    uses: 0,
  };
  $append(netConnections, connection);
  return connection;
}

/** An exchange is complete: keep the connection, or close it. */
function netRelease(connection: NetConnection, keep: boolean) {
  if (connection.closed) return;
  connection.idle = true;
  if (!keep || connection.ended || connection.buffered > 0 || !$netIdle(connection.handle, true)) netClose(connection, undefined);
}

async function netWrite(connection: NetConnection, bytes) {
  const length = $typedArrayLength(bytes);
  let at = 0;
  for (;;) {
    if (connection.closed) throw connection.failure;
    if (connection.connected) {
      if (at === length) return;
      const n = $netSend(connection.handle, bytes, at);
      if (n === -2) netClose(connection, fetchError(`${connection.place} closed the connection`));
      else if (n > 0) at += n;
      if (n !== -1) continue;
    }
    await (connection.writer = newPromise());
  }
}

/** Wait for more input: false at its end. */
async function netMore(connection: NetConnection): Promise<boolean> {
  const before = connection.buffered;
  for (;;) {
    if (connection.closed) throw connection.failure;
    if (connection.buffered > before) return true;
    if (connection.ended) return false;
    if (connection.paused) {
      connection.paused = false;
      $netPause(connection.handle, false);
    }
    await (connection.reader = newPromise());
  }
}

/** All that is buffered as one piece. */
function netJoin(connection: NetConnection) {
  if (connection.chunks.length === 0) return netNoBytes;
  if (connection.chunks.length > 1 || connection.at > 0) {
    const all = $bytesConcat(connection.chunks);
    connection.chunks = [connection.at > 0 ? $bytesSlice(all, connection.at, 2147483647) : all];
    connection.at = 0;
  }
  return connection.chunks[0];
}

/** Take up to n buffered bytes (at least one must be there) from the first chunk. */
function netTake(connection: NetConnection, n: number) {
  const first = connection.chunks[0];
  const left = $typedArrayLength(first) - connection.at;
  const take = n < left ? n : left;
  const bytes = connection.at === 0 && take === left ? first : $bytesSlice(first, connection.at, connection.at + take);
  if (take === left) {
    $arrShift(connection.chunks);
    connection.at = 0;
  } else connection.at += take;
  connection.buffered -= take;
  if (connection.paused && connection.buffered < netHighWater / 2) {
    connection.paused = false;
    $netPause(connection.handle, false);
  }
  return bytes;
}

/** The next line without its CRLF, as Latin-1; `room` is what it may have. */
async function netLine(connection: NetConnection, room: number): Promise<string> {
  let from = 0;
  for (;;) {
    const bytes = netJoin(connection);
    const end = $bytesIndexOf(bytes, crlf, from);
    if (end > room || (end < 0 && $typedArrayLength(bytes) > room + 1)) throw fetchError("The response's head is too large");
    if (end >= 0) {
      const line = $singleByteDecode(bytes, 0, end, false);
      netTake(connection, end + 2);
      return line;
    }
    from = $typedArrayLength(bytes) > 0 ? $typedArrayLength(bytes) - 1 : 0;
    if (!(await netMore(connection))) throw fetchError(`${connection.place} closed the connection before the response was complete`);
  }
}

interface ResponseHead {
  status: number;
  reason: string;
  fields: Value[];
  /** -1 chunked, -2 until the end of the connection. */
  length: number;
  keep: boolean;
}

/** Read a response's head (interim ones are skipped) and find how its body is framed (RFC 9112, 6.3). */
async function netHead(connection: NetConnection, method: string): Promise<ResponseHead> {
  for (;;) {
    let room = netMaxHead;
    const statusLine = await netLine(connection, room);
    const version = $strSlice(statusLine, 0, 9);
    const status = statusLine.length >= 12 ? +$strSlice(statusLine, 9, 12) : 0;
    if (
      (version !== "HTTP/1.1 " && version !== "HTTP/1.0 ") ||
      !(status >= 100 && status <= 599 && status % 1 === 0) ||
      (statusLine.length > 12 && $strCharCodeAt(statusLine, 12) !== 32)
    )
      throw fetchError("The response has a malformed status line");
    const fields: Value[] = [];
    let length = -2;
    let chunked = false;
    let keep = version === "HTTP/1.1 ";
    for (;;) {
      room -= 2;
      const line = await netLine(connection, room);
      if (line === "") break;
      room -= line.length;
      if (room < 0 || fields.length > 512) throw fetchError("The response's head is too large");
      const colon = $strIndexOf(line, ":", 0);
      const name = colon > 0 ? $headerName($strSlice(line, 0, colon)) : null;
      const value = $headerValue($strSlice(line, colon + 1, line.length));
      if (name === null || value === null) throw fetchError("The response has a malformed header field");
      if (name === "content-length") {
        const n = netLength(value);
        if (length >= 0 && length !== n) throw fetchError("The response has contradicting lengths");
        length = n;
      } else if (name === "transfer-encoding") {
        if (chunked || $strToLower(value) !== "chunked") throw fetchError(`The response has an unsupported transfer coding`);
        chunked = true;
      } else if (name === "connection") {
        const options = `,${$strReplaceAll($strToLower(value), " ", "")},`;
        if ($strIndexOf(options, ",close,", 0) >= 0) keep = false;
        else if ($strIndexOf(options, ",keep-alive,", 0) >= 0) keep = true;
      }
      headersAppend(fields, name, value);
    }
    if (status === 101) throw fetchError("The response switches protocols, which was not asked for");
    if (status < 200) continue;
    if (chunked && length >= 0) throw fetchError("The response has both a length and a transfer coding");
    if (method === "HEAD" || status === 204 || status === 304) length = 0;
    else if (chunked) length = -1;
    const reason = $strSlice(statusLine, 13, statusLine.length);
    return { status, reason, fields, length, keep: keep && length !== -2 };
  }
}

function netLength(value: string): number {
  let n = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = $strCharCodeAt(value, i) - 48;
    if (!(digit >= 0 && digit <= 9) || n > 90071992547409) throw fetchError("The response has a malformed length");
    n = n * 10 + digit;
  }
  if (value === "") throw fetchError("The response has a malformed length");
  return n;
}

/** Reads a body piece by piece: next() gives a Uint8Array, or undefined at its end. */
interface BodyReader {
  connection: NetConnection;
  keep: boolean;
  /** Bytes of the body, or of its current chunk, that are still to come; -2: until the connection ends. */
  left: number;
  chunked: boolean;
  first: boolean;
}

async function netBodyNext(reader: BodyReader) {
  const connection = reader.connection;
  try {
    if (reader.chunked && reader.left === 0) {
      if (!reader.first && (await netLine(connection, 0)) !== "") throw fetchError("The response has a malformed chunk");
      reader.first = false;
      reader.left = netChunkSize(await netLine(connection, 4096));
      if (reader.left === 0) {
        let room = netMaxHead;
        for (let line = "x"; line !== ""; room -= line.length + 2) line = await netLine(connection, room);
        reader.chunked = false;
      }
    }
    if (reader.left === 0) {
      netRelease(connection, reader.keep);
      return undefined;
    }
    if (connection.buffered === 0 && !(await netMore(connection))) {
      if (reader.left !== -2) throw fetchError(`${connection.place} closed the connection before the response was complete`);
      netRelease(connection, false);
      return undefined;
    }
    const bytes = netTake(connection, reader.left === -2 ? 2147483647 : reader.left);
    if (reader.left !== -2) reader.left -= $typedArrayLength(bytes);
    return bytes;
  } catch (e) {
    netClose(connection, e);
    throw e;
  }
}

/** chunk-size [chunk-ext]; the extension is not looked at. */
function netChunkSize(line: string): number {
  let n = 0;
  let i = 0;
  for (; i < line.length; i++) {
    const digit = $strIndexOf("0123456789abcdef", $strToLower($strSlice(line, i, i + 1)), 0);
    if (digit < 0) break;
    if (i >= 12) throw fetchError("The response has a malformed chunk");
    n = n * 16 + digit;
  }
  const rest = $strCharCodeAt(line, i);
  if (i === 0 || (i < line.length && rest !== 59 && rest !== 32 && rest !== 9)) throw fetchError("The response has a malformed chunk");
  return n;
}

/** The body of a response: bytes when all of it is there already, else a stream. Releases the connection at its end. */
function netBody(connection: NetConnection, head: ResponseHead) {
  if (head.length >= 0 && connection.buffered >= head.length) {
    const pieces: Value[] = [];
    for (let left = head.length; left > 0;) {
      const piece = netTake(connection, left);
      left -= $typedArrayLength(piece);
      $append(pieces, piece);
    }
    netRelease(connection, head.keep);
    return pieces.length === 1 ? pieces[0] : $bytesConcat(pieces);
  }
  const reader: BodyReader = { connection, keep: head.keep, left: head.length === -1 ? 0 : head.length, chunked: head.length === -1, first: true };
  return newReadableBytes(
    async (state) => {
      const bytes = await netBodyNext(reader);
      if (bytes === undefined) readableClose(state);
      else readableEnqueue(state, bytes);
    },
    () => netClose(connection, undefined),
  ).stream;
}
