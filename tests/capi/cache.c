/* The cache through the C interface: ends of values, tenants, room, names that outlive handles, fork. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"

#include <trunkline/trunkline.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT(s) (s), sizeof(s) - 1

static const int64_t t0 = 100000000000;
static const int64_t second = 1000000000;

static trunkline_cache* cache_of(char const* name, char const* tenant, uint64_t max_bytes)
{
    trunkline_cache* c = NULL;
    REQUIRE(trunkline_cache_open(name, strlen(name), tenant, strlen(tenant), max_bytes, &c, NULL) ==
        TRUNKLINE_OK);
    return c;
}

/* Whether this is what is held under the key. */
static int holds(
    trunkline_cache* c, char const* key, char const* value, size_t value_size, int64_t now)
{
    char out[512];
    size_t size = 9;
    int const found = trunkline_cache_get(c, key, strlen(key), now, out, sizeof out, &size);
    return found == 1 && size == value_size && memcmp(out, value, size) == 0;
}

static int missing(trunkline_cache* c, char const* key, int64_t now)
{
    size_t size = 9;
    return trunkline_cache_get(c, key, strlen(key), now, NULL, 0, &size) == 0 && size == 0;
}

static void values_end(void)
{
    trunkline_cache* c = cache_of("ends", "t1", 0);
    char out[2];
    size_t size = 0;
    CHECK(missing(c, "k", t0));
    CHECK(trunkline_cache_set(c, TEXT("k"), TEXT("a\0b"), 1500, t0) == TRUNKLINE_OK);
    CHECK(holds(c, "k", TEXT("a\0b"), t0 + second));
    CHECK(trunkline_cache_get(c, TEXT("k"), t0, out, 2, &size) == TRUNKLINE_E_BUFFER_TOO_SMALL &&
        size == 3);
    CHECK(missing(c, "k", t0 + 1500000000));
    CHECK(missing(c, "k", t0)); /* gone is gone */
    CHECK(trunkline_cache_set(c, TEXT("k"), NULL, 0, INT64_MAX, t0) == TRUNKLINE_OK);
    CHECK(holds(c, "k", "", 0, t0 + 1000000000 * second));
    CHECK(trunkline_cache_set(c, TEXT("k"), TEXT("x"), 1000, t0) == TRUNKLINE_OK);
    CHECK(holds(c, "k", TEXT("x"), t0));
    CHECK(
        trunkline_cache_set(c, TEXT("k"), TEXT("y"), 0, t0) == TRUNKLINE_OK && missing(c, "k", t0));
    CHECK(trunkline_cache_set(c, TEXT("now"), TEXT("x"), 60000, -1) == TRUNKLINE_OK &&
        holds(c, "now", TEXT("x"), -1));
    CHECK(trunkline_cache_delete(c, TEXT("now")) == TRUNKLINE_OK && missing(c, "now", -1));
    CHECK(trunkline_cache_delete(c, TEXT("now")) == TRUNKLINE_OK);
    trunkline_cache_close(c);
}

static void tenants_and_names(void)
{
    trunkline_cache *one = cache_of("shared", "t1", 0), *two = cache_of("shared", "t2", 0),
                    *other = cache_of("other", "t1", 0);
    CHECK(trunkline_cache_set(one, TEXT("k"), TEXT("1"), 1000, t0) == TRUNKLINE_OK);
    CHECK(trunkline_cache_set(two, TEXT("k"), TEXT("2"), 1000, t0) == TRUNKLINE_OK);
    CHECK(holds(one, "k", TEXT("1"), t0) && holds(two, "k", TEXT("2"), t0) &&
        missing(other, "k", t0));
    trunkline_cache_close(one);
    one = cache_of("shared", "t1", 0);
    CHECK(holds(one, "k", TEXT("1"), t0)); /* found again by the next handle */
    CHECK(trunkline_cache_clear(one) == TRUNKLINE_OK);
    CHECK(missing(one, "k", t0) && holds(two, "k", TEXT("2"), t0));
    trunkline_cache_close(one);
    trunkline_cache_close(two);
    trunkline_cache_close(other);
}

static void room(void)
{
    trunkline_cache* c = cache_of("small", "t1", 16384);
    static char value[20000];
    char key[16];
    int i, kept = 0;
    memset(value, 'v', sizeof value);
    CHECK(trunkline_cache_set(c, TEXT("large"), TEXT("before"), 1000, t0) == TRUNKLINE_OK);
    CHECK(trunkline_cache_set(c, TEXT("large"), value, sizeof value, 1000, t0) ==
        TRUNKLINE_E_TOO_LARGE);
    CHECK(missing(c, "large", t0));
    for (i = 0; i < 1000; ++i) {
        int const n = snprintf(key, sizeof key, "k%d", i);
        CHECK(trunkline_cache_set(c, key, (size_t)n, value, 500, 1000, t0) == TRUNKLINE_OK);
    }
    for (i = 0; i < 1000; ++i) {
        snprintf(key, sizeof key, "k%d", i);
        kept += holds(c, key, value, 500, t0);
    }
    CHECK(kept > 10 && kept <= 16384 / 884);
    trunkline_cache_close(c);
}

static void misuse(void)
{
    trunkline_cache* c = NULL;
    size_t size = 9;
    CHECK(trunkline_cache_open(NULL, 0, TEXT("t"), 0, &c, NULL) == TRUNKLINE_E_INVALID_ARGUMENT &&
        c == NULL);
    CHECK(trunkline_cache_open(TEXT("n"), NULL, 0, 0, &c, NULL) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_cache_open(TEXT("n"), TEXT("t"), 5, &c, NULL) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_cache_open(TEXT("n"), TEXT("t"), 0, NULL, NULL) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_cache_get(NULL, TEXT("k"), -1, NULL, 0, &size) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_cache_set(NULL, TEXT("k"), TEXT("v"), 1, -1) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_cache_delete(NULL, TEXT("k")) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_cache_clear(NULL) == TRUNKLINE_E_INVALID_ARGUMENT);
    trunkline_cache_close(NULL);
    c = cache_of("misuse", "t1", 0);
    CHECK(trunkline_cache_get(c, "", 0, -1, NULL, 0, &size) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_cache_get(c, TEXT("k"), -1, NULL, 0, NULL) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_cache_set(c, NULL, 3, TEXT("v"), 1, -1) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_cache_set(c, TEXT("k"), NULL, 3, 1, -1) == TRUNKLINE_E_INVALID_ARGUMENT);
    trunkline_cache_close(c);
}

static void forked(void)
{
    trunkline_cache* c = cache_of("fork", "t1", 0);
    int status = 0;
    pid_t child;
    CHECK(trunkline_cache_set(c, TEXT("k"), TEXT("parent"), 1000, t0) == TRUNKLINE_OK);
    child = fork();
    if (child == 0) {
        size_t size = 9;
        alarm(10);
        failed_checks = 0;
        CHECK(trunkline_cache_get(c, TEXT("k"), t0, NULL, 0, &size) == TRUNKLINE_E_FORKED &&
            size == 0);
        CHECK(trunkline_cache_set(c, TEXT("k"), TEXT("child"), 1000, t0) == TRUNKLINE_E_FORKED);
        CHECK(trunkline_cache_clear(c) == TRUNKLINE_E_FORKED);
        trunkline_cache_close(c);
        c = cache_of("fork", "t1", 0);
        CHECK(missing(c, "k", t0));
        CHECK(trunkline_cache_set(c, TEXT("k"), TEXT("child"), 1000, t0) == TRUNKLINE_OK);
        CHECK(holds(c, "k", TEXT("child"), t0));
        trunkline_cache_close(c);
        _exit(failed_checks ? 1 : 0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(holds(c, "k", TEXT("parent"), t0));
    trunkline_cache_close(c);
}

int main(void)
{
    values_end();
    tenants_and_names();
    room();
    misuse();
    forked();
    return failed_checks ? 1 : 0;
}
