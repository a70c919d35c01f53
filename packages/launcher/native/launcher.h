/*
 * The launcher times a start from outside the started process, as the first client would see it.
 *
 * It is native because spawning from a managed runtime costs several times what a start itself costs, and it is one
 * process so that its own pages, sockets and caches are warm for every run of a comparison. Linux only.
 *
 * Wire format. Requests on stdin: u32 length (little-endian), then that many bytes of NUL-terminated `key=value`
 * strings (an argument, path or environment entry cannot hold a NUL, so nothing needs escaping). Answers on stdout:
 * one JSON object a line; bytes that others produced (bodies, output, /proc text) are base64 in it.
 */
#ifndef ZEROSTART_LAUNCHER_H
#define ZEROSTART_LAUNCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_FRAME (1u << 20)
#define MAX_STRINGS 4096
#define TAIL_BYTES 8192
#define BODY_BYTES 2048

/* --- held.c: listening sockets that outlive the processes which serve them --- */

#define MAX_HELD 1024

/*
 * A version follows another, or a crashed process itself, on the same socket, and connections wait in its queue meanwhile. Several sockets
 * may share a port (SO_REUSEPORT): each serves its own instance, and a classic BPF program, attached to the port, draws the socket of
 * each new connection by the sockets' weights. So that one of them can be reached on purpose (to time its process's start, to ask whether it
 * lives), a connection from 127.77.TAG, an address that only this machine can have, always goes to the socket with that tag.
 */
struct held {
  char id[64];
  int fd, port;
  uint32_t address; /* as in sockaddr_in */
  uint16_t tag;     /* never changes; unique among the sockets held */
  int index;        /* in the kernel's list of the port's sockets */
  uint32_t weight;
  bool awaited; /* a connection that waits is to be told of, once */
};

extern struct held held[MAX_HELD];
extern int held_count;

struct held *held_find(const char *id);
/* Listen on an address and port (0: a free one), or on the port of `mate`. NULL with errno; `*port` then tells which. */
struct held *held_add(const char *id, const struct held *mate, const char *host, int *port);
void held_weigh(struct held *h, uint32_t weight);
void held_release(struct held *h);
/* Whether others share its port, so that a connection has to say which one it is for. */
bool held_is_shared(const struct held *h);
/* The source address that leads to it, in network order. */
uint32_t held_source(const struct held *h);

/* --- hand-over.c: to the launcher of a newer agent, which takes this one's place --- */

/* A socket of the file system where another launcher can fetch what is held; -1 with errno. */
int hand_over_offer(const char *path);
/* Somebody is there: they get all that is held, nothing is held any more, and the offer is gone from its path. False when that failed and all is as before. */
bool hand_over_give(int offer, const char *path);
/* Hold what is offered there, under ids that begin with `prefix`. How many; -1 with errno. */
int hand_over_take(const char *path, const char *prefix);

/* --- message.c: building and sending one JSON line --- */

struct message {
  char *data;
  size_t length, capacity;
};

void message_begin(struct message *m, const char *type, const char *id);
void message_string(struct message *m, const char *key, const char *text);
void message_integer(struct message *m, const char *key, int64_t value);
void message_base64(struct message *m, const char *key, const void *bytes, size_t length);
/* Ends the line, writes it to `fd` in one piece and frees it. False when the reader is gone. */
bool message_send(struct message *m, int fd);

/* --- response.c: where an HTTP/1.1 response ends --- */

struct response {
  enum { HEAD, BODY_LENGTH, BODY_CLOSE, CHUNK_SIZE, CHUNK_EXTENSION, CHUNK_DATA, CHUNK_DATA_END, TRAILER, DONE } state;
  int status;
  uint64_t remaining;   /* of the body or the current chunk */
  uint64_t total_bytes; /* received in all, head included */
  unsigned digits;      /* of the chunk size read so far */
  unsigned line_length; /* of the current trailer line */
  const char *error;
  size_t head_length, body_length;
  char head[32768];
  char body[BODY_BYTES]; /* the first bytes of the body, so that a caller can check what answered */
};

void response_init(struct response *r);
/* 1: the last byte is in; 0: more is needed; -1: not HTTP, see `error`. */
int response_feed(struct response *r, const char *bytes, size_t length);
/* The peer closed: 1 when that ends the response, -1 when it is cut short. */
int response_end(struct response *r);

/* --- start.c: one start, timed --- */

struct request {
  const char *op, *id;
  char *strings[MAX_STRINGS]; /* storage for the two vectors below */
  char **argv, **envp;        /* both NULL-terminated */
  const char *cwd, *host, *path;
  const char *listener;       /* id of a held listening socket that the process inherits as LISTENER_FD; NULL: it listens by itself */
  int listener_fd;            /* that socket here; -1 without one */
  uint32_t source;            /* where to connect from, so that it is that socket's connection; 0: from anywhere */
  unsigned weight;
  int port;                   /* 0: the launcher finds a free one */
  bool trace;
  bool watched; /* from another processor than it runs on */
  bool pooled; /* the process says when it is ready (a first trace), and the time counts from then */
  uint64_t connect_ns, response_ns, grace_ns;
};

struct output {
  int fd;
  char tail[TAIL_BYTES]; /* ring of the last bytes */
  uint64_t total;
  /* What was produced during the timed part waits here, so that forwarding it does not disturb the clock. */
  char *pending;
  size_t pending_length, pending_capacity;
};

struct started {
  pid_t pid;
  int port;
  int cancel; /* readable when the start is no longer wanted; -1: never */
  bool cancelled;
  struct output out, err;
};

/* Descriptors of a started process, beside 0 to 2. */
enum { TRACE_FD = 3, LISTENER_FD = 4 };

uint64_t now_ns(void);
/*
 * A listening TCP socket on an IPv4 address; port 0 picks one below the ephemeral range. -1 with errno, or with `*port` 0 when none is free.
 * A `shared` one joins others on a port that is known to be ours; any other finds the port free.
 */
int listen_on(const char *host, int *port, bool shared);
/*
 * Start, connect, send, read to the last byte, read trace and memory. On success an answer is in `answer` and the
 * process runs; on failure an error is in `answer`, and the process is killed and reaped. `answer` is not yet sent.
 */
bool start_run(const struct request *request, int cancel, struct started *started, struct message *answer);
/* Once, before the first start. */
void start_prepare(void);
/* Read what is there into tail and pending (when `keep`). False at end of file. */
bool output_drain(struct output *output, bool keep);
void output_close(struct output *output);
void message_tail(struct message *m, const char *key, const struct output *output);

#endif
