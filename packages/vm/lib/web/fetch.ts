/** fetch: this build has no way out, so only `data:` URLs (Fetch 6) and aborted requests have an answer of their own. */
install(globalObject, {
  fetch(input, init) {
    try {
      requireArguments(arguments.length, 1, "fetch");
      const request = $construct(RequestConstructor, RequestConstructor, [input, init]);
      const signal = requestSignal(request);
      if (signalAborted(signal)) return rejectedPromise($getInternal(signal, 2));
      const url = requestUrl(request);
      if ($strStartsAt(url, "data:", 0)) return resolvedPromise(dataUrlResponse(url));
      return rejectedPromise(makeTypeError("fetch failed: outbound fetch is not available in this build"));
    } catch (e) {
      return rejectedPromise(e);
    }
  },
});
setFunctionLength($getOwnValue(globalObject, "fetch"), 1);

function dataUrlResponse(url: string) {
  const hash = $strIndexOf(url, "#", 0);
  const text = $strSlice(url, 5, hash < 0 ? url.length : hash);
  const comma = $strIndexOf(text, ",", 0);
  if (comma < 0) throw makeTypeError("fetch failed: a data: URL needs a comma");
  let type = $strTrim($strSlice(text, 0, comma), 3);
  let bytes = $percentDecode($strSlice(text, comma + 1, text.length));
  const lower = $strToLower(type);
  if ($strStartsAt(lower, "base64", lower.length - 6)) {
    const before = $strTrim($strSlice(type, 0, type.length - 6), 2);
    if ($strStartsAt(before, ";", before.length - 1)) {
      bytes = $base64Decode($singleByteDecode(bytes, 0, 2147483647, false), false);
      if (bytes === null) throw makeTypeError("fetch failed: invalid base64 in a data: URL");
      type = $strSlice(before, 0, before.length - 1);
    }
  }
  if ($strStartsAt(type, ";", 0)) type = `text/plain${type}`;
  if (type === "" || $strIndexOf(type, "/", 0) < 0) type = "text/plain;charset=US-ASCII";
  const response = newResponse(200, type, bytes);
  $setInternal(response, 2, "OK");
  $setInternal(responseHeaders(response), 3, 1);
  $weakSet(responseKinds, response, { type: "basic", url, redirected: false });
  return response;
}
