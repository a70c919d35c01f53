/**
 * Events of AWS Lambda as Requests, and Responses as what Lambda expects: it is bundled with the handler, and runs with it in the sandbox. HTTP events are those of
 * function URLs and HTTP APIs (payload format 2.0), of REST APIs and load balancers (format 1.0); every other event is a POST with the event as its JSON body.
 * The host (host/lambda.c) sends an event as a request that holds a key that only it knows; other requests, when the same program serves HTTP, go straight to the handler.
 */
import { handlerOf } from "./zerostart-handler.js";

const keyVariable = "AWS_LAMBDA_INVOCATION_KEY";
const textTypes = /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|xml|javascript|yaml|graphql|x-www-form-urlencoded)\b|image\/svg\+xml\b)|;\s*charset=/i;

/** The module that is deployed, from the one that the person wrote. */
export function lambda(module) {
  const handle = handlerOf(module);
  return {
    fetch(request, env, context) {
      const key = env[keyVariable];
      if (key === undefined || request.headers.get("zerostart-lambda-key") !== key) return handle(request, env, context);
      return invoke(handle, request, env);
    },
  };
}

async function invoke(handle, invocation, env) {
  try {
    const event = await invocation.json();
    const deadlineMs = Number(invocation.headers.get("lambda-runtime-deadline-ms"));
    const waiting = [];
    const context = {
      waitUntil: (promise) => void waiting.push(promise),
      passThroughOnException() {},
      lambda: {
        event,
        awsRequestId: invocation.headers.get("lambda-runtime-aws-request-id"),
        invokedFunctionArn: invocation.headers.get("lambda-runtime-invoked-function-arn"),
        traceId: invocation.headers.get("lambda-runtime-trace-id"),
        clientContext: parsed(invocation.headers.get("lambda-runtime-client-context")),
        identity: parsed(invocation.headers.get("lambda-runtime-cognito-identity")),
        deadlineMs,
        getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
      },
    };
    const version = versionOf(event);
    const response = toResponse(await handle(requestOf(event, version, invocation.signal), env, context));
    const answer = version === 0 ? await resultOf(response) : JSON.stringify(await answerOf(response, version, event));
    // Lambda stops the process when it has its answer: what is to go on after it goes on before it.
    for (const outcome of await Promise.allSettled(waiting)) if (outcome.status === "rejected") console.error("Error in a waitUntil promise:", outcome.reason);
    return new Response(answer, { headers: { "content-type": "application/json" } });
  } catch (error) {
    console.error(error);
    const isError = error instanceof Error;
    const errorType = isError ? error.name : typeof error;
    const stackTrace = isError
      ? String(error.stack)
          .split("\n")
          .slice(1, 40)
          .map((line) => line.trim())
      : [];
    return Response.json(
      { errorMessage: isError ? error.message : String(error), errorType, stackTrace },
      { status: 500, headers: { "lambda-runtime-function-error-type": `Handler.${errorType.replace(/[^\w.]/g, "")}` } },
    );
  }
}

function parsed(json) {
  if (json === null) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** 2 or 1, the payload format of an HTTP event; 0 for every other. */
function versionOf(event) {
  if (event === null || typeof event !== "object" || typeof event.requestContext !== "object" || event.requestContext === null) return 0;
  if (event.requestContext.http) return 2;
  return typeof event.httpMethod === "string" ? 1 : 0;
}

function requestOf(event, version, signal) {
  if (version === 0)
    return new Request("https://lambda.invalid/", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(event), signal });
  const headers = new Headers();
  for (const [name, value] of Object.entries(event.headers ?? {})) headers.set(name, value);
  for (const [name, values] of Object.entries(event.multiValueHeaders ?? {})) {
    headers.delete(name);
    for (const value of values) headers.append(name, value);
  }
  if (event.cookies?.length) headers.set("cookie", event.cookies.join("; "));
  const host = headers.get("host") ?? event.requestContext.domainName ?? "lambda.invalid";
  const path = version === 2 ? event.rawPath : event.path;
  const query = version === 2 ? event.rawQueryString : queryOf(event);
  const method = version === 2 ? event.requestContext.http.method : event.httpMethod;
  let body = event.body ?? undefined;
  if (body !== undefined && event.isBase64Encoded) body = Uint8Array.from(atob(body), (c) => c.charCodeAt(0));
  if (method === "GET" || method === "HEAD") body = undefined;
  return new Request(`https://${host}${path || "/"}${query ? `?${query}` : ""}`, { method, headers, body, signal });
}

/** Of format 1.0, in which an API's parameters are decoded and a load balancer's are not. */
function queryOf(event) {
  const pairs = event.multiValueQueryStringParameters
    ? Object.entries(event.multiValueQueryStringParameters).flatMap(([name, values]) => values.map((value) => [name, value]))
    : Object.entries(event.queryStringParameters ?? {});
  if (event.requestContext.elb) return pairs.map((pair) => pair.join("=")).join("&");
  return new URLSearchParams(pairs).toString();
}

/** What a handler may return instead of a Response, as where it serves HTTP itself. */
function toResponse(result) {
  if (result instanceof Response) return result;
  if (result === undefined) throw new TypeError("The handler returned undefined: return a Response, a string or an object");
  if (result === null) return new Response(null, { status: 204 });
  const isBody =
    typeof result === "string" ||
    result instanceof ArrayBuffer ||
    ArrayBuffer.isView(result) ||
    [ReadableStream, Blob, FormData, URLSearchParams].some((type) => result instanceof type);
  if (isBody) return new Response(result);
  if (Object.prototype.toString.call(result) === "[object Html]") return Response.html(result);
  return Response.json(result);
}

/** The answer to an HTTP event. */
async function answerOf(response, version, event) {
  const cookies = response.headers.getSetCookie();
  const headers = {};
  for (const [name, value] of response.headers) if (name !== "set-cookie") headers[name] = value;
  const isText = !response.headers.has("content-encoding") && textTypes.test(response.headers.get("content-type") ?? "text/");
  const body = isText ? await response.text() : base64Of(new Uint8Array(await response.arrayBuffer()));
  const answer = { statusCode: response.status, headers, body, isBase64Encoded: !isText };
  if (version === 2) return cookies.length > 0 ? { ...answer, cookies } : answer;
  // A load balancer takes either all headers as lists or none.
  const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  if (cookies.length > 0) lists["set-cookie"] = cookies;
  if (event.requestContext.elb && !event.multiValueHeaders) {
    if (cookies.length > 0) headers["set-cookie"] = cookies.at(-1);
    return answer;
  }
  return { ...answer, headers: undefined, multiValueHeaders: lists };
}

function base64Of(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** The result of an event that is no HTTP request: JSON as it is, everything else as a JSON string. */
async function resultOf(response) {
  const text = await response.text();
  if (!response.ok) throw new Error(text || `status ${response.status}`);
  if (/^application\/(?:[\w.+-]*\+)?json\b/i.test(response.headers.get("content-type") ?? "")) return text || "null";
  return JSON.stringify(text);
}
