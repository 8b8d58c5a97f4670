/* The client through the C interface, against the simulator: requests, events, cancellation, fork. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <trunkline/trunkline.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t simulator;
static char base_url[128];
static char folder[] = "/tmp/trunkline-capi-XXXXXX";

static void stop_simulator(void)
{
    char command[128];
    if (simulator > 0) {
        kill(simulator, SIGTERM);
        waitpid(simulator, NULL, 0);
    }
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0) fprintf(stderr, "%s is left behind\n", folder);
}

static void start_simulator(char const* latency)
{
    char const* bin = getenv("TRUNKLINE_BIN");
    char program[512], line[256] = {0};
    int out[2];
    size_t n = 0;
    char* at;
    REQUIRE(bin != NULL && pipe(out) == 0);
    snprintf(program, sizeof program, "%s/retell-simulator", bin);
    simulator = fork();
    if (simulator == 0) {
        dup2(out[1], 1);
        close(out[0]);
        setenv("RETELL_SIMULATOR_KEY", "key_capi", 1);
        execl(program, program, "--listen", "127.0.0.1:0", "--account", "demo", "--latency",
            latency, (char*)NULL);
        _exit(127);
    }
    close(out[1]);
    while (n + 1 < sizeof line && read(out[0], line + n, 1) == 1 && line[n] != '\n') ++n;
    at = strstr(line, "http://");
    REQUIRE(at != NULL);
    at[strcspn(at, " \n")] = 0;
    snprintf(base_url, sizeof base_url, "%s", at);
}

static trunkline_client* open_client(char const* more)
{
    char options[1024];
    trunkline_client* c = NULL;
    trunkline_error* e = NULL;
    snprintf(options, sizeof options,
        "{\"store\": \"sqlite://%s/store.db\", \"key_file\": \"%s/key\", \"base_url\": \"%s\", "
        "\"api_key\": \"key_capi\", \"concurrency\": 16, \"actor\": \"capi\"%s}",
        folder, folder, base_url, more);
    if (trunkline_client_open(options, strlen(options), &c, &e) != TRUNKLINE_OK)
        fprintf(stderr, "%s\n", trunkline_error_message(e));
    trunkline_error_free(e);
    REQUIRE(c != NULL);
    return c;
}

/* %s in a request is the folder of the account. */
static void write_request(char* to, size_t size, char const* pattern)
{
    char account[64];
    snprintf(account, sizeof account, "%s/account", folder);
    snprintf(to, size, pattern, account);
}

static trunkline_status ask(trunkline_client* c, char const* pattern, trunkline_buffer** answer)
{
    char request[512];
    trunkline_error* e = NULL;
    trunkline_status s;
    write_request(request, sizeof request, pattern);
    s = trunkline_request(c, request, strlen(request), answer, &e);
    if (s != TRUNKLINE_OK && s != trunkline_error_status(e)) CHECK(!"the error has the status");
    if (s != TRUNKLINE_OK) fprintf(stderr, "(%s: %s)\n", request, trunkline_error_message(e));
    trunkline_error_free(e);
    return s;
}

static int answers(trunkline_client* c, char const* pattern, char const* part)
{
    trunkline_buffer* b = NULL;
    int good = ask(c, pattern, &b) == TRUNKLINE_OK && strstr(trunkline_buffer_data(b), part) != NULL;
    if (!good) fprintf(stderr, "%.300s\n", trunkline_buffer_data(b));
    trunkline_buffer_free(b);
    return good;
}

static void edit_a_prompt(void)
{
    char path[512];
    struct dirent* entry;
    DIR* d;
    snprintf(path, sizeof path, "%s/account/llms", folder);
    d = opendir(path);
    REQUIRE(d != NULL);
    while ((entry = readdir(d)))
        if (strstr(entry->d_name, ".prompt.md")) {
            FILE* f;
            snprintf(path, sizeof path, "%s/account/llms/%.200s", folder, entry->d_name);
            f = fopen(path, "a");
            REQUIRE(f != NULL);
            fputs("One line more.\n", f);
            fclose(f);
            break;
        }
    closedir(d);
}

static void main_job(void)
{
    trunkline_client* c = open_client("");
    CHECK(ask(c, "{\"op\": \"plan\", \"dir\": \"%s\"}", &(trunkline_buffer*){NULL}) ==
        TRUNKLINE_E_STORE_UNAVAILABLE);
    CHECK(answers(c, "{\"op\": \"pull\", \"dir\": \"%s\"}", "\"agents\":"));
    CHECK(answers(c, "{\"op\": \"plan\", \"dir\": \"%s\"}", "\"empty\":true"));
    edit_a_prompt();
    CHECK(answers(c, "{\"op\": \"plan\", \"dir\": \"%s\"}", "\"empty\":false"));
    CHECK(answers(
        c, "{\"op\": \"apply\", \"dir\": \"%s\", \"title\": \"from C\"}", "\"release\":\"r1\""));
    CHECK(answers(c, "{\"op\": \"history\"}", "from C"));
    CHECK(answers(c, "{\"op\": \"show\", \"release\": \"r1\", \"journal\": true}", "\"journal\":["));
    CHECK(answers(c, "{\"op\": \"rollback\", \"release\": \"r1\"}", "\"reverts\":\"r1\""));
    CHECK(answers(c, "{\"op\": \"call\", \"operation\": \"list-voices\"}", "\"status\":200"));
    CHECK(answers(c, "{\"op\": \"requests\"}", "\"op\":\"rollback\""));
    trunkline_client_close(c);
}

/* A variable that was never set must not pass for "the newest", "the account" and the like. */
static void empty_is_not_absent(trunkline_client* c)
{
    static char const* const requests[] = {"{\"op\": \"rollback\", \"release\": \"\"}",
        "{\"op\": \"rollback\", \"release\": \"r1\", \"prefer\": \"\"}",
        "{\"op\": \"rollback\", \"release\": \"r1\", \"title\": \"\"}",
        "{\"op\": \"pull\", \"dir\": \"%s\", \"adopt\": \"\"}",
        "{\"op\": \"apply\", \"dir\": \"\", \"plan\": {}}", "{\"op\": \"export\", \"dir\": \"\"}",
        "{\"op\": \"call\", \"operation\": \"list-voices\", \"priority\": \"\"}",
        "{\"op\": \"operations\", \"filter\": \"\"}", "{\"op\": \"backup\", \"file\": \"\"}"};
    trunkline_client* other = NULL;
    trunkline_error* e = NULL;
    trunkline_buffer* b = NULL;
    size_t i;
    for (i = 0; i < sizeof requests / sizeof *requests; ++i) {
        trunkline_status const s = ask(c, requests[i], &b);
        if (s != TRUNKLINE_E_INVALID_ARGUMENT) fprintf(stderr, "%s: %d\n", requests[i], (int)s);
        CHECK(s == TRUNKLINE_E_INVALID_ARGUMENT && b == NULL);
        trunkline_buffer_free(b);
    }
    CHECK(trunkline_request(c, requests[0], strlen(requests[0]), &b, &e) != TRUNKLINE_OK);
    CHECK(strstr(trunkline_error_message(e), "\"release\" must be a string that is not empty") !=
        NULL);
    trunkline_error_free(e);
    CHECK(answers(c, "{\"op\": \"operations\", \"filter\": null}", "list-voices"));
    CHECK(trunkline_client_open("{\"environment\": \"\"}", 19, &other, NULL) ==
        TRUNKLINE_E_INVALID_ARGUMENT);
}

static void backup_spares_files(trunkline_client* c)
{
    char path[128], request[256], text[16] = {0};
    FILE* f;
    snprintf(path, sizeof path, "%s/precious.txt", folder);
    f = fopen(path, "w");
    REQUIRE(f != NULL);
    fputs("precious", f);
    fclose(f);
    snprintf(request, sizeof request, "{\"op\": \"backup\", \"file\": \"%s\"}", path);
    CHECK(ask(c, request, &(trunkline_buffer*){NULL}) == TRUNKLINE_E_INVALID_ARGUMENT);
    f = fopen(path, "r");
    REQUIRE(f != NULL);
    CHECK(fgets(text, sizeof text, f) != NULL && strcmp(text, "precious") == 0);
    fclose(f);
    snprintf(request, sizeof request, "{\"op\": \"backup\", \"file\": \"%s/copy.db\"}", folder);
    CHECK(answers(c, request, "copy.db"));
    CHECK(answers(c, request, "copy.db")); /* in place of the earlier one */
}

static void misuse(void)
{
    trunkline_client* c = NULL;
    trunkline_buffer* b = NULL;
    uint64_t op = 7;
    CHECK(trunkline_client_open("{\"stroe\": \"x\"}", 14, &c, NULL) == TRUNKLINE_E_INVALID_ARGUMENT &&
        c == NULL);
    CHECK(trunkline_client_open("{", 1, &c, NULL) == TRUNKLINE_E_INVALID_JSON);
    CHECK(trunkline_client_open("[]", 2, &c, NULL) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_client_open(NULL, 4, &c, NULL) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_request(NULL, "{}", 2, &b, NULL) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_queue_submit(NULL, "{}", 2, &op, NULL) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_queue_fd(NULL) == TRUNKLINE_E_INVALID_ARGUMENT &&
        trunkline_queue_next(NULL) == NULL);
    CHECK(trunkline_queue_wait(NULL, 0) == TRUNKLINE_E_INVALID_ARGUMENT);
    c = open_client("");
    CHECK(ask(c, "{\"op\": \"no-such\"}", &b) == TRUNKLINE_E_UNKNOWN_OPERATION);
    CHECK(ask(c, "{\"op\": \"pull\"}", &b) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(ask(c, "{\"op\": \"pull\", \"dir\": 5}", &b) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(ask(c, "{\"op\": \"pull\", \"dir\": \"%s\", \"dryrun\": true}", &b) ==
        TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(ask(c, "{\"op\": \"show\", \"release\": \"seven\"}", &b) == TRUNKLINE_E_INVALID_ARGUMENT);
    empty_is_not_absent(c);
    backup_spares_files(c);
    CHECK(ask(c, "nonsense", &b) == TRUNKLINE_E_INVALID_JSON);
    CHECK(ask(c, "[1]", &b) == TRUNKLINE_E_INVALID_ARGUMENT && b == NULL);
    CHECK(
        ask(c, "{\"op\": \"call\", \"operation\": \"get-agent\", \"arguments\": {\"agent_id\": \"agent_none\"}}",
            &b) == TRUNKLINE_E_NOT_FOUND);
    CHECK(trunkline_request(c, "{}", 2, NULL, NULL) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_queue_cancel(c, 99) == TRUNKLINE_OK); /* nothing of that number is left */
    trunkline_client_close(c);
    trunkline_client_close(NULL);
}

/* Reads events until one request is done; says how it ended and how much progress it told. */
static trunkline_status drain(trunkline_client* c, uint64_t op, int* progress)
{
    for (;;) {
        struct pollfd p;
        trunkline_event* e;
        p.fd = trunkline_queue_fd(c);
        p.events = POLLIN;
        REQUIRE(poll(&p, 1, 30000) == 1);
        while ((e = trunkline_queue_next(c))) {
            trunkline_status s = trunkline_event_status(e);
            int done =
                trunkline_event_kind(e) == TRUNKLINE_EVENT_DONE && trunkline_event_op(e) == op;
            if (trunkline_event_kind(e) == TRUNKLINE_EVENT_PROGRESS) ++*progress;
            if (done) CHECK((s == TRUNKLINE_OK) == (trunkline_event_error(e) == NULL));
            trunkline_event_free(e);
            if (done) return s;
        }
    }
}

static void queued(void)
{
    trunkline_client* c = open_client("");
    char const list[] = "{\"op\": \"operations\", \"filter\": \"get-agent\"}";
    char pull[256];
    uint64_t first = 0, second = 0, third = 0;
    int progress = 0;
    write_request(pull, sizeof pull, "{\"op\": \"pull\", \"dir\": \"%s\"}");
    CHECK(trunkline_queue_wait(c, 0) == 0 && trunkline_queue_next(c) == NULL);
    CHECK(trunkline_queue_submit(c, list, sizeof list - 1, &first, NULL) == TRUNKLINE_OK);
    CHECK(drain(c, first, &progress) == TRUNKLINE_OK && progress == 0);
    CHECK(trunkline_queue_submit(c, pull, strlen(pull), &second, NULL) == TRUNKLINE_OK);
    CHECK(trunkline_queue_submit(c, list, sizeof list - 1, &third, NULL) == TRUNKLINE_OK);
    CHECK(second > first && third > second);
    CHECK(trunkline_queue_cancel(c, third) == TRUNKLINE_OK); /* mostly before it began */
    CHECK(drain(c, second, &progress) == TRUNKLINE_OK && progress > 0);
    trunkline_client_close(c); /* with an event, or a request, left */
}

static void cancelled(void)
{
    trunkline_client* c = open_client("");
    char pull[256];
    uint64_t op = 0;
    int progress = 0;
    write_request(pull, sizeof pull, "{\"op\": \"drift\"}");
    CHECK(trunkline_queue_submit(c, pull, strlen(pull), &op, NULL) == TRUNKLINE_OK);
    CHECK(trunkline_queue_cancel(c, op) == TRUNKLINE_OK);
    CHECK(drain(c, op, &progress) == TRUNKLINE_E_CANCELED);
    CHECK(answers(c, "{\"op\": \"version\"}", "\"version\"")); /* it goes on with the next */
    trunkline_client_close(c);
}

/* A cancellation that comes as its request ends must not meet the next one. */
static void cancelled_too_late(void)
{
    trunkline_client* c = open_client("");
    char const operations[] =
        "{\"op\": \"operations\"}"; /* takes a moment, and waits for nothing */
    int i;
    for (i = 0; i < 300; ++i) {
        trunkline_buffer* b = NULL;
        trunkline_event* e;
        uint64_t op = 0;
        int volatile spin = i * 500; /* so that some of them find it begun */
        CHECK(trunkline_queue_submit(c, operations, sizeof operations - 1, &op, NULL) ==
            TRUNKLINE_OK);
        while (spin > 0) --spin;
        while (!(e = trunkline_queue_next(c))) CHECK(trunkline_queue_cancel(c, op) == TRUNKLINE_OK);
        CHECK(trunkline_event_op(e) == op);
        trunkline_event_free(e);
        CHECK(ask(c, "{\"op\": \"call\", \"operation\": \"list-voices\"}", &b) == TRUNKLINE_OK);
        trunkline_buffer_free(b);
    }
    trunkline_client_close(c);
}

static void pumped(void)
{
    trunkline_client* c = open_client(", \"threads\": 0");
    char const version[] = "{\"op\": \"version\"}";
    uint64_t op = 0;
    trunkline_event* e;
    CHECK(trunkline_queue_submit(c, version, sizeof version - 1, &op, NULL) == TRUNKLINE_OK);
    CHECK(trunkline_queue_next(c) == NULL); /* nothing runs by itself */
    CHECK(trunkline_queue_wait(c, 0) == 1);
    e = trunkline_queue_next(c);
    CHECK(trunkline_event_op(e) == op && strstr(trunkline_event_document(e), "version") != NULL);
    trunkline_event_free(e);
    CHECK(trunkline_queue_wait(c, 0) == 0);
    trunkline_client_close(c);
}

static void forked(void)
{
    trunkline_client* c = open_client("");
    int status = 0;
    pid_t child;
    CHECK(answers(c, "{\"op\": \"history\"}", "releases"));
    child = fork();
    if (child == 0) {
        trunkline_buffer* b = NULL;
        uint64_t op = 0;
        alarm(10);
        failed_checks = 0;
        CHECK(trunkline_request(c, "{}", 2, &b, NULL) == TRUNKLINE_E_FORKED);
        CHECK(trunkline_queue_submit(c, "{}", 2, &op, NULL) == TRUNKLINE_E_FORKED);
        CHECK(trunkline_queue_wait(c, -1) == TRUNKLINE_E_FORKED && trunkline_queue_next(c) == NULL);
        trunkline_client_close(c);
        c = open_client("");
        CHECK(answers(c, "{\"op\": \"history\"}", "releases"));
        trunkline_client_close(c);
        _exit(failed_checks ? 1 : 0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(answers(c, "{\"op\": \"history\"}", "releases"));
    trunkline_client_close(c);
}

static void* call_nobody(void* c)
{
    static trunkline_status ended;
    trunkline_buffer* b = NULL;
    ended = ask(c, "{\"op\": \"call\", \"operation\": \"list-voices\"}", &b);
    trunkline_buffer_free(b);
    return &ended;
}

/* Closing from another thread ends what is under way: here a request to a server that never answers. */
static void closed_while_running(void)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    int const server = socket(AF_INET, SOCK_STREAM, 0);
    int connection;
    pthread_t thread;
    void* ended = NULL;
    trunkline_client* c;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(server, (struct sockaddr*)&address, sizeof address) == 0 && listen(server, 1) == 0);
    REQUIRE(getsockname(server, (struct sockaddr*)&address, &size) == 0);
    snprintf(base_url, sizeof base_url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    c = open_client("");
    REQUIRE(pthread_create(&thread, NULL, call_nobody, c) == 0);
    connection = accept(server, NULL, NULL); /* now it is inside */
    trunkline_client_close(c);
    pthread_join(thread, &ended);
    CHECK(*(trunkline_status*)ended == TRUNKLINE_E_CANCELED);
    close(connection);
    close(server);
}

int main(void)
{
    alarm(120);
    REQUIRE(mkdtemp(folder) != NULL);
    atexit(stop_simulator);
    start_simulator("2");
    main_job();
    misuse();
    queued();
    cancelled();
    cancelled_too_late();
    pumped();
    forked();
    closed_while_running();
    return failed_checks ? 1 : 0;
}
