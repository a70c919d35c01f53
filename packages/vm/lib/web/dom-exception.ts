/** DOMException (Web IDL 4.3). An ERROR object, so that it has a stack and counts as an error; its name is an own hidden property of the library. */
const domExceptionCodes = {
  __proto__: null,
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
};
const DOMExceptionPrototype = $newObject(ErrorPrototype);
/** What makes an object a DOMException, and its name: WeakMap from the object to its name. */
const domExceptionNames = $weakMapNew(ObjectPrototype);

function makeDOMException(message: string, name: string) {
  const error = $newObjectOfKind($kind.ERROR, DOMExceptionPrototype);
  return initDOMException(error, message, name, undefined);
}

function initDOMException(error, message: string, name: string, skip) {
  $defineOwn(error, "message", message, 5);
  $weakSet(domExceptionNames, error, name);
  $captureStack(error, skip);
  return error;
}

function requireDOMException(v) {
  if (!$isObject(v) || !$weakHas(domExceptionNames, v)) throw makeTypeError("Illegal invocation");
  return v;
}

const DOMExceptionConstructor = installInterface(
  function DOMException(message, options) {
    requireNew($newTarget, "DOMException");
    const error = OrdinaryCreateFromConstructor($newTarget, DOMExceptionPrototype, $kind.ERROR);
    let name = "Error";
    if ($isObject(options)) {
      if (options.name !== undefined) name = `${options.name}`;
      if ("cause" in options) $defineOwn(error, "cause", options.cause, 5);
    } else if (options !== undefined) name = `${options}`;
    return initDOMException(error, message === undefined ? "" : `${message}`, name, $newTarget);
  },
  0,
  DOMExceptionPrototype,
  {
    get name() {
      return $weakGet(domExceptionNames, requireDOMException(this));
    },
    get code() {
      const code = domExceptionCodes[$weakGet(domExceptionNames, requireDOMException(this))];
      return code === undefined ? 0 : code;
    },
  },
  undefined,
);
$defineOwn(DOMExceptionPrototype, "message", "", 5);
installConstants(DOMExceptionConstructor, {
  INDEX_SIZE_ERR: 1,
  NOT_FOUND_ERR: 8,
  NOT_SUPPORTED_ERR: 9,
  INVALID_STATE_ERR: 11,
  SYNTAX_ERR: 12,
  INVALID_ACCESS_ERR: 15,
  NETWORK_ERR: 19,
  ABORT_ERR: 20,
  QUOTA_EXCEEDED_ERR: 22,
  TIMEOUT_ERR: 23,
  DATA_CLONE_ERR: 25,
});
