/* The plain listener on the proc connector that ours is compared with: one event per recv(2), and on an exec one readlink of
 * /proc/PID/exe and one read of /proc/PID/cmdline. Prints {"pid"} when it has subscribed, and on SIGTERM one line of JSON: events by
 * kind, how often the kernel had no room (ENOBUFS), how many of the reads succeeded, its CPU milliseconds and peak memory in kB.
 *   proc-listener         as above
 *   proc-listener deaf    subscribes and never reads: what is left is the cost in the kernel
 * The formats are in include/uapi/linux/cn_proc.h and connector.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECEIVE_BUFFER (16 << 20)

static volatile sig_atomic_t ended;
static long events, forks, execs, exits, others, overruns, exes, cmdlines, both;

static void end(int signal) {
  (void)signal;
  ended = 1;
}

static int fail(const char *what) {
  perror(what);
  exit(1);
}

/* PROC_CN_MCAST_LISTEN or PROC_CN_MCAST_IGNORE. */
static void subscribe(int fd, enum proc_cn_mcast_op op) {
  struct {
    struct nlmsghdr header;
    struct cn_msg message;
    enum proc_cn_mcast_op op;
  } __attribute__((packed)) request = {
      .header = {.nlmsg_len = sizeof request, .nlmsg_type = NLMSG_DONE, .nlmsg_pid = getpid()},
      .message = {.id = {CN_IDX_PROC, CN_VAL_PROC}, .len = sizeof op},
      .op = op,
  };
  if (send(fd, &request, sizeof request, 0) < 0) fail("send");
}

static int open_connector(void) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
  int size = RECEIVE_BUFFER, fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);
  if (fd < 0) fail("socket");
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0) fail("SO_RCVBUFFORCE");
  if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  subscribe(fd, PROC_CN_MCAST_LISTEN);
  return fd;
}

static void look_at(int pid) {
  char name[64], text[4096];
  snprintf(name, sizeof name, "/proc/%d/exe", pid);
  int has_exe = readlink(name, text, sizeof text) > 0;
  snprintf(name, sizeof name, "/proc/%d/cmdline", pid);
  int file = open(name, O_RDONLY | O_CLOEXEC), has_cmdline = file >= 0 && read(file, text, sizeof text) > 0;
  if (file >= 0) close(file);
  exes += has_exe;
  cmdlines += has_cmdline;
  both += has_exe && has_cmdline;
}

static void take(const struct proc_event *event) {
  events++;
  switch (event->what) {
    case PROC_EVENT_FORK:
      forks += event->event_data.fork.child_pid == event->event_data.fork.child_tgid;
      break;
    case PROC_EVENT_EXEC:
      execs++;
      look_at(event->event_data.exec.process_tgid);
      break;
    case PROC_EVENT_EXIT:
      exits += event->event_data.exit.process_pid == event->event_data.exit.process_tgid;
      break;
    default:
      others++;
  }
}

/* In kB. Not ru_maxrss, which remembers the program that this process was before exec. */
static long peak_memory(void) {
  char line[256];
  long peak = 0;
  FILE *status = fopen("/proc/self/status", "re");
  while (status && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %ld", &peak);
  if (status) fclose(status);
  return peak;
}

int main(int argc, char **argv) {
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  char buffer[4096] __attribute__((aligned(8)));
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  int deaf = argc > 1 && !strcmp(argv[1], "deaf"), fd = open_connector();
  printf("{\"pid\":%d}\n", getpid());
  fflush(stdout);
  while (deaf && !ended) pause();
  while (!ended) {
    ssize_t length = recv(fd, buffer, sizeof buffer, 0);
    if (length < 0 && errno == ENOBUFS) overruns++;
    if (length < (ssize_t)NLMSG_LENGTH(sizeof(struct cn_msg))) continue;
    const struct cn_msg *message = NLMSG_DATA((struct nlmsghdr *)buffer);
    if (message->id.idx == CN_IDX_PROC) take((const struct proc_event *)message->data);
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  long peak = peak_memory();
  double cpu = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
  subscribe(fd, PROC_CN_MCAST_IGNORE);
  printf("{\"events\":%ld,\"fork\":%ld,\"exec\":%ld,\"exit\":%ld,\"others\":%ld,\"overruns\":%ld", events, forks, execs, exits,
         others, overruns);
  printf(",\"exe\":%ld,\"cmdline\":%ld,\"both\":%ld,\"cpu\":%.3f,\"peak\":%ld}\n", exes, cmdlines, both, cpu, peak);
  return 0;
}
