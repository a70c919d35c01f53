#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "launcher.h"

void response_init(struct response *r) {
  r->state = HEAD;
  r->status = 0;
  r->remaining = r->total_bytes = 0;
  r->digits = r->line_length = 0;
  r->error = NULL;
  r->head_length = r->body_length = 0;
}

static int fail(struct response *r, const char *error) {
  r->error = error;
  return -1;
}

/* RFC 9112, 6.3: how the length of the body is known. `head` is NUL-terminated and ends before the blank line. */
static int read_head(struct response *r) {
  char *head = r->head;
  if (strncmp(head, "HTTP/1.", 7) != 0 || strlen(head) < 12 || head[8] != ' ') return fail(r, "the answer is not HTTP/1.x");
  r->status = atoi(head + 9);
  if (r->status < 100 || r->status > 999) return fail(r, "the answer's status is not a number");
  if (r->status < 200 && r->status != 101) {
    r->head_length = 0; /* an interim answer: the real one follows */
    return 0;
  }
  bool chunked = false, sized = false;
  for (char *line = strchr(head, '\n'); line != NULL && line[1]; line = strchr(line, '\n')) {
    line++;
    if (strncasecmp(line, "content-length:", 15) == 0) {
      char *end;
      const char *digits = line + 15 + strspn(line + 15, " \t");
      if (*digits < '0' || *digits > '9') return fail(r, "the answer's Content-Length is not a number");
      r->remaining = strtoull(digits, &end, 10);
      sized = true;
    } else if (strncasecmp(line, "transfer-encoding:", 18) == 0) {
      char *end = strchr(line, '\n');
      size_t length = end ? (size_t)(end - line) : strlen(line);
      while (length > 18 && (line[length - 1] == '\r' || line[length - 1] == ' ')) length--;
      chunked = length >= 25 && strncasecmp(line + length - 7, "chunked", 7) == 0;
      if (!chunked) return fail(r, "the answer's Transfer-Encoding is not known");
    }
  }
  if (r->status == 204 || r->status == 304 || r->status == 101) r->state = DONE;
  else if (chunked) r->state = CHUNK_SIZE, r->remaining = 0, r->digits = 0;
  else if (sized) r->state = r->remaining > 0 ? BODY_LENGTH : DONE;
  else r->state = BODY_CLOSE;
  return 0;
}

static void keep_body(struct response *r, const char *bytes, size_t length) {
  size_t room = sizeof r->body - r->body_length;
  if (length > room) length = room;
  memcpy(r->body + r->body_length, bytes, length);
  r->body_length += length;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int response_feed(struct response *r, const char *bytes, size_t length) {
  r->total_bytes += length;
  while (length > 0 && r->state != DONE) {
    size_t taken = 1;
    char c = *bytes;
    switch (r->state) {
      case HEAD:
        if (r->head_length + 1 >= sizeof r->head) return fail(r, "the answer's head is longer than 32 KiB");
        r->head[r->head_length++] = c;
        if (c == '\n' && r->head_length >= 2 &&
            (r->head[r->head_length - 2] == '\n' || (r->head_length >= 4 && memcmp(r->head + r->head_length - 4, "\r\n\r\n", 4) == 0))) {
          r->head[r->head_length - 1] = 0;
          if (read_head(r) < 0) return -1;
        }
        break;
      case BODY_LENGTH:
      case CHUNK_DATA:
        taken = length < r->remaining ? length : (size_t)r->remaining;
        keep_body(r, bytes, taken);
        r->remaining -= taken;
        if (r->remaining == 0) r->state = r->state == BODY_LENGTH ? DONE : CHUNK_DATA_END;
        break;
      case BODY_CLOSE:
        taken = length;
        keep_body(r, bytes, taken);
        break;
      case CHUNK_SIZE: {
        int digit = hex_digit(c);
        if (digit >= 0) {
          if (++r->digits > 15) return fail(r, "a chunk of the answer is too large");
          r->remaining = r->remaining << 4 | (unsigned)digit;
          break;
        }
        if (r->digits == 0) return fail(r, "a chunk of the answer has no size");
        r->state = CHUNK_EXTENSION;
        taken = 0; /* the character may already end the line */
        break;
      }
      case CHUNK_EXTENSION:
        if (c == '\n') {
          r->state = r->remaining > 0 ? CHUNK_DATA : TRAILER;
          r->line_length = 0;
        }
        break;
      case CHUNK_DATA_END:
        if (c == '\n') r->state = CHUNK_SIZE, r->digits = 0;
        else if (c != '\r') return fail(r, "a chunk of the answer is longer than its size");
        break;
      case TRAILER:
        if (c == '\n') {
          if (r->line_length == 0) r->state = DONE;
          r->line_length = 0;
        } else if (c != '\r') {
          r->line_length++;
        }
        break;
      case DONE: break;
    }
    bytes += taken;
    length -= taken;
  }
  return r->state == DONE ? 1 : 0;
}

int response_end(struct response *r) {
  if (r->state == BODY_CLOSE) r->state = DONE;
  if (r->state == DONE) return 1;
  return fail(r, r->total_bytes == 0 ? "the connection was closed without an answer" : "the connection was closed in the middle of the answer");
}
