/** The function that answers requests, from the module that the person wrote; bundled with it. */
export function handlerOf(module) {
  const entry = module.default;
  if (entry && typeof entry.fetch === "function") return (request, env, context) => entry.fetch(request, env, context);
  for (const candidate of [entry, module.handler, module.fetch]) if (typeof candidate === "function") return candidate;
  throw new TypeError("This module exports no handler: export a function named `handler`, a default function, or a default object with fetch()");
}
