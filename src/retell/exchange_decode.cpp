#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/retry.hpp>

#include <retell/exchange_text.hpp>

#include <algorithm>
#include <array>

namespace trunkline::retell {
namespace {

/// What an answer of some status means, and what the caller can do about it.
class verdict {
public:
    errc code;
    std::string_view advice;
};

constexpr std::string_view check_base_url = "check RETELL_BASE_URL";

std::string_view trimmed(std::string_view text) noexcept
{
    auto const first = text.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

bool is_html(std::string_view text) noexcept
{
    return trimmed(text).starts_with('<');
}

bool contains_folded(std::string_view text, std::string_view lower_case) noexcept
{
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    // Not std::ranges::search: clang 14 cannot compile that of libstdc++ 12.
    return std::search(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
               [&](char a, char b) { return lower(a) == b; }) != text.end() ||
        lower_case.empty();
}

std::string find_request_id(http::headers const& headers)
{
    for (auto const* name : {"x-request-id", "request-id", "x-retell-request-id"})
        if (auto const id = headers.get(name); !id.empty()) return detail::excerpt(id, 100);
    return {};
}

std::string_view name_of(result_kind kind) noexcept
{
    switch (kind) {
    case result_kind::nothing: return "nothing";
    case result_kind::object: return "an object";
    case result_kind::array: return "an array";
    case result_kind::page: return "a page of items";
    }
    return {};
}

std::string_view name_of(json::kind kind) noexcept
{
    switch (kind) {
    case json::kind::null: return "null";
    case json::kind::boolean: return "a boolean";
    case json::kind::number: return "a number";
    case json::kind::string: return "a string";
    case json::kind::array: return "an array";
    case json::kind::object: return "an object";
    }
    return {};
}

/// Why a document is not the result owed; empty if it is.
std::string mismatch(result_kind owed, json::value const& body)
{
    auto const wanted = owed == result_kind::array ? json::kind::array : json::kind::object;
    if (body.kind() != wanted)
        return std::string("brings ")
                   .append(name_of(body.kind()))
                   .append(" where ")
                   .append(name_of(owed)) +
            " is owed";
    if (owed != result_kind::page) return {};
    if (!body.at_or_null("items").is_array()) return "brings a page without an array of items";
    if (!body.at_or_null("has_more").is_bool()) return "brings a page that does not say has_more";
    return {};
}

/// The text in which the service explains itself, in any of the shapes seen; empty if there is none.
std::string_view service_message(json::value const& body) noexcept
{
    for (auto const* name : {"message", "error_message", "error"})
        if (auto const text = body.string_at(name); !text.empty()) return text;
    return body.at_or_null("error").string_at("message");
}

/// An answer of no 2xx status, looked at from outside.
class refusal {
public:
    explicit refusal(http::response const& in) : status(in.status), html(is_html(in.body))
    {
        json::parse_error ignored;
        auto const body = json::parse(in.body, ignored);
        auto const text = body ? service_message(*body) : std::string_view();
        message = detail::excerpt(text.empty() ? std::string_view(in.body) : text);
    }

    /// The path does not exist there, as web frameworks say it. That is no word about a resource.
    bool is_about_the_path() const
    {
        if (html) return true;
        constexpr std::array<std::string_view, 5> verbs{
            "Cannot GET /", "Cannot POST /", "Cannot PUT /", "Cannot PATCH /", "Cannot DELETE /"};
        return std::ranges::any_of(verbs, [&](auto v) { return message.starts_with(v); });
    }

    int status;
    bool html;
    std::string message;
};

/// What to do when the service failed in the middle of something.
std::string_view after_failure(operation const& op, std::string_view otherwise) noexcept
{
    return op.retry == retry_class::once ? detail::look_it_up : otherwise;
}

verdict judge_404(operation const& op, refusal const& r)
{
    bool const addressed = op.path.find('{') != std::string_view::npos;
    if (addressed && !r.is_about_the_path())
        return {errc::not_found, "it does not exist under this key"};
    if (r.is_about_the_path()) return {errc::unexpected_status, check_base_url};
    return {
        errc::unexpected_status, "check the resources that the request names, and RETELL_BASE_URL"};
}

verdict judge(operation const& op, refusal const& r)
{
    switch (r.status) {
    case 400: return {errc::bad_request, "correct the request"};
    case 401: return {errc::unauthorized, "check RETELL_API_KEY"};
    case 402: return {errc::payment_required, "check the payment settings of the account"};
    case 403: return {errc::forbidden, "use a key that has this permission"};
    case 404: return judge_404(op, r);
    case 408: return {errc::server_error, after_failure(op, "try again")};
    case 409: return {errc::conflict, "read it again before changing it"};
    case 412: return {errc::precondition_failed, "read it again before changing it"};
    case 422:
        // The service's own way to say 404 of most resources. Other 422s are never that.
        if (contains_folded(r.message, "cannot find asset"))
            return {errc::not_found, "it does not exist under this key"};
        return {errc::unprocessable, "correct the request"};
    case 429: return {errc::rate_limited, "wait before the next request"};
    default: break;
    }
    if (r.status >= 500 && r.status < 600)
        return {errc::server_error, after_failure(op, "try again later")};
    if (r.status >= 300 && r.status < 400)
        return {errc::unexpected_status, "redirects are not followed, check RETELL_BASE_URL"};
    return {errc::unexpected_status, check_base_url};
}

error_code explain_refusal(operation const& op, http::response const& in, diagnostics& diag)
{
    refusal const r(in);
    auto const v = judge(op, r);
    diag.message = std::string(op.name) + ": HTTP " + std::to_string(in.status);
    if (!r.message.empty()) diag.message.append(", ").append(r.message);
    diag.message.append("; ").append(v.advice);
    if (diag.retry_after)
        diag.message.append(" (the service asks for ")
            .append(std::to_string(diag.retry_after->count()))
            .append(" ms)");
    return v.code;
}

error_code useless(operation const& op, http::response const& in, diagnostics& diag, errc code,
    std::string const& why, std::string_view advice)
{
    diag.message = std::string(op.name) + ": HTTP " + std::to_string(in.status) + " " + why;
    diag.message.append("; ").append(advice);
    return code;
}

/// Says where the text stops being JSON, but not what stands there: it may be anything.
std::string not_json(json::parse_error const& where, std::string_view body)
{
    std::string text = where.offset >= body.size() ? "brings JSON that is cut short"
                                                   : "brings a body that is not JSON";
    return text + " (line " + std::to_string(where.line) + ", column " +
        std::to_string(where.column) + " of " + std::to_string(body.size()) + " bytes)";
}

error_code take_result(operation const& op, http::response const& in, answer& out, diagnostics& diag)
{
    auto const again = after_failure(op, "ask again; if it stays so, the API has changed");
    bool const is_empty = trimmed(in.body).empty();
    if (op.result == result_kind::nothing) {
        // No body is owed and none is looked at; but a web page is no API's way to agree.
        if (!is_html(in.body)) return {};
        return useless(op, in, diag, errc::protocol_error, "brings a web page", check_base_url);
    }
    if (is_empty) {
        auto const why = std::string("is empty where ").append(name_of(op.result)) + " is owed";
        return useless(op, in, diag, errc::empty_answer, why, again);
    }
    json::parse_error where;
    auto body = json::parse(in.body, where);
    if (!body) {
        auto const advice = is_html(in.body) ? check_base_url : again;
        return useless(op, in, diag, errc::protocol_error, not_json(where, in.body), advice);
    }
    if (auto const why = mismatch(op.result, *body); !why.empty())
        return useless(op, in, diag, errc::mistyped_answer, why, again);
    out.body = std::move(*body);
    return {};
}

} // namespace

void describe_head(
    http::response const& in, diagnostics& diag, std::optional<std::int64_t> now_unix_ms)
{
    if (in.status == 0) return;
    diag.http_status = in.status;
    diag.request_id = find_request_id(in.headers);
    diag.retry_after = read_retry_after(in.headers, now_unix_ms);
}

error_code decode(operation const& op, http::response const& in, answer& out, diagnostics& diag,
    std::optional<std::int64_t> now_unix_ms)
{
    out = answer();
    diag.clear();
    diag.operation = op.name;
    describe_head(in, diag, now_unix_ms);
    out.status = in.status;
    out.request_id = diag.request_id;

    bool const success = in.status >= 200 && in.status < 300;
    auto const code = success ? take_result(op, in, out, diag) : explain_refusal(op, in, diag);
    if (!code) diag.clear();
    return code;
}

} // namespace trunkline::retell
