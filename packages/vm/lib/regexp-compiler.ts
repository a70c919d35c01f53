/**
 * Regular expressions: pattern text -> program for the backtracking matcher (assembly/natives/regexp/matcher.ts).
 *
 * Syntax of ECMA-262 (2025) 22.2.1 with Annex B.1.2 where neither u nor v is set: named groups (also duplicate ones in different
 * alternatives), look-ahead and look-behind, modifiers, v-flag classes. Case-insensitivity is compiled away: a character becomes the
 * set of its equivalents; only back-references compare canonicalised text when they run.
 *
 * A set is a sorted list of disjoint inclusive ranges [first, last, first, last, ...] of code points (code units without u and v).
 * Errors are thrown inside as strings and returned as `{ error }`, worded as V8 does.
 *
 * Program: 32-bit words. Header: [flags, groups, registers, first-set offset, prefix offset, code offset, minimum length, 0], offsets in words from
 * the program's start, 0 = none. Registers 2k and 2k + 1 are start and end of group k; those after hold counters and positions.
 */

// Header flags
const RX_UNICODE = 1,
  RX_STICKY = 2,
  RX_ANCHORED = 4;

// Opcodes; operands in words after them. The matcher has the same numbers (test/natives/regexp.test.ts checks that).
const RX_MATCH = 0; //         the whole pattern matched
const RX_CHAR = 1; //          unit: match one unit
const RX_CHAR2 = 2; //         unit, unit: one of two units
const RX_CHARS = 3; //         n, units: several units
const RX_SET = 4; //           set: one unit of a set
const RX_SET_POINT = 5; //     set: one code point of a set
const RX_ANY = 6; //           any unit
const RX_ANY_POINT = 7; //     any code point
const RX_CHAR_BACK = 8; //     as RX_CHAR .. RX_ANY_POINT, before the position, which moves back
const RX_CHAR2_BACK = 9;
const RX_SET_BACK = 10;
const RX_SET_POINT_BACK = 11;
const RX_ANY_BACK = 12;
const RX_ANY_POINT_BACK = 13;
const RX_JUMP = 14; //         to
const RX_SPLIT = 15; //        to: go on; on failure go to `to`
const RX_SPLIT_LAZY = 16; //   to: go to `to`; on failure go on
const RX_SAVE = 17; //         register: = position
const RX_CLEAR = 18; //        first, last: registers = -1
const RX_SET_REGISTER = 19; // register, value
const RX_REPEAT = 20; //       counter, min, max (-1 none), greedy, end: head of a counted loop
const RX_INCREMENT = 21; //    register
const RX_CHECK_ADVANCE = 22; // position register, counter register or -1, min: fail when an iteration beyond min matched nothing
const RX_START = 23; //        ^
const RX_END = 24; //          $
const RX_START_LINE = 25; //   ^ with m
const RX_END_LINE = 26; //     $ with m
const RX_WORD = 27; //         case-insensitive unicode: \b
const RX_NOT_WORD = 28; //     same: \B
const RX_BACKREF = 29; //      group, mode: 1 backwards, 2 ignore case, 4 unicode
const RX_LOOK = 30; //         register, end: positive look-around
const RX_LOOK_END = 31; //     register
const RX_NOT_LOOK = 32; //     register, end: negative look-around
const RX_NOT_LOOK_END = 33; // register
const RX_LOOP = 34; //         kind, argument, min, max (-1 none), mode, next: single-character loop; kind is one of RX_CHAR, RX_SET, RX_SET_POINT, RX_ANY, RX_ANY_POINT; mode 0 lazy 1 greedy 2 atomic; next: unit that must follow, or -1
const RX_FAIL = 35;

// Node kinds
const RXN_EMPTY = 0,
  RXN_CHAR = 1,
  RXN_SET = 2,
  RXN_SEQUENCE = 3,
  RXN_CHOICE = 4,
  RXN_GROUP = 5,
  RXN_BACKREF = 6,
  RXN_ASSERT = 7,
  RXN_LOOK = 8,
  RXN_QUANTIFIER = 9,
  RXN_NAMED_BACKREF = 10;

const RX_MAX_POINT = 0x10ffff;
const RX_MAX_REPEAT = 0x7fffffff;

// The pattern being parsed and the program being written. Compilation runs no user code, so one set of variables serves.
let rxSource = "",
  rxAt = 0,
  rxEnd = 0,
  rxUnicode = false,
  rxSets = false,
  rxIgnoreCase = false,
  rxMultiline = false,
  rxDotAll = false,
  rxNamed = false,
  rxForward = true,
  rxGroups = 0,
  rxTotalGroups = 0;
let rxNames = [],
  rxAlternatives = [],
  rxCode = [],
  rxSetNodes = [],
  rxSetPatches = [],
  rxRegisters = 0;

function rxNode(kind: number, a, b, c) {
  return { kind, a, b, c, d: undefined, e: undefined };
}

/**
 * The program of a pattern.
 * @param pattern text between the slashes
 * @param flags checked by the caller: no unknown or double ones, not both u and v
 * @returns `{ words, groups, names }` (names: [name, [group numbers], ...] flat, in order of appearance) or `{ error }`
 */
function compileRegExpProgram(pattern: string, flags: string) {
  rxSource = pattern;
  rxAt = 0;
  rxEnd = pattern.length;
  rxIgnoreCase = $strIndexOf(flags, "i", 0) >= 0;
  rxMultiline = $strIndexOf(flags, "m", 0) >= 0;
  rxDotAll = $strIndexOf(flags, "s", 0) >= 0;
  rxSets = $strIndexOf(flags, "v", 0) >= 0;
  rxUnicode = rxSets || $strIndexOf(flags, "u", 0) >= 0;
  const sticky = $strIndexOf(flags, "y", 0) >= 0;
  rxForward = true;
  rxGroups = 0;
  rxNames = [];
  rxAlternatives = [];
  try {
    rxScanGroups();
    const root = rxDisjunction();
    if (rxAt < rxEnd) throw rxPeek(0) === 41 ? "Unmatched ')'" : "Unexpected character";
    const words = rxEmitProgram(root, sticky);
    const names = [];
    for (let i = 0; i < rxNames.length; i += 3) {
      $append(names, rxNames[i]);
      $append(names, rxNames[i + 1]);
    }
    return { error: undefined, words, groups: rxGroups + 1, names };
  } catch (error) {
    if (typeof error === "string") return { error, words: undefined, groups: 0, names: undefined };
    throw error;
  }
}

// ---------------------------------------------------------------- Text

/** Unit at rxAt + i, -1 past the end. */
function rxPeek(i: number) {
  const at = rxAt + i;
  return at < rxEnd ? $strCharCodeAt(rxSource, at) : -1;
}

/** Next character: a code point with u or v, else a unit. */
function rxNext() {
  if (!rxUnicode) return $strCharCodeAt(rxSource, rxAt++);
  const c = $strCodePointAt(rxSource, rxAt);
  rxAt += c > 0xffff ? 2 : 1;
  return c;
}

function rxEat(c: number) {
  if (rxPeek(0) !== c) return false;
  rxAt++;
  return true;
}

/** Is the text at rxAt this one? Then pass it. */
function rxEatText(text: string) {
  if (!$strStartsAt(rxSource, text, rxAt)) return false;
  rxAt += text.length;
  return true;
}

function rxIsDigit(c: number) {
  return c >= 48 && c <= 57;
}

function rxHex(c: number) {
  if (c >= 48 && c <= 57) return c - 48;
  if (c >= 97 && c <= 102) return c - 87;
  if (c >= 65 && c <= 70) return c - 55;
  return -1;
}

/** Number of capturing groups and whether any has a name: decides what \k and \1 mean in Annex B syntax. */
function rxScanGroups() {
  let count = 0;
  let named = false;
  let inClass = false;
  for (let i = 0; i < rxEnd; i++) {
    const c = $strCharCodeAt(rxSource, i);
    if (c === 92) i++;
    else if (c === 91) inClass = true;
    else if (c === 93) inClass = false;
    else if (c === 40 && !inClass) {
      if (i + 1 < rxEnd && $strCharCodeAt(rxSource, i + 1) === 63) {
        if (i + 2 < rxEnd && $strCharCodeAt(rxSource, i + 2) === 60) {
          const d = i + 3 < rxEnd ? $strCharCodeAt(rxSource, i + 3) : 0;
          if (d !== 61 && d !== 33) {
            count++;
            named = true;
          }
        }
      } else count++;
    }
  }
  rxTotalGroups = count;
  rxNamed = named || rxUnicode;
}

// ---------------------------------------------------------------- Parser

function rxDisjunction() {
  const choices = [];
  // Where this disjunction's names are distinguished: [identity of the disjunction, number of the alternative] pairs.
  const depth = rxAlternatives.length;
  const mark = { alternative: 0 };
  $append(rxAlternatives, mark);
  $append(rxAlternatives, 0);
  for (;;) {
    $append(choices, rxAlternative());
    if (!rxEat(124)) break;
    rxAlternatives[depth + 1]++;
  }
  $setArrayLength(rxAlternatives, depth);
  return choices.length === 1 ? choices[0] : rxNode(RXN_CHOICE, choices, 0, 0);
}

function rxAlternative() {
  const items = [];
  while (rxAt < rxEnd) {
    const c = rxPeek(0);
    if (c === 124 || c === 41) break;
    const term = rxTerm();
    if (term !== undefined) $append(items, term);
  }
  if (items.length === 0) return rxNode(RXN_EMPTY, 0, 0, 0);
  return items.length === 1 ? items[0] : rxNode(RXN_SEQUENCE, items, 0, 0);
}

function rxTerm() {
  const c = rxPeek(0);
  const groupsBefore = rxGroups;
  let node;
  let quantifiable = true;
  switch (c) {
    case 94: // ^
      rxAt++;
      return rxNode(RXN_ASSERT, rxMultiline ? RX_START_LINE : RX_START, 0, 0);
    case 36: // $
      rxAt++;
      return rxNode(RXN_ASSERT, rxMultiline ? RX_END_LINE : RX_END, 0, 0);
    case 40: // (
      // Look-arounds cannot be repeated, but for look-aheads in Annex B.
      if ($strStartsAt(rxSource, "(?=", rxAt) || $strStartsAt(rxSource, "(?!", rxAt)) quantifiable = !rxUnicode;
      else if ($strStartsAt(rxSource, "(?<=", rxAt) || $strStartsAt(rxSource, "(?<!", rxAt)) quantifiable = false;
      node = rxGroup();
      break;
    case 46: // .
      rxAt++;
      node = rxSetNode(rxDotAll ? [0, rxTop()] : rxInvert([10, 10, 13, 13, 0x2028, 0x2029]));
      break;
    case 91: // [
      node = rxClass();
      break;
    case 92: // backslash
      if (rxPeek(1) === 98 || rxPeek(1) === 66) {
        const inverted = rxPeek(1) === 66;
        rxAt += 2;
        return rxNode(RXN_ASSERT, inverted ? RX_NOT_WORD : RX_WORD, rxIgnoreCase && rxUnicode ? 1 : 0, 0);
      }
      node = rxAtomEscape();
      break;
    case 42:
    case 43:
    case 63:
      throw "Nothing to repeat";
    case 123: // {
      if (rxUnicode) throw "Nothing to repeat";
      if (rxBraces(false) !== undefined) throw "Nothing to repeat";
      rxAt++;
      node = rxChar(123);
      break;
    case 125:
    case 93:
      if (rxUnicode) throw "Lone quantifier brackets";
      rxAt++;
      node = rxChar(c);
      break;
    default:
      node = rxChar(rxNext());
  }
  return rxQuantifier(node, groupsBefore, quantifiable);
}

/** {n}, {n,}, {n,m} at rxAt: [min, max], or undefined with nothing consumed. */
function rxBraces(consume: boolean) {
  const start = rxAt;
  rxAt++;
  let bounds;
  if (rxIsDigit(rxPeek(0))) {
    const min = rxNumber();
    let max = min;
    if (rxEat(44)) max = rxIsDigit(rxPeek(0)) ? rxNumber() : -1;
    if (rxEat(125)) bounds = [min, max];
  }
  if (bounds === undefined || !consume) rxAt = start;
  return bounds;
}

function rxNumber() {
  let n = 0;
  while (rxIsDigit(rxPeek(0))) {
    n = n * 10 + rxPeek(0) - 48;
    if (n > RX_MAX_REPEAT) n = RX_MAX_REPEAT;
    rxAt++;
  }
  return n;
}

function rxQuantifier(node, groupsBefore: number, quantifiable: boolean) {
  let min = 0;
  let max = -1;
  switch (rxPeek(0)) {
    case 42:
      rxAt++;
      break;
    case 43:
      rxAt++;
      min = 1;
      break;
    case 63:
      rxAt++;
      max = 1;
      break;
    case 123: {
      const bounds = rxBraces(true);
      if (bounds === undefined) {
        if (rxUnicode) throw "Incomplete quantifier";
        return node;
      }
      min = bounds[0];
      max = bounds[1];
      if (max >= 0 && max < min) throw "numbers out of order in {} quantifier";
      break;
    }
    default:
      return node;
  }
  if (!quantifiable) throw "Invalid quantifier";
  const greedy = !rxEat(63);
  const result = rxNode(RXN_QUANTIFIER, node, min, max === RX_MAX_REPEAT ? -1 : max);
  result.d = greedy;
  result.e = [groupsBefore + 1, rxGroups];
  return result;
}

function rxGroup() {
  rxAt++;
  let node;
  if (rxEat(63)) {
    if (rxEat(58)) node = rxDisjunction();
    else if (rxEat(61)) node = rxLook(true, false);
    else if (rxEat(33)) node = rxLook(true, true);
    else if (rxEatText("<=")) node = rxLook(false, false);
    else if (rxEatText("<!")) node = rxLook(false, true);
    else if (rxEat(60)) {
      const name = rxGroupName();
      const group = ++rxGroups;
      rxAddName(name, group);
      node = rxNode(RXN_GROUP, group, rxDisjunction(), 0);
    } else node = rxModifiers();
  } else {
    const group = ++rxGroups;
    node = rxNode(RXN_GROUP, group, rxDisjunction(), 0);
  }
  if (!rxEat(41)) throw "Unterminated group";
  return node;
}

function rxLook(ahead: boolean, negative: boolean) {
  const outer = rxForward;
  rxForward = ahead;
  const node = rxNode(RXN_LOOK, rxDisjunction(), ahead, negative);
  rxForward = outer;
  return node;
}

/** (?ims-ims: after the question mark. */
function rxModifiers() {
  let add = 0;
  let remove = 0;
  let minus = false;
  for (;;) {
    const c = rxPeek(0);
    if (c === 58) break;
    if (c === 45 && !minus) minus = true;
    else {
      const bit = c === 105 ? 1 : c === 109 ? 2 : c === 115 ? 4 : 0;
      if (bit === 0) throw "Invalid group";
      if ((add | remove) & bit) throw "Repeated flag in modifiers group";
      if (minus) remove |= bit;
      else add |= bit;
    }
    rxAt++;
  }
  if (minus && add === 0 && remove === 0) throw "Invalid flag group";
  if (rxAt >= rxEnd) throw "Invalid group";
  rxAt++;
  const i = rxIgnoreCase,
    m = rxMultiline,
    s = rxDotAll;
  if ((add | remove) & 1) rxIgnoreCase = (add & 1) !== 0;
  if ((add | remove) & 2) rxMultiline = (add & 2) !== 0;
  if ((add | remove) & 4) rxDotAll = (add & 4) !== 0;
  const node = rxDisjunction();
  rxIgnoreCase = i;
  rxMultiline = m;
  rxDotAll = s;
  return node;
}

/** Name after `<`, up to and including `>`. */
function rxGroupName() {
  let name = "";
  for (;;) {
    if (rxAt >= rxEnd) throw "Invalid capture group name";
    let c = $strCodePointAt(rxSource, rxAt);
    rxAt += c > 0xffff ? 2 : 1;
    if (c === 62) break;
    if (c === 92) {
      if (!rxEat(117)) throw "Invalid Unicode escape";
      c = rxUnicodeEscape(true);
      if (c < 0) throw "Invalid Unicode escape";
    }
    if (!(name === "" ? $unicodeIsIdStart(c) : $unicodeIsIdPart(c))) throw "Invalid capture group name";
    name = $strConcat(name, $strFromCodePoint(c));
  }
  if (name === "") throw "Invalid capture group name";
  return name;
}

/** Duplicates are right only in different alternatives of some disjunction. */
function rxAddName(name: string, group: number) {
  const place = [];
  for (let i = 0; i < rxAlternatives.length; i++) $append(place, rxAlternatives[i]);
  for (let i = 0; i < rxNames.length; i += 3) {
    if (rxNames[i] !== name) continue;
    const others = rxNames[i + 2];
    for (let j = 0; j < others.length; j++) if (!rxExclusive(others[j], place)) throw "Duplicate capture group name";
    $append(rxNames[i + 1], group);
    $append(others, place);
    return;
  }
  $append(rxNames, name);
  $append(rxNames, [group]);
  $append(rxNames, [place]);
}
function rxExclusive(a, b) {
  for (let i = 0; i < a.length && i < b.length; i += 2) {
    if (a[i] !== b[i]) return false;
    if (a[i + 1] !== b[i + 1]) return true;
  }
  return false;
}

// ---------------------------------------------------------------- Escapes

/** \u after the u: a code point, or -1 with nothing consumed. `full`: \u{...} and surrogate pairs (u, v, group names). */
function rxUnicodeEscape(full: boolean) {
  const start = rxAt;
  if (full && rxEat(123)) {
    let code = 0;
    let digits = 0;
    for (;;) {
      const h = rxHex(rxPeek(0));
      if (h < 0) break;
      code = code * 16 + h;
      if (code > RX_MAX_POINT) throw "Invalid Unicode escape";
      digits++;
      rxAt++;
    }
    if (digits > 0 && rxEat(125)) return code;
    rxAt = start;
    return -1;
  }
  const high = rxFixedHex(4);
  if (high < 0) return -1;
  if (full && high >= 0xd800 && high < 0xdc00 && rxPeek(0) === 92 && rxPeek(1) === 117) {
    const back = rxAt;
    rxAt += 2;
    const low = rxFixedHex(4);
    if (low >= 0xdc00 && low < 0xe000) return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    rxAt = back;
  }
  return high;
}

function rxFixedHex(count: number) {
  let code = 0;
  for (let i = 0; i < count; i++) {
    const h = rxHex(rxPeek(i));
    if (h < 0) return -1;
    code = code * 16 + h;
  }
  rxAt += count;
  return code;
}

/** A backslash outside classes. */
function rxAtomEscape() {
  const start = rxAt;
  rxAt++;
  const c = rxPeek(0);
  if (c < 0) throw "\\ at end of pattern";
  if (c >= 49 && c <= 57) {
    const n = rxNumber();
    if (n <= rxTotalGroups) return rxBackref([n]);
    if (rxUnicode) throw "Invalid escape";
    rxAt = start + 1;
  } else if (c === 107) {
    // \k
    rxAt++;
    if (rxNamed) {
      if (!rxEat(60)) throw "Invalid named reference";
      const node = rxNode(RXN_NAMED_BACKREF, rxGroupName(), rxBackrefMode(), 0);
      return node;
    }
    return rxChar(107);
  }
  const set = rxClassEscape();
  if (set !== undefined) return rxSetNode(set);
  const strings = rxTakeStrings();
  if (strings !== undefined) return rxStringsNode(strings.set, strings.strings);
  return rxChar(rxCharacterEscape(false));
}

function rxBackrefMode() {
  return rxIgnoreCase ? (rxUnicode ? 6 : 2) : 0;
}
function rxBackref(groups) {
  return rxNode(RXN_BACKREF, groups, rxBackrefMode(), 0);
}

/** After the backslash: the code of a character escape. */
function rxCharacterEscape(inClass: boolean) {
  const c = rxPeek(0);
  switch (c) {
    case 116:
      rxAt++;
      return 9;
    case 110:
      rxAt++;
      return 10;
    case 118:
      rxAt++;
      return 11;
    case 102:
      rxAt++;
      return 12;
    case 114:
      rxAt++;
      return 13;
    case 99: {
      // \cX
      const letter = rxPeek(1);
      if ((letter >= 65 && letter <= 90) || (letter >= 97 && letter <= 122) || (inClass && !rxUnicode && (rxIsDigit(letter) || letter === 95))) {
        rxAt += 2;
        return letter & 31;
      }
      if (rxUnicode) throw "Invalid Unicode escape";
      return 92; // the backslash stands for itself, the c is read again
    }
    case 48:
      if (!rxIsDigit(rxPeek(1))) {
        rxAt++;
        return 0;
      }
      if (rxUnicode) throw inClass ? "Invalid class escape" : "Invalid decimal escape";
      return rxOctal();
    case 49:
    case 50:
    case 51:
    case 52:
    case 53:
    case 54:
    case 55:
      if (rxUnicode) throw inClass ? "Invalid class escape" : "Invalid escape";
      return rxOctal();
    case 120: {
      rxAt++;
      const code = rxFixedHex(2);
      if (code >= 0) return code;
      if (rxUnicode) throw "Invalid escape";
      return 120;
    }
    case 117: {
      rxAt++;
      const code = rxUnicodeEscape(rxUnicode);
      if (code >= 0) return code;
      if (rxUnicode) throw "Invalid Unicode escape";
      return 117;
    }
    case -1:
      throw "\\ at end of pattern";
  }
  if (rxUnicode) {
    // SyntaxCharacter or slash; in classes also the dash.
    if ($strIndexOf("^$\\.*+?()[]{}|/", $strFromCodePoint(c), 0) >= 0 || (inClass && c === 45)) {
      rxAt++;
      return c;
    }
    throw "Invalid escape";
  }
  rxAt++;
  return c;
}

function rxOctal() {
  let code = 0;
  let digits = 0;
  while (digits < 3) {
    const c = rxPeek(0);
    if (c < 48 || c > 55 || code * 8 + c - 48 > 255) break;
    code = code * 8 + c - 48;
    digits++;
    rxAt++;
  }
  if (digits === 0) return rxNext(); // 8 and 9
  return code;
}

const rxDigits = [48, 57];
const rxWords = [48, 57, 65, 90, 95, 95, 97, 122];
const rxSpaces = [9, 13, 32, 32, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff];

function rxWordSet() {
  return rxIgnoreCase && rxUnicode ? [48, 57, 65, 90, 95, 95, 97, 122, 0x17f, 0x17f, 0x212a, 0x212a] : rxWords;
}

/** What a \p of strings or \q left for the caller beside a set. */
let rxPending = undefined;
function rxTakeStrings() {
  const p = rxPending;
  rxPending = undefined;
  return p;
}

/** After the backslash: the set of \d \D \s \S \w \W \p{} \P{}, or undefined (rxPending may hold a property of strings). */
function rxClassEscape() {
  switch (rxPeek(0)) {
    case 100:
      rxAt++;
      return rxDigits;
    case 68:
      rxAt++;
      return rxInvert(rxDigits);
    case 115:
      rxAt++;
      return rxSpaces;
    case 83:
      rxAt++;
      return rxInvert(rxSpaces);
    case 119:
      rxAt++;
      return rxWordSet();
    case 87:
      rxAt++;
      return rxInvert(rxWordSet());
    case 112:
    case 80: {
      if (!rxUnicode) return undefined;
      const inverted = rxPeek(0) === 80;
      rxAt++;
      if (!rxEat(123)) throw "Invalid property name";
      const start = rxAt;
      while (rxAt < rxEnd && rxPeek(0) !== 125) rxAt++;
      if (rxAt >= rxEnd) throw "Invalid property name";
      const name = $strSlice(rxSource, start, rxAt);
      rxAt++;
      const set = $unicodeProperty(name);
      if (set !== undefined) {
        if (!inverted) return set;
        return rxInvert(rxSets && rxIgnoreCase ? $unicodeCaseClose(set, true) : set);
      }
      const strings = rxSets && !inverted ? $unicodeStringProperty(name) : undefined;
      if (strings === undefined) throw "Invalid property name";
      rxPending = rxSplitStrings(strings);
      return undefined;
    }
  }
  return undefined;
}

/** Strings of one code point go into the set. */
function rxSplitStrings(strings) {
  let set = [];
  const longer = [];
  for (let i = 0; i < strings.length; i++) {
    const s = strings[i];
    const c = s.length === 0 ? -1 : $strCodePointAt(s, 0);
    if (c >= 0 && s.length === (c > 0xffff ? 2 : 1)) {
      $append(set, c);
      $append(set, c);
    } else $append(longer, s);
  }
  set = rxSortRanges(set);
  return { set, strings: longer };
}

// ---------------------------------------------------------------- Classes

function rxClass() {
  rxAt++;
  const inverted = rxEat(94);
  if (rxSets) {
    const content = rxClassSet();
    if (!rxEat(93)) throw "Unterminated character class";
    if (inverted) {
      if (content.strings.length > 0) throw "Negated character class may contain strings";
      return rxSetNodeExact(rxInvert(rxClose(content.set)));
    }
    return rxStringsNode(content.set, content.strings);
  }
  const ranges = [];
  for (;;) {
    if (rxAt >= rxEnd) throw "Unterminated character class";
    if (rxEat(93)) break;
    const first = rxClassAtom(ranges);
    if (rxPeek(0) !== 45 || rxPeek(1) === 93 || rxPeek(1) < 0) {
      if (first >= 0) rxAddRange(ranges, first, first);
      continue;
    }
    rxAt++;
    const last = rxClassAtom(ranges);
    if (first < 0 || last < 0) {
      if (rxUnicode) throw "Invalid character class";
      if (first >= 0) rxAddRange(ranges, first, first);
      if (last >= 0) rxAddRange(ranges, last, last);
      rxAddRange(ranges, 45, 45);
      continue;
    }
    if (first > last) throw "Range out of order in character class";
    rxAddRange(ranges, first, last);
  }
  let set = rxClose(rxSortRanges(ranges));
  if (inverted) set = rxInvert(set);
  return rxSetNodeExact(set);
}

function rxAddRange(ranges, first: number, last: number) {
  $append(ranges, first);
  $append(ranges, last);
}

/** One atom of a class: its code, or -1 when it was a set, which is added. */
function rxClassAtom(ranges) {
  if (!rxEat(92)) return rxNext();
  const c = rxPeek(0);
  if (c < 0) throw "\\ at end of pattern";
  const set = rxClassEscape();
  if (set !== undefined) {
    for (let i = 0; i < set.length; i++) $append(ranges, set[i]);
    return -1;
  }
  if (c === 98) {
    rxAt++;
    return 8;
  }
  if (rxUnicode && c >= 48 && c <= 57 && !(c === 48 && !rxIsDigit(rxPeek(1)))) throw "Invalid class escape";
  return rxCharacterEscape(true);
}

/** Contents of a v-flag class up to its bracket: { set, strings }. */
function rxClassSet() {
  let set = [];
  let strings = [];
  if (rxPeek(0) === 93) return { set, strings };
  let operand = rxSetOperand();
  if ($strStartsAt(rxSource, "--", rxAt) || $strStartsAt(rxSource, "&&", rxAt)) {
    const subtract = rxPeek(0) === 45;
    set = rxClose(operand.set);
    strings = operand.strings;
    while (rxPeek(0) !== 93) {
      if (!rxEatText(subtract ? "--" : "&&")) throw "Invalid set operation in character class";
      if (!subtract && rxPeek(0) === 38) throw "Invalid character in character class";
      const right = rxSetOperand();
      const other = rxClose(right.set);
      set = subtract ? rxIntersect(set, rxInvert(other)) : rxIntersect(set, other);
      const kept = [];
      const others = rxFoldStrings(right.strings);
      for (let i = 0; i < strings.length; i++) if ($collectionHas(others, rxFoldString(strings[i])) !== subtract) $append(kept, strings[i]);
      strings = kept;
      if (rxAt >= rxEnd) throw "Unterminated character class";
    }
    return { set, strings };
  }
  const ranges = [];
  for (;;) {
    if (operand.single >= 0 && rxPeek(0) === 45 && rxPeek(1) !== 45) {
      rxAt++;
      const right = rxSetOperand();
      if (right.single < 0) throw "Invalid character class";
      if (operand.single > right.single) throw "Range out of order in character class";
      rxAddRange(ranges, operand.single, right.single);
    } else {
      for (let i = 0; i < operand.set.length; i++) $append(ranges, operand.set[i]);
      for (let i = 0; i < operand.strings.length; i++) $append(strings, operand.strings[i]);
    }
    if (rxAt >= rxEnd) throw "Unterminated character class";
    if (rxPeek(0) === 93) break;
    if ($strStartsAt(rxSource, "--", rxAt) || $strStartsAt(rxSource, "&&", rxAt)) throw "Invalid set operation in character class";
    operand = rxSetOperand();
  }
  return { set: rxSortRanges(ranges), strings };
}

/** Set of strings as the class compares them. */
function rxFoldStrings(strings) {
  const set = $mapNew(null);
  for (let i = 0; i < strings.length; i++) $collectionSet(set, rxFoldString(strings[i]), undefined);
  return set;
}
function rxFoldString(s: string) {
  if (!rxIgnoreCase) return s;
  let out = "";
  for (let i = 0; i < s.length;) {
    const c = $strCodePointAt(s, i);
    i += c > 0xffff ? 2 : 1;
    out = $strConcat(out, $strFromCodePoint($unicodeCanonicalize(c, true)));
  }
  return out;
}

/** Operand of a v-flag class: { set, strings, single } (single: its code when a plain character, else -1). */
function rxSetOperand() {
  if (rxAt >= rxEnd) throw "Unterminated character class";
  if (rxPeek(0) === 91) {
    rxAt++;
    const inverted = rxEat(94);
    const content = rxClassSet();
    if (!rxEat(93)) throw "Unterminated character class";
    if (inverted) {
      if (content.strings.length > 0) throw "Negated character class may contain strings";
      return { set: rxInvert(rxClose(content.set)), strings: [], single: -1 };
    }
    return { set: content.set, strings: content.strings, single: -1 };
  }
  if (rxPeek(0) === 92) {
    rxAt++;
    if (rxPeek(0) === 113 && rxPeek(1) === 123) {
      rxAt += 2;
      const strings = [];
      let s = "";
      for (;;) {
        if (rxAt >= rxEnd) throw "Invalid escape";
        if (rxPeek(0) === 125 || rxPeek(0) === 124) {
          $append(strings, s);
          s = "";
          if (rxEat(125)) break;
          rxAt++;
          continue;
        }
        s = $strConcat(s, $strFromCodePoint(rxSetCharacter()));
      }
      const split = rxSplitStrings(strings);
      return { set: split.set, strings: split.strings, single: -1 };
    }
    const set = rxClassEscape();
    if (set !== undefined) return { set, strings: [], single: -1 };
    const pending = rxTakeStrings();
    if (pending !== undefined) return { set: pending.set, strings: pending.strings, single: -1 };
    rxAt--;
  }
  const c = rxSetCharacter();
  return { set: [c, c], strings: [], single: c };
}

/** ClassSetCharacter. */
function rxSetCharacter() {
  const c = rxPeek(0);
  if (c === 92) {
    rxAt++;
    const d = rxPeek(0);
    if (d === 98) {
      rxAt++;
      return 8;
    }
    // ClassSetReservedPunctuator
    if (d >= 0 && $strIndexOf("&-!#%,:;<=>@`~", $strFromCodePoint(d), 0) >= 0) {
      rxAt++;
      return d;
    }
    return rxCharacterEscape(true);
  }
  // ClassSetSyntaxCharacter, and doubled punctuators reserved for operators.
  if ($strIndexOf("()[]{}/-|", $strFromCodePoint(c), 0) >= 0) throw "Invalid character in character class";
  if (rxPeek(1) === c && $strIndexOf("&!#$%*+,.:;<=>?@^`~", $strFromCodePoint(c), 0) >= 0) throw "Invalid set operation in character class";
  return rxNext();
}

// ---------------------------------------------------------------- Sets

function rxTop() {
  return rxUnicode ? RX_MAX_POINT : 0xffff;
}

/** Sorts and merges a list of ranges. */
function rxSortRanges(ranges) {
  const n = ranges.length;
  let sorted = true;
  for (let i = 2; i < n; i += 2) {
    if (ranges[i] <= ranges[i - 1] + 1) {
      sorted = false;
      break;
    }
  }
  if (sorted) return ranges;
  // Keys first * 2^21 + last order as pairs.
  const keys = [];
  for (let i = 0; i < n; i += 2) $append(keys, ranges[i] * 0x200000 + ranges[i + 1]);
  $sortNumeric(keys);
  const out = [];
  let first = -1;
  let last = -2;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    const b = key % 0x200000;
    const a = (key - b) / 0x200000;
    if (a <= last + 1 && first >= 0) {
      if (b > last) last = b;
    } else {
      if (first >= 0) rxAddRange(out, first, last);
      first = a;
      last = b;
    }
  }
  if (first >= 0) rxAddRange(out, first, last);
  return out;
}

function rxInvert(set) {
  const out = [];
  let from = 0;
  for (let i = 0; i < set.length; i += 2) {
    if (set[i] > from) rxAddRange(out, from, set[i] - 1);
    from = set[i + 1] + 1;
  }
  if (from <= rxTop()) rxAddRange(out, from, rxTop());
  return out;
}

function rxIntersect(a, b) {
  const out = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const first = a[i] > b[j] ? a[i] : b[j];
    const last = a[i + 1] < b[j + 1] ? a[i + 1] : b[j + 1];
    if (first <= last) rxAddRange(out, first, last);
    if (a[i + 1] < b[j + 1]) i += 2;
    else j += 2;
  }
  return out;
}

/** Closed under case when i is on. */
function rxClose(set) {
  return rxIgnoreCase ? $unicodeCaseClose(set, rxUnicode) : set;
}

function rxChar(c: number) {
  if (rxIgnoreCase) {
    const set = $unicodeCaseClose([c, c], rxUnicode);
    if (set.length > 2 || set[0] !== set[1]) return rxNode(RXN_SET, set, 0, 0);
  }
  return rxNode(RXN_CHAR, c, 0, 0);
}

function rxSetNode(set) {
  return rxSetNodeExact(rxClose(set));
}
function rxSetNodeExact(set) {
  return set.length === 2 && set[0] === set[1] ? rxNode(RXN_CHAR, set[0], 0, 0) : rxNode(RXN_SET, set, 0, 0);
}

/** A set with strings: longest strings first, then the set, then the empty string. */
function rxStringsNode(set, strings) {
  if (strings.length === 0) return rxSetNode(set);
  const seen = $mapNew(null);
  const list = [];
  let empty = false;
  for (let i = 0; i < strings.length; i++) {
    const s = rxFoldString(strings[i]);
    if (s === "") empty = true;
    else if (!$collectionHas(seen, s)) {
      $collectionSet(seen, s, undefined);
      $append(list, s);
    }
  }
  const choices = [];
  if (list.length > 0) {
    $sortDefault(list);
    if (rxForward) rxStringTree(choices, list, 0, list.length, 0);
    else rxStringList(choices, list);
  }
  if (set.length > 0) $append(choices, rxSetNode(set));
  if (empty) $append(choices, rxNode(RXN_EMPTY, 0, 0, 0));
  return rxNode(RXN_CHOICE, choices, 0, 0);
}

/** Characters of s in units [from, to). */
function rxText(items, s: string, from: number, to: number) {
  while (from < to) {
    const c = $strCodePointAt(s, from);
    from += c > 0xffff ? 2 : 1;
    $append(items, rxChar(c));
  }
}

/** Whole strings, longest first. */
function rxStringList(choices, list) {
  let longest = 0;
  for (let i = 0; i < list.length; i++) if (list[i].length > longest) longest = list[i].length;
  for (let length = longest; length > 0; length--) {
    for (let i = 0; i < list.length; i++) {
      if (list[i].length !== length) continue;
      const items = [];
      rxText(items, list[i], 0, length);
      $append(choices, rxNode(RXN_SEQUENCE, items, 0, 0));
    }
  }
}

/**
 * The choices for sorted strings [low, high), which agree in their first `at` units, as a tree of common prefixes: thousands of emoji would else be
 * tried one by one. Strings that match at one place are prefixes of one another, so the longest still comes first (not so backwards).
 */
function rxStringTree(choices, list, low: number, high: number, at: number) {
  const endsHere = list[low].length === at;
  for (let i = endsHere ? low + 1 : low; i < high;) {
    const first = list[i];
    const c = $strCodePointAt(first, at);
    let to = i + 1;
    while (to < high && $strCodePointAt(list[to], at) === c) to++;
    const last = list[to - 1];
    const items = [];
    let end = at;
    for (;;) {
      const point = $strCodePointAt(first, end);
      end += point > 0xffff ? 2 : 1;
      $append(items, rxChar(point));
      if (end >= first.length || $strCodePointAt(first, end) !== $strCodePointAt(last, end)) break;
    }
    if (to > i + 1) {
      const rest = [];
      rxStringTree(rest, list, i, to, end);
      $append(items, rxNode(RXN_CHOICE, rest, 0, 0));
    }
    $append(choices, rxNode(RXN_SEQUENCE, items, 0, 0));
    i = to;
  }
  if (endsHere) $append(choices, rxNode(RXN_EMPTY, 0, 0, 0));
}

// ---------------------------------------------------------------- Analysis

/** Fewest units that a node matches. */
function rxMinLength(node) {
  switch (node.kind) {
    case RXN_CHAR:
      return node.a > 0xffff ? 2 : 1;
    case RXN_SET:
      return 1;
    case RXN_SEQUENCE: {
      let sum = 0;
      for (let i = 0; i < node.a.length; i++) sum += rxMinLength(node.a[i]);
      return sum > 0x3fffffff ? 0x3fffffff : sum;
    }
    case RXN_CHOICE: {
      let least = 0x3fffffff;
      for (let i = 0; i < node.a.length; i++) {
        const n = rxMinLength(node.a[i]);
        if (n < least) least = n;
      }
      return least;
    }
    case RXN_GROUP:
      return rxMinLength(node.b);
    case RXN_QUANTIFIER: {
      const n = rxMinLength(node.a) * node.b;
      return n > 0x3fffffff ? 0x3fffffff : n;
    }
  }
  return 0;
}

/** Set of the units (code points) that can come first, appended to `out`; false when anything or nothing may. */
function rxFirst(node, out) {
  switch (node.kind) {
    case RXN_CHAR:
      rxAddRange(out, node.a, node.a);
      return true;
    case RXN_SET:
      for (let i = 0; i < node.a.length; i++) $append(out, node.a[i]);
      return true;
    case RXN_SEQUENCE:
      return rxFirstOf(node.a, 0, out);
    case RXN_CHOICE:
      for (let i = 0; i < node.a.length; i++) if (!rxFirst(node.a[i], out)) return false;
      return true;
    case RXN_GROUP:
      return rxFirst(node.b, out);
    case RXN_QUANTIFIER:
      return node.b > 0 && rxFirst(node.a, out);
  }
  return false;
}
function rxFirstOf(items, from: number, out) {
  for (let i = from; i < items.length; i++) {
    const item = items[i];
    // What may match nothing adds its own first units and leaves the rest to the next.
    if (item.kind === RXN_EMPTY || item.kind === RXN_ASSERT || item.kind === RXN_LOOK) continue;
    if (item.kind === RXN_QUANTIFIER && item.b === 0) {
      if (!rxFirst(item.a, out)) return false;
      continue;
    }
    return rxFirst(item, out);
  }
  return false;
}

/** Can the set be matched on single units (no code point of it needs or touches a surrogate)? */
function rxIsUnitSet(set) {
  if (!rxUnicode) return true;
  for (let i = 0; i < set.length; i += 2) {
    if (set[i + 1] > 0xffff) return false;
    if (set[i] <= 0xdfff && set[i + 1] >= 0xd800) return false;
  }
  return true;
}
function rxIsAll(set) {
  return set.length === 2 && set[0] === 0 && set[1] === rxTop();
}
function rxIsSurrogate(c: number) {
  return c >= 0xd800 && c <= 0xdfff;
}

// ---------------------------------------------------------------- Emitter

function rxEmit(word: number) {
  $append(rxCode, word);
}
function rxEmit1(op: number, a: number) {
  $append(rxCode, op);
  $append(rxCode, a);
}

function rxEmitProgram(root, sticky: boolean) {
  rxCode = [];
  rxSetNodes = [];
  rxSetPatches = [];
  rxRegisters = (rxGroups + 1) * 2;
  for (let i = 0; i < 8; i++) rxEmit(0);
  const items = root.kind === RXN_SEQUENCE ? root.a : [root];
  let flags = (rxUnicode ? RX_UNICODE : 0) | (sticky ? RX_STICKY : 0);
  if (items[0].kind === RXN_ASSERT && items[0].a === RX_START) flags |= RX_ANCHORED;
  const minLength = rxMinLength(root);
  rxEmit1(RX_SAVE, 0);
  const start = rxCode.length - 2;
  rxNodeCode(root, true, undefined, 0);
  rxEmit1(RX_SAVE, 1);
  rxEmit(RX_MATCH);
  // Literal prefix: units that every match begins with, some of them.
  const prefix = [];
  for (let i = 0; i < items.length && prefix.length < 32 && items[i].kind === RXN_CHAR; i++) {
    const c = items[i].a;
    if (rxIsSurrogate(c)) break;
    if (c > 0xffff) {
      $append(prefix, 0xd7c0 + (c >> 10));
      $append(prefix, 0xdc00 + (c & 0x3ff));
    } else $append(prefix, c);
  }
  if (prefix.length > 0) {
    rxCode[4] = rxCode.length;
    rxEmit(prefix.length);
    for (let i = 0; i < prefix.length; i++) rxEmit(prefix[i]);
  } else {
    const first = [];
    if (rxFirst(root, first)) {
      const set = rxSortRanges(first);
      if (!rxIsAll(set)) rxCode[3] = rxWriteSet(set);
    }
  }
  for (let i = 0; i < rxSetNodes.length; i++) {
    const at = rxWriteSet(rxSetNodes[i]);
    const patches = rxSetPatches[i];
    for (let j = 0; j < patches.length; j++) rxCode[patches[j]] = at;
  }
  rxCode[0] = flags;
  rxCode[1] = rxGroups + 1;
  rxCode[2] = rxRegisters;
  rxCode[5] = start;
  rxCode[6] = minLength;
  return rxCode;
}

/** Set table: 8 words of bitmap for units below 256, count, then ranges from 256 up. */
function rxWriteSet(set) {
  const at = rxCode.length;
  let i = 0;
  for (let base = 0; base < 256; base += 32) {
    let word = 0;
    while (i < set.length && set[i + 1] < base) i += 2;
    for (let j = i; j < set.length && set[j] < base + 32; j += 2) {
      const from = set[j] < base ? 0 : set[j] - base;
      const to = set[j + 1] > base + 31 ? 31 : set[j + 1] - base;
      // Bits [from, to].
      word |= (-1 >>> (31 - to + from)) << from;
    }
    rxEmit(word);
  }
  const countAt = rxCode.length;
  rxEmit(0);
  let count = 0;
  for (let j = 0; j < set.length; j += 2) {
    if (set[j + 1] < 256) continue;
    rxEmit(set[j] < 256 ? 256 : set[j]);
    rxEmit(set[j + 1]);
    count++;
  }
  rxCode[countAt] = count;
  return at;
}

/** Emits a word that will be the offset of the set's table; equal sets of one pattern share it. */
function rxEmitSetOffset(set) {
  let index = -1;
  for (let i = 0; i < rxSetNodes.length && index < 0; i++) {
    const other = rxSetNodes[i];
    if (other.length !== set.length) continue;
    let same = true;
    for (let j = 0; j < set.length && same; j++) same = other[j] === set[j];
    if (same) index = i;
  }
  if (index < 0) {
    index = rxSetNodes.length;
    $append(rxSetNodes, set);
    $append(rxSetPatches, []);
  }
  $append(rxSetPatches[index], rxCode.length);
  rxEmit(0);
}

function rxEmitChar(c: number, forward: boolean) {
  if (rxUnicode && rxIsSurrogate(c)) {
    rxEmit(forward ? RX_SET_POINT : RX_SET_POINT_BACK);
    rxEmitSetOffset([c, c]);
  } else if (c > 0xffff) {
    const high = 0xd7c0 + (c >> 10);
    const low = 0xdc00 + (c & 0x3ff);
    rxEmit1(forward ? RX_CHAR : RX_CHAR_BACK, forward ? high : low);
    rxEmit1(forward ? RX_CHAR : RX_CHAR_BACK, forward ? low : high);
  } else rxEmit1(forward ? RX_CHAR : RX_CHAR_BACK, c);
}

function rxEmitSet(set, forward: boolean) {
  if (set.length === 0) {
    rxEmit(RX_FAIL);
    return;
  }
  if (rxIsAll(set)) {
    rxEmit(rxUnicode ? (forward ? RX_ANY_POINT : RX_ANY_POINT_BACK) : forward ? RX_ANY : RX_ANY_BACK);
    return;
  }
  const unit = rxIsUnitSet(set);
  if (unit && set.length === 4 && set[0] === set[1] && set[2] === set[3]) {
    rxEmit1(forward ? RX_CHAR2 : RX_CHAR2_BACK, set[0]);
    rxEmit(set[2]);
    return;
  }
  rxEmit(unit ? (forward ? RX_SET : RX_SET_BACK) : forward ? RX_SET_POINT : RX_SET_POINT_BACK);
  rxEmitSetOffset(set);
}

/** Code of a node. items/next: the sequence it stands in and the index after it (forward only), for look-ahead by loops. */
function rxNodeCode(node, forward: boolean, items, next: number) {
  switch (node.kind) {
    case RXN_EMPTY:
      return;
    case RXN_CHAR:
      rxEmitChar(node.a, forward);
      return;
    case RXN_SET:
      rxEmitSet(node.a, forward);
      return;
    case RXN_SEQUENCE:
      rxSequence(node.a, forward);
      return;
    case RXN_CHOICE: {
      const choices = node.a;
      const jumps = [];
      for (let i = 0; i < choices.length; i++) {
        if (i === choices.length - 1) {
          rxNodeCode(choices[i], forward, undefined, 0);
          break;
        }
        rxEmit1(RX_SPLIT, 0);
        const patch = rxCode.length - 1;
        rxNodeCode(choices[i], forward, undefined, 0);
        rxEmit1(RX_JUMP, 0);
        $append(jumps, rxCode.length - 1);
        rxCode[patch] = rxCode.length;
      }
      for (let i = 0; i < jumps.length; i++) rxCode[jumps[i]] = rxCode.length;
      return;
    }
    case RXN_GROUP:
      rxEmit1(RX_SAVE, node.a * 2 + (forward ? 0 : 1));
      rxNodeCode(node.b, forward, undefined, 0);
      rxEmit1(RX_SAVE, node.a * 2 + (forward ? 1 : 0));
      return;
    case RXN_NAMED_BACKREF: {
      for (let i = 0; i < rxNames.length; i += 3) {
        if (rxNames[i] !== node.a) continue;
        rxBackrefCode(rxNames[i + 1], node.b, forward);
        return;
      }
      throw "Invalid named capture referenced";
    }
    case RXN_BACKREF:
      rxBackrefCode(node.a, node.b, forward);
      return;
    case RXN_ASSERT:
      if (node.a === RX_WORD || node.a === RX_NOT_WORD) rxEmit1(node.a, node.b);
      else rxEmit(node.a);
      return;
    case RXN_LOOK: {
      const register = rxRegisters++;
      rxEmit1(node.c ? RX_NOT_LOOK : RX_LOOK, register);
      rxEmit(0);
      const patch = rxCode.length - 1;
      rxNodeCode(node.a, node.b, undefined, 0);
      rxEmit1(node.c ? RX_NOT_LOOK_END : RX_LOOK_END, register);
      rxCode[patch] = rxCode.length;
      return;
    }
    case RXN_QUANTIFIER:
      rxQuantifierCode(node, forward, items, next);
      return;
  }
}

/** Of groups with the same name at most one has matched: the others match the empty text. */
function rxBackrefCode(groups, mode: number, forward: boolean) {
  for (let i = 0; i < groups.length; i++) {
    rxEmit1(RX_BACKREF, groups[i]);
    rxEmit(mode | (forward ? 0 : 1));
  }
}

function rxSequence(items, forward: boolean) {
  if (!forward) {
    for (let i = items.length - 1; i >= 0; i--) rxNodeCode(items[i], false, undefined, 0);
    return;
  }
  for (let i = 0; i < items.length;) {
    let n = 0;
    while (i + n < items.length && items[i + n].kind === RXN_CHAR && items[i + n].a <= 0xffff && !(rxUnicode && rxIsSurrogate(items[i + n].a))) n++;
    if (n > 1) {
      rxEmit1(RX_CHARS, n);
      for (let j = 0; j < n; j++) rxEmit(items[i + j].a);
      i += n;
    } else {
      rxNodeCode(items[i], true, items, i + 1);
      i++;
    }
  }
}

function rxQuantifierCode(node, forward: boolean, items, next: number) {
  const body = node.a;
  const min = node.b;
  const max = node.c;
  const greedy = node.d;
  if (max === 0) return;
  if (forward && ((body.kind === RXN_CHAR && body.a <= 0xffff && !(rxUnicode && rxIsSurrogate(body.a))) || (body.kind === RXN_SET && body.a.length > 0))) {
    if (min === 1 && max === 1) rxNodeCode(body, true, items, next);
    else rxLoop(body, min, max, greedy, items, next);
    return;
  }
  if (min === 1 && max === 1) {
    rxNodeCode(body, forward, undefined, 0);
    return;
  }
  const groups = node.e;
  const nullable = rxMinLength(body) === 0;
  const clears = groups[1] >= groups[0];
  if (min === 1 && max < 0 && !nullable) {
    // x+ that always advances: body first, then the choice.
    const again = rxCode.length;
    if (clears) {
      rxEmit1(RX_CLEAR, groups[0] * 2);
      rxEmit(groups[1] * 2 + 1);
    }
    rxNodeCode(body, forward, undefined, 0);
    rxEmit1(greedy ? RX_SPLIT : RX_SPLIT_LAZY, rxCode.length + 4);
    rxEmit1(RX_JUMP, again);
    return;
  }
  const counted = !(min === 0 && (max < 0 || max === 1));
  const counter = counted ? rxRegisters++ : -1;
  const position = nullable ? rxRegisters++ : -1;
  if (counted) {
    rxEmit1(RX_SET_REGISTER, counter);
    rxEmit(0);
  }
  const head = rxCode.length;
  let patch;
  if (counted) {
    rxEmit1(RX_REPEAT, counter);
    rxEmit(min);
    rxEmit(max);
    rxEmit(greedy ? 1 : 0);
    rxEmit(0);
    patch = rxCode.length - 1;
  } else {
    rxEmit1(greedy ? RX_SPLIT : RX_SPLIT_LAZY, 0);
    patch = rxCode.length - 1;
  }
  if (clears) {
    rxEmit1(RX_CLEAR, groups[0] * 2);
    rxEmit(groups[1] * 2 + 1);
  }
  if (nullable) rxEmit1(RX_SAVE, position);
  rxNodeCode(body, forward, undefined, 0);
  if (nullable) {
    rxEmit1(RX_CHECK_ADVANCE, position);
    rxEmit(counter);
    rxEmit(min);
  }
  if (counted) rxEmit1(RX_INCREMENT, counter);
  if (counted || max !== 1) rxEmit1(RX_JUMP, head);
  rxCode[patch] = rxCode.length;
}

/** A loop over single characters. */
function rxLoop(body, min: number, max: number, greedy: boolean, items, next: number) {
  let kind;
  const set = body.kind === RXN_CHAR ? [body.a, body.a] : body.a;
  if (body.kind === RXN_CHAR) kind = RX_CHAR;
  else if (rxIsAll(set)) kind = rxUnicode ? RX_ANY_POINT : RX_ANY;
  else kind = rxIsUnitSet(set) ? RX_SET : RX_SET_POINT;
  let mode = greedy ? 1 : 0;
  let follow = -1;
  if (items !== undefined && next < items.length) {
    const after = items[next];
    if (after.kind === RXN_CHAR && after.a <= 0xffff && !(rxUnicode && rxIsSurrogate(after.a))) follow = after.a;
    const first = [];
    // What must come next cannot be part of the loop: giving back characters would never help.
    if (greedy && rxFirstOf(items, next, first) && rxIntersect(set, rxSortRanges(first)).length === 0) mode = 2;
  }
  rxEmit1(RX_LOOP, kind);
  if (kind === RX_CHAR) rxEmit(body.a);
  else if (kind === RX_SET || kind === RX_SET_POINT) rxEmitSetOffset(set);
  else rxEmit(0);
  rxEmit(min);
  rxEmit(max);
  rxEmit(mode);
  rxEmit(follow);
}
