/* Reads one step of scenarios.json a line, writes its result as one line: what the C interface makes of it. */
#define _POSIX_C_SOURCE 200809L
#include "run_scenarios_c.h"

static thing things[64];
static size_t thing_count;
slice step;

text texts[64];
size_t text_count;

/* A string of the step; lives until the step is done. */
text text_in(slice of, char const* name)
{
    text t;
    t.data = text_of(member(of, name), &t.size);
    if (text_count < 64) texts[text_count++] = t;
    return t;
}

thing* find(char const* member_name)
{
    text name = text_in(step, member_name);
    size_t i;
    for (i = thing_count; i-- > 0;)
        if (things[i].kind != no_kind && strcmp(things[i].name, name.data) == 0) return &things[i];
    return NULL;
}

void* handle(char const* member_name)
{
    thing* t = find(member_name);
    return t ? t->handle : NULL;
}

uint64_t number(char const* member_name)
{
    thing* t = find(member_name);
    return t ? t->number : 0;
}

void keep(enum kind k, void* h, uint64_t n)
{
    text name = text_in(step, "as");
    if (name.size == 0 || thing_count == sizeof things / sizeof *things) return;
    things[thing_count].kind = k;
    things[thing_count].name = strdup(name.data);
    things[thing_count].handle = h;
    things[thing_count++].number = n;
}

void close_thing(thing* t)
{
    switch (t->kind) {
    case space: trunkline_space_close(t->handle); break;
    case breaker: trunkline_breaker_close(t->handle); break;
    case limiter: trunkline_limiter_close(t->handle); break;
    case leases: trunkline_leases_close(t->handle); break;
    case masker: trunkline_masker_close(t->handle); break;
    case stream: trunkline_mask_stream_close(t->handle); break;
    case client: trunkline_client_close(t->handle); break;
    case header: free(t->handle); break;
    default: break;
    }
    t->kind = no_kind;
}

void close_all(void)
{
    while (thing_count > 0) {
        close_thing(&things[--thing_count]);
        free(things[thing_count].name);
    }
}

/* --- results
 * -------------------------------------------------------------------------------------------------------- */

void print_status(trunkline_status s)
{
    if (s == TRUNKLINE_OK) printf("null");
    else printf("{\"error\":\"%s\"}", trunkline_status_name(s));
}

void print_opened(enum kind k, void* h, trunkline_status s)
{
    if (s == TRUNKLINE_OK) {
        keep(k, h, 0);
        printf("true");
    } else {
        print_status(s);
    }
}

void print_true(int yes)
{
    printf(yes ? "true" : "false");
}

int64_t int_in(char const* name, int64_t otherwise)
{
    return int_of(member(step, name), otherwise);
}

/* The place of a name in a list, or the number itself. */
int32_t index_in(char const* name, char const* const* names, int32_t count)
{
    slice v = member(step, name);
    text t;
    int32_t i;
    if (v.text && *v.text != '"') return (int32_t)int_of(v, -1);
    t = text_in(step, name);
    for (i = 0; i < count; ++i)
        if (strcmp(names[i], t.data) == 0) return i;
    return -1000;
}

uint32_t flags_of(slice object, char const* const* names, uint32_t count)
{
    slice list = member(object, "flags"), one;
    uint32_t flags = 0, f;
    size_t i;
    for (i = 0; (one = element(list, i)).text; ++i)
        for (f = 0; f < count; ++f)
            if (strlen(names[f]) == one.size - 2 && memcmp(names[f], one.text + 1, one.size - 2) == 0)
                flags |= 1u << f;
    return flags;
}

/* --- the client
 * ------------------------------------------------------------------------------------------------------ */

static void print_failure(trunkline_error const* e)
{
    char const* document = trunkline_error_document(e);
    char const* operation = trunkline_error_operation(e);
    printf("{\"error\":\"%s\",\"operation\":", trunkline_status_name(trunkline_error_status(e)));
    print_text(operation, strlen(operation));
    printf(",\"http_status\":%d", trunkline_error_http_status(e));
    if (*document) printf(",\"document\":%s", document);
    printf("}");
}

static void queued(trunkline_client* c, char const* request, size_t size)
{
    uint64_t op = 0;
    trunkline_error* e = NULL;
    if (trunkline_queue_submit(c, request, size, &op, &e) != TRUNKLINE_OK) {
        print_failure(e);
        trunkline_error_free(e);
        return;
    }
    while (trunkline_queue_wait(c, 60000) == 1) {
        trunkline_event* event = trunkline_queue_next(c);
        int const done =
            trunkline_event_op(event) == op && trunkline_event_kind(event) == TRUNKLINE_EVENT_DONE;
        if (done && trunkline_event_error(event)) print_failure(trunkline_event_error(event));
        else if (done) printf("{\"answer\":%s}", trunkline_event_document(event));
        trunkline_event_free(event);
        if (done) return;
    }
    printf("{\"error\":\"no event came\"}");
}

static void client_step(char const* what)
{
    trunkline_client* c = NULL;
    trunkline_buffer* answer = NULL;
    trunkline_error* e = NULL;
    slice request = member(step, "request");
    text plain = text_in(step, "request_text");
    if (request.text == NULL) {
        request.text = plain.data;
        request.size = plain.size;
    }
    if (strcmp(what, "open") == 0) {
        slice options = member(step, "options");
        trunkline_status s = trunkline_client_open(options.text, options.size, &c, NULL);
        print_opened(client, c, s);
        return;
    }
    c = handle("on");
    if (strcmp(what, "queued") == 0) {
        queued(c, request.text, request.size);
        return;
    }
    if (trunkline_request(c, request.text, request.size, &answer, &e) == TRUNKLINE_OK)
        printf("{\"answer\":%s}", trunkline_buffer_data(answer));
    else print_failure(e);
    trunkline_buffer_free(answer);
    trunkline_error_free(e);
}

static void run_step(void)
{
    text name = text_in(step, "do");
    char* what = strchr(name.data, '.');
    if (what) *what++ = 0;
    if (strcmp(name.data, "space") == 0) space_step(what);
    else if (strcmp(name.data, "breaker") == 0) breaker_step(what);
    else if (strcmp(name.data, "limiter") == 0) limiter_step(what);
    else if (strcmp(name.data, "leases") == 0) leases_step(what);
    else if (strcmp(name.data, "mask") == 0) mask_step(what);
    else if (strcmp(name.data, "webhook") == 0) webhook_step(what);
    else if (strcmp(name.data, "client") == 0) client_step(what);
    else if (strcmp(name.data, "close") == 0 && find("on")) {
        close_thing(find("on"));
        printf("null");
    } else {
        printf("{\"broken_scenario\":\"no such step\"}");
    }
}

int main(void)
{
    char* line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        step = slice_of(line, line + strlen(line));
        if (strncmp(line, "{\"do\":\"new_case\"}", 17) == 0) {
            close_all();
            continue;
        }
        run_step();
        putchar('\n');
        fflush(stdout);
        while (text_count > 0) free(texts[--text_count].data);
    }
    close_all();
    free(line);
    return 0;
}
