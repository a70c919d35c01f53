/*
 * The floor: what the operating system alone costs. A static binary that listens, answers each request with the same JSON
 * as bench/handlers/hello.js, and does nothing else: no parsing, no event loop, no options but the port. floor-noting.c is the same
 * with notes of its phases.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef NOTE
#define NOTE(phase)
#define HAND_OVER()
#endif

static const char answer[] =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n{\"hello\":\"world\"}";

int main(int argc, char **argv) {
  NOTE(SPAWN);
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 0));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 128) < 0) return 4;
  NOTE(LISTEN);
  for (;;) {
    char request[4096];
    int connection = accept(listener, NULL, NULL);
    NOTE(OTHER);
    while (read(connection, request, sizeof request) > 0) {
      if (write(connection, answer, sizeof answer - 1) < 0) break;
      NOTE(FIRST_REQUEST);
      HAND_OVER();
    }
    close(connection);
  }
}
