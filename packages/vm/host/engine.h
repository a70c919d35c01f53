/* The VM's exports (docs/architecture.md, "the VM's WebAssembly interface"), as the generated C defines them. */
#ifndef ZEROSTART_ENGINE_H
#define ZEROSTART_ENGINE_H
#include "host.h"

void vm_resume(u32 heap_limit_bytes);
u32 vm_stack_start(void);
u32 vm_start_page(u32 i);
u32 vm_stack_end(void);
u32 vm_alloc(u32 n);
u32 vm_load(u32 at, u32 n);
u32 vm_eval(void);
u32 vm_compile(u32 source, u32 source_bytes, u32 name, u32 name_bytes);
u64 vm_poll(void);
u32 vm_error_ptr(void);
u32 vm_error_len(void);
void vm_set_limits(u64 cpu_ns_per_turn, u32 max_body_bytes);
u32 http_open(u32 connection);
u32 http_buffer(u32 connection);
u32 http_buffer_size(u32 connection);
u32 http_receive(u32 connection, u32 n);
u32 http_writable(u32 connection);
void http_closed(u32 connection);
void http_drain(void);
/* Optional: KEY=VALUE, each ended by a zero byte; defined by the generated C as doing nothing when the VM has none. */
void vm_env(u32 at, u32 n);
/* Optional likewise: the bytecode that was loaded last, as a file. */
u32 vm_bytecode_ptr(void);
u32 vm_bytecode_len(void);
/* The generated module's globals as they were when the VM was compiled. */
void engine_reset_globals(void);

#endif
