#include "guard.hpp"

#include <trunkline/core/error.hpp>

#include <memory>
#include <system_error>

namespace trunkline::capi {
namespace {

class own_name {
public:
    trunkline_status status;
    char const* text;
};
constexpr own_name own_names[] = {
    {TRUNKLINE_E_FORKED, "forked"},
    {TRUNKLINE_E_NO_MEMORY, "no_memory"},
    {TRUNKLINE_E_BUFFER_TOO_SMALL, "buffer_too_small"},
    {TRUNKLINE_E_CLOSING, "closing"},
    {TRUNKLINE_E_MASKER_LIMIT, "masker_limit"},
    {TRUNKLINE_E_MASKER_INTERNAL, "masker_internal"},
    {TRUNKLINE_E_LEASE_GONE, "lease_gone"},
};

} // namespace

trunkline_status status_of(error_code code) noexcept
{
    if (!code) return TRUNKLINE_OK;
    if (code.category() == trunkline_category()) return -code.value();
    if (code.category() == boost::system::generic_category() &&
        code.value() == static_cast<int>(std::errc::not_enough_memory))
        return TRUNKLINE_E_NO_MEMORY;
    return TRUNKLINE_E_INTERNAL;
}

std::uint32_t conditions_of(error_code code) noexcept
{
    std::uint32_t bits = 0;
    if (code == failure::retryable) bits |= TRUNKLINE_CONDITION_RETRYABLE;
    if (code == failure::ambiguous) bits |= TRUNKLINE_CONDITION_AMBIGUOUS;
    if (code == failure::auth) bits |= TRUNKLINE_CONDITION_AUTH;
    if (code == failure::transport) bits |= TRUNKLINE_CONDITION_TRANSPORT;
    if (code == failure::not_found) bits |= TRUNKLINE_CONDITION_NOT_FOUND;
    return bits;
}

trunkline_status set_error(trunkline_error** out, trunkline_status s, char const* message) noexcept
{
    if (!out) return s;
    try {
        auto e = std::make_unique<trunkline_error>();
        e->status = s;
        e->diag.message = message;
        if (s >= TRUNKLINE_E_INTERNAL)
            e->conditions = conditions_of(make_error_code(static_cast<errc>(-s)));
        *out = e.release();
    } catch (...) {
        *out = nullptr; // the status says it all the same
    }
    return s;
}

trunkline_status set_error(
    trunkline_error** out, error_code code, diagnostics diag, std::string document) noexcept
{
    auto const s = status_of(code);
    if (!out) return s;
    try {
        if (diag.message.empty()) diag.message = code.message();
        *out = new trunkline_error{s, conditions_of(code), std::move(diag), std::move(document)};
    } catch (...) {
        *out = nullptr;
    }
    return s;
}

} // namespace trunkline::capi

using namespace trunkline::capi;

extern "C" {

trunkline_status trunkline_error_status(trunkline_error const* e)
{
    return e ? e->status : TRUNKLINE_OK;
}

uint32_t trunkline_error_conditions(trunkline_error const* e)
{
    return e ? e->conditions : 0;
}

char const* trunkline_error_message(trunkline_error const* e)
{
    return e ? e->diag.message.c_str() : "";
}

char const* trunkline_error_operation(trunkline_error const* e)
{
    return e ? e->diag.operation.c_str() : "";
}

char const* trunkline_error_request_id(trunkline_error const* e)
{
    return e ? e->diag.request_id.c_str() : "";
}

int32_t trunkline_error_http_status(trunkline_error const* e)
{
    return e ? e->diag.http_status : 0;
}

int64_t trunkline_error_retry_after_ms(trunkline_error const* e)
{
    return e && e->diag.retry_after ? e->diag.retry_after->count() : -1;
}

char const* trunkline_error_document(trunkline_error const* e)
{
    return e ? e->document.c_str() : "";
}

void trunkline_error_free(trunkline_error* e)
{
    delete e;
}

char const* trunkline_status_name(trunkline_status s)
{
    if (s == TRUNKLINE_OK) return "ok";
    for (auto const& own : own_names)
        if (own.status == s) return own.text;
    if (s > 0 || s < TRUNKLINE_E_INTERNAL) return "";
    auto const name = trunkline::name(static_cast<trunkline::errc>(-s)); // a literal, or none
    return name.empty() ? "" : name.data();
}

char const* trunkline_buffer_data(trunkline_buffer const* b)
{
    return b ? b->bytes.c_str() : "";
}

size_t trunkline_buffer_size(trunkline_buffer const* b)
{
    return b ? b->bytes.size() : 0;
}

void trunkline_buffer_free(trunkline_buffer* b)
{
    delete b;
}

uint32_t trunkline_version(void)
{
    return TRUNKLINE_VERSION_NUMBER;
}

char const* trunkline_version_text(void)
{
    return TRUNKLINE_VERSION_TEXT;
}

} // extern "C"
