/** The console (WHATWG Console), with Node's wording. Each call is one record to the host: log, info, debug go to its standard output, warn and error to its standard error. */
let consoleIndent = "";
const consoleCounts = $mapNew(MapPrototype);
const consoleTimers = $mapNew(MapPrototype);

function consolePrint(level: number, text: string) {
  if (consoleIndent !== "") text = consoleIndent + $strReplaceAll(text, "\n", `\n${consoleIndent}`);
  $consoleWrite(level, text);
}

/** Is the object's toString the built-in one, so that %s shows the object itself? */
function hasBuiltInToString(value): boolean {
  while ($kindOf(value) === $kind.PROXY) {
    value = $getInternal(value, 0);
    if (!$isObject(value)) return true;
  }
  if ($getOwnAttributes(value, "toString") >= 0 || $getOwnAttributes(value, symbolToPrimitive) >= 0) return false;
  for (let o = GetPrototypeOf(value); $isObject(o); o = GetPrototypeOf(o)) {
    if ($getOwnAttributes(o, "toString") < 0 && $getOwnAttributes(o, symbolToPrimitive) < 0) continue;
    // Whose method it is tells the constructor beside it: a class of the language, not of a program or the Web.
    const constructor = $getOwnValue(o, "constructor");
    if (!$isCallable(constructor) || ($functionFlags(constructor) & 2048) === 0) return false;
    const name = $getOwnValue(constructor, "name");
    return name !== "TypedArray" && name !== "URL" && name !== "URLSearchParams";
  }
  return true;
}

/** Node's util.format. */
function formatArguments(args: Value[]): string {
  const first = args[0];
  let text = "";
  let separator = "";
  let a = 0;
  if (typeof first === "string") {
    if (args.length === 1) return first;
    let last = 0;
    for (let i = 0; i < first.length - 1; i++) {
      if ($strCharCodeAt(first, i) !== 37) continue;
      const next = $strCharCodeAt(first, ++i);
      if (a + 1 !== args.length) {
        let piece: string;
        switch (next) {
          case 115: {
            const v = args[++a];
            if (typeof v === "number" || typeof v === "bigint") piece = inspect(v, undefined);
            else if (typeof v === "symbol") piece = symbolText(v);
            else if (!$isObject(v) || typeof v === "function" || !hasBuiltInToString(v)) piece = $isObject(v) && typeof v !== "function" ? `${v}` : `${v}`;
            else piece = inspect(v, { depth: 0 });
            break;
          }
          case 106:
            piece = formatJson(args[++a]);
            break;
          case 100: {
            const v = args[++a];
            piece = typeof v === "bigint" ? inspect(v, undefined) : typeof v === "symbol" ? "NaN" : inspect(+ToPrimitive(v, "number"), undefined);
            break;
          }
          case 79:
            piece = inspect(args[++a], undefined);
            break;
          case 111:
            piece = inspect(args[++a], { showHidden: true, depth: 4 });
            break;
          case 105: {
            const v = args[++a];
            piece = typeof v === "bigint" ? inspect(v, undefined) : typeof v === "symbol" ? "NaN" : inspect($numParseInt(`${v}`, 0), undefined);
            break;
          }
          case 102: {
            const v = args[++a];
            piece = typeof v === "symbol" ? "NaN" : inspect($numParseFloat(`${v}`), undefined);
            break;
          }
          case 99:
            a++;
            piece = "";
            break;
          case 37:
            text += $strSlice(first, last, i);
            last = i + 1;
            continue;
          default:
            continue;
        }
        if (last !== i - 1) text += $strSlice(first, last, i - 1);
        text += piece;
        last = i + 1;
      } else if (next === 37) {
        text += $strSlice(first, last, i);
        last = i + 1;
      }
    }
    if (last !== 0) {
      a++;
      separator = " ";
      if (last < first.length) text += $strSlice(first, last, first.length);
    }
  }
  for (; a < args.length; a++) {
    const v = args[a];
    text += separator + (typeof v === "string" ? v : inspect(v, undefined));
    separator = " ";
  }
  return text;
}

function formatJson(v): string {
  try {
    let text = $jsonStringifyPlain(v, "");
    if (text === $notHandled) text = jsonStringifySlow(v);
    return `${text}`;
  } catch (e) {
    if ($kindOf(e) === $kind.ERROR && $strStartsAt(`${$getOwnValue(e, "message")}`, "Converting circular", 0)) return "[Circular]";
    throw e;
  }
}

function elapsedText(ms: number): string {
  if (ms >= 1000) {
    const seconds = ms / 1000;
    if (seconds >= 60) {
      const minutes = $mathFloor(seconds / 60);
      const rest = $numToFixed(seconds - minutes * 60, 3);
      return `${minutes}:${$strPad(rest, 6, "0", true)} (m:ss.mmm)`;
    }
    return `${$numToFixed(seconds, 3)}s`;
  }
  const digits = $numToFixed(ms, 3);
  return `${+digits}ms`;
}

function labelOf(label): string {
  return label === undefined ? "default" : `${label}`;
}

const ConsoleObject = install($newObject(ObjectPrototype), {
  assert(condition, ...args) {
    if (condition) return;
    if (typeof args[0] === "string") args[0] = `Assertion failed: ${args[0]}`;
    else {
      const all: Value[] = ["Assertion failed"];
      $arrAppendAll(all, args);
      args = all;
    }
    consolePrint(2, formatArguments(args));
  },
  clear() {},
  count(label) {
    const name = labelOf(label);
    const before = $collectionGet(consoleCounts, name);
    const count = before === undefined ? 1 : before + 1;
    $collectionSet(consoleCounts, name, count);
    consolePrint(1, `${name}: ${count}`);
  },
  countReset(label) {
    const name = labelOf(label);
    if (!$collectionDelete(consoleCounts, name)) consolePrint(2, `Count for '${name}' does not exist`);
  },
  debug(...args) {
    consolePrint(0, formatArguments(args));
  },
  dir(value, options) {
    const ctx = newInspection(options);
    if (!$isObject(options) || options.customInspect === undefined) ctx.customInspect = false;
    consolePrint(1, formatValue(ctx, value, 0, false));
  },
  dirxml(...args) {
    consolePrint(1, formatArguments(args));
  },
  error(...args) {
    consolePrint(3, formatArguments(args));
  },
  group(...args) {
    if (args.length > 0) consolePrint(1, formatArguments(args));
    consoleIndent += "  ";
  },
  groupCollapsed(...args) {
    if (args.length > 0) consolePrint(1, formatArguments(args));
    consoleIndent += "  ";
  },
  groupEnd() {
    consoleIndent = $strSlice(consoleIndent, 0, consoleIndent.length - 2);
  },
  info(...args) {
    consolePrint(1, formatArguments(args));
  },
  log(...args) {
    consolePrint(1, formatArguments(args));
  },
  table(data, properties) {
    consolePrint(1, formatTable(data, properties));
  },
  time(label) {
    const name = labelOf(label);
    if ($collectionHas(consoleTimers, name)) consolePrint(2, `Warning: Label '${name}' already exists for console.time()`);
    else $collectionSet(consoleTimers, name, $performanceNow());
  },
  timeEnd(label) {
    const name = labelOf(label);
    const start = $collectionGet(consoleTimers, name);
    if (start === undefined) return consolePrint(2, `Warning: No such label '${name}' for console.timeEnd()`);
    $collectionDelete(consoleTimers, name);
    consolePrint(1, `${name}: ${elapsedText($performanceNow() - start)}`);
  },
  timeLog(label, ...args) {
    const name = labelOf(label);
    const start = $collectionGet(consoleTimers, name);
    if (start === undefined) return consolePrint(2, `Warning: No such label '${name}' for console.timeLog()`);
    const text = `${name}: ${elapsedText($performanceNow() - start)}`;
    consolePrint(1, args.length === 0 ? text : `${text} ${formatArguments(args)}`);
  },
  trace(...args) {
    const error = $newObjectOfKind($kind.ERROR, ErrorPrototype);
    $captureStack(error, undefined);
    const message = formatArguments(args);
    consolePrint(3, `Trace${message === "" ? "" : `: ${message}`}${$errorStack(error)}`);
  },
  warn(...args) {
    consolePrint(2, formatArguments(args));
  },
});
installTag(ConsoleObject, "console");
{
  // Methods of a namespace object are enumerable (Web IDL 3.13).
  const names = $ownKeys(ConsoleObject, 1);
  for (let i = 0; i < names.length; i++) {
    const method = $getOwnValue(ConsoleObject, names[i]);
    setFunctionLength(method, 0);
    $defineOwn(ConsoleObject, names[i], method, 7);
  }
}
$defineOwn(globalObject, "console", ConsoleObject, 5);

// ---------------------------------------------------------------- console.table

function tableCell(v): string {
  const ctx = newInspection(undefined);
  ctx.maxArrayLength = 3;
  ctx.breakLength = Infinity;
  ctx.depth = $isObject(v) && typeof v !== "function" && inspectKeys(ctx, v, true).length > 2 ? -1 : 0;
  return formatValue(ctx, v, 0, false);
}

/** Add a cell to the column of that name, made when new; columns are lists by row. */
function tablePut(names: Value[], columns: Value[], name: string, row: number, text: string) {
  let at = listIndex(names, name);
  if (at < 0) {
    at = names.length;
    $append(names, name);
    $append(columns, []);
  }
  const column = columns[at];
  while (column.length <= row) $append(column, "");
  column[row] = text;
}

function formatTable(data, properties): string {
  if (properties !== undefined && !IsArray(properties)) throw makeTypeError('The "properties" argument must be an instance of Array.');
  if (!$isObject(data) || typeof data === "function") return formatArguments([data]);
  const names: Value[] = [];
  const columns: Value[] = [];
  const values: Value[] = [];
  const rowNames: Value[] = [];
  let indexName = "(index)";
  let hasValues = false;
  const kind = $kindOf(data);
  if (kind === $kind.MAP || kind === $kind.SET) {
    indexName = "(iteration index)";
    let row = 0;
    const keys: Value[] = [];
    for (let at = $collectionNext(data, 0); at >= 0; at = $collectionNext(data, at + 1), row++) {
      $append(rowNames, $numToString(row));
      if (kind === $kind.MAP) $append(keys, tableCell($collectionKey(data, at)));
      $append(values, tableCell(kind === $kind.MAP ? $collectionValue(data, at) : $collectionKey(data, at)));
    }
    if (kind === $kind.MAP) return drawTable([indexName, "Key", "Values"], [rowNames, keys, values]);
    return drawTable([indexName, "Values"], [rowNames, values]);
  }
  const rows = $kindOf(data) === $kind.PROXY ? EnumerableOwnProperties(data, 0) : $ownKeys(data, 5);
  for (let r = 0; r < rows.length; r++) {
    const item = data[rows[r]];
    $append(rowNames, rows[r]);
    $append(values, "");
    if (!$isObject(item) || typeof item === "function") {
      values[r] = tableCell(item);
      hasValues = true;
      continue;
    }
    const keys = properties !== undefined ? properties : $ownKeys(item, 5);
    for (let k = 0; k < keys.length; k++) {
      const key = `${keys[k]}`;
      if (properties !== undefined && !HasOwnProperty(item, key)) tablePut(names, columns, key, r, "");
      else tablePut(names, columns, key, r, tableCell(item[key]));
    }
  }
  const head: Value[] = [indexName];
  const body: Value[] = [rowNames];
  for (let i = 0; i < names.length; i++) {
    $append(head, names[i]);
    $append(body, columns[i]);
  }
  if (hasValues) {
    $append(head, "Values");
    $append(body, values);
  }
  return drawTable(head, body);
}

function drawTable(head: Value[], columns: Value[]): string {
  const widths: number[] = [];
  let rows = 0;
  for (let i = 0; i < head.length; i++) {
    let width = $stringWidth(head[i]);
    const column = columns[i];
    if (column.length > rows) rows = column.length;
    for (let r = 0; r < column.length; r++) {
      const w = $stringWidth(column[r]);
      if (w > width) width = w;
    }
    $append(widths, width + 2);
  }
  let text = tableRule(widths, "┌", "┬", "┐") + "\n" + tableRow(head, widths) + "\n" + tableRule(widths, "├", "┼", "┤") + "\n";
  for (let r = 0; r < rows; r++) {
    const cells: Value[] = [];
    for (let i = 0; i < columns.length; i++) $append(cells, r < columns[i].length ? columns[i][r] : "");
    text += tableRow(cells, widths) + "\n";
  }
  return text + tableRule(widths, "└", "┴", "┘");
}

function tableRule(widths: number[], left: string, middle: string, right: string): string {
  let text = left;
  for (let i = 0; i < widths.length; i++) text += (i > 0 ? middle : "") + $strRepeat("─", widths[i]);
  return text + right;
}

function tableRow(cells: Value[], widths: Value[]): string {
  let text = "│";
  for (let i = 0; i < cells.length; i++) text += `${i > 0 ? "│" : ""} ${cells[i]}${spaces(widths[i] - 1 - $stringWidth(cells[i]))}`;
  return text + "│";
}
