/* The steps of spaces, breakers, limiters and leases in C. */
#include "run_scenarios_c.h"

static char const* const outcomes[] = {"ok", "rejected", "misconfigured", "throttled", "saturated",
    "sick", "unreachable", "unknown", "cancelled", "local"};
static char const* const circuits[] = {
    "closed", "open", "half_open", "forced_open", "disabled", "misconfigured"};
static char const* const priorities[] = {"live_call", "booking", "admin", "background"};
static char const* const directions[] = {"outbound", "inbound"};

void space_step(char const* what)
{
    static char const* const flags[] = {"private", "no_create"};
    trunkline_space* s = NULL;
    trunkline_status status;
    if (strcmp(what, "open") == 0) {
        slice options = step;
        text name = text_in(step, "name"), directory = text_in(step, "directory");
        trunkline_space_options o = {0};
        o.struct_size = sizeof o;
        o.flags = flags_of(step, flags, 2);
        OPTION(keys, uint64_t);
        o.directory = directory.data;
        o.directory_len = directory.size;
        status = trunkline_space_open(name.data, name.size, &o, &s, NULL);
        print_opened(space, s, status);
        return;
    }
    printf("{\"shared\":");
    print_true(trunkline_space_is_shared(handle("on")));
    printf("}");
}

static void open_breaker(void)
{
    static char const* const flags[] = {"shadow", "striped", "no_jitter", "no_slow_start"};
    slice options = member(step, "options");
    text service = text_in(step, "service"), tenant = text_in(step, "tenant"),
         group = text_in(step, "group");
    trunkline_breaker_options o = {0};
    trunkline_breaker* b = NULL;
    trunkline_status s;
    o.struct_size = sizeof o;
    o.flags = flags_of(options, flags, 4);
    OPTION(window_ms, int64_t);
    OPTION(slow_call_ms, int64_t);
    OPTION(open_base_ms, int64_t);
    OPTION(open_cap_ms, int64_t);
    OPTION(probe_lease_ms, int64_t);
    OPTION(misconfigured_interval_ms, int64_t);
    OPTION(minimum_calls, uint32_t);
    OPTION(count_window, uint32_t);
    OPTION(probes, uint32_t);
    OPTION(successes, uint32_t);
    OPTION(connect_failures, int32_t);
    OPTION(failure_permille, int32_t);
    OPTION(slow_permille, int32_t);
    OPTION(combined_permille, int32_t);
    OPTION(seed, uint64_t);
    s = trunkline_breaker_open(handle("space"), service.data, service.size, tenant.data,
        tenant.size, group.data, group.size, options.text ? &o : NULL, &b, NULL);
    print_opened(breaker, b, s);
}

static void print_breaker(trunkline_breaker const* b)
{
    trunkline_breaker_snapshot v;
    trunkline_status s;
    v.struct_size = sizeof v;
    s = trunkline_breaker_look(b, int_in("now_ns", -1), &v);
    if (s != TRUNKLINE_OK) {
        print_status(s);
        return;
    }
    printf("{\"state\":\"%s\",\"retry_after_ns\":%lld,\"generation\":%llu,\"calls\":%llu,"
           "\"failures\":%llu,\"slow\":%llu,"
           "\"rejected\":%llu,\"late\":%llu,\"would_have_rejected\":%llu,\"changes\":%llu,\"probes_"
           "out\":%u,\"exponent\":%u}",
        circuits[v.state], (long long)v.retry_after_ns, (unsigned long long)v.generation,
        (unsigned long long)v.calls, (unsigned long long)v.failures, (unsigned long long)v.slow,
        (unsigned long long)v.rejected, (unsigned long long)v.late,
        (unsigned long long)v.would_have_rejected, (unsigned long long)v.changes, v.probes_out,
        v.exponent);
}

void breaker_step(char const* what)
{
    trunkline_breaker* b;
    if (strcmp(what, "open") == 0) {
        open_breaker();
        return;
    }
    b = handle("on");
    if (strcmp(what, "allow") == 0) {
        uint64_t const permit = trunkline_breaker_allow_at(b, int_in("now_ns", 0));
        keep(token, NULL, permit);
        print_true(permit != 0);
        return;
    }
    if (strcmp(what, "look") == 0) {
        print_breaker(b);
        return;
    }
    if (strcmp(what, "report") == 0)
        trunkline_breaker_report_at(b, number("permit") ^ (uint64_t)int_in("flip", 0),
            index_in("outcome", outcomes, COUNT(outcomes)), int_in("duration_ns", -1),
            int_in("now_ns", 0));
    else if (strcmp(what, "force_open") == 0) trunkline_breaker_force_open(b);
    else if (strcmp(what, "disable") == 0) trunkline_breaker_disable(b);
    else if (strcmp(what, "reset") == 0) trunkline_breaker_reset(b);
    printf("null");
}

static void open_limiter(void)
{
    static char const* const flags[] = {"shadow", "fixed", "no_reserves"};
    slice options = member(step, "options");
    text service = text_in(step, "service"), tenant = text_in(step, "tenant"),
         group = text_in(step, "group");
    trunkline_limiter_options o = {0};
    trunkline_limiter* l = NULL;
    trunkline_status s;
    o.struct_size = sizeof o;
    o.flags = flags_of(options, flags, 3);
    o.rate = real_of(member(options, "rate"), 0);
    o.floor = real_of(member(options, "floor"), 0);
    o.ceiling = real_of(member(options, "ceiling"), 0);
    OPTION(burst, uint32_t);
    s = trunkline_limiter_open(handle("space"), service.data, service.size, tenant.data,
        tenant.size, group.data, group.size, options.text ? &o : NULL, &l, NULL);
    print_opened(limiter, l, s);
}

static void try_limiter(trunkline_limiter const* l)
{
    int64_t const n = trunkline_limiter_try_at(l, (uint32_t)int_in("cost", 1),
        index_in("priority", priorities, COUNT(priorities)), int_in("now_ns", 0));
    if (n >= 0) {
        keep(token, NULL, (uint64_t)n);
        printf("{\"granted\":true,\"generation\":%lld}", (long long)n);
    } else if (n == INT64_MIN) {
        printf("{\"granted\":false,\"never\":true}");
    } else {
        printf("{\"granted\":false,\"wait_ns\":%lld}", (long long)-n);
    }
}

static void print_limiter(trunkline_limiter const* l)
{
    trunkline_limiter_snapshot v;
    trunkline_status s;
    v.struct_size = sizeof v;
    s = trunkline_limiter_look(l, int_in("now_ns", -1), &v);
    if (s != TRUNKLINE_OK) {
        print_status(s);
        return;
    }
    printf(
        "{\"burst\":%u,\"rate\":%.17g,\"credit\":%.17g,\"penalty_left_ns\":%lld,\"denied\":%llu,"
        "\"throttled\":%llu,"
        "\"decreases\":%llu,\"penalties_cut\":%llu,\"would_have_denied\":%llu,\"generation\":%u}",
        v.burst, v.rate, v.credit, (long long)v.penalty_left_ns, (unsigned long long)v.denied,
        (unsigned long long)v.throttled, (unsigned long long)v.decreases,
        (unsigned long long)v.penalties_cut, (unsigned long long)v.would_have_denied, v.generation);
}

void limiter_step(char const* what)
{
    trunkline_limiter* l;
    if (strcmp(what, "open") == 0) {
        open_limiter();
        return;
    }
    l = handle("on");
    if (strcmp(what, "try") == 0) {
        try_limiter(l);
        return;
    }
    if (strcmp(what, "look") == 0) {
        print_limiter(l);
        return;
    }
    if (strcmp(what, "refund") == 0) trunkline_limiter_refund(l, (uint32_t)int_in("cost", 1));
    else if (strcmp(what, "throttled") == 0)
        trunkline_limiter_throttled(
            l, (int64_t)number("grant"), int_in("retry_after_ns", -1), int_in("now_ns", -1));
    else
        trunkline_limiter_accepted(l, real_of(member(step, "limit"), -1),
            real_of(member(step, "remaining"), -1), int_in("reset_ns", -1), int_in("now_ns", -1));
    printf("null");
}

static void print_leases(trunkline_leases* p)
{
    trunkline_leases_snapshot v;
    v.struct_size = sizeof v;
    if (trunkline_leases_look(p, &v) != TRUNKLINE_OK) {
        print_status(TRUNKLINE_E_INVALID_ARGUMENT);
        return;
    }
    printf("{\"limit\":%u,\"external\":%u,\"reserved_inbound\":%u,\"taken\":%u,\"sending\":%u,"
           "\"bound\":%u,\"in_use\":%u}",
        v.limit, v.external, v.reserved_inbound, v.taken, v.sending, v.bound, v.in_use);
}

void leases_step(char const* what)
{
    trunkline_leases* p = handle("on");
    int64_t const ttl = int_in("ttl_ms", 0);
    text call = text_in(step, "call_id");
    if (strcmp(what, "open") == 0) {
        text service = text_in(step, "service"), tenant = text_in(step, "tenant");
        trunkline_status s = trunkline_leases_open(
            handle("space"), service.data, service.size, tenant.data, tenant.size, &p, NULL);
        print_opened(leases, p, s);
    } else if (strcmp(what, "configure") == 0) {
        print_status(trunkline_leases_configure(
            p, (uint32_t)int_in("limit", 0), (uint32_t)int_in("reserved_inbound", 0)));
    } else if (strcmp(what, "take") == 0) {
        uint64_t const lease =
            trunkline_lease_take(p, index_in("direction", directions, COUNT(directions)), ttl);
        keep(token, NULL, lease);
        print_true(lease != 0);
    } else if (strcmp(what, "sending") == 0) {
        print_status(trunkline_lease_sending(p, number("lease")));
    } else if (strcmp(what, "bind") == 0) {
        print_status(trunkline_lease_bind(p, number("lease"), call.data, call.size));
    } else if (strcmp(what, "renew") == 0) {
        print_status(trunkline_lease_renew(p, number("lease"), ttl));
    } else if (strcmp(what, "release") == 0) {
        print_status(trunkline_lease_release(p, number("lease")));
    } else if (strcmp(what, "started") == 0) {
        print_status(trunkline_lease_started(p, call.data, call.size, ttl));
    } else if (strcmp(what, "ended") == 0) {
        print_status(trunkline_lease_ended(p, call.data, call.size));
    } else {
        print_leases(p);
    }
}
