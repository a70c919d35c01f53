/**
 * 16.2.1.6 Cyclic modules: evaluation with top-level await, and import(). The files are loaded before anything runs; the engine links them (assembly/module.ts).
 * A main module that asks for no other and never waits is run by the engine itself.
 */

/** Fields of a cyclic module record. status: 0 linked, 1 evaluating, 2 evaluating-async, 3 evaluated. order: 0 not async, > 0 waiting, -1 done. */
interface ModuleState {
  module: Value;
  status: number;
  failed: boolean;
  error: Value;
  waits: boolean;
  main: Value;
  index: number;
  ancestor: number;
  root: ModuleState;
  requests: ModuleState[] | undefined;
  parents: ModuleState[];
  pending: number;
  order: number;
  promise: Value;
}

/** Modules that wait get increasing numbers. */
let moduleAsyncOrder = 0;

/** The state of a linked module. Its declarations are made the first time: functions that a cycle calls before their module is evaluated. */
function moduleStateOf(module): ModuleState {
  const known: ModuleState | undefined = $moduleState(module);
  if (known !== undefined) return known;
  // The engine runs its main module to the end before any job.
  const state = {
    module,
    status: $moduleStatus(module) > 1 ? 3 : 0,
    failed: false,
    error: undefined,
    waits: ($moduleFlags(module) & 1) !== 0,
    main: undefined,
    index: 0,
    ancestor: 0,
    root: undefined as unknown as ModuleState,
    requests: undefined,
    parents: [],
    pending: 0,
    order: 0,
    promise: undefined,
  } as ModuleState;
  state.root = state;
  $setModuleState(module, state);
  if (state.status === 0) {
    state.main = $moduleMain(module);
    if ($moduleFlags(module) & 2) $call(state.main, undefined, $moduleScope(module), true);
  }
  const requests: Value[] = $moduleRequests(module);
  const states: ModuleState[] = [];
  for (let i = 0; i < requests.length; i++) $append(states, moduleStateOf(requests[i]));
  state.requests = states;
  return state;
}

/** 16.2.1.6.1.3 Evaluate: a promise. */
function EvaluateModule(state: ModuleState) {
  if (state.status >= 2) state = state.root;
  if (state.promise !== undefined) return state.promise;
  const stack: ModuleState[] = [];
  const promise = newPromise();
  state.promise = promise;
  try {
    InnerModuleEvaluation(state, stack, 0);
  } catch (e) {
    for (let i = 0; i < stack.length; i++) {
      const failed = stack[i]!;
      failed.status = 3;
      failed.failed = true;
      failed.error = e;
    }
    if (state.status !== 3 || !state.failed) {
      state.status = 3;
      state.failed = true;
      state.error = e;
    }
    rejectPromise(promise, e);
    return promise;
  }
  if (state.order === 0) fulfillPromise(promise, undefined);
  return promise;
}

/** 16.2.1.6.1.3.1 InnerModuleEvaluation: the next index. */
function InnerModuleEvaluation(state: ModuleState, stack: ModuleState[], index: number): number {
  if (state.status >= 2) {
    if (state.failed) throw state.error;
    return index;
  }
  if (state.status === 1) return index;
  state.status = 1;
  state.index = state.ancestor = index++;
  state.pending = 0;
  $append(stack, state);
  const requests = state.requests!;
  for (let i = 0; i < requests.length; i++) {
    let required = requests[i]!;
    index = InnerModuleEvaluation(required, stack, index);
    if (required.status === 1) {
      if (required.ancestor < state.ancestor) state.ancestor = required.ancestor;
    } else {
      required = required.root;
      if (required.failed) throw required.error;
    }
    if (required.order > 0) {
      state.pending++;
      $append(required.parents, state);
    }
  }
  if (state.pending > 0 || state.waits) {
    state.order = ++moduleAsyncOrder;
    if (state.pending === 0) ExecuteAsyncModule(state);
  } else $call(state.main, undefined, $moduleScope(state.module), undefined);
  if (state.ancestor === state.index) {
    for (;;) {
      const member: ModuleState = stack[stack.length - 1]!;
      stack.length--;
      member.status = member.order === 0 ? 3 : 2;
      member.root = state;
      if (member === state) break;
    }
  }
  return index;
}

/** 16.2.1.6.1.3.2 ExecuteAsyncModule. */
function ExecuteAsyncModule(state: ModuleState) {
  awaitThen($call(state.main, undefined, $moduleScope(state.module), undefined), state, AsyncModuleExecutionFulfilled, AsyncModuleExecutionRejected);
}

/** 16.2.1.6.1.3.3 GatherAvailableAncestors. */
function GatherAvailableAncestors(state: ModuleState, list: ModuleState[]) {
  const { parents } = state;
  for (let i = 0; i < parents.length; i++) {
    const parent = parents[i]!;
    if (parent.root.failed || --parent.pending > 0) continue;
    // In the order in which they began to wait.
    let at = list.length;
    $append(list, parent);
    for (; at > 0 && list[at - 1]!.order > parent.order; at--) list[at] = list[at - 1]!;
    list[at] = parent;
    if (!parent.waits) GatherAvailableAncestors(parent, list);
  }
}

/** 16.2.1.6.1.3.4 AsyncModuleExecutionFulfilled. */
function AsyncModuleExecutionFulfilled(state: ModuleState, _value?) {
  if (state.status === 3) return;
  finishAsyncModule(state);
  const list: ModuleState[] = [];
  GatherAvailableAncestors(state, list);
  for (let i = 0; i < list.length; i++) {
    const next = list[i]!;
    if (next.status === 3) continue;
    if (next.waits) ExecuteAsyncModule(next);
    else {
      try {
        $call(next.main, undefined, $moduleScope(next.module), undefined);
      } catch (e) {
        AsyncModuleExecutionRejected(next, e);
        continue;
      }
      finishAsyncModule(next);
    }
  }
}
function finishAsyncModule(state: ModuleState) {
  state.order = -1;
  state.status = 3;
  if (state.promise !== undefined) fulfillPromise(state.promise, undefined);
}

/** 16.2.1.6.1.3.5 AsyncModuleExecutionRejected. */
function AsyncModuleExecutionRejected(state: ModuleState, error) {
  if (state.status === 3) return;
  state.failed = true;
  state.error = error;
  state.status = 3;
  state.order = -1;
  if (state.promise !== undefined) rejectPromise(state.promise, error);
  const { parents } = state;
  for (let i = 0; i < parents.length; i++) AsyncModuleExecutionRejected(parents[i]!, error);
}

$setHook($hook.EVALUATE_MODULE, function evaluateModule(module) {
  return EvaluateModule(moduleStateOf(module));
});

// ---------------------------------------------------------------- 13.3.10 import()

$setHook($hook.DYNAMIC_IMPORT, function dynamicImport(specifier, referrer, options) {
  const promise = newPromise();
  try {
    const name = `${specifier}`;
    if (options !== undefined) checkImportOptions(options);
    $enqueueJob(continueImport, promise, $findModule(name, referrer), undefined);
  } catch (e) {
    rejectPromise(promise, e);
  }
  return promise;
});
/** 13.3.10.3 ContinueDynamicImport: a job later, as if the module had to be loaded first. */
function continueImport(promise, module) {
  try {
    $linkModule(module);
    awaitThen(EvaluateModule(moduleStateOf(module)), { promise, module }, importFulfilled, importRejected);
  } catch (e) {
    rejectPromise(promise, e);
  }
}
function importFulfilled(data, _value) {
  resolvePromise(data.promise, $moduleNamespace(data.module));
}
function importRejected(data, reason) {
  rejectPromise(data.promise, reason);
}

/** 13.3.10.2 EvaluateImportCall, step 11: the attributes must be ones that are known. */
function checkImportOptions(options) {
  if (!$isObject(options)) throw makeTypeError("The second argument of import() must be an object");
  const attributes = options.with;
  if (attributes === undefined) return;
  if (!$isObject(attributes)) throw makeTypeError("The 'with' option of import() must be an object");
  const keys = OwnPropertyKeys(attributes);
  const known: Value[] = [];
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (typeof key === "symbol") continue;
    const desc = GetOwnProperty(attributes, key);
    if (desc === undefined || !(desc.bits & 2)) continue;
    const value = attributes[key];
    if (typeof value !== "string") throw makeTypeError("Import attribute values must be strings");
    $append(known, key);
    $append(known, value);
  }
  for (let i = 0; i < known.length; i += 2)
    if (known[i] !== "type" || known[i + 1] !== "json") throw makeTypeError(`Import attribute '${known[i]}' with value '${known[i + 1]}' is not supported`);
}
