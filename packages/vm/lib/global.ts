/** 19 The global object: value properties, URI functions, and what exists only to refuse. */

$defineOwn(globalObject, "globalThis", globalObject, 5);
installConstants(globalObject, { Infinity: Infinity, NaN: NaN, undefined: undefined });

function uriResult(result) {
  if (result === undefined) throw makeError(URIErrorPrototype, "URI malformed");
  return result;
}
install(globalObject, {
  decodeURI(uri) {
    return uriResult($strDecodeUri(`${uri}`, ";/?:@&=+$,#"));
  },
  decodeURIComponent(component) {
    return uriResult($strDecodeUri(`${component}`, ""));
  },
  encodeURI(uri) {
    return uriResult($strEncodeUri(`${uri}`, ";/?:@&=+$,#"));
  },
  encodeURIComponent(component) {
    return uriResult($strEncodeUri(`${component}`, ""));
  },
  escape(string) {
    return $strEscape(`${string}`);
  },
  unescape(string) {
    return $strUnescape(`${string}`);
  },
  eval(x) {
    if (typeof x !== "string") return x;
    throw makeTypeError("eval: " + noCodeGeneration);
  },
});
