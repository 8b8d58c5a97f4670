/* exit() while the client's thread waits for an answer: it has ended before anything of the process
   is taken apart, and nothing opens any more. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <trunkline/trunkline.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char folder[] = "/tmp/trunkline-capi-exit-XXXXXX";
static trunkline_client* client;

static int threads(void)
{
    DIR* tasks = opendir("/proc/self/task");
    struct dirent* entry;
    int n = 0;
    REQUIRE(tasks != NULL);
    while ((entry = readdir(tasks)) != NULL) n += entry->d_name[0] != '.';
    closedir(tasks);
    return n;
}

/* A thread that was joined may be listed for a moment longer; one that goes on stays. */
static int one_thread_is_left(void)
{
#ifdef __SANITIZE_THREAD__
    return threads() > 0; /* the sanitizer has some of its own */
#else
    struct timespec const moment = {0, 1000000};
    int tries;
    for (tries = 0; tries != 1000 && threads() != 1; ++tries) nanosleep(&moment, NULL);
    return threads() == 1;
#endif
}

/* Registered before the library registers anything, so it runs after it. */
static void afterwards(void)
{
    char const request[] = "{\"op\":\"version\"}";
    trunkline_client* another = NULL;
    trunkline_error* error = NULL;
    uint64_t op = 0;
    CHECK(one_thread_is_left());
    CHECK(
        trunkline_queue_submit(client, request, strlen(request), &op, NULL) == TRUNKLINE_E_CLOSING);
    CHECK(trunkline_client_open("{}", 2, &another, &error) == TRUNKLINE_E_CLOSING);
    CHECK(another == NULL && error != NULL);
    trunkline_error_free(error);
    trunkline_client_close(client); /* late, and still allowed */
    _exit(failed_checks ? 1 : 0);
}

/* Connections are accepted by the kernel; nobody ever answers. */
static int silent_port(void)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int const listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(listener, (struct sockaddr*)&address, sizeof address) == 0);
    REQUIRE(listen(listener, 8) == 0);
    REQUIRE(getsockname(listener, (struct sockaddr*)&address, &size) == 0);
    return ntohs(address.sin_port);
}

static void leave_in_the_middle(int with_child)
{
    char const call[] = "{\"op\":\"call\",\"operation\":\"list-voices\",\"arguments\":{}}";
    char options[512];
    uint64_t op = 0;
    atexit(afterwards);
    snprintf(options, sizeof options,
        "{\"store\":\"sqlite://%s/store.db\",\"key_file\":\"%s/key\",\"api_key\":\"key_capi\","
        "\"base_url\":\"http://127.0.0.1:%d\"}",
        folder, folder, silent_port());
    REQUIRE(trunkline_client_open(options, strlen(options), &client, NULL) == TRUNKLINE_OK);
    REQUIRE(trunkline_queue_submit(client, call, strlen(call), &op, NULL) == TRUNKLINE_OK);
    if (with_child) { /* the parent's client is none of its business */
        int status = 0;
        pid_t const pid = fork();
        if (pid == 0) {
            trunkline_client* own = NULL;
            if (trunkline_client_open(options, strlen(options), &own, NULL) != TRUNKLINE_OK)
                _exit(1);
            client = own;
            exit(0);
        }
        REQUIRE(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
    }
    exit(0);
}

int main(void)
{
    char command[128];
    int round;
    REQUIRE(mkdtemp(folder) != NULL);
    for (round = 0; round != 20; ++round) {
        int status = 0;
        pid_t const pid = fork();
        if (pid == 0) leave_in_the_middle(round % 2);
        REQUIRE(waitpid(pid, &status, 0) == pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK(system(command) == 0);
    return failed_checks ? 1 : 0;
}
