/** MessageChannel, MessagePort and MessageEvent (HTML 9.4) within the realm: what is posted arrives in a later turn. Ports are not transferable. */
const MessageEventPrototype = $newObject(EventPrototype);
/** Slot 3 of a MessageEvent. */
interface MessageData {
  data: Value;
  origin: string;
  lastEventId: string;
  source: Value;
  ports: Value[];
}
function newMessageEvent(newTarget, type: string, init) {
  const event = initEvent(newWeb(webEvent, newTarget, MessageEventPrototype), type, init);
  const data = member(init, "data");
  const origin = member(init, "origin");
  const lastEventId = member(init, "lastEventId");
  const source = member(init, "source");
  const ports = member(init, "ports");
  const record: MessageData = {
    data: data === undefined ? null : data,
    origin: origin === undefined ? "" : `${origin}`,
    lastEventId: lastEventId === undefined ? "" : `${lastEventId}`,
    source: source === undefined ? null : source,
    ports: ports === undefined ? [] : [...ports],
  };
  $setInternal(event, 3, record);
  return event;
}
function messageData(event): MessageData {
  eventRecord(event);
  const record = $getInternal(event, 3);
  if (record === undefined) throw makeTypeError("Illegal invocation");
  return record;
}
const MessageEventConstructor = installInterface(
  function MessageEvent(type, init) {
    requireNew($newTarget, "MessageEvent");
    requireArguments($argumentCount(), 1, "MessageEvent constructor");
    return newMessageEvent($newTarget, `${type}`, init);
  },
  1,
  MessageEventPrototype,
  {
    get data() {
      return messageData(this).data;
    },
    get lastEventId() {
      return messageData(this).lastEventId;
    },
    get origin() {
      return messageData(this).origin;
    },
    get ports() {
      return messageData(this).ports;
    },
    get source() {
      return messageData(this).source;
    },
  },
  undefined,
);
$setPrototypeOf(MessageEventConstructor, EventConstructor);

/** Slots of a MessagePort: 1 its record, 2 onmessage, 3 onmessageerror. */
interface PortRecord {
  /** undefined once either side was closed. */
  peer: Value;
  /** What came and was not delivered yet. */
  queue: Value[];
  started: boolean;
  /** Is a turn that delivers on its way? */
  scheduled: boolean;
}
const MessagePortPrototype = $newObject(EventTargetPrototype);

function newMessagePort() {
  const port = newWeb(webMessagePort, undefined, MessagePortPrototype);
  const record: PortRecord = { peer: undefined, queue: [], started: false, scheduled: false };
  $setInternal(port, 1, record);
  $setInternal(port, 2, null);
  $setInternal(port, 3, null);
  return port;
}
function requirePort(v) {
  return requireWeb(v, webMessagePort, "MessagePort");
}
/** One message a turn, as each is a task. */
function schedulePort(port) {
  const record: PortRecord = $getInternal(port, 1);
  if (record.scheduled || !record.started || record.queue.length === 0) return;
  record.scheduled = true;
  libraryTask(deliverMessage, port);
}
function deliverMessage(port) {
  const record: PortRecord = $getInternal(port, 1);
  record.scheduled = false;
  if (!record.started || record.queue.length === 0) return;
  const event = newMessageEvent(undefined, "message", { data: $arrShift(record.queue) });
  $getInternal(event, 2).trusted = true;
  schedulePort(port);
  dispatch(port, event);
}

installInterface(
  function MessagePort() {
    throw makeTypeError("Illegal constructor");
  },
  0,
  MessagePortPrototype,
  {
    close() {
      const record: PortRecord = $getInternal(requirePort(this), 1);
      const peer = record.peer;
      record.peer = undefined;
      record.queue = [];
      record.started = false;
      if (peer !== undefined) $getInternal(peer, 1).peer = undefined;
    },
    get onmessage() {
      return $getInternal(requirePort(this), 2);
    },
    set onmessage(v) {
      $setInternal(requirePort(this), 2, $isCallable(v) ? v : null);
      startPort(this);
    },
    get onmessageerror() {
      return $getInternal(requirePort(this), 3);
    },
    set onmessageerror(v) {
      $setInternal(requirePort(this), 3, $isCallable(v) ? v : null);
    },
    postMessage(message, options) {
      requirePort(this);
      requireArguments($argumentCount(), 1, "postMessage");
      const copy = cloneWithTransfer(message, IsArray(options) ? options : member(options, "transfer"));
      const peer = $getInternal(this, 1).peer;
      if (peer === undefined) return;
      $append($getInternal(peer, 1).queue, copy);
      schedulePort(peer);
    },
    start() {
      startPort(requirePort(this));
    },
  },
  undefined,
);
function startPort(port) {
  $getInternal(port, 1).started = true;
  schedulePort(port);
}

/** Slots: 1 and 2 the ports. */
const MessageChannelPrototype = $newObject(ObjectPrototype);
installInterface(
  function MessageChannel() {
    requireNew($newTarget, "MessageChannel");
    const channel = newWeb(webMessageChannel, $newTarget, MessageChannelPrototype);
    const port1 = newMessagePort();
    const port2 = newMessagePort();
    $getInternal(port1, 1).peer = port2;
    $getInternal(port2, 1).peer = port1;
    $setInternal(channel, 1, port1);
    $setInternal(channel, 2, port2);
    return channel;
  },
  0,
  MessageChannelPrototype,
  {
    get port1() {
      return $getInternal(requireWeb(this, webMessageChannel, "MessageChannel.port1"), 1);
    },
    get port2() {
      return $getInternal(requireWeb(this, webMessageChannel, "MessageChannel.port2"), 2);
    },
  },
  undefined,
);
