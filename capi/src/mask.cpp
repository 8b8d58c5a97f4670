#include "guard.hpp"

#include <trunkline/mask/masker.hpp>
#include <trunkline/mask/stream.hpp>

#include <algorithm>
#include <cstring>

using namespace trunkline::capi;
using trunkline::mask_status;
using trunkline::mask_zone;

struct trunkline_masker {
    trunkline::masker masker;
};

struct trunkline_mask_stream {
    trunkline::mask_stream stream;
    std::string ready;     ///< Decided, and not taken yet.
    std::size_t taken = 0; ///< Of `ready`.
    bool failed = false;
};

namespace {

bool is_zone(std::int32_t z) noexcept
{
    return z >= 0 && z < static_cast<std::int32_t>(trunkline::mask_zone_count);
}

trunkline_status status_of(mask_status s) noexcept
{
    switch (s) {
    case mask_status::done: return TRUNKLINE_OK;
    case mask_status::limit: return TRUNKLINE_E_MASKER_LIMIT;
    case mask_status::internal: return TRUNKLINE_E_MASKER_INTERNAL;
    }
    return TRUNKLINE_E_MASKER_INTERNAL;
}

/// For calls that cannot be masked at all: nobody may mistake what is in `out` for a masked text.
std::int64_t refuse(char* out, std::size_t size, trunkline_mask_stats* stats) noexcept
{
    constexpr std::string_view marker = "[MASKER_ERROR]";
    auto const n = out ? std::min(size, marker.size()) : 0;
    if (n > 0) std::memcpy(out, marker.data(), n);
    if (stats) {
        trunkline_mask_stats v{};
        v.written = n;
        give(stats, v);
    }
    return TRUNKLINE_E_INVALID_ARGUMENT;
}

/// What came out before a failure and the marker stay ready: only calls that do not fail have a
/// number for what they wrote.
std::int64_t tell(trunkline_mask_stream const& s, mask_status st, std::size_t* left) noexcept
{
    if (left) *left = s.ready.size() - s.taken;
    return status_of(st);
}

std::int64_t hand_over(
    trunkline_mask_stream& s, char* out, std::size_t size, std::size_t* left) noexcept
{
    auto const n = std::min(size, s.ready.size() - s.taken);
    if (n > 0) std::memcpy(out, s.ready.data() + s.taken, n);
    s.taken += n;
    if (left) *left = s.ready.size() - s.taken;
    if (s.taken == s.ready.size()) {
        s.ready.clear();
        s.taken = 0;
    }
    return static_cast<std::int64_t>(n);
}

} // namespace

extern "C" {

trunkline_status trunkline_masker_open(
    char const* policy, size_t policy_len, trunkline_masker** out, trunkline_error** error)
{
    return guarded(error, [&]() -> trunkline_status {
        checked(out, "out") = nullptr;
        auto const document = text(policy, policy_len, "policy");
        *out = new trunkline_masker{
            trunkline::masker(document.empty() ? trunkline::mask_policy::defaults()
                                               : trunkline::mask_policy::from_json(document))};
        return TRUNKLINE_OK;
    });
}

void trunkline_masker_close(trunkline_masker* m)
{
    delete m;
}

size_t trunkline_mask_bound(trunkline_masker const* m, size_t n)
{
    return m ? m->masker.bound(n) : 0;
}

int64_t trunkline_mask(trunkline_masker const* m, int32_t zone, char const* in, size_t in_len,
    char* out, size_t out_size, trunkline_mask_stats* stats)
{
    if (!m || !is_zone(zone) || (!in && in_len != 0) || (!out && out_size != 0))
        return refuse(out, out_size, stats);
    std::size_t written = 0;
    trunkline::mask_counts counts;
    auto const s = m->masker.mask_to({in, in_len}, static_cast<mask_zone>(zone), out, out_size,
        written, stats ? &counts : nullptr);
    if (stats) {
        trunkline_mask_stats v{};
        v.written = written;
        v.found = counts.total();
        give(stats, v);
    }
    return s == mask_status::done ? static_cast<std::int64_t>(written) : status_of(s);
}

trunkline_status trunkline_mask_register_secret(
    trunkline_masker* m, char const* secret, size_t secret_len)
{
    return guarded(nullptr, [&]() -> trunkline_status {
        checked(m, "masker").masker.register_secret(text(secret, secret_len, "secret", longest_name));
        return TRUNKLINE_OK;
    });
}

trunkline_status trunkline_masker_totals(
    trunkline_masker const* m, uint64_t* found, uint64_t* failed)
{
    if (!m) return TRUNKLINE_E_INVALID_ARGUMENT;
    if (found) *found = m->masker.totals().total();
    if (failed) *failed = m->masker.failures();
    return TRUNKLINE_OK;
}

trunkline_status trunkline_mask_stream_open(
    trunkline_masker const* m, int32_t zone, trunkline_mask_stream** out, trunkline_error** error)
{
    return guarded(error, [&]() -> trunkline_status {
        checked(out, "out") = nullptr;
        if (!is_zone(zone)) throw std::invalid_argument("zone is not one of TRUNKLINE_ZONE_*");
        *out = new trunkline_mask_stream{
            trunkline::mask_stream(checked(m, "masker").masker, static_cast<mask_zone>(zone)), {}};
        return TRUNKLINE_OK;
    });
}

void trunkline_mask_stream_close(trunkline_mask_stream* s)
{
    delete s;
}

int64_t trunkline_mask_stream_feed(trunkline_mask_stream* s, char const* in, size_t in_len,
    char* out, size_t out_size, size_t* left)
{
    if (left) *left = 0;
    if (!s || (!in && in_len != 0) || in_len > longest_text || (!out && out_size != 0))
        return TRUNKLINE_E_INVALID_ARGUMENT;
    if (in_len != 0)
        if (auto const st = s->stream.feed({in, in_len}, s->ready); st != mask_status::done)
            if (!std::exchange(s->failed, true)) return tell(*s, st, left);
    return hand_over(*s, out, out_size, left);
}

int64_t trunkline_mask_stream_flush(
    trunkline_mask_stream* s, char* out, size_t out_size, size_t* left)
{
    if (left) *left = 0;
    if (!s || (!out && out_size != 0)) return TRUNKLINE_E_INVALID_ARGUMENT;
    auto const st = s->stream.flush(s->ready);
    bool const told = std::exchange(s->failed, false);
    if (st != mask_status::done && !told) return tell(*s, st, left);
    return hand_over(*s, out, out_size, left);
}

} // extern "C"
