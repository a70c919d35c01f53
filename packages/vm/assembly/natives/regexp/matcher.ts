/**
 * The backtracking matcher. Programs come from lib/regexp-compiler.ts, which describes the format and the opcodes.
 *
 * One explicit stack in scratch memory, never native recursion: entries of 16 bytes {kind, a, b, c}. A choice pushes the alternative; a register
 * write pushes the old value; a greedy loop over single characters pushes one entry for all the lengths it may still give back.
 * Failing pops entries until one of them says where to go on. A look-around leaves a marker, and its success cuts the stack back to it,
 * except for the register entries (a later failure beyond the look-around must still undo its captures).
 */
import { isTimeUp } from "../../interrupt";
import { canonicalize } from "../casemap";

export const RX_MATCH: i32 = 0;
export const RX_CHAR: i32 = 1;
export const RX_CHAR2: i32 = 2;
export const RX_CHARS: i32 = 3;
export const RX_SET: i32 = 4;
export const RX_SET_POINT: i32 = 5;
export const RX_ANY: i32 = 6;
export const RX_ANY_POINT: i32 = 7;
export const RX_CHAR_BACK: i32 = 8;
export const RX_CHAR2_BACK: i32 = 9;
export const RX_SET_BACK: i32 = 10;
export const RX_SET_POINT_BACK: i32 = 11;
export const RX_ANY_BACK: i32 = 12;
export const RX_ANY_POINT_BACK: i32 = 13;
export const RX_JUMP: i32 = 14;
export const RX_SPLIT: i32 = 15;
export const RX_SPLIT_LAZY: i32 = 16;
export const RX_SAVE: i32 = 17;
export const RX_CLEAR: i32 = 18;
export const RX_SET_REGISTER: i32 = 19;
export const RX_REPEAT: i32 = 20;
export const RX_INCREMENT: i32 = 21;
export const RX_CHECK_ADVANCE: i32 = 22;
export const RX_START: i32 = 23;
export const RX_END: i32 = 24;
export const RX_START_LINE: i32 = 25;
export const RX_END_LINE: i32 = 26;
export const RX_WORD: i32 = 27;
export const RX_NOT_WORD: i32 = 28;
export const RX_BACKREF: i32 = 29;
export const RX_LOOK: i32 = 30;
export const RX_LOOK_END: i32 = 31;
export const RX_NOT_LOOK: i32 = 32;
export const RX_NOT_LOOK_END: i32 = 33;
export const RX_LOOP: i32 = 34;
export const RX_FAIL: i32 = 35;

export const RX_UNICODE: u32 = 1;
export const RX_STICKY: u32 = 2;
export const RX_ANCHORED: u32 = 4;

// Results of a run besides 0 (no match) and 1.
export const RX_STACK_FULL: i32 = -1;
export const RX_OUT_OF_TIME: i32 = -2;
export const RX_TOO_MANY_STEPS: i32 = -3;

// Stack entries
const BRANCH: u32 = 0; // a: pc, b: position
const UNDO: u32 = 1; // a: address of the register, b: old value
const GREEDY: u32 = 2; // a: pc, b: least position, c: position
const GREEDY_POINT: u32 = 3;
const LAZY: u32 = 4; // a: pc of the loop, b: position, c: count
const MARKER: u32 = 5;
const NOT_MARKER: u32 = 6; // a: pc, b: position
const ENTRY: usize = 16;

/** Failures, and sixteens of units looked through in loops, until the clock is looked at; shared by all runs so that many short ones count too. */
const BUDGET: usize = memory.data(4, 4);
const BUDGET_FULL: i32 = 1 << 18;
/** Budgets that one attempt at a position may use up: some tenths of a second, where a match that ends takes a small part of one. */
const MOST_BUDGETS: i32 = 128;

// @ts-ignore: decorator
@inline function word(p: usize, i: i32): i32 {
  return load<i32>(p + (<usize>i << 2));
}
// @ts-ignore: decorator
@inline function unit<C>(data: usize, i: i32): u32 {
  return <u32>load<C>(data + (<usize>i << alignof<C>()));
}

/** Is c in the set table at `set`? */
// @ts-ignore: decorator
@inline function has(set: usize, c: u32): bool {
  if (c < 256) return ((load<u32>(set + ((<usize>c >>> 5) << 2)) >>> (c & 31)) & 1) != 0;
  return hasWide(set, c);
}
function hasWide(set: usize, c: u32): bool {
  let low = 0;
  let high = load<i32>(set, 32) - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const entry = set + 36 + (<usize>middle << 3);
    if (c < load<u32>(entry)) high = middle - 1;
    else if (c > load<u32>(entry, 4)) low = middle + 1;
    else return true;
  }
  return false;
}

/** Code point that starts at i. */
// @ts-ignore: decorator
@inline function pointAt<C>(data: usize, length: i32, i: i32): u32 {
  const c = unit<C>(data, i);
  if (sizeof<C>() == 2 && c - 0xd800 < 0x400 && i + 1 < length) {
    const d = unit<C>(data, i + 1);
    if (d - 0xdc00 < 0x400) return 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
  }
  return c;
}
/** Code point that ends before i > 0. */
// @ts-ignore: decorator
@inline function pointBefore<C>(data: usize, i: i32): u32 {
  const d = unit<C>(data, i - 1);
  if (sizeof<C>() == 2 && d - 0xdc00 < 0x400 && i > 1) {
    const c = unit<C>(data, i - 2);
    if (c - 0xd800 < 0x400) return 0x10000 + ((c - 0xd800) << 10) + (d - 0xdc00);
  }
  return d;
}

// @ts-ignore: decorator
@inline function isNewline(c: u32): bool {
  return c == 10 || c == 13 || c == 0x2028 || c == 0x2029;
}
// @ts-ignore: decorator
@inline function isWord(c: u32, folded: bool): bool {
  if (c < 128) return c - 48 < 10 || (c | 32) - 97 < 26 || c == 95;
  return folded && (c == 0x17f || c == 0x212a);
}

/** Same text under mode (bits as RX_BACKREF)? Compares count units at a and b. */
function sameText<C>(data: usize, a: i32, b: i32, count: i32, mode: i32): bool {
  if ((mode & 2) == 0) return memory.compare(data + (<usize>a << alignof<C>()), data + (<usize>b << alignof<C>()), <usize>count << alignof<C>()) == 0;
  const unicode = (mode & 4) != 0;
  for (let i = 0; i < count; ) {
    let c = unit<C>(data, a + i);
    let d = unit<C>(data, b + i);
    let step = 1;
    if (unicode && sizeof<C>() == 2) {
      c = pointAt<C>(data, a + count, a + i);
      d = pointAt<C>(data, b + count, b + i);
      if (c > 0xffff) step = 2;
    }
    if (c != d && canonicalize(c, unicode) != canonicalize(d, unicode)) return false;
    i += step;
  }
  return true;
}

/**
 * Tries to match at `start` exactly. p: program words; data, length: the subject; regs: registers (set to -1 here), stack..limit: space for the stack.
 * 1 matched (captures in the registers), 0 not, or a negative result.
 */
export function matchAt<C>(p: usize, data: usize, length: i32, start: i32, regs: usize, stack: usize, limit: usize): i32 {
  let sp = stack;
  let pos = start;
  let pc = word(p, 5);
  let budget = load<i32>(BUDGET), budgets = MOST_BUDGETS;
  memory.fill(regs, 0xff, <usize>word(p, 2) << 2);
  while (true) {
    let fail = false;
    switch (word(p, pc)) {
      case RX_MATCH:
        store<i32>(BUDGET, budget);
        return 1;
      case RX_CHAR:
        if (pos < length && unit<C>(data, pos) == <u32>word(p, pc + 1)) {
          pos++;
          pc += 2;
        } else fail = true;
        break;
      case RX_CHAR2:
        if (pos < length) {
          const c = unit<C>(data, pos);
          if (c == <u32>word(p, pc + 1) || c == <u32>word(p, pc + 2)) {
            pos++;
            pc += 3;
            break;
          }
        }
        fail = true;
        break;
      case RX_CHARS: {
        const n = word(p, pc + 1);
        if (pos + n > length) {
          fail = true;
          break;
        }
        let i = 0;
        while (i < n && unit<C>(data, pos + i) == <u32>word(p, pc + 2 + i)) i++;
        budget -= i >>> 4;
        if (i == n) {
          pos += n;
          pc += n + 2;
        } else fail = true;
        break;
      }
      case RX_SET:
        if (pos < length && has(p + (<usize>word(p, pc + 1) << 2), unit<C>(data, pos))) {
          pos++;
          pc += 2;
        } else fail = true;
        break;
      case RX_SET_POINT: {
        if (pos < length) {
          const c = pointAt<C>(data, length, pos);
          if (has(p + (<usize>word(p, pc + 1) << 2), c)) {
            pos += c > 0xffff ? 2 : 1;
            pc += 2;
            break;
          }
        }
        fail = true;
        break;
      }
      case RX_ANY:
        if (pos < length) {
          pos++;
          pc++;
        } else fail = true;
        break;
      case RX_ANY_POINT:
        if (pos < length) {
          pos += pointAt<C>(data, length, pos) > 0xffff ? 2 : 1;
          pc++;
        } else fail = true;
        break;
      case RX_CHAR_BACK:
        if (pos > 0 && unit<C>(data, pos - 1) == <u32>word(p, pc + 1)) {
          pos--;
          pc += 2;
        } else fail = true;
        break;
      case RX_CHAR2_BACK:
        if (pos > 0) {
          const c = unit<C>(data, pos - 1);
          if (c == <u32>word(p, pc + 1) || c == <u32>word(p, pc + 2)) {
            pos--;
            pc += 3;
            break;
          }
        }
        fail = true;
        break;
      case RX_SET_BACK:
        if (pos > 0 && has(p + (<usize>word(p, pc + 1) << 2), unit<C>(data, pos - 1))) {
          pos--;
          pc += 2;
        } else fail = true;
        break;
      case RX_SET_POINT_BACK: {
        if (pos > 0) {
          const c = pointBefore<C>(data, pos);
          if (has(p + (<usize>word(p, pc + 1) << 2), c)) {
            pos -= c > 0xffff ? 2 : 1;
            pc += 2;
            break;
          }
        }
        fail = true;
        break;
      }
      case RX_ANY_BACK:
        if (pos > 0) {
          pos--;
          pc++;
        } else fail = true;
        break;
      case RX_ANY_POINT_BACK:
        if (pos > 0) {
          pos -= pointBefore<C>(data, pos) > 0xffff ? 2 : 1;
          pc++;
        } else fail = true;
        break;
      case RX_JUMP: {
        pc = word(p, pc + 1);
        break;
      }
      case RX_SPLIT:
        if (sp + ENTRY > limit) return RX_STACK_FULL;
        store<u32>(sp, BRANCH);
        store<i32>(sp, word(p, pc + 1), 4);
        store<i32>(sp, pos, 8);
        sp += ENTRY;
        pc += 2;
        break;
      case RX_SPLIT_LAZY:
        if (sp + ENTRY > limit) return RX_STACK_FULL;
        store<u32>(sp, BRANCH);
        store<i32>(sp, pc + 2, 4);
        store<i32>(sp, pos, 8);
        sp += ENTRY;
        pc = word(p, pc + 1);
        break;
      case RX_SAVE:
      case RX_SET_REGISTER:
      case RX_INCREMENT: {
        if (sp + ENTRY > limit) return RX_STACK_FULL;
        const op = word(p, pc);
        const at = regs + (<usize>word(p, pc + 1) << 2);
        const old = load<i32>(at);
        store<u32>(sp, UNDO);
        store<u32>(sp, <u32>at, 4);
        store<i32>(sp, old, 8);
        sp += ENTRY;
        if (op == RX_SAVE) {
          store<i32>(at, pos);
          pc += 2;
        } else if (op == RX_INCREMENT) {
          store<i32>(at, old + 1);
          pc += 2;
        } else {
          store<i32>(at, word(p, pc + 2));
          pc += 3;
        }
        break;
      }
      case RX_CLEAR: {
        const last = word(p, pc + 2);
        for (let r = word(p, pc + 1); r <= last; r++) {
          const at = regs + (<usize>r << 2);
          const old = load<i32>(at);
          if (old == -1) continue;
          if (sp + ENTRY > limit) return RX_STACK_FULL;
          store<u32>(sp, UNDO);
          store<u32>(sp, <u32>at, 4);
          store<i32>(sp, old, 8);
          sp += ENTRY;
          store<i32>(at, -1);
        }
        pc += 3;
        break;
      }
      case RX_REPEAT: {
        const count = load<i32>(regs + (<usize>word(p, pc + 1) << 2));
        const max = word(p, pc + 3);
        const end = word(p, pc + 5);
        if (count < word(p, pc + 2)) {
          pc += 6;
        } else if (max >= 0 && count >= max) {
          pc = end;
        } else {
          if (sp + ENTRY > limit) return RX_STACK_FULL;
          const greedy = word(p, pc + 4) != 0;
          store<u32>(sp, BRANCH);
          store<i32>(sp, greedy ? end : pc + 6, 4);
          store<i32>(sp, pos, 8);
          sp += ENTRY;
          pc = greedy ? pc + 6 : end;
        }
        break;
      }
      case RX_CHECK_ADVANCE: {
        const counter = word(p, pc + 2);
        if (load<i32>(regs + (<usize>word(p, pc + 1) << 2)) == pos && (counter < 0 || load<i32>(regs + (<usize>counter << 2)) >= word(p, pc + 3))) fail = true;
        else pc += 4;
        break;
      }
      case RX_START:
        if (pos == 0) pc++;
        else fail = true;
        break;
      case RX_END:
        if (pos == length) pc++;
        else fail = true;
        break;
      case RX_START_LINE:
        if (pos == 0 || isNewline(unit<C>(data, pos - 1))) pc++;
        else fail = true;
        break;
      case RX_END_LINE:
        if (pos == length || isNewline(unit<C>(data, pos))) pc++;
        else fail = true;
        break;
      case RX_WORD:
      case RX_NOT_WORD: {
        const folded = word(p, pc + 1) != 0;
        const a = pos > 0 && isWord(unit<C>(data, pos - 1), folded);
        const b = pos < length && isWord(unit<C>(data, pos), folded);
        if ((a != b) == (word(p, pc) == RX_WORD)) pc += 2;
        else fail = true;
        break;
      }
      case RX_BACKREF: {
        const at = regs + (<usize>word(p, pc + 1) << 3);
        const from = load<i32>(at);
        const to = load<i32>(at, 4);
        const mode = word(p, pc + 2);
        if (from >= 0 && to >= 0) {
          const n = to - from;
          if (mode & 1) {
            if (n > pos || !sameText<C>(data, from, pos - n, n, mode)) {
              budget -= max(n, 0) >>> 8;
              fail = true;
              break;
            }
            pos -= n;
          } else {
            if (n > length - pos || !sameText<C>(data, from, pos, n, mode)) {
              // Most differ early.
              budget -= max(n, 0) >>> 8;
              fail = true;
              break;
            }
            pos += n;
          }
          budget -= max(n, 0) >>> 4;
        }
        pc += 3;
        break;
      }
      case RX_LOOK:
      case RX_NOT_LOOK: {
        if (sp + ENTRY > limit) return RX_STACK_FULL;
        store<i32>(regs + (<usize>word(p, pc + 1) << 2), <i32>(sp - stack));
        store<u32>(sp, word(p, pc) == RX_LOOK ? MARKER : NOT_MARKER);
        store<i32>(sp, word(p, pc + 2), 4);
        store<i32>(sp, pos, 8);
        sp += ENTRY;
        pc += 3;
        break;
      }
      case RX_LOOK_END: {
        // Cut back to the marker, keeping what undoes registers.
        const marker = stack + <usize>load<i32>(regs + (<usize>word(p, pc + 1) << 2));
        pos = load<i32>(marker, 8);
        let to = marker;
        for (let from = marker + ENTRY; from < sp; from += ENTRY) {
          if (load<u32>(from) != UNDO) continue;
          memory.copy(to, from, ENTRY);
          to += ENTRY;
        }
        sp = to;
        pc += 2;
        break;
      }
      case RX_NOT_LOOK_END: {
        const marker = stack + <usize>load<i32>(regs + (<usize>word(p, pc + 1) << 2));
        while (sp > marker) {
          sp -= ENTRY;
          if (load<u32>(sp) == UNDO) store<i32>(<usize>load<u32>(sp, 4), load<i32>(sp, 8));
        }
        fail = true;
        break;
      }
      case RX_LOOP: {
        const kind = word(p, pc + 1);
        const argument = word(p, pc + 2);
        const min = word(p, pc + 3);
        const max = word(p, pc + 4);
        const mode = word(p, pc + 5);
        const want = mode == 0 ? min : max < 0 ? i32.MAX_VALUE : max;
        const from = pos;
        let count = 0;
        let least = from;
        if (kind == RX_SET) {
          const set = p + (<usize>argument << 2);
          const end = want < length - pos ? pos + want : length;
          while (pos < end && has(set, unit<C>(data, pos))) pos++;
          count = pos - from;
        } else if (kind == RX_ANY) {
          pos = want < length - pos ? pos + want : length;
          count = pos - from;
        } else if (kind == RX_CHAR) {
          const end = want < length - pos ? pos + want : length;
          while (pos < end && unit<C>(data, pos) == <u32>argument) pos++;
          count = pos - from;
        } else {
          const set = p + (<usize>argument << 2);
          while (count < want && pos < length) {
            const c = pointAt<C>(data, length, pos);
            if (kind == RX_SET_POINT && !has(set, c)) break;
            pos += c > 0xffff ? 2 : 1;
            if (++count == min) least = pos;
          }
        }
        budget -= (pos - from) >>> 4;
        if (count < min) {
          fail = true;
          break;
        }
        pc += 7;
        if (mode == 2) break;
        if (mode == 1) {
          const points = kind == RX_SET_POINT || kind == RX_ANY_POINT;
          if (!points) least = from + min;
          if (pos > least) {
            if (sp + ENTRY > limit) return RX_STACK_FULL;
            store<u32>(sp, points ? GREEDY_POINT : GREEDY);
            store<i32>(sp, pc, 4);
            store<i32>(sp, least, 8);
            store<i32>(sp, pos, 12);
            sp += ENTRY;
          }
          break;
        }
        if (max < 0 || count < max) {
          if (sp + ENTRY > limit) return RX_STACK_FULL;
          store<u32>(sp, LAZY);
          store<i32>(sp, pc - 7, 4);
          store<i32>(sp, pos, 8);
          store<i32>(sp, count, 12);
          sp += ENTRY;
        }
        break;
      }
      default:
        fail = true;
    }
    if (!fail) continue;
    budget--;
    // Back to the latest choice.
    while (true) {
      if (budget < 0) {
        if (isTimeUp()) return RX_OUT_OF_TIME;
        if (--budgets < 0) { store<i32>(BUDGET, BUDGET_FULL); return RX_TOO_MANY_STEPS; }
        budget = BUDGET_FULL;
      }
      if (sp == stack) {
        store<i32>(BUDGET, budget);
        return 0;
      }
      sp -= ENTRY;
      const kind = load<u32>(sp);
      if (kind == UNDO) {
        store<i32>(<usize>load<u32>(sp, 4), load<i32>(sp, 8));
        continue;
      }
      if (kind == MARKER) continue;
      pc = load<i32>(sp, 4);
      if (kind == GREEDY) {
        const least = load<i32>(sp, 8);
        const latest = load<i32>(sp, 12) - 1;
        pos = latest;
        const follow = word(p, pc - 1);
        if (follow >= 0) while (pos >= least && (pos >= length || unit<C>(data, pos) != <u32>follow)) pos--;
        budget -= (latest - pos) >>> 4;
        if (pos < least) continue;
        if (pos > least) {
          store<i32>(sp, pos, 12);
          sp += ENTRY;
        }
        break;
      }
      if (kind == GREEDY_POINT) {
        const least = load<i32>(sp, 8);
        pos = load<i32>(sp, 12);
        pos -= pointBefore<C>(data, pos) > 0xffff ? 2 : 1;
        if (pos > least) {
          store<i32>(sp, pos, 12);
          sp += ENTRY;
        }
        break;
      }
      pos = load<i32>(sp, 8);
      if (kind == LAZY) {
        const loopKind = word(p, pc + 1);
        const argument = word(p, pc + 2);
        const max = word(p, pc + 4);
        const follow = word(p, pc + 6);
        let count = load<i32>(sp, 12);
        let found = false;
        const from = pos;
        // Take characters until the one that must follow comes next.
        while (pos < length && (max < 0 || count < max)) {
          const points = loopKind == RX_SET_POINT || loopKind == RX_ANY_POINT;
          const c = points ? pointAt<C>(data, length, pos) : unit<C>(data, pos);
          if (loopKind == RX_CHAR ? c != <u32>argument : (loopKind == RX_SET || loopKind == RX_SET_POINT) && !has(p + (<usize>argument << 2), c)) break;
          pos += c > 0xffff ? 2 : 1;
          count++;
          if (follow < 0 || (pos < length && unit<C>(data, pos) == <u32>follow)) {
            found = true;
            break;
          }
        }
        budget -= (pos - from) >>> 4;
        if (!found) continue;
        if (max < 0 || count < max) {
          store<i32>(sp, pos, 8);
          store<i32>(sp, count, 12);
          sp += ENTRY;
        }
        pc += 7;
        break;
      }
      break; // BRANCH, or the marker of a negative look-around whose body failed: go on
    }
  }
}

/**
 * Finds the first match at or after `from`. Same results as matchAt; the match's bounds are in the registers.
 */
export function search<C>(p: usize, data: usize, length: i32, from: i32, regs: usize, stack: usize, limit: usize): i32 {
  const flags = <u32>word(p, 0);
  if (flags & RX_UNICODE && sizeof<C>() == 2 && from > 0 && from < length) {
    // An index inside a surrogate pair means the pair.
    if (unit<C>(data, from) - 0xdc00 < 0x400 && unit<C>(data, from - 1) - 0xd800 < 0x400) from--;
  }
  if (flags & RX_STICKY) return matchAt<C>(p, data, length, from, regs, stack, limit);
  if (flags & RX_ANCHORED) return from == 0 ? matchAt<C>(p, data, length, 0, regs, stack, limit) : 0;
  const last = length - word(p, 6);
  const first = word(p, 3) != 0 ? p + (<usize>word(p, 3) << 2) : 0;
  const prefix = word(p, 4);
  let i = from;
  while (i <= last) {
    if (prefix != 0) {
      i = findPrefix<C>(data, last, i, p + (<usize>prefix << 2));
      if (i < 0) return 0;
    } else if (first != 0) {
      // In a unicode program a high surrogate may begin a code point of the set.
      if (flags & RX_UNICODE && sizeof<C>() == 2) {
        while (i <= last && i < length && !has(first, pointAt<C>(data, length, i))) i += pointAt<C>(data, length, i) > 0xffff ? 2 : 1;
      } else {
        while (i <= last && !has(first, unit<C>(data, i))) i++;
      }
      if (i > last) return 0;
    }
    const result = matchAt<C>(p, data, length, i, regs, stack, limit);
    if (result != 0) return result;
    i += flags & RX_UNICODE && i < length && pointAt<C>(data, length, i) > 0xffff ? 2 : 1;
  }
  return 0;
}

/** First index from `i` up to `last` where the literal's units (count, units as words) stand; -1 none. */
function findPrefix<C>(data: usize, last: i32, i: i32, literal: usize): i32 {
  const n = load<i32>(literal);
  const c = load<u32>(literal, 4);
  if (sizeof<C>() == 1) {
    if (c > 255) return -1;
    const pattern: u64 = <u64>c * 0x0101010101010101;
    while (true) {
      while (i + 7 <= last) {
        const x = load<u64>(data + <usize>i) ^ pattern;
        const zero = (x - 0x0101010101010101) & ~x & 0x8080808080808080;
        if (zero != 0) {
          i += <i32>(ctz(zero) >>> 3);
          break;
        }
        i += 8;
      }
      while (i <= last && <u32>load<u8>(data + <usize>i) != c) i++;
      if (i > last) return -1;
      let j = 1;
      while (j < n && <u32>load<u8>(data + <usize>(i + j)) == load<u32>(literal + (<usize>j << 2), 4)) j++;
      if (j == n) return i;
      i++;
    }
  }
  for (; i <= last; i++) {
    if (unit<C>(data, i) != c) continue;
    let j = 1;
    while (j < n && unit<C>(data, i + j) == load<u32>(literal + (<usize>j << 2), 4)) j++;
    if (j == n) return i;
  }
  return -1;
}
