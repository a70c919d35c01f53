/*
 * WebAssembly's operations for the generated C, for a memory at a constant address without bounds checks (host.h says
 * why that is safe). Names and argument order are those that wasm2c writes; meanings are those of the WebAssembly core
 * specification, section 4.3 (numerics): trapping conversions, minimum and maximum with NaN and signed zeros.
 */
#ifndef ZEROSTART_WASM_OPS_H
#define ZEROSTART_WASM_OPS_H
#include "host.h"

#define FUNC_PROLOGUE
#define FUNC_EPILOGUE

void NORETURN trap_unreachable(void);
void NORETURN trap_divide_by_zero(void);
void NORETURN trap_overflow(void);
void NORETURN trap_conversion(void);
void NORETURN trap_indirect(void);
#define UNREACHABLE trap_unreachable()
#define INFINITY __builtin_inff()

typedef u8 mem8 __attribute__((may_alias));
typedef u16 mem16 __attribute__((may_alias, aligned(1)));
typedef u32 mem32 __attribute__((may_alias, aligned(1)));
typedef u64 mem64 __attribute__((may_alias, aligned(1)));
typedef f32 memf32 __attribute__((may_alias, aligned(1)));
typedef f64 memf64 __attribute__((may_alias, aligned(1)));
#define AT(type, address) (*(type *)(MEMORY_BASE + (address)))

#define i32_load(a) ((u32)AT(mem32, a))
#define i64_load(a) ((u64)AT(mem64, a))
#define f32_load(a) ((f32)AT(memf32, a))
#define f64_load(a) ((f64)AT(memf64, a))
#define i32_load8_s(a) ((u32)(s32)(s8)AT(mem8, a))
#define i64_load8_s(a) ((u64)(s64)(s8)AT(mem8, a))
#define i32_load8_u(a) ((u32)AT(mem8, a))
#define i64_load8_u(a) ((u64)AT(mem8, a))
#define i32_load16_s(a) ((u32)(s32)(s16)AT(mem16, a))
#define i64_load16_s(a) ((u64)(s64)(s16)AT(mem16, a))
#define i32_load16_u(a) ((u32)AT(mem16, a))
#define i64_load16_u(a) ((u64)AT(mem16, a))
#define i64_load32_s(a) ((u64)(s64)(s32)AT(mem32, a))
#define i64_load32_u(a) ((u64)AT(mem32, a))
#define i32_store(a, v) ((void)(AT(mem32, a) = (v)))
#define i64_store(a, v) ((void)(AT(mem64, a) = (v)))
#define f32_store(a, v) ((void)(AT(memf32, a) = (v)))
#define f64_store(a, v) ((void)(AT(memf64, a) = (v)))
#define i32_store8(a, v) ((void)(AT(mem8, a) = (u8)(v)))
#define i32_store16(a, v) ((void)(AT(mem16, a) = (u16)(v)))
#define i64_store8(a, v) ((void)(AT(mem8, a) = (u8)(v)))
#define i64_store16(a, v) ((void)(AT(mem16, a) = (u16)(v)))
#define i64_store32(a, v) ((void)(AT(mem32, a) = (u32)(v)))

static inline void memory_fill(u32 to, u32 value, u32 n) { memset(LINEAR(to), (int)value, n); }
static inline void memory_copy(u32 to, u32 from, u32 n) { memmove(LINEAR(to), LINEAR(from), n); }

typedef void (*wasm_function)(void);
struct table_entry { wasm_function function; u32 type; };
#define CALL_INDIRECT(table, size, signature, wanted, index) \
  ((LIKELY((index) < (size) && table[index].type == (wanted)) ? (void)0 : trap_indirect()), (signature)table[index].function)

#define I32_CLZ(x) ((x) ? (u32)__builtin_clz(x) : 32u)
#define I64_CLZ(x) ((x) ? (u64)__builtin_clzll(x) : 64u)
#define I32_CTZ(x) ((x) ? (u32)__builtin_ctz(x) : 32u)
#define I64_CTZ(x) ((x) ? (u64)__builtin_ctzll(x) : 64u)
#define I32_POPCNT(x) ((u32)__builtin_popcount(x))
#define I64_POPCNT(x) ((u64)__builtin_popcountll(x))
#define I32_ROTL(x, n) ((x) << ((n) & 31) | (x) >> (-(n) & 31))
#define I32_ROTR(x, n) ((x) >> ((n) & 31) | (x) << (-(n) & 31))
#define I64_ROTL(x, n) ((x) << ((n) & 63) | (x) >> (-(n) & 63))
#define I64_ROTR(x, n) ((x) >> ((n) & 63) | (x) << (-(n) & 63))

static inline u32 I32_DIV_S(u32 x, u32 y) {
  if (UNLIKELY(!y)) trap_divide_by_zero();
  if (UNLIKELY(x == 0x80000000u && y == ~0u)) trap_overflow();
  return (u32)((s32)x / (s32)y);
}
static inline u64 I64_DIV_S(u64 x, u64 y) {
  if (UNLIKELY(!y)) trap_divide_by_zero();
  if (UNLIKELY(x == 1ull << 63 && y == ~0ull)) trap_overflow();
  return (u64)((s64)x / (s64)y);
}
static inline u32 I32_REM_S(u32 x, u32 y) {
  if (UNLIKELY(!y)) trap_divide_by_zero();
  return UNLIKELY(y == ~0u) ? 0 : (u32)((s32)x % (s32)y);
}
static inline u64 I64_REM_S(u64 x, u64 y) {
  if (UNLIKELY(!y)) trap_divide_by_zero();
  return UNLIKELY(y == ~0ull) ? 0 : (u64)((s64)x % (s64)y);
}
/* Serve both widths: the result has the operands' type. */
#define NONZERO(y) (UNLIKELY(!(y)) ? trap_divide_by_zero() : (void)0)
#define DIV_U(x, y) (NONZERO(y), (x) / (y))
#define REM_U(x, y) (NONZERO(y), (x) % (y))

#define DEFINE_MINMAX(type, bits, min, max, signbits)                                        \
  static inline type min(type x, type y) {                                                   \
    if (x < y) return x;                                                                     \
    if (y < x) return y;                                                                     \
    if (x != x || y != y) return x + y;                                                      \
    bits a, b;                                                                               \
    __builtin_memcpy(&a, &x, sizeof a);                                                      \
    __builtin_memcpy(&b, &y, sizeof b);                                                      \
    return a & signbits ? x : y;                                                             \
  }                                                                                          \
  static inline type max(type x, type y) {                                                   \
    if (x > y) return x;                                                                     \
    if (y > x) return y;                                                                     \
    if (x != x || y != y) return x + y;                                                      \
    bits a;                                                                                  \
    __builtin_memcpy(&a, &x, sizeof a);                                                      \
    return a & signbits ? y : x;                                                             \
  }
DEFINE_MINMAX(f32, u32, fmin32, fmax32, 0x80000000u)
DEFINE_MINMAX(f64, u64, fmin64, fmax64, (1ull << 63))
#define FMIN(x, y) _Generic((x), f32: fmin32, f64: fmin64)(x, y)
#define FMAX(x, y) _Generic((x), f32: fmax32, f64: fmax64)(x, y)

/* `low` and `high` are the nearest values of the type that do not fit; saturation needs the bounds that do. */
#define DEFINE_TRUNC(name, from, to, result, low, low_op, high, least, most) \
  static inline result name(from x) {                                       \
    if (LIKELY(x low_op (from)(low) && x < (from)(high))) return (result)(to)x; \
    if (x != x) trap_conversion();                                          \
    trap_overflow();                                                        \
  }
#define DEFINE_TRUNC_SAT(name, from, to, result, low, low_op, high, least, most) \
  static inline result name(from x) {                                           \
    if (LIKELY(x low_op (from)(low) && x < (from)(high))) return (result)(to)x; \
    if (x != x) return 0;                                                       \
    return x < 0 ? (result)(least) : (result)(most);                            \
  }
#define TRUNC_TABLE(X, PREFIX32, PREFIX64)                                                                          \
  X(PREFIX32##_S_F32, f32, s32, u32, -2147483648.0, >=, 2147483648.0, 0x80000000u, 0x7fffffffu)                     \
  X(PREFIX32##_S_F64, f64, s32, u32, -2147483649.0, >, 2147483648.0, 0x80000000u, 0x7fffffffu)                      \
  X(PREFIX32##_U_F32, f32, u32, u32, -1.0, >, 4294967296.0, 0, ~0u)                                                 \
  X(PREFIX32##_U_F64, f64, u32, u32, -1.0, >, 4294967296.0, 0, ~0u)                                                 \
  X(PREFIX64##_S_F32, f32, s64, u64, -9223372036854775808.0, >=, 9223372036854775808.0, 1ull << 63, ~0ull >> 1)     \
  X(PREFIX64##_S_F64, f64, s64, u64, -9223372036854775808.0, >=, 9223372036854775808.0, 1ull << 63, ~0ull >> 1)     \
  X(PREFIX64##_U_F32, f32, u64, u64, -1.0, >, 18446744073709551616.0, 0, ~0ull)                                     \
  X(PREFIX64##_U_F64, f64, u64, u64, -1.0, >, 18446744073709551616.0, 0, ~0ull)
TRUNC_TABLE(DEFINE_TRUNC, I32_TRUNC, I64_TRUNC)
TRUNC_TABLE(DEFINE_TRUNC_SAT, I32_TRUNC_SAT, I64_TRUNC_SAT)

#define DEFINE_REINTERPRET(name, from, to)   \
  static inline to name(from x) {            \
    to result;                               \
    __builtin_memcpy(&result, &x, sizeof x); \
    return result;                           \
  }
DEFINE_REINTERPRET(f32_reinterpret_i32, u32, f32)
DEFINE_REINTERPRET(i32_reinterpret_f32, f32, u32)
DEFINE_REINTERPRET(f64_reinterpret_i64, u64, f64)
DEFINE_REINTERPRET(i64_reinterpret_f64, f64, u64)

/* One instruction each with SSE4.1 and on Arm; a NaN comes out quiet. */
#if defined(__x86_64__) && !defined(__clang__)
/* In code that it holds to be cold GCC calls the functions of a libc, which is not there. 8: do not raise "inexact". */
#define DEFINE_ROUND(name, type, instruction, mode) \
  static inline type name(type x) {                 \
    __asm__(instruction " $8 + " #mode ", %0, %0" : "+x"(x)); \
    return x;                                       \
  }
DEFINE_ROUND(wasm_nearbyint, f64, "roundsd", 0)
DEFINE_ROUND(wasm_nearbyintf, f32, "roundss", 0)
DEFINE_ROUND(wasm_floor, f64, "roundsd", 1)
DEFINE_ROUND(wasm_floorf, f32, "roundss", 1)
DEFINE_ROUND(wasm_ceil, f64, "roundsd", 2)
DEFINE_ROUND(wasm_ceilf, f32, "roundss", 2)
DEFINE_ROUND(wasm_trunc, f64, "roundsd", 3)
DEFINE_ROUND(wasm_truncf, f32, "roundss", 3)
#else
#define wasm_floor __builtin_floor
#define wasm_floorf __builtin_floorf
#define wasm_ceil __builtin_ceil
#define wasm_ceilf __builtin_ceilf
#define wasm_trunc __builtin_trunc
#define wasm_truncf __builtin_truncf
#if defined(__riscv)
/* RISC-V rounds to integers by instruction only with Zfa: adding and taking away 2^52 (2^23) leaves no room for a fraction. */
static inline f64 wasm_nearbyint(f64 x) {
  const f64 whole = 4503599627370496.0;
  return __builtin_fabs(x) < whole ? __builtin_copysign(__builtin_fabs(x) + whole - whole, x) : x;
}
static inline f32 wasm_nearbyintf(f32 x) {
  const f32 whole = 8388608.0f;
  return __builtin_fabsf(x) < whole ? __builtin_copysignf(__builtin_fabsf(x) + whole - whole, x) : x;
}
#else
#define wasm_nearbyint __builtin_nearbyint
#define wasm_nearbyintf __builtin_nearbyintf
#endif
#endif
#define wasm_fabs __builtin_fabs
#define wasm_fabsf __builtin_fabsf
#define wasm_sqrt __builtin_sqrt
#define wasm_sqrtf __builtin_sqrtf
#define wasm_quiet(x) (x)
#define wasm_quietf(x) (x)
#define copysign __builtin_copysign
#define copysignf __builtin_copysignf

#endif
