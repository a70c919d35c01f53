#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher.h"

static char *reserve(struct message *m, size_t more) {
  if (m->length + more > m->capacity) {
    size_t capacity = (m->length + more) * 2;
    char *data = realloc(m->data, capacity);
    if (data == NULL) {
      static const char text[] = "zerostart-launcher: out of memory\n";
      (void)!write(2, text, sizeof text - 1);
      _exit(70);
    }
    m->data = data;
    m->capacity = capacity;
  }
  return m->data + m->length;
}

static void put(struct message *m, const char *text, size_t length) {
  memcpy(reserve(m, length), text, length);
  m->length += length;
}

static void put_key(struct message *m, const char *key) {
  put(m, m->length > 1 ? ",\"" : "\"", m->length > 1 ? 2 : 1);
  put(m, key, strlen(key));
  put(m, "\":", 2);
}

void message_begin(struct message *m, const char *type, const char *id) {
  m->data = NULL;
  m->length = m->capacity = 0;
  put(m, "{", 1);
  message_string(m, "type", type);
  if (id != NULL) message_string(m, "id", id);
}

void message_string(struct message *m, const char *key, const char *text) {
  put_key(m, key);
  put(m, "\"", 1);
  for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
    if (*p == '"' || *p == '\\') {
      char escaped[2] = {'\\', (char)*p};
      put(m, escaped, 2);
    } else if (*p < 0x20 || *p >= 0x7f) {
      char escaped[8];
      put(m, escaped, (size_t)snprintf(escaped, sizeof escaped, "\\u%04x", *p));
    } else {
      put(m, (const char *)p, 1);
    }
  }
  put(m, "\"", 1);
}

void message_integer(struct message *m, const char *key, int64_t value) {
  char text[24];
  put_key(m, key);
  put(m, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)value));
}

void message_base64(struct message *m, const char *key, const void *bytes, size_t length) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const unsigned char *p = bytes;
  put_key(m, key);
  put(m, "\"", 1);
  for (size_t i = 0; i < length; i += 3) {
    uint32_t group = (uint32_t)p[i] << 16 | (i + 1 < length ? (uint32_t)p[i + 1] << 8 : 0) | (i + 2 < length ? p[i + 2] : 0);
    char text[4] = {digits[group >> 18], digits[group >> 12 & 63], i + 1 < length ? digits[group >> 6 & 63] : '=',
                    i + 2 < length ? digits[group & 63] : '='};
    put(m, text, 4);
  }
  put(m, "\"", 1);
}

bool message_send(struct message *m, int fd) {
  put(m, "}\n", 2);
  bool ok = true;
  /* A worker's channel keeps message boundaries, so there the first write takes it all. */
  for (size_t done = 0; done < m->length;) {
    ssize_t n = write(fd, m->data + done, m->length - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      ok = false;
      break;
    }
    done += (size_t)n;
  }
  free(m->data);
  m->data = NULL;
  return ok;
}
