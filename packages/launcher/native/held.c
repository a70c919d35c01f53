#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launcher.h"

#define MAX_SHARED 256 /* sockets on one port: the program has at most 4,096 instructions */
#define SOURCE_NETWORK 0x7f4d0000u /* 127.77.0.0/16 */

struct held held[MAX_HELD];
int held_count;

struct held *held_find(const char *id) {
  for (int i = 0; i < held_count; i++)
    if (strcmp(held[i].id, id) == 0) return &held[i];
  return NULL;
}

static bool share_port(const struct held *a, const struct held *b) { return a->port == b->port && a->address == b->address; }

static int sharers(const struct held *h) {
  int count = 0;
  for (int i = 0; i < held_count; i++) count += share_port(&held[i], h);
  return count;
}

bool held_is_shared(const struct held *h) { return sharers(h) > 1; }

uint32_t held_source(const struct held *h) { return htonl(SOURCE_NETWORK | h->tag); }

/* Attach the program that picks a socket of the port of `h`. Without weights (none of them is ready) the kernel spreads connections over all. */
static void direct(const struct held *h) {
  static struct sock_filter program[4 * MAX_SHARED + 8];
  unsigned n = 0;
  uint64_t total = 0;
  const struct held *any = NULL;
  program[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + 12); /* the source address */
  for (int i = 0; i < held_count; i++) {
    if (!share_port(&held[i], h)) continue;
    any = &held[i];
    total += held[i].weight;
    program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOURCE_NETWORK | held[i].tag, 0, 1);
    program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (uint32_t)held[i].index);
  }
  if (any == NULL) return;
  if (total > 0 && total <= UINT32_MAX) {
    program[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_AD_OFF + SKF_AD_RANDOM);
    program[n++] = (struct sock_filter)BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, (uint32_t)total);
    uint32_t below = 0;
    for (int i = 0; i < held_count; i++) {
      if (!share_port(&held[i], h) || held[i].weight == 0) continue;
      below += held[i].weight;
      program[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, below, 1, 0);
      program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (uint32_t)held[i].index);
    }
  }
  program[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX); /* no such index: the kernel's own choice */
  struct sock_fprog attached = {.len = (unsigned short)n, .filter = program};
  if (setsockopt(any->fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &attached, sizeof attached) < 0)
    fprintf(stderr, "zerostart-launcher: connections of port %d cannot be shared by weight: %s\n", h->port, strerror(errno));
}

struct held *held_add(const char *id, const struct held *mate, const char *host, int *port) {
  if (mate != NULL) *port = mate->port;
  struct held new = {.port = *port};
  if (held_count == MAX_HELD) return errno = EMFILE, NULL;
  if (inet_pton(AF_INET, host, &new.address) != 1) return errno = EINVAL, NULL;
  if (mate != NULL) new.address = mate->address;
  int beside = mate == NULL ? 0 : sharers(mate);
  if (beside == MAX_SHARED) return errno = EMFILE, NULL;
  struct in_addr address = {.s_addr = new.address};
  new.fd = listen_on(inet_ntoa(address), port, beside > 0);
  if (new.fd < 0) return NULL;
  new.port = *port;
  new.index = beside;
  /* Alone it takes every connection; one that comes to others waits to be weighed. */
  new.weight = beside == 0;
  snprintf(new.id, sizeof new.id, "%s", id);
  static uint16_t next_tag;
  for (bool used = true; used;) {
    if (++next_tag == 0) next_tag = 1;
    used = false;
    for (int i = 0; i < held_count; i++) used |= held[i].tag == next_tag;
  }
  new.tag = next_tag;
  held[held_count++] = new;
  direct(&new);
  return &held[held_count - 1];
}

void held_weigh(struct held *h, uint32_t weight) {
  h->weight = weight > 1000000 ? 1000000 : weight;
  direct(h);
}

void held_release(struct held *h) {
  struct held gone = *h;
  /* Out of the port's list now, whoever else has it open. The kernel fills the gap with the last one. */
  shutdown(gone.fd, SHUT_RD);
  close(gone.fd);
  *h = held[--held_count];
  int last = sharers(&gone);
  for (int i = 0; i < held_count; i++)
    if (share_port(&held[i], &gone) && held[i].index == last) held[i].index = gone.index;
  if (last > 0) direct(&gone);
}
