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

page_request::page_request(call const& c, std::string_view scope) : scope_(scope)
{
    if (auto const text = c.parameter("limit"); !text.empty()) {
        auto const n = parse_integer(text);
        if (!n || *n < 1 || *n > 1000) refuse(400, "limit must be an integer between 1 and 1000");
        limit = static_cast<std::size_t>(*n);
    }
    if (auto const order = c.parameter("sort_order"); !order.empty()) {
        if (order != "ascending" && order != "descending")
            refuse(400, "sort_order must be ascending or descending");
        descending = order == "descending";
    }
    if (auto const text = c.parameter("pagination_key"); !text.empty()) {
        auto const plain = crypto::from_base64(text);
        if (plain) after = parse_cursor(*plain, prefix_of(scope_, descending));
        if (!after) refuse(400, "Invalid pagination_key");
    }
}

std::string page_request::cursor(key const& last) const
{
    return crypto::to_base64(
        prefix_of(scope_, descending) + std::to_string(last.first) + '|' + last.second);
}

bool page::add(page_request::key const& position, std::string_view row)
{
    if (count_ == request_.limit) {
        has_more_ = true;
        return false;
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
    return json_reply(200, text + '}');
}

} // namespace trunkline::retell::simulation
