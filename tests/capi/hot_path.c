/* The hot path through the C interface, in C99: each function once as meant and once misused. */
#include "check.h"

#include <trunkline/trunkline.h>

#include <string.h>

#define TEXT(s) (s), sizeof(s) - 1

static const int64_t second = 1000000000;

static trunkline_space* private_space(void)
{
    trunkline_space_options o = {0};
    trunkline_space* s = NULL;
    o.struct_size = sizeof o;
    o.flags = TRUNKLINE_SPACE_PRIVATE;
    REQUIRE(trunkline_space_open(TEXT("test"), &o, &s, NULL) == TRUNKLINE_OK);
    return s;
}

static trunkline_breaker* breaker_of(trunkline_space* s, trunkline_breaker_options o)
{
    trunkline_breaker* b = NULL;
    trunkline_error* e = NULL;
    o.struct_size = sizeof o;
    if (trunkline_breaker_open(s, TEXT("retell"), TEXT("t1"), NULL, 0, &o, &b, &e) != TRUNKLINE_OK)
        fprintf(stderr, "%s\n", trunkline_error_message(e));
    trunkline_error_free(e);
    REQUIRE(b != NULL);
    return b;
}

static trunkline_breaker_snapshot look(trunkline_breaker const* b, int64_t now)
{
    trunkline_breaker_snapshot v;
    v.struct_size = sizeof v;
    CHECK(trunkline_breaker_look(b, now, &v) == TRUNKLINE_OK);
    return v;
}

static void breaker_opens_and_recovers(void)
{
    trunkline_space* s = private_space();
    trunkline_breaker_options o = {0};
    trunkline_breaker* b;
    uint64_t p;
    int64_t now = 100 * second;
    int i;
    o.flags = TRUNKLINE_BREAKER_NO_JITTER | TRUNKLINE_BREAKER_NO_SLOW_START;
    o.minimum_calls = 4;
    o.probes = 1;
    o.successes = 1;
    o.open_base_ms = 2000;
    b = breaker_of(s, o);
    trunkline_space_close(s); /* the breaker keeps what it needs */

    for (i = 0; i < 4; ++i) {
        p = trunkline_breaker_allow_at(b, now);
        CHECK(p != 0);
        trunkline_breaker_report_at(b, p, TRUNKLINE_OUTCOME_SICK, second / 10, now);
    }
    CHECK(look(b, now).state == TRUNKLINE_CIRCUIT_OPEN);
    CHECK(trunkline_breaker_allow_at(b, now) == 0);
    CHECK(look(b, now).retry_after_ns > second);

    now += 3 * second;
    p = trunkline_breaker_allow_at(b, now);
    CHECK(p != 0);
    CHECK(trunkline_breaker_allow_at(b, now) == 0);                      /* one probe */
    trunkline_breaker_report_at(b, p ^ 2, TRUNKLINE_OUTCOME_OK, 0, now); /* forged */
    CHECK(look(b, now).state == TRUNKLINE_CIRCUIT_HALF_OPEN);
    trunkline_breaker_report_at(b, p, 77, 0, now); /* no outcome: neutral, the probe is free again */
    CHECK(look(b, now).state == TRUNKLINE_CIRCUIT_HALF_OPEN);
    p = trunkline_breaker_allow_at(b, now);
    CHECK(p != 0);
    trunkline_breaker_report_at(b, p, TRUNKLINE_OUTCOME_OK, 0, now);
    CHECK(look(b, now).state == TRUNKLINE_CIRCUIT_CLOSED);

    trunkline_breaker_force_open(b);
    CHECK(trunkline_breaker_allow(b) == 0);
    trunkline_breaker_reset(b);
    p = trunkline_breaker_allow(b);
    CHECK(p != 0);
    trunkline_breaker_report(b, p, TRUNKLINE_OUTCOME_OK, 1000);
    trunkline_breaker_disable(b);
    CHECK(trunkline_breaker_allow(b) != 0);
    trunkline_breaker_close(b);
}

static void limiter_grants_its_burst(void)
{
    trunkline_space* s = private_space();
    trunkline_limiter_options o = {0};
    trunkline_limiter* l = NULL;
    trunkline_limiter_snapshot v;
    int64_t now = 100 * second, generation = 0, wait;
    int i;
    o.struct_size = sizeof o;
    o.flags = TRUNKLINE_LIMITER_NO_RESERVES;
    o.rate = 10;
    o.burst = 5;
    REQUIRE(trunkline_limiter_open(s, TEXT("retell"), TEXT("t1"), TEXT("lists"), &o, &l, NULL) ==
        TRUNKLINE_OK);
    for (i = 0; i < 5; ++i) {
        generation = trunkline_limiter_try_at(l, 1, TRUNKLINE_PRIORITY_ADMIN, now);
        CHECK(generation >= 0);
    }
    wait = trunkline_limiter_try_at(l, 1, TRUNKLINE_PRIORITY_ADMIN, now);
    CHECK(wait < 0 && -wait <= second / 10);
    CHECK(trunkline_limiter_try_at(l, 1, TRUNKLINE_PRIORITY_ADMIN, now - wait) >= 0);
    trunkline_limiter_refund(l, 1);
    CHECK(trunkline_limiter_try_at(l, 1, TRUNKLINE_PRIORITY_ADMIN, now - wait) >= 0);
    CHECK(trunkline_limiter_try_at(l, 6, TRUNKLINE_PRIORITY_ADMIN, now) == INT64_MIN);
    CHECK(trunkline_limiter_try_at(l, 1, 9, now) == INT64_MIN);
    CHECK(trunkline_limiter_try(NULL, 1, 0) == INT64_MIN);

    trunkline_limiter_throttled(l, generation, 3 * second, now);
    wait = trunkline_limiter_try_at(l, 1, TRUNKLINE_PRIORITY_LIVE_CALL, now);
    CHECK(wait < -2 * second);
    v.struct_size = sizeof v;
    CHECK(trunkline_limiter_look(l, now, &v) == TRUNKLINE_OK);
    CHECK(v.rate < 10 && v.throttled == 1 && v.penalty_left_ns > 2 * second);
    trunkline_limiter_accepted(l, -1, -1, -1, now);
    trunkline_limiter_close(l);
    trunkline_space_close(s);
}

static trunkline_status opened_with(trunkline_limiter_options o)
{
    trunkline_space* s = private_space();
    trunkline_limiter* l = NULL;
    trunkline_status status;
    o.struct_size = sizeof o;
    status = trunkline_limiter_open(s, TEXT("retell"), TEXT("t1"), NULL, 0, &o, &l, NULL);
    CHECK((status == TRUNKLINE_OK) == (l != NULL));
    trunkline_limiter_close(l);
    trunkline_space_close(s);
    return status;
}

static void limiter_options_that_contradict(void)
{
    trunkline_limiter_options o = {0};
    o.rate = 0.1; /* what is not given follows: the floor stays below */
    CHECK(opened_with(o) == TRUNKLINE_OK);
    o.floor = 0.1;
    CHECK(opened_with(o) == TRUNKLINE_OK);
    o.floor = 0.2;
    CHECK(opened_with(o) == TRUNKLINE_E_INVALID_ARGUMENT);
    o.floor = 0;
    o.ceiling = 0.05;
    CHECK(opened_with(o) == TRUNKLINE_E_INVALID_ARGUMENT);
    o.ceiling = 0;
    o.rate = 0;
    o.floor = 11; /* above the rate that was not given, 10 */
    CHECK(opened_with(o) == TRUNKLINE_E_INVALID_ARGUMENT);
    o.floor = 0;
    o.reserved = 1;
    CHECK(opened_with(o) == TRUNKLINE_E_INVALID_ARGUMENT);
}

static void leases_keep_the_limit(void)
{
    trunkline_space* s = private_space();
    trunkline_leases* p = NULL;
    trunkline_leases_snapshot v;
    uint64_t a, b;
    REQUIRE(trunkline_leases_open(s, TEXT("retell"), TEXT("t1"), &p, NULL) == TRUNKLINE_OK);
    CHECK(trunkline_leases_configure(p, 300, 0) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_leases_configure(p, 2, 0) == TRUNKLINE_OK);
    a = trunkline_lease_take(p, TRUNKLINE_CALL_OUTBOUND, 60000);
    b = trunkline_lease_take(p, TRUNKLINE_CALL_OUTBOUND, 60000);
    CHECK(a != 0 && b != 0 && a != b);
    CHECK(trunkline_lease_take(p, TRUNKLINE_CALL_INBOUND, 60000) == 0);
    CHECK(trunkline_lease_sending(p, a) == TRUNKLINE_OK);
    CHECK(trunkline_lease_bind(p, a, TEXT("call_1")) == TRUNKLINE_OK);
    CHECK(trunkline_lease_renew(p, a, 60000) == TRUNKLINE_OK);
    v.struct_size = sizeof v;
    CHECK(trunkline_leases_look(p, &v) == TRUNKLINE_OK);
    CHECK(v.limit == 2 && v.bound == 1 && v.taken == 1 && v.in_use == 2);
    CHECK(trunkline_lease_ended(p, TEXT("call_1")) == TRUNKLINE_OK);
    CHECK(trunkline_lease_ended(p, TEXT("call_1")) == TRUNKLINE_E_LEASE_GONE);
    CHECK(trunkline_lease_release(p, a) == TRUNKLINE_E_LEASE_GONE);
    CHECK(trunkline_lease_release(p, b) == TRUNKLINE_OK);
    CHECK(trunkline_lease_release(p, b) == TRUNKLINE_E_LEASE_GONE);
    CHECK(trunkline_lease_take(p, 5, 60000) == 0);
    CHECK(trunkline_lease_take(p, TRUNKLINE_CALL_INBOUND, -1) == 0);
    trunkline_leases_close(p);
    trunkline_space_close(s);
}

static void masks(void)
{
    static char const secret[] = "{\"api_key\": \"key_0123456789abcdef0123456789ab\", \"n\": 1}";
    static char const clean[] = "{\"agent_name\": \"Empfang\", \"n\": 1}";
    trunkline_masker* m = NULL;
    trunkline_mask_stats stats;
    trunkline_error* e = NULL;
    uint64_t found = 0, broken = 0;
    char out[1024];
    int64_t n;
    REQUIRE(trunkline_masker_open(NULL, 0, &m, NULL) == TRUNKLINE_OK);
    stats.struct_size = sizeof stats;
    REQUIRE(trunkline_mask_bound(m, sizeof secret - 1) <= sizeof out);
    n = trunkline_mask(m, TRUNKLINE_ZONE_LOG, secret, sizeof secret - 1, out, sizeof out, &stats);
    REQUIRE(n > 0 && n < (int64_t)sizeof out);
    out[n] = 0;
    CHECK(strstr(out, "0123456789abcdef") == NULL && strstr(out, "\"n\": 1}") != NULL);
    CHECK(stats.found == 1 && stats.written == (uint64_t)n);
    CHECK(
        trunkline_mask(m, TRUNKLINE_ZONE_LOG, clean, sizeof clean - 1, out, sizeof out, NULL) == 0);

    n = trunkline_mask(m, TRUNKLINE_ZONE_LOG, secret, sizeof secret - 1, out, 8, &stats);
    CHECK(n == TRUNKLINE_E_MASKER_LIMIT && stats.written <= 8);
    CHECK(memcmp(out, "[MASKER_", 8) == 0);
    n = trunkline_mask(m, TRUNKLINE_ZONE_LOG, secret, sizeof secret - 1, NULL, 0, &stats);
    CHECK(n == TRUNKLINE_E_MASKER_LIMIT && stats.written == 0); /* nothing was written anywhere */
    CHECK(trunkline_mask(m, TRUNKLINE_ZONE_LOG, clean, sizeof clean - 1, NULL, 0, NULL) == 0);
    CHECK(trunkline_mask(m, 17, secret, sizeof secret - 1, out, sizeof out, NULL) ==
        TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(memcmp(out, "[MASKER_ERROR]", 14) == 0);
    CHECK(trunkline_mask(m, 0, NULL, 5, out, sizeof out, NULL) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_mask(NULL, 0, secret, 5, NULL, 0, NULL) == TRUNKLINE_E_INVALID_ARGUMENT);

    CHECK(trunkline_mask_register_secret(m, "short", 5) == TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_mask_register_secret(m, TEXT("orange-elephant")) == TRUNKLINE_OK);
    n = trunkline_mask(
        m, TRUNKLINE_ZONE_API, TEXT("an orange-elephant here"), out, sizeof out, NULL);
    REQUIRE(n > 0 && n < (int64_t)sizeof out);
    out[n] = 0;
    CHECK(strstr(out, "elephant") == NULL);
    CHECK(trunkline_masker_totals(m, &found, &broken) == TRUNKLINE_OK && found >= 2 && broken >= 1);
    trunkline_masker_close(m);

    m = NULL;
    CHECK(trunkline_masker_open(TEXT("{\"no_such\": 1}"), &m, &e) == TRUNKLINE_E_INVALID_ARGUMENT &&
        m == NULL);
    CHECK(strlen(trunkline_error_message(e)) > 10);
    trunkline_error_free(e);
}

/* Cut anywhere and with a narrow buffer, a stream gives what the whole gives. */
static void masks_streams(void)
{
    static char const in[] =
        "call +49 171 3920012 or mail max@example.com, password=hunter2hunter2 end";
    trunkline_masker* m = NULL;
    trunkline_mask_stream* s = NULL;
    char whole[512], pieces[512];
    int64_t n;
    size_t cut, left, used, end;
    REQUIRE(trunkline_masker_open(NULL, 0, &m, NULL) == TRUNKLINE_OK);
    n = trunkline_mask(m, TRUNKLINE_ZONE_LOG, in, sizeof in - 1, whole, sizeof whole, NULL);
    REQUIRE(n > 0);
    REQUIRE(trunkline_mask_stream_open(m, TRUNKLINE_ZONE_LOG, &s, NULL) == TRUNKLINE_OK);
    trunkline_masker_close(m); /* a stream may outlive its masker */
    for (cut = 0; cut < sizeof in - 1; ++cut) {
        used = (size_t)trunkline_mask_stream_feed(s, in, cut, pieces, sizeof pieces, &left);
        CHECK(left == 0);
        used += (size_t)trunkline_mask_stream_feed(
            s, in + cut, sizeof in - 1 - cut, pieces + used, 3, &left);
        do {
            end = (size_t)trunkline_mask_stream_flush(s, pieces + used, 7, &left);
            used += end;
        } while (left > 0);
        CHECK(used == (size_t)n && memcmp(pieces, whole, used) == 0);
    }
    trunkline_mask_stream_close(s);
}

static void signatures(void)
{
    static char const body[] = "{\"event\":\"call_ended\"}";
    trunkline_text keys[2];
    char header[96];
    const int64_t now = 1700000000000;
    int64_t n;
    keys[0].data = "old_key";
    keys[0].size = 7;
    keys[1].data = "new_key";
    keys[1].size = 7;
    n = trunkline_webhook_sign(body, sizeof body - 1, "new_key", 7, now, header, sizeof header);
    REQUIRE(n > 0);
    CHECK(trunkline_webhook_verify(body, sizeof body - 1, header, (size_t)n, keys, 2, now, -1) ==
        TRUNKLINE_SIGNATURE_OK);
    CHECK(trunkline_webhook_verify(body, sizeof body - 1, header, (size_t)n, keys, 1, now, -1) ==
        TRUNKLINE_SIGNATURE_MISMATCH);
    CHECK(trunkline_webhook_verify(body, sizeof body - 1, header, (size_t)n, keys, 2, now + 301000,
              -1) == TRUNKLINE_SIGNATURE_EXPIRED);
    CHECK(trunkline_webhook_verify(body, sizeof body - 1, header, (size_t)n, keys, 2, now - 301000,
              -1) == TRUNKLINE_SIGNATURE_IN_FUTURE);
    CHECK(trunkline_webhook_verify(body, sizeof body - 1, header, (size_t)n, NULL, 0, now, -1) ==
        TRUNKLINE_SIGNATURE_NO_KEY);
    CHECK(trunkline_webhook_verify(body, sizeof body - 1, "x", 1, keys, 2, now, -1) ==
        TRUNKLINE_SIGNATURE_MALFORMED);
    CHECK(trunkline_webhook_verify(NULL, 9, "x", 1, keys, 2, now, -1) ==
        TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_webhook_sign(body, 3, "k", 1, now, header, 4) == TRUNKLINE_E_BUFFER_TOO_SMALL);
}

/* A length that is a negative number, or was never set, is refused before anything is read. */
static void lengths_that_are_none(void)
{
    static size_t const sizes[] = {
        SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX / 2, SIZE_MAX / 4 + 1, 65537};
    trunkline_space* s = private_space();
    trunkline_masker* m = NULL;
    trunkline_mask_stream* stream = NULL;
    trunkline_cache* cache = NULL;
    size_t i, left = 0, found = 0;
    REQUIRE(trunkline_masker_open(NULL, 0, &m, NULL) == TRUNKLINE_OK);
    REQUIRE(trunkline_mask_stream_open(m, TRUNKLINE_ZONE_LOG, &stream, NULL) == TRUNKLINE_OK);
    REQUIRE(trunkline_cache_open(TEXT("n"), TEXT("t"), 0, &cache, NULL) == TRUNKLINE_OK);
    for (i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
        trunkline_status const bad = TRUNKLINE_E_INVALID_ARGUMENT;
        size_t const n = sizes[i];
        trunkline_breaker* b = NULL;
        trunkline_limiter* l = NULL;
        trunkline_leases* p = NULL;
        trunkline_cache* c = NULL;
        trunkline_space* other = NULL;
        trunkline_space_options o = {0};
        trunkline_text key;
        char out[96];
        key.data = "k";
        key.size = n;
        o.struct_size = sizeof o;
        o.directory = "/dev/shm";
        o.directory_len = n;
        CHECK(trunkline_space_open(TEXT("x"), &o, &other, NULL) == bad);
        CHECK(trunkline_space_open("x", n, NULL, &other, NULL) == bad);
        CHECK(trunkline_breaker_open(s, "s", n, TEXT("t"), NULL, 0, NULL, &b, NULL) == bad);
        CHECK(trunkline_breaker_open(s, TEXT("s"), "t", n, NULL, 0, NULL, &b, NULL) == bad);
        CHECK(trunkline_breaker_open(s, TEXT("s"), TEXT("t"), "g", n, NULL, &b, NULL) == bad);
        CHECK(trunkline_limiter_open(s, TEXT("s"), TEXT("t"), "g", n, NULL, &l, NULL) == bad);
        CHECK(trunkline_leases_open(s, TEXT("s"), "t", n, &p, NULL) == bad);
        CHECK(trunkline_cache_open("n", n, TEXT("t"), 0, &c, NULL) == bad);
        CHECK(trunkline_cache_get(cache, "k", n, -1, out, sizeof out, &found) == bad);
        CHECK(trunkline_cache_set(cache, "k", n, TEXT("v"), 1000, -1) == bad);
        CHECK(trunkline_mask_register_secret(m, "abcdefgh", n) == bad);
        CHECK(trunkline_webhook_sign(TEXT("b"), "k", n, 1, out, sizeof out) == bad);
        CHECK(trunkline_webhook_verify(TEXT("b"), TEXT("v=1"), &key, 1, 1, -1) == bad);
        CHECK(trunkline_webhook_verify(TEXT("b"), TEXT("v=1"), &key, n, 1, -1) == bad);
        if (n > 65537) { /* of what may be long */
            trunkline_masker* broken = NULL;
            CHECK(trunkline_cache_set(cache, TEXT("k"), "v", n, 1000, -1) == bad);
            CHECK(trunkline_mask_stream_feed(stream, "abc", n, out, sizeof out, &left) == bad);
            CHECK(trunkline_masker_open("{", n, &broken, NULL) == bad);
            CHECK(trunkline_webhook_verify("b", n, TEXT("v=1"), NULL, 0, 1, -1) == bad);
            CHECK(trunkline_webhook_sign("b", n, TEXT("k"), 1, out, sizeof out) == bad);
        }
    }
    trunkline_cache_close(cache);
    trunkline_mask_stream_close(stream);
    trunkline_masker_close(m);
    trunkline_space_close(s);
}

static void misuse_has_no_effect(void)
{
    trunkline_error* e = NULL;
    trunkline_space* s = NULL;
    trunkline_breaker* b = NULL;
    trunkline_breaker_options o = {0};
    trunkline_breaker_snapshot v;
    CHECK(trunkline_space_open(TEXT("no/slash"), NULL, &s, &e) == TRUNKLINE_E_INVALID_ARGUMENT &&
        s == NULL);
    CHECK(trunkline_error_status(e) == TRUNKLINE_E_INVALID_ARGUMENT);
    trunkline_error_free(e);
    CHECK(trunkline_space_open(TEXT("x"), NULL, NULL, NULL) == TRUNKLINE_E_INVALID_ARGUMENT);
    s = private_space();
    o.struct_size = 3;
    CHECK(trunkline_breaker_open(s, TEXT("a"), TEXT("t"), NULL, 0, &o, &b, NULL) ==
        TRUNKLINE_E_INVALID_ARGUMENT);
    o.struct_size = sizeof o;
    o.probes = 99;
    CHECK(trunkline_breaker_open(s, TEXT("a"), TEXT("t"), NULL, 0, &o, &b, &e) ==
        TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(strstr(trunkline_error_message(e), "probes") != NULL);
    trunkline_error_free(e);
    CHECK(trunkline_breaker_open(s, TEXT("a"), NULL, 0, NULL, 0, NULL, &b, NULL) ==
        TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_breaker_open(NULL, TEXT("a"), TEXT("t"), NULL, 0, NULL, &b, NULL) ==
        TRUNKLINE_E_INVALID_ARGUMENT);
    CHECK(trunkline_breaker_allow(NULL) == 0);
    trunkline_breaker_report(NULL, 1, 0, 0);
    v.struct_size = 0;
    CHECK(trunkline_breaker_look(NULL, 0, &v) == TRUNKLINE_E_INVALID_ARGUMENT);
    trunkline_space_close(s);
    trunkline_space_close(NULL);
    trunkline_breaker_close(NULL);
    trunkline_limiter_close(NULL);
    trunkline_leases_close(NULL);
    trunkline_masker_close(NULL);
    trunkline_mask_stream_close(NULL);
    trunkline_buffer_free(NULL);
    trunkline_error_free(NULL);
    trunkline_event_free(NULL);
    CHECK(trunkline_error_message(NULL)[0] == 0 && trunkline_buffer_data(NULL)[0] == 0);
    CHECK(strcmp(trunkline_status_name(TRUNKLINE_E_OUTCOME_UNKNOWN), "outcome_unknown") == 0);
    CHECK(strcmp(trunkline_status_name(TRUNKLINE_E_FORKED), "forked") == 0);
    CHECK(trunkline_status_name(12345)[0] == 0 && trunkline_status_name(-3000)[0] == 0 &&
        trunkline_status_name(-100)[0] == 0);
    CHECK(trunkline_version() > 0 && strlen(trunkline_version_text()) >= 5);
}

int main(void)
{
    breaker_opens_and_recovers();
    limiter_grants_its_burst();
    limiter_options_that_contradict();
    leases_keep_the_limit();
    masks();
    masks_streams();
    signatures();
    lengths_that_are_none();
    misuse_has_no_effect();
    return failed_checks ? 1 : 0;
}
