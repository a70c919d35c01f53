/** Encoding Standard 7.5, 7.6: TextDecoderStream and TextEncoderStream. Slots: 1 the transform's record, 2 the decoder's state. */
const TextEncoderStreamPrototype = $newObject(ObjectPrototype);
installInterface(
  function TextEncoderStream() {
    requireNew($newTarget, "TextEncoderStream");
    const stream = newWeb(webTextStream, $newTarget, TextEncoderStreamPrototype);
    const ts = newTransform(1, undefined, 0, undefined);
    ts.writable.started = true;
    let high = "";
    ts.transform = (chunk) => {
      let text = high + `${chunk}`;
      high = "";
      const unit = $strCharCodeAt(text, text.length - 1);
      if (unit >= 0xd800 && unit <= 0xdbff) {
        high = $strSlice(text, text.length - 1, text.length);
        text = $strSlice(text, 0, text.length - 1);
      }
      if (text !== "") transformEnqueue(ts, $utf8Encode(text));
    };
    ts.flush = () => {
      if (high !== "") transformEnqueue(ts, $utf8Encode(high));
    };
    $setInternal(stream, 1, ts);
    return stream;
  },
  0,
  TextEncoderStreamPrototype,
  transformMembers(webTextStream),
  undefined,
);
install(TextEncoderStreamPrototype, {
  get encoding() {
    requireWeb(this, webTextStream, "encoding");
    return "utf-8";
  },
});

const TextDecoderStreamPrototype = $newObject(ObjectPrototype);
installInterface(
  function TextDecoderStream(label, options) {
    requireNew($newTarget, "TextDecoderStream");
    const state = newDecoderState(label, options);
    const stream = newWeb(webTextStream, $newTarget, TextDecoderStreamPrototype);
    const ts = newTransform(1, undefined, 0, undefined);
    ts.writable.started = true;
    ts.transform = (chunk) => {
      const text = decodeChunk(state, requireBufferSource(chunk, "A chunk"), false);
      if (text !== "") transformEnqueue(ts, text);
    };
    ts.flush = () => {
      const text = decodeChunk(state, undefined, true);
      if (text !== "") transformEnqueue(ts, text);
    };
    $setInternal(stream, 1, ts);
    $setInternal(stream, 2, state);
    return stream;
  },
  0,
  TextDecoderStreamPrototype,
  transformMembers(webTextStream),
  undefined,
);
function decoderStreamState(v): DecoderState {
  return $getInternal(requireWeb(v, webTextStream, "TextDecoderStream"), 2);
}
install(TextDecoderStreamPrototype, {
  get encoding() {
    return decoderStreamState(this).encoding;
  },
  get fatal() {
    return decoderStreamState(this).fatal;
  },
  get ignoreBOM() {
    return decoderStreamState(this).ignoreBOM;
  },
});
