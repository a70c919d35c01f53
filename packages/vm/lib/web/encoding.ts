/** Encoding Standard: TextEncoder and TextDecoder (UTF-8, UTF-16LE/BE, windows-1252 and the labels that mean it); HTML: atob and btoa. */
const TextEncoderPrototype = $newObject(ObjectPrototype);
installInterface(
  function TextEncoder() {
    requireNew($newTarget, "TextEncoder");
    return newWeb(webTextEncoder, $newTarget, TextEncoderPrototype);
  },
  0,
  TextEncoderPrototype,
  {
    encode(input) {
      requireWeb(this, webTextEncoder, "TextEncoder.encode");
      return $utf8Encode(input === undefined ? "" : `${input}`);
    },
    encodeInto(source, destination) {
      requireWeb(this, webTextEncoder, "TextEncoder.encodeInto");
      const text = `${source}`;
      if ($typedArrayType(destination) !== 1) throw makeTypeError('The "dest" argument must be an instance of Uint8Array.');
      const counts = $utf8EncodeInto(text, destination);
      return { read: counts[0], written: counts[1] };
    },
    get encoding() {
      requireWeb(this, webTextEncoder, "TextEncoder.encoding");
      return "utf-8";
    },
  },
  undefined,
);
setFunctionLength($getOwnValue(TextEncoderPrototype, "encode"), 0);

/** Encoding names by label (Encoding Standard 4.2), those that this build knows. */
const encodingLabels = {
  __proto__: null,
  "unicode-1-1-utf-8": "utf-8",
  unicode11utf8: "utf-8",
  unicode20utf8: "utf-8",
  "utf-8": "utf-8",
  utf8: "utf-8",
  "x-unicode20utf8": "utf-8",
  csunicode: "utf-16le",
  "iso-10646-ucs-2": "utf-16le",
  "ucs-2": "utf-16le",
  unicode: "utf-16le",
  unicodefeff: "utf-16le",
  "utf-16": "utf-16le",
  "utf-16le": "utf-16le",
  unicodefffe: "utf-16be",
  "utf-16be": "utf-16be",
  "ansi_x3.4-1968": "windows-1252",
  ascii: "windows-1252",
  cp1252: "windows-1252",
  cp819: "windows-1252",
  csisolatin1: "windows-1252",
  ibm819: "windows-1252",
  "iso-8859-1": "windows-1252",
  "iso-ir-100": "windows-1252",
  "iso8859-1": "windows-1252",
  iso88591: "windows-1252",
  "iso_8859-1": "windows-1252",
  "iso_8859-1:1987": "windows-1252",
  l1: "windows-1252",
  latin1: "windows-1252",
  "us-ascii": "windows-1252",
  "windows-1252": "windows-1252",
  "x-cp1252": "windows-1252",
};

interface DecoderState {
  encoding: string;
  fatal: boolean;
  ignoreBOM: boolean;
  /** Bytes of an unfinished sequence, or undefined. */
  rest: Value;
  /** The byte order mark was dealt with. */
  begun: boolean;
}

function newDecoderState(label, options): DecoderState {
  const given = label === undefined ? "utf-8" : `${label}`;
  const text = $strToLower($strTrim(given, 3));
  // Only ASCII whitespace may stand around a label; trimming takes more.
  let plain = true;
  for (let i = 0; i < given.length; i++) if ($strCharCodeAt(given, i) === 11 || $strCharCodeAt(given, i) > 126) plain = false;
  const encoding = plain ? encodingLabels[text] : undefined;
  if (encoding === undefined) {
    const error = makeRangeError(`The "${text}" encoding is not supported`);
    $defineOwn(error, "code", "ERR_ENCODING_NOT_SUPPORTED", 7);
    throw error;
  }
  return { encoding, fatal: !!member(options, "fatal"), ignoreBOM: !!member(options, "ignoreBOM"), rest: undefined, begun: false };
}

/** Decode a chunk; `last`: no more follows. */
function decodeChunk(state: DecoderState, chunk, last: boolean): string {
  let bytes = chunk;
  if (state.rest !== undefined) {
    bytes = bytes === undefined ? state.rest : $bytesConcat([state.rest, bytes]);
    state.rest = undefined;
  }
  let text: Value = "";
  if (bytes !== undefined) {
    const length =
      $kindOf(bytes) === $kind.ARRAYBUFFER ? $bufferByteLength(bytes) : $kindOf(bytes) === $kind.DATAVIEW ? $dataViewByteLength(bytes) : byteLengthOf(bytes);
    let end = length;
    if (state.encoding === "utf-8") {
      if (!last) end -= $utf8Incomplete(bytes, 0, length);
      text = $utf8Decode(bytes, 0, end, state.fatal);
    } else if (state.encoding === "windows-1252") {
      text = $singleByteDecode(bytes, 0, end, true);
    } else {
      const big = state.encoding === "utf-16be";
      if (!last) {
        end -= end % 2;
        if (end >= 2) {
          const pair = $bytesSlice(bytes, end - 2, end);
          const high = $typedArrayElement(pair, big ? 0 : 1);
          if (high >= 0xd8 && high <= 0xdb) end -= 2;
        }
      }
      text = $utf16Decode(bytes, 0, end, big, state.fatal);
    }
    if (end < length) state.rest = $bytesSlice(bytes, end, length);
  }
  if (text === null) {
    state.rest = undefined;
    state.begun = false;
    const error = makeTypeError(`The encoded data was not valid for encoding ${state.encoding}`);
    $defineOwn(error, "code", "ERR_ENCODING_INVALID_ENCODED_DATA", 7);
    throw error;
  }
  if (!state.begun && text !== "") {
    state.begun = true;
    if (!state.ignoreBOM && state.encoding !== "windows-1252" && $strCharCodeAt(text, 0) === 0xfeff) text = $strSlice(text, 1, text.length);
  }
  if (last) state.begun = false;
  return text;
}

/** Bytes of a typed array. */
function byteLengthOf(array): number {
  const type = $typedArrayType(array);
  const size = type <= 2 ? 1 : type === 3 || type === 4 || type === 7 ? 2 : type === 9 || type >= 10 ? 8 : 4;
  return $typedArrayLength(array) * size;
}

const TextDecoderPrototype = $newObject(ObjectPrototype);
installInterface(
  function TextDecoder(label, options) {
    requireNew($newTarget, "TextDecoder");
    const state = newDecoderState(label, options);
    const decoder = newWeb(webTextDecoder, $newTarget, TextDecoderPrototype);
    $setInternal(decoder, 1, state);
    return decoder;
  },
  0,
  TextDecoderPrototype,
  {
    decode(input, options) {
      const state: DecoderState = $getInternal(requireWeb(this, webTextDecoder, "TextDecoder.decode"), 1);
      if (input !== undefined && !isBufferSource(input))
        throw makeTypeError('The "list" argument must be an instance of SharedArrayBuffer, ArrayBuffer or ArrayBufferView.');
      return decodeChunk(state, input, !member(options, "stream"));
    },
    get encoding() {
      return $getInternal(requireWeb(this, webTextDecoder, "TextDecoder.encoding"), 1).encoding;
    },
    get fatal() {
      return $getInternal(requireWeb(this, webTextDecoder, "TextDecoder.fatal"), 1).fatal;
    },
    get ignoreBOM() {
      return $getInternal(requireWeb(this, webTextDecoder, "TextDecoder.ignoreBOM"), 1).ignoreBOM;
    },
  },
  undefined,
);
setFunctionLength($getOwnValue(TextDecoderPrototype, "decode"), 0);

install(globalObject, {
  atob(data) {
    const text = $atob(`${data}`);
    if (text === null) throw makeDOMException("The string to be decoded is not correctly encoded.", "InvalidCharacterError");
    return text;
  },
  btoa(data) {
    const text = $btoa(`${data}`);
    if (text === null) throw makeDOMException("Invalid character", "InvalidCharacterError");
    return text;
  },
});
