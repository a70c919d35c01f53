/** What is left of the global scope: navigator, performance, reportError. */
const NavigatorPrototype = $newObject(ObjectPrototype);
installInterface(
  function Navigator() {
    throw makeTypeError("Illegal constructor");
  },
  0,
  NavigatorPrototype,
  {
    get hardwareConcurrency() {
      return 1;
    },
    get language() {
      return "en-US";
    },
    get userAgent() {
      return "Zerostart";
    },
  },
  undefined,
);
$defineOwn(globalObject, "navigator", $newObject(NavigatorPrototype), 5);

const PerformancePrototype = $newObject(EventTargetPrototype);
installInterface(
  function Performance() {
    throw makeTypeError("Illegal constructor");
  },
  0,
  PerformancePrototype,
  {
    now() {
      return $performanceNow();
    },
    get timeOrigin() {
      return $timeOrigin();
    },
    toJSON() {
      return { timeOrigin: $timeOrigin() };
    },
  },
  undefined,
);
$defineOwn(globalObject, "performance", newWeb(webEventTarget, undefined, PerformancePrototype), 5);

install(globalObject, {
  reportError(error) {
    requireArguments($argumentCount(), 1, "reportError");
    $consoleWrite(4, `Uncaught ${inspectError(error)}`);
  },
});
$defineOwn(globalObject, "self", globalObject, 5);
