#include "guard.hpp"

#include <trunkline/retell/webhook_signature.hpp>

#include <chrono>
#include <cstring>
#include <vector>

using namespace trunkline::capi;
using trunkline::retell::signature_result;

static_assert(static_cast<int>(signature_result::ok) == TRUNKLINE_SIGNATURE_OK);
static_assert(static_cast<int>(signature_result::malformed) == TRUNKLINE_SIGNATURE_MALFORMED);
static_assert(static_cast<int>(signature_result::expired) == TRUNKLINE_SIGNATURE_EXPIRED);
static_assert(static_cast<int>(signature_result::in_future) == TRUNKLINE_SIGNATURE_IN_FUTURE);
static_assert(static_cast<int>(signature_result::mismatch) == TRUNKLINE_SIGNATURE_MISMATCH);
static_assert(static_cast<int>(signature_result::no_key) == TRUNKLINE_SIGNATURE_NO_KEY);

namespace {

constexpr std::size_t most_keys = 1'024;

std::int64_t unix_ms_or_now(std::int64_t given)
{
    using namespace std::chrono;
    if (given >= 0) return given;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace

extern "C" {

int32_t trunkline_webhook_verify(char const* body, size_t body_len, char const* header,
    size_t header_len, trunkline_text const* keys, size_t key_count, int64_t now_ms,
    int64_t tolerance_ms)
{
    std::int32_t result = TRUNKLINE_E_INTERNAL;
    auto const status = guarded(nullptr, [&]() -> trunkline_status {
        if (!keys && key_count != 0) throw std::invalid_argument("keys is NULL");
        std::vector<std::string_view> list;
        if (key_count > most_keys) throw std::invalid_argument("there are too many keys");
        list.reserve(key_count);
        for (std::size_t i = 0; i < key_count; ++i)
            list.push_back(text(keys[i].data, keys[i].size, "a key", longest_name));
        std::chrono::milliseconds const tolerance = tolerance_ms < 0
            ? trunkline::retell::signature_tolerance
            : std::chrono::milliseconds(tolerance_ms);
        result = static_cast<std::int32_t>(
            trunkline::retell::verify_signature(text(body, body_len, "body"),
                text(header, header_len, "header"), list, unix_ms_or_now(now_ms), tolerance)
                .result);
        return TRUNKLINE_OK;
    });
    return status == TRUNKLINE_OK ? result : status;
}

int64_t trunkline_webhook_sign(char const* body, size_t body_len, char const* key, size_t key_len,
    int64_t now_ms, char* out, size_t out_size)
{
    std::int64_t length = 0;
    auto const status = guarded(nullptr, [&]() -> trunkline_status {
        auto const value = trunkline::retell::make_signature(text(body, body_len, "body"),
            text(key, key_len, "key", longest_name), unix_ms_or_now(now_ms));
        if (!out || out_size < value.size()) return TRUNKLINE_E_BUFFER_TOO_SMALL;
        std::memcpy(out, value.data(), value.size());
        length = static_cast<std::int64_t>(value.size());
        return TRUNKLINE_OK;
    });
    return status == TRUNKLINE_OK ? length : status;
}

} // extern "C"
