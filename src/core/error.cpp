#include <trunkline/core/error.hpp>

#include <string>

namespace trunkline {
namespace {

struct entry {
    errc code;
    std::string_view name;
    std::string_view text;
};

constexpr entry entries[] = {
    {errc::invalid_argument, "invalid_argument", "an argument is missing, unknown or malformed"},
    {errc::invalid_json, "invalid_json", "the text is not valid JSON"},
    {errc::invalid_bundle, "invalid_bundle", "a bundle file is unreadable or contradicts itself"},
    {errc::unknown_operation, "unknown_operation", "there is no such operation"},
    {errc::insecure_url, "insecure_url", "plain http is allowed to loopback only"},
    {errc::resolve_failed, "resolve_failed", "the host name does not resolve"},
    {errc::connect_failed, "connect_failed", "the connection could not be opened"},
    {errc::tls_failed, "tls_failed", "the TLS handshake failed or the certificate was refused"},
    {errc::timeout, "timeout", "no answer in time"},
    {errc::connection_lost, "connection_lost",
        "the connection was lost before the answer was complete"},
    {errc::canceled, "canceled", "the operation was cancelled"},
    {errc::too_large, "too_large", "the answer exceeds the size limit"},
    {errc::protocol_error, "protocol_error", "the answer is cut short or undecodable"},
    {errc::outcome_unknown, "outcome_unknown", "the request was sent and its outcome is unknown"},
    {errc::bad_request, "bad_request", "the service refused the request (400)"},
    {errc::unauthorized, "unauthorized", "the API key is missing or invalid (401)"},
    {errc::payment_required, "payment_required", "the account has no payment (402)"},
    {errc::forbidden, "forbidden", "the API key may not do this (403)"},
    {errc::not_found, "not_found", "there is no such resource under this key"},
    {errc::conflict, "conflict", "the service reports a conflicting update (409)"},
    {errc::precondition_failed, "precondition_failed", "a precondition failed (412)"},
    {errc::unprocessable, "unprocessable", "the service cannot process the request (422)"},
    {errc::rate_limited, "rate_limited", "the service limits the rate (429)"},
    {errc::server_error, "server_error", "the service failed (5xx)"},
    {errc::unexpected_status, "unexpected_status", "the service answered with an unexpected status"},
    {errc::empty_answer, "empty_answer", "the answer lacks the result the operation owes"},
    {errc::mistyped_answer, "mistyped_answer", "the answer is not of the shape the operation owes"},
    {errc::list_unstable, "list_unstable", "the list kept changing while it was read"},
    {errc::circuit_open, "circuit_open", "calls to the service are suspended"},
    {errc::store_unavailable, "store_unavailable", "the store cannot be opened"},
    {errc::store_read_only, "store_read_only", "the store cannot be written"},
    {errc::store_full, "store_full", "the disk of the store is full"},
    {errc::store_corrupt, "store_corrupt", "the store is damaged"},
    {errc::store_newer, "store_newer", "the store was written by a newer version"},
    {errc::store_locked, "store_locked", "another engine is working on this store"},
    {errc::wrong_environment, "wrong_environment", "the store belongs to another environment"},
    {errc::key_unavailable, "key_unavailable", "the sealing key is missing or unreadable"},
    {errc::unseal_failed, "unseal_failed", "a sealed secret does not open"},
    {errc::backup_failed, "backup_failed", "no verified backup could be made"},
    {errc::stale_plan, "stale_plan", "something changed since the plan was made"},
    {errc::merge_conflict, "merge_conflict", "the same field was changed on both sides"},
    {errc::guard_refused, "guard_refused", "a destructive change was not allowed explicitly"},
    {errc::partial, "partial", "only a part was done"},
    {errc::verify_failed, "verify_failed", "what was read back differs from what was written"},
    {errc::dangling_reference, "dangling_reference", "a reference leads nowhere"},
    {errc::unknown_release, "unknown_release", "there is no such release"},
    {errc::internal, "internal", "an internal invariant was broken"},
};

entry const* lookup(int value) noexcept
{
    for (auto const& e : entries)
        if (static_cast<int>(e.code) == value) return &e;
    return nullptr;
}

bool matches(errc code, failure f) noexcept
{
    switch (f) {
    case failure::retryable:
        return code == errc::resolve_failed || code == errc::connect_failed ||
            code == errc::timeout || code == errc::connection_lost || code == errc::rate_limited ||
            code == errc::server_error || code == errc::circuit_open || code == errc::store_locked ||
            code == errc::list_unstable || code == errc::protocol_error;
    case failure::ambiguous:
        return code == errc::outcome_unknown || code == errc::timeout ||
            code == errc::connection_lost || code == errc::server_error ||
            code == errc::protocol_error || code == errc::too_large || code == errc::empty_answer ||
            code == errc::mistyped_answer;
    case failure::auth:
        return code == errc::unauthorized || code == errc::payment_required ||
            code == errc::forbidden;
    case failure::transport:
        return code == errc::resolve_failed || code == errc::connect_failed ||
            code == errc::tls_failed || code == errc::timeout || code == errc::connection_lost ||
            code == errc::protocol_error || code == errc::outcome_unknown;
    case failure::not_found: return code == errc::not_found;
    }
    return false;
}

// Boost's error_category has a protected destructor that is not virtual, on purpose.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

class category final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "trunkline"; }
    std::string message(int value) const override
    {
        auto const* e = lookup(value);
        return e ? std::string(e->text) : "unknown error " + std::to_string(value);
    }
    bool equivalent(int value, error_condition const& condition) const noexcept override
    {
        if (condition.category() == failure_category())
            return matches(static_cast<errc>(value), static_cast<failure>(condition.value()));
        return boost::system::error_category::equivalent(value, condition);
    }
};

class failure_names final : public boost::system::error_category {
public:
    char const* name() const noexcept override { return "trunkline.failure"; }
    std::string message(int value) const override
    {
        switch (static_cast<failure>(value)) {
        case failure::retryable: return "may succeed when repeated";
        case failure::ambiguous: return "the outcome is unknown";
        case failure::auth: return "key or payment refused";
        case failure::transport: return "no complete answer";
        case failure::not_found: return "not found";
        }
        return "unknown";
    }
};

#pragma GCC diagnostic pop

} // namespace

boost::system::error_category const& trunkline_category() noexcept
{
    static category const c;
    return c;
}

boost::system::error_category const& failure_category() noexcept
{
    static failure_names const c;
    return c;
}

std::string_view name(errc code) noexcept
{
    auto const* e = lookup(static_cast<int>(code));
    return e ? e->name : std::string_view{};
}

} // namespace trunkline
