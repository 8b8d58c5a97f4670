/* A mask stream without memory. A program of its own, because it limits what the whole of it may have. */
#define _POSIX_C_SOURCE 200809L

#include "check.h"

#include <trunkline/trunkline.h>

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A call that fails writes nothing; what was decided before and the marker come with the next. */
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static void masks_streams_without_memory(void)
{
    size_t const small = 20000, large = (size_t)96 << 20;
    struct rlimit before, tight;
    trunkline_masker* m = NULL;
    trunkline_mask_stream* s = NULL;
    char *in, *out, *end;
    long pages = 0;
    int64_t n;
    size_t left = 0, used = 0;
    FILE* statm;
    REQUIRE(trunkline_masker_open(NULL, 0, &m, NULL) == TRUNKLINE_OK);
    REQUIRE(trunkline_mask_stream_open(m, TRUNKLINE_ZONE_LOG, &s, NULL) == TRUNKLINE_OK);
    in = malloc(large);
    out = malloc(2 * small);
    REQUIRE(in && out);
    memset(in, ' ', large);
    memcpy(in, "mail max@example.com", 20);
    CHECK(trunkline_mask_stream_feed(s, in, small, NULL, 0, &left) == 0);
    CHECK(left > 0);
    statm = fopen("/proc/self/statm", "r");
    REQUIRE(statm && fscanf(statm, "%ld", &pages) == 1);
    fclose(statm);
    REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
    tight = before;
    tight.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (8u << 20);
    REQUIRE(setrlimit(RLIMIT_AS, &tight) == 0);
    memset(out, '?', 2 * small);
    n = trunkline_mask_stream_feed(s, in, large, out, 2 * small, &left);
    REQUIRE(setrlimit(RLIMIT_AS, &before) == 0);
    CHECK(n == TRUNKLINE_E_MASKER_INTERNAL && out[0] == '?');
    CHECK(left > 14 && left < small + 20);
    while (left > 0) {
        n = trunkline_mask_stream_feed(s, NULL, 0, out + used, 1000, &left);
        REQUIRE(n > 0);
        used += (size_t)n;
    }
    end = out + used - 14;
    CHECK(memcmp(out, "mail [EMAIL]", 12) == 0 && memcmp(end, "[MASKER_ERROR]", 14) == 0);
    CHECK(trunkline_mask_stream_feed(s, in, small, out, 2 * small, &left) == 0 && left == 0);
    CHECK(trunkline_mask_stream_flush(s, out, 2 * small, &left) == 0 && left == 0);
    n = trunkline_mask_stream_feed(s, in, 30, out, 2 * small, &left);
    CHECK(n == 0 && trunkline_mask_stream_flush(s, out, 2 * small, &left) == 22);
    trunkline_mask_stream_close(s);
    trunkline_masker_close(m);
    free(in);
    free(out);
}
#endif

int main(void)
{
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    masks_streams_without_memory();
#endif
    return failed_checks != 0;
}
