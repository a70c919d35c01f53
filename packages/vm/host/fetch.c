/*
 * Connections that the handler opens (`fetch`). The operator's list of places (--allow-fetch) is enforced here, outside of the sandbox; without one nothing can be
 * reached. Names are resolved by /etc/hosts and, over UDP, by the name servers of /etc/resolv.conf (RFC 1035): one question at a time, each from a socket of its own.
 *
 * A rule is HOST, HOST:PORT or HOST:*; without a port it means 80 and 443. HOST is a name, an address, *.DOMAIN or *. What only a wildcard allows must have a public
 * address, so that a name under somebody else's control does not lead into the network around the handler. Link-local addresses (where clouds keep their metadata) are
 * reached by writing the address itself alone.
 */
#include "arch.h"
#include "fetch.h"
#include "secure.h"

enum { AT_FDCWD = -100, O_CLOEXEC = 02000000, MSG_DONTWAIT = 0x40, MSG_NOSIGNAL = 0x4000, SERVERS_MAX = 3, NAME_MAX = 253, PACKET_MAX = 1500, TYPE_A = 1, TYPE_AAAA = 28 };
enum { RULE_NONE = 0, RULE_WILDCARD = 1, RULE_NAME = 2, RULE_ADDRESS = 3 };

struct lookup { u16 id, type, port; u8 rule, tries; char name[NAME_MAX + 3]; };
static struct lookup lookups[OUTGOING_MAX] LARGE;
static char hosts[65536] LARGE, resolver[4096] LARGE;
static union address servers[SERVERS_MAX] LARGE;
static u32 server_count;

static u8 lower(u8 c) { return c >= 'A' && c <= 'Z' ? (u8)(c | 32) : c; }
static int is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
static int is_end(char c) { return !c || c == '\n' || c == '#'; }

static void read_file(const char *path, char *to, u32 size) {
  long file = SYSCALL(openat, AT_FDCWD, path, O_CLOEXEC, 0);
  if (file < 0) return;
  long got = SYSCALL(pread64, file, to, size - 1, 0);
  to[got > 0 ? got : 0] = 0;
  SYSCALL(close, file);
}

/* The next word of a line into `word`; where it ends, or 0 at the end of the line. */
static const char *next_word(const char *s, char *word, u32 size) {
  u32 n = 0;
  while (is_blank(*s)) s++;
  if (is_end(*s)) return 0;
  for (; !is_blank(*s) && !is_end(*s); s++)
    if (n < size - 1) word[n++] = (char)lower((u8)*s);
  word[n] = 0;
  return s;
}
static const char *next_line(const char *s) {
  while (*s && *s != '\n') s++;
  return *s ? s + 1 : s;
}

static void add_server(const char *text, u32 port) {
  if (server_count == SERVERS_MAX || !address_parse(text, &servers[server_count])) return;
  servers[server_count++].v4.port = big_endian(port); /* the port lies alike in both families */
}

/* Split HOST[:PORT] (brackets around an IPv6 address): bytes of the host; *port is 0 without one, -1 for *. Negative when malformed. */
static s32 split_port(const char *s, u32 n, s32 *port) {
  u32 end = n;
  *port = 0;
  if (n && s[0] == '[') {
    for (end = 0; end < n && s[end] != ']'; end++) continue;
    if (end++ == n) return -1;
  } else {
    for (end = 0; end < n && s[end] != ':'; end++) continue;
  }
  if (end == n) return end ? (s32)end : -1;
  if (!end || s[end] != ':' || end + 1 == n) return -1;
  if (n - end == 2 && s[end + 1] == '*') {
    *port = -1;
    return (s32)end;
  }
  s32 value = 0;
  for (u32 i = end + 1; i < n; i++) {
    if (s[i] < '0' || s[i] > '9' || value > 65535) return -1;
    value = value * 10 + (s[i] - '0');
  }
  if (value < 1 || value > 65535) return -1;
  *port = value;
  return (s32)end;
}

static int same_host(const char *a, u32 an, const char *b, u32 bn) {
  if (an != bn) return 0;
  for (u32 i = 0; i < an; i++)
    if (lower((u8)a[i]) != (u8)b[i]) return 0;
  return 1;
}

/* The next rule at *s, which moves behind it; 0 at the end. */
static const char *next_rule(const char **s, u32 *n) {
  while (**s == ',' || is_blank(**s)) (*s)++;
  const char *rule = *s;
  while (**s && **s != ',' && !is_blank(**s)) (*s)++;
  *n = (u32)(*s - rule);
  return *n ? rule : 0;
}

static int rule_for(const char *host, u32 n, u32 port, int literal) {
  const char *list = options.allow_fetch, *rule;
  u32 rn;
  int best = RULE_NONE;
  while ((rule = next_rule(&list, &rn))) {
    s32 wanted, hn = split_port(rule, rn, &wanted);
    if (hn < 0 || (wanted > 0 ? (u32)wanted != port : !wanted && port != 80 && port != 443)) continue;
    int found = RULE_NONE;
    if (same_host(rule, (u32)hn, host, n)) found = literal ? RULE_ADDRESS : RULE_NAME;
    else if (hn == 1 && rule[0] == '*') found = RULE_WILDCARD;
    else if (hn > 2 && rule[0] == '*' && rule[1] == '.' && !literal && n > (u32)hn - 1 && same_host(rule + 1, (u32)hn - 1, host + n - hn + 1, (u32)hn - 1)) found = RULE_WILDCARD;
    if (found > best) best = found;
  }
  return best;
}

u32 fetch_next_ports(const char **list, u32 ports[2]) {
  u32 n;
  s32 port;
  const char *rule = next_rule(list, &n);
  if (!rule || split_port(rule, n, &port) < 0) return 0;
  ports[0] = port > 0 ? (u32)port : port < 0 ? 0 : 80;
  ports[1] = 443;
  return port ? 1 : 2;
}

static int may_reach_v4(const u8 *ip, int rule) {
  if (rule == RULE_ADDRESS) return 1;
  if (ip[0] == 0 || ip[0] >= 224 || (ip[0] == 169 && ip[1] == 254)) return 0;
  if (rule == RULE_NAME) return 1;
  /* RFC 6890: private, shared, loopback, benchmarks, documentation and the like. */
  return !(ip[0] == 10 || ip[0] == 127 || (ip[0] == 100 && (ip[1] & 0xc0) == 64) || (ip[0] == 172 && (ip[1] & 0xf0) == 16) ||
           (ip[0] == 192 && (ip[1] == 168 || (ip[1] == 0 && (ip[2] == 0 || ip[2] == 2)))) || (ip[0] == 198 && (ip[1] & 0xfe) == 18));
}

static int may_reach(const union address *a, int rule) {
  static const u8 mapped[12] = {[10] = 0xff, [11] = 0xff}, zero[15];
  if (rule == RULE_ADDRESS) return 1;
  if (a->family == AF_INET) return may_reach_v4(a->v4.ip, rule);
  const u8 *ip = a->v6.ip;
  if (!memcmp(ip, mapped, 12)) return may_reach_v4(ip + 12, rule);
  if (ip[0] == 0xff || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80) || (!memcmp(ip, zero, 15) && ip[15] == 0)) return 0;
  if (rule == RULE_NAME) return 1;
  /* Global unicast without 6to4, Teredo and documentation, which can hold an IPv4 address or lead nowhere. */
  return (ip[0] & 0xe0) == 0x20 && !(ip[0] == 0x20 && ip[1] == 2) && !(ip[0] == 0x20 && ip[1] == 1 && ip[2] == 0 && ip[3] == 0) &&
         !(ip[0] == 0x20 && ip[1] == 1 && ip[2] == 0x0d && ip[3] == 0xb8);
}

void fetch_prepare(void) {
  const char *list = options.allow_fetch, *rule;
  u32 n;
  s32 port;
  while ((rule = next_rule(&list, &n)))
    if (split_port(rule, n, &port) < 0) {
      say("zerostart: not a host or host:port in --allow-fetch: ", rule, (char *)0);
      exit_now(EXIT_USAGE);
    }
  if (secure_available()) secure_prepare();
  read_file("/etc/hosts", hosts, sizeof hosts);
  char word[64];
  if (options.name_server) {
    s32 end = split_port(options.name_server, (u32)text_length(options.name_server), &port);
    if (end > 0 && end < (s32)sizeof word && port >= 0) {
      int bracket = options.name_server[0] == '[';
      memcpy(word, options.name_server + bracket, (u32)end);
      word[end - 2 * bracket] = 0;
      add_server(word, port ? (u32)port : 53);
    }
    if (server_count) return;
    say("zerostart: not an address or address:port: ", options.name_server, (char *)0);
    exit_now(EXIT_USAGE);
  }
  read_file("/etc/resolv.conf", resolver, sizeof resolver);
  for (const char *line = resolver; *line; line = next_line(line)) {
    const char *rest = next_word(line, word, sizeof word);
    if (rest && text_equal(word, "nameserver") && next_word(rest, word, sizeof word)) add_server(word, 53);
  }
  if (!server_count) add_server("127.0.0.1", 53);
}

/* An address that /etc/hosts gives a name. */
static int from_hosts(const char *name, union address *to) {
  char word[NAME_MAX + 1];
  for (const char *line = hosts; *line; line = next_line(line)) {
    const char *rest = next_word(line, word, sizeof word);
    if (!rest || !address_parse(word, to)) continue;
    while ((rest = next_word(rest, word, sizeof word)))
      if (text_equal(word, name)) return 1;
  }
  return text_equal(name, "localhost") && address_parse("127.0.0.1", to);
}

u32 fetch_host_bytes(const u8 *authority, u32 n) {
  s32 port, end = split_port((const char *)authority, n, &port);
  return end < 0 ? 0 : (u32)end;
}

int fetch_begin(const u8 *authority, u32 n, u32 slot, union address *to) {
  char name[NAME_MAX + 3];
  s32 port, end = split_port((const char *)authority, n, &port);
  if (end < 0 || port <= 0 || end > NAME_MAX) return FETCH_MALFORMED;
  int bracket = authority[0] == '[', literal;
  memcpy(name, authority, (u32)end);
  name[end] = 0;
  for (s32 i = 0; i < end; i++) {
    /* A zero byte would end the name for some of what follows and not for the rules. */
    if (authority[i] <= ' ' || authority[i] >= 0x7f) return FETCH_MALFORMED;
    name[i] = (char)lower((u8)name[i]);
  }
  if (bracket) {
    name[end - 1] = 0;
    literal = address_parse(name + 1, to);
    name[end - 1] = ']';
    if (!literal) return FETCH_MALFORMED;
  } else {
    literal = address_parse(name, to);
  }
  int rule = rule_for(name, (u32)end, (u32)port, literal);
  if (rule == RULE_NONE) return FETCH_REFUSED;
  if (literal || from_hosts(name, to)) {
    if (!may_reach(to, rule)) return FETCH_REFUSED;
    to->v4.port = big_endian((u32)port);
    return 0;
  }
  struct lookup *l = &lookups[slot];
  memset(l, 0, sizeof *l);
  l->type = TYPE_A;
  l->port = (u16)port;
  l->rule = (u8)rule;
  /* A name's labels are 1 to 63 bytes; a dot at its end means nothing here. */
  if (end > 1 && name[end - 1] == '.') name[--end] = 0;
  for (s32 i = 0, from = 0; i <= end; i++)
    if (i == end || name[i] == '.') {
      if (i == from || i - from > 63) return FETCH_MALFORMED;
      from = i + 1;
    }
  memcpy(l->name, name, (u32)end + 1);
  return 1;
}

/* The question's section: name in labels, type, class. Bytes written. */
static u32 put_question(const struct lookup *l, u8 *to) {
  u32 at = 1, label = 0;
  for (const char *s = l->name; *s; s++) {
    if (*s == '.') to[label] = (u8)(at - label - 1), label = at;
    else to[at] = (u8)*s;
    at++;
  }
  to[label] = (u8)(at - label - 1);
  const u8 rest[5] = {0, 0, (u8)l->type, 0, 1};
  memcpy(to + at, rest, 5);
  return at + 5;
}

s32 fetch_ask(u32 slot) {
  struct lookup *l = &lookups[slot];
  const union address *server = &servers[l->tries++ % server_count];
  u8 packet[12 + NAME_MAX + 8] = {[2] = 1, [5] = 1}; /* recursion desired, one question */
  if (SYSCALL(getrandom, &l->id, 2, 0) != 2) return -1;
  memcpy(packet, &l->id, 2);
  u32 n = 12 + put_question(l, packet + 12);
  long fd = SYSCALL(socket, server->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return (s32)fd;
  if (SYSCALL(connect, fd, server, address_bytes(server)) < 0 || SYSCALL(sendto, fd, packet, n, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0) != (long)n) {
    SYSCALL(close, fd);
    return -1;
  }
  return (s32)fd;
}

/* Where a name in a message ends; 0 when it is cut off. */
static u32 skip_name(const u8 *packet, u32 at, u32 n) {
  while (at < n) {
    u8 length = packet[at];
    if (!length) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += length + 1u;
  }
  return 0;
}

int fetch_answer(u32 slot, s32 fd, union address *to) {
  struct lookup *l = &lookups[slot];
  u8 packet[PACKET_MAX], question[NAME_MAX + 8];
  long got = SYSCALL(recvfrom, fd, packet, sizeof packet, MSG_DONTWAIT, 0, 0);
  if (got == -EAGAIN || got == -EINTR) return 0;
  if (got < 0) return 2; /* nobody listens there: the next server */
  u32 n = (u32)got, asked = put_question(l, question);
  /* Anything that is no answer to this very question is not looked at. */
  if (n < 12 + asked || memcmp(packet, &l->id, 2) || !(packet[2] & 0x80) || packet[4] || packet[5] != 1) return 0;
  for (u32 i = 0; i < asked; i++)
    if (lower(packet[12 + i]) != lower(question[i])) return 0;
  u8 code = packet[3] & 15;
  if (code == 3) return -1;
  if (code) return 2;
  u32 at = 12 + asked, size = l->type == TYPE_A ? 4 : 16;
  for (u32 left = (u32)packet[6] << 8 | packet[7]; left; left--) {
    at = skip_name(packet, at, n);
    if (!at || at + 10 > n) break;
    u32 type = (u32)packet[at] << 8 | packet[at + 1], bytes = (u32)packet[at + 8] << 8 | packet[at + 9];
    at += 10;
    if (at + bytes > n) break;
    if (type == l->type && bytes == size) {
      memset(to, 0, sizeof *to);
      to->family = type == TYPE_A ? AF_INET : AF_INET6;
      memcpy(type == TYPE_A ? to->v4.ip : to->v6.ip, packet + at, size);
      to->v4.port = big_endian(l->port);
      if (may_reach(to, l->rule)) return 1;
    }
    at += bytes;
  }
  if (l->type == TYPE_AAAA) return -1;
  l->type = TYPE_AAAA;
  l->tries--; /* the same server again */
  return 2;
}

s32 fetch_connect(const union address *to) {
  enum { EINPROGRESS = 115 };
  int on = 1;
  long fd = SYSCALL(socket, to->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return (s32)fd;
  SYSCALL(setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  long error = SYSCALL(connect, fd, to, address_bytes(to));
  if (error >= 0 || error == -EINPROGRESS) return (s32)fd;
  SYSCALL(close, fd);
  return -1;
}
