//! TLS for `fetch`: the client of Zig's standard library as functions that never wait, for the C host (../tls.h). The library's client reads and writes blockingly, so
//! the handshake is played again from its beginning each time another whole record has come: it is a function of the seed and of what was received. Afterwards it is
//! only called when a whole record, or room for one, is there.
const std = @import("std");
const builtin = @import("builtin");
const Client = @import("client.zig");
const Certificate = std.crypto.Certificate;
const Reader = std.Io.Reader;
const Writer = std.Io.Writer;

/// A failed safety check is a trap; the host takes it as the end of the connection.
pub const panic = std.debug.no_panic;

const record_max = Client.min_buffer_len;
const host_max = 253;
/// What a server may send until the handshake is done, and in how many records.
const handshake_max = 40 * 1024;
const handshake_records_max = 40;

const State = enum { handshake, open, closed };
const Slot = struct {
    state: State,
    host: [host_max]u8,
    host_len: usize,
    seed: [Client.Options.entropy_len]u8,
    now: i64,
    /// Received and not yet decrypted: [seek, end). During the handshake all of it from the beginning.
    input: Reader,
    output: Writer,
    sent: usize,
    records: usize,
    checked: usize,
    client: Client,
    input_buffer: [handshake_max]u8,
    output_buffer: [3 * record_max]u8,
    clear_buffer: [record_max]u8,
};

/// Behind all else that a start writes to (../stub.ld).
const large = switch (builtin.object_format) {
    .elf => ".bss.~large",
    .macho => "__DATA,__bss",
    else => ".bss",
};
var slots: [64]Slot linksection(large) = undefined;
var memory: [3 << 20]u8 linksection(large) = undefined;
var bundle: Certificate.Bundle = .empty;
var lock: std.Io.RwLock = .init;
var failure: [*:0]const u8 = "";

export fn tls_failure() [*:0]const u8 {
    return failure;
}

/// Read the authorities that are trusted, in PEM: how many. What is no certificate, or expired, is left out.
export fn tls_trust(pem: [*]const u8, n: usize, now: i64) usize {
    var arena = std.heap.FixedBufferAllocator.init(&memory);
    const gpa = arena.allocator();
    const text = pem[0..n];
    const decoder = std.base64.standard.decoderWithIgnore(" \t\r\n");
    const begin = "-----BEGIN CERTIFICATE-----";
    const end = "-----END CERTIFICATE-----";
    bundle = .empty;
    bundle.bytes.ensureUnusedCapacity(gpa, n / 4 * 3 + 3) catch return 0;
    bundle.map.ensureTotalCapacityContext(gpa, 2048, .{ .cb = &bundle }) catch return 0;
    var at: usize = 0;
    while (std.mem.findPos(u8, text, at, begin)) |found| {
        const from = found + begin.len;
        const to = std.mem.findPos(u8, text, from, end) orelse break;
        at = to + end.len;
        const start = bundle.bytes.items.len;
        bundle.bytes.items.len += decoder.decode(bundle.bytes.allocatedSlice()[start..], std.mem.trim(u8, text[from..to], " \t\r\n")) catch continue;
        bundle.parseCert(gpa, @intCast(start), now) catch {
            bundle.bytes.items.len = start;
        };
    }
    return bundle.map.count();
}

/// Begin: the first message is in the output. `seed` is secret and random. 0, or negative when it cannot be done.
export fn tls_begin(slot: u32, host: [*]const u8, n: usize, seed: *const [Client.Options.entropy_len]u8, now: i64) i32 {
    const s = &slots[slot];
    if (n > host_max) return fail("its name is too long");
    s.state = .handshake;
    @memcpy(s.host[0..n], host[0..n]);
    s.host_len = n;
    s.seed = seed.*;
    s.now = now;
    s.input = Reader.fixed(&s.input_buffer);
    s.input.end = 0;
    s.output = Writer.fixed(&s.output_buffer);
    s.sent = 0;
    s.records = 0;
    s.checked = 0;
    return handshake(s);
}

/// Where received bytes go; less than a record's only when what is there was not taken yet.
export fn tls_input(slot: u32, room: *u32) [*]u8 {
    const s = &slots[slot];
    if (s.state != .handshake and s.input.seek > 0) {
        const left = s.input.end - s.input.seek;
        std.mem.copyForwards(u8, s.input_buffer[0..left], s.input_buffer[s.input.seek..s.input.end]);
        s.input.seek = 0;
        s.input.end = left;
    }
    room.* = @intCast(s.input_buffer.len - s.input.end);
    return s.input_buffer[s.input.end..].ptr;
}

/// `n` bytes were put there: 0, or negative when the connection must be given up (tls_failure).
export fn tls_received(slot: u32, n: u32) i32 {
    const s = &slots[slot];
    s.input.end += n;
    if (s.state != .handshake) return 0;
    var whole = false;
    while (recordAt(s, s.checked)) |bytes| {
        s.checked += bytes;
        s.records += 1;
        whole = true;
    }
    if (whole and s.records <= handshake_records_max) return handshake(s);
    return if (s.records > handshake_records_max or s.input.end == s.input_buffer.len) fail("its TLS handshake is too long") else 0;
}

export fn tls_is_open(slot: u32) bool {
    return slots[slot].state == .open;
}

/// Decrypted bytes: how many; 0 when there are none yet, -1 at their end, -2 when the connection must be given up.
export fn tls_read(slot: u32, to: [*]u8, n: u32) i32 {
    const s = &slots[slot];
    const clear = &s.client.reader;
    for (0..64) |_| {
        const there = clear.buffered();
        if (there.len > 0) {
            const take = @min(there.len, n);
            @memcpy(to[0..take], there[0..take]);
            clear.toss(take);
            return @intCast(take);
        }
        clear.seek = 0;
        clear.end = 0;
        if (s.client.eof()) return -1;
        if (s.state != .open or recordAt(s, s.input.seek) == null) return 0;
        // One record is taken; it may be none of data.
        _ = clear.vtable.readVec(clear, &.{}) catch return if (s.client.eof()) -1 else fail("it broke the TLS protocol") - 1;
    }
    return fail("it broke the TLS protocol") - 1;
}

/// Encrypt: bytes taken, 0 when there is no room now.
export fn tls_write(slot: u32, from: [*]const u8, n: u32) i32 {
    const s = &slots[slot];
    if (s.state != .open or s.output.buffer.len - s.output.end < record_max + 256) return 0;
    const part = [_][]const u8{from[0..@min(n, 16384)]};
    const taken = s.client.writer.vtable.drain(&s.client.writer, &part, 1) catch return 0;
    return @intCast(taken);
}

/// Encrypted bytes that are to be sent.
export fn tls_output(slot: u32, n: *u32) [*]const u8 {
    const s = &slots[slot];
    n.* = @intCast(s.output.end - s.sent);
    return s.output_buffer[s.sent..].ptr;
}

export fn tls_sent(slot: u32, n: u32) void {
    const s = &slots[slot];
    s.sent += n;
    // While the handshake is played again its bytes are counted from the beginning.
    if (s.state == .handshake or s.sent < s.output.end) return;
    s.sent = 0;
    s.output.end = 0;
}

/// The length of the whole record at `at`, null when it has not come yet.
fn recordAt(s: *Slot, at: usize) ?usize {
    const there = s.input_buffer[at..s.input.end];
    if (there.len < 5) return null;
    const length = 5 + @as(usize, std.mem.readInt(u16, there[3..5], .big));
    // One that is longer than allowed is an error that the client finds.
    return if (there.len >= length or length > record_max) @min(length, there.len) else null;
}

fn fail(text: [*:0]const u8) i32 {
    failure = text;
    return -1;
}

fn handshake(s: *Slot) i32 {
    s.input.seek = 0;
    s.output.end = 0;
    var alert: std.crypto.tls.Alert = undefined;
    s.client = Client.init(&s.input, &s.output, .{
        .host = .{ .explicit = s.host[0..s.host_len] },
        .ca = .{ .bundle = .{ .gpa = std.mem.Allocator.failing, .io = std.Io.failing, .lock = &lock, .bundle = &bundle } },
        .write_buffer = &.{},
        .read_buffer = &s.clear_buffer,
        .entropy = &s.seed,
        .realtime_now = .{ .nanoseconds = @as(i96, s.now) * std.time.ns_per_s },
        .alert = &alert,
    }) catch |err| {
        // It wants more than there is.
        if (err == error.TlsConnectionTruncated) return 0;
        return fail(switch (err) {
            error.CertificateExpired => "its certificate has expired",
            error.CertificateNotYetValid => "its certificate is not valid yet",
            error.CertificateHostMismatch => "its certificate is for another host",
            error.TlsCertificateNotVerified => @import("policy.zig").reason orelse "its certificate was not issued by an authority that is trusted here",
            error.CertificateSignatureInvalid, error.CertificateSignatureInvalidLength, error.CertificateIssuerMismatch => "the signature of its certificate is wrong",
            error.TlsAlert => switch (alert.description) {
                .handshake_failure, .protocol_version, .insufficient_security => "it speaks no version or cipher of TLS that is known here",
                .unrecognized_name => "it does not know that name",
                .certificate_required => "it wants a certificate of the client",
                else => "it refused the TLS handshake",
            },
            error.TlsUnexpectedMessage, error.TlsIllegalParameter, error.TlsDecodeError, error.TlsRecordOverflow => "it does not speak TLS as it should",
            error.SignatureVerificationFailed, error.InvalidSignature, error.TlsDecryptError, error.TlsBadRecordMac => "it could not prove who it is",
            else => "its TLS handshake failed",
        });
    };
    s.state = .open;
    return 0;
}
