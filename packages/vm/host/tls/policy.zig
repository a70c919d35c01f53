//! What the standard library's client does not ask of a certificate in a chain (RFC 5280, 6.1.4): that an issuer may issue, that it is for servers, and that it holds
//! no critical condition that is not understood here. Without it anyone with a certificate of his own could issue one for any name.
const std = @import("std");
const der = std.crypto.Certificate.der;

pub var reason: ?[*:0]const u8 = null;

const md5_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04";
const sha1_rsa = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05";
const key_usage = "\x55\x1d\x0f";
const subject_alternative_name = "\x55\x1d\x11";
const basic_constraints = "\x55\x1d\x13";
const policies = "\x55\x1d\x20";
const extended_key_usage = "\x55\x1d\x25";
const server_authentication = "\x2b\x06\x01\x05\x05\x07\x03\x01";
const any_usage = "\x55\x1d\x25\x00";

fn refuse(text: [*:0]const u8) error{TlsCertificateNotVerified} {
    reason = text;
    return error.TlsCertificateNotVerified;
}

/// `depth`: 0 is the server's own, 1 who issued it, and so on up to the one that a trusted authority issued.
pub fn check(certificate: []const u8, depth: usize) !void {
    reason = null;
    check2(certificate, depth) catch |err| return switch (err) {
        error.TlsCertificateNotVerified => error.TlsCertificateNotVerified,
        else => refuse("its certificate is malformed"),
    };
}

fn check2(bytes: []const u8, depth: usize) !void {
    const whole = try der.Element.parse(bytes, 0);
    const signed = try der.Element.parse(bytes, whole.slice.start);
    const algorithm = try der.Element.parse(bytes, signed.slice.end);
    const name = slice(bytes, try der.Element.parse(bytes, algorithm.slice.start));
    if (equal(name, md5_rsa) or equal(name, sha1_rsa)) return refuse("its certificate has an outdated signature");
    var is_authority = false;
    var longest: usize = std.math.maxInt(usize);
    var at = signed.slice.start;
    while (at < signed.slice.end) {
        const field = try der.Element.parse(bytes, at);
        if (bytes[at] == 0xa3) {
            const list = try der.Element.parse(bytes, field.slice.start);
            var next = list.slice.start;
            while (next < list.slice.end) {
                const extension = try der.Element.parse(bytes, next);
                next = extension.slice.end;
                const oid_element = try der.Element.parse(bytes, extension.slice.start);
                const oid = slice(bytes, oid_element);
                var value = try der.Element.parse(bytes, oid_element.slice.end);
                var critical = false;
                if (bytes[oid_element.slice.end] == 0x01) {
                    critical = slice(bytes, value).len == 1 and bytes[value.slice.start] != 0;
                    value = try der.Element.parse(bytes, value.slice.end);
                }
                if (equal(oid, basic_constraints)) {
                    const sequence = try der.Element.parse(bytes, value.slice.start);
                    var part = sequence.slice.start;
                    if (part < sequence.slice.end and bytes[part] == 0x01) {
                        const flag = try der.Element.parse(bytes, part);
                        is_authority = slice(bytes, flag).len == 1 and bytes[flag.slice.start] != 0;
                        part = flag.slice.end;
                    }
                    if (part < sequence.slice.end and bytes[part] == 0x02) {
                        const length = slice(bytes, try der.Element.parse(bytes, part));
                        longest = if (length.len == 1 and length[0] < 0x80) length[0] else return refuse("its certificate is malformed");
                    }
                } else if (equal(oid, key_usage)) {
                    const usage = slice(bytes, try der.Element.parse(bytes, value.slice.start));
                    if (depth > 0 and (usage.len < 2 or usage[1] & 0x04 == 0)) return refuse("a certificate of its chain may not issue others");
                } else if (equal(oid, extended_key_usage)) {
                    const sequence = try der.Element.parse(bytes, value.slice.start);
                    var usage = sequence.slice.start;
                    const found = while (usage < sequence.slice.end) {
                        const one = try der.Element.parse(bytes, usage);
                        if (equal(slice(bytes, one), server_authentication) or equal(slice(bytes, one), any_usage)) break true;
                        usage = one.slice.end;
                    } else false;
                    if (!found) return refuse("its certificate is not for servers");
                } else if (critical and !equal(oid, subject_alternative_name) and !equal(oid, policies)) {
                    return refuse("its certificate has a condition that is not known here");
                }
            }
        }
        at = field.slice.end;
    }
    if (depth > 0 and (!is_authority or depth - 1 > longest)) return refuse("a certificate of its chain may not issue others");
}

fn slice(bytes: []const u8, element: der.Element) []const u8 {
    return bytes[element.slice.start..element.slice.end];
}

fn equal(a: []const u8, b: []const u8) bool {
    return std.mem.eql(u8, a, b);
}
