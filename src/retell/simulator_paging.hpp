#pragma once

#include "simulator_model.hpp"

namespace trunkline::retell::simulation {

/// Where a list takes its page parameters from.
enum class page_source : std::uint8_t {
    query,
    body, ///< Also skip (not together with pagination_key) and include_total.
};

/// limit, pagination_key and sort_order of a list.
class page_request {
public:
    using key = std::pair<std::int64_t, std::string>; ///< Sort position of a row.

    /// Refuses with 400 what the service would not understand. A cursor is only good for the list,
    /// `scope`, and the order it was made for.
    page_request(call const& c, std::string_view scope, page_source from = page_source::query);

    std::size_t limit = 50;
    bool descending = true;
    std::optional<key> after;
    std::size_t skip = 0;       ///< Rows left out at the start.
    bool include_total = false; ///< Count all rows, also those of other pages.

    /// The position of a last row, opaque. Names a place, not a count: inserts do not move it.
    std::string cursor(key const& last) const;

private:
    void read_query(call const& c);
    void read_body(json::value const& body);
    void set_limit(std::optional<std::int64_t> n);
    void set_order(std::string_view order);
    void set_cursor(std::string_view text);

    std::string scope_;
    bool check_cursor_;
};

/// A page under construction.
class page {
public:
    explicit page(page_request const& request) : request_(request) {}
    /// False when the page is full and no more rows are wanted; the row was not taken then.
    bool add(page_request::key const& position, std::string_view row);
    /// A row of another page: counts for the total only.
    void count() noexcept { ++total_; }
    http::reply reply() &&;

private:
    page_request const& request_;
    std::string rows_;
    std::size_t count_ = 0;
    std::size_t skipped_ = 0;
    std::uint64_t total_ = 0;
    page_request::key last_;
    bool has_more_ = false;
};

/// Builds a page of `order`; `row` gives a row's text, or empty to leave it out.
template <class Row>
http::reply make_page(page_request const& request, std::set<page_request::key> const& order, Row row)
{
    page out(request);
    auto const take = [&](auto first, auto last) {
        for (; first != last; ++first) {
            auto const& text = row(first->second);
            if (!text.empty() && !out.add(*first, text)) return;
        }
    };
    // What lies before the cursor is looked at for the total only.
    auto const count = [&](auto first, auto last) {
        if (!request.include_total) return;
        for (; first != last; ++first)
            if (!row(first->second).empty()) out.count();
    };
    if (request.descending) {
        auto const start = request.after ? order.lower_bound(*request.after) : order.end();
        count(start, order.end());
        take(std::make_reverse_iterator(start), order.rend());
    } else {
        auto const start = request.after ? order.upper_bound(*request.after) : order.begin();
        count(order.begin(), start);
        take(start, order.end());
    }
    return std::move(out).reply();
}

} // namespace trunkline::retell::simulation
