#include "simulator_paging.hpp"

#include <trunkline/core/crypto.hpp>

namespace trunkline::retell::simulation {

namespace {

/// "scope|d|position|id"
std::optional<page_request::key> parse_cursor(std::string_view text, std::string_view prefix)
{
    if (!text.starts_with(prefix)) return {};
    text.remove_prefix(prefix.size());
    auto const bar = text.find('|');
    if (bar == text.npos) return {};
    auto const position = parse_integer(text.substr(0, bar));
    if (!position) return {};
    return page_request::key(*position, text.substr(bar + 1));
}

std::string prefix_of(std::string_view scope, bool descending)
{
    return std::string(scope) + (descending ? "|d|" : "|a|");
}

} // namespace

page_request::page_request(call const& c, std::string_view scope, page_source from)
    : scope_(scope), check_cursor_(c.check_cursors)
{
    if (from == page_source::query) read_query(c);
    else read_body(c.body);
}

void page_request::set_limit(std::optional<std::int64_t> n)
{
    if (!n || *n < 1 || *n > 1000) refuse(400, "limit must be an integer between 1 and 1000");
    limit = static_cast<std::size_t>(*n);
}

void page_request::set_order(std::string_view order)
{
    if (order != "ascending" && order != "descending")
        refuse(400, "sort_order must be ascending or descending");
    descending = order == "descending";
}

/// To be called when the order is known.
void page_request::set_cursor(std::string_view text)
{
    auto const plain = crypto::from_base64(text);
    if (plain) after = parse_cursor(*plain, prefix_of(scope_, descending));
    if (!after && check_cursor_) refuse(400, "Invalid pagination_key");
}

void page_request::read_query(call const& c)
{
    if (auto const text = c.parameter("limit"); !text.empty()) set_limit(parse_integer(text));
    if (auto const order = c.parameter("sort_order"); !order.empty()) set_order(order);
    if (auto const text = c.parameter("pagination_key"); !text.empty()) set_cursor(text);
}

void page_request::read_body(json::value const& body)
{
    if (!body.is_null() && !body.is_object()) refuse(400, "The request body must be a JSON object");
    auto const integer = [&](json::value const& v) {
        return v.is_number() ? v.as_number().to_int64() : std::nullopt;
    };
    if (auto const& v = body.at_or_null("limit"); !v.is_null()) set_limit(integer(v));
    if (auto const& v = body.at_or_null("sort_order"); !v.is_null()) {
        auto const order = v.string_or({});
        // Contacts are sorted asc or desc.
        set_order(order == "asc" ? "ascending" : order == "desc" ? "descending" : order);
    }
    if (auto const& v = body.at_or_null("include_total"); !v.is_null()) {
        if (!v.is_bool()) refuse(400, "include_total must be a boolean");
        include_total = v.as_bool();
    }
    auto const& cursor_text = body.at_or_null("pagination_key");
    if (auto const& v = body.at_or_null("skip"); !v.is_null()) {
        auto const n = integer(v);
        if (!n || *n < 0) refuse(400, "skip must be a non-negative integer");
        if (!cursor_text.is_null()) refuse(400, "skip and pagination_key exclude each other");
        skip = static_cast<std::size_t>(*n);
    }
    if (!cursor_text.is_null()) set_cursor(cursor_text.string_or({}));
}

std::string page_request::cursor(key const& last) const
{
    return crypto::to_base64(
        prefix_of(scope_, descending) + std::to_string(last.first) + '|' + last.second);
}

bool page::add(page_request::key const& position, std::string_view row)
{
    ++total_;
    if (skipped_ < request_.skip) {
        ++skipped_;
        return true;
    }
    if (count_ == request_.limit) {
        has_more_ = true;
        return request_.include_total;
    }
    if (count_++ > 0) rows_ += ',';
    rows_ += row;
    last_ = position;
    return true;
}

http::reply page::reply() &&
{
    std::string text = "{\"items\":[" + std::move(rows_) + "],\"has_more\":";
    text += has_more_ ? "true" : "false";
    if (has_more_)
        text += ",\"pagination_key\":" + json::to_text(json::value(request_.cursor(last_)));
    if (request_.include_total) text += ",\"total\":" + std::to_string(total_);
    return json_reply(200, text + '}');
}

} // namespace trunkline::retell::simulation
