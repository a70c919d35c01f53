#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "launcher.h"

/*
 * One message a socket, with its descriptor, in the order of each port's list in the kernel; the sockets of a port keep their places in it, so the program that
 * spreads connections over them stays true. A last message without a descriptor says that these were all.
 */
struct handed {
  uint32_t address;
  int32_t port, index;
  uint32_t weight;
  uint16_t tag, is_last;
};

static bool unix_address(const char *path, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address->sun_path) return errno = ENAMETOOLONG, false;
  strcpy(address->sun_path, path);
  return true;
}

int hand_over_offer(const char *path) {
  struct sockaddr_un address;
  if (!unix_address(path, &address)) return -1;
  int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  unlink(path);
  mode_t before = umask(0177); /* whoever connects gets the sockets */
  bool ok = bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1) == 0;
  umask(before);
  if (ok) return fd;
  int error = errno;
  close(fd);
  return errno = error, -1;
}

static bool give(int to, const struct handed *what, int fd) {
  struct iovec part = {(void *)what, sizeof *what};
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (fd >= 0) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control.space;
    control.header = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
  }
  return sendmsg(to, &message, MSG_NOSIGNAL) == (ssize_t)sizeof *what;
}

bool hand_over_give(int offer, const char *path) {
  int to = accept4(offer, NULL, NULL, SOCK_CLOEXEC);
  if (to < 0) return false;
  bool ok = true;
  for (int index = 0, left = held_count; left > 0 && ok; index++)
    for (int i = 0; i < held_count && ok; i++) {
      const struct held *h = &held[i];
      if (h->index != index) continue;
      struct handed what = {.address = h->address, .port = h->port, .index = h->index, .weight = h->weight, .tag = h->tag};
      ok = give(to, &what, h->fd);
      left--;
    }
  struct handed last = {.is_last = 1};
  ok = ok && give(to, &last, -1);
  /* It says that it has them all; only then are ours closed, and not shut down: they are its own now. */
  char done;
  ok = ok && recv(to, &done, 1, 0) == 1;
  if (ok) unlink(path);
  close(to);
  if (!ok) return false;
  for (int i = 0; i < held_count; i++) close(held[i].fd);
  held_count = 0;
  return true;
}

int hand_over_take(const char *path, const char *prefix) {
  struct sockaddr_un address;
  if (!unix_address(path, &address)) return -1;
  int from = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), taken = 0;
  if (from < 0) return -1;
  struct timeval patience = {.tv_sec = 5};
  setsockopt(from, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(from, (struct sockaddr *)&address, sizeof address) < 0) goto fail;
  for (;;) {
    struct handed what;
    struct iovec part = {&what, sizeof what};
    union {
      struct cmsghdr header;
      char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space};
    ssize_t n = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
    if (n < 0) goto fail;
    if (n != (ssize_t)sizeof what) {
      errno = EPROTO;
      goto fail;
    }
    if (what.is_last) break;
    int fd = -1;
    if (message.msg_controllen >= CMSG_LEN(sizeof(int)) && control.header.cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
    if (fd < 0 || held_count == MAX_HELD) {
      errno = EPROTO;
      goto fail;
    }
    int high = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    close(fd);
    struct held *h = &held[held_count++];
    *h = (struct held){.fd = high, .port = what.port, .address = what.address, .tag = what.tag, .index = what.index, .weight = what.weight};
    snprintf(h->id, sizeof h->id, "%s%d", prefix, taken++);
  }
  if (send(from, "", 1, MSG_NOSIGNAL) != 1) goto fail;
  /* Closed by the other side when it has let go and the offer is gone. */
  char rest;
  (void)!recv(from, &rest, 1, 0);
  close(from);
  return taken;
fail:;
  int error = errno;
  close(from);
  while (taken-- > 0) close(held[--held_count].fd);
  return errno = error, -1;
}
