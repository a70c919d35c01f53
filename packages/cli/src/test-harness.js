/** Runs on the VM beside the tests: `zerostart test` bundles it with them. Prints TAP. */
const tests = [];
const same = (a, b) => Object.is(a, b);

function deepSame(a, b, seen = new Map()) {
  if (same(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  if (a instanceof Date) return same(a.getTime(), b.getTime());
  if (a instanceof RegExp) return String(a) === String(b);
  if (a instanceof Map || a instanceof Set) return a.size === b.size && deepSame([...a], [...b], seen);
  if (a instanceof Error && (a.name !== b.name || a.message !== b.message)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && deepSame(a[key], b[key], seen));
}

class AssertionError extends Error {
  name = "AssertionError";
}
const show = (value) => {
  try {
    return typeof value === "string" || (typeof value === "object" && value !== null) ? JSON.stringify(value) : String(value);
  } catch {
    return String(value);
  }
};
function check(condition, message) {
  if (!condition) throw new AssertionError(message);
}
function expectError(error, expected, what) {
  if (expected instanceof RegExp) check(expected.test(String(error)), `${what} ${error}, which does not match ${expected}`);
  else if (expected) check(error instanceof expected, `${what} ${error}, which is no ${expected.name}`);
}
globalThis.assert = Object.assign((value, message = `${show(value)} is not true`) => check(value, message), {
  equal: (actual, expected, message = `${show(actual)} is not ${show(expected)}`) => check(same(actual, expected), message),
  notEqual: (actual, expected, message = `it is ${show(expected)}`) => check(!same(actual, expected), message),
  deepEqual: (actual, expected, message = `${show(actual)} is not ${show(expected)}`) => check(deepSame(actual, expected), message),
  match: (text, pattern, message = `${show(text)} does not match ${pattern}`) => check(pattern.test(text), message),
  throws(body, expected) {
    try {
      body();
    } catch (thrown) {
      return expectError(thrown, expected, "it threw");
    }
    check(false, "it did not throw");
  },
  async rejects(promise, expected) {
    try {
      await (typeof promise === "function" ? promise() : promise);
    } catch (thrown) {
      return expectError(thrown, expected, "it was rejected with");
    }
    check(false, "it was not rejected");
  },
});

globalThis.test = (name, body) => void tests.push({ name, body });

/** A request to a handler of any shape, answered by a Response as a server would send it. */
globalThis.send = async (handler, target, init, env = {}) => {
  const request = target instanceof Request ? target : new Request(new URL(target, "http://localhost/"), init);
  const context = { waitUntil() {}, passThroughOnException() {} };
  const answer = await (typeof handler === "function" ? handler(request, env, context) : handler.fetch(request, env, context));
  return answer instanceof Response ? answer : typeof answer === "string" ? new Response(answer) : Response.json(answer);
};

/** After every test file was evaluated. */
export async function finish() {
  let failed = 0;
  console.log(`1..${tests.length}`);
  for (const [i, { name, body }] of tests.entries()) {
    try {
      await body();
      console.log(`ok ${i + 1} - ${name}`);
    } catch (error) {
      failed++;
      const text = error instanceof Error ? (error.stack ?? String(error)) : show(error);
      console.log(`not ok ${i + 1} - ${name}\n${text.replaceAll(/^/gm, "  # ")}`);
    }
  }
  if (failed > 0) throw Object.assign(new Error(), { stack: `${failed} of ${tests.length} tests failed` });
}
