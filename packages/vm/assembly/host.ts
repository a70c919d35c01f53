/** Imports from the host (docs/architecture.md, "the VM's WebAssembly interface"). */
@external("host", "clock") export declare function hostClock(): i64;
@external("host", "time") export declare function hostTime(): f64;
@external("host", "random") export declare function hostRandom(ptr: usize, len: i32): void;
@external("host", "log") export declare function hostLog(level: i32, ptr: usize, len: i32): void;
@external("host", "write") export declare function hostWrite(conn: i32, ptr: usize, len: i32): i32;
@external("host", "close") export declare function hostClose(conn: i32): void;
/** Begin a connection of the handler's to `host:port`: its number, or negative (packages/vm/lib/web/fetch-http.ts says what each means). */
@external("host", "connect") export declare function hostConnect(ptr: usize, len: i32): i32;
@external("host", "phase") export declare function hostPhase(index: i32): void;
@external("host", "fatal") export declare function hostFatal(ptr: usize, len: i32): void;
