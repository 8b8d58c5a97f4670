/* The steps of maskers and webhooks in C. */
#define _POSIX_C_SOURCE 200809L
#include "run_scenarios_c.h"

static char const* const zones[] = {"log", "error", "api", "webhook_out", "export", "transcript"};
static char const* const signatures[] = {
    "ok", "malformed", "expired", "in_future", "mismatch", "no_key"};

static void mask_text(trunkline_masker const* m, text in)
{
    trunkline_mask_stats stats;
    size_t const size = trunkline_mask_bound(m, in.size) + 64;
    char* out = malloc(size);
    int64_t n;
    stats.struct_size = sizeof stats;
    n = trunkline_mask(
        m, index_in("zone", zones, COUNT(zones)), in.data, in.size, out, size, &stats);
    if (n == TRUNKLINE_E_INVALID_ARGUMENT) {
        print_status(TRUNKLINE_E_INVALID_ARGUMENT);
    } else if (n < 0) {
        printf("{\"error\":\"%s\",\"text\":", trunkline_status_name((trunkline_status)n));
        print_text(out, stats.written);
        printf("}");
    } else {
        printf("{\"text\":");
        print_text(n > 0 ? out : in.data, n > 0 ? (size_t)n : in.size);
        printf(",\"changed\":%s}", n > 0 ? "true" : "false");
    }
    free(out);
}

/* Appends what a stream gives for a piece, or for its end (NULL). */
static int64_t take_stream(trunkline_mask_stream* s, char const* piece, size_t size, text* out)
{
    size_t left = 1;
    while (left > 0) {
        char part[256];
        int64_t const n = piece
            ? trunkline_mask_stream_feed(s, piece, size, part, sizeof part, &left)
            : trunkline_mask_stream_flush(s, part, sizeof part, &left);
        if (n < 0) return n;
        out->data = realloc(out->data, out->size + (size_t)n + 1);
        memcpy(out->data + out->size, part, (size_t)n);
        out->size += (size_t)n;
        size = 0;
    }
    return 0;
}

static void stream_step(char const* what, trunkline_mask_stream* s, text in)
{
    text out = {NULL, 0};
    int64_t failed = 0;
    if (strcmp(what, "stream_feed") == 0) {
        failed = take_stream(s, in.data, in.size, &out);
    } else if (strcmp(what, "stream_cut") == 0) {
        size_t const cut = (size_t)int_in("bytes", 1);
        size_t at;
        for (at = 0; at < in.size && failed == 0; at += cut)
            failed = take_stream(s, in.data + at, in.size - at < cut ? in.size - at : cut, &out);
    }
    if (failed == 0 && strcmp(what, "stream_feed") != 0) failed = take_stream(s, NULL, 0, &out);
    if (failed != 0) print_status((trunkline_status)failed);
    else print_text(out.data, out.size);
    free(out.data);
}

void mask_step(char const* what)
{
    text in = text_in(step, "text");
    if (strcmp(what, "open") == 0) {
        slice policy = member(step, "policy");
        text plain = text_in(step, "policy_text");
        trunkline_masker* m = NULL;
        trunkline_status s = policy.text ? trunkline_masker_open(policy.text, policy.size, &m, NULL)
                                         : trunkline_masker_open(plain.data, plain.size, &m, NULL);
        print_opened(masker, m, s);
    } else if (strcmp(what, "text") == 0) {
        mask_text(handle("on"), in);
    } else if (strcmp(what, "register_secret") == 0) {
        text secret = text_in(step, "secret");
        print_status(trunkline_mask_register_secret(handle("on"), secret.data, secret.size));
    } else if (strcmp(what, "totals") == 0) {
        uint64_t found = 0, failed = 0;
        trunkline_masker_totals(handle("on"), &found, &failed);
        printf("{\"found\":%llu,\"failed\":%llu}", (unsigned long long)found,
            (unsigned long long)failed);
    } else if (strcmp(what, "stream_open") == 0) {
        trunkline_mask_stream* st = NULL;
        trunkline_status s = trunkline_mask_stream_open(
            handle("on"), index_in("zone", zones, COUNT(zones)), &st, NULL);
        print_opened(stream, st, s);
    } else {
        stream_step(what, handle("on"), in);
    }
}

void webhook_step(char const* what)
{
    text body = text_in(step, "body"), value = text_in(step, "header");
    trunkline_text keys[8];
    size_t count = 0;
    slice key;
    int32_t result;
    if (strcmp(what, "sign") == 0) {
        text k = text_in(step, "key");
        char out[96];
        int64_t const n = trunkline_webhook_sign(
            body.data, body.size, k.data, k.size, int_in("now_ms", -1), out, sizeof out);
        if (n < 0) {
            print_status((trunkline_status)n);
            return;
        }
        keep(header, strndup(out, (size_t)n), (uint64_t)n);
        print_text(out, (size_t)n);
        return;
    }
    if (member(step, "signed").text) {
        thing* t = find("signed");
        value.data = t->handle;
        value.size = (size_t)t->number;
    }
    for (; count < 8 && (key = element(member(step, "keys"), count)).text; ++count) {
        size_t size = 0;
        text t;
        t.data = text_of(key, &size);
        texts[text_count++] = t;
        keys[count].data = t.data;
        keys[count].size = size;
    }
    result = trunkline_webhook_verify(body.data, body.size, value.data, value.size, keys, count,
        int_in("now_ms", -1), int_in("tolerance_ms", -1));
    if (result < 0) print_status(result);
    else printf("\"%s\"", signatures[result]);
}
