/* Makes one system call over and over: `call-storm CALL COUNT`. Prints {"pid"} when ready, and for each line of input makes COUNT of them and
 * prints the time that they took, {"pid","wallNs"}. CALL is one of:
 *   getppid   a call that does nothing
 *   sendto    a datagram to a socket of its own on 127.0.0.1, and its receipt
 *   send      the same over a connected socket */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int sender, receiver, is_connected;
static struct sockaddr_in address = {.sin_family = AF_INET};

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int open_sockets(void) {
  socklen_t length = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  receiver = socket(AF_INET, SOCK_DGRAM, 0);
  sender = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(receiver, (struct sockaddr *)&address, length) < 0) return -1;
  if (getsockname(receiver, (struct sockaddr *)&address, &length) < 0) return -1;
  return is_connected ? connect(sender, (struct sockaddr *)&address, length) : 0;
}

static int send_one(void) {
  char byte = 'x';
  ssize_t sent = is_connected ? send(sender, &byte, 1, 0)
                              : sendto(sender, &byte, 1, 0, (struct sockaddr *)&address, sizeof address);
  return sent == 1 && read(receiver, &byte, 1) == 1;
}

static int call_nothing(void) { return syscall(SYS_getppid) >= 0; }

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int (*call)(void) = strcmp(argv[1], "getppid") ? send_one : call_nothing;
  long count = atol(argv[2]);
  is_connected = !strcmp(argv[1], "send");
  if (call == send_one && open_sockets() < 0) return 1;
  printf("{\"pid\":%d}\n", getpid());
  fflush(stdout);
  for (int byte; (byte = getchar()) != EOF;) {
    if (byte != '\n') continue;
    long long began = now();
    for (long i = 0; i < count; i++)
      if (!call()) return 1;
    printf("{\"pid\":%d,\"wallNs\":%lld}\n", getpid(), now() - began);
    fflush(stdout);
  }
  return 0;
}
